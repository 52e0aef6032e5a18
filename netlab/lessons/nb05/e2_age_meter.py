"""Exercise 05-2: how old the newest reading is, on average and at most."""

from __future__ import annotations

import math
import socket
import statistics
import time
from collections.abc import Callable, Sequence

from ... import link
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab, LeaveOut
from .seconds import number

Arrivals = list[tuple[float, float]]
TWO = [(0.0, 0.1), (0.5, 0.6)]  # to be drawn on paper: 0.35 on average, 0.6 at most
STEADY = [(i * 0.02, i * 0.02 + 0.03) for i in range(50)]
GAP = STEADY[:10] + STEADY[17:]
OVERTAKEN = [(0.0, 0.05), (0.2, 0.25), (0.3, 0.35), (0.1, 0.45), (0.5, 0.55), (0.4, 0.85), (0.9, 0.95)]
STRAGGLER = [*STEADY, (0.013, 1.5)]
TOGETHER = [(0.2, 0.25), (0.1, 0.3), (0.4, 0.5), (0.3, 0.5), (0.5, 0.8), (0.7, 0.8), (0.9, 1.2)]
TWICE = [*TOGETHER, (0.7, 0.95), (0.4, 1.1), (0.9, 1.3)]
BELOW_ZERO = [(sent - 1000.0, arrived - 1000.0) for sent, arrived in STEADY]
LONG_AGO = [(sent + 1000.0, arrived + 1000.0) for sent, arrived in STEADY]


@exercise(raises={ZeroDivisionError: "interval"})
def age_meter(arrivals: list[tuple[float, float]]) -> Cases:
    """Return (average, peak): how old the receiver's newest reading is, in seconds.

    arrivals is a list of pairs (sent, arrived), in seconds on one clock, in any order; lost readings are not
    in it. At a time t, the age is t - s, where s is the latest sent time among the readings that have arrived
    by then. So a reading that arrives after a newer one changes nothing.

    Measure from the first arrival to the last one. average is over time: the area under the age, divided by
    the length of that interval. peak is the greatest age in it, and an age is greatest at the moment before a
    newer reading arrives. There are at least two different arrival times.
    """
    yield case("two readings", aged, TWO, hint="start")
    yield case("fifty readings without a loss", aged, STEADY, hint="start")
    yield case("seven readings in a row are lost", aged, GAP, hint="samples")
    yield case("pairs in any order", aged, shuffled, hint="unsorted")
    yield case("two readings that were overtaken", aged, OVERTAKEN, hint="late")
    yield case("an old reading comes last of all", aged, STRAGGLER, hint="interval")
    yield case("a clock that began long ago", aged, LONG_AGO, hint="interval")
    yield case("a clock that is below zero", aged, BELOW_ZERO, hint="zero")
    yield case("two readings arrive at the same moment", aged, TOGETHER, hint="twice")
    yield case("a reading arrives twice", aged, TWICE, hint="twice")
    yield case("any weather", aged, any_weather, hint="late")
    yield case("a real run over UDP with losses", aged, real_readings, hint="late")


def aged(lab: Lab, arrivals: Arrivals | Callable[[Lab], Arrivals]) -> None:
    if callable(arrivals):
        arrivals = arrivals(lab)
    got = lab.call(list(arrivals))
    if not isinstance(got, tuple) or len(got) != 2:
        lab.wrong("return a tuple of two numbers: (average, peak)", got=got, hint="answer")
    average, peak = (number(lab, value) for value in got)
    shown = [f"{len(arrivals)} pairs (sent, arrived): {', '.join(map(tell, arrivals[:6]))}"]
    shown[0] += ", …" if len(arrivals) > 6 else ""
    for name, right, given in zip(("average", "peak"), ages(arrivals), (average, peak)):
        if not math.isclose(right, given, rel_tol=1e-6, abs_tol=1e-9):
            hint, expected = mistake(arrivals, average, peak), float(f"{right:.7g}")
            lab.wrong(f"the {name} is wrong", expected=expected, got=given, hint=hint, happened=shown)


