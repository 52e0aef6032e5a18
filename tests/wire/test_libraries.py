"""What the libraries of the standard library do on their sockets is recorded on both ends."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import http.server
import selectors
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netlab.wire import Recording, standby, watch

DEADLINE = 20.0  # seconds; only against hanging
CERTIFICATE = str(Path(__file__).with_name("for_tests_only.pem"))


@contextlib.contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[Any]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address
        finally:
            server.shutdown()
            thread.join(DEADLINE)
            assert not thread.is_alive()


def total(wire: Recording, actor: str, calls: tuple[str, ...]) -> int:
    return sum(e.size or 0 for e in wire if e.actor == actor and e.call in calls)


def assert_every_byte_is_seen(wire: Recording) -> None:
    """What one end gave the other end took, and the flows know it."""
    given = total(wire, "client", ("send", "sendall", "sendmsg"))
    assert given == total(wire, "server", ("recv", "recv_into")) > 0
    back = total(wire, "server", ("send", "sendall", "sendmsg", "sendfile"))
    assert back == total(wire, "client", ("recv", "recv_into")) > 0
    assert sum(f.size for f in wire.flows()) == given + back


class Hello(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))[::-1]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_http_client_and_server() -> None:
    with serving(http.server.HTTPServer(("127.0.0.1", 0), Hello)) as address, watch() as wire:
        client = http.client.HTTPConnection(*address, timeout=DEADLINE)
        client.request("POST", "/", b"hello")
        with client.getresponse() as response:
            assert response.read() == b"olleh"
        client.close()
    assert wire.actors == ["client", "server"]
    assert_every_byte_is_seen(wire)
    assert next(e.data for e in wire if e.call == "sendall" and e.data).startswith(b"POST / HTTP/1.1\r\n")
    assert [e.call for e in wire if e.actor == "server"][-1] == "close"


def test_threads_of_an_http_server_are_told_apart() -> None:
    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)) as (host, port), watch() as wire:
        clients = [http.client.HTTPConnection(host, port, timeout=DEADLINE) for _ in range(2)]
        for client in clients:
            client.request("POST", "/", b"hello")
        for client in clients:
            with client.getresponse() as response:
                assert response.read() == b"olleh"
            client.close()
    assert set(wire.actors) == {
        "client",
        "client 2",
        "server",
        "server · connection 1",
        "server · connection 2",
    }


def test_urllib() -> None:
    with serving(http.server.HTTPServer(("127.0.0.1", 0), Hello)) as (host, port), watch() as wire:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{host}:{port}/", b"hello", DEADLINE) as answer:
            assert answer.read() == b"olleh"
    assert_every_byte_is_seen(wire)


class Shout(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.readline().upper())


class ShoutDatagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, sock = self.request
        sock.sendto(data.upper(), self.client_address)


def test_socketserver() -> None:
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Shout)) as address, watch() as wire:
        with socket.create_connection(address, DEADLINE) as sock, sock.makefile("rwb") as file:
            file.write(b"hello\n")
            file.flush()
            assert file.readline() == b"HELLO\n"
    assert_every_byte_is_seen(wire)
    assert wire.actors == ["client", "server"]


def test_socketserver_with_datagrams() -> None:
    with serving(socketserver.UDPServer(("127.0.0.1", 0), ShoutDatagram)) as address, watch() as wire:
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.settimeout(DEADLINE)
            sock.sendto(b"hello", address)
            assert sock.recvfrom(100)[0] == b"HELLO"
    assert wire.actors == ["client", "server"]
    assert [f.size for f in wire.flows()] == [5, 5]


def test_selectors() -> None:
    """Non-blocking sockets, one thread, two clients."""
    stop, started = threading.Event(), threading.Event()

    def serve(listener: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            started.set()
            while not stop.is_set():
                for key, _ in selector.select(0.01):
                    sock: Any = key.fileobj
                    if sock is listener:
                        connection, _ = listener.accept()
                        connection.setblocking(False)
                        selector.register(connection, selectors.EVENT_READ)
                    elif data := sock.recv(1024):
                        sock.send(data.upper())
                    else:
                        selector.unregister(sock)
                        sock.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        started.wait(DEADLINE)
        try:
            begin = time.monotonic()
            with watch(settle_within=DEADLINE) as wire:
                with socket.create_connection(listener.getsockname(), DEADLINE) as one:
                    with socket.create_connection(listener.getsockname(), DEADLINE) as other:
                        one.send(b"one")
                        other.send(b"two")
                        assert (other.recv(9), one.recv(9)) == (b"TWO", b"ONE")
            assert time.monotonic() - begin < DEADLINE / 2, "a select with nothing to do is not waited for"
        finally:
            stop.set()
            thread.join(DEADLINE)
    assert set(wire.actors) == {"client", "client 2", "server"}
    assert [e.call for e in wire if e.actor == "server"].count("close") == 2, "the end waits for a select too"
    assert [f.size for f in wire.flows()] == [3, 3, 3, 3]


async def talk_streams() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        done.set()

    done = asyncio.Event()
    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        assert await reader.readline() == b"HELLO\n"
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        await done.wait()


async def talk_sockets() -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        listener.setblocking(False)
        client.setblocking(False)
        _, (connection, _) = await asyncio.gather(
            loop.sock_connect(client, listener.getsockname()), loop.sock_accept(listener)
        )
        with connection:
            answer = asyncio.ensure_future(loop.sock_recv(client, 100))
            await loop.sock_sendall(client, b"hello")
            await loop.sock_sendall(connection, (await loop.sock_recv(connection, 100)).upper())
            assert await answer == b"HELLO"


def run_with_select(main: Any) -> None:
    """On Windows asyncio's usual loop goes around `socket.socket`."""
    loop = asyncio.SelectorEventLoop()
    try:
        loop.run_until_complete(asyncio.wait_for(main, DEADLINE))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


