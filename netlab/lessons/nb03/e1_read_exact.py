"""Exercise 03-1: exactly n bytes, however they come."""

from __future__ import annotations

import socket
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab
from ...check.peers import END, THINK, Step, drips, in_sizes, random_bytes, sliced
from ...check.timeouts import hastened

BLANKS = b" \r\n in the middle \n\t "
ZEROS = b"\0\0 in the middle \0"
DRIPS = list(drips(b"abcdefghij"))
THOUGHT = [b"first this, ", THINK, b"then that"]


@exercise(
    raises={TimeoutError: "pause", UnicodeDecodeError: "bytes", TypeError: "bytes"},
    stuck={LOOP: "forever"},
)
def read_exact(sock: socket.socket, n: int) -> Cases:
    """Return exactly n bytes from sock, and leave every later byte in it.

    Wait as long as it takes. If the peer ends the stream first, raise EOFError, and
    say in its text how many bytes were missing: EOFError("3 bytes missing"). For
    n = 0 return b"" without waiting for anything.
    """
    yield case(
        "the peer sends 10 bytes one at a time", reads, b"abcdefghij", drips(b"abcdefghij"), hint="pieces"
    )
    yield case("the next message has come too", followed, hint="pieces")
    yield case("pieces of 1 to 17 bytes", counted, hint="pieces")
    yield case("n = 0 from a peer that says nothing", reads, b"", None, hint="zero", stuck={"recv": "zero"})
    yield case("the stream ends in the middle", cut_short, b"seven b", 10, hint="missing")
    yield case("the stream ends at once", cut_short, b"", 6, hint="missing")
    yield case("blanks at both ends", reads, BLANKS, BLANKS, hint="pieces")
    yield case("zeros at both ends", reads, ZEROS, ZEROS, hint="pieces")
    yield case("a peer that stops to think", thinking, hint="pause")
    yield case("70 kB of any bytes", large, hint="pieces")


def reads(lab: Lab, expected: bytes, steps: Step) -> None:
    lab.gives(expected, lab.peer(steps), len(expected))


def thinking(lab: Lab) -> None:
    """As long as it takes: 90 s of the learner's timeouts."""
    with hastened(lab, 300):
        reads(lab, b"first this, then that", THOUGHT)


def followed(lab: Lab) -> None:
    """Two messages meet in one chunk: the second one has to stay in the socket."""
    near = lab.peer(b"abcdef" + b"the next message")
    lab.gives(b"abcdef", near, 6)
    lab.leaves(b"the next message", near, hint="more")


def counted(lab: Lab) -> None:
    """Pieces of each size from 1 to 17, and of any, taken in any counts."""
    blocks = [random_bytes(lab.rng, 40) for _ in range(19)]
    sized = [in_sizes(block, size) for size, block in enumerate(blocks[:17], 1)]
    near = lab.peer(*sized, *(sliced(block, lab.rng) for block in blocks[17:]))
    stream, expected = b"".join(blocks), b""

    def mistake(got: Any) -> str:
        return "pieces" if isinstance(got, bytes) and got in expected else "more"

    while stream:
        count = min(len(stream), lab.rng.randint(1, 40))
        expected, stream = stream[:count], stream[count:]
        lab.gives(expected, near, count, hint=mistake)


def cut_short(lab: Lab, came: bytes, count: int) -> None:
    near, missing = lab.peer(in_sizes(came, 4), END), count - len(came)
    lab.raises(EOFError, near, count, naming=f"{missing} bytes were missing", hint="missing")


def large(lab: Lab) -> None:
    data = random_bytes(lab.rng, 70_000)
    reads(lab, data, data)
