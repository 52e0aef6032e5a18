"""Where the lanes and the rows of a ladder of calls stand. Pure: no drawing, no chance.

A dot stands where a call began, or where it returned if that is what matters. Words stand outside of their
lane, so the gutter in the middle is free for slanted arrows. Where several lanes share a side, each row there
is used by one call only: arrows cross that side level, at the height of their own call.

A thread may stand still for some milliseconds without any doing of its program: another one keeps the
interpreter's lock for 5 ms at a time (sys.getswitchinterval), and the machine may be busy. So a call that is
held up, and an open bar ("busy elsewhere") between two calls, are drawn from CLEAR on, three times as much.
A recv or accept that waits is drawn sooner: that it waited is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import inf
from typing import Any

from ...wire import CONNECTING
from ..kit import plural
from ..kit.theme import CLIENTS, CODE, FINE, MUTED, NOTE, SERVERS, TEXT, text_width
from .call_arrows import Arrow, arrows_of
from .call_rows import HOLDERS, LINE, NOTE_LINE, WAITERS, Row, rows_of
from .packet_words import duration
from .stack import FOOT, TOP, Lane, Mark, Pace, address_text, stack

LONG = 0.001  # seconds in recv or accept; a shorter wait is drawn only if the other side acted meanwhile
CLEAR = 0.015  # seconds in connect or send, or between two calls, that are of the program's making, see above
GAP, SLOPE = 9, 24  # least distance between words, and of the ends of an arrow
OFFSET = 17  # from a lane to its words
MOST_LANES = 6
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
    lanes, left_out = _lanes(recording.actors, whole, seen, names or {})
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


def _lanes(
    actors: Sequence[str], events: Sequence[Any], seen: Mapping[int, Any], names: Mapping[str, str]
) -> tuple[list[Lane], int]:
    """The lanes that are drawn, from left to right, and how many are left out.

    `seen` has for each socket the address from which its datagrams came, as their receiver saw it.
    """
    of: dict[str, list[Any]] = {}
    for event in events:
        of.setdefault(event.actor, []).append(event)
    sides: dict[str, int] = {}
    for actor in actors:
        calls = {e.call for e in of.get(actor, ())}
        if actor.startswith("client") or (calls & CONNECTING and not actor.startswith("server")):
            sides[actor] = -1
        elif actor.startswith("server") or calls & {"listen", "accept", "bind"}:
            sides[actor] = 1
        else:
            sides[actor] = -1 if sum(sides.values()) >= 0 else 1
    left = [a for a in actors if sides[a] < 0]
    right = sorted((a for a in actors if sides[a] > 0), key=_natural)
    keep_left = max(MOST_LANES // 2, MOST_LANES - len(right))
    if len(left) + len(right) > MOST_LANES and any(" · " in actor for actor in right):
        keep_left = (MOST_LANES - 1) // 2  # as many clients as connections
    keep_right = max(MOST_LANES // 2, MOST_LANES - len(left))
    shown = [(a, CLIENTS[i % 3]) for i, a in enumerate(left[:keep_left])]
    shown += [(a, SERVERS[i % 3]) for i, a in enumerate(right[:keep_right])]
    lanes = []
    for actor, color in shown:
        above, _, title = actor.rpartition(" · ")
        above, title = ("", names[actor]) if actor in names else (names.get(above, above), title)
        lanes.append(Lane(actor, sides[actor], color, above, title, _address(of.get(actor, ()), seen)))
    return lanes, len(actors) - len(lanes)


def _address(events: Sequence[Any], seen: Mapping[int, Any]) -> str:
    """The address of a lane's last call. A datagram socket that nobody bound has one for each way out.

    Its name is then 0.0.0.0, which is no address: the one that a receiver saw is shown, or the port alone.
    """
    named = [e for e in events if e.local]
    used = [e for e in reversed(named) if e.call not in ("socket", "bind")]
    if not (last := next(iter(used + named), None)):
        return ""
    bound = any(e.call == "bind" and e.socket == last.socket for e in events)
    if last.datagram and not bound and last.local[0] in ("0.0.0.0", "::"):
        return address_text(seen.get(last.socket) or ("", last.local[1]))
    return address_text(last.local)


def _natural(actor: str) -> tuple[int, int, str]:
    """ "server" before its connections, and those by their number."""
    number = actor.rpartition(" ")[2]
    return (" · " in actor, int(number) if number.isdigit() else 0, actor)


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
    whole: list[Row] = []
    last: dict[str, Row] = {}
    hanging: set[str] = set()
    for row in rows:
        before = last.get(row.actor)
        if before and not row.pending and _idles(before, row):
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


def _idles(before: Row, row: Row) -> bool:
    one, other = before.events[-1], row.events[0]
    setup = before.call in ("socket", "bind", "listen")
    goes_on = one.thread == other.thread or (one.accepted is not None and one.accepted == other.socket)
    return not setup and goes_on and row.started - before.ended >= CLEAR


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
