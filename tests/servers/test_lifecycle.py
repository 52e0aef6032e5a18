"""Constructed is serving; stopped is gone."""

from __future__ import annotations

import _thread
import errno
import socket
import threading
import time
from typing import Any

import pytest

from netlab.servers import EchoServer, UDPEchoServer, serve, stop_all
from netlab.servers.core import Core
from netlab.servers.sockets import ServerSocket

from .peers import DEADLINE, assert_refused, connect, eventually, receive_all, server_threads, udp


def test_no_connect_is_refused_right_after_construction() -> None:
    for _ in range(200):
        with EchoServer() as server:
            connect(server).close()


def test_cycles_leave_nothing() -> None:
    for _ in range(300):  # the fixture counts threads and descriptors
        server = EchoServer()
        with connect(server) as sock:
            sock.sendall(b"x")
            assert sock.recv(1) == b"x"
        server.stop()
        UDPEchoServer().stop()


def test_stop_frees_the_port_and_may_be_repeated() -> None:
    server = EchoServer()
    assert repr(server) == f"<EchoServer on 127.0.0.1:{server.port}, 0 connections>"
    address = server.address
    server.stop()
    server.stop()
    assert_refused(address)
    assert server.address == address
    assert repr(server) == f"<EchoServer on 127.0.0.1:{server.port}, stopped>"


def test_same_port_again_at_once() -> None:
    """The server closes first here, so its side is in TIME_WAIT: the next server must not mind."""
    port = 0
    for _ in range(5):
        with EchoServer(port=port) as server:
            port = server.port
            sock = connect(server)
            sock.sendall(b"x")
            assert sock.recv(1) == b"x"
        assert sock.recv(1) == b""
        sock.close()


def test_idle_client_sees_end_of_stream() -> None:
    server = EchoServer()
    with connect(server) as idle:
        eventually(lambda: "1 connection>" in repr(server))
        server.stop()
        assert idle.recv(1) == b""
    assert server.errors == []


def test_stop_while_a_client_sends() -> None:
    server = EchoServer()
    going = threading.Event()

    def flood(sock: socket.socket) -> None:
        try:
            while True:
                sock.sendall(b"x" * 10_000)
                sock.recv(65536)
                going.set()
        except OSError:
            pass  # the server stopped

    with connect(server) as sock:
        client = threading.Thread(target=flood, args=(sock,))
        client.start()
        assert going.wait(DEADLINE)
        server.stop()
        client.join(DEADLINE)
        assert not client.is_alive()
    assert server.errors == []


@pytest.mark.parametrize("half_closed", [False, True])
def test_stop_while_blocked_in_sendall(half_closed: bool) -> None:
    """A client that never reads: the server's thread waits in sendall, and stop() has to get it out."""
    sending = threading.Event()

    def pour(conn: socket.socket, address: Any) -> None:
        while True:
            conn.sendall(b"x" * 1_000_000)
            sending.set()

    server = serve(pour)
    with connect(server) as sock:
        assert sending.wait(DEADLINE)
        if half_closed:
            sock.shutdown(socket.SHUT_WR)
        server.stop()
    assert server.errors == []


def test_stop_from_many_threads_at_once() -> None:
    server = EchoServer()
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def stop() -> None:
        start.wait(DEADLINE)
        try:
            server.stop()
        except BaseException as error:
            failures.append(error)

    with connect(server) as sock:
        stoppers = [threading.Thread(target=stop) for _ in range(8)]
        for each in stoppers:
            each.start()
        for each in stoppers:
            each.join(DEADLINE)
        assert sock.recv(1) == b""
    assert failures == []
    assert_refused(server.address)


def test_stop_from_its_own_handler() -> None:
    def last(conn: socket.socket, address: Any) -> None:
        server.stop()

    server = serve(last)
    with connect(server) as sock:
        assert sock.recv(1) == b""
    eventually(lambda: server_threads() == [])
    assert_refused(server.address)


def test_who_came_before_stop_is_served() -> None:
    """Clients that connected, sent and left before stop() are handled, though no thread had seen them yet."""
    for _ in range(20):
        got: list[bytes] = []

        def collect(conn: socket.socket, address: Any, got: list[bytes] = got) -> None:
            got.append(receive_all(conn))

        with serve(collect) as server:
            for number in range(10):
                with connect(server) as sock:
                    sock.sendall(b"%d" % number)
        assert sorted(got) == [b"%d" % number for number in range(10)]


def test_datagrams_sent_before_stop_are_answered() -> None:
    for _ in range(20):
        with UDPEchoServer() as server, udp(server) as sock:
            for number in range(10):
                sock.sendto(b"%d" % number, server.address)
            server.stop()
            assert [sock.recv(100) for _ in range(10)] == [b"%d" % number for number in range(10)]


def test_a_client_that_half_closed_gets_its_answer() -> None:
    for _ in range(20):
        with EchoServer() as server:
            sock = connect(server)
            sock.sendall(b"all of it")
            sock.shutdown(socket.SHUT_WR)
        assert receive_all(sock) == b"all of it"
        sock.close()


