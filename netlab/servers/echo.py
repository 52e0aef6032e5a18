"""The two echo servers. Each is its handler: what comes back is what was sent."""

from __future__ import annotations

import socket
from os import PathLike
from typing import Any

from .background import BackgroundServer


def echo(conn: socket.socket, address: Any) -> None:
    """Send every byte back, until the client has finished sending."""
    while data := conn.recv(65536):
        conn.sendall(data)


def echo_datagram(data: bytes, address: Any) -> bytes:
    """Answer each datagram with the same bytes."""
    return data


class EchoServer(BackgroundServer):
    """A TCP server that sends back what it receives, to any number of clients at once.

        with EchoServer() as server, socket.create_connection(server.address) as sock:
            sock.sendall(b"hello")

    A client that half-closes (`shutdown(SHUT_WR)`) still gets the rest of its echo, then end of stream.
    `host`, `port`, `unix` and the errors are those of `BackgroundServer`.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, unix: str | PathLike[str] | None = None
    ) -> None:
        super().__init__(echo, host=host, port=port, unix=unix, expected=(ConnectionError,))


class UDPEchoServer(BackgroundServer):
    """A UDP server that sends each datagram back to where it came from, empty ones too."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(echo_datagram, on="datagram", host=host, port=port, expected=(ConnectionError,))
