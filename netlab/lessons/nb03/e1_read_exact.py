"""Exercise 03-1: read_exact."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import framing


@exercise(
    raises={TimeoutError: "pause", UnicodeDecodeError: "bytes", TypeError: "bytes"}, stuck={LOOP: "forever"}
)
def read_exact(sock: socket.socket, n: int) -> Cases:
    """Return exactly n bytes from sock, and leave every later byte in it.

    Wait as long as it takes. If the peer ends the stream first, raise EOFError, and
    say in its text how many bytes were missing: EOFError("3 bytes missing"). For
    n = 0 return b"" without waiting for anything.
    """
    yield case("the peer sends 10 bytes one at a time", framing.dripped, hint="pieces")
    yield case("the next message has come too", framing.followed, hint="pieces")
    yield case("pieces of 1 to 17 bytes", framing.counted, hint="pieces")
    yield case("n = 0 from a peer that says nothing", framing.nothing, hint="zero", stuck={"recv": "zero"})
    yield case("the stream ends in the middle", framing.cut_short, b"seven b", 10, hint="missing")
    yield case("the stream ends at once", framing.cut_short, b"", 6, hint="missing")
    yield case("a peer that stops to think", framing.thoughtful, hint="pause")
    yield case("1 MB of any bytes", framing.large, hint="pieces")
