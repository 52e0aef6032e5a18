"""Exercise 04-1: receive_whole."""

from __future__ import annotations

import socket

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import postcards


@exercise(
    raises={BlockingIOError: "wait", TimeoutError: "wait"},
    stuck={"recvfrom": "one", "recv": "one", "recvmsg": "one", "recvfrom_into": "one", LOOP: "empty"},
)
def receive_whole(sock: socket.socket, size: int) -> Cases:
    """Wait for one datagram of at most size bytes, and return (data, address).

    sock is a bound UDP socket; size is 0 or more. address is the sender's, as recvfrom gives it.
    A datagram of no bytes is a datagram: return (b"", address). If the datagram was longer than size
    bytes, raise ValueError: never return a part of it. The next call gives the next datagram.
    """
    yield case("b'hello'", postcards.received, [b"hello"], 100)
    yield case("one byte longer than size", postcards.received, [101], 100, hint="cut")
    yield case("ten times as long as size", postcards.received, [1000], 100, hint="cut")
    yield case("exactly size bytes", postcards.received, [100], 100, hint="exact")
    yield case("a datagram of no bytes", postcards.received, [b""], 100, hint="empty")
    yield case("no bytes and size 0", postcards.received, [b""], 0, hint="empty")
    yield case("two datagrams wait", postcards.received, [b"first", b"second"], 100, hint="one")
    yield case("the datagram after one too long", postcards.received, [300, b"next", 101, b"last"], 100)
    yield case("a datagram that comes later", postcards.awaited, hint="wait")
    yield case("two senders in turn", postcards.received, [b"from one", b"from another"], 100, 2)
    yield case("8000 bytes", postcards.received, [8000], 8000, hint="exact")
    if places.has_ipv6():
        yield case("a sender over IPv6", postcards.received, [b"hello"], 5, 1, "::1", hint="address")
