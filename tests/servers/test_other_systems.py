"""The paths that macOS and Windows take, as far as they can be walked here."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from netlab.servers import EchoServer, UDPEchoServer, serve
from netlab.servers import sockets as sockets_module
from netlab.servers.sockets import ServerSocket, open_server_socket

from .peers import DEADLINE, connect, eventually, udp
from .test_serve import sequential


@pytest.fixture
def not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """shutdown() wakes nobody in accept(), and the system does not say that a client has finished."""
    monkeypatch.setattr(sockets_module, "SHUTDOWN_WAKES", False)
    monkeypatch.setattr(sockets_module, "CLOSED_BY_CLIENT", 0)


@pytest.mark.usefixtures("not_linux")
def test_the_knock_alone_ends_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServerSocket, "shutdown", lambda self, how: None, raising=False)
    server = EchoServer()
    with connect(server) as sock:
        eventually(lambda: "1 connection>" in repr(server))
        server.stop()
        assert sock.recv(1) == b""
    assert server.errors == []
    assert "stopped" in repr(server)


@pytest.mark.usefixtures("not_linux")
def test_the_other_forms_end_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServerSocket, "shutdown", lambda self, how: None, raising=False)

    def endless(sock: socket.socket) -> None:
        while True:
            sock.sendto(*sock.recvfrom(100))

    with UDPEchoServer() as one, serve(endless, on="socket") as two:
        for server in (one, two):
            with udp(server) as sock:
                sock.sendto(b"x", server.address)
                assert sock.recv(10) == b"x"
    server = serve(sequential, on="listener")
    with connect(server) as sock:
        sock.sendall(b"x")
        assert sock.recv(10) == b"x"
        server.stop()
    assert server.errors == []


@pytest.mark.usefixtures("not_linux")
def test_windows_ends_a_connection_by_closing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while a makefile() of the handler would keep it open."""
    reading = threading.Event()

    def handler(conn: socket.socket, address: Any) -> None:
        with conn.makefile("rb") as file:
            reading.set()
            file.readline()
        conn.sendall(b"too late")  # OSError: the descriptor is gone

    server = serve(handler)
    with connect(server) as sock:
        assert reading.wait(DEADLINE)
        monkeypatch.setattr(sockets_module, "WINDOWS", True)
        server.stop()
        assert sock.recv(10) == b""
    assert server.errors == []


@pytest.mark.usefixtures("not_linux")
def test_a_unix_path_is_removed_there_too(tmp_path: Any) -> None:
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("no Unix sockets here")
    EchoServer(unix=str(tmp_path / "echo")).stop()
    assert not (tmp_path / "echo").exists()


def options_set(monkeypatch: pytest.MonkeyPatch, kind: int = socket.SOCK_STREAM) -> list[int]:
    seen = []

    def setsockopt(self: ServerSocket, level: int, option: int, value: Any) -> None:
        seen.append(option)

    monkeypatch.setattr(ServerSocket, "setsockopt", setsockopt, raising=False)
    open_server_socket(socket.AF_INET, kind, ("127.0.0.1", 0), "").close()
    return seen


def test_no_port_can_be_stolen(monkeypatch: pytest.MonkeyPatch) -> None:
    """POSIX: SO_REUSEADDR for streams (where it is about TIME_WAIT). Windows: exclusive. No SO_REUSEPORT."""
    if not sockets_module.WINDOWS:
        assert options_set(monkeypatch) == [socket.SO_REUSEADDR]
        assert options_set(monkeypatch, kind=socket.SOCK_DGRAM) == []
    monkeypatch.setattr(sockets_module, "WINDOWS", True)
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", ~socket.SO_REUSEADDR, raising=False)
    assert options_set(monkeypatch) == [~socket.SO_REUSEADDR]
    assert options_set(monkeypatch, kind=socket.SOCK_DGRAM) == [~socket.SO_REUSEADDR]


def test_windows_reports_a_refused_datagram_at_recvfrom(monkeypatch: pytest.MonkeyPatch) -> None:
    """WinError 10054 and 10040 at recvfrom are about one datagram, not about the server."""
    too_long = OSError("too long")
    too_long.winerror = 10040  # type: ignore[attr-defined]
    troubles: list[OSError] = [ConnectionResetError("10054"), too_long]
    original = ServerSocket.recvfrom

    def recvfrom(self: ServerSocket, size: int) -> Any:
        if troubles:
            raise troubles.pop(0)
        return original(self, size)

    monkeypatch.setattr(ServerSocket, "recvfrom", recvfrom)
    with UDPEchoServer() as server, udp(server) as sock:
        sock.sendto(b"x", server.address)
        assert sock.recv(10) == b"x"
    assert server.errors == []
    assert [line for line in server.log if "10054" in line or "too long" in line]


@pytest.mark.usefixtures("not_linux")
def test_knock_leaves_no_time_wait() -> None:
    """A port must be free for anyone after stop(), without SO_REUSEADDR too, if the client left first."""
    server = EchoServer()
    with connect(server) as sock:
        sock.sendall(b"x")
        assert sock.recv(1) == b"x"
    eventually(lambda: "0 connections" in repr(server))
    server.stop()
    with socket.socket() as plain:
        plain.bind(server.address)


def test_full_queue_leaves_no_room_for_a_knock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody accepts, the queue is full: stop() ends by force, and soon."""
    monkeypatch.setattr(sockets_module, "BACKLOG", 1)
    entered, release = threading.Event(), threading.Event()

    def accepts_nobody(listener: socket.socket) -> None:
        entered.set()
        release.wait(DEADLINE)
        listener.accept()[0].close()

    server = serve(accepts_nobody, on="listener")
    assert entered.wait(DEADLINE)
    clients = []
    for _ in range(4):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(server.address)
        clients.append(sock)
    threading.Timer(0.5, release.set).start()
    server.stop()
    for sock in clients:
        sock.close()
    assert server.errors == []
