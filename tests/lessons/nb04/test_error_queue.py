"""The ICMP errors that came back."""

from __future__ import annotations

import socket
import sys
import time

import pytest

from netlab import network_errors, watch, watch_errors
from netlab.wire import NotOnThisSystem

WAIT = 20.0  # seconds: only against hanging
linux = pytest.mark.skipif(sys.platform != "linux", reason="the error queue is Linux's")


def closed_port(family: socket.AddressFamily, host: str) -> int:
    with socket.socket(family, socket.SOCK_DGRAM) as gone:
        gone.bind((host, 0))
        return int(gone.getsockname()[1])


@linux
@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["IPv4", "IPv6"]
)
def test_an_icmp_error_comes_with_its_datagram(family: socket.AddressFamily, host: str) -> None:
    port = closed_port(family, host)
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.5)  # must not make network_errors() wait or fail
        watch_errors(sock)
        assert network_errors(sock) == []
        sock.sendto(b"anybody there?", (host, port))
        with watch() as recording:
            (error,) = network_errors(sock, timeout=WAIT)
        assert len(recording) == 0
        assert (error.error, error.data, error.reporter) == ("ECONNREFUSED", b"anybody there?", host)
        assert error.icmp == "destination unreachable (port)" and error.destination == (host, port)
        assert network_errors(sock) == []


@linux
def test_a_broken_connection_does_not_make_it_spin() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as client:
            server, _ = listener.accept()
            watch_errors(client)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            server.close()
            begin = time.monotonic()
            assert network_errors(client, timeout=WAIT) == []
            assert time.monotonic() - begin < WAIT / 2  # at once, because nothing more can come


@linux
def test_a_closed_socket() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.close()
    for call in (watch_errors, network_errors):
        with pytest.raises(ValueError, match="closed"):
            call(sock)


def test_elsewhere_they_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for call in (watch_errors, network_errors):
            with pytest.raises(NotOnThisSystem, match="works on Linux only"):
                call(sock)
