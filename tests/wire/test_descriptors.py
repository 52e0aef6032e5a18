"""One socket of the kernel is one socket of the recording, however its descriptors came about."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from netlab.view import describe
from netlab.view.ladders.call_arrows import arrows_of
from netlab.view.ladders.call_rows import rows_of
from netlab.wire import Recording, known, watch

DEADLINE = 20.0  # seconds; only against hanging
not_windows = pytest.mark.skipif(
    sys.platform == "win32", reason="descriptors of sockets are others on Windows"
)
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
FAMILIES = [socket.AF_INET, *([socket.AF_INET6] if socket.has_ipv6 else [])]


@pytest.fixture(params=FAMILIES, ids=lambda family: family.name)
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    host = "127.0.0.1" if request.param == socket.AF_INET else "::1"
    with socket.create_server((host, 0), family=request.param) as sock:
        yield sock


def connection(listener: socket.socket) -> tuple[socket.socket, socket.socket]:
    client = socket.create_connection(listener.getsockname()[:2], DEADLINE)
    conn, _ = listener.accept()
    conn.settimeout(DEADLINE)
    return client, conn


def shared(wire: Recording, actor: str = "client") -> list[tuple[str, Any]]:
    return [(e.call, e.asked) for e in wire if e.actor == actor and e.call == "close"]


def by_dup(sock: socket.socket) -> socket.socket:
    return sock.dup()


def by_fromfd(sock: socket.socket) -> socket.socket:
    return socket.fromfd(sock.fileno(), sock.family, sock.type)


def by_fileno(sock: socket.socket) -> socket.socket:
    return socket.socket(fileno=os.dup(sock.fileno()))


def by_passing(sock: socket.socket) -> socket.socket:
    one, other = socket.socketpair()
    with one, other:
        socket.send_fds(one, [b"x"], [sock.fileno()])
        return socket.socket(fileno=socket.recv_fds(other, 1, 1)[1][0])


COPIES = [by_dup, by_fromfd, by_fileno, *([by_passing] if hasattr(socket, "send_fds") else [])]


@not_windows
@pytest.mark.parametrize("before", [False, True], ids=["in the watch", "before it"])
@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.__name__)
def test_a_duplicate_is_the_same_socket(
    copy: Callable[[socket.socket], socket.socket], before: bool, listener: socket.socket
) -> None:
    ends = connection(listener) if before else None
    second = copy(ends[0]) if ends else None
    with watch() as wire:
        client, conn = ends or connection(listener)
        with conn, client:
            client.sendall(b"a")
            second = second or copy(client)
            second.sendall(b"b")
            client.close()
            second.sendall(b"c")
            got = b""
            while len(got) < 3:
                got += conn.recv(9)
            second.close()
            assert conn.recv(9) == b""
    assert len({e.socket for e in wire if e.call == "sendall"}) == 1
    assert [e.asked for e in wire if e.call == "close" and e.actor == "client"] == ["shared", None]
    (cause, effect) = next((c, e) for c, e in wire.links() if e.call == "recv")
    assert cause.asked is None and effect.size == 0, "the last of the two ended the stream"
    assert sum(f.size for f in wire.flows() if f.received.call == "recv") == 3
    assert "another descriptor keeps it open" in str(wire)


@not_windows
def test_a_duplicate_that_is_dropped(listener: socket.socket) -> None:
    with watch() as wire:
        client, conn = connection(listener)
        with conn, client:
            second = client.dup()
            with pytest.warns(ResourceWarning):
                del second
            client.sendall(b"a")
            conn.recv(1)
    assert shared(wire) == [("close", "shared"), ("close", None)]


@pytest.mark.parametrize("named", [True, False])
def test_detach_and_go_on(listener: socket.socket, named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the system has no name for a socket."""
    if not named:
        monkeypatch.setattr(known, "_name", lambda *_: None)
    with watch() as wire:
        client, conn = connection(listener)
        with conn:
            kept = client
            descriptor = client.detach()
            assert kept.fileno() == -1
            with closing(socket.socket(fileno=descriptor)) as again:
                again.sendall(b"a")
                assert conn.recv(1) == b"a"
            assert conn.recv(1) == b""
    assert shared(wire) == [("close", None)]
    assert [c.call for c, e in wire.links()] == ["connect", "close"]
    assert len({e.socket for e in wire if e.actor == "client"}) == 1


@not_windows
def test_detach_and_close_below(listener: socket.socket) -> None:
    """What happens to a descriptor after detach() is not seen: nothing is said of it."""
    with watch() as wire:
        client, conn = connection(listener)
        with conn:
            os.close(client.detach())
            assert conn.recv(1) == b""
    assert shared(wire) == [] and [e.call for _, e in wire.links()] == ["accept"]
    assert describe(wire) == "The client connected."


