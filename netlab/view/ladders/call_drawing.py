"""The ladder of a recording: the calls of all sides, one below the other, and what went between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..kit import Canvas, Picture
from ..kit.theme import CODE, ERROR, INK, MUTED, NOTE, PAPER, TEXT
from .call_arrows import Arrow
from .call_labels import Box, arrange
from .call_lanes import named
from .call_paths import Paths, color_of
from .call_rows import Row
from .call_words import describe
from .calls import OFFSET
from .painter import draw_foot, draw_lane, draw_words, pale
from .stack import FOOT


def ladder(
    recording: Any,
    *,
    caption: str | None = None,
    show: Literal["calls", "data"] = "calls",
    names: Mapping[str, str] | Sequence[str] = (),
) -> Picture:
    """Draw a recording: a lane for each side, a row for each call, an arrow for what went between them.

    Socket, bind and listen share a row, and long runs of equal calls are drawn as one. `caption` replaces
    the one that is made from the recording. `show="data"` leaves out all calls that moved no bytes.
    `names=["Anna", "Bert"]` names the clients in the order in which they appear, {"server": "Chris"} the
    lanes that it holds.
    TypeError if it is not a recording, ValueError for another `show` and for names that fit no lanes.
    """
    if not hasattr(recording, "flows") or not hasattr(recording, "links"):
        raise TypeError(f"ladder() draws what watch() recorded, not {type(recording).__name__}.")
    if show not in ("calls", "data"):
        raise ValueError(f'show={show!r} is unknown: use "calls" or "data".')
    called = named(recording.actors, names)
    paths, places = arrange(recording, show, called)
    layout = paths.layout
    layout.height = max(layout.height, paths.low + 22 + FOOT)  # bytes that nobody took end below all calls
    canvas = Canvas(layout.width, layout.height)
    for lane in layout.lanes:
        draw_lane(canvas, lane, layout.height, width=2.6, fade=0.5)
    sides = [lane.side for lane in layout.lanes]
    for row in layout.rows:
        if row.bar or row.run:
            _draw_bar(canvas, row)
        _draw_row(canvas, row, paper=sides.count(row.lane.side) > 1)
    _draw_arrows(canvas, paths, places)
    draw_foot(canvas, layout.width, layout.height, layout.foot)
    return canvas.picture(caption or describe(recording, called))


def _draw_bar(canvas: Canvas, row: Row) -> None:
    x, color, top, tall = row.lane.x, row.lane.color, row.start.y, row.end.y - row.start.y
    if row.run:
        canvas.box(x - 3, top, 6, tall, PAPER, z=2)
        steps = max(3, round(tall / 11))
        for i in range(steps):
            canvas.dot(x, top + tall * (i + 0.5) / steps, color, size=6)
    elif row.idle is not None:
        canvas.box(x - 5, top + 2, 10, tall - 4, PAPER, edge=pale(color, 0.55), z=2)
    elif row.pending:
        for i in range(8):  # it fades out: its end is not known
            canvas.box(x - 6, top + i * tall / 8, 12, tall / 8 + 0.3, pale(color, 0.62 + 0.36 * i / 8), z=2)
    else:
        canvas.box(x - 6, top, 12, tall, pale(color, 0.62), z=2)


def _draw_row(canvas: Canvas, row: Row, *, paper: bool) -> None:
    """`paper`: arrows of other lanes pass below the words."""
    lane = row.lane

    def words(y: float, text: str, size: float, color: str, **style: bool) -> None:
        if text:
            draw_words(canvas, lane, OFFSET, y, text, size, color, paper=paper, **style)

    words(row.wait_y, row.wait, NOTE, lane.color, italic=True)
    if row.silent:
        return
    y = row.dot.y
    words(y, row.label, CODE, INK, mono=True)
    words(y + 18, row.note, NOTE, MUTED, mono=not row.run)
    if row.run:
        return
    if row.trouble:
        end, words_y = (row.end.y, row.end.y) if row.split else (y, y + (35 if row.note else 18))
        shade, mark, size = (MUTED, "D", 9) if row.soft else (ERROR, "X", 14)
        words(words_y, row.trouble, NOTE, shade, bold=not row.soft)
        canvas.dot(lane.x, end, shade, mark=mark, size=size)
    if not row.trouble or row.split:
        canvas.dot(lane.x, y, lane.color)


def _draw_arrows(canvas: Canvas, paths: Paths, places: dict[Arrow, Box]) -> None:
    """All lines first, then the words, which may hide parts of lines."""
    for (left, top, right, bottom), color in paths.blocks:
        canvas.box(left, top, right - left, bottom - top, color, z=5)
    for arrow, way in paths.ways.items():
        draw = canvas.arrow if arrow.ends == "head" else canvas.curve
        draw(way, color_of(arrow), 2.2 if arrow.kind == "data" else 1.6)
    for arrow, way in paths.ways.items():
        color = color_of(arrow)
        if arrow in places:
            left, top, right, bottom = places[arrow]
            middle = (left + right) / 2, (top + bottom) / 2
            canvas.text(*middle, arrow.text, TEXT, color, align="center", paper=True)
        if arrow.ends == "cross":
            canvas.dot(*way[-1], ERROR, mark="X", size=15)
        elif arrow.ends == "open":
            canvas.dot(*way[-1], color, size=12)
            canvas.dot(*way[-1], PAPER, size=7, z=6.5)
