"""What the kernel tells: real loopback sockets where the system can, sentences where it cannot."""

from __future__ import annotations

import random
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from netlab.wire import (
    NotOnThisSystem,
    SocketRow,
    SocketTable,
    opened,
    save_syn,
    saved_syn,
    socket_table,
    tcp_info,
    watch,
)
from netlab.wire import sockets as sockets_module
from netlab.wire import table as table_module
from netlab.wire.sockets import _decode

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells this")
DEADLINE = 20.0  # seconds; only against hanging


# On Linux all of 127.0.0.0/8 is this machine. An address of our own: port numbers come up in other tests.
HERE = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.7" if sys.platform == "linux" else "127.0.0.1"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HERE, 0)) as sock:
        sock.settimeout(DEADLINE)
        opened(sock.getsockname()[1])
        yield sock


@pytest.fixture
def connection(listener: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_connection(listener.getsockname(), DEADLINE) as client:
        with listener.accept()[0] as server:
            yield client, server


def table(port: int) -> list[tuple[str, str]]:
    return [(row.state, row.holder) for row in ours(port)]


def ours(port: int) -> list[SocketRow]:
    return [row for row in socket_table(port) if HERE in (row.local[0], row.peer and row.peer[0])]


def eventually(expected: Any, look: Callable[[], Any]) -> None:
    """The kernel may need a moment, for instance for an acknowledgment."""
    end = time.monotonic() + DEADLINE
    while (seen := look()) != expected:
        assert time.monotonic() < end, f"expected {expected}, still {seen}"
        time.sleep(0.001)


# The table


@linux
def test_connected_before_accept_ran(listener: socket.socket) -> None:
    """The kernel completes the handshake by itself; accept hands over what it has kept."""
    port = listener.getsockname()[1]
    with socket.create_connection(listener.getsockname(), DEADLINE) as client:
        client.send(b"hello")
        rows = ours(port)
        assert table(port) == [
            ("LISTEN", "this process"),
            ("ESTABLISHED", "the kernel"),
            ("ESTABLISHED", "this process"),
        ]
        assert [row.waiting for row in rows] == [1, None, None]
        assert rows[1].unread == 5
        with listener.accept()[0]:
            assert ours(port)[0].waiting == 0
            assert [holder for _, holder in table(port)] == ["this process"] * 3


@linux
def test_the_states_of_closing(
    listener: socket.socket, connection: tuple[socket.socket, socket.socket]
) -> None:
    client, server = connection
    port = listener.getsockname()[1]
    listener.close()
    client.close()
    eventually([("CLOSE-WAIT", "this process"), ("FIN-WAIT-2", "the kernel")], lambda: table(port))
    server.close()
    eventually([("TIME-WAIT", "the kernel")], lambda: table(port))
    (row,) = ours(port)
    assert row.peer is not None and row.peer[1] == port, "who closes first keeps TIME-WAIT"
    opened(port)  # a new user of the number begins
    eventually([], lambda: opened(port) or table(port))


@linux
def test_the_first_row_of_an_older_user_is_left_out() -> None:
    """A port number is used again within the minute of TIME-WAIT."""
    with socket.socket() as first, socket.socket() as client:
        first.bind((HERE, 0))
        first.listen()
        port = first.getsockname()[1]
        client.connect(first.getsockname())
        with first.accept()[0]:
            client.close()
    eventually([("TIME-WAIT", "the kernel")], lambda: table(port))
    time.sleep(0.05)  # further apart than the kernel's ticks
    with socket.socket() as second:
        second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with watch():
            second.bind((HERE, port))
        assert table(port) == [], "and a socket that is only bound is in no list yet"


@linux
def test_udp_and_ipv6() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("::1", 0))
        except OSError:
            pytest.skip("this system has no IPv6 loopback")
        sock.sendto(b"hello", sock.getsockname())
        (row,) = (row for row in socket_table(sock.getsockname()[1]) if row.protocol == "UDP")
    assert (row.protocol, row.local[0], row.peer, row.state) == ("UDP", "::1", None, "")
    assert row.unread and row.unread >= 5, "the kernel counts its own overhead, too"
    assert f"[::1]:{row.local[1]}" in str(SocketTable([row]))


