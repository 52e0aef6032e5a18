"""Exercise 05-4: only the newest reading is worth repeating. A judge reads what the sender did."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Broke, Lab
from ...link import Link
from .sensor_net import CALLS, Entry, Net, Nothing, TooMuch

AGAIN_AFTER = 0.2  # seconds, as the contract says
TOO_LATE = 0.24  # for who looks at the clock again and again


@exercise(
    raises={Nothing: "end", TooMuch: "start", TypeError: "value", UnicodeError: "value"},
    stuck={LOOP: "end", "wait": "end"},
    closes=False,
)
def newest_first(net: Any) -> Cases:
    """Carry a sensor's readings over datagrams so that the newest one always gets through.

    net is the sensor and the network in one. Its clock is a virtual one: nobody really waits.

        kind, number, value = net.wait(seconds)   the next thing that happens, within so many seconds:
            "reading"   the sensor measured: value is bytes, numbers count 1, 2, 3, ...
            "ack"       the receiver has got the reading with this number (value is None)
            "end"       the sensor will send no further reading; acks may still come (both are None)
            "timeout"   nothing happened (both are None). With net.wait(None) this never comes.
        net.send(number, value)   send one datagram; it may be lost, and so may its ack
        net.now                   the time in seconds

    Send each reading at once, when it comes. When 0.2 s have passed since you last sent the newest reading
    and it is not acknowledged, send it again. Never send a reading again when there is a newer one, or when
    it is acknowledged. Acks may come late, twice, or in another order. Return when "end" has come and the
    newest reading is acknowledged. There is at least one reading, and "end" comes after the last one.
    """
    yield case("three readings and no loss", carried, 3, hint="start")
    yield case("the last reading is lost twice", carried, 3, {2, 3}, hint="again")
    yield case("the ack of the last reading is lost", carried, 3, (), {2}, hint="again")
    yield case("readings that come more quickly than acks", quick_readings, hint="outdated")
    yield case("an old ack comes after a new reading", late_ack, hint="old ack")
    yield case("old acks every 0.15 s", repeated_old_acks, hint="deadline")
    yield case("a slow sensor", slow_sensor, hint="again")
    yield case("the last reading is lost forty times", carried, 1, set(range(40)), hint="again")
    yield case("the end comes before the last ack", ended_early, hint="end")
    yield case("any weather", any_weather, hint="outdated")


def carried(lab: Lab, count: int, lost: Collection[int] = (), acks_lost: Collection[int] = ()) -> None:
    """One reading each second. lost: which sendings, counted from 0; acks_lost: which acks."""
    judge(lab, Net([0.5 + i for i in range(count)], count + 0.7, lost=lost, acks_lost=acks_lost))


def quick_readings(lab: Lab) -> None:
    """Readings come more quickly than their acks, and some are lost: nobody may want the old ones back."""
    judge(lab, Net([0.1 + 0.06 * i for i in range(8)], 2.0, lost={2, 3, 5}))


def late_ack(lab: Lab) -> None:
    """Reading 1 is acknowledged when 2, which is lost, is already the newest."""
    judge(lab, Net([0.50, 0.55], 3.0, lost={1}))


def repeated_old_acks(lab: Lab) -> None:
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
    Judge(lab, net).read()
    if broke is not None:
        said = f"{CALLS} calls of net, and its clock is at {net.now:.2f} s: wait for more than no time"
        lab.wrong(said, hint="start", happened=list(map(str, net.log)))


class Judge:
    def __init__(self, lab: Lab, net: Net) -> None:
        self.lab, self.net = lab, net
        self.newest, self.came = 0, 0.0
        self.sent: float | None = None  # when the newest was sent last
        self.confirmed = self.ended = False
        self.done = 0.0  # when the last of both came true
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
            self.confirmed, self.done = True, entry.time
        else:
            self.strangers += 1

    def on_end(self, entry: Entry) -> None:
        self.ended, self.done = True, entry.time

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
        if entry.time > self.done + TOO_LATE:
            self.fault(f"all was done at {self.done:.2f} s, and you returned at {entry.time:.2f} s", "end")

    def on_stuck(self, entry: Entry) -> None:
        self.fault('"end" has come, and the newest reading is acknowledged: your function waits on', "end")
