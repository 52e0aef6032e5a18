"""Exercise 05-1: how long a transfer takes, compared with a model, with mistakes, and with what happened."""

from __future__ import annotations

import math
import socket
import time

from ... import link
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from .seconds import number

MB, FAST, SLOW = 1_000_000, 1e9, 10_000_000  # bytes, bits per second
TRANSFER = (12_000, 0.1, 1_000_000)  # bytes, seconds, bits per second: within TCP's first window
RECORDED = {  # seconds until the first step was done and until the end: medians of 20 runs on Linux 6
    "tcp": (0.101, 0.252),
    "udp": (0.061, 0.149),
}
STEPS = {"tcp": "connect returned", "udp": "the first datagram arrived"}


@exercise(raises={ZeroDivisionError: "division"})
def transfer_time(n: int, rtt: float, rate: float, protocol: str) -> Cases:
    """Return the seconds from the client's first call until the server has received all n bytes.

    n is 1 or more bytes, rtt the round trip time in seconds, rate the link's bits per second.
    protocol "tcp": the client calls connect, then sendall. "udp": it calls sendto for one datagram
    after another, without a pause.

    The link is empty and loses nothing, and each direction takes rtt / 2. Only data costs sending time:
    count 0 for headers and for packets without data. TCP may send all n bytes without waiting for an ACK.
    """
    yield case("one byte far away over UDP", predicted, 1, 0.6, FAST, "udp", hint="way")
    yield case("one byte far away over TCP", predicted, 1, 0.6, FAST, "tcp", hint="handshake")
    yield case("1 MB next door over UDP", predicted, MB, 0.0, SLOW, "udp", hint="sending")
    yield case("1 MB next door over TCP", predicted, MB, 0.0, SLOW, "tcp", hint="sending")
    yield case("a real UDP transfer", measured, "udp", hint="start")
    yield case("a real TCP transfer", measured, "tcp", hint="start")
    yield case("20 MB far away over TCP", predicted, 20 * MB, 0.1, FAST, "tcp", hint="window")
    yield case("20 MB far away over UDP", predicted, 20 * MB, 0.1, FAST, "udp", hint="window")
    yield case("one byte next door", predicted, 1, 0.0, FAST, "tcp", hint="division")
    yield case("a hop to the Moon", predicted, 1000, 2.6, SLOW, "udp", hint="way")
    yield case("ten links of any kind", predicted_on_any_link, hint="start")


def predicted(lab: Lab, n: int, rtt: float, rate: float, protocol: str) -> None:
    got = number(lab, lab.call(n, rtt, rate, protocol))
    expected = model(n, rtt, rate, protocol)
    if not math.isclose(got, expected, rel_tol=1e-6):
        hint, said = mistake(n, rtt, rate, protocol, got), tell(n, rtt, rate, protocol)
        lab.wrong(said, expected=float(f"{expected:.7g}"), got=got, hint=hint, happened=[])


def predicted_on_any_link(lab: Lab) -> None:
    for _ in range(10):
        n, rtt = lab.rng.randint(2, 14_000), lab.rng.randint(10, 600) / 1000
        predicted(lab, n, rtt, lab.rng.choice([64_000, 500_000, 2_000_000]), lab.rng.choice(["tcp", "udp"]))


def measured(lab: Lab, protocol: str) -> None:
    """The learner predicts, then it happens. Only what is far off counts: noise is nobody's mistake."""
    got = number(lab, lab.call(*TRANSFER, protocol))
    step, took, where = measure(protocol)
    if not 0.8 * took < got < 1.2 * took:  # and `took` is within a tenth of the model
        said = f"{tell(*TRANSFER, protocol)}: measured {where}"
        happened = [f"{STEPS[protocol]} after {step:.2f} s", f"the last byte arrived after {took:.2f} s"]
        hint = mistake(*TRANSFER, protocol, got)
        lab.wrong(said, expected=round(took, 2), got=float(f"{got:.4g}"), hint=hint, happened=happened)


def tell(n: int, rtt: float, rate: float, protocol: str) -> str:
    return f"{n:,} byte{'s' * (n > 1)} over {protocol.upper()}, rtt {rtt:g} s, rate {rate:,.0f} bit/s"


def model(n: int, rtt: float, rate: float, protocol: str) -> float:
    """The seconds, as the contract has them."""
    return 8 * n / rate + (1.5 if protocol == "tcp" else 0.5) * rtt


def mistake(n: int, rtt: float, rate: float, protocol: str, got: float) -> str | None:
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
    forgotten = sending > 0.1 and got == trips * rtt  # and not divided away
    if float(got).is_integer() and abs(got - sending - trips * rtt) < 2 and not forgotten:
        return "division"
    for hint, numbers in mistakes:
        if any(math.isclose(got, seconds + count * rtt, rel_tol=1e-6) for seconds, count in numbers):
            return hint
    return None


# -- what happens --------------------------------------------------------------------------------------


def measure(protocol: str) -> tuple[float, float, str]:
    """Seconds until the first step was done, and until the end; and where that was measured."""
    run = {"tcp": over_tcp, "udp": over_udp}[protocol]
    right, last = model(*TRANSFER, protocol), time.perf_counter() + 0.8  # a case has 2 s
    try:
        for _ in range(3):
            step, took = run()
            if abs(took / right - 1) < 0.1:  # a busy machine only makes it longer
                return step, took, "on this machine, a moment ago"
            if time.perf_counter() > last:
                break
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
