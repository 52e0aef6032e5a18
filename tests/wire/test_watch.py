"""watch() sees every call, changes nothing, and leaves nothing behind."""

from __future__ import annotations

import gc
import os
import select
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from netlab.wire import Event, Recording, installing, quiet, standby, unrecorded, watch
from netlab.wire.calls import METHODS
from netlab.wire.settling import _ready, _state, _where
from netlab.wire.tape import Row, Tape
from netlab.wire.threads import Caller, callers

DEADLINE = 20.0  # seconds; only against hanging
needs_unix = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
needs_sendmsg = pytest.mark.skipif(not hasattr(socket.socket, "sendmsg"), reason="this system has no sendmsg")


def untouched() -> dict[str, Any]:
    return {**vars(socket.socket), "join": vars(threading.Thread)["join"]}


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    before = untouched()
    yield
    assert untouched() == before


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with standby():  # so that the two ends are known to belong together
        one, other = socket.socketpair()
    with one, other:
        one.settimeout(DEADLINE)
        other.settimeout(DEADLINE)
        yield one, other


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(DEADLINE)
        yield sock


@contextmanager
def running(target: Callable[..., object], *args: object) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(DEADLINE)
        assert not thread.is_alive()


def echo_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data)


def short(events: Any) -> list[tuple[Any, ...]]:
    return [(e.actor, e.call, e.asked, e.size, e.data) for e in events]


def wait_until(ready: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.001)


# What is seen


def test_both_ends_of_a_conversation(listener: socket.socket) -> None:
    with watch() as wire:
        with running(echo_once, listener), socket.create_connection(listener.getsockname()) as sock:
            sock.send(b"one")
            assert sock.recv(1024) == b"one"
    assert str(wire).splitlines() == [
        "client  socket(AF_INET, SOCK_STREAM)",
        "client  connect(address)",
        "client  send(b'one')                  -> 3 bytes",
        "server  accept()",
        "server  recv(1024)                    -> 3 bytes  b'one'",
        "server  sendall(b'one')               -> 3 bytes",
        "client  recv(1024)                    -> 3 bytes  b'one'",
        "client  close()",
        "server  recv(1024)                    -> b'' (end of stream)",
        "server  close()",
    ]
    connect = next(e for e in wire if e.call == "connect")
    accept = next(e for e in wire if e.call == "accept")
    assert connect.peer == accept.local == listener.getsockname()
    assert connect.local == accept.peer
    assert [(f.sent.call, f.size) for f in wire.flows()] == [("send", 3), ("sendall", 3)]
    assert [(a.call, b.call) for a, b in wire.links()] == [("connect", "accept"), ("close", "recv")]
    assert all(0 <= e.started <= e.time for e in wire)
    assert len({e.thread for e in wire}) == 2


