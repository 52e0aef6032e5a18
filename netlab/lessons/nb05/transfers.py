"""What the numbers of 05-1 and 05-2 are compared with: models, mistakes, and what really happened."""

from __future__ import annotations

import math
import socket
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from ... import link
from ...check.lab import Lab, LeaveOut

Arrivals = list[tuple[float, float]]

# -- 05-1: a transfer --------------------------------------------------------------------------------

TRANSFER = (12_000, 0.1, 1_000_000)  # bytes, seconds, bits per second: within TCP's first window
RECORDED = {  # seconds until the first step was done and until the end: medians of 20 runs on Linux 6
    "tcp": (0.101, 0.252),
    "udp": (0.061, 0.149),
}
STEPS = {"tcp": "connect returned", "udp": "the first datagram arrived"}


def transfer_seconds(n: int, rtt: float, rate: float, protocol: str) -> float:
    """The model of the contract."""
    return 8 * n / rate + (1.5 if protocol == "tcp" else 0.5) * rtt


def transfer_mistake(n: int, rtt: float, rate: float, protocol: str, got: float) -> str | None:
    """The hint for the mistake that makes this number."""
    sending, trips, tcp = 8 * n / rate, 1.5 if protocol == "tcp" else 0.5, protocol == "tcp"
    mistakes: list[tuple[str, list[tuple[float, float]]]] = [  # (sending time, round trips)
        ("bits", [(n / rate, trips), (n / 8 / rate, trips)]),
        ("handshake", [(sending, 0.5)] if tcp else []),
        ("third", [(sending, 2.0), (sending, 2.5), (sending, 3.0), (sending, 3.5)] if tcp else []),
        ("udp", [] if tcp else [(sending, 1.5), (sending, 2.0)]),
        ("way", [(sending, 1.0), (sending, 0.0)]),
        ("sending", [(0.0, trips), (2 * sending, trips)]),
    ]
    if float(got).is_integer() and abs(got - sending - trips * rtt) < 2:
        return "division"
    for hint, numbers in mistakes:
        if any(math.isclose(got, seconds + count * rtt, rel_tol=1e-6) for seconds, count in numbers):
            return hint
    return None


def number(lab: Lab, got: Any) -> float:
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        lab.wrong("the answer must be a number of seconds", got=got, hint="start")
    return got


def predicted(lab: Lab, n: int, rtt: float, rate: float, protocol: str) -> None:
    got = number(lab, lab.call(n, rtt, rate, protocol))
    expected = transfer_seconds(n, rtt, rate, protocol)
    if not math.isclose(got, expected, rel_tol=1e-6):
        hint = transfer_mistake(n, rtt, rate, protocol, got)
        said = _asked(n, rtt, rate, protocol)
        lab.wrong(said, expected=float(f"{expected:.7g}"), got=got, hint=hint, happened=[])


def _asked(n: int, rtt: float, rate: float, protocol: str) -> str:
    return f"{n:,} byte{'s' * (n > 1)} over {protocol.upper()}, rtt {rtt:g} s, rate {rate:,.0f} bit/s"


def any_links(lab: Lab) -> None:
    for _ in range(10):
        n, rtt = lab.rng.randint(2, 14_000), lab.rng.randint(10, 600) / 1000
        predicted(lab, n, rtt, lab.rng.choice([64_000, 500_000, 2_000_000]), lab.rng.choice(["tcp", "udp"]))


def really(lab: Lab, protocol: str) -> None:
    """The learner predicts, then it happens. Only what is far off counts: noise is nobody's mistake."""
    n, rtt, rate = TRANSFER
    got = number(lab, lab.call(n, rtt, rate, protocol))
    step, took, where = measured(protocol)
    if not 0.8 * took < got < 1.2 * took:  # and `took` is within a tenth of the model
        said = f"{_asked(n, rtt, rate, protocol)}: measured {where}"
        happened = [f"{STEPS[protocol]} after {step:.2f} s", f"the last byte arrived after {took:.2f} s"]
        hint = transfer_mistake(n, rtt, rate, protocol, got)
        lab.wrong(said, expected=round(took, 2), got=float(f"{got:.4g}"), hint=hint, happened=happened)


