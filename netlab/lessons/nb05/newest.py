"""A sensor and a network on a virtual clock, and a judge who reads what the sender did (exercise 05-4)."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from heapq import heappop, heappush
from typing import Any, NamedTuple

from ...check.lab import Broke, Lab
from ...link import Link

AGAIN_AFTER = 0.2  # seconds, as the contract says
TOO_LATE = 0.25
TICK = 1e-6  # the clock counts microseconds, and every wait but wait(0) takes at least one
CALLS = 20_000  # enough for a look at the clock each millisecond
FOREVER = 20.0  # seconds without anything on the agenda


class Nothing(RuntimeError):
    """The learner waits, and nothing will ever happen."""


class TooMuch(RuntimeError):
    """The learner sends, or waits for no time, without an end."""


class Entry(NamedTuple):
    """One line of the log: kind is "reading", "ack", "end", "send", "resend", "return" or "stuck"."""

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
            self.values.append(b"%.1f" % (20 + number / 10))
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
        if not isinstance(number, int) or not isinstance(value, (bytes, bytearray)):
            raise TypeError(f"send(number, value): an int and bytes, not ({number!r}, {value!r})")
        self._count(None)
        due = self._out.admit(self.now, len(value) + 8).due
        if self._sends in self._lost:
            due = ()
        self._sends += 1
        self.log.append(Entry(self.now, "send", number, bytes(value), lost=not due))
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


# -- cases -------------------------------------------------------------------------------------------


def carried(lab: Lab, count: int, lost: Collection[int] = (), acks_lost: Collection[int] = ()) -> None:
    """One reading each second. lost: which sendings, counted from 0; acks_lost: which acks."""
    judge(lab, Net([0.5 + i for i in range(count)], count + 0.7, lost=lost, acks_lost=acks_lost))


def fast(lab: Lab) -> None:
    """Readings come more quickly than their acks, and some are lost: nobody may want the old ones back."""
    judge(lab, Net([0.1 + 0.06 * i for i in range(8)], 2.0, lost={2, 3, 5}))


def old_ack(lab: Lab) -> None:
    """Reading 1 is acknowledged when 2, which is lost, is already the newest."""
    judge(lab, Net([0.50, 0.55], 3.0, lost={1}))


def chatter(lab: Lab) -> None:
    acks = [(1.1 + 0.15 * i, 1) for i in range(12)]
    judge(lab, Net([0.5, 1.0], 4.0, lost={1}, extra_acks=acks))


def slow_sensor(lab: Lab) -> None:
    judge(lab, Net([0.5, 9.5], 12.0, lost={0, 1, 2, 4}))


def ended_early(lab: Lab) -> None:
    """ "end" comes before the ack, and the last reading is lost once."""
    judge(lab, Net([0.5, 1.0, 1.5], 1.51, lost={2}))


def any_weather(lab: Lab) -> None:
    for _ in range(5):
        times, time = [], 0.0
        for _ in range(40):
            times.append(time := time + lab.rng.choice([0.02, 0.02, 0.04, 0.31, 0.73]))
        link = Link(
            delay=0.05, jitter=0.02, loss=0.3, reorder=0.2, duplicate=0.1, seed=lab.rng.randrange(10**6)
        )
        judge(lab, Net(times, time + 0.01, weather=link))


# -- the judge ---------------------------------------------------------------------------------------


def judge(lab: Lab, net: Net) -> None:
    """Let the learner's function work, then read the log from the beginning: the first fault counts."""
    broke: Broke | None = None
    try:
        lab.call(net)
        net.log.append(Entry(net.now, "return", None))
    except Broke as error:
        if not isinstance(error.error, (Nothing, TooMuch)):
            raise
        broke = error
        lab.ending = True  # these two errors are the net's own: what led to them counts
    _Judge(lab, net).read()
    if broke is not None:
        said = f"{CALLS} calls of net, and its clock is at {net.now:.2f} s: wait for more than no time"
        lab.wrong(said, hint="start", happened=list(map(str, net.log)))


class _Judge:
    def __init__(self, lab: Lab, net: Net) -> None:
        self.lab, self.net = lab, net
        self.newest, self.came = 0, 0.0
        self.sent: float | None = None  # when the newest was sent last
        self.confirmed = self.ended = False
        self.strangers = 0  # events since then that change nothing
        self.read_so_far: list[str] = []
        self.times = [entry.number for entry in net.log if entry.kind == "send"]

    def read(self) -> None:
        for entry in self.net.log:
            self.read_so_far.append(str(entry))
            self.overdue(entry)
            getattr(self, f"on_{entry.kind}")(entry)

    def fault(self, said: str, hint: str) -> None:
        self.lab.wrong(said, hint=hint, happened=self.read_so_far)

    def overdue(self, entry: Entry) -> None:
        """Anything that happens shows how late a sending is."""
        if self.newest and self.sent is None and entry.kind != "send":
            self.fault(f"reading {self.newest} was not sent when it came", "at once")
        if self.sent is None or self.confirmed:
            return
        late = entry.kind == "stuck" or entry.time - self.sent > TOO_LATE
        if late:
            again = self.newest in self.times[self.times.index(self.newest) + 1 :]
            hint = "again" if not self.strangers else "deadline" if again else "old ack"
            said = (
                f"reading {self.newest} was not acknowledged for {AGAIN_AFTER} s, and you did not repeat it"
            )
            self.fault(said, hint)

    def on_reading(self, entry: Entry) -> None:
        self.newest, self.came = entry.number or 0, entry.time
        self.sent, self.confirmed, self.strangers = None, False, 0

    def on_ack(self, entry: Entry) -> None:
        if entry.number == self.newest:
            self.confirmed = True
        else:
            self.strangers += 1

    def on_end(self, entry: Entry) -> None:
        self.ended = True

    def on_send(self, entry: Entry) -> None:
        number, values = entry.number or 0, self.net.values
        if not 1 <= number <= self.newest or entry.value != values[number - 1]:
            self.fault(f"you sent ({number}, {entry.value!r}): no such reading has come", "value")
        if number < self.newest:
            self.fault(f"you sent reading {number}, and {self.newest} had already come", "outdated")
        if self.confirmed:
            self.fault(f"reading {number} was acknowledged, and you sent it again", "enough")
        if self.sent is None and entry.time > self.came + 1e-4:
            self.fault(f"you sent reading {number} {entry.time - self.came:.2f} s after it came", "at once")
        if self.sent is not None and entry.time - self.sent < AGAIN_AFTER - 1e-4:
            passed = entry.time - self.sent
            self.fault(f"you sent reading {number} again {passed:.2f} s after the last time", "patience")
        self.sent = entry.time

    def on_return(self, entry: Entry) -> None:
        if not self.confirmed:
            hint = "old ack" if self.strangers else "end"
            self.fault(f"you returned, and reading {self.newest} was not yet acknowledged", hint)
        if not self.ended:
            self.fault("you returned, and the sensor had not yet stopped", "end")

    def on_stuck(self, entry: Entry) -> None:
        self.fault('"end" has come, and the newest reading is acknowledged: your function waits on', "end")
