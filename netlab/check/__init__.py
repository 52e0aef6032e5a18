"""The examiner. `check.NAME(function)` examines your function against hostile peers and says what happened.

    check.greet(greet)          a report: what passed, what failed, and why
    check.greet.hint()          one hint more, for what failed last
    check.greet.solution()      one solution
    check.progress()            what you have passed so far; check.progress("03") of one notebook

The exercises are in the folders of the lessons; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..lessons import exercises
from .progress import Progress, kept, passed

if TYPE_CHECKING:
    from .engine import Exercise
    from .report import Report as Report

_MODULES = exercises()
EXERCISES = {number: tuple(modules) for number, modules in _MODULES.items()}
_HOME = {name: module for modules in _MODULES.values() for name, module in modules.items()}

__all__ = ["Report", "progress", *_HOME]  # noqa: PLE0604


def progress(notebook: str | None = None) -> Progress:
    """Which exercises you have passed, notebook by notebook, or in one: progress("03").

    ValueError if that notebook has no exercises.
    """
    if notebook is None:
        return Progress(EXERCISES, passed(), kept())
    if notebook not in EXERCISES:
        raise ValueError(f"no notebook {notebook!r} with exercises: there are {', '.join(EXERCISES)}")
    return Progress({notebook: EXERCISES[notebook]}, passed(), kept())


def __getattr__(name: str) -> Any:
    if name == "Report":
        return import_module(".report", __name__).Report
    if name not in _HOME:
        raise AttributeError(f"there is no exercise {name!r}. There are: {', '.join(_HOME)}.")
    found: Exercise = getattr(import_module(_HOME[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