@not_windows
def test_what_is_read_below_is_not_said_to_be_unread(listener: socket.socket) -> None:
    def words(wire: Recording) -> list[str]:
        events = list(wire)
        return [arrow.text for arrow in arrows_of(events, rows_of(events), wire)[0]]

    with watch() as wire:
        client, conn = connection(listener)
        with conn:
            conn.sendall(b"hello")
            assert words(wire) == ["handshake", "5 bytes, not read"]
            descriptor = client.detach()
            assert os.read(descriptor, 9) == b"hello"
            os.close(descriptor)
    assert words(wire) == ["handshake"]


@not_windows
def test_a_number_that_is_used_again(listener: socket.socket) -> None:
    """os.close() behind the socket's back, and the kernel gives the number to the next one."""
    with watch() as wire:
        client, conn = connection(listener)
        os.close(client.fileno())
        other = socket.socket(listener.family)
        assert other.fileno() == client.fileno()
        other.connect(listener.getsockname())
        conn2, _ = listener.accept()
        other.sendall(b"x")
        second = other.dup()
        second.sendall(b"y")
        client.detach()
        for sock in (other, second, conn, conn2):
            sock.close()
    numbers = {e.socket for e in wire if e.call == "sendall"}
    assert len(numbers) == 1 and len({e.socket for e in wire if e.call == "connect"}) == 2


def test_share_through_another_class(listener: socket.socket) -> None:
    class Mine(socket.socket):
        pass

    with watch() as wire:
        client, conn = connection(listener)
        with conn, Mine(client.family, client.type, client.proto, fileno=client.detach()) as again:
            again.sendall(b"x")
            conn.recv(1)
    assert len({e.socket for e in wire if e.actor == "client"}) == 1


