"""Where packets stand on their ladder. Pure: no drawing, no chance.

Every packet gets the room that its words need. Words stand outside of the lanes, so the middle is free for
the arrows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import NamedTuple

from ...wire import Step
from ..kit.theme import NOTE, TEXT, text_width
from .packet_words import duration, label, run_label
from .stack import FOOT, TOP, Mark, Pace, scale, stack

PAUSE = 0.030  # seconds of silence of one side, from which on they are drawn
OFFSET = 14  # from a lane to its words
FIXED = 420.0  # the height of a time axis whose end is given
MOST = 40  # rows
GUTTER, NARROW = 330, 165  # between the lanes; narrow where two ladders are to stand beside each other


class Room(NamedTuple):
    """Least distances in a ladder of packets."""

    line: float = 23  # of words
    slope: float = 30  # of the ends of an arrow
    near: float = 9  # of two marks of a lane
    wait: float = 50  # of two marks with a wait between them
    pace: Pace = Pace(stretch=12, limit=34)


ROOM = Room()


@dataclass(eq=False)
class Row:
    """A packet, or a run of alike ones, with marks for both ends of the first and of the last of them.

    Those of a single packet are the same; of one that did not arrive there are none.
    """

    steps: list[Step]
    text: str
    sent: Mark
    last_sent: Mark
    arrived: Mark | None = None
    last_arrived: Mark | None = None
    wait: str = ""  # words beside the wait before it
    before: Mark | None = None  # of its lane, where that wait began
    words: float = 0  # height of the text

    @property
    def first(self) -> Step:
        return self.steps[0]

    @property
    def outward(self) -> bool:
        return self.steps[0].outward


@dataclass
class Layout:
    width: float
    height: float
    lanes: tuple[float, float]  # x of the client, x of the server
    rows: list[Row]
    ticks: list[tuple[float, str]]  # heights and times, if to scale
    left_out: int  # packets


def lay_out(
    steps: Sequence[Step], *, until: float | None = None, most: int = MOST, words: bool = False
) -> Layout:
    """Rows for the steps, alike ones gathered if there are more than `most`; with `until` to scale."""
    groups = [[step] for step in steps] if len(steps) <= most else _gathered(steps)
    groups, left = groups[:most], sum(map(len, groups[most:]))
    several = len({step.flow for step in steps}) > 1
    texts = []
    for group in groups:
        text = run_label(group) if len(group) > 1 else "" if group[0].copy else label(group[0], words)
        if until is not None:
            text = re.sub(r", ack \d+", "", text)  # the arrows show it as well
        texts.append(f"{chr(ord('A') + group[0].flow % 26)}: {text}" if several and text else text)
    rows = rows_of(groups, texts)
    if until is not None:
        bottom, ticks = _to_scale(rows, until)
    else:
        for row in rows:
            row.wait = _wait(row)
        bottom, ticks = place(rows), []
    wide = {True: 72.0, False: 72.0}  # the words of each side
    for row in rows:
        wide[row.outward] = max(wide[row.outward], text_width(row.text, TEXT), text_width(row.wait, NOTE))
    client = (52 if ticks else 14) + wide[True] + OFFSET
    server = client + (GUTTER if until is None else NARROW)
    return Layout(server + OFFSET + wide[False] + 14, bottom + 20 + FOOT, (client, server), rows, ticks, left)


def rows_of(groups: Sequence[Sequence[Step]], texts: Sequence[str], room: Room = ROOM) -> list[Row]:
    """A row for each group of steps, its marks not yet placed. A copy is sent where its original is."""
    rows: list[Row] = []
    originals: dict[tuple[bool, int], Mark] = {}
    for group, text in zip(groups, texts, strict=True):
        first, last = group[0].event, group[-1].event
        here, there = ("client", "server") if group[0].outward else ("server", "client")
        sent = originals.get((group[0].outward, first.number)) if group[0].copy else None
        if sent is None:
            words = room.line / 2 if text else 0
            sent = Mark(first.sent, here, here if text else "", words, words)
            originals[group[0].outward, first.number] = sent
        row = Row(list(group), text, sent, sent)
        if len(group) > 1:
            row.last_sent = Mark(last.sent, here, here, after=[(sent, room.line)])
        times = [step.event.delivered for step in group if step.event.delivered is not None]
        if times:
            row.arrived = row.last_arrived = Mark(min(times), there, after=[(sent, room.slope)])
        if row.arrived and len(times) > 1:
            row.last_arrived = Mark(max(times), there, after=[(row.arrived, room.line)])
            if last.sent <= row.last_arrived.time:
                row.last_arrived.after.append((row.last_sent, room.slope))
        rows.append(row)
    return rows


def _kind(step: Step) -> tuple[object, ...]:
    """Steps of one kind may stand in one row; () for those that stand alone."""
    tcp = step.tcp
    if step.again or step.copy or step.held or step.event.fate == "reordered":
        return ()
    if tcp is None:
        return ("UDP", step.flow, step.outward, step.trouble) if step.event.packet.udp else ()
    if tcp.syn or tcp.fin or tcp.rst or (step.trouble and not step.is_ack):
        return ()
    return ("ACK" if step.is_ack else "data", step.flow, step.outward)


def _gathered(steps: Sequence[Step]) -> list[list[Step]]:
    """Runs of alike packets together, up to the next packet that stands alone."""
    groups: list[list[Step]] = []
    runs: dict[tuple[object, ...], list[Step]] = {}  # those that are still open
    for step in steps:
        kind = _kind(step)
        if not kind or _pauses(step):
            runs.clear()
        run = runs.get(kind) if kind else None
        if run and step.is_ack and (step.ack == run[0].ack) != (run[-1].ack == run[0].ack):
            run = None if len(run) > 1 else run  # duplicate ACKs are a run of their own
        if run:
            run.append(step)
            continue
        groups.append([step])
        if kind:
            runs[kind] = groups[-1]
    return groups


def _pauses(step: Step) -> bool:
    return step.since is not None and step.event.sent - step.since >= PAUSE


def _wait(row: Row) -> str:
    """What its side waited for before it sent this, as far as packets tell."""
    step = row.first
    if not _pauses(step) or step.copy:
        return ""
    timers = {"timer": "retransmission timer", "probe timer": "probe timer"}
    why = timers.get(step.cause, "delayed ACK" if step.is_ack else "silence")
    return f"{duration(step.event.sent - (step.since or 0.0))}: {why}"


def place(rows: Sequence[Row], room: Room = ROOM, top: float = TOP) -> float:
    """Heights in the order of time, not to scale; returns the lowest of them."""
    last: dict[str, Mark] = {}
    waits = {row.sent: row for row in rows if row.wait}
    marks = _marks(rows)
    for mark in marks:
        if before := last.get(mark.lane):
            mark.after.append((before, room.wait if mark in waits else room.near))
            if mark in waits:
                waits[mark].before, mark.above = before, room.wait - room.line / 2
        last[mark.lane] = mark
    low = stack(marks, top, room.pace)
    _place_words(rows, room.line, top + room.line / 2)
    gone = [row.sent.y + room.slope for row in rows if row.arrived is None and row.first.trouble]
    return max([*(mark.y for mark in marks), *gone], default=low)


def _marks(rows: Sequence[Row]) -> list[Mark]:
    """All marks, each once, in the order of time; of one time in the order of sending."""
    found = (m for r in rows for m in (r.sent, r.last_sent, r.arrived, r.last_arrived) if m)
    return sorted(dict.fromkeys(found), key=lambda mark: mark.time)


def _place_words(rows: Sequence[Row], line: float, top: float) -> None:
    """Words stand beside their packets; those that would collide are pushed down: the first tells when."""
    for out in (True, False):
        mine = [row for row in rows if row.text and row.outward == out]
        mine.sort(key=lambda row: row.sent.y + row.last_sent.y)
        floor = top
        for row in mine:
            row.words = max(floor, (row.sent.y + row.last_sent.y) / 2)
            floor = row.words + line


def _to_scale(rows: Sequence[Row], until: float) -> tuple[float, list[tuple[float, str]]]:
    """Heights in proportion to time, with ticks; returns the lowest height."""
    marks = _marks(rows)
    if not marks:
        return TOP, []
    start, took = marks[0].time, marks[-1].time - marks[0].time
    if took > until:
        raise ValueError(f"until={until:g}: the last packet comes {took:.3g} s after the first.")
    scale(marks, start, start + until, TOP, FIXED)
    _place_words(rows, ROOM.line, TOP)
    low = max(TOP + FIXED, *(row.words for row in rows))
    raw = until * 80 / FIXED
    step = min((m * 10.0**e for e in range(-6, 4) for m in (1, 2, 5)), key=lambda s: abs(log10(s / raw)))
    times = [i * step for i in range(int(until / step) + 1)]
    return low, [(TOP + t / until * FIXED, duration(t) if t else "0") for t in times]
