"""serve(): the learner's own handler, in four forms, and what becomes of its errors."""

from __future__ import annotations

import select
import socket
import threading
import traceback
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from netlab.servers import BackgroundServer, EchoServer, serve
from netlab.servers import core as core_module
from netlab.servers.sockets import Connection

from .peers import DEADLINE, connect, eventually, receive_all, server_threads, udp


def boom(conn: socket.socket, address: Any) -> None:
    raise ValueError("boom")


def provoke(server: BackgroundServer) -> None:
    """Connect, and wait until the handler has ended."""
    with connect(server) as sock:
        assert receive_all(sock) == b""


def notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", []))


# -- the four forms --


def test_connection() -> None:
    def shout(conn: socket.socket, address: Any) -> None:
        assert address == conn.getpeername()
        conn.sendall(conn.recv(1024).upper())

    with serve(shout) as server, connect(server) as sock:
        assert repr(server).startswith("<serve(shout) on 127.0.0.1:")
        sock.sendall(b"hello")
        assert receive_all(sock) == b"HELLO"  # the end of stream shows that conn was closed


def test_connections_run_at_the_same_time() -> None:
    """All are open at once, and answered in the reverse order of their coming."""
    with serve(lambda conn, address: conn.sendall(conn.recv(10))) as server:
        clients = [connect(server) for _ in range(10)]
        for sock in reversed(clients):
            sock.sendall(b"x")
            assert receive_all(sock) == b"x"
            sock.close()


def test_an_open_makefile_does_not_keep_the_client_waiting() -> None:
    kept = []

    def handler(conn: socket.socket, address: Any) -> None:
        kept.append(conn.makefile("rwb"))
        raise ValueError("while the file is open")

    server = serve(handler)
    provoke(server)
    with pytest.raises(ValueError, match="while the file is open"):
        server.stop()
    kept.clear()


def test_a_detached_connection_is_ended_too() -> None:
    """ssl's wrap_socket takes the descriptor over; stop() must still reach it."""
    waiting = threading.Event()

    def handler(conn: socket.socket, address: Any) -> None:
        with socket.socket(fileno=conn.detach()) as other:
            waiting.set()
            assert other.recv(10) == b""

    server = serve(handler)
    with connect(server) as sock:
        assert waiting.wait(DEADLINE)
        server.stop()
        assert sock.recv(1) == b""


def test_a_detached_connection_is_closed_after_the_handler() -> None:
    kept = []

    def handler(conn: socket.socket, address: Any) -> None:
        kept.append(socket.socket(fileno=conn.detach()))

    with serve(handler) as server:
        provoke(server)
    kept.pop().close()


def test_a_stranger_with_the_same_descriptor_number_is_left_alone() -> None:
    """A handler closed its connection itself, and the number now belongs to a socket of the caller."""
    closed = socket.socket()
    closed.close()
    with EchoServer() as other, connect(other) as stranger:
        with EchoServer() as server:
            known = Connection(weakref.ref(closed), stranger.fileno(), ("127.0.0.1", 1))
            server._core.socket.connections[stranger.fileno()] = known
        assert known.ended_by_stop
        stranger.sendall(b"alive")
        assert stranger.recv(10) == b"alive"


def sequential(listener: socket.socket) -> None:
    while True:
        conn, _ = listener.accept()
        with conn:
            while data := conn.recv(1024):
                conn.sendall(data)


def test_listener() -> None:
    with serve(sequential, on="listener") as server:
        assert repr(server) == f"<serve(sequential) on 127.0.0.1:{server.port}, running>"
        for _ in range(3):
            with connect(server) as sock:
                sock.sendall(b"x")
                assert sock.recv(10) == b"x"
    assert server.errors == []


def test_listener_stopped_with_one_client_served_and_two_waiting() -> None:
    """The function is in its first client's recv, not in accept: stop() leads it through all and out."""
    server = serve(sequential, on="listener")
    clients = [connect(server) for _ in range(3)]
    clients[0].sendall(b"x")
    assert clients[0].recv(10) == b"x"
    server.stop()
    assert server.errors == []
    for sock in clients:
        try:
            assert sock.recv(10) == b""
        except ConnectionResetError:
            pass  # it was never accepted
        sock.close()


def test_listener_that_waits_in_select() -> None:
    def server_loop(listener: socket.socket) -> None:
        open_sockets = [listener]
        while True:
            for ready in select.select(open_sockets, [], [])[0]:
                if ready is listener:
                    open_sockets.append(listener.accept()[0])
                elif data := ready.recv(1024):
                    ready.sendall(data)
                else:
                    open_sockets.remove(ready)
                    ready.close()

    server = serve(server_loop, on="listener")
    with connect(server) as sock:
        sock.sendall(b"x")
        assert sock.recv(10) == b"x"
        server.stop()  # the connection that the function left open is closed: else a ResourceWarning
        assert sock.recv(10) == b""
    assert server.errors == []


