"""A sensor and a network on a virtual clock, which keep a log of all that happens (exercise 05-4)."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from heapq import heappop, heappush
from typing import Any, NamedTuple

from ...link import Link

TICK = 1e-6  # the clock counts microseconds, and every wait but wait(0) takes at least one
CALLS = 20_000  # enough for a look at the clock each millisecond
FOREVER = 20.0  # seconds without anything on the agenda


class Nothing(RuntimeError):
    """The learner waits, and nothing will ever happen."""


class TooMuch(RuntimeError):
    """The learner sends, or waits for no time, without an end."""


class Entry(NamedTuple):
    """One line of the log: kind is "reading", "ack", "end", "send", "return" or "stuck"."""

    time: float
    kind: str
    number: int | None
    value: Any = None
    lost: bool = False

    def __str__(self) -> str:
        what = {"send": "you sent", "return": "you returned", "stuck": "you went on waiting"}.get(
            self.kind, self.kind
        )
        number = f" {self.number}" if self.number is not None else ""
        return f"{self.time:.2f} s {what}{number}{' (lost)' if self.lost else ''}"


class Net:
    """What the learner gets: wait, send, now. Times are seconds since the start.

    `lost` are the sendings and `acks_lost` the acks that never arrive, counted from 0.
    """

    def __init__(
        self,
        readings: Iterable[float],
        end: float,
        *,
        lost: Collection[int] = (),
        acks_lost: Collection[int] = (),
        extra_acks: Iterable[tuple[float, int]] = (),
        weather: Link | None = None,
    ) -> None:
        self.log: list[Entry] = []
        self._ticks = 0
        self._agenda: list[tuple[int, int, str, int | None, Any]] = []
        self._planned = self._calls = self._acks = self._sends = 0
        self._lost, self._acks_lost = lost, acks_lost
        weather = weather or Link(delay=0.05)
        self._out, self._back = weather.start("out"), weather.start("back")
        self.values: list[bytes] = []
        for number, time in enumerate(readings, 1):
            self.values.append(b" %.1f \xb0C\n" % (20 + number // 2 / 10))  # no text, and some come twice
            self._plan(time, "reading", number, self.values[-1])
        self._plan(end, "end", None)
        for time, number in extra_acks:
            self._plan(time, "ack", number)

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self._ticks / 1_000_000

    def wait(self, seconds: float | None = None) -> tuple[str, int | None, bytes | None]:
        """The next event; ("timeout", None, None) when there is none for so long."""
        self._count(seconds)
        limit = None if seconds is None or seconds == math.inf else self._ticks + _ticks(seconds)
        while self._agenda and (limit is None or self._agenda[0][0] <= limit):
            ticks, _, kind, number, value = heappop(self._agenda)
            self._ticks = max(self._ticks, ticks)
            if kind == "arrival":
                self._acknowledge(number)
                continue
            self.log.append(Entry(self.now, kind, number, value))
            return kind, number, value
        if limit is None or (not self._agenda and limit / 1e6 - self._last() > FOREVER):
            self.log.append(Entry(self.now, "stuck", None))
            raise Nothing("nothing is on its way, and nothing will happen any more")
        self._ticks = limit
        return "timeout", None, None

    def send(self, number: int, value: bytes) -> None:
        """One datagram to the receiver."""
        if not isinstance(number, int) or not isinstance(value, bytes):
            raise TypeError(f"send(number, value): an int and bytes, not ({number!r}, {value!r})")
        self._count(None)
        due = self._out.admit(self.now, len(value) + 8).due
        if self._sends in self._lost:
            due = ()
        self._sends += 1
        self.log.append(Entry(self.now, "send", number, value, lost=not due))
        for time in due:
            self._plan(time, "arrival", number)

    def _acknowledge(self, number: int | None) -> None:
        due = self._back.admit(self.now, 8).due
        if self._acks in self._acks_lost:
            due = ()
        self._acks += 1
        for time in due:
            self._plan(time, "ack", number)

    def _plan(self, time: float, kind: str, number: int | None, value: Any = None) -> None:
        self._planned += 1
        heappush(self._agenda, (round(time / TICK), self._planned, kind, number, value))

    def _last(self) -> float:
        """When anything but a timeout happened last."""
        return self.log[-1].time if self.log else 0.0

    def _count(self, seconds: float | None) -> None:
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, (int, float))):
            raise TypeError(f"net.wait({seconds!r}): give seconds, or None")
        self._calls += 1
        if self._calls > CALLS:
            raise TooMuch(f"{CALLS} calls of net, and still no end")


def _ticks(seconds: float) -> int:
    return max(round(seconds / TICK), 1) if seconds > 0 else 0
