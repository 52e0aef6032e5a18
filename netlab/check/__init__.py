"""The examiner. `check.NAME(function)` examines your function against hostile peers and says what happened.

    check.greet(greet)          a report: what passed, what failed, and why
    check.greet.hint()          one hint more, for what failed last
    check.greet.solution()      one solution
    check.progress()            what you have passed so far; check.progress("03") of one notebook

One file for each notebook; an exercise is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .progress import Progress, passed

if TYPE_CHECKING:
    from .engine import Exercise
    from .report import Report as Report

_EXERCISES = {  # in the order of their numbers: 00-1, 00-2, ...
    "00": ("my_port", "outcome", "greet"),
    "01": ("is_port_open", "in_order", "echo_server", "socketpair_echo"),
    "02": ("network_of", "format_address", "connect_any", "race"),
    "03": ("read_exact", "exchange", "read_line", "upload", "json_lines"),
    "04": ("receive_whole", "checksum", "rpc", "loss_meter", "reassemble"),
    "05": ("transfer_time", "age_meter", "choose", "newest_first"),
    "07": ("parse_request", "read_body", "fetch_all", "cached_get", "resume"),
    "08": ("router", "static_file", "serve_connection", "limited_server", "reverse_proxy"),
}
_HOME = {name: number for number, names in _EXERCISES.items() for name in names}

__all__ = ["Report", "progress", *_HOME]  # noqa: PLE0604


def progress(notebook: str | None = None) -> Progress:
    """Which exercises you have passed, notebook by notebook, or in one: progress("03").

    ValueError if that notebook has no exercises.
    """
    if notebook is None:
        return Progress(_EXERCISES, passed())
    if notebook not in _EXERCISES:
        raise ValueError(f"no notebook {notebook!r} with exercises: there are {', '.join(_EXERCISES)}")
    return Progress({notebook: _EXERCISES[notebook]}, passed())


def __getattr__(name: str) -> Any:
    if name == "Report":
        return import_module(".report", __name__).Report
    if name not in _HOME:
        raise AttributeError(f"there is no exercise {name!r}. There are: {', '.join(_HOME)}.")
    found: Exercise = getattr(import_module(f".nb{_HOME[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
