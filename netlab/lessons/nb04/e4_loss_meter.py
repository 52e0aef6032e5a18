"""Exercise 04-4: loss_meter."""

from __future__ import annotations

import socket
import struct

from ...check.engine import Cases, case, exercise
from . import postcards


@exercise(
    raises={TimeoutError: "silence", struct.error: "runt"},
    stuck={"recvfrom": "timeout", "recv": "timeout", "recvmsg": "timeout"},
)
def loss_meter(sock: socket.socket, count: int, timeout: float) -> Cases:
    """Measure what became of count numbered datagrams: return a dict of four counts.

    The sender numbers them 0, 1, ..., count - 1: the number is the first 4 bytes (network byte order).
    sock is a bound UDP socket. Receive until timeout seconds have passed without a datagram.

        "received"  how many different numbers came
        "lost"      how many numbers never came
        "doubled"   how many datagrams had a number that had come before
        "late"      how many numbers came first after a higher one (RFC 4737); a copy is never late

    Ignore datagrams shorter than 4 bytes.
    """
    yield case("20 in order", postcards.measured, 20, range(20))
    yield case("the first three are lost", postcards.measured, 10, range(3, 10), hint="holes")
    yield case("holes in the middle", postcards.measured, 10, [0, 1, 4, 5, 7, 9], hint="holes")
    yield case("the last five are lost", postcards.measured, 10, range(5), hint="end")
    yield case("nothing comes at all", postcards.measured, 10, [], hint="end")
    yield case("three come twice", postcards.measured, 6, [0, 1, 1, 2, 3, 3, 4, 5, 5], hint="doubled")
    yield case("many copies and few numbers", postcards.measured, 6, [0, 0, 0, 1, 1, 1, 4, 5], hint="doubled")
    yield case("one is overtaken", postcards.measured, 6, [0, 1, 3, 4, 2, 5], hint="holes")
    yield case("three are overtaken by one", postcards.measured, 6, [0, 4, 1, 2, 3, 5], hint="late")
    yield case("a copy of an old one", postcards.measured, 5, [0, 1, 2, 3, 1, 4], hint="copy")
    yield case("a copy of a late one", postcards.measured, 5, [0, 3, 1, 1, 4], hint="copy")
    yield case("numbers above 255", postcards.measured, 600, [*range(250, 262), 1], hint="order")
    yield case("an empty one and a short one", postcards.measured, 4, [0, b"", 1, b"\0\0\1", 3], hint="runt")
    yield case("all weathers at once", postcards.stormy, hint="start")
    yield case("a stream longer than timeout", postcards.streamed, hint="silence")