@pytest.mark.parametrize("talk", [talk_streams, talk_sockets])
def test_asyncio(talk: Any) -> None:
    with watch() as wire:
        run_with_select(talk())
    assert set(wire.actors) == {"client", "server"}, "the loop's talk with itself is left out"
    assert_every_byte_is_seen(wire)
    assert next((a.call, b.call) for a, b in wire.links()) == ("connect", "accept")


def test_an_asyncio_loop_that_is_older_than_the_watch() -> None:
    """As in a notebook: the loop's own socketpair was made long before."""

    async def main() -> None:
        with watch() as wire:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, lambda: None)  # its end wakes the loop through the pair
        assert list(wire) == []

    run_with_select(main())


def tls_contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(CERTIFICATE)
    client.check_hostname = False  # trust is not what is tested here
    client.verify_mode = ssl.CERT_NONE
    return server, client


@pytest.mark.parametrize("wrap_listener", [False, True])
def test_tls_at_the_boundary_of_the_program(wrap_listener: bool) -> None:
    """connect, accept and close of the TCP connection; send and recv with the plaintext."""
    server_side, client_side = tls_contexts()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        if not wrap_listener:
            connection = server_side.wrap_socket(connection, server_side=True)
        with connection:
            while data := connection.recv(100):
                connection.sendall(data.upper())

    with watch() as wire:
        with socket.create_server(("127.0.0.1", 0)) as plain:
            listener = server_side.wrap_socket(plain, server_side=True) if wrap_listener else plain
            with listener:
                thread = threading.Thread(target=serve, args=(listener,))
                thread.start()
                with socket.create_connection(listener.getsockname(), DEADLINE) as raw:
                    with client_side.wrap_socket(raw) as sock:
                        sock.sendall(b"secret")
                        buffer = bytearray(10)
                        assert sock.recv_into(buffer) == 6
                        with contextlib.suppress(ssl.SSLError, OSError):
                            sock.unwrap()
                thread.join(DEADLINE)
    client = [e for e in wire if e.actor == "client"]
    assert [(e.call, e.data) for e in client] == [
        ("socket", None),
        ("connect", None),
        ("send", b"secret"),
        ("recv_into", b"SECRET"),
        ("close", None),
    ]
    assert len({e.socket for e in client}) == 1, "the TLS socket is the same connection"
    assert [(e.call, e.data) for e in wire if e.actor == "server" and e.size] == [
        ("recv", b"secret"),
        ("send", b"SECRET"),
    ]
    assert [f.size for f in wire.flows()] == [6, 6]


IMPORTS_SSL_LATER = """
import socket, sys, threading
from netlab.wire import watch
assert "ssl" not in sys.modules
with watch() as wire:
    import ssl
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(sys.argv[1])
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    ends = socket.socketpair()
    thread = threading.Thread(target=lambda: server.wrap_socket(ends[0], server_side=True).send(b"hello"))
    thread.start()
    with client.wrap_socket(ends[1]) as sock:
        assert sock.recv(9) == b"hello"
    thread.join()
print([(e.call, e.data) for e in wire.in_order() if e.size])
"""


def test_tls_that_is_imported_during_the_watch() -> None:
    command = [sys.executable, "-c", IMPORTS_SSL_LATER, CERTIFICATE]
    run = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)
    assert run.stdout == "[('send', b'hello'), ('recv', b'hello')]\n", run.stderr


def test_tls_methods_are_put_back() -> None:
    before = dict(vars(ssl.SSLSocket))
    with watch():
        assert dict(vars(ssl.SSLSocket)) != before
    assert dict(vars(ssl.SSLSocket)) == before


def test_a_program_in_a_notebook_of_several_cells() -> None:
    """Server and connection are older than the watch, and go on after it."""

    ready = threading.Event()

    def serve(listener: socket.socket) -> None:
        with standby(), listener.accept()[0] as connection:
            ready.set()
            while data := connection.recv(1024):
                connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        with socket.create_connection(listener.getsockname(), DEADLINE) as sock:
            texts = set()
            assert ready.wait(DEADLINE)
            for word in (b"one", b"two", b"six"):
                with watch(settle_within=DEADLINE) as wire:
                    sock.send(word)
                    assert sock.recv(10) == word
                texts.add(str(wire).replace(repr(word), "WORD"))
                assert wire.actors == ["client", "server"]
            assert len(texts) == 1
        thread.join(DEADLINE)
