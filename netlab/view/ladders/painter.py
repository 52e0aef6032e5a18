"""What all ladders draw alike: lanes, words beside them, shafts of arrows, crosses, the last line."""

from __future__ import annotations

from ..kit import Canvas, PointXY
from ..kit.theme import ERROR, FINE, HEAD, MUTED, NOTE, PAPER, TEXT, text_width
from .stack import FOOT, TOP, Lane

CROSS = 0.62  # how far a packet gets that is lost


def draw_lane(canvas: Canvas, lane: Lane, height: float, *, width: float = 2.2, fade: float = 0) -> None:
    """A lane from its head to the last line of a picture so high; `fade` as in pale()."""
    x, wide = lane.x, text_width(lane.title, HEAD, bold=True) + 26
    if lane.ghost:
        canvas.box(x - wide / 2, 20, wide, 34, PAPER, edge=MUTED, round=8, dashed=True)
        canvas.text(x, 37, lane.title, TEXT, MUTED, align="center")
        canvas.line([(x, TOP - 10), (x, height - FOOT)], MUTED, 1.5, dashed=True, z=1)
    else:
        canvas.box(x - wide / 2, 20, wide, 34, lane.color, round=8)
        canvas.text(x, 37, lane.title, HEAD, PAPER, align="center", bold=True)
        canvas.line([(x, TOP - 10), (x, height - FOOT)], pale(lane.color, fade), width, z=1)
    if lane.above:
        canvas.text(x, 10, lane.above, NOTE, lane.color, align="center")
    canvas.text(x, 68, lane.address, NOTE, MUTED, align="center")


def draw_words(canvas: Canvas, lane: Lane, offset: float, y: float, text: str, size: float, color: str, *,
               of: float | None = None, **style: bool) -> None:  # fmt: skip
    """Words at `y`, outside of their lane; words that had to move get a line back to their mark, at `of`."""
    if of is not None:
        canvas.line([(lane.x, of), (lane.x + lane.side * (offset - 3), y)], MUTED, 1, z=1)
    align = "right" if lane.side < 0 else "left"
    canvas.text(lane.x + lane.side * offset, y, text, size, color, align=align, **style)


def draw_shaft(canvas: Canvas, start: PointXY, end: PointXY, color: str, width: float, dashed: bool) -> None:
    """A straight arrow. Of a dashed one the head is whole."""
    if not dashed:
        canvas.arrow([start, end], color, width)
        return
    part = 1 - 18 / abs(end[0] - start[0])
    neck = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
    canvas.line([start, neck], color, width, dashed=True, z=3)
    canvas.arrow([neck, end], color, width)


def draw_cross(canvas: Canvas, x: float, y: float, words: str, right: bool, *,
               inside: bool = False, size: float = 15) -> None:  # fmt: skip
    """The end of what nobody got, on its way to the right or to the left; `words` stand beyond it."""
    canvas.dot(x, y, ERROR, mark="X", size=size)
    if words:
        before, beyond = (x - 13, "right"), (x + 13, "left")
        sides = [before, beyond] if right == inside else [beyond, before]
        canvas.note(places_near(y, *sides[: 1 if inside else 2]), words, NOTE, ERROR)


def places_near(y: float, *sides: tuple[float, str]) -> list[tuple[float, float, str]]:
    """Places for a note: at its mark, on either side if need be, then a little below or above it."""
    return [(x, y + off, align) for off in (0, 15, -15) for x, align in sides]


def draw_foot(canvas: Canvas, width: float, height: float, foot: str, origin: str = "") -> None:
    """The last line, and below it where the packets come from."""
    canvas.text(width / 2, height - 13, foot, FINE, MUTED, align="center")
    if origin:
        canvas.text(width / 2, height + 5, origin, FINE, MUTED, align="center")


def pale(color: str, part: float) -> str:
    """The color mixed with white: 0 leaves it, 1 gives white."""
    mixed = (round(int(color[i : i + 2], 16) * (1 - part) + 255 * part) for i in (1, 3, 5))
    return "#" + "".join(f"{value:02x}" for value in mixed)
