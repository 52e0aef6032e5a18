"""The bytes in a socket's two buffers: real ones where the system tells, sentences where it does not."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from netlab.lessons.nb03.buffers import Queues, queues
from netlab.wire import NotOnThisSystem

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells this")
DEADLINE = 20.0  # seconds; only against hanging


@pytest.fixture(name="listener")
def _listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(DEADLINE)
        yield sock


@pytest.fixture(name="connection")
def _connection(listener: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_connection(listener.getsockname(), DEADLINE) as client:
        with listener.accept()[0] as server:
            yield client, server


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="only Linux and macOS tell this")
def test_queues(connection: tuple[socket.socket, socket.socket]) -> None:
    client, server = connection
    assert queues(client) == Queues(unsent=0, unread=0)
    client.send(b"hello")
    end = time.monotonic() + DEADLINE
    while queues(server) != Queues(0, 5):
        assert time.monotonic() < end
        time.sleep(0.001)
    server.recv(2)
    assert queues(server).unread == 3
    client.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            client.send(b"x" * 100_000)
    assert queues(client).unsent > 0


@linux
def test_a_listening_socket_has_no_queues(listener: socket.socket) -> None:
    with pytest.raises(ValueError, match="listening"):
        queues(listener)


def test_queues_on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mac(socket.socket):
        def getsockopt(self, level: int, option: int, size: int = 0) -> Any:
            return {0x1020: 7, 0x1024: 3}[option]

    monkeypatch.setattr(sys, "platform", "darwin")
    with Mac() as sock:
        assert queues(sock) == Queues(unsent=3, unread=7)


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="only Linux and macOS tell this")
def test_what_has_no_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: Any = 5
    with pytest.raises(TypeError, match="int"):
        queues(wrong)
    with socket.socket() as sock:
        pass
    with pytest.raises(ValueError, match="closed"):
        queues(sock)
    monkeypatch.setattr(sys, "platform", "win32")
    with socket.socket() as sock, pytest.raises(NotOnThisSystem, match=r"Linux.*'win32'"):
        queues(sock)
