"""What a live recording is written to: rows as the calls return, turned into events when someone asks."""

from __future__ import annotations

import socket
import threading
from time import perf_counter
from typing import Any

from .calls import KEEP
from .events import Event, Snapshot
from .known import Info
from .matching import Origin
from .order import Join
from .threads import callers

# when it returned, when it began, thread, call, socket, asked, size, error, local, peer, accepted, flags
Row = tuple[float, float, int, str, Info, Any, Any, Any, Any, Any, Any, int]


class Tape:
    """Rows of one recording, bounded in number and in kept bytes."""

    def __init__(self, max_events: int, keep_total: int) -> None:
        self.max_events = max_events
        self.rows: list[tuple[Row, bytes | None]] = []
        self.joins: list[tuple[float, int, int]] = []  # when, who waited, who had ended
        self.dropped = 0
        self._limit, self._room = max_events, keep_total
        self._lock = threading.RLock()
        self._began, self._ended = perf_counter(), 0.0
        self._pending: list[tuple[Row, None]] | None = None  # as it was at the end

    def write(self, row: Row, data: bytes | None = None, size: int = KEEP) -> None:
        """Keep a row and the first of its `size` bytes, or count it if the recording is full."""
        if len(self.rows) < self._limit:
            if data:
                room = self._room - (size if size < KEEP else KEEP)
                if room < 0:
                    data = None
                else:
                    self._room = room
                    data = data[: size if size < KEEP else KEEP]
            self.rows.append((row, data))
        elif self._pending is None:  # after the end, a call was slow to notice
            with self._lock:
                self.dropped += 1

    def end(self) -> None:
        """Remember which calls had not returned. No row is written after this."""
        self._pending, self._limit, self._ended = self._under_way(), -1, perf_counter()

    def _under_way(self) -> list[tuple[Row, None]]:
        if self._pending is not None:
            return self._pending
        now = perf_counter()
        seen = {id(row[4]) for row, _ in self.rows}
        rows: list[tuple[Row, None]] = []
        for caller in list(callers.values()):
            info, method = caller.info, caller.method
            # A server of another recording, idle since before this one, is none of ours.
            if info is None or method is None or (caller.started < self._began and id(info) not in seen):
                continue
            if not info.muted:
                asked, flags, address = method.asked(caller.args)
                call = now, caller.started, caller.number, method.call, info, asked, None, None
                rows.append(((*call, info.local, address or info.peer, None, flags), None))
        return rows

    def now(self) -> float:
        """Seconds since the beginning; after the end, how long it was."""
        return (self._ended or perf_counter()) - self._began

    def version(self) -> Any:
        """Changes whenever read() would give something else."""
        if self._pending is not None:
            return len(self.rows)
        return len(self.rows), [(c.started, c.info.muted) for c in list(callers.values()) if c.info]

    def read(self) -> Snapshot:
        """The rows as events."""
        rows = sorted(self.rows[:], key=lambda kept: kept[0][0])
        used = {id(info) for row, _ in rows for info in (row[4], row[10]) if row[5] != "dropped"}
        rows = [kept for kept in rows if id(kept[0][4]) in used]  # not the leavings of earlier cells
        pending = self._under_way()
        number: dict[int, int] = {}
        infos: dict[int, Info] = {}

        def of(info: Info | None) -> int | None:
            if info is None:
                return None
            infos.setdefault(id(info), info)
            return number.setdefault(id(info), len(number) + 1)

        dense = {n: i for i, n in enumerate(sorted({row[2] for row, _ in (*rows, *pending)}), 1)}

        def event(row: Row, data: bytes | None) -> Event:
            ended, started, thread, call, info, asked, size, error, local, peer, accepted, flags = row
            return Event(
                time=max(ended - self._began, 0.0),
                started=max(started - self._began, 0.0),
                actor="",
                call=call,
                socket=of(info) or 0,
                asked=asked,
                size=size,
                data=data,
                error=error,
                local=local or None,
                peer=peer or None,
                accepted=of(accepted),
                thread=dense[thread],
                flags=_flag_names(flags),
                stream=info.stream,
            )

        events, waiting = [event(*kept) for kept in rows], [event(*kept) for kept in pending]
        origins = {
            number[key]: Origin(info.role, of(info.listener), number.get(id(info.partner)))
            for key, info in list(infos.items())
        }
        joins = [
            Join(time - self._began, dense[waiter], dense[ended])
            for time, waiter, ended in self.joins[:]
            if waiter in dense and ended in dense
        ]
        return Snapshot(events, waiting, origins, joins, dense)


_FLAGS = [
    (int(getattr(socket, name)), name)
    for name in ("MSG_PEEK", "MSG_OOB", "MSG_WAITALL", "MSG_DONTWAIT", "MSG_TRUNC", "MSG_ERRQUEUE")
    if hasattr(socket, name)
]


def _flag_names(flags: int) -> str:
    return "|".join(name for bit, name in _FLAGS if flags & bit)
