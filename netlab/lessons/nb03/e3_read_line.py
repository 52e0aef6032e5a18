"""Exercise 03-3: a line, and what came behind it."""

from __future__ import annotations

import _socket
import socket
import time
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab
from ...check.peers import END, THINK, Step, in_sizes, random_bytes, sliced
from ...check.sockets import finish
from ...check.timeouts import hastened
from ...wire import RECEIVING

LIMIT = 100
EVERY_BYTE = bytes(range(256)) + b"\r\n" + bytes(range(255, -1, -1)) + b" \t\n"


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
    yield case("one line and the end", reads, b"hello\n", hint="bytes", raises={EOFError: "ended"})
    yield case("a line in three pieces", reads, b"hello\n", [b"he", b"ll", b"o\n"], hint="pieces")
    yield case("three and a half lines in one chunk", followed, hint="rest")
    yield case("empty lines and the end", reads, b"\n\nx\n\n", hint="empty", raises={Exception: "empty"})
    yield case("bytes of every value", reads, EVERY_BYTE, hint="bytes")
    yield case("blanks at both ends of a line", reads, b"  two \t\n\t\r\n \n", hint="bytes")
    yield case("pieces of 1 to 17 bytes", in_pieces, hint="pieces")
    yield case("two lines have come and the peer waits", waited_for, stuck={"recv": "wait"})
    yield case("two connections in turn", in_turn, hint="rest")
    yield case("the stream ends inside a line", reads, b"one\ntw", hint="inside")
    yield case("twenty short lines at once", many_short, hint="count", raises={ValueError: "count"})
    yield case("lines of limit and of limit + 1 bytes", too_long, hint="limit", raises={ValueError: "limit"})
    yield case("a limit of 0", nothing_allowed, hint="limit")
    yield case("a flood without a newline", flooded, hint="flood", raises={EOFError: "flood"})
    yield case("a peer that stops to think", thinking, hint="pause")


def reads(lab: Lab, data: bytes, steps: Step = None) -> None:
    """All the lines of the data, and then the end of the stream."""
    near, buffer, limit = lab.peer(steps or data, END), bytearray(), 10 * LIMIT
    *lines, rest = data.split(b"\n")

    def not_begun(got: Any) -> str | None:
        return "start" if got is None and not taken(lab) else None

    for line in lines:
        lab.gives(line, near, buffer, limit, none=None, hint=not_begun)
    if rest:
        lab.raises(EOFError, near, buffer, limit, hint="inside")
    else:
        last = lines[-1]
        lab.gives(None, near, buffer, limit, hint=lambda got: "rest" if got and got == last else "ended")


def followed(lab: Lab) -> None:
    """What came with the first line is in the buffer, or still in the socket."""
    later, buffer = b"two\nthree\nfo", bytearray()
    near = lab.peer(b"one\n" + later)
    lab.gives(b"one", near, buffer, LIMIT)
    lab.leaves(later, near, buffer, hint="rest")


def in_pieces(lab: Lab) -> None:
    """In pieces of each size from 1 to 17, and of any."""
    for size in range(1, 21):
        lines = [random_bytes(lab.rng, lab.rng.choice((0, 1, 5, 30))).replace(b"\n", b"\r") for _ in range(3)]
        data = b"".join(line + b"\n" for line in lines)
        reads(lab, data, in_sizes(data, size) if size <= 17 else sliced(data, lab.rng))


def waited_for(lab: Lab) -> None:
    """Two lines in one chunk. The peer sends more when both are answered, and not before."""
    (near, far), buffer = lab.pair(), bytearray()
    far.sendall(b"first\nsecond\n")
    lab.gives(b"first", near, buffer, LIMIT)
    lab.gives(b"second", near, buffer, LIMIT)
    far.sendall(b"third\n")
    lab.gives(b"third", near, buffer, LIMIT)


def many_short(lab: Lab) -> None:
    """The limit is for one line, not for what has come: twenty lines come at once."""
    near, buffer = lab.peer(b"short\n" * 20), bytearray()
    for _ in range(20):
        lab.gives(b"short", near, buffer, 10)


def too_long(lab: Lab) -> None:
    """A line of exactly the limit is allowed, and its end may come later. One byte more is not."""
    near, buffer = lab.peer(b"x" * LIMIT, b"\n" + b"y" * (LIMIT + 1) + b"\n"), bytearray()
    lab.gives(b"x" * LIMIT, near, buffer, LIMIT)
    lab.raises(ValueError, near, buffer, LIMIT, hint="limit")


def in_turn(lab: Lab) -> None:
    """Each has a buffer of its own, and neither hears of the other's."""
    lines = [b"one", b"two", b"three"]
    callers = [
        (lab.peer(b"".join(name + line + b"\n" for line in lines)), bytearray()) for name in (b"a ", b"b ")
    ]
    for line in lines:
        for name, (near, buffer) in zip((b"a ", b"b "), callers):
            lab.gives(name + line, near, buffer, LIMIT)


def nothing_allowed(lab: Lab) -> None:
    """Empty lines only."""
    near, buffer = lab.peer(b"\n!\n"), bytearray()
    lab.gives(b"", near, buffer, 0)
    lab.raises(ValueError, near, buffer, 0, hint="limit")


def flooded(lab: Lab) -> None:
    """200 kB without a newline, or what the socket holds of them: they are there before the first recv."""
    (near, far), buffer, limit = lab.pair(SO_RCVBUF=400_000), bytearray(), 10 * LIMIT

    def flood() -> None:
        far.sendall(b"x" * 2_000_000)
        finish(far)

    lab.beside(flood)
    come, last = 0, time.monotonic() + 0.5
    while come < 200_000 and time.monotonic() < last:
        come = len(_socket.socket.recv(near, 200_000, socket.MSG_PEEK))  # the C method: it is not recorded
    lab.raises(ValueError, near, buffer, limit, hint="flood")
    if max(taken(lab), len(buffer)) > limit + 65_536:
        said = f"your function took {taken(lab)} bytes before it refused a line of at most {limit}"
        lab.wrong(said, hint="flood")


def thinking(lab: Lab) -> None:
    near = lab.peer(b"first this, ", THINK, b"then that\n")
    with hastened(lab, 100):
        lab.gives(b"first this, then that", near, bytearray(), LIMIT, none=None)


def taken(lab: Lab) -> int:
    """How many bytes the learner has received in this case."""
    return sum(event.size or 0 for event in lab.recording if event.call in RECEIVING and not event.flags)
