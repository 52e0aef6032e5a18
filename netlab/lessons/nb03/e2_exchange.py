"""Exercise 03-2: exchange."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import framing


@exercise(raises={ValueError: "limit", TimeoutError: "pause", TypeError: "bytes"}, stuck={LOOP: "forever"})
def exchange(sock: socket.socket, payload: bytes, limit: int) -> Cases:
    """Send payload as one frame, and return the payload of the frame that answers it.

    A frame is a length of 4 bytes, most significant byte first, and then that many
    bytes. 0 is a length, too. Take no byte of what comes after the answer: it belongs
    to later calls. Wait as long as it takes.

    If the stream ends before the first byte of the answer, return None. If it ends
    inside the answer, raise EOFError. If the length says more than limit, raise
    ValueError, before you receive any of these bytes or reserve memory for them.
    """
    yield case("b'ping' is answered by b'pong'", framing.answered, hint="pieces")
    yield case("a header in two pieces", framing.cut_header, hint="header", raises={Exception: "header"})
    yield case("pieces of 1 to 17 bytes", framing.sliced, hint="pieces", raises={Exception: "pieces"})
    yield case("two answers in one chunk", framing.in_advance, hint="next")
    yield case("payloads of no bytes", framing.answered, 0, 0, hint="empty")
    yield case("payloads of 256 and of 65 535 bytes", framing.answered, 256, 65_535, hint="pieces")
    yield case(
        "the stream ends before the answer", framing.ended, 0, hint="clean", raises={Exception: "clean"}
    )
    yield case("the stream ends inside the header", framing.ended, 1, 2, 3, hint="middle")
    yield case("the stream ends inside the payload", framing.ended, 4, 9, hint="middle")
    yield case("lengths of limit and limit + 1", framing.announced, hint="limit")
    yield case("lengths of 64 MB and of 2³²−1", framing.boasted, hint="limit")
    yield case("a peer that stops to think", framing.hesitant, hint="pause")
    yield case("1 MB both ways and a slow reader", framing.both_large, hint="pieces")