def test_it_fills_while_it_runs(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        assert len(wire) == 0
        pair[0].send(b"x")
        assert [e.call for e in wire] == ["send"]
        pair[1].recv(1)
        assert [e.call for e in wire] == ["send", "recv"]
    pair[0].send(b"after the end")
    assert len(wire) == 2


def every_stream_call(one: socket.socket, other: socket.socket) -> None:
    buffer = bytearray(8)
    one.send(b"1")
    other.recv(8)
    one.sendall(memoryview(b"22"))
    other.recv_into(buffer)
    one.sendmsg([b"3", bytearray(b"33")])
    other.recvmsg(8)
    one.send(bytearray(b"4444"))
    other.recvmsg_into([memoryview(buffer)[:2], memoryview(buffer)[2:]])
    one.send(b"55555")
    other.recv_into(buffer, 3)
    other.recv_into(buffer=buffer, nbytes=1)
    other.recv_into(buffer, flags=0, nbytes=1)
    one.shutdown(socket.SHUT_WR)
    other.recv(8)
    other.shutdown(socket.SHUT_RDWR)


@needs_sendmsg
def test_every_stream_method(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        every_stream_call(*pair)
    assert [(e.call, e.asked, e.size, e.data) for e in wire] == [
        ("send", 1, 1, b"1"),
        ("recv", 8, 1, b"1"),
        ("sendall", 2, 2, b"22"),
        ("recv_into", 8, 2, b"22"),
        ("sendmsg", 3, 3, b"333"),
        ("recvmsg", 8, 3, b"333"),
        ("send", 4, 4, b"4444"),
        ("recvmsg_into", 8, 4, b"4444"),
        ("send", 5, 5, b"55555"),
        ("recv_into", 3, 3, b"555"),
        ("recv_into", 1, 1, b"5"),
        ("recv_into", 1, 1, b"5"),
        ("shutdown", "SHUT_WR", None, None),
        ("recv", 8, 0, b""),
        ("shutdown", "SHUT_RDWR", None, None),
    ]
    assert sum(f.size for f in wire.flows()) == 1 + 2 + 3 + 4 + 5


def datagram_socket() -> socket.socket:
    return socket.socket(type=socket.SOCK_DGRAM)


def test_every_datagram_method() -> None:
    with closing(datagram_socket()) as server, closing(datagram_socket()) as client:
        server.settimeout(DEADLINE)
        buffer = bytearray(9)
        with watch() as wire:
            server.bind(("127.0.0.1", 0))
            client.sendto(b"one", server.getsockname())
            _, address = server.recvfrom(100)
            client.sendto(b"truncated", 0, server.getsockname())
            with suppress(OSError):  # Windows says that it was too long
                server.recvfrom(4)
            client.connect(server.getsockname())
            client.send(b"three")
            server.recvfrom_into(buffer, 7)
            server.sendto(b"", address)
            client.recv(10)
    assert short(wire)[:3] == [
        ("server", "bind", ("127.0.0.1", 0), None, None),
        ("client", "sendto", 3, 3, b"one"),
        ("server", "recvfrom", 100, 3, b"one"),
    ]
    assert short(wire)[6:] == [
        ("client", "send", 5, 5, b"three"),
        ("server", "recvfrom_into", 7, 5, b"three"),
        ("server", "sendto", 0, 0, b""),
        ("client", "recv", 10, 0, b""),
    ]
    assert wire[2].peer == address and wire[1].peer == wire[2].local
    assert all(e.stream is False for e in wire)
    assert wire[1].local[1] == address[1], "the first datagram binds the socket"
    if sys.platform == "linux":
        assert [f.size for f in wire.flows()] == [3, 4, 5, 0]


def test_sockets_made_and_methods_imported_before(listener: socket.socket) -> None:
    from socket import socket as plain

    with plain() as early, watch() as wire:
        early.connect(listener.getsockname())
        assert type(early) is plain
    assert [e.call for e in wire] == ["connect"]


def test_connect_ex_tells_its_error_by_name() -> None:
    with socket.socket() as free, socket.socket() as sock, watch() as wire:
        free.bind(("127.0.0.1", 0))
        sock.settimeout(DEADLINE)
        sock.connect_ex(free.getsockname())
    refused = wire[1]
    assert (refused.call, refused.outcome) == ("connect_ex", "ConnectionRefusedError")


def test_a_refused_connect(listener: socket.socket) -> None:
    address = listener.getsockname()
    listener.close()
    with watch() as wire, pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=DEADLINE)
    assert str(wire).splitlines() == [
        "client  socket(AF_INET, SOCK_STREAM)",
        "client  connect(address)              -> ConnectionRefusedError",
        "client  close()",
    ]
    assert wire[1].peer == address


def test_a_bad_call_is_recorded_too(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        with pytest.raises(TypeError):
            pair[0].send("text")  # type: ignore[arg-type]
        with pytest.raises(ValueError):
            pair[0].recv(-1)
    assert [(e.call, e.outcome) for e in wire] == [
        ("send", "TypeError"),
        ("recv", "ValueError"),
    ]


def test_a_bind_that_fails(listener: socket.socket) -> None:
    with socket.socket() as sock, watch() as wire, pytest.raises(OSError):
        sock.bind(listener.getsockname())
    assert (wire[0].call, wire[0].asked, wire[0].outcome) == ("bind", listener.getsockname(), "OSError")
    assert wire[0].actor == "server"


@pytest.mark.parametrize("timeout", [0.0, 0.01])
def test_nothing_to_read(pair: tuple[socket.socket, socket.socket], timeout: float) -> None:
    pair[0].settimeout(timeout)
    with watch() as wire, pytest.raises(OSError) as error:
        pair[0].recv(5)
    assert wire[0].outcome == error.type.__name__ == ("TimeoutError" if timeout else "BlockingIOError")
    assert wire[0].size is None
    assert wire[0].waited >= timeout


def test_a_partial_send_and_a_sendall_that_gives_up(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    one.setblocking(False)
    payload = bytes(range(256)) * 40_000
    with watch() as wire:
        taken = one.send(payload)
        with pytest.raises(BlockingIOError):
            one.send(b"x")
        one.settimeout(0.01)
        with pytest.raises(TimeoutError):
            one.sendall(payload)
        got = 0
        with suppress(TimeoutError, BlockingIOError):
            other.settimeout(0.05)
            while True:
                got += len(other.recv(1 << 20))
    assert 0 < taken < len(payload)
    first = wire[0]
    assert (first.asked, first.size, len(first.data or b"")) == (len(payload), taken, 4096)
    assert [e.outcome for e in wire][1:3] == ["BlockingIOError", "TimeoutError"]
    assert sum(f.size for f in wire.flows()) == got


def test_peeking(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        pair[0].send(b"hello")
        assert pair[1].recv(9, socket.MSG_PEEK) == b"hello"
        assert pair[1].recv(9) == b"hello"
    assert [e.said for e in wire][1:] == ["recv(9, MSG_PEEK)", "recv(9)"]
    assert [(f.received.flags, f.size) for f in wire.flows()] == [("", 5)]


def test_a_connect_under_way_has_its_address(listener: socket.socket) -> None:
    with socket.socket() as sock, watch() as wire:
        sock.setblocking(False)
        with suppress(BlockingIOError):
            sock.connect(listener.getsockname())
        with listener.accept()[0]:
            pass
    assert next(e for e in wire if e.call == "connect").local == sock_address(wire)
    assert len(wire.links()) == 1


def sock_address(wire: Recording) -> Any:
    return next(e.peer for e in wire if e.call == "accept")


def test_what_happened_between_two_watches() -> None:
    """A socket that is known has been closed, another one has a new peer."""
    with datagram_socket() as one, datagram_socket() as two, datagram_socket() as sock:
        for server in (one, two):
            server.bind(("127.0.0.1", 0))
        with watch() as first:
            sock.connect(one.getsockname())
            sock.send(b"x")
        sock.connect(two.getsockname())
        with watch() as second:
            sock.send(b"x")
        assert first[1].peer == one.getsockname() and second[0].peer == two.getsockname()
        with watch():
            gone = datagram_socket()
        gone.close()
        with watch() as third:
            with pytest.raises(OSError):
                gone.send(b"x")
            del gone
            gc.collect()
        assert [e.call for e in third] == ["send"]


def test_the_same_events_everywhere(pair: tuple[socket.socket, socket.socket]) -> None:
    """What flows(), in_order() and iteration give are the same objects, also when asked again."""
    with watch() as wire:
        pair[0].send(b"x")
        pair[1].recv(1)
    (flow,) = wire.flows()
    assert flow.sent is wire[0] is wire.in_order()[0] and flow.received is list(wire)[1]


def test_a_tape_that_has_ended_takes_nothing() -> None:
    """A thread may have looked at the list of tapes just before the end."""
    tape = Tape(max_events=1, keep_total=9)
    tape.end()
    tape.write(Row(0.0, 0.0, 1, "send", info=None, asked=1, size=1), b"x", 1)  # type: ignore[arg-type]
    assert tape.rows() == [] and tape.dropped == 0


def test_a_thread_that_leaves_its_call_while_a_tape_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the interpreter's lock it may do so between any two steps."""

    class Leaving(Caller):
        looks = 0

        @property  # type: ignore[override]
        def under_way(self) -> Any:
            self.looks += 1
            return (SimpleNamespace(muted=False), METHODS["recv"], (9,), 1.0) if self.looks == 1 else None

        @under_way.setter
        def under_way(self, value: Any) -> None:
            pass

    monkeypatch.setitem(callers, -1, Leaving(None, 0))
    assert Tape(max_events=9, keep_total=9).version() == (0, [(1.0, False)])


def test_close_once(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        file = pair[0].makefile("rb")
        pair[0].close()  # the file still holds the descriptor
        assert len(wire) == 0
        file.close()
        pair[0].close()
        pair[1].close()
        pair[1].close()
    assert [(e.call, e.socket) for e in wire] == [("close", 1), ("close", 2)]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_socket_that_nobody_closed(listener: socket.socket) -> None:
    def forgetful(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.recv(10)

    with watch() as wire:
        with running(forgetful, listener), socket.create_connection(listener.getsockname()) as sock:
            sock.send(b"x")
            with suppress(ConnectionError):
                assert sock.recv(10) == b""
            gc.collect()
    dropped = next(e for e in wire if e.asked == "dropped")
    assert (dropped.actor, dropped.said) == ("server", "close()")
    assert ("close", "recv") in [(a.call, b.call) for a, b in wire.links()]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_an_earlier_cell_left_is_not_ours(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch():
        pair[0].send(b"x")  # now known
    one, other = socket.socketpair()
    with standby():
        one.send(b"x")
    with watch() as wire:
        del one, other
        gc.collect()
    assert list(wire) == []


def test_socketpair() -> None:
    with watch() as wire:
        one, other = socket.socketpair()
        with one, other:
            other.sendall(b"hello")
            one.recv(10)
    assert short(wire)[:3] == [
        ("end 1", "socketpair", None, None, None),
        ("end 2", "sendall", 5, 5, b"hello"),
        ("end 1", "recv", 10, 5, b"hello"),
    ]
    assert [f.size for f in wire.flows()] == [5]


def test_a_datagram_socketpair() -> None:
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("this system has no Unix sockets")
    with watch() as wire:
        one, other = socket.socketpair(type=socket.SOCK_DGRAM)
        with one, other:
            one.send(b"first")
            one.send(b"second")
            other.recv(100)
            other.recv(3)
    assert [(f.sent.data, f.size) for f in wire.flows()] == [(b"first", 5), (b"second", 3)]


@pytest.mark.skipif(
    not hasattr(socket, "_fallback_socketpair"), reason="this Python has no socketpair of its own"
)
def test_the_socketpair_of_windows() -> None:
    with watch() as wire:
        one, other = socket._fallback_socketpair()  # type: ignore[attr-defined]
        with one, other:
            one.send(b"hello")
            other.recv(10)
    assert [(e.actor, e.call) for e in wire][:2] == [("end 1", "send"), ("end 2", "recv")]
    assert [f.size for f in wire.flows()] == [5]


@needs_unix
def test_unix_sockets(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        with watch() as wire:
            with running(echo_once, listener), closing(socket.socket(socket.AF_UNIX)) as sock:
                sock.connect(str(tmp_path / "s"))
                sock.sendall(b"hi")
                sock.recv(10)
    assert [f.size for f in wire.flows()] == [2, 2]
    assert wire.actors == ["client", "server"]
    assert next(e.peer for e in wire if e.call == "connect") == str(tmp_path / "s")


def test_ipv6() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this system has no IPv6 loopback")
    with listener, watch() as wire:
        with running(echo_once, listener), socket.create_connection(listener.getsockname()[:2]) as sock:
            sock.sendall(b"hi")
            sock.recv(10)
    assert [f.size for f in wire.flows()] == [2, 2]


def test_a_descriptor_that_changes_hands(listener: socket.socket) -> None:
    """detach() and socket(fileno=...): the same socket goes on."""
    with watch() as wire:
        with running(echo_once, listener):
            old = socket.create_connection(listener.getsockname())
            old.send(b"a")
            with closing(socket.socket(fileno=old.detach())) as new:
                new.recv(10)
    assert [e.call for e in wire if e.actor == "client"] == ["socket", "connect", "send", "recv", "close"]
    assert len(wire.actors) == 2 and sum(f.size for f in wire.flows()) == 2


def test_sendfile(pair: tuple[socket.socket, socket.socket], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 1000)
    with watch() as wire, open(tmp_path / "file", "rb") as file:
        assert pair[0].sendfile(file) == 1000
        assert pair[1].recv(2000) == b"x" * 1000
    assert [(e.call, e.size) for e in wire] in (
        [("sendfile", 1000), ("recv", 1000)],
        [("send", 1000), ("recv", 1000)],  # where the system has no sendfile
    )
    assert [f.size for f in wire.flows()] == [1000]


def test_sendfile_of_what_is_no_file(pair: tuple[socket.socket, socket.socket]) -> None:
    import io

    with watch() as wire:
        pair[0].sendfile(io.BytesIO(b"hello"))
    assert [(e.call, e.size) for e in wire] == [("send", 5)]


def test_descriptors_and_identities_are_used_again(listener: socket.socket) -> None:
    """Each of many short connections is its own, although their numbers repeat."""
    with watch() as wire:
        for i in range(50):
            with running(echo_once, listener), socket.create_connection(listener.getsockname()) as sock:
                sock.sendall(b"%d" % i)
                sock.recv(10)
    assert len({e.socket for e in wire}) == 101
    assert [f.sent.data for f in wire.flows()] == [b"%d" % (i // 2) for i in range(100)]
    assert len(wire.links()) == 100


# What is not changed


@needs_sendmsg
def test_results_are_the_same(pair: tuple[socket.socket, socket.socket]) -> None:
    def results() -> list[object]:
        one, other = pair
        buffer = bytearray(4)
        return [
            one.send(b"abc"),
            other.recv(2),
            other.recv_into(buffer),
            buffer,
            one.sendall(b"x"),
            other.recvmsg(9),
            one.sendmsg(part for part in (b"a", b"b")),
            other.recvmsg_into([buffer]),
            bytes(buffer),
            one.sendmsg([b"y"], [], 0),
            other.recvfrom(9),
        ]

    plain = results()
    with watch():
        watched = results()
    assert watched == plain


def test_errors_are_the_same() -> None:
    def texts() -> list[str]:
        found = []
        calls: list[Callable[[socket.socket], object]] = [
            lambda s: s.recv(1),
            lambda s: s.send(1),  # type: ignore[arg-type]
            lambda s: s.recv("x"),  # type: ignore[arg-type]
            lambda s: s.recv_into(b"read only"),  # type: ignore[arg-type]
            lambda s: s.sendto(b"x"),  # type: ignore[call-arg]
            lambda s: s.shutdown(99),
            lambda s: s.accept(),
            lambda s: s.connect("nonsense"),
            lambda s: s.bind(("127.0.0.1", 99999999)),
            lambda s: s.recv(),  # type: ignore[call-arg]
            lambda s: s.recv(None),  # type: ignore[arg-type]
            lambda s: s.recv(1, 2, 3),  # type: ignore[call-arg]
            lambda s: s.sendall(),  # type: ignore[call-arg]
        ]
        for call in calls:
            with closing(socket.socket()) as sock, pytest.raises(Exception) as error:
                call(sock)
            found.append(f"{error.type.__name__}: {error.value}")
        return found

    plain = texts()
    with watch():
        assert texts() == plain


def test_a_keyboard_interrupt_passes_through(pair: tuple[socket.socket, socket.socket]) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows does not interrupt a socket call")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def strike() -> None:
        wait_until(lambda: wire.pending)
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    pair[0].settimeout(None)
    try:
        with watch() as wire, running(strike), pytest.raises(KeyboardInterrupt):
            pair[0].recv(10)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [(e.call, e.outcome) for e in wire] == [("recv", "KeyboardInterrupt")]
    assert wire.pending == []


def test_a_signal_handler_may_use_sockets(pair: tuple[socket.socket, socket.socket]) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows does not interrupt a socket call")

    def answer(*_: object) -> None:
        pair[1].send(b"from the handler")

    def strike() -> None:
        wait_until(lambda: wire.pending)
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, answer)
    pair[0].settimeout(None)
    try:
        with watch() as wire, running(strike):
            assert pair[0].recv(100) == b"from the handler"
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [e.call for e in wire] == ["send", "recv"]


def test_the_methods_come_back_after_an_error() -> None:
    before = untouched()
    with pytest.raises(ZeroDivisionError), watch():
        assert untouched() != before
        raise ZeroDivisionError
    assert untouched() == before


def test_somebody_elses_wrapper_stays(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    plain = socket.socket.send

    def mine(self: socket.socket, *args: Any) -> int:
        seen.append("mine")
        return plain(self, *args)

    monkeypatch.setattr(socket.socket, "send", mine, raising=False)
    with watch() as wire:
        pair[0].send(b"x")
    assert vars(socket.socket)["send"] is mine
    assert seen == ["mine"] and len(wire) == 1


def test_a_method_taken_inside_still_works_outside(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        send = pair[0].send
    assert send(b"x") == 1
    assert len(wire) == 0


def test_somebody_elses_wrapper_over_ours_stays(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        ours = socket.socket.send

        def mine(self: socket.socket, *args: Any) -> int:
            return ours(self, *args)

        socket.socket.send = mine  # type: ignore[method-assign]
    try:
        assert vars(socket.socket)["send"] is mine
        assert pair[0].send(b"x") == 1 and len(wire) == 0
    finally:
        del socket.socket.send


def test_subclasses_are_seen_and_stay_what_they_are(listener: socket.socket) -> None:
    class Mine(socket.socket):
        def send(self, data: Any, flags: int = 0) -> int:
            return super().send(data, flags)

    with running(echo_once, listener), watch() as wire, Mine() as sock:
        sock.connect(listener.getsockname())
        sock.send(b"x")
        sock.recv(1)
    assert [e.call for e in wire if e.actor == "client"] == ["socket", "connect", "send", "recv", "close"]


def test_a_recording_keeps_no_socket_alive() -> None:
    one, other = socket.socketpair()
    with watch() as wire:
        one.send(b"x")
        descriptor = one.fileno()
        one.close()
    import weakref

    alive = weakref.ref(one)
    del one
    gc.collect()
    assert alive() is None and len(wire) == 2 and descriptor >= 0
    other.close()


# Several watches, several threads


def test_nested_watches(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as outer:
        pair[0].send(b"1")
        with watch() as inner:
            pair[0].send(b"2")
        pair[0].send(b"3")
    assert [e.data for e in outer] == [b"1", b"2", b"3"]
    assert [e.data for e in inner] == [b"2"]
    assert inner[0].time < outer[1].time, "each has its own clock"


def test_watches_in_two_threads() -> None:
    found: dict[int, int] = {}
    barrier = threading.Barrier(4, timeout=DEADLINE)

    def work(i: int) -> None:
        for _ in range(20):
            barrier.wait()
            with watch(settle_within=0) as wire:
                one, other = socket.socketpair()
                with one, other:
                    for _ in range(50):
                        one.send(b"%d" % i)
                        assert other.recv(1) == b"%d" % i
            found[i] = found.get(i, 0) + sum(e.data == b"%d" % i for e in wire)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert found == dict.fromkeys(range(4), 20 * 100)


def test_threads_are_numbered_in_the_order_they_were_started() -> None:
    """The first to speak may be the last to be started."""
    pairs = [socket.socketpair() for _ in range(3)]
    turns = [threading.Event() for _ in range(3)]

    def speak(i: int) -> None:
        assert turns[i].wait(DEADLINE)
        pairs[i][0].send(b"%d" % i)

    with watch() as wire:
        threads = [threading.Thread(target=speak, args=(i,)) for i in range(3)]
        for thread in threads:
            thread.start()
        for i in (2, 1, 0):
            turns[i].set()
            threads[i].join(DEADLINE)
    assert [e.data for e in wire] == [b"2", b"1", b"0"]
    assert [e.data for e in sorted(wire, key=lambda e: e.thread)] == [b"0", b"1", b"2"]
    assert [wire.number_of(thread) for thread in threads] == [1, 2, 3]
    assert wire.number_of(threading.current_thread()) is None, "it made no recorded call"
    for sock in (s for ends in pairs for s in ends):
        sock.close()


def test_what_follows_a_join_comes_after_the_thread(listener: socket.socket) -> None:
    with watch() as wire:
        with running(echo_once, listener), socket.create_connection(listener.getsockname()) as sock:
            sock.send(b"x")
            sock.recv(1)
        listener.close()
    assert [e.call for e in wire.in_order()][-3:] == ["recv", "close", "close"]


def test_the_text_of_racing_threads_is_stable(listener: socket.socket) -> None:
    texts = set()
    for _ in range(60):
        with watch() as wire:
            with running(echo_once, listener), socket.create_connection(listener.getsockname()) as sock:
                sock.send(b"one")
                sock.recv(10)
                sock.send(b"two")
                sock.recv(10)
        texts.add(str(wire))
    assert len(texts) == 1


# What is left out


def test_quiet(pair: tuple[socket.socket, socket.socket]) -> None:
    quiet(pair[0])
    with watch() as wire:
        pair[0].send(b"not this")
        pair[1].send(b"this")
    assert [e.data for e in wire] == [b"this"]


def test_quiet_while_the_call_is_under_way(listener: socket.socket) -> None:
    def accept() -> None:
        with suppress(OSError):
            listener.accept()[0].close()

    with watch() as wire:
        with running(accept):
            wait_until(lambda: wire.pending)
            quiet(listener)
            assert wire.pending == []
            with unrecorded():
                socket.create_connection(listener.getsockname()).close()
    assert [e.call for e in wire if e.call != "close"] == []


def test_quiet_while_a_recv_is_under_way(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        with running(pair[0].recv, 10):
            wait_until(lambda: wire.pending)
            quiet(pair[0])
            pair[1].send(b"x")
    assert [e.call for e in wire] == ["send"]


def test_unrecorded_is_for_one_thread(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch() as wire:
        with unrecorded(), unrecorded():
            pair[0].send(b"hidden")
            with running(pair[1].send, b"seen"):
                pass
        pair[0].send(b"seen again")
    assert [e.data for e in wire] == [b"seen", b"seen again"]


# Bounds


def test_a_full_recording_goes_on_counting(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch(max_events=3) as wire:
        for _ in range(5):
            pair[0].send(b"x")
            pair[1].recv(1)
    assert (len(wire), wire.dropped) == (3, 7)
    assert str(wire).splitlines()[-1] == "(full: 7 more calls were counted but not kept)"
    pair[0].send(b"after the end")
    assert wire.dropped == 7


def test_one_dropped_call_is_a_call(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch(max_events=1) as wire:
        pair[0].send(b"x")
        pair[1].recv(1)
    assert str(wire).splitlines()[-1] == "(full: 1 more call was counted but not kept)"


def test_kept_bytes_are_bounded(pair: tuple[socket.socket, socket.socket]) -> None:
    with watch(keep_total=10_000) as wire:
        for _ in range(10):
            pair[0].sendall(b"x" * 5000)
            while select.select([pair[1]], [], [], 0)[0]:
                pair[1].recv(10_000)
    assert all(len(e.data) <= 4096 for e in wire if e.data is not None)
    assert sum(len(e.data or b"") for e in wire) <= 10_000
    assert wire[-1].data is None and sum(e.size or 0 for e in wire) == 100_000
    assert sum(f.size for f in wire.flows()) == 50_000


@pytest.mark.parametrize("bad", [{"max_events": 0}, {"keep_total": -1}])
def test_bad_bounds(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        with watch(**bad):  # type: ignore[arg-type]
            pass


# Calls under way at the beginning and at the end


def test_pending_calls(listener: socket.socket) -> None:
    """A client that waits for ever: the recording shows where."""
    with watch() as wire, socket.create_connection(listener.getsockname()) as sock:
        with running(sock.recv, 1024):
            wait_until(lambda: wire.pending)
            (waiting,) = wire.pending
            assert (waiting.actor, waiting.said, waiting.size) == ("client", "recv(1024)", None)
            assert waiting.time > waiting.started
            assert "recv" not in [e.call for e in wire]
            sock.shutdown(socket.SHUT_RDWR)
        assert wire.pending == []


def test_pending_in_a_full_recording(pair: tuple[socket.socket, socket.socket]) -> None:
    def work() -> None:
        pair[0].recv(1)
        pair[0].recv(2)

    with watch(max_events=1) as wire:
        with running(work):
            for asked in (1, 2):
                wait_until(lambda asked=asked: [e.asked for e in wire.pending] == [asked])
                pair[1].send(b"x")
    assert wire.dropped > 0


def test_a_call_that_failed_is_not_pending(listener: socket.socket) -> None:
    listener.setblocking(False)
    with watch() as wire:
        with pytest.raises(BlockingIOError):
            listener.accept()
        with pytest.raises(BlockingIOError):
            listener.recv(1) if sys.platform == "win32" else listener.accept()
        assert wire.pending == []


def test_a_wait_from_before_on_a_socket_that_is_used(pair: tuple[socket.socket, socket.socket]) -> None:
    with standby(), running(pair[0].recv, 10) as thread:
        wait_until(lambda: callers[thread.ident or 0].call())
        with watch() as wire:
            pair[0].send(b"x")
            assert [e.said for e in wire.pending] == ["recv(10)"]
        pair[1].send(b"x")


def test_a_call_that_outlives_the_watch(listener: socket.socket) -> None:
    sock = socket.create_connection(listener.getsockname())
    with sock, listener.accept()[0] as other:
        with watch() as wire:
            thread = threading.Thread(target=sock.recv, args=(10,))
            thread.start()
            wait_until(lambda: wire.pending)
        other.send(b"late")
        thread.join(DEADLINE)
        assert not thread.is_alive()
    assert list(wire) == []
    assert [(e.said, e.waited > 0) for e in wire.pending] == [("recv(10)", True)]


def test_an_accept_that_was_waiting_already(listener: socket.socket) -> None:
    """No standby: the accept began in plain code, before the watch."""
    with running(echo_once, listener) as thread:
        wait_until(lambda: sys._current_frames()[thread.ident or 0].f_code.co_name == "accept")
        with watch() as wire:
            with socket.create_connection(listener.getsockname()) as sock:
                sock.send(b"hi")
                sock.recv(10)
    assert [(e.actor, e.call) for e in wire.in_order()][3:5] == [("server", "accept"), ("server", "recv")]
    accept = next(e for e in wire if e.call == "accept")
    assert accept.started == 0.0 < accept.time
    assert len(wire.links()) == 2 and len(wire.flows()) == 2


def test_standby_sees_a_recv_that_was_waiting_already(listener: socket.socket) -> None:
    def serve(listener: socket.socket) -> None:
        with standby():
            echo_once(listener)

    with running(serve, listener) as thread, socket.create_connection(listener.getsockname()) as sock:
        sock.send(b"before")
        assert sock.recv(10) == b"before"
        wait_until(lambda: (call := callers[thread.ident or 0].call()) and call.method.call == "recv")
        with watch() as wire:
            sock.send(b"inside")
            assert sock.recv(10) == b"inside"
    assert short(wire.in_order()) == [
        ("client", "send", 6, 6, b"inside"),
        ("server", "recv", 1024, 6, b"inside"),
        ("server", "sendall", 6, 6, b"inside"),
        ("client", "recv", 10, 6, b"inside"),
    ]
    assert [e.said for e in wire.pending] == ["recv(1024)"]
    assert [f.size for f in wire.flows()] == [6, 6]


def test_an_idle_server_of_another_recording_is_none_of_ours(
    listener: socket.socket, pair: tuple[socket.socket, socket.socket]
) -> None:
    with standby(), running(echo_once, listener):
        with watch() as wire:
            pair[0].send(b"x")
        assert wire.pending == []
        socket.create_connection(listener.getsockname()).close()


# The end of the watch waits for what is on its way


def test_what_was_on_its_way_before_is_not_in(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["netlab.wire.watching"], "_BEFORE", DEADLINE)

    def serve() -> None:
        with standby():
            echo_once(listener)

    with running(serve), socket.create_connection(listener.getsockname()) as sock:
        sock.send(b"x")
        sock.recv(1)
        for _ in range(200):
            sock.send(b"before")
            with watch(settle_within=DEADLINE) as wire:
                sock.recv(10)
            assert [(e.actor, e.call) for e in wire] == [("client", "recv")]


def test_what_is_on_its_way_at_the_end_is_in(listener: socket.socket) -> None:
    """Also bytes that recv has taken already, when its thread still waits for the interpreter's lock."""
    with standby(), running(echo_once, listener), socket.create_connection(listener.getsockname()) as sock:
        for _ in range(200):
            with watch(settle_within=DEADLINE) as wire:
                sock.send(b"last")
            assert [e.call for e in wire if e.actor == "server" and e.size] == ["recv", "sendall"]
            sock.recv(10)


def test_a_system_that_does_not_tell_where_a_thread_is() -> None:
    assert _where(thread=0, descriptor=5) == "unsure"


def test_the_servers_last_calls_are_in(listener: socket.socket) -> None:
    for _ in range(100):
        with running(echo_once, listener):
            with watch(settle_within=DEADLINE) as wire:
                with socket.create_connection(listener.getsockname()) as sock:
                    sock.send(b"x")
                    sock.recv(10)
            assert [e.call for e in wire if e.actor == "server"][-2:] == ["recv", "close"]


def test_a_thread_that_is_busy_is_waited_for_only_so_long(listener: socket.socket) -> None:
    go = threading.Event()

    def slow(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            connection.recv(10)
            while not go.is_set():
                time.sleep(0.001)
            connection.send(b"late")

    with running(slow, listener):
        with watch(settle_within=0.05) as wire:
            with socket.create_connection(listener.getsockname()) as sock:
                sock.send(b"x")
        go.set()
    assert "late" not in str(wire)


def test_a_thread_that_waits_for_another_is_not_waited_for(listener: socket.socket) -> None:
    go = threading.Event()

    def waits(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            connection.recv(10)
            go.wait(DEADLINE)

    with running(waits, listener):
        begin = time.monotonic()
        with watch(settle_within=DEADLINE):
            with socket.create_connection(listener.getsockname()) as sock:
                sock.send(b"x")
        assert time.monotonic() - begin < DEADLINE / 2
        go.set()


def test_a_selector_that_is_closed_while_we_look() -> None:
    with selectors.DefaultSelector() as selector:
        frame: Any = SimpleNamespace(
            f_globals={"__name__": "selectors"},
            f_code=SimpleNamespace(co_name="select"),
            f_locals={"self": selector},
        )
        assert _state(None, frame) == "idle"
    assert _state(None, frame) == "busy"


def test_a_descriptor_that_is_closed_while_we_look() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert not _ready([(other, selectors.EVENT_READ)])
    assert _ready([(other, selectors.EVENT_READ)])


def test_events_are_plain_values(pair: tuple[socket.socket, socket.socket]) -> None:
    import copy
    import pickle

    with watch() as wire:
        pair[0].send(b"x")
    event = wire[0]
    assert isinstance(event, Event) and event == copy.copy(event) == pickle.loads(pickle.dumps(event))


@pytest.mark.parametrize("at", range(0, 20, 3))
def test_ctrl_c_while_the_methods_are_wrapped_leaves_none_wrapped(
    at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, calls, before = installing._put, 0, dict(vars(socket.socket))

    def interrupted(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > at:
            raise KeyboardInterrupt
        put(*arguments)

    monkeypatch.setattr(installing, "_put", interrupted)
    with pytest.raises(KeyboardInterrupt), watch():
        pass
    monkeypatch.undo()
    assert dict(vars(socket.socket)) == before
    with watch() as wire, socket.socket():
        assert "recv" in vars(socket.socket)
    assert len(wire) == 2 and dict(vars(socket.socket)) == before