def test_listener_function_that_returns() -> None:
    """As when a program ends: nobody listens any more, and stop() has nothing to say."""

    def once(listener: socket.socket) -> None:
        conn, _ = listener.accept()
        conn.sendall(b"only you")
        conn.close()
        listener.close()

    with serve(once, on="listener") as server:
        with connect(server) as sock:
            assert receive_all(sock) == b"only you"
        eventually(lambda: "finished" in repr(server))
        with pytest.raises(ConnectionRefusedError):
            connect(server)


def test_listener_function_that_fails() -> None:
    def fails(listener: socket.socket) -> None:
        listener.accept()[0].close()
        raise LookupError("after the first client")

    server = serve(fails, on="listener")
    provoke(server)
    with pytest.raises(LookupError, match="after the first client"):
        server.stop()


def test_datagram_answers() -> None:
    def handler(data: bytes, address: Any) -> Any:
        return {b"one": b"1", b"none": None, b"empty": b"", b"array": bytearray(b"a")}.get(data, [b"x", b"y"])

    with serve(handler, on="datagram") as server, udp(server) as sock:
        for question in (b"one", b"none", b"empty", b"array", b"several"):
            sock.sendto(question, server.address)
        assert [sock.recv(10) for _ in range(5)] == [b"1", b"", b"a", b"x", b"y"]


def test_datagram_answers_may_be_generated() -> None:
    def handler(data: bytes, address: Any) -> Iterator[bytes]:
        yield data
        yield data.upper()

    with serve(handler, on="datagram") as server, udp(server) as sock:
        sock.sendto(b"a", server.address)
        assert [sock.recv(10), sock.recv(10)] == [b"a", b"A"]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("text", "handler() returned text; a datagram is bytes: encode it"),
        (5, "handler() returned 5: return bytes, None, or a list of bytes"),
    ],
)
def test_datagram_answer_that_is_none(answer: Any, sentence: str) -> None:
    def handler(data: bytes, address: Any) -> Any:
        return b"fine" if data == b"good" else answer

    server = serve(handler, on="datagram")
    with udp(server) as sock:
        sock.sendto(b"bad", server.address)
        sock.sendto(b"good", server.address)
        assert sock.recv(10) == b"fine"  # the server goes on
    with pytest.raises(TypeError) as caught:
        server.stop()
    assert str(caught.value) == sentence


@pytest.mark.parametrize("method", ["recvfrom", "recv", "recvfrom_into", "recv_into", "recvmsg"])
def test_socket_function_ends_without_a_datagram_of_ours(method: str) -> None:
    """What wakes the function at stop() must not look like a datagram that somebody sent."""
    if not hasattr(socket.socket, method):
        pytest.skip("not on this system")
    seen = []

    def function(sock: socket.socket) -> None:
        while True:
            call = getattr(sock, method)
            seen.append(call(bytearray(100)) if "into" in method else call(100))

    with serve(function, on="socket") as server, udp(server) as sock:
        for _ in range(3):
            sock.sendto(b"data", server.address)
    assert len(seen) == 3
    assert server.errors == []


def test_subclass() -> None:
    """What the next kinds of server will be: a plain function passed up, and state beside the server."""

    class CountingServer(BackgroundServer):
        def __init__(self) -> None:
            self.visitors: list[str] = []
            visitors = self.visitors

            def handler(conn: socket.socket, address: Any) -> None:
                visitors.append(address[0])
                conn.sendall(b"welcome")

            super().__init__(handler)

    with CountingServer() as server, connect(server) as sock:
        assert receive_all(sock) == b"welcome"
        assert repr(server).startswith("<CountingServer on ")
    assert server.visitors == ["127.0.0.1"]


def test_subclass_whose_handler_is_its_method() -> None:
    class Wrong(BackgroundServer):
        def __init__(self) -> None:
            super().__init__(self.handle)

        def handle(self, conn: socket.socket, address: Any) -> None: ...

    with pytest.raises(TypeError, match="cannot be its own method"):
        Wrong()


# -- errors --


