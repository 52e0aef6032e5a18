"""Where everything on a ladder stands, in CSS pixels, y downward. Pure: no drawing, no chance.

Time runs down, but not to scale: a point lower on the page happened later, and every call gets the room
that its words need. Words stand outside of their lane, on its left for clients and on its right for
servers, so the gutter in the middle is free for slanted arrows. Where several lanes share a side, each
row there is used by one call only: arrows cross that side level, at the height of their own call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Any

from .kit.theme import CODE, FINE, MUTED, NOTE, TEXT, text_width
from .ladder_arrows import Arrow, arrows_of
from .ladder_items import HOLDERS, WAITERS, Item, items_of
from .ladder_lanes import Lane, address_text, lanes_of, place_lanes

LONG = 0.001  # seconds in recv or accept; a shorter wait is drawn only if the other side acted meanwhile
HELD = 0.005  # seconds in connect or send; less may be the scheduler's doing
IDLE = 0.005  # seconds between two calls of a thread, from which on it was "busy elsewhere"
TOP, FOOT = 92, 34  # room for the heads of the lanes, and for the last line
LINE, NOTE_LINE, GAP, SLOPE = 20, 18, 9, 24
OFFSET = 17  # from a lane to its words


@dataclass
class Row:
    """An item in its place. The dot stands at `y`; the bar, if any, reaches from `top` to `bottom`."""

    item: Item
    lane: Lane
    bar: bool = False
    wait: str = ""  # words beside the bar
    idle: bool = False  # not a call: the thread was busy elsewhere ...
    began: float = 0  # ... from this time on
    top: float = 0
    y: float = 0
    bottom: float = 0
    wait_y: float = 0
    parts: int = 0  # pieces of the block beside the dot
    points: list[_Point] = field(default_factory=list)

    @property
    def above(self) -> float:
        return max(LINE / 2, self.parts * 6.5)

    @property
    def below(self) -> float:
        item = self.item
        note = NOTE_LINE * (bool(item.note) + bool(item.trouble and not self.split))
        return max(LINE / 2 + note, self.parts * 6.5)

    @property
    def split(self) -> bool:
        """Does the outcome stand apart, at the end of the bar? So it does for a connect that failed."""
        return bool(self.item.trouble and self.bar and not self.item.waits and not self.item.run)


@dataclass
class _Point:
    row: Row
    kind: str  # "top", "y" or "bottom"
    time: float
    above: float = 0
    below: float = 0
    room: float = 0  # least distance from the row's point before
    after: list[tuple[_Point, float]] = field(
        default_factory=list
    )  # points that must be higher, and by how much


@dataclass
class Layout:
    width: float
    height: float
    lanes: list[Lane]
    rows: list[Row]
    arrows: list[Arrow]
    gutter: tuple[float, float]
    foot: str


def lay_out(recording: Any, show: str = "calls") -> Layout:
    """Lanes, rows and arrows of a recording, each with its place."""
    events, pending = list(recording), recording.pending
    lanes, left_out = lanes_of(recording.actors, [*events, *pending])
    names = {lane.name: lane for lane in lanes}
    aside = {id(effect) for cause, effect in recording.links() if cause.actor not in names}
    whole = items_of(events, show, pending, compact=len(lanes) > 3, aside=aside)
    items = [item for item in whole if item.lane in names]
    arrows, ghost = arrows_of(events, items, recording)
    if show == "data":
        arrows = [arrow for arrow in arrows if arrow.text != "handshake"]
    if ghost and lanes:
        side = -lanes[0].side
        peer = next((e.peer for e in events if e.peer), None)
        lanes.append(Lane("", side, MUTED, title=ghost, address=address_text(peer), ghost=True))
        lanes.sort(key=lambda lane: lane.side)
    rows = _rows(items, arrows, names)
    height = _place_rows(rows, arrows, lanes)
    for lane in lanes:
        lane.zone = OFFSET + max([40.0, *(_wide(row) for row in rows if row.lane is lane)])
    gutter, width = place_lanes(lanes, max((text_width(a.text, TEXT) for a in arrows), default=0))
    foot = _foot(events, pending, left_out, recording.dropped)
    return Layout(max(width, text_width(foot, FINE) + 24), height, lanes, rows, arrows, gutter, foot)


def _foot(events: Sequence[Any], pending: Sequence[Any], left_out: int, dropped: int) -> str:
    if not events and not pending:
        return "no socket call was recorded"
    whole = [*events, *pending]
    took = max(e.time for e in whole) - min(e.started for e in whole)
    parts = [f"time runs down, not to scale · {_duration(took)} in all"]
    if left_out:
        parts.append(f"{left_out} more lane{'s' * (left_out > 1)} not drawn")
    if dropped:
        parts.append(f"{dropped} later call{'s' * (dropped > 1)} not recorded")
    return " · ".join(parts)


def _rows(items: Sequence[Item], arrows: Sequence[Arrow], names: dict[str, Lane]) -> list[Row]:
    began: dict[int, float] = {}  # for each target, when the last of its sources began
    for arrow in arrows:
        if arrow.source and arrow.target and not arrow.source.run:
            began[id(arrow.target)] = max(began.get(id(arrow.target), 0.0), arrow.source.started)
    rows: list[Row] = []
    last: dict[str, Item] = {}
    for item in items:
        before, lane = last.get(item.lane), names[item.lane]
        if before and not item.pending and _idles(before, item):
            pause = item.started - before.ended
            rows.append(
                Row(item, lane, True, f"busy elsewhere, {_duration(pause)}", idle=True, began=before.ended)
            )
        row = Row(item, lane)
        took = item.ended - max(item.started, before.ended if before else item.started)
        if item.pending:
            row.wait = f"still waits in {item.call}"
            row.bar = not any(other.item.pending and other.lane is lane for other in rows)
        elif not item.run and took >= (LONG if item.waits else HELD) and item.call in WAITERS | HOLDERS:
            row.wait = f"waits in {item.call}, {_duration(took)}"
        elif item.waits and began.get(id(item), item.started) > item.started:
            row.wait = f"waits in {item.call}"
        # A connect that failed gets a bar even if the answer was quick: question and answer need room.
        failed = item.call == "connect" and bool(item.trouble) and not item.soft
        row.bar = row.bar or (not item.pending and (bool(row.wait) or failed))
        rows.append(row)
        if not item.pending:
            last[item.lane] = item
    for count, row in _blocks(rows, arrows):
        row.parts = max(row.parts, count)
    return rows


def _idles(before: Item, item: Item) -> bool:
    one, other = before.events[-1], item.events[0]
    setup = before.call in ("socket", "bind", "listen")
    goes_on = one.thread == other.thread or (one.accepted is not None and one.accepted == other.socket)
    return not setup and goes_on and item.started - before.ended >= IDLE


def _blocks(rows: Sequence[Row], arrows: Sequence[Arrow]) -> Iterable[tuple[int, Row]]:
    """Rows at which several data arrows meet: they get a block with one piece for each."""
    for row in rows:
        if row.idle or row.item.run or row.item.pending:
            continue
        into = sum(a.kind == "data" and a.target is row.item for a in arrows)
        out = sum(a.kind == "data" and a.source is row.item for a in arrows)
        if into > 1 or (out > 1 and not row.bar):
            yield max(into, out), row


def _place_rows(rows: Sequence[Row], arrows: Sequence[Arrow], lanes: Sequence[Lane]) -> float:
    """Give every point of every row its y; returns the height of the picture."""
    crowded = {side: sum(lane.side == side for lane in lanes) > 1 for side in (-1, 1)}
    points: list[_Point] = []
    home = {id(row.item): row for row in rows if not row.idle}
    chain: dict[str, _Point] = {}
    for row in rows:
        for point in _points(row, crowded[row.lane.side]):
            if before := chain.get(row.lane.name):
                point.after.append((before, point.room))
            chain[row.lane.name] = point
            points.append(point)
            row.points.append(point)
    for arrow in arrows:
        source, target = (home.get(id(i)) if i else None for i in (arrow.source, arrow.target))
        if source and target:
            block = 4 * target.parts if arrow.kind == "data" else 0
            loose = source.item.run or target.item.run
            target.points[-1].after.append((source.points[0], 0 if loose else SLOPE + block))
    return _stack(points, crowded)


def _points(row: Row, crowded: bool) -> list[_Point]:
    item = row.item
    words = LINE / 2 if crowded else 0.0  # on a crowded side the words beside a bar take a row of their own
    if row.idle:
        return [_Point(row, "top", row.began, words, words), _Point(row, "y", item.started, room=30)]
    if item.pending:
        return [_Point(row, "top", item.started, words, words), _Point(row, "bottom", float("inf"), room=44)]
    if item.run:
        below = LINE / 2 + NOTE_LINE * bool(item.note) + 4
        return [
            _Point(row, "top", item.started, 4, 0),
            _Point(row, "y", item.started, LINE / 2, below, room=18),
            _Point(row, "bottom", item.ended, 0, 4, room=below),
        ]
    if not row.bar:
        return [_Point(row, "y", item.ended if item.waits else item.started, row.above, row.below)]
    if item.waits:
        return [_Point(row, "top", item.started, words, words),
                _Point(row, "y", item.ended, row.above, row.below, room=row.above + 24)]  # fmt: skip
    end = LINE / 2 if row.split else words
    first = _Point(row, "y", item.started, row.above, row.below)
    if crowded and row.split and row.wait:
        aside = _Point(row, "wait_y", item.started, words, words)
        return [first, aside, _Point(row, "bottom", item.ended, end, end)]
    return [first, _Point(row, "bottom", item.ended, end, end, room=row.below + (40 if row.split else 26))]


def _stack(points: list[_Point], crowded: dict[int, bool]) -> float:
    """From above to below in the order of time; never higher than the words before it allow."""
    order = sorted(range(len(points)), key=lambda i: points[i].time)
    queue = [points[i] for i in order]
    placed: set[int] = set()
    floor = {lane: float(TOP) for lane in {p.row.lane.name for p in points}}
    side_floor = {-1: float(TOP), 1: float(TOP)}
    y, now, last = float(TOP), None, None
    ys: dict[int, float] = {}
    while queue:
        # What must be higher comes first, whatever the clock says; in a circle the clock decides.
        at = next((i for i, p in enumerate(queue) if all(id(b) in placed for b, _ in p.after)), 0)
        point = queue.pop(at)
        lane, side = point.row.lane, point.row.lane.side
        if now is not None and point.time != float("inf"):
            y += min(36.0, 14 * log10(1 + max(0.0, point.time - now) / 0.002)) + (
                5 if last is not lane else 0
            )
        limits = [ys[id(b)] + room for b, room in point.after if id(b) in ys]
        words = point.above + point.below > 0
        limits.append((side_floor[side] if crowded[side] and words else floor[lane.name]) + GAP + point.above)
        same_row = any(b.row is point.row for b, _ in point.after)
        if same_row and not point.above:
            limits.pop()
        y = max([y, *limits])
        ys[id(point)] = y
        setattr(point.row, point.kind, y)
        bottom = y + point.below
        floor[lane.name] = max(floor[lane.name], bottom)
        if words:
            side_floor[side] = max(side_floor[side], bottom)
        placed.add(id(point))
        now, last = point.time if point.time != float("inf") else now, lane
    end = max([y, *floor.values(), *side_floor.values()])
    for row in {id(p.row): p.row for p in points}.values():
        _finish(row, crowded[row.lane.side], end)
    return end + 22 + FOOT


def _finish(row: Row, crowded: bool, end: float) -> None:
    """Fill in what follows from the placed points: both ends of the bar, and where its words stand."""
    item = row.item
    if row.idle:
        row.bottom, row.wait_y = row.y, row.top if crowded else (row.top + row.y) / 2
    elif item.pending:
        row.bottom = end + 14
        row.y, row.wait_y = row.top, row.top + (0 if crowded else 14)
    elif item.run:
        pass
    elif not row.bar:
        row.top = row.bottom = row.y
    elif item.waits:
        row.bottom = row.y
        row.wait_y = row.top if crowded else (row.top + row.y - row.above) / 2
    else:
        row.top = row.y
        if not crowded:
            row.wait_y = (row.y + row.below + row.bottom - (LINE / 2 if row.split else 0)) / 2
        elif not row.split:
            row.wait_y = row.bottom


def _wide(row: Row) -> float:
    item = row.item
    widths = [text_width(row.wait, NOTE)]
    if not row.idle and not item.pending:
        widths += [text_width(item.label, CODE, mono=True), text_width(item.note, NOTE, mono=not item.run)]
        widths += [text_width(item.trouble, NOTE, bold=True)]
    return max(widths)


def _duration(seconds: float) -> str:
    ms = seconds * 1000
    if ms >= 1000:
        return f"{seconds:.1f} s"
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms" if ms >= 0.1 else f"{ms * 1000:.0f} µs"
