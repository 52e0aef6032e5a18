"""What a live recording is written to: rows as the calls return, turned into events when someone asks."""

from __future__ import annotations

import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from traceback import walk_tb
from typing import Any, NamedTuple

from .calls import KEEP, error_text
from .events import DROPPED, Event, Join, Origin, Snapshot
from .known import Info
from .threads import callers


class Row(NamedTuple):
    """One call. Times are those of perf_counter().

    The quick methods write a plain tuple of the same fields, for a third of the price; it is named when read.
    """

    ended: float
    started: float
    thread: int
    call: str
    info: Info
    asked: Any = None
    local: Any = None
    peer: Any = None
    size: int | None = None
    flags: int = 0
    error: str | None = None
    accepted: Info | None = None


Fields = tuple[Any, ...]  # those of a Row
_KINDS = 20  # different errors that are kept

_untold: Counter[str] = Counter()  # errors from while no tape was there


def blame(tapes: Iterable[Tape], error: Exception) -> None:
    """Tell the recordings what went wrong in making them. The program's call is none the worse for it.

    What the program's own signal handler raised meanwhile goes on its way.
    """
    frames = list(walk_tb(error.__traceback__))
    if _handlers() & {frame.f_code for frame, _ in frames}:
        raise error
    try:
        text = error_text(error)
    except Exception:
        text = type(error).__name__
    frame, line = frames[-1]
    text += f" ({Path(frame.f_code.co_filename).name}, line {line})"
    for errors in [tape.errors for tape in tapes] or [_untold]:
        if text in errors or len(errors) < _KINDS:
            errors[text] += 1


def _handlers() -> set[Any]:
    """The code of the program's signal handlers: functions, methods, and objects that can be called."""
    codes = set()
    for handler in map(signal.getsignal, signal.valid_signals()):
        function = getattr(handler, "__func__", handler)
        callable_ = function if hasattr(function, "__code__") else vars(type(handler)).get("__call__")
        codes.add(getattr(callable_, "__code__", None))
    return codes


class Tape:
    """Rows of one recording, bounded in number and in kept bytes."""

    def __init__(self, max_events: int, keep_total: int) -> None:
        self.max_events = max_events
        self.written: list[tuple[Fields, bytes | None]] = []  # each with the first bytes of its data
        self.joins: list[Join] = []  # with the numbers of threads.py
        self.dropped = 0
        self.errors = Counter(_untold)
        _untold.clear()
        self._limit, self._room = max_events, keep_total
        self._threads: set[int] = set()
        self._looked_at = 0  # how many rows are in `_threads`
        self._lock = threading.RLock()
        self._began, self._ended = perf_counter(), 0.0
        self._pending: list[Row] | None = None  # as it was at the end
        self._waiting: dict[Info, int | None] = {}  # likewise

    def write(self, row: Fields, data: bytes | None = None, size: int = KEEP) -> None:
        """Keep a row and the first of its `size` bytes, or count it if the recording is full."""
        if len(self.written) < self._limit:
            if data:
                room = self._room - (size if size < KEEP else KEEP)
                if room < 0:
                    data = None
                else:
                    self._room = room
                    data = data[: size if size < KEEP else KEEP]
            self.written.append((row, data))
        elif self._pending is None:  # after the end, a call was slow to notice
            with self._lock:
                self.dropped += 1

    def rows(self) -> list[tuple[Row, bytes | None]]:
        return [(Row._make(row), data) for row, data in self.written[:]]

    def threads(self) -> set[int]:
        """Numbers of the threads that have written until now."""
        new = self.written[self._looked_at :]
        self._looked_at += len(new)
        self._threads |= {Row._make(row).thread for row, _ in new}
        return self._threads

    def end(self) -> None:
        """Remember which calls had not returned. No row is written after this."""
        self._waiting = self._count()
        self._pending, self._limit, self._ended = self._under_way(), -1, perf_counter()

    def _count(self) -> dict[Info, int | None]:
        """For each listener how many connections wait for accept()."""
        listeners = {row.info for row, _ in self.rows() if row.info.role == "listener"}
        return {info: info.count() for info in listeners}

    def _under_way(self) -> list[Row]:
        if self._pending is not None:
            return self._pending
        now = perf_counter()
        seen = {row.info for row, _ in self.rows()}
        rows: list[Row] = []
        for caller in list(callers.values()):
            call = caller.call()
            # A server of another recording, idle since before this one, is none of ours.
            if call is None or call.info.muted or (call.started < self._began and call.info not in seen):
                continue
            asked, flags, address = call.method.asked(call.args)
            info, who, name = call.info, caller.numbered(), call.method.call
            ends = info.local, address or info.peer
            rows.append(Row(now, call.started, who, name, info, asked, *ends, flags=flags))
        return rows

    def now(self) -> float:
        """Seconds since the beginning; after the end, how long it was."""
        return (self._ended or perf_counter()) - self._began

    def version(self) -> Any:
        """Changes whenever read() would give something else."""
        if self._pending is not None:
            return len(self.written)
        calls = (caller.call() for caller in list(callers.values()))
        return len(self.written), [(call.started, call.info.muted) for call in calls if call]

    def read(self) -> Snapshot:
        """The rows as events."""
        queued = self._count() if self._pending is None else self._waiting
        kept, pending = sorted(self.rows(), key=lambda each: each[0].ended), self._under_way()
        used = {info for row, _ in kept if row.asked != DROPPED for info in (row.info, row.accepted)}
        kept = [each for each in kept if each[0].info in used]  # not the leavings of earlier cells
        numbers: dict[Info | None, int] = {}

        def of(info: Info | None) -> int | None:
            return numbers.setdefault(info, len(numbers) + 1) if info else None

        threads = {row.thread for row, _ in kept} | {row.thread for row in pending}
        dense = {n: i for i, n in enumerate(sorted(threads), 1)}

        def event(row: Row, data: bytes | None = None) -> Event:
            ended, started, thread, call, info, asked, local, peer, size, flags, error, accepted = row
            times = max(ended - self._began, 0.0), max(started - self._began, 0.0)
            return Event(
                *times, "", call, of(info) or 0, asked, size, data, error, local or None, peer or None,
                of(accepted), dense[thread], _flag_names(flags), info.stream,
            )  # fmt: skip

        events, waiting = [event(row, data) for row, data in kept], [event(row) for row in pending]
        origins = {
            n: Origin(info.role, of(info.listener), numbers.get(info.partner), info.away, queued.get(info))
            for info, n in list(numbers.items())
            if info
        }
        joins = [
            Join(time - self._began, dense[waiter], dense[ended])
            for time, waiter, ended in self.joins[:]
            if waiter in dense and ended in dense
        ]
        return Snapshot(events, waiting, origins, joins, dense)


_FLAGS = ("MSG_PEEK", "MSG_OOB", "MSG_WAITALL", "MSG_DONTWAIT", "MSG_TRUNC", "MSG_ERRQUEUE")


def _flag_names(flags: int) -> str:
    return "|".join(name for name in _FLAGS if flags & getattr(socket, name, 0)) if flags else ""
