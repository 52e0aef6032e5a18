"""Exercise 05-1: transfer_time."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import transfers


@exercise(raises={ZeroDivisionError: "division"})
def transfer_time(n: int, rtt: float, rate: float, protocol: str) -> Cases:
    """Return the seconds from the client's first call until the server has received all n bytes.

    n is 1 or more bytes, rtt the round trip time in seconds, rate the link's bits per second.
    protocol "tcp": the client calls connect, then sendall. "udp": it calls sendto for one datagram
    after another, without a pause.

    The link is empty and loses nothing, and each direction takes rtt / 2. Only data costs sending time:
    count 0 for headers and for packets without data. TCP may send all n bytes without waiting for an ACK.
    """
    yield case("a real TCP transfer", transfers.really, "tcp", hint="start")
    yield case("a real UDP transfer", transfers.really, "udp", hint="start")
    yield case("one byte far away over TCP", transfers.predicted, 1, 0.6, 1e9, "tcp", hint="way")
    yield case("one byte far away over UDP", transfers.predicted, 1, 0.6, 1e9, "udp", hint="way")
    yield case(
        "1 MB next door over TCP", transfers.predicted, 1_000_000, 0.0, 10_000_000, "tcp", hint="sending"
    )
    yield case(
        "1 MB next door over UDP", transfers.predicted, 1_000_000, 0.0, 10_000_000, "udp", hint="sending"
    )
    yield case("ten links of any kind", transfers.any_links, hint="start")
