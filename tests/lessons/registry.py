"""Where right solutions and mutants are declared, by decorator, and found by the tests and the table."""

from __future__ import annotations

import importlib
import runpy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
SOLUTIONS = Path(__file__).resolve().parents[2] / "notebooks" / "solutions"


@dataclass
class Entry:
    """A function for an exercise: right if `hint` is None, else wrong in the way that this hint is for."""

    exercise: str
    function: Callable[..., Any]
    hint: str | None = None
    says: str = ""

    @property
    def name(self) -> str:
        return (self.function.__doc__ or self.function.__name__).strip().splitlines()[0].rstrip(".")


RIGHT: list[Entry] = []
MUTANTS: list[Entry] = []


def right(exercise: str) -> Callable[[F], F]:
    """Declare a right solution, different from the published one."""

    def add(function: F) -> F:
        RIGHT.append(Entry(exercise, function))
        return function

    return add


def mutant(exercise: str, hint: str, says: str = "") -> Callable[[F], F]:
    """Declare a wrong one. `hint`: the key of the hint it must get; `says`: what its report must say."""

    def add(function: F) -> F:
        MUTANTS.append(Entry(exercise, function, hint, says))
        return function

    return add


def solutions() -> list[Entry]:
    """The published solutions, from their files."""
    entries = []
    for file in sorted(SOLUTIONS.glob("[0-9]*.py")):
        name = file.stem.split("_", 2)[2]
        function = runpy.run_path(str(file))[name]
        function.__doc__ = "the published solution"
        entries.append(Entry(name, function))
    return entries


def everything() -> tuple[list[Entry], list[Entry], list[Entry]]:
    """(published solutions, other right ones, mutants)."""
    for file in sorted(Path(__file__).parent.glob("nb*/e*.py")):
        importlib.import_module(f"{__package__}.{file.parent.name}.{file.stem}")  # they declare themselves
    return solutions(), RIGHT, MUTANTS