def test_error_is_raised_at_stop_with_the_handlers_own_traceback() -> None:
    server = serve(boom)
    provoke(server)
    eventually(lambda: len(server.errors) == 1)
    kept = server.errors[0]
    with pytest.raises(ValueError, match=r"^boom$") as caught:
        server.stop()
    assert caught.value is kept
    assert traceback.extract_tb(kept.__traceback__)[-1].name == "boom"
    assert [frame.name for frame in traceback.extract_tb(kept.__traceback__)].count("_run_connection") == 0
    server.stop()  # raised once


def test_error_is_raised_at_the_end_of_the_block() -> None:
    with pytest.raises(ValueError, match=r"^boom$"), serve(boom) as server:
        provoke(server)


def test_server_goes_on_after_an_error() -> None:
    server = serve(boom)
    for _ in range(3):
        provoke(server)
    with pytest.raises(ValueError, match="boom") as caught:
        server.stop()
    assert len(server.errors) == 3
    assert caught.value is server.errors[0]
    assert notes(caught.value) == ["2 more in server.errors: ValueError: boom; ValueError: boom"]


def test_kept_errors_are_bounded() -> None:
    server = serve(boom)
    for _ in range(105):
        provoke(server)
    with pytest.raises(ValueError):
        server.stop()
    assert len(server.errors) == 100


def test_error_in_the_block_stays_in_front() -> None:
    """The server's failure is named in a note, and shown with its traceback as the context."""
    with pytest.raises(AssertionError) as caught, serve(boom) as server:
        provoke(server)
        raise AssertionError("mine")
    error = caught.value
    assert str(error) == "mine"
    assert notes(error) == ["The server failed as well: ValueError: boom"]
    assert error.__context__ is server.errors[0]
    assert error.__context__.__context__ is None  # no circle
    assert "boom" in "".join(traceback.format_exception(error))


def test_error_of_the_server_raised_in_the_block_is_itself() -> None:
    with pytest.raises(ValueError, match=r"^boom$") as caught, serve(boom) as server:
        provoke(server)
        server.stop()
    assert caught.value.__context__ is None


def test_error_in_the_block_alone() -> None:
    with pytest.raises(KeyError), EchoServer() as server:
        raise KeyError
    assert "stopped" in repr(server)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_handler_cannot_end_the_program(kind: type[BaseException]) -> None:
    def leave(conn: socket.socket, address: Any) -> None:
        raise kind

    server = serve(leave)
    provoke(server)
    with pytest.raises(RuntimeError) as caught:
        server.stop()
    assert str(caught.value) == f"leave() raised {kind.__name__}; a handler ends by returning"
    assert isinstance(caught.value.__cause__, kind)


def test_a_handler_that_loses_its_client_shows_it() -> None:
    """In the learner's own handler a reset is an error like any other: nobody else will tell."""

    def handler(conn: socket.socket, address: Any) -> None:
        raise ConnectionResetError("gone")

    server = serve(handler)
    provoke(server)
    with pytest.raises(ConnectionResetError, match="gone"):
        server.stop()


@pytest.mark.parametrize("kind", [OSError, EOFError, ConnectionResetError])
def test_what_stop_itself_provokes_is_no_error(kind: type[Exception]) -> None:
    reading = threading.Event()

    def exact(conn: socket.socket, address: Any) -> None:
        reading.set()
        if conn.recv(10) == b"":
            raise kind("the stream ended too early")

    with serve(exact) as server:
        sock = connect(server)
        assert reading.wait(DEADLINE)
    sock.close()
    assert server.errors == []


def test_other_errors_count_while_stopping_too() -> None:
    reading = threading.Event()

    def careless(conn: socket.socket, address: Any) -> None:
        reading.set()
        conn.recv(10)[0]

    server = serve(careless)
    with connect(server):
        assert reading.wait(DEADLINE)
        with pytest.raises(IndexError):
            server.stop()


def test_a_handler_that_ignores_the_stop_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_module, "PATIENCE", 0.2)
    monkeypatch.setattr(core_module.Core.stop, "__defaults__", (0.2,))
    release, waiting = threading.Event(), threading.Event()

    def stubborn(conn: socket.socket, address: Any) -> None:
        waiting.set()
        release.wait(DEADLINE)

    server = serve(stubborn)
    with connect(server) as sock:
        assert waiting.wait(DEADLINE)
        with pytest.raises(RuntimeError) as caught:
            server.stop()
        assert sock.recv(1) == b""  # the client is free all the same
    line = stubborn.__code__.co_firstlineno + 2
    assert str(caught.value) == (
        f"stubborn() still runs 0.2 s after its server was stopped, at line {line}: release.wait(DEADLINE). "
        "A handler has to return when its socket ends (recv gives b'' or raises OSError)."
    )
    server.stop()
    release.set()
    eventually(lambda: server_threads() == [])