def test_udp_queue_full_of_work_does_not_hold_stop_up() -> None:
    """The knock waits behind slow work; after a moment stop() goes on by force."""
    begun = threading.Event()
    handled: list[bytes] = []

    def slow(data: bytes, address: Any) -> None:
        begun.set()
        time.sleep(0.02)
        handled.append(data)

    server = serve(slow, on="datagram")
    with udp(server) as sock:
        for _ in range(200):
            sock.sendto(b"x" * 1000, server.address)
        assert begun.wait(DEADLINE)
        server.stop()
    assert len(handled) < 200


def test_stop_all() -> None:
    servers = [EchoServer(), UDPEchoServer(), serve(lambda conn, address: None)]
    stop_all()
    assert all("stopped" in repr(server) for server in servers)
    assert_refused(servers[0].address)
    stop_all()


def test_stop_all_stops_all_and_raises() -> None:
    def fail(conn: socket.socket, address: Any) -> None:
        raise ValueError("boom")

    first, second = serve(fail), EchoServer()
    with connect(first) as sock:
        assert sock.recv(1) == b""
    with pytest.raises(ValueError, match="boom"):
        stop_all()
    assert "stopped" in repr(first)
    assert "stopped" in repr(second)


def test_stopped_server_cannot_be_entered() -> None:
    server = EchoServer()
    server.stop()
    with pytest.raises(RuntimeError, match="this server was stopped; make a new one: EchoServer"), server:
        pass


def test_ctrl_c_while_stopping_leaves_the_rest_for_the_next_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    server = EchoServer()
    with connect(server) as sock:
        with monkeypatch.context() as patch:
            patch.setattr(ServerSocket, "end_connections", lambda self, *, all: _interrupt())
            with pytest.raises(KeyboardInterrupt):
                server.stop()
        server.stop()
        assert sock.recv(1) == b""
    assert_refused(server.address)


def test_ctrl_c_while_constructing_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    started = Core.start

    def start(self: Core) -> None:
        started(self)
        _interrupt()

    monkeypatch.setattr(Core, "start", start)
    with pytest.raises(KeyboardInterrupt) as caught:
        EchoServer()
    assert server_threads() == []
    del caught


def _interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="needs the main thread")
def test_a_real_ctrl_c_in_the_block() -> None:
    with pytest.raises(KeyboardInterrupt), EchoServer() as server, connect(server) as sock:
        threading.Timer(0.01, _thread.interrupt_main).start()
        for _ in range(1000):
            time.sleep(0.01)
    assert_refused(server.address)
    assert sock.fileno() == -1


def test_accept_goes_on_after_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """ECONNABORTED and a full descriptor table pass; the loop neither ends nor spins."""
    troubles = [
        ConnectionAbortedError(errno.ECONNABORTED, "aborted"),
        OSError(errno.EMFILE, "Too many open files"),
        OSError(errno.EMFILE, "Too many open files"),
    ]
    original = ServerSocket.accept
    calls = 0

    def accept(self: ServerSocket) -> tuple[socket.socket, Any]:
        nonlocal calls
        calls += 1
        if troubles:
            raise troubles.pop(0)
        return original(self)

    monkeypatch.setattr(ServerSocket, "accept", accept)
    begin = time.monotonic()
    with EchoServer() as server, connect(server) as sock:
        sock.sendall(b"x")
        assert sock.recv(1) == b"x"
    assert calls <= 6
    assert time.monotonic() - begin > 0.08  # it waited after each EMFILE
    assert sum("Too many open files" in line for line in server.log) == 2
    assert server.errors == []


def test_stop_without_a_descriptor_left() -> None:
    """A real EMFILE: neither accept() nor the knock can have a socket, and stop() works all the same."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    server = EchoServer()
    held = [connect(server)]
    eventually(lambda: "1 connection>" in repr(server))
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(sock.fileno() for sock in held) + 6, hard))
        with pytest.raises(OSError) as caught:
            while True:
                held.append(socket.socket())
        assert caught.value.errno == errno.EMFILE
        server.stop()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for sock in held:
            sock.close()
    assert server.errors == []


def test_no_thread_for_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is not left waiting, the log says why, and the server goes on."""
    original = threading.Thread.start

    def start(self: threading.Thread) -> None:
        if self.name.startswith("connection 1 "):
            raise RuntimeError("can't start new thread")
        original(self)

    monkeypatch.setattr(threading.Thread, "start", start)
    with EchoServer() as server:
        with connect(server) as sock:
            assert sock.recv(1) == b""
        with connect(server) as sock:
            sock.sendall(b"x")
            assert sock.recv(1) == b"x"
    assert any("closed at once: can't start new thread" in line for line in server.log)


def test_no_thread_for_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            EchoServer(port=port)
    assert_refused(("127.0.0.1", port))
    EchoServer(port=port).stop()


def test_a_server_whose_listener_dies_says_so() -> None:
    server = EchoServer()
    server._core.socket.shutdown(socket.SHUT_RDWR)  # accept() now fails for good
    eventually(lambda: "finished" in repr(server))
    with pytest.raises(OSError):
        server.stop()


def test_ended_threads_are_forgotten() -> None:
    with EchoServer() as server:
        for _ in range(300):
            with connect(server) as sock:
                sock.sendall(b"x")
                assert sock.recv(1) == b"x"
        assert len(server._core.threads) < 100


def test_log_is_bounded_and_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with EchoServer() as server:
        for _ in range(600):
            connect(server).close()
    assert len(server.log) == 1000
    assert server.log[-1] == "stopped"
    assert capsys.readouterr() == ("", "")
