"""What there is to place on a ladder, and the height of every mark. Pure: no drawing, no chance.

The rules
 1. Time runs down: a later mark is never higher than an earlier one, whatever lanes they are on.
 2. What caused a mark is higher than it (`after`), by the distance that an arrow, a bar or a wait needs.
 3. Words do not collide: in a column each mark keeps `above` to the words before it. A column is one lane, or
    a whole side where several lanes share it and words of one lane reach across the others.
 4. A longer time is a larger step, but not to scale: a step grows with the logarithm of the time and
    has a limit, so that microseconds can be told apart and a second does not fill the screen.

How it works
   Marks are taken in the order of their times, each as high as the rules allow. `y` is the height of the last
   mark; rules 1 and 4 begin there. `floors` holds for each column how far its words reach down, which is
   rule 3, and rule 2 looks at marks that have their heights already. This needs one pass, as nothing that is
   placed moves again.

   The order of time and rule 2 may contradict each other: a call's times are taken in its own thread, before
   and after the kernel acted, so a recv may have returned "before" the send that fed it. Then causes
   come first, whatever the clock says: the first mark in time whose causes are all placed is next. If causes
   run in a circle (calls that match by mistake), the clock decides, and the arrow that is left over runs up.

   A mark at the end of time (`inf`: a call that never returned) comes last and takes no step.

To scale there is no stack: heights are proportional to times, see scale(), and only words move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, log10
from typing import Any, NamedTuple

from ..kit.theme import HEAD, NOTE, text_width

TOP, FOOT = 92, 34  # room for the heads of the lanes, and for the last line


@dataclass(eq=False)
class Mark:
    """A moment on a lane. The stack gives it its height `y`."""

    time: float
    lane: str
    column: str = ""  # marks of one column never share a height; a mark without one only obeys `after`
    above: float = 0  # least distance to what is above it in its column; 0: `after` says enough
    below: float = 0  # what its words take up below it
    after: list[tuple[Mark, float]] = field(default_factory=list, repr=False)  # what is higher, by how much
    y: float = 0


@dataclass(eq=False)
class Lane:
    """A vertical line with a head. Words stand outside of it, so the middle is free for arrows."""

    name: str
    side: int  # -1: words on the left, +1: on the right
    color: str
    above: str = ""  # words above the head
    title: str = ""
    address: str = ""
    ghost: bool = False  # nobody is there
    x: float = 0
    zone: float = 0  # room for its words

    @property
    def head_width(self) -> float:
        """How wide its head is, the address included."""
        return max(text_width(self.title, HEAD, bold=True) + 26, text_width(self.address, NOTE) * 0.95)


def address_text(address: Any) -> str:
    """127.0.0.1:8080, [::1]:8080, or a path."""
    if isinstance(address, tuple) and len(address) >= 2:
        host = f"[{address[0]}]" if ":" in str(address[0]) else address[0]
        return f"{host}:{address[1]}"
    text = address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address or "")
    text = "".join(c if c.isprintable() else "@" for c in text)  # abstract names begin with a zero byte
    return text if len(text) <= 24 else "…" + text[-23:]


class Pace(NamedTuple):
    """How large the step from one mark to the next is."""

    stretch: float = 0  # pixels for ten times the time ...
    limit: float = 0  # ... and never more than these
    turn: float = 0  # pixels where the lane changes


def stack(marks: Sequence[Mark], top: float, pace: Pace) -> float:
    """Give each mark its `y`, from `top` on; returns how far the lowest mark or its words reach down."""
    queue = sorted(marks, key=lambda mark: mark.time)  # of one time: in the given order
    placed: set[Mark] = set()
    floors: dict[str, float] = {}
    y, last = top, None
    while queue:
        at = next((i for i, m in enumerate(queue) if all(cause in placed for cause, _ in m.after)), 0)
        mark = queue.pop(at)
        if last and mark.time != inf:
            passed = max(0.0, mark.time - last.time)
            y += min(pace.limit, pace.stretch * log10(1 + passed / 0.002))
            y += pace.turn * (mark.lane != last.lane)
        limits = [cause.y + distance for cause, distance in mark.after if cause in placed]
        if mark.above:
            limits.append(floors.get(mark.column, top) + mark.above)
        mark.y = y = max([y, *limits])
        if mark.column:
            floors[mark.column] = max(floors.get(mark.column, top), y + mark.below)
        placed.add(mark)
        if mark.time != inf:
            last = mark
    return max([y, *floors.values()])


def scale(marks: Sequence[Mark], start: float, end: float, top: float, tall: float) -> None:
    """Give each mark its `y` in proportion to its time: `start` is at `top`, `end` is `tall` below."""
    for mark in marks:
        mark.y = top + (mark.time - start) / (end - start) * tall
