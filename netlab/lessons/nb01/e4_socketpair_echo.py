"""Exercise 01-4: socketpair_echo."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from .cases import (
    round_trip,
)


@exercise(stuck={"sendall": "both", "send": "both", "join": "both", "recv": "finish", LOOP: "forever"})
def socketpair_echo(payload: bytes) -> Cases:
    """Send payload into one end of a socket pair, send it back at the other end, and return what came back.

    1 MB has to work. Close both ends, and leave no thread.
    """
    yield case("b'hello'", round_trip, b"hello")
    yield case("nothing at all", round_trip, b"", hint="start")
    yield case("5 kB of any bytes", round_trip, 5_000, hint="pieces")
    yield case("1 MB", round_trip, 1_000_000, hint="pieces")
