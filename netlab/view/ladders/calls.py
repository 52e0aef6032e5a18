"""Where the lanes and the rows of a ladder of calls stand. Pure: no drawing, no chance.

A dot stands where a call began, or where it returned if that is what matters. Words stand outside of their
lane, so the gutter in the middle is free for slanted arrows. Where several lanes share a side, each row there
is used by one call only: arrows cross that side level, at the height of their own call.

A thread may stand still for some milliseconds without any doing of its program: another one keeps the
interpreter's lock for 5 ms at a time (sys.getswitchinterval), and the machine may be busy. So a call that is
held up, and an open bar ("busy elsewhere") between two calls, are drawn from CLEAR on, three times as much;
the bar only if the thread made no call of another lane meanwhile.
A recv or accept that waits is drawn sooner: that it waited is known.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import inf
from operator import attrgetter
from typing import Any

from ...wire import CONNECTING
from ..kit import plural
from ..kit.theme import CODE, FINE, MUTED, NOTE, TEXT, text_width
from .call_arrows import Arrow, arrows_of
from .call_lanes import lanes_of
from .call_rows import HOLDERS, LINE, NOTE_LINE, WAITERS, Row, rows_of
from .packet_words import duration
from .stack import FOOT, TOP, Lane, Mark, Pace, address_text, stack

LONG = 0.001  # seconds in recv or accept; a shorter wait is drawn only if the other side acted meanwhile
CLEAR = 0.015  # seconds in connect or send, or between two calls, that are of the program's making, see above
GAP, SLOPE = 9, 24  # least distance between words, and of the ends of an arrow
OFFSET = 17  # from a lane to its words
PACE = Pace(stretch=14, limit=36, turn=5)


@dataclass
class Layout:
    width: float
    height: float
    lanes: list[Lane]
    rows: list[Row]
    arrows: list[Arrow]
    gutter: tuple[float, float]
    foot: str


def lay_out(
    recording: Any, show: str = "calls", names: Mapping[str, str] | None = None, *, extra: float = 0
) -> Layout:
    """Lanes, rows and arrows of a recording, each with its place.

    `names` are those of lanes, `extra` widens the gutter.
    """
    events, pending = list(recording), recording.pending
    whole = [*events, *pending]
    seen = {flow.sent.socket: flow.received.peer for flow in recording.flows() if flow.sent.datagram}
    lanes, left_out = lanes_of(recording.actors, whole, seen, names or {})
    of = {lane.name: lane for lane in lanes}
    aside = {id(effect) for cause, effect in recording.links() if cause.actor not in of}
    rows = rows_of(events, show, pending, compact=len(lanes) > 3, aside=aside)
    rows = [row for row in rows if row.actor in of]
    for row in rows:
        row.lane = of[row.actor]
    arrows, ghost = arrows_of(events, rows, recording)
    if show == "data":
        arrows = [arrow for arrow in arrows if arrow.text != "handshake"]
    if ghost and len({lane.side for lane in lanes}) == 1:
        peers = {address_text(e.peer) for e in events if e.peer}
        address = peers.pop() if len(peers) == 1 else ""
        lanes.append(Lane("", -lanes[0].side, MUTED, title=ghost, address=address, ghost=True))
        lanes.sort(key=lambda lane: lane.side)
    rows = _with_waits(rows, arrows)
    low = _place(rows, arrows, lanes)
    for lane in lanes:
        lane.zone = OFFSET + max([40.0, *(_wide(row) for row in rows if row.lane is lane)])
    longest = max((text_width(a.text, TEXT) for a in arrows), default=0)
    gutter, width = _place_lanes(lanes, longest, extra)
    foot = _foot(whole, left_out, recording.dropped)
    return Layout(max(width, text_width(foot, FINE) + 24), low + 22 + FOOT, lanes, rows, arrows, gutter, foot)


def _foot(whole: Sequence[Any], left_out: int, dropped: int) -> str:
    if not whole:
        return "no socket call was recorded"
    took = max(e.time for e in whole) - min(e.started for e in whole)
    missing = ((left_out, "more lane", "drawn"), (dropped, "later call", "recorded"))
    more = [f" · {n} {plural(n, what)} not {done}" for n, what, done in missing if n]
    return f"time runs down, not to scale · {duration(took)} in all{''.join(more)}"


def _place_lanes(lanes: Sequence[Lane], words: float, extra: float) -> tuple[tuple[float, float], float]:
    """Give every lane its x; returns the gutter between the two sides, and the width of the picture.

    `words` is the width of the longest words on an arrow: they must find room in the gutter, which is
    beside the lanes if they are all on one side.
    """
    x, before = 14.0, None
    for lane in (lane for lane in lanes if lane.side < 0):
        half = lane.head_width / 2
        room = max(lane.zone + 18, before + half + 14) if before is not None else max(lane.zone, half)
        x, before = x + room, half
        lane.x = x
    gutter_left = x
    right = [lane for lane in lanes if lane.side > 0]
    if any(lane.side < 0 for lane in lanes) and right:
        narrow = {2: 310, 3: 260}.get(len(lanes), 220)
        x += max(narrow, words + 96, (before or 0) + right[0].head_width / 2 + 20) + extra
    elif lanes:
        x += max(words + 96 * bool(words), before or right[0].head_width / 2) + extra
    gutter_right = x
    for lane, after in zip_longest(right, right[1:]):
        lane.x = x
        half = lane.head_width / 2
        x += max(lane.zone + 18, half + after.head_width / 2 + 14) if after else max(lane.zone, half) + 14
    return (gutter_left, gutter_right), max(x if right else x + 14, 560.0)


def _with_waits(rows: Sequence[Row], arrows: Sequence[Arrow]) -> list[Row]:
    """The rows, and between them those of threads that were busy elsewhere; each knows its bar and block."""
    fed: dict[Row, float] = {}  # when the last source of a row began
    for arrow in arrows:
        if arrow.source and arrow.target and not arrow.source.run:
            fed[arrow.target] = max(fed.get(arrow.target, 0.0), arrow.source.started)
    into = Counter(arrow.target for arrow in arrows if arrow.kind == "data")
    out = Counter(arrow.source for arrow in arrows if arrow.kind == "data")
    begun: dict[int, list[float]] = {}  # of each thread: when its calls began, on whatever lane
    for event in sorted((e for row in rows for e in row.events), key=attrgetter("started")):
        begun.setdefault(event.thread, []).append(event.started)
    whole: list[Row] = []
    last: dict[str, Row] = {}
    hanging: set[str] = set()
    for row in rows:
        before = last.get(row.actor)
        if before and not row.pending and _idles(before, row, begun):
            away = Row(row.actor, row.events, "", idle=before.ended, lane=row.lane, bar=True)
            away.wait = f"busy elsewhere, {duration(row.started - before.ended)}"
            whole.append(away)
        whole.append(row)
        if row.pending:
            row.wait, row.bar = f"still waits in {row.call}", row.actor not in hanging
            hanging.add(row.actor)
            continue
        took = row.ended - max(row.started, before.ended if before else row.started)
        if not row.run and took >= (LONG if row.waits else CLEAR) and row.call in WAITERS | HOLDERS:
            row.wait = f"waits in {row.call}, {duration(took)}"
        elif row.waits and fed.get(row, row.started) > row.started:
            row.wait = f"waits in {row.call}"
        # A connect that failed gets a bar even if the answer was quick: question and answer need room.
        row.bar = bool(row.wait) or (row.call in CONNECTING and bool(row.trouble) and not row.soft)
        if not row.run and (into[row] > 1 or (out[row] > 1 and not row.bar)):
            row.parts = max(into[row], out[row])
        last[row.actor] = row
    return whole


def _idles(before: Row, row: Row, begun: Mapping[int, list[float]]) -> bool:
    """Was the thread of two calls of a lane away between them, and in no call of another lane?"""
    one, other = before.events[-1], row.events[0]
    setup = before.call in ("socket", "bind", "listen")
    goes_on = one.thread == other.thread or (one.accepted is not None and one.accepted == other.socket)
    calls = begun[other.thread] if other.thread else [row.started]
    return (
        not setup and goes_on and row.started - before.ended >= CLEAR
        and calls[bisect_left(calls, before.ended)] == row.started
    )  # fmt: skip


def _place(rows: Sequence[Row], arrows: Sequence[Arrow], lanes: Sequence[Lane]) -> float:
    """Give all marks of the rows their heights; returns how far they reach down."""
    sides = [lane.side for lane in lanes]
    marks: list[Mark] = []
    chain: dict[str, Mark] = {}
    for row in rows:
        for mark in _marks(row, crowded=sides.count(row.lane.side) > 1):
            if row.actor in chain:
                mark.after.append((chain[row.actor], 0))
            chain[row.actor] = mark
            marks.append(mark)
    for arrow in arrows:
        source, target = arrow.source, arrow.target
        if source and target:
            block = 4 * target.parts if arrow.kind == "data" else 0
            target.end.after.append((source.start, 0 if source.run or target.run else SLOPE + block))
        elif target and arrow.answers and not arrow.answers.run:
            target.end.after.append((arrow.answers.start, 2 * SLOPE))
    low = stack(marks, TOP, PACE)
    for row in rows:
        if row.pending:
            row.end.y = low + 14
    return low


def _marks(row: Row, crowded: bool) -> list[Mark]:
    """The marks of a row, from above to below; `crowded`: several lanes share its side."""

    def mark(time: float, above: float = 0, below: float = 0, *, under: tuple[Mark, float] | None = None,
             first: bool = False) -> Mark:  # fmt: skip
        column = f"side {row.lane.side}" if crowded and above + below else row.actor
        room = above + GAP if above or first else 0
        return Mark(time, row.actor, column, room, below, [under] if under else [])

    words = LINE / 2 if crowded else 0.0  # on a crowded side the words beside a bar take a row of their own
    if row.idle is not None:
        row.start = mark(row.idle, words, words, first=True)
        row.dot = row.end = mark(row.started, under=(row.start, 30))
        row.beside = (row.start, row.start if crowded else row.end, 0)
    elif row.pending:
        row.start = row.dot = mark(row.started, words, words, first=True)
        row.end = mark(inf, under=(row.start, 44))
        row.beside = (row.start, row.start, 0 if crowded else 14)
    elif row.run:
        below = LINE / 2 + NOTE_LINE * bool(row.note) + 4
        row.start = mark(row.started, 4)
        row.dot = mark(row.started, LINE / 2, below, under=(row.start, 18))
        row.end = mark(row.ended, 0, 4, under=(row.dot, below))
        return [row.start, row.dot, row.end]
    elif not row.bar:
        row.start = row.dot = row.end = mark(row.ended if row.waits else row.started, row.above, row.below)
    elif row.waits:
        row.start = mark(row.started, words, words, first=True)
        row.dot = row.end = mark(row.ended, row.above, row.below, under=(row.start, row.above + 24))
        row.beside = (row.start, row.start, 0) if crowded else (row.start, row.end, -row.above / 2)
    else:
        end = LINE / 2 if row.split else words
        row.start = row.dot = mark(row.started, row.above, row.below)
        if crowded and row.split and row.wait:
            aside, row.end = mark(row.started, words, words), mark(row.ended, end, end)
            row.beside = (aside, aside, 0)
            return [row.start, aside, row.end]
        row.end = mark(row.ended, end, end, under=(row.dot, row.below + (40 if row.split else 26)))
        lower = (row.below - (LINE / 2 if row.split else 0)) / 2
        row.beside = (row.end, row.end, 0) if crowded else (row.dot, row.end, lower)
    return [row.start] if row.start is row.end else [row.start, row.end]


def _wide(row: Row) -> float:
    widths = [text_width(row.wait, NOTE)]
    if not row.silent:
        widths += [text_width(row.label, CODE, mono=True), text_width(row.note, NOTE, mono=not row.run)]
        widths += [text_width(row.trouble, NOTE, bold=True)]
    return max(widths)
