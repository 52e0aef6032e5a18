"""The ladder of a recording: the calls of all sides, one below the other, and what went between them."""

from __future__ import annotations

from typing import Any, Literal

from .arrow_painter import ArrowPainter
from .kit import Canvas, Picture
from .kit.theme import CODE, ERROR, FINE, HEAD, INK, MUTED, NOTE, PAPER, TEXT, text_width
from .ladder_caption import describe
from .ladder_lanes import Lane
from .ladder_layout import FOOT, OFFSET, TOP, Row, lay_out

SHOW = ("calls", "all", "data")


def ladder(
    recording: Any, *, caption: str | None = None, show: Literal["calls", "all", "data"] = "calls"
) -> Picture:
    """Draw a recording: a lane for each side, a row for each call, an arrow for what went between them.

    `caption` replaces the one that is made from the recording. `show="all"` gives every call a row of its
    own (otherwise socket, bind and listen share one, and long runs of equal calls are drawn as one);
    `show="data"` leaves out all calls that moved no bytes.
    TypeError if it is not a recording, ValueError for another `show`.
    """
    if not hasattr(recording, "flows") or not hasattr(recording, "links"):
        raise TypeError(f"ladder() draws what watch() recorded, not {type(recording).__name__}.")
    if show not in SHOW:
        raise ValueError(f"show={show!r} is unknown: use one of {', '.join(SHOW)}.")
    layout = lay_out(recording, show)
    canvas = Canvas(layout.width, layout.height)
    for lane in layout.lanes:
        _draw_lane(canvas, lane, layout.height)
    sides = [lane.side for lane in layout.lanes]
    for row in layout.rows:
        _draw_row(canvas, row, paper=sides.count(row.lane.side) > 1)
    ArrowPainter(canvas, layout).draw()
    canvas.text(layout.width / 2, layout.height - 13, layout.foot, FINE, MUTED, align="center")
    return canvas.picture(caption or describe(recording))


def _draw_lane(canvas: Canvas, lane: Lane, height: float) -> None:
    x, bottom = lane.x, height - FOOT
    wide = text_width(lane.title, HEAD, bold=True) + 26
    if lane.ghost:
        canvas.box(x - wide / 2, 20, wide, 34, PAPER, edge=MUTED, round=8, dashed=True)
        canvas.text(x, 37, lane.title, TEXT, MUTED, align="center")
        canvas.line([(x, TOP - 10), (x, bottom)], MUTED, 1.5, dashed=True, z=1)
    else:
        canvas.box(x - wide / 2, 20, wide, 34, lane.color, round=8)
        canvas.text(x, 37, lane.title, HEAD, PAPER, align="center", bold=True)
        canvas.line([(x, TOP - 10), (x, bottom)], _pale(lane.color, 0.5), 2.6, z=1)
    if lane.above:
        canvas.text(x, 10, lane.above, NOTE, lane.color, align="center")
    canvas.text(x, 68, lane.address, NOTE, MUTED, align="center")


def _draw_row(canvas: Canvas, row: Row, *, paper: bool) -> None:
    # `paper`: arrows of other lanes pass below the words.
    item, lane = row.item, row.lane
    x, side, color = lane.x, lane.side, lane.color
    align, at = ("right" if side < 0 else "left"), x + side * OFFSET
    if row.bar:
        if row.idle:
            canvas.box(x - 5, row.top + 2, 10, row.bottom - row.top - 4, PAPER, edge=_pale(color, 0.55), z=2)
        elif item.pending:
            steps = 8
            for i in range(steps):  # it fades out: its end is not known
                top = row.top + (row.bottom - row.top) * i / steps
                fade = 0.62 + 0.36 * i / steps
                canvas.box(x - 6, top, 12, (row.bottom - row.top) / steps + 0.3, _pale(color, fade), z=2)
        else:
            canvas.box(x - 6, row.top, 12, row.bottom - row.top, _pale(color, 0.62), z=2)
    if row.wait:
        canvas.text(at, row.wait_y, row.wait, NOTE, color, align=align, italic=True, paper=paper)
    if row.idle or item.pending:
        return
    if item.run:
        steps = max(3, round((row.bottom - row.top) / 11))
        canvas.box(x - 3, row.top, 6, row.bottom - row.top, PAPER, z=2)
        for i in range(steps):
            canvas.dot(x, row.top + (row.bottom - row.top) * (i + 0.5) / steps, color, size=6)
        canvas.text(at, row.y, item.label, CODE, INK, align=align, mono=True, paper=paper)
        canvas.text(at, row.y + 18, item.note, NOTE, MUTED, align=align, paper=paper and bool(item.note))
        return
    canvas.text(at, row.y, item.label, CODE, INK, align=align, mono=True, paper=paper)
    below = row.y + 18
    if item.note:
        canvas.text(at, below, item.note, NOTE, MUTED, align=align, mono=True, paper=paper)
        below += 17
    if item.trouble:
        end = row.bottom if row.split else row.y
        shade = MUTED if item.soft else ERROR
        canvas.text(
            at,
            end if row.split else below,
            item.trouble,
            NOTE,
            shade,
            align=align,
            bold=not item.soft,
            paper=paper,
        )
        canvas.dot(x, end, shade, mark="D" if item.soft else "X", size=9 if item.soft else 14)
    if not item.trouble or row.split:
        canvas.dot(x, row.y, color)


def _pale(color: str, part: float) -> str:
    """The color mixed with white: 0 leaves it, 1 gives white."""
    mixed = (round(int(color[i : i + 2], 16) * (1 - part) + 255 * part) for i in (1, 3, 5))
    return "#" + "".join(f"{value:02x}" for value in mixed)