def test_another_object_takes_the_descriptor_before_it_is_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ssl does. Both ends of a Unix socketpair have the same names: none."""
    for system in (sys.platform, "another"):
        monkeypatch.setattr(known.sys, "platform", system)
        with watch() as wire:
            one, other = socket.socketpair()
            with closing(socket.socket(one.family, one.type, one.proto, fileno=one.fileno())) as again, other:
                one.detach()
                again.sendall(b"x")
                assert other.recv(1) == b"x"
        assert [f.size for f in wire.flows()] == [1] and len(wire.actors) == 2
        assert [e.asked for e in wire if e.call == "close"] == [None, None]


# Connecting more than once


def until_connected(client: socket.socket, address: Any) -> list[int]:
    codes: list[int] = []
    waiting = (errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK, getattr(errno, "WSAEINVAL", -1))
    while not codes or codes[-1] in waiting:
        codes.append(client.connect_ex(address))
    return codes


def test_connect_ex_again_and_again(listener: socket.socket) -> None:
    with watch() as wire, closing(socket.socket(listener.family)) as client:
        client.setblocking(False)
        until_connected(client, listener.getsockname())
        client.setblocking(True)
        for _ in range(2):
            with pytest.raises(OSError):
                client.connect(listener.getsockname())
        with listener.accept()[0] as conn:
            client.sendall(b"hello")
            conn.recv(9)
    assert [(c.call, e.call) for c, e in wire.links()] == [("connect_ex", "accept")]
    assert describe(wire) == "The client connected and sent 5 bytes."
    assert "already connected" in next(e.error or "" for e in wire if e.call == "connect")


def test_a_connect_that_fails_later(listener: socket.socket) -> None:
    """Under way at first, refused in the end: a later client with that port is not taken for it."""
    address = listener.getsockname()
    listener.close()
    with watch() as wire, closing(socket.socket(listener.family)) as client:
        client.setblocking(False)
        codes = until_connected(client, address)
    assert codes[-1] not in (0, errno.EISCONN)
    assert "connected" not in describe(wire)


def test_a_connect_of_which_nobody_hears_again(listener: socket.socket) -> None:
    """As asyncio does: the outcome is asked with getsockopt(), which is no call of the recording."""
    address = listener.getsockname()
    listener.close()
    with watch() as wire, closing(socket.socket(listener.family)) as client:
        client.setblocking(False)
        first = client.connect_ex(address)
    began = first in (errno.EINPROGRESS, errno.EWOULDBLOCK)
    assert describe(wire).startswith("The client began to connect." if began else "The client's connect_ex")
    assert "client connected" not in describe(wire)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_a_unix_socket_has_to_try_again(tmp_path: Any) -> None:
    """A full queue refuses for now: the second try is the one that is accepted."""
    path = str(tmp_path / "s")
    with watch() as wire, closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(path)
        server.listen(0)
        clients: list[socket.socket] = []
        while True:
            clients.append(socket.socket(socket.AF_UNIX))
            clients[-1].setblocking(False)
            if code := clients[-1].connect_ex(path):
                break
            assert len(clients) < 100
        accepted = [server.accept()[0]]
        if code in (errno.EAGAIN, errno.EWOULDBLOCK):
            clients[-1].connect(path)
            clients.append(socket.socket(socket.AF_UNIX))
        accepted += [server.accept()[0] for _ in clients[2:]]
        for i, (client, conn) in enumerate(zip(clients, accepted, strict=False)):
            client.setblocking(True)
            client.sendall(b"%d" % i)
            assert conn.recv(9) == b"%d" % i
        for sock in clients + accepted:
            sock.close()
    links = [(c, e) for c, e in wire.links() if e.call == "accept"]
    assert all(not c.error for c, _ in links) and len(links) == len(accepted)
    assert len(wire.flows()) == len(accepted)


def test_two_listeners_with_one_number() -> None:
    """127.0.0.1 and ::1, or two hosts: whom a client reached is a matter of the whole address."""
    hosts = [(socket.AF_INET, "127.0.0.1")]
    hosts += [(socket.AF_INET6, "::1")] if socket.has_ipv6 else [(socket.AF_INET, "127.0.0.2")]
    with closing(socket.create_server((hosts[0][1], 0))) as one:
        port = one.getsockname()[1]
        with suppress(OSError), closing(socket.create_server((hosts[1][1], port), family=hosts[1][0])) as two:
            with watch() as wire:
                with closing(socket.socket()) as idle:
                    idle.bind((hosts[0][1], 0))
                    idle.listen()
                    two.listen()
                    client, conn = connection(one)
                    client.close()
                    conn.close()
            assert "nobody" not in describe(wire)
            assert [e.call for _, e in wire.links()] == ["accept"]


@linux
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_another_process_accepts(listener: socket.socket) -> None:
    """Its accept is in no recording; but the kernel knows that nothing waits any more."""
    if (child := os.fork()) == 0:
        conn, _ = listener.accept()
        conn.recv(9)
        os._exit(0)
    with watch() as wire, closing(socket.socket(listener.family)) as client:
        listener.listen()  # so that the recording knows it for a listener
        client.connect(listener.getsockname())
        client.sendall(b"x")
        os.waitpid(child, 0)
    assert describe(wire) == "The client connected and sent 1 byte."
    with watch() as wire, closing(socket.socket(listener.family)) as client:
        listener.listen()
        client.connect(listener.getsockname())
        number = next(e.socket for e in wire if e.call == "listen")
        assert wire.waiting(number) == 1
    assert wire.waiting(number) == 1
    assert describe(wire) == "The client was connected, although nobody accepted it."


@linux
def test_what_waited_when_the_listener_was_closed() -> None:
    with watch() as wire:
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            clients = [socket.create_connection(listener.getsockname()) for _ in range(2)]
            listener.accept()[0].close()
        for client in clients:
            client.close()
    assert wire.waiting(next(e.socket for e in wire if e.call == "listen")) == 1
    assert describe(wire).endswith("Client 2 was connected, although nobody accepted it.")


def test_an_accept_that_finds_nobody(listener: socket.socket) -> None:
    listener.setblocking(False)
    with watch() as wire:
        with pytest.raises(BlockingIOError):
            listener.accept()
        client = socket.create_connection(listener.getsockname()[:2], DEADLINE)
        listener.setblocking(True)
        conn, _ = listener.accept()
        client.close()
        conn.close()
    assert [(c.call, e.call) for c, e in wire.links()] == [("connect", "accept")]
    assert describe(wire) == "The client connected."


def test_asyncio_with_a_duplicate(listener: socket.socket) -> None:
    import asyncio

    async def main() -> bytes:
        client = socket.create_connection(listener.getsockname()[:2], DEADLINE)
        reader, writer = await asyncio.open_connection(sock=client.dup())
        client.close()
        writer.write(b"hello")
        await writer.drain()
        answer = await reader.read()
        writer.close()
        return answer

    def serve() -> None:
        conn, _ = listener.accept()
        with conn:
            conn.sendall(conn.recv(9).upper())

    thread = threading.Thread(target=serve)
    thread.start()
    loop = asyncio.SelectorEventLoop()
    with watch() as wire:
        assert loop.run_until_complete(asyncio.wait_for(main(), DEADLINE)) == b"HELLO"
        thread.join(DEADLINE)
        loop.close()
    assert set(wire.actors) == {"client", "server"}
    assert sum(f.size for f in wire.flows()) == 10
