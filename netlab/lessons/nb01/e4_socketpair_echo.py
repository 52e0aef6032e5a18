"""Exercise 01-4: both ends of a pair of sockets, in one program."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab
from ...check.peers import random_bytes
from ...wire import RECEIVING


@exercise(stuck={"sendall": "both", "send": "both", "join": "both", "recv": "finish", LOOP: "forever"})
def socketpair_echo(payload: bytes) -> Cases:
    """Send payload into one end of a socket pair, send it back at the other end, and return what came back.

    1 MB has to work. Close both ends, and leave no thread.
    """
    yield case("b'hello'", round_trip, b"hello")
    yield case("nothing at all", round_trip, b"", hint="start")
    yield case("5 kB of any bytes", round_trip, 5_000, hint="pieces")
    yield case("blanks and zeros at both ends", round_trip, b" \0\r\n\0 x \0\n\r\0 ", hint="pieces")
    yield case("64 KiB", round_trip, 65_536, hint="pieces")
    yield case("1 MB", round_trip, 1_000_000, hint="pieces")
    yield case("1 MB and a timeout", with_timeout, 1_000_000, hint="all")


def with_timeout(lab: Lab, size: int) -> None:
    """Where sockets have a timeout, send() takes only a part: as it may, anywhere."""
    socket.setdefaulttimeout(30.0)
    round_trip(lab, size)


def round_trip(lab: Lab, payload: bytes | int) -> None:
    payload = random_bytes(lab.rng, payload) if isinstance(payload, int) else payload
    lab.gives(payload, payload, none=None)
    received = sum(event.size or 0 for event in lab.recording if event.call in RECEIVING)
    if received < 2 * len(payload) and not lab.recording.dropped:
        said = f"{received} bytes went through the pair, and there and back is {2 * len(payload)}"
        lab.wrong(said, hint="wire")
