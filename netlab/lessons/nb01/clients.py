"""Clients that examine an echo server of the learner's: each function is a case.

They ask for outcomes only: every byte comes back, the connection ends, the next client is served.
So they suit a server for one client at a time as well as one for many.
"""

from __future__ import annotations

import socket
from typing import Any

from ...check import peers
from ...check.lab import Lab


def came_back(lab: Lab, got: bytes, sent: bytes, hint: str | None = None) -> None:
    lab.equal(got, sent, hint=hint, verb="came back")


def converse(lab: Lab, address: Any, data: bytes) -> None:
    """Send, finish, and read the echo."""
    client = lab.client(address, SO_RCVBUF=1 << 18)
    peers.send_or_end(client, data)
    peers.finish(client)
    came_back(lab, peers.read_all(client), data)


def echoed(lab: Lab, data: bytes) -> None:
    with lab.serving() as address:
        converse(lab, address, data)


def dialogue(lab: Lab) -> None:
    """First the size that everybody reads, then any: so one that stops at a short piece is told apart."""
    sizes = [1024, 1024, 1024, *(lab.rng.randint(1, 900) for _ in range(9))]
    with lab.serving() as address:
        client = lab.client(address)
        for index, size in enumerate(sizes):
            piece = peers.random_bytes(lab.rng, size)
            peers.send_or_end(client, piece)
            came_back(lab, peers.read_up_to(client, size), piece, hint="short" if index > 2 else None)
        peers.finish(client)
        came_back(lab, peers.read_all(client), b"")


def pausing(lab: Lab, pause: float) -> None:
    """The client thinks for a while in the middle."""
    with lab.serving() as address:
        client = lab.client(address)
        client.sendall(b"first this, ")
        first = peers.read_up_to(client, 12)
        lab.pause(pause)
        peers.send_or_end(client, b"then that")
        peers.finish(client)
        came_back(lab, first + peers.read_all(client), b"first this, then that")


def dripped(lab: Lab) -> None:
    data = peers.random_bytes(lab.rng, 300)
    with lab.serving() as address:
        client = lab.client(address)
        peers.send_or_end(client, *peers.drips(data), alone=lab)
        peers.finish(client)
        came_back(lab, peers.read_all(client), data)


def meanwhile(lab: Lab, size: int, piece: int = 65536, **small: int) -> None:
    """The client reads while it sends, in pieces. With small buffers, and where sockets have a timeout,
    send() takes only a part: as it may, anywhere."""
    data = peers.random_bytes(lab.rng, size)
    with lab.serving(**small) as address:
        socket.setdefaulttimeout(30.0 if small else None)
        client = lab.client(address, **({"SO_RCVBUF": 2048} if small else {}))
        with peers.sending(client, data):
            got = peers.read_all(client, piece=piece)
        came_back(lab, got, data)


def in_turn(lab: Lab) -> None:
    with lab.serving() as address:
        first, second = lab.client(address), lab.client(address)  # the second one waits in the queue
        second.sendall(b"second")
        first.sendall(b"first")
        for client, words in ((first, b"first"), (second, b"second")):
            peers.finish(client)
            came_back(lab, peers.read_all(client), words)


def after_a_leaver(lab: Lab) -> None:
    with lab.serving() as address:
        peers.leave(address, lab)
        converse(lab, address, b"is anybody there?")


def after_a_vanisher(lab: Lab) -> None:
    with lab.serving() as address:
        for size in (1, 50_000):
            gone = lab.client(address)
            gone.sendall(bytes(size))
            peers.read_up_to(gone, 1)  # so the server is in the middle of it
            peers.reset(gone)
        converse(lab, address, b"still there?")