def tell(pair: tuple[float, float]) -> str:
    return f"({pair[0]:.3f}, {pair[1]:.3f})"


def ages(arrivals: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Average and peak, interval by interval, each looked up afresh."""
    times = sorted({arrived for _, arrived in arrivals})
    area = peak = 0.0
    for begin, end in zip(times, times[1:]):
        newest = max(sent for sent, arrived in arrivals if arrived <= begin)
        area += (end - begin) * ((begin + end) / 2 - newest)
        peak = max(peak, end - newest)
    return area / (times[-1] - times[0]), peak


def mistake(arrivals: Sequence[tuple[float, float]], average: float, peak: float) -> str | None:
    """The hint for the mistake that makes these numbers, where it can be told."""
    right, _ = ages(arrivals)
    delays = [arrived - sent for sent, arrived in arrivals]
    times = sorted({arrived for _, arrived in arrivals})
    after = [time - max(sent for sent, arrived in arrivals if arrived <= time) for time in times]
    before = [time - max(sent for sent, arrived in arrivals if arrived < time) for time in times[1:]]
    first = min(sent for sent, _ in arrivals)

    def near(a: float, b: float) -> bool:
        return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12)

    if not near(average, right):
        if near(average, _in_this_order(sorted(arrivals))):
            return "unsorted"  # that is: sorted by the time of sending
        if near(average, statistics.fmean(delays)):
            return "delay"
        if any(near(average, statistics.fmean(some)) for some in (after, before, [*after, *before])):
            return "samples"
        area = right * (times[-1] - times[0])
        for length in (times[-1], times[-1] - first, max(s for s, _ in arrivals) - first, len(times), 1.0):
            if length and near(average, area / length):
                return "interval"
        return None
    return "peak"  # whatever it is: the average was right


def _in_this_order(arrivals: Sequence[tuple[float, float]]) -> float:
    """The average that comes out if somebody goes through the pairs as they stand."""
    area, (newest, begin) = 0.0, arrivals[0]
    for sent, arrived in arrivals[1:]:
        area += (begin + arrived - 2 * newest) / 2 * (arrived - begin)
        newest, begin = max(newest, sent), arrived
    length = arrivals[-1][1] - arrivals[0][1]
    return area / length if length else math.nan


# -- arrivals ------------------------------------------------------------------------------------------


def shuffled(lab: Lab) -> Arrivals:
    pairs = [(i * 0.02, i * 0.02 + 0.03 + 0.01 * (i % 3 == 0)) for i in range(50)]
    lab.rng.shuffle(pairs)
    return pairs


def any_weather(lab: Lab) -> Arrivals:
    pairs = [(i * 0.02, i * 0.02 + lab.rng.choice([0.02, 0.03, 0.09, 0.25])) for i in range(100)]
    pairs = [pair for pair in pairs if lab.rng.random() > 0.2]
    lab.rng.shuffle(pairs)
    return pairs


def real_readings(lab: Lab) -> Arrivals:
    """Thirty readings that really travel, through loss and detours. Their number is their place in `sent`."""
    weather = link.Link(delay=0.02, loss=0.2, reorder=0.2, seed=lab.rng.randrange(10_000))
    sent: list[float] = []
    arrivals: Arrivals = []
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        with link.relay(server.getsockname(), weather, kind="udp") as relay:
            began = time.perf_counter()
            while len(sent) < 30 or time.perf_counter() < sent[-1] + began + 0.1:
                due = began + 0.01 * len(sent) if len(sent) < 30 else began + sent[-1] + 0.1
                server.settimeout(max(due - time.perf_counter(), 0.0001))
                try:
                    arrivals.append((sent[int(server.recv(100))], time.perf_counter() - began))
                except TimeoutError:
                    pass
                if len(sent) < 30 and time.perf_counter() >= due:
                    client.sendto(b"%d" % len(sent), relay.address)
                    sent.append(time.perf_counter() - began)
    if len(arrivals) < 5:
        raise LeaveOut("hardly a datagram came through")
    return arrivals
