"""What the tests of relays share."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from netlab.link.relaying import Relay

from .paths import WAIT, Task

LOOPBACK = {False: "127.0.0.1", True: "::1"}


def child(relay: Relay) -> int:
    """Process id of the relay's child."""
    return relay._child._process.pid


def family(ipv6: bool) -> socket.AddressFamily:
    return socket.AF_INET6 if ipv6 else socket.AF_INET


def datagram_socket(ipv6: bool = False, *, bind: bool = False) -> socket.socket:
    sock = socket.socket(family(ipv6), socket.SOCK_DGRAM)
    sock.settimeout(WAIT)
    if bind:
        sock.bind((LOOPBACK[ipv6], 0))
    return sock


@contextmanager
def listening(ipv6: bool = False) -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK[ipv6], 0), family=family(ipv6)) as listener:
        listener.settimeout(WAIT)
        yield listener


class Through:
    """A TCP connection through a relay."""

    def __init__(self, relay: Relay, listener: socket.socket) -> None:
        self.client = socket.create_connection(relay.address[:2], WAIT)
        self.server = listener.accept()[0]
        self.server.settimeout(WAIT)

    def __enter__(self) -> Through:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.server.close()


def read_all(sock: socket.socket) -> bytes:
    got = bytearray()
    while piece := sock.recv(1 << 16):
        got += piece
    return bytes(got)


def carry(source: socket.socket, sink: socket.socket, data: bytes) -> bytes:
    """Send the data and the end of the stream; return what arrived until then."""

    def send() -> None:
        source.sendall(data)
        source.shutdown(socket.SHUT_WR)

    sending: Any = Task(send)
    got = read_all(sink)
    assert sending.outcome() is None
    return got


def noise(size: int) -> bytes:
    return os.urandom(size)
