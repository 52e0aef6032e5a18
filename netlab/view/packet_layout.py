"""Where packets stand on their ladder, in CSS pixels, y downward. Pure: no drawing, no chance.

Time runs down. As a rule it is not to scale: a point lower on the page happened later, and every packet gets
the room that its words need. Words stand outside of the lanes, so the middle is free for the arrows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from ..wire import Step
from .kit.theme import HEAD, NOTE, TEXT, text_width
from .packet_words import duration, label, run_label

TOP, FOOT = 92, 34  # room for the heads of the lanes, and for the last line
LINE, SLOPE, NEAR, WAIT = 23, 30, 9, 50  # least distances: words, ends of an arrow, points, a wait
PAUSE = 0.030  # seconds of silence of one side, from which on they are drawn
OFFSET = 14  # from a lane to its words
FIXED = 420.0  # the height of a time axis whose end is given
GUTTER, NARROW = 330, 165  # between the lanes; narrow where two ladders are to stand beside each other


@dataclass
class Row:
    """A packet, or a run of alike ones, with the heights of both ends; `arrived` is None if it has none."""

    steps: list[Step]
    text: str
    wait: str = ""  # words beside the wait before it
    wait_top: float = 0
    sent: float = 0
    last_sent: float = 0
    arrived: float | None = None
    last_arrived: float | None = None
    words: float = 0  # height of the text
    original: Row | None = None  # of a copy

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


@dataclass
class _Point:
    time: float
    row: Row
    end: str  # "sent", "last_sent", "arrived" or "last_arrived"


def lay_out(
    steps: Sequence[Step], *, to_scale: bool = False, until: float | None = None, most: int = 40
) -> Layout:
    """Rows for the steps, alike ones gathered if there are more than `most`."""
    rows = [Row([step], _text(step, short=until is not None)) for step in steps]
    if len(rows) > most:
        rows = _gathered(steps)
    rows, left = rows[:most], sum(len(row.steps) for row in rows[most:])
    several = len({step.flow for step in steps}) > 1
    originals = {(row.outward, row.first.event.number): row for row in rows if not row.first.copy}
    for row in rows:
        row.wait = _wait(row)
        row.original = originals.get((row.outward, row.first.event.number)) if row.first.copy else None
        if several and row.text:
            row.text = f"{chr(ord('A') + row.first.flow % 26)}: {row.text}"
    to_scale = to_scale or until is not None
    bottom, ticks = _to_scale(rows, until) if to_scale else (_in_order(rows), [])
    widths = [max([72.0, *(_wide(row) for row in rows if row.outward == out)]) for out in (True, False)]
    margin = 52 if ticks else 14
    client = margin + widths[0] + OFFSET
    server = client + (GUTTER if until is None else NARROW)
    return Layout(server + OFFSET + widths[1] + 14, bottom + 20 + FOOT, (client, server), rows, ticks, left)


def _text(step: Step, *, short: bool = False) -> str:
    """The words of a packet; `short` leaves out what it acknowledges, which the arrows show as well."""
    text = "" if step.copy else label(step)
    return re.sub(r", ack \d+", "", text) if short else text


def _wide(row: Row) -> float:
    return max(text_width(row.text, TEXT), text_width(row.wait, NOTE), text_width("server", HEAD) / 2 + 20)


def _kind(step: Step) -> tuple[object, ...]:
    """Steps of one kind may stand in one row; () for those that stand alone."""
    tcp = step.tcp
    special = step.again or step.copy or step.held or step.event.fate == "reordered"
    if tcp is None:
        plain = step.event.packet.udp is not None and not special
        return ("UDP", step.flow, step.outward, step.trouble) if plain else ()
    if special or tcp.syn or tcp.fin or tcp.rst or (step.trouble and not step.is_ack):
        return ()
    return ("ACK" if step.is_ack else "data", step.flow, step.outward)


def _gathered(steps: Sequence[Step]) -> list[Row]:
    """Runs of alike packets in one row, up to the next packet that stands alone."""
    rows: list[Row] = []
    open_runs: dict[tuple[object, ...], Row] = {}
    for step in steps:
        kind = _kind(step)
        if not kind or _pauses(step):
            open_runs.clear()
        run = open_runs.get(kind) if kind else None
        if run and step.is_ack and (step.ack == run.first.ack) != (run.steps[-1].ack == run.first.ack):
            run = None if len(run.steps) > 1 else run  # duplicate ACKs are a run of their own
        if run:
            run.steps.append(step)
            continue
        rows.append(Row([step], _text(step)))
        if kind:
            open_runs[kind] = rows[-1]
    for row in rows:
        if len(row.steps) > 1:
            row.text = run_label(row.steps)
    return rows


def _pauses(step: Step) -> bool:
    return step.since is not None and step.event.sent - step.since >= PAUSE


def _wait(row: Row) -> str:
    """What its side waited for before it sent this, as far as packets tell."""
    step = row.first
    if not _pauses(step) or step.copy:
        return ""
    took = duration(step.event.sent - (step.since or 0.0))
    if step.cause in ("timer", "probe timer"):
        return f"{took}: {'retransmission timer' if step.cause == 'timer' else step.cause}"
    return f"{took}: delayed ACK" if step.is_ack else f"{took}: silence"


def _points(rows: Sequence[Row]) -> list[_Point]:
    points = []
    for row in rows:
        if row.original is None:
            points.append(_Point(row.first.event.sent, row, "sent"))
        if len(row.steps) > 1:
            points.append(_Point(row.steps[-1].event.sent, row, "last_sent"))
        times = [step.event.delivered for step in row.steps if step.event.delivered is not None]
        if times:
            points.append(_Point(min(times), row, "arrived"))
            if len(times) > 1:
                points.append(_Point(max(times), row, "last_arrived"))
    return sorted(points, key=lambda point: point.time)  # ties stay in the order of sending


def _in_order(rows: Sequence[Row]) -> float:
    """From above to below in the order of time; returns the lowest height."""
    y, now = float(TOP), None
    lane = {True: float(TOP), False: float(TOP)}  # where the last point of each lane is, the client's first
    words = {True: float(TOP) - LINE / 2, False: float(TOP) - LINE / 2}  # and the last words beside it
    low = y
    for point in _points(rows):
        row, here = point.row, point.row.outward == point.end.endswith("sent")
        if now is not None:
            y += min(34.0, 12 * log10(1 + max(0.0, point.time - now) / 0.002))
        limits = [lane[here] + NEAR]
        if point.end == "sent":
            if row.wait:
                row.wait_top = lane[here] + 7
                limits.append(max(lane[here], words[here]) + WAIT)
            if row.text:
                limits.append(words[here] + LINE)
        elif point.end == "last_sent":
            limits.append(row.sent + LINE)
        elif point.end == "arrived":
            limits.append((row.original or row).sent + SLOPE)
        else:
            limits.append(max(row.last_sent + SLOPE, (row.arrived or 0) + LINE))
        y = max([y, *limits])
        setattr(row, point.end, y)
        lane[here], now = y, point.time
        if point.end == "sent" and row.text:
            row.words = words[here] = y
        elif point.end == "last_sent":
            row.words = (row.sent + y) / 2
            words[here] = max(words[here], row.words)
        if point.end == "sent" and row.arrived is None and row.first.trouble:
            low = max(low, y + SLOPE)
        low = max(low, y)
    _finish(rows)
    return low


def _to_scale(rows: Sequence[Row], until: float | None) -> tuple[float, list[tuple[float, str]]]:
    """Heights in proportion to time; words that would collide move down."""
    points = _points(rows)
    if not points:
        return TOP, []
    start, end = points[0].time, max(points[-1].time, points[0].time + 1e-6)
    tall = min(1500.0, max(340.0, len(rows) * LINE * 1.3))
    if until is not None:
        if end - start > until:
            raise ValueError(f"until={until:g}: the last packet comes {end - start:.3g} s after the first.")
        end, tall = start + until, FIXED
    words = {True: float(TOP) - LINE, False: float(TOP) - LINE}
    for point in points:
        setattr(point.row, point.end, TOP + (point.time - start) / (end - start) * tall)
    for row in rows:
        row.wait = ""  # to scale, waits show by themselves
        if row.text:
            middle = (row.sent + max(row.last_sent, row.sent)) / 2
            row.words = words[row.outward] = max(middle, words[row.outward] + LINE)
    _finish(rows)
    low = max([TOP + tall, *words.values()])
    raw = (end - start) / max(3, tall / 80)
    step = min((m * 10.0**e for e in range(-6, 4) for m in (1, 2, 5)), key=lambda s: abs(log10(s / raw)))
    count = int((end - start) / step) + 1
    marks = [i * step for i in range(count)]
    return low, [(TOP + t / (end - start) * tall, duration(t) if t else "0") for t in marks]


def _finish(rows: Sequence[Row]) -> None:
    for row in rows:
        row.sent = row.original.sent if row.original else row.sent
        row.last_sent = max(row.last_sent, row.sent)
        if row.arrived is not None and row.last_arrived is None:
            row.last_arrived = row.arrived