@linux
def test_without_a_port_it_is_this_process(listener: socket.socket) -> None:
    assert {row.holder for row in socket_table()} == {"this process"}
    assert listener.getsockname() in [row.local for row in socket_table()]


@linux
def test_another_process() -> None:
    code = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); "
    code += "print(s.getsockname()[1], flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None and child.stdin is not None
        port = int(child.stdout.readline())
        assert next(row.holder for row in socket_table(port)) == "another process"
        child.stdin.close()


@linux
def test_the_kernel_may_list_a_socket_twice(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does when others come and go while the list is read."""
    lines = table_module._lines
    monkeypatch.setattr(table_module, "_lines", lambda path: [line for line in lines(path) for _ in (1, 2)])
    assert table(listener.getsockname()[1]) == [("LISTEN", "this process")]


def test_the_table_reads_well_and_is_stable() -> None:
    here, there = ("127.0.0.1", 8080), ("127.0.0.1", 50000)
    rows = SocketTable(
        [
            SocketRow("TCP", here, None, "LISTEN", waiting=1, holder="this process"),
            SocketRow("TCP", here, there, "ESTABLISHED", 0, 5, None, "the kernel"),
            SocketRow("TCP", there, here, "TIME-WAIT"),
        ]
    )
    assert str(rows) == repr(rows)
    assert str(rows).splitlines() == [
        "     local            peer             state        unsent       unread  held by",
        "TCP  127.0.0.1:8080   *                LISTEN               1 to accept  this process",
        "TCP  127.0.0.1:8080   127.0.0.1:50000  ESTABLISHED       0            5  the kernel",
        "TCP  127.0.0.1:50000  127.0.0.1:8080   TIME-WAIT",
    ]
    assert str(SocketTable()) == "(no socket)"
    assert len(rows) == 3 and rows[0].state == "LISTEN"


@pytest.mark.parametrize("port", [-1, 65536])
def test_no_such_port(port: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 65535"):
        socket_table(port)


def psutil_row(
    local: Any, peer: Any, status: str, kind: int = socket.SOCK_STREAM, pid: int | None = None
) -> Any:
    fields = {"laddr": local, "raddr": peer, "status": status, "type": kind}
    return SimpleNamespace(**fields) if pid is None else SimpleNamespace(**fields, pid=pid)


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_ask_psutil(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    psutil = pytest.importorskip("psutil")
    here, there = ("127.0.0.1", 80), ("127.0.0.1", 5000)
    found = [
        psutil_row(there, here, "ESTABLISHED"),
        psutil_row(here, (), "LISTEN"),
        psutil_row(there, here, "FIN_WAIT2"),
        psutil_row(("127.0.0.1", 81), (), "LISTEN"),
        psutil_row(here, (), "NONE", socket.SOCK_DGRAM),
    ]
    everyone = [*found, psutil_row(there, here, "TIME_WAIT", pid=0)]
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(psutil.Process, "net_connections", lambda self, kind: found, raising=False)
    monkeypatch.setattr(psutil, "net_connections", lambda kind: everyone)
    rows = socket_table(80)
    expected = ["LISTEN", "ESTABLISHED", "FIN-WAIT-2", ""]
    assert [row.state for row in rows] == (
        expected if system == "darwin" else [*expected[:3], "TIME-WAIT", ""]
    )
    assert {row.protocol for row in rows} == {"TCP", "UDP"}
    assert len(socket_table()) == 5


def test_a_system_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    psutil = pytest.importorskip("psutil")

    def refuse(self: Any, kind: str) -> None:
        raise psutil.AccessDenied(1)

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(psutil.Process, "net_connections", refuse, raising=False)
    with pytest.raises(NotOnThisSystem, match="does not show its sockets"):
        socket_table()


def test_psutil_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(NotOnThisSystem, match="pip install psutil"):
        socket_table()


# TCP_INFO


@linux
def test_tcp_info(connection: tuple[socket.socket, socket.socket]) -> None:
    client, server = connection
    client.send(b"x" * 1000)
    got = 0
    while got < 1000:
        got += len(server.recv(1000))
    info = tcp_info(client)
    assert info.state == "ESTABLISHED"
    assert info.rtt is not None and 0 < info.rtt < 5
    assert info.rto is not None and 0.1 < info.rto < 10
    assert info.cwnd and info.mss and info.retransmits == 0
    eventually(1001, lambda: tcp_info(client).bytes_acked)  # with the SYN
    assert tcp_info(server).bytes_received == 1000
    server.close()
    eventually("CLOSE-WAIT", lambda: tcp_info(client).state)


def test_an_older_kernel_tells_less() -> None:
    """Linux 4.1 had 136 bytes; struct tcp_info grows at its end only."""
    raw = bytearray(136)
    raw[0] = 1
    struct.pack_into("=I", raw, 68, 1500)
    struct.pack_into("=I", raw, 76, 0x7FFFFFFF)
    struct.pack_into("=Q", raw, 120, 77)
    info = _decode(bytes(raw))
    assert (info.state, info.rtt, info.bytes_acked) == ("ESTABLISHED", 0.0015, 77)
    assert info.ssthresh is None, "none was set yet"
    assert info.min_rtt is None and info.bytes_sent is None and info.send_window is None


# The SYN


@linux
def test_the_real_syn(listener: socket.socket) -> None:
    save_syn(listener)
    with socket.create_connection(listener.getsockname(), DEADLINE) as client, listener.accept()[0] as server:
        syn = saved_syn(server)
        assert syn == saved_syn(server), "the kernel hands it out once; ask as often as you like"
        source, destination = client.getsockname(), server.getsockname()
    assert syn[0] >> 4 == 4 and syn[9] == socket.IPPROTO_TCP
    assert socket.inet_ntoa(syn[12:16]) == source[0] and socket.inet_ntoa(syn[16:20]) == destination[0]
    assert struct.unpack("!HH", syn[20:24]) == (source[1], destination[1])
    assert syn[33] == 0x02, "SYN and no other flag"


@linux
def test_no_syn_was_kept(connection: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(ValueError, match="save_syn"):
        saved_syn(connection[1])


# Bad input


@pytest.mark.parametrize("ask", [tcp_info, save_syn, saved_syn])
def test_a_closed_socket(ask: Callable[[socket.socket], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    sock = socket.socket()
    sock.close()
    with pytest.raises(ValueError, match="closed"):
        ask(sock)


@pytest.mark.parametrize("ask", [tcp_info, save_syn, saved_syn])
def test_not_tcp(ask: Callable[[socket.socket], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(ValueError, match=r"TCP.*SOCK_DGRAM"):
        ask(sock)


@pytest.mark.parametrize("ask", [tcp_info, save_syn, saved_syn])
def test_not_a_socket(ask: Callable[[Any], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(TypeError, match="int"):
        ask(5)


@pytest.mark.parametrize("ask", [tcp_info, save_syn, saved_syn])
def test_not_on_this_system(ask: Callable[[socket.socket], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with socket.socket() as sock, pytest.raises(NotOnThisSystem, match=r"Linux.*'win32'"):
        ask(sock)
    assert issubclass(NotOnThisSystem, OSError)


def test_the_names_are_there() -> None:
    import netlab.wire

    for name in netlab.wire.__all__:
        assert getattr(netlab.wire, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = netlab.wire.nonsense
    assert sockets_module.STATES[10] == "LISTEN"


def test_what_importing_costs() -> None:
    """netlab.wire is part of every notebook's first line: nothing heavy comes with it."""
    use = "import sys; from netlab.wire import *; watch"
    code = f"{use}; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"psutil", "asyncio", "ssl", "matplotlib", "IPython", "ipywidgets", "numpy"} & set(loaded)
