"""The weather and shape of both directions: checked, and in words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Generic, NamedTuple, TypeVar

from .model import Link, as_number

T = TypeVar("T")


class Both(NamedTuple, Generic[T]):
    """One thing for each direction: `out` is from client to server, `back` from server to client."""

    out: T
    back: T

    def of(self, out: bool) -> T:
        return self.out if out else self.back


def checked(name: str, link: Link, weather: dict[str, Any] | None = None) -> Link:
    """The link with these parameters changed. TypeError or ValueError, by name, for one that is wrong."""
    if not isinstance(link, Link):
        raise TypeError(f"{name}={link!r}: give a Link.")
    known = [field.name for field in fields(Link)]
    for parameter in weather or {}:
        if parameter not in known:
            raise TypeError(f"There is no parameter {parameter!r}. The weather has {', '.join(known)}.")
    return replace(link, **weather) if weather else link


def said(link: Link, back: Link | None = None) -> str:
    """Link(delay=0.02, loss=0.05), with only what is not as usual."""
    usual = Link()
    values = [(field.name, getattr(link, field.name), getattr(usual, field.name)) for field in fields(Link)]
    text = f"Link({', '.join(f'{name}={value!r}' for name, value, other in values if value != other)})"
    return text if back is None else f"{text}, back {said(back)}"


@dataclass(frozen=True)
class Shape:
    """What a TCP relay does to one direction of a stream besides the weather; Relay says what each means.

    ValueError or TypeError for nonsense.
    """

    slice: int | None = None
    stall: tuple[int, float] | None = None
    reset_after: int | None = None

    def __post_init__(self) -> None:
        as_number(self, "slice", "a whole number of bytes, 1 or more", 1, whole=True, none="no slices")
        as_number(self, "reset_after", "a whole number of bytes, 0 or more", whole=True, none="no reset")
        match self.stall:
            case None:
                pass
            case int(after), int(seconds) | float(seconds) if after >= 0 and 0 <= seconds < math.inf:
                object.__setattr__(self, "stall", (int(after), float(seconds)))  # as the child knows them
            case wrong:
                meaning = "a pair: after how many bytes, and for how many seconds"
                raise ValueError(f"stall={wrong!r}: give {meaning}.")

    def given(self) -> dict[str, Any]:
        """Only what changes something."""
        return {name: value for name, value in asdict(self).items() if value is not None}


NAMES = [field.name for field in fields(Shape)]
