"""A server and watch() together: each run gives the same text, without netlab's own doings."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from netlab.servers import EchoServer, UDPEchoServer, serve
from netlab.wire import Recording, watch

from .peers import connect, receive_all, udp

RUNS = 30


def client_leaves_first() -> Recording:
    with watch() as wire, EchoServer() as server, connect(server) as sock:
        sock.sendall(b"hi")
        assert sock.recv(10) == b"hi"
    return wire


def client_leaves_at_once() -> Recording:
    with watch() as wire, EchoServer() as server:
        connect(server).close()
    return wire


def server_leaves_first() -> Recording:
    with watch() as wire:
        with EchoServer() as server:
            sock = connect(server)
            sock.sendall(b"hi")
            assert sock.recv(10) == b"hi"
        assert receive_all(sock) == b""
        sock.close()
    return wire


def datagram_and_answer() -> Recording:
    with watch() as wire, UDPEchoServer() as server, udp(server) as sock:
        sock.sendto(b"hi", server.address)
        assert sock.recvfrom(10)[0] == b"hi"
    return wire


def datagram_and_away() -> Recording:
    with watch() as wire, UDPEchoServer() as server, udp(server) as sock:
        sock.sendto(b"hi", server.address)
    return wire


def function_with_a_socket() -> Recording:
    def count(sock: socket.socket) -> None:
        while True:
            data, address = sock.recvfrom(100)
            sock.sendto(b"%d" % len(data), address)

    with watch() as wire, serve(count, on="socket") as server, udp(server) as sock:
        sock.sendto(b"hi", server.address)
        assert sock.recvfrom(10)[0] == b"2"
    return wire


PROGRAMS: dict[Callable[[], Recording], str] = {
    client_leaves_first: "socket bind listen accept recv sendall recv close",
    client_leaves_at_once: "socket bind listen accept recv close",
    server_leaves_first: "socket bind listen accept recv sendall recv close",
    datagram_and_answer: "socket bind recvfrom sendto",
    datagram_and_away: "socket bind recvfrom sendto",
    function_with_a_socket: "socket bind recvfrom sendto",
}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_run_gives_the_same_recording(program: Callable[[], Recording]) -> None:
    recordings = [program() for _ in range(RUNS)]
    assert len({str(wire) for wire in recordings}) == 1
    calls = [event.call for event in recordings[0] if event.actor == "server"]
    assert " ".join(calls) == PROGRAMS[program]


def server_calls(wire: Recording) -> list[tuple[str, bytes | None]]:
    return [(event.call, event.data) for event in wire if event.actor.startswith("server")]


def test_a_server_made_before_the_watch() -> None:
    """The call that waits when the watch begins is seen, and known for a server's."""
    with EchoServer() as server, connect(server) as old:
        old.sendall(b"one")
        assert old.recv(10) == b"one"
        with watch() as wire:
            old.sendall(b"two")
            assert old.recv(10) == b"two"
            with connect(server) as new:
                new.sendall(b"three")
                assert new.recv(10) == b"three"
    for expected in [("recv", b"two"), ("accept", None), ("recv", b"three")]:
        assert expected in server_calls(wire)


def test_a_datagram_server_made_before_the_watch() -> None:
    with UDPEchoServer() as server, udp(server) as sock:
        with watch() as wire:
            sock.sendto(b"four", server.address)
            assert sock.recv(10) == b"four"
    assert server_calls(wire) == [("recvfrom", b"four"), ("sendto", b"four")]
