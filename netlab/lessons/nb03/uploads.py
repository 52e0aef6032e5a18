"""Servers for the exercise on uploads: one connection each; every function that takes a lab is a case."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from ...check import peers
from ...check.lab import Lab, Stuck
from ...check.pairs import must_raise

MUCH = 4_000_000
# The whole pipe holds some 250 kB then, on Linux; without these options it may hold 3 MB.
NARROW = {"SO_SNDBUF": 16384, "SO_RCVBUF": 16384, "TCP_MAXSEG": 1000}


def serve_one(
    lab: Lab, talk: Callable[[socket.socket], Any], narrow: bool = False
) -> tuple[Any, threading.Thread]:
    """Serve one client in the background: the address, and the thread that serves."""
    listener = lab.own(socket.socket())
    for name, value in NARROW.items() if narrow else ():
        level = socket.IPPROTO_TCP if name.startswith("TCP_") else socket.SOL_SOCKET
        with suppress(OSError, AttributeError):  # not every system has them all
            listener.setsockopt(level, getattr(socket, name), value)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    listener.settimeout(lab.left)

    def accept() -> None:
        conn = lab.own(listener.accept()[0])
        conn.settimeout(lab.left)
        talk(conn)

    return listener.getsockname(), lab.beside(accept)


def answered(lab: Lab, data: bytes | int, answer: Iterable[bytes], pause: float = 0.0) -> None:
    """The server hears until the end of the data, and only then says its pieces, each alone."""
    data = peers.random_bytes(lab.rng, data) if isinstance(data, int) else data
    pieces, heard, ends = list(answer), bytearray(), []

    def talk(conn: socket.socket) -> None:
        while piece := conn.recv(65536):
            heard.extend(piece)
        ends.append(time.monotonic())
        peers.send_alone(conn, pieces[:1], lab)
        lab.pause(pause)
        peers.send_alone(conn, pieces[1:], lab)
        conn.close()

    address, server = serve_one(lab, talk, narrow=True)
    try:
        got = lab.call(address, data)
    except Stuck as stuck:
        if heard == data and not (ends and ends[0] < stuck.when):
            lab.wrong(
                f"the server has all {len(data)} bytes, and waits for their end: {stuck}", hint="finish"
            )
        raise
    if got is None:
        lab.equal(got, b"".join(pieces), hint="start")
    server.join(1.0)
    if heard != data:
        lab.wrong(
            "",
            expected=data,
            got=bytes(heard),
            verb="you sent",
            hint="all" if heard and data.startswith(heard) else "same",
        )
    lab.equal(got, b"".join(pieces))


def echoed(lab: Lab, size: int) -> None:
    """The server sends back what it reads, and reads no more while nobody takes it."""
    data = peers.random_bytes(lab.rng, size)

    def talk(conn: socket.socket) -> None:
        while piece := conn.recv(65536):
            conn.sendall(piece)
        conn.close()

    lab.equal(lab.call(serve_one(lab, talk, narrow=True)[0], data), data)


def answered_early(lab: Lab) -> None:
    """The server has its answer after 1000 bytes, finishes, and reads the rest to be polite."""

    def talk(conn: socket.socket) -> None:
        peers.read_up_to(conn, 1000)
        conn.sendall(b"413 too large")
        peers.finish(conn)
        peers.read_all(conn)
        conn.close()

    lab.equal(lab.call(serve_one(lab, talk, narrow=True)[0], bytes(MUCH)), b"413 too large")


def broke_off(lab: Lab, after: int, size: int) -> None:
    """The server vanishes in the middle of its answer, after so many bytes of the data."""

    def talk(conn: socket.socket) -> None:
        peers.read_up_to(conn, after)
        conn.sendall(b"200 stored, your number is 12")
        peers.reset(conn)

    must_raise(lab, ConnectionError, "broken", serve_one(lab, talk, narrow=True)[0], bytes(size))
