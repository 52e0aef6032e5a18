"""A server on a fixed port, made again under the name that the old one has: a notebook's cell run twice."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netlab import EchoServer, HTTPServer, UDPEchoServer, serve, serve_asgi, serve_wsgi, stop_all
from netlab.servers.core import live

needs_unix = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets")
TAKEN = "is taken by EchoServer of this program"


@pytest.fixture
def port() -> int:
    with EchoServer() as server:
        return server.port


@pytest.fixture
def cell(port: int) -> Any:
    """Runs the text of a cell, as often as wanted, in one namespace."""
    names: dict[str, Any] = {each.__name__: each for each in (EchoServer, HTTPServer, UDPEchoServer, Own)}
    names |= {each.__name__: each for each in (serve_asgi, serve_wsgi, wsgi, asgi, made_by_a_function)}
    names |= {"serve": serve, "port": port, "served": []}

    def run(text: str) -> dict[str, Any]:
        exec(compile(text, "<cell>", "exec"), names)
        return names

    yield run
    names.clear()
    stop_all()


def test_the_new_one_answers_and_the_old_one_is_gone(cell: Callable[[str], Any], port: int) -> None:
    for _ in range(3):
        server = cell("server = EchoServer(port=port)")["server"]
        with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
            sock.sendall(b"hello")
            assert sock.recv(100) == b"hello"
        assert [core.address[1] for core in live] == [port]
    assert server.port == port


def wsgi(environ: Any, start: Any) -> list[bytes]:
    start("200 OK", [])
    return [b""]


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"


def made_by_a_function(port: int) -> EchoServer:
    return EchoServer(port=port)


class Own(EchoServer):
    def __init__(self, port: int) -> None:
        super().__init__(port=port)


@pytest.mark.parametrize(
    "made",
    [
        "EchoServer(port=port)",
        "UDPEchoServer(port=port)",
        "HTTPServer(port=port)",
        "serve(lambda conn, address: None, port=port)",
        "serve(lambda data, address: None, on='datagram', port=port)",
        "serve_wsgi(wsgi, port=port)",
        "serve_asgi(asgi, port=port)",
        "made_by_a_function(port)",
        "Own(port)",
    ],
)
@pytest.mark.parametrize(
    "statement",
    [
        "server = {}",
        "server: object = {}",
        "first = server = {}",
        "global server\nserver = {}",
        "def start():\n    global server\n    server = {}\nstart()",
        "def start():\n    server = {}\n    server = {}\n    server.stop()\nstart()",
        "(server := {})",
    ],
)
def test_every_kind_of_server_and_of_assignment(
    cell: Callable[[str], Any], made: str, statement: str, port: int
) -> None:
    for _ in range(2):
        cell(statement.replace("{}", made))
    assert len(live) <= 1


@pytest.mark.parametrize("statement", ["other = {}", "{}", "served.append({})", "served[:] = [{}]"])
def test_another_name_or_none_is_refused_in_words(cell: Callable[[str], Any], statement: str) -> None:
    old = cell("server = EchoServer(port=port)")["server"]
    with pytest.raises(OSError, match=TAKEN):
        cell(statement.replace("{}", "EchoServer(port=port)"))
    assert old._core in live


def test_a_name_that_is_only_read_next_is_not_replaced() -> None:
    with EchoServer() as other:

        def start() -> Any:
            new = EchoServer(port=other.port)
            return other, new

        with pytest.raises(OSError, match=TAKEN):
            start()
        assert other._core in live


def test_a_stranger_under_the_same_name_is_refused(cell: Callable[[str], Any], port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as listener:
        cell("")["server"] = listener
        with pytest.raises(OSError, match="is taken by another socket"):
            cell("server = EchoServer(port=port)")


def test_another_port_leaves_the_old_one_running_until_the_name_is_its(cell: Callable[[str], Any]) -> None:
    cell("server = EchoServer(port=port)\nkept = server")
    names = cell("server = EchoServer()")
    assert names["kept"]._core in live
    assert names["server"].port != names["kept"].port


def test_tcp_and_udp_have_ports_of_their_own(cell: Callable[[str], Any]) -> None:
    names = cell("server = EchoServer(port=port)\nkept = server\nserver = UDPEchoServer(port=port)")
    assert names["kept"]._core in live


def test_the_old_ones_failure_is_told(cell: Callable[[str], Any], port: int, caplog: Any) -> None:
    def fails(conn: socket.socket, address: Any) -> None:
        raise ValueError("lost?")

    cell("")["fails"] = fails
    cell("server = serve(fails, port=port)")
    with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
        assert sock.recv(1) == b""
    with caplog.at_level(logging.ERROR, "netlab.servers"):
        cell("server = EchoServer(port=port)")
    assert "ValueError: lost?" in caplog.text


@needs_unix
def test_a_unix_socket_too(cell: Callable[[str], Any], tmp_path: Path) -> None:
    cell("")["path"] = tmp_path / "echo"
    for _ in range(2):
        names = cell("server = EchoServer(unix=path)")
    assert (tmp_path / "echo").exists()
    with pytest.raises(OSError, match=TAKEN):
        cell("other = EchoServer(unix=path)")
    names["server"].stop()


def test_a_server_without_a_name_costs_nothing_to_look_for() -> None:
    with HTTPServer() as site, UDPEchoServer(port=site.port) as other:
        assert other.port == site.port
    with serve(lambda conn, address: None, port=site.port) as again:
        assert again.port == site.port
