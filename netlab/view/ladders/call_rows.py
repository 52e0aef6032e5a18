"""From a recording to the rows of its ladder: what is written beside each call. Pure: no drawing."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ...wire import CONNECTING, RECEIVING, SENDING, is_end_of_stream, is_taken
from ..kit import count_bytes, number
from .stack import Lane, Mark

SETUP = frozenset({"socket", "bind", "listen", "setsockopt", "settimeout"})
WAITERS = RECEIVING | {"accept"}  # calls that wait for the other side: the dot stands where they return
HOLDERS = SENDING | CONNECTING  # calls that begin something, and may be held up while they do it
NOT_YET = ("BlockingIOError", "InterruptedError")  # "come back later", not a failure

MANY = 40  # events; in a longer recording runs of equal calls are drawn as one ...
SOME = 16  # ... and from here on those that move BULK bytes a call
BULK = 1000
LONGEST_LANE = 32  # rows; whatever is left beyond them is drawn as one, too

LINE, NOTE_LINE = 20, 18  # heights of a call's words, and of a note below them
UNPLACED, NOWHERE = Mark(0, ""), Lane("", 0, "")  # before the layout


@dataclass(eq=False)
class Row:
    """A call, some setup calls side by side, or a run of calls drawn as one.

    Its dot stands at the mark `dot`; a bar, if any, reaches from `start` to `end`. The three may be one.
    """

    actor: str
    events: list[Any]
    label: str
    note: str = ""
    trouble: str = ""  # the class name of the error
    soft: bool = False  # an error that means "not yet"
    run: bool = False
    pending: bool = False  # it never returned
    idle: float | None = None  # not a call: its thread was busy elsewhere, from this time until `events`
    lane: Lane = NOWHERE
    bar: bool = False
    wait: str = ""  # words beside the bar
    parts: int = 0  # pieces of the block beside the dot
    start: Mark = UNPLACED
    dot: Mark = UNPLACED
    end: Mark = UNPLACED
    beside: tuple[Mark, Mark, float] = (UNPLACED, UNPLACED, 0)  # `wait` is between them, and so much lower

    @property
    def call(self) -> str:
        return str(self.events[0].call)

    @property
    def waits(self) -> bool:
        """Is it a call whose return is what matters (recv, accept), not its beginning (send, connect)?"""
        return not self.run and self.call in WAITERS

    @property
    def started(self) -> float:
        return float(self.events[0].started)

    @property
    def ended(self) -> float:
        return float(self.events[-1].time)

    @property
    def silent(self) -> bool:
        """Has it no words but those of its wait?"""
        return self.pending or self.idle is not None

    @property
    def split(self) -> bool:
        """Does the outcome stand apart, at the end of the bar? So it does for a connect that failed."""
        return bool(self.trouble and self.bar and not self.waits and not self.run)

    @property
    def above(self) -> float:
        """What its words or its block take up above the dot."""
        return max(LINE / 2, self.parts * 6.5)

    @property
    def below(self) -> float:
        note = NOTE_LINE * (bool(self.note) + bool(self.trouble and not self.split))
        return max(LINE / 2 + note, self.parts * 6.5)

    @property
    def wait_y(self) -> float:
        one, other, lower = self.beside
        return (one.y + other.y) / 2 + lower


def bytes_text(data: bytes, most: int = 24) -> str:
    """Bytes as Python source in double quotes; long ones end in an ellipsis."""
    text = repr(bytes(data[:most]))
    if text.startswith("b'") and '"' not in text:
        text = 'b"' + text[2:-1] + '"'
    return text if len(data) <= most else text + "…"


def error_name(event: Any) -> str:
    """'ConnectionRefusedError' from 'ConnectionRefusedError: ...'; '' without an error."""
    return (event.error or "").split(":")[0].strip()


def moved(event: Any) -> int:
    """Bytes that the call gave or took; a look at them takes none."""
    return event.size or 0 if event.call in SENDING or is_taken(event) else 0


def rows_of(events: Sequence[Any], show: str = "calls", pending: Iterable[Any] = (), *,
            compact: bool = False, aside: Container[int] = ()) -> list[Row]:  # fmt: skip
    """The rows of all lanes, each lane in its own order; `compact` words where many lanes share the width.

    `aside` holds the ids of events whose other side is not drawn: several in a row become one.
    """
    rows: list[Row] = []
    listeners = {event.socket for event in events if event.call in ("listen", "accept")}
    lanes: dict[str, list[Any]] = {}
    for event in events:
        lanes.setdefault(event.actor, []).append(event)
    for lane, calls in lanes.items():
        calls = sorted(calls, key=lambda event: (event.time, event.started))
        if show == "data":
            calls = [event for event in calls if event.call in SENDING | RECEIVING or event.error]
        folded = []
        for lonely, part in groupby(calls, key=lambda event: id(event) in aside):
            group = list(part)
            if lonely and len(group) > 2:
                folded.append(group)
            elif len(events) > SOME:
                folded += _fold(group, many=len(events) > MANY)
            else:
                folded += [[event] for event in group]
        rows += [_run(lane, group) if len(group) > 1 else _single(lane, group[0], listeners, compact)
                 for group in folded]  # fmt: skip
    waiting = [event for event in pending if show == "calls" or event.call in RECEIVING]
    rows = _join_setup(rows, compact)
    return rows + [Row(event.actor, [event], event.call, pending=True) for event in waiting]


def _single(lane: str, event: Any, listeners: set[int], compact: bool) -> Row:
    trouble, data, size = error_name(event), event.data, event.size
    row = Row(lane, [event], event.call, trouble=trouble, soft=trouble in NOT_YET)
    if event.call in SENDING:
        asked = event.asked if isinstance(event.asked, int) else size
        if data is not None and size == len(data) == asked and len(data) <= (6 if compact else 12):
            row.label = f"{event.call}({bytes_text(data)})"
        else:
            row.note = _snippet(data, size)
            row.label += f"({count_bytes(asked)})" if asked is not None else ""
            row.label += f" → {count_bytes(size)}" if None not in (size, asked) and size < asked else ""
    elif event.call in RECEIVING:
        row.label += f"({event.asked})" if isinstance(event.asked, int) and not compact else ""
        if not event.error and size is not None:
            row.label += ' → b""' if is_end_of_stream(event) else f" → {count_bytes(size)}"
            row.note = _snippet(data, size)
    elif event.call in ("listen", "shutdown") and event.asked is not None:
        row.label = f"{event.call}({event.asked})"
    elif event.call == "close" and event.socket in listeners:
        row.label = "close (listener)"
    return row


def _snippet(data: bytes | None, size: int | None) -> str:
    """The bytes, or how they begin; nothing where that says nothing."""
    if not data or (len(data) > 24 and len(set(data)) == 1):
        return ""
    whole = size is None or size == len(data)
    return bytes_text(data) if whole and len(data) <= 24 else bytes_text(data[:16]).rstrip("…") + "…"


def _join_setup(rows: list[Row], compact: bool) -> list[Row]:
    joined: list[Row] = []
    for row in rows:
        last = joined[-1] if joined else None
        setup = all(each.call in SETUP and not each.trouble for each in (last, row) if each)
        if last and last.actor == row.actor and setup:
            last.events += row.events
            last.label = row.label if compact else f"{last.label} · {row.label}"
        else:
            joined.append(row)
    return joined


def _fold(calls: list[Any], many: bool) -> list[list[Any]]:
    """Runs of one to three calls that repeat become one group; then the middle of a lane still too long.

    A run of large pieces becomes one row; of small ones the first round is shown, as an example.
    """
    groups: list[list[Any]] = []
    at = 0
    while at < len(calls):
        period, length = _repeats(calls, at)
        run = calls[at : at + length]
        bulk = _is_bulk(run)
        if length >= max(4, 3 * period) and (bulk or many):
            example = 0 if bulk else period
            groups += [*([event] for event in run[:example]), run[example:]]
            at += length
        else:
            groups.append([calls[at]])
            at += 1
    half = LONGEST_LANE // 2
    if many and len(groups) > LONGEST_LANE:
        groups[half:-half] = [[event for group in groups[half:-half] for event in group]]
    return groups


def _is_bulk(group: list[Any]) -> bool:
    """Does it move a long stream, so that no single call of it says anything?"""
    datagrams = any(event.datagram for event in group)
    return not datagrams and sum(map(moved, group)) >= BULK * len(group)


def _repeats(calls: list[Any], at: int) -> tuple[int, int]:
    """The period (1, 2 or 3 calls) that repeats longest from `at` on, and for how many calls."""
    best = (1, 1)
    for period in (1, 2, 3):
        end = at
        while end < len(calls):
            event = calls[end]
            moves = event.call in SENDING | RECEIVING and not event.error and event.size
            if not moves or (end >= at + period and event.call != calls[end - period].call):
                break
            end += 1
        length = (end - at) // period * period
        if length > best[1]:
            best = (period, length)
    return best


def _run(lane: str, group: list[Any]) -> Row:
    calls = list(dict.fromkeys(event.call for event in group))
    given = sum(moved(event) for event in group if event.call in SENDING)
    taken = sum(moved(event) for event in group if event.call in RECEIVING)
    turns, rest = divmod(len(group), len(calls))
    if rest == 0 and all(event.call == calls[i % len(calls)] for i, event in enumerate(group)):
        names = " + ".join(calls)
        label = f"{names}, {number(turns)} times" if _is_bulk(group) else f"… {number(turns)} more {names}"
    else:
        label = f"… {number(len(group))} more calls"
    note = count_bytes(given or taken) if given or taken else ""
    if given and taken:
        note = f"{count_bytes(taken)} in, {'as many' if given == taken else count_bytes(given)} out"
    trouble = next((name for name in map(error_name, group) if name and name not in NOT_YET), "")
    return Row(lane, group, label, " · ".join(filter(None, (note, trouble))), run=True)
