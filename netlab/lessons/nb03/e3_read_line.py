"""Exercise 03-3: read_line."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import lines


@exercise(
    raises={UnicodeDecodeError: "bytes", TypeError: "bytes", TimeoutError: "pause"},
    stuck={LOOP: "forever", "recv": "rest", "readline": "rest"},
)
def read_line(sock: socket.socket, buffer: bytearray, limit: int) -> Cases:
    r"""Return the next line from sock, as bytes, without the b"\n" that ends it.

    buffer is a bytearray that the caller keeps from call to call, empty at first: the
    place for what has come from sock and belongs to later lines. Use it first, and do
    not wait for sock while a whole line is in it. An empty line is b"". Only b"\n"
    ends a line: b"\r" is a byte like any other.

    If the stream ends after a whole line, return None. If it ends inside a line, raise
    EOFError. If the line is longer than limit bytes (without its b"\n"), raise
    ValueError, and do not gather more than limit + 65 536 bytes to find that out.
    """
    yield case("one line and the end", lines.read, b"hello\n", hint="bytes", raises={EOFError: "ended"})
    yield case("a line in three pieces", lines.read, b"hello\n", [b"he", b"ll", b"o\n"], hint="pieces")
    yield case("three and a half lines in one chunk", lines.kept, hint="rest")
    yield case("empty lines and the end", lines.read, b"\n\nx\n\n", hint="empty", raises={Exception: "empty"})
    yield case("bytes of every value", lines.every_byte, hint="bytes")
    yield case("pieces of 1 to 17 bytes", lines.any_lines, hint="pieces")
    yield case("two lines have come and the peer waits", lines.whole_lines_wait, stuck={"recv": "wait"})
    yield case("the stream ends inside a line", lines.read, b"one\ntw", hint="inside")
    yield case("twenty short lines at once", lines.many_short, hint="count", raises={ValueError: "count"})
    yield case(
        "lines of limit and of limit + 1 bytes", lines.too_long, hint="limit", raises={ValueError: "limit"}
    )
    yield case("a flood without a newline", lines.flooded, hint="flood", raises={EOFError: "flood"})
    yield case("a peer that stops to think", lines.hesitant, hint="pause")