def measured(protocol: str) -> tuple[float, float, str]:
    """Seconds until the first step was done, and until the end; and where that was measured."""
    run = {"tcp": over_tcp, "udp": over_udp}[protocol]
    model = transfer_seconds(*TRANSFER, protocol)
    try:
        for _ in range(3):
            step, took = run()
            if abs(took / model - 1) < 0.1:  # a busy machine only makes it longer
                return step, took, "on this machine, a moment ago"
    except OSError:  # no kernel path here
        pass
    return *RECORDED[protocol], "on a Linux machine, and recorded"


def over_tcp() -> tuple[float, float]:
    n, rtt, rate = TRANSFER
    with link.kernel(delay=rtt / 2, rate=rate) as path, path.listen() as listener, path.socket() as client:
        client.settimeout(1)
        listener.settimeout(1)
        began = time.perf_counter()
        client.connect((path.far, listener.getsockname()[1]))
        connected = time.perf_counter()
        client.sendall(bytes(n))
        server, _ = listener.accept()
        with server:
            server.settimeout(1)
            missing = n
            while missing and (data := server.recv(missing)):
                missing -= len(data)
        return connected - began, time.perf_counter() - began


def over_udp() -> tuple[float, float]:
    """Through the relay: any system has it."""
    n, rtt, rate = TRANSFER
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        server.settimeout(1)
        with link.relay(server.getsockname(), kind="udp", delay=rtt / 2, rate=rate) as relay:
            began = time.perf_counter()
            for start in range(0, n, 1200):
                client.sendto(bytes(min(1200, n - start)), relay.address)
            arrivals, missing = [], n
            while missing > 0:
                missing -= len(server.recv(2048))
                arrivals.append(time.perf_counter() - began)
            return arrivals[0], arrivals[-1]


# -- 05-2: ages --------------------------------------------------------------------------------------


def ages(arrivals: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Average and peak, interval by interval, each looked up afresh."""
    times = sorted({arrived for _, arrived in arrivals})
    area = peak = 0.0
    for begin, end in zip(times, times[1:]):
        newest = max(sent for sent, arrived in arrivals if arrived <= begin)
        area += (end - begin) * ((begin + end) / 2 - newest)
        peak = max(peak, end - newest)
    return area / (times[-1] - times[0]), peak


def age_mistake(arrivals: Sequence[tuple[float, float]], average: float, peak: float) -> str | None:
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


def aged(lab: Lab, make: Callable[[Lab], Arrivals]) -> None:
    arrivals = make(lab)
    got = lab.call(list(arrivals))
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        lab.wrong("return two numbers: (average, peak)", got=got, hint="start")
    average, peak = (number(lab, value) for value in got)
    shown = [f"{len(arrivals)} pairs (sent, arrived): {', '.join(map(_pair, arrivals[:6]))}"]
    shown[0] += ", …" if len(arrivals) > 6 else ""
    for name, right, given in zip(("average", "peak"), ages(arrivals), (average, peak)):
        if not math.isclose(right, given, rel_tol=1e-6, abs_tol=1e-9):
            hint = age_mistake(arrivals, average, peak)
            lab.wrong(
                f"the {name} is wrong", expected=float(f"{right:.7g}"), got=given, hint=hint, happened=shown
            )


def _pair(pair: tuple[float, float]) -> str:
    return f"({pair[0]:.3f}, {pair[1]:.3f})"


def steady(lab: Lab) -> Arrivals:
    return [(i * 0.02, i * 0.02 + 0.03) for i in range(50)]


def later(lab: Lab) -> Arrivals:
    return [(sent + 1000.0, arrived + 1000.0) for sent, arrived in steady(lab)]


def gap(lab: Lab) -> Arrivals:
    return [*steady(lab)[:10], *steady(lab)[17:]]


def straggler(lab: Lab) -> Arrivals:
    return [*steady(lab), (0.013, 1.5)]


def overtaken(lab: Lab) -> Arrivals:
    return [(0.0, 0.05), (0.2, 0.25), (0.3, 0.35), (0.1, 0.45), (0.5, 0.55), (0.4, 0.85), (0.9, 0.95)]


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
