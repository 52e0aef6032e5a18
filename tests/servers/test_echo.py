"""What comes back is what was sent: every size, both families, both protocols."""

from __future__ import annotations

import random
import socket
import threading
from pathlib import Path

import pytest

from netlab.servers import EchoServer, UDPEchoServer

from .peers import DEADLINE, connect, receive_all, udp


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


HOSTS = ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here"))]


@pytest.mark.parametrize("host", HOSTS)
def test_hello(host: str) -> None:
    with EchoServer(host=host) as server, connect(server) as sock:
        assert (server.host, server.port) == server.address == sock.getpeername()[:2]
        sock.sendall(b"hello")
        assert sock.recv(1024) == b"hello"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "echo")
    for _ in range(2):  # stopping removes the path, so it can be used again
        with EchoServer(unix=path) as server, socket.socket(socket.AF_UNIX) as sock:
            sock.connect(server.address)
            sock.sendall(b"hello")
            assert sock.recv(1024) == b"hello"
            assert (server.host, server.port) == (path, 0)
        assert not (tmp_path / "echo").exists()


def test_eight_megabytes_and_half_close() -> None:
    """More than all buffers hold: the echo goes on while the client still sends, and after that."""
    data = random.Random(7).randbytes(8_000_000)
    with EchoServer() as server, connect(server) as sock:

        def send() -> None:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        received = receive_all(sock)
        sender.join(DEADLINE)
    assert received == data


def test_five_hundred_clients_at_once() -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip("this system allows too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    clients = []
    try:
        with EchoServer() as server:
            clients = [connect(server) for _ in range(500)]
            for number, sock in reversed(list(enumerate(clients))):
                sock.sendall(b"%d" % number)
            for number, sock in enumerate(clients):
                assert sock.recv(100) == b"%d" % number
            assert repr(server) == f"<EchoServer on 127.0.0.1:{server.port}, 500 connections>"
        assert [sock.recv(1) for sock in clients] == [b""] * 500
    finally:
        for sock in clients:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_client_that_resets_is_nobodys_error() -> None:
    with EchoServer() as server:
        for _ in range(20):
            sock = connect(server)
            sock.sendall(b"x" * 1000)
            sock.close()  # with the echo unread, or on its way: a reset
        with connect(server) as sock:
            sock.sendall(b"still there")
            assert sock.recv(100) == b"still there"
    assert server.errors == []


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("size", [0, 1, 1472, 65507])
def test_datagram_sizes(host: str, size: int) -> None:
    with UDPEchoServer(host=host) as server, udp(server) as sock:
        sock.sendto(b"u" * size, server.address)
        data, address = sock.recvfrom(65536)
        assert data == b"u" * size
        assert address[:2] == server.address


def test_datagrams_keep_their_boundaries_and_their_senders() -> None:
    with UDPEchoServer() as server, udp(server) as one, udp(server) as two:
        for message in (b"a", b"bb", b""):
            one.sendto(message, server.address)
            two.sendto(message.upper(), server.address)
        assert [one.recv(100) for _ in range(3)] == [b"a", b"bb", b""]
        assert [two.recv(100) for _ in range(3)] == [b"A", b"BB", b""]


def test_udp_server_survives_a_client_that_left() -> None:
    """The answer to a closed port brings an ICMP error, which some systems report at the next recvfrom."""
    with UDPEchoServer() as server, udp(server) as sock:
        for _ in range(10):
            with udp(server) as gone:
                gone.sendto(b"bye", server.address)
        sock.sendto(b"still there", server.address)
        assert sock.recv(100) == b"still there"


def test_any_bytes_in_any_pieces() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    from hypothesis import strategies as st

    with EchoServer() as server, connect(server) as sock:

        @hypothesis.settings(max_examples=60, deadline=None)
        @hypothesis.given(st.lists(st.binary(max_size=5000), max_size=8))
        def echoes(pieces: list[bytes]) -> None:
            for piece in pieces:
                sock.sendall(piece)
            expected, received = b"".join(pieces), b""
            while len(received) < len(expected):
                received += sock.recv(65536)
            assert received == expected

        echoes()


def test_any_datagram() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    from hypothesis import strategies as st

    with UDPEchoServer() as server, udp(server) as sock:

        @hypothesis.settings(max_examples=60, deadline=None)
        @hypothesis.given(st.binary(max_size=2000))
        def echoes(data: bytes) -> None:
            sock.sendto(data, server.address)
            assert sock.recv(65536) == data

        echoes()
