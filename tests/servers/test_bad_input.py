"""Bad input gets one clear sentence, of the right class, in the caller, at once."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Any

import pytest

from netlab.servers import BackgroundServer, EchoServer, UDPEchoServer, serve
from netlab.servers.sockets import ServerSocket


def one_argument(listener: Any) -> None: ...


def two_arguments(conn: Any, address: Any) -> None: ...


async def a_coroutine(conn: Any, address: Any) -> None: ...


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "", "::", "192.0.2.7", "2001:db8::1", "example.org", "::ffff:127.0.0.1", "127.1", "a\0b"],
)
@pytest.mark.parametrize("make", [EchoServer, UDPEchoServer])
def test_host_that_is_not_loopback(make: type[BackgroundServer], host: str) -> None:
    with pytest.raises(ValueError) as caught:
        make(host=host)  # type: ignore[call-arg]
    assert str(caught.value) == (
        f"netlab servers listen on loopback only, where no other machine can reach them: not on {host!r}; "
        'use "127.0.0.1" or "::1"'
    )


def test_localhost_means_the_ipv4_address() -> None:
    with EchoServer(host="localhost") as server:
        assert server.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        ({"host": 8080}, TypeError, 'host is text such as "127.0.0.1", not 8080'),
        ({"port": "80"}, TypeError, "port is a whole number, not '80'; 0 asks for any free port"),
        ({"port": True}, TypeError, "port is a whole number, not True; 0 asks for any free port"),
        ({"port": 65536}, ValueError, "there is no port 65536: ports go from 0 (any free port) to 65535"),
        ({"port": -1}, ValueError, "there is no port -1: ports go from 0 (any free port) to 65535"),
    ],
)
def test_host_and_port(arguments: dict[str, Any], kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind) as caught:
        EchoServer(**arguments)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("handler", "on", "kind", "sentence"),
    [
        (None, "connection", TypeError, "a handler is a function that the server calls, not None"),
        (b"hello", "datagram", TypeError, "a handler is a function that the server calls, not b'hello'"),
        (
            two_arguments,
            "stream",
            ValueError,
            "on='stream' is unknown: choose one of 'connection', 'listener', 'datagram', 'socket'",
        ),
        (
            one_argument,
            "connection",
            TypeError,
            "on='connection' calls one_argument(conn, address), but it is defined as "
            "one_argument(listener: 'Any') -> 'None'; on='listener' or on='socket' would fit",
        ),
        (
            two_arguments,
            "socket",
            TypeError,
            "on='socket' calls two_arguments(sock), but it is defined as "
            "two_arguments(conn: 'Any', address: 'Any') -> 'None'; "
            "on='connection' or on='datagram' would fit",
        ),
        (
            lambda: None,
            "connection",
            TypeError,
            "on='connection' calls <lambda>(conn, address), but it is defined as <lambda>()",
        ),
        (
            a_coroutine,
            "connection",
            TypeError,
            "on='connection' calls a_coroutine(conn, address) in a thread, and cannot await it: "
            "define it without async",
        ),
    ],
)
def test_handler(handler: Any, on: Any, kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind) as caught:
        serve(handler, on=on)
    assert str(caught.value) == sentence


def test_port_of_another_server_of_ours() -> None:
    with EchoServer() as server:
        with pytest.raises(OSError) as caught:
            EchoServer(port=server.port)
        assert caught.value.errno == errno.EADDRINUSE
        assert str(caught.value) == (
            f"port {server.port} on 127.0.0.1 is taken by EchoServer of this program: "
            "call its stop() or stop_all(), or use port=0 (any free port)"
        )
        with UDPEchoServer(port=server.port) as other:  # another protocol has its own ports
            assert other.port == server.port
            with pytest.raises(OSError, match="is taken by UDPEchoServer of this program"):
                UDPEchoServer(port=server.port)


def test_port_of_somebody_else_where_ours_has_it_in_the_other_protocol() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with UDPEchoServer(port=port), pytest.raises(OSError, match="taken by another socket"):
            EchoServer(port=port)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_port_of_somebody_else(kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        make = EchoServer if kind == socket.SOCK_STREAM else UDPEchoServer
        with pytest.raises(OSError) as caught:
            make(port=port)
        assert caught.value.errno == errno.EADDRINUSE
        assert str(caught.value) == (
            f"port {port} on 127.0.0.1 is taken by another socket, of this program or another: "
            "close that, or use port=0 (any free port)"
        )


@pytest.mark.parametrize(
    ("refusal", "arguments", "sentence"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied"),
            {"port": 80},
            "port 80 on 127.0.0.1 needs administrator rights, as ports below 1024 do: "
            "use port=0 (any free port) or a port from 1024 up",
        ),
        (
            PermissionError(errno.EACCES, "An attempt was made to access a socket in a way forbidden"),
            {"port": 50000},
            "the system does not allow this program to use port 50000 on 127.0.0.1: "
            "use port=0 (any free port)",
        ),
        (
            OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"),
            {"host": "127.0.0.2"},
            'this machine has no address 127.0.0.2: use host="127.0.0.1"',
        ),
        (
            OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"),
            {"host": "127.0.0.1"},
            'this machine has no address 127.0.0.1: use host="::1"',
        ),
        (
            OSError(errno.ENOBUFS, "No buffer space available"),
            {"port": 50000},
            "cannot listen on port 50000 on 127.0.0.1: No buffer space available",
        ),
    ],
)
def test_what_the_system_refuses(
    monkeypatch: pytest.MonkeyPatch, refusal: OSError, arguments: dict[str, Any], sentence: str
) -> None:
    def bind(self: ServerSocket, address: Any) -> None:
        raise refusal

    monkeypatch.setattr(ServerSocket, "bind", bind, raising=False)
    with pytest.raises(type(refusal)) as caught:
        EchoServer(**arguments)
    assert str(caught.value) == sentence
    assert caught.value.errno == refusal.errno


def test_no_ipv6_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(self: ServerSocket, family: int, kind: int) -> None:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(ServerSocket, "__init__", init)
    with pytest.raises(OSError) as caught:
        EchoServer(host="::1")
    assert str(caught.value) == 'this machine has no address ::1: use host="127.0.0.1"'
    assert caught.value.errno == errno.EAFNOSUPPORT


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_unix_path_that_exists(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("precious")
    with pytest.raises(OSError) as caught:
        EchoServer(unix=str(path))
    sentence = f"{path} exists already: delete it if no server uses it, or choose another path"
    assert str(caught.value) == sentence
    assert path.read_text() == "precious"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_unix_path_of_another_server_of_ours(tmp_path: Path) -> None:
    path = str(tmp_path / "echo")
    with EchoServer(unix=path), pytest.raises(OSError, match="is taken by EchoServer of this program"):
        EchoServer(unix=path)


def test_unix_path_on_a_system_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    with pytest.raises(OSError, match="Python has no Unix sockets on this system: use host and port"):
        EchoServer(unix="echo")


def test_unix_path_for_datagrams() -> None:
    with pytest.raises(ValueError, match="unix= is for stream servers"):
        BackgroundServer(two_arguments, on="datagram", unix="path")
