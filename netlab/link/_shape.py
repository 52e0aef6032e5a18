"""What a TCP relay does to a stream besides the weather."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from .model import as_number

BYTES, SECONDS = "a whole number of bytes, {} or more", "seconds, 0 or more"
PAIR = "a pair: after how many bytes, and for how many seconds"


@dataclass(frozen=True)
class Shape:
    """The faults of one direction; Relay says what each means. ValueError or TypeError for nonsense."""

    slice: int | None = None
    stall: tuple[int, float] | None = None
    reset_after: int | None = None
    slow_close: float | None = None

    def __post_init__(self) -> None:
        for name, least in (("slice", 1), ("reset_after", 0)):
            if getattr(self, name) is not None:
                as_number(self, name, BYTES.format(least), least, whole=True)
        if self.slow_close is not None:
            as_number(self, "slow_close", SECONDS)
        if self.stall is not None:
            try:
                after, seconds = self.stall
                fits = isinstance(after, int) and after >= 0 and 0 <= seconds < float("inf")
            except (TypeError, ValueError):
                fits = False
            if not fits:
                raise ValueError(f"stall={self.stall!r}: give {PAIR}.")

    def given(self) -> dict[str, Any]:
        """Only what changes something."""
        return {name: value for name, value in asdict(self).items() if value is not None}


NAMES = [field.name for field in fields(Shape)]
