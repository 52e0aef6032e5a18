"""Exercise 01-3: every byte comes back, one client after another.

The clients ask for outcomes only: every byte comes back, the connection ends, the next client is served.
So they suit a server for one client at a time as well as one for many.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab, LeaveOut
from ...check.peers import (
    CLOSE,
    END,
    HEAR,
    HEAR_ALL,
    PAUSE,
    Script,
    Step,
    Talk,
    drips,
    in_sizes,
    random_bytes,
)
from ...check.sockets import finish, reset
from ...check.timeouts import hastened

EVERY_BYTE = bytes(range(256))
THOUGHT = [b"first this, ", HEAR(12), PAUSE(0.1), b"then that"]


@exercise(
    raises={
        ConnectionError: "vanish",
        TimeoutError: "pause",
        OSError: "next",
        TypeError: "bytes",
        UnicodeDecodeError: "bytes",
        ValueError: "four",
    },
    stuck={"accept": "close", LOOP: "forever", "returned": "next", "idle": "start"},
)
def echo_server(listener: socket.socket) -> Cases:
    """Serve one client after another, for ever: send back every byte, as it comes.

    listener is a listening TCP socket. When a client has finished sending, close its connection and serve
    the next one. A client that vanishes must not end your server. It ends when accept raises OSError,
    because somebody has closed listener: let the error out, or return.
    """
    yield case("a client says hello and finishes", echoed, b"hello", hint="same")
    yield case("a client in twelve rounds", in_rounds, hint="pieces", stuck={"recv": "promptly"})
    yield case("bytes that are not text", echoed, EVERY_BYTE, hint="same")
    yield case("each byte alone", dripped, hint="pieces")
    yield case("10 kB from a client that listens later", echoed, EVERY_BYTE * 40, hint="pieces")
    yield case("20 kB from a client that listens meanwhile", meanwhile, 20_000, hint="pieces")
    yield case("clients that stop to think", thinking, hint="pause")
    yield case("two clients in turn", in_turn, hint="next", stuck={"recv": "next"})
    yield case("thirty clients", thirty, hint="next")
    yield case("a client after one that left", after_a_leaver, hint="next")
    vanish: dict[str, Any] = {"stuck": {"returned": "vanish"}, "raises": {OSError: "vanish"}}
    yield case("a client after some that vanished", after_vanishers, hint="vanish", **vanish)
    yield case("a client after one that vanished in the queue", after_a_ghost, hint="vanish", **vanish)
    yield case("a slow reader and a timeout", slowly, hint="all")
    if places.has_ipv6():
        yield case("a client over IPv6", echoed, b"hello", None, socket.AF_INET6, hint="four")


def echoed(lab: Lab, data: bytes, steps: Step = None, family: int = socket.AF_INET) -> None:
    with lab.serving(family) as address:
        converse(lab, address, data, steps)


def converse(lab: Lab, address: tuple[str, int], data: bytes, steps: Step = None) -> None:
    """Send all, finish, and only then read the rest of the echo."""
    came_back(lab, lab.visit(address, steps or data, END, HEAR_ALL, SO_RCVBUF=1 << 18), data)


def came_back(lab: Lab, got: bytes, sent: bytes, hint: str | None = None) -> None:
    lab.equal(got, sent, hint=hint, verb="came back")


def in_rounds(lab: Lab) -> None:
    """First the size that everybody reads, then any: so one that stops at a short piece is told apart."""
    sizes = [1024, 1024, 1024, *(lab.rng.randint(1, 900) for _ in range(9))]
    pieces = [random_bytes(lab.rng, size) for size in sizes]

    def rounds(talk: Talk) -> Iterator[Step]:
        for index, piece in enumerate(pieces):
            yield piece
            came_back(lab, talk.hear(len(piece)), piece, hint="short" if index > 2 else None)

    with lab.serving() as address:
        came_back(lab, lab.visit(address, rounds, END, HEAR_ALL), b"".join(pieces))


def dripped(lab: Lab) -> None:
    data = bytes(lab.rng.sample(EVERY_BYTE, 256))
    echoed(lab, data, drips(data))


def thinking(lab: Lab) -> None:
    """The first client comes late, and the second one stops in the middle."""
    data = b"first this, then that"
    with hastened(lab, 30), lab.serving() as address:
        lab.pause(0.1)
        converse(lab, address, data)
        converse(lab, address, data, THOUGHT)


def thirty(lab: Lab) -> None:
    with lab.serving() as address:
        for number in range(30):
            converse(lab, address, bytes([number]))


def meanwhile(lab: Lab, size: int, piece: int = 65536, **small: int) -> None:
    """The client reads while it sends, in pieces. With small buffers, and where sockets have a timeout,
    send() takes only a part: as it may, anywhere."""
    data = random_bytes(lab.rng, size)
    socket.setdefaulttimeout(30.0 if small else None)
    with lab.serving(**small) as address:
        client = lab.client(address, **({"SO_RCVBUF": 2048} if small else {}))
        lab.beside(send_all, client, data)
        came_back(lab, read_all(lab, client, piece), data)


def send_all(client: socket.socket, data: bytes) -> None:
    for part in in_sizes(data, 16384):
        client.sendall(part)
    finish(client)


def read_all(lab: Lab, client: socket.socket, piece: int = 65536) -> bytes:
    return Script().meet(lab, client).hear(1 << 24, piece)


def slowly(lab: Lab) -> None:
    meanwhile(lab, 20_000, piece=512, SO_SNDBUF=2048, TCP_MAXSEG=100)


def in_turn(lab: Lab) -> None:
    with lab.serving() as address:
        first, second = lab.client(address), lab.client(address)  # the second one waits in the queue
        second.sendall(b"second")
        first.sendall(b"first")
        for client, words in ((first, b"first"), (second, b"second")):
            finish(client)
            came_back(lab, read_all(lab, client), words)


def after_a_leaver(lab: Lab) -> None:
    with lab.serving() as address:
        lab.visit(address, CLOSE)
        converse(lab, address, b"is anybody there?")


def after_vanishers(lab: Lab) -> None:
    """Clients vanish while the server waits in recv, is in the middle, and waits in sendall because they read
    nothing. The last one has finished before: that makes a BrokenPipeError of a ConnectionResetError."""

    def vanish(talk: Talk) -> None:
        reset(talk.sock)  # at once: the server is in the middle of it

    def fill(talk: Talk) -> None:
        talk.sock.settimeout(0.1)
        with suppress(TimeoutError):
            talk.sock.sendall(bytes(10_000_000))

    def wait(talk: Talk) -> None:
        lab.pause(0.05)

    with lab.serving(SO_SNDBUF=4096, SO_RCVBUF=1 << 17) as address:
        for size in (1, 50_000):
            lab.visit(address, bytes(size), HEAR(1), vanish)
        lab.visit(address, fill, vanish, SO_RCVBUF=2048)
        lab.visit(address, bytes(60_000), END, wait, vanish, SO_RCVBUF=2048)
        converse(lab, address, b"still there?")


def after_a_ghost(lab: Lab) -> None:
    """A client that has vanished when accept hands it out."""
    if sys.platform != "linux":
        raise LeaveOut("on this system accept itself tells that somebody has vanished")
    with lab.serving() as address:
        first = lab.client(address)
        first.sendall(b"!")
        came_back(lab, first.recv(1), b"!")
        reset(lab.client(address))
        finish(first)
        came_back(lab, read_all(lab, first), b"")
        converse(lab, address, b"still there?")
