"""Kernel paths: real TCP and UDP through a link, on Linux without root."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from netlab import link
from netlab.link import Link
from netlab.wire import pcapng, watch

from .paths import WAIT, Pair, Task, assert_weather, both_families, child, needs_kernel, read_exact, until  # noqa: F401

pytestmark = needs_kernel


# What passes


def test_a_connection(ipv6: bool) -> None:
    with link.kernel(delay=0.01, ipv6=ipv6) as path, Pair(path) as pair:
        assert type(pair.client) is type(pair.listener) is socket.socket
        assert pair.listener.getsockname()[0] == path.near
        assert pair.client.getpeername()[0] == path.far == pair.seen_from[0]
        assert pair.carry(b"hello") == b"hello"
        pair.server.sendall(b"world")
        assert read_exact(pair.client, 5) == b"world"
        pair.client.shutdown(socket.SHUT_WR)
        assert pair.server.recv(1) == b""
        packets = path.packets
    assert (path.near, path.far) == (("2001:db8::1", "2001:db8::2") if ipv6 else ("192.0.2.1", "192.0.2.2"))
    first, second, third = packets[:3]
    assert [event.packet.tcp.flag_names for event in (first, second, third)] == [
        ("SYN",),
        ("SYN", "ACK"),
        ("ACK",),
    ]
    assert [event.direction for event in (first, second, third)] == ["out", "back", "out"]
    assert second.packet.ip.source_address == path.far  # as the client sees it: one conversation
    assert second.packet.ip.destination_address == path.near
    assert second.packet.ports == first.packet.ports[::-1]
    assert second.sent >= first.sent + 0.01
    assert_weather(packets, path.link, path.link)


def test_segments_are_what_a_wire_would_carry(ipv6: bool) -> None:
    with link.kernel(mtu=1300, ipv6=ipv6) as path, Pair(path) as pair:
        pair.carry(bytes(200_000))
        assert max(len(event.data) for event in path.packets) == 1300
        assert not any(event.packet.checksum_errors for event in path.packets)


def test_datagrams_keep_their_bounds_and_fragments_find_their_way(ipv6: bool) -> None:
    out, back = Link(delay=0.002), Link(delay=0.001)
    with (
        link.kernel(out, back=back, ipv6=ipv6) as path,
        path.datagram_socket(0) as server,
        path.datagram_socket() as client,
    ):
        client.settimeout(WAIT)
        server.settimeout(WAIT)
        for data in (b"", b"one", bytes(5000)):
            client.sendto(data, (path.far, server.getsockname()[1]))
            got, address = server.recvfrom(9000)
            assert (got, address[0]) == (data, path.far)
            server.sendto(data, address)
            assert client.recv(9000) == data
        packets = path.packets
    assert_weather(packets, out, back)
    assert [event.direction for event in packets] == 2 * ["out", "back"] + 4 * ["out"] + 4 * ["back"]


def test_a_closed_port_answers(ipv6: bool) -> None:
    with link.kernel(ipv6=ipv6) as path, path.datagram_socket() as datagrams, path.socket() as stream:
        datagrams.settimeout(WAIT)
        datagrams.connect((path.far, 9))
        datagrams.send(b"anybody?")
        with pytest.raises(ConnectionRefusedError):  # an ICMP error, which quotes our own packet
            datagrams.recv(10)
        with pytest.raises(ConnectionRefusedError):
            stream.connect((path.far, 9))
        assert [event.direction for event in path.packets] == ["out", "back"] * 2


def test_no_way_leads_around_the_link(ipv6: bool) -> None:
    with link.kernel(ipv6=ipv6) as path, path.listen() as listener:
        port = listener.getsockname()[1]
        for host in (path.near, "::1" if ipv6 else "127.0.0.1"):
            with path.socket() as sock, pytest.raises(OSError, match="unreachable"):
                sock.settimeout(WAIT)
                sock.connect((host, port))
        assert not path.packets


def test_the_recording_has_the_clock_of_time_monotonic() -> None:
    with link.kernel(delay=0.005) as path, path.datagram_socket() as sock:
        before = time.monotonic()
        sock.sendto(b"now", (path.far, 9))
        packet = until(lambda: path.packets, "the packet")[0]
        assert before <= path.packets.began + packet.sent <= time.monotonic()
        assert packet.packet.payload == b"now"


def test_a_full_recording_counts_what_it_drops() -> None:
    with link.kernel(keep=20_000) as path, Pair(path) as pair:
        pair.carry(bytes(100_000))
        packets = path.packets
    assert len(packets) > 10 and packets.dropped > 10 and packets.missed == 0
    assert sum(len(event.data) for event in packets) <= 20_000


def test_the_recording_can_be_read_while_it_is_written() -> None:
    with link.kernel() as path, Pair(path) as pair:
        carrying = Task(lambda: pair.carry(bytes(20_000_000)))
        counts = [0]
        while carrying.is_alive():
            packets = path.packets
            assert not any(event.packet.tcp is None for event in packets[-3:])
            counts.append(len(packets))
        assert len(carrying.outcome()) == 20_000_000
    assert counts == sorted(counts) and counts[-1] > 0


@pytest.mark.parametrize(("count", "missed"), [(5_000, False), (25_000, True)])
def test_a_burst_waits_for_a_slow_laboratory_and_what_was_too_much_is_counted(
    count: int, missed: bool
) -> None:
    with link.kernel(loss=1.0) as path, path.datagram_socket() as sock:
        os.kill(child(path), signal.SIGSTOP)
        try:
            for _ in range(count):
                sock.sendto(b"x", (path.far, 9))
        finally:
            os.kill(child(path), signal.SIGCONT)
        packets = until(lambda: len(p := path.packets) + p.missed == count and p, "all packets")
        assert (packets.missed > 0) is missed


def test_pcapng(tmp_path: Path) -> None:
    with link.kernel(delay=0.001, duplicate=0.2, corrupt=0.1, loss=0.1, seed=3) as path, Pair(path) as pair:
        pair.carry(bytes(50_000))
    file = tmp_path / "path.pcapng"
    path.save(file)
    again = pcapng.read(file).packets
    assert [(e.fate, e.direction, e.data, e.number, e.flip) for e in again] == [
        (e.fate, e.direction, e.data, e.number, e.flip) for e in path.packets
    ]
    if tshark := shutil.which("tshark"):
        run = subprocess.run(
            [tshark, "-r", str(file), "-Y", "_ws.malformed"], capture_output=True, timeout=60
        )
        assert (run.returncode, run.stdout) == (0, b"")


def test_watch_sees_the_learners_calls_and_none_of_ours() -> None:
    with watch() as wire, link.kernel() as path, Pair(path) as pair:
        pair.carry(b"abc")
    calls = {event.call for event in wire}
    assert {"connect", "accept", "sendall", "recv"} <= calls
    assert not calls & {"socketpair", "recvmsg", "sendmsg", "send", "shutdown"}
    assert not any(event.error for event in wire)


# The weather


@pytest.mark.parametrize(
    "weather",
    [
        {"loss": 0.1},
        {"delay": 0.003, "jitter": 0.003},
        {"delay": 0.002, "reorder": 0.2},
        {"duplicate": 0.2},
        {"corrupt": 0.1},
        {"rate": 20_000_000, "queue": 10},
    ],
    ids=lambda weather: " ".join(weather),
)
def test_every_packet_meets_its_own_weather_and_tcp_copes(weather: dict[str, Any], ipv6: bool) -> None:
    data = random.Random(1).randbytes(150_000)
    with link.kernel(seed=5, ipv6=ipv6, **weather) as path, Pair(path) as pair:
        assert pair.carry(data) == data
    assert_weather(path.packets, path.link, path.link)
    if not {"delay"} & set(weather):
        assert {event.fate for event in path.packets} > {"delivered"}


def test_two_directions_have_two_links() -> None:
    out, back = Link(delay=0.03, seed=1), Link(delay=0.001, loss=0.2, seed=2)
    with link.kernel(out, back=back) as path, Pair(path) as pair:
        pair.carry(bytes(30_000))
        assert (path.link, path.back) == (out, back)
    assert_weather(path.packets, out, back)


def test_loss_of_datagrams_is_what_the_seed_says() -> None:
    weather = Link(loss=0.3, seed=11)
    expected = [n for n, fate in enumerate(weather.fates([(float(n), 29) for n in range(200)])) if fate.due]
    with link.kernel(weather) as path, path.datagram_socket(0) as server, path.datagram_socket() as client:
        server.settimeout(WAIT)
        for number in range(200):
            client.sendto(bytes([number]), (path.far, server.getsockname()[1]))
        assert [server.recv(10)[0] for _ in expected] == expected
        assert [event.number - 1 for event in path.packets if event.delivered is not None] == expected


def test_a_corrupted_datagram_never_reaches_the_program() -> None:
    with (
        link.kernel(corrupt=0.5, seed=2) as path,
        path.datagram_socket(0) as server,
        path.datagram_socket() as client,
    ):
        server.settimeout(WAIT)
        for number in range(100):
            client.sendto(bytes([number]) * 200, (path.far, server.getsockname()[1]))
        until(lambda: len(path.packets) == 100 and path.packets[-1].delivered, "100 packets")
        good = [event.number - 1 for event in path.packets if event.fate == "delivered"]
        assert 20 < len(good) < 80
        assert [server.recv(300)[0] for _ in good] == good


def test_the_weather_changes_while_a_connection_runs() -> None:
    with link.kernel(delay=0.001) as path, Pair(path) as pair:
        pair.carry(b"before")
        path.change(loss=1.0)
        assert path.link == path.back == Link(delay=0.001, loss=1.0)
        pair.client.sendall(b"after")
        until(lambda: path.packets[-1].fate == "lost", "a lost packet")
        path.link = Link(delay=0.002, mtu=600)
        assert read_exact(pair.server, 5) == b"after"  # the kernel's retransmission
        count = len(path.packets)
        pair.carry(bytes(20_000))
        assert max(len(event.data) for event in path.packets[count:]) <= 600
        path.back = Link(delay=0.05, mtu=600)
        assert path.link == Link(delay=0.002, mtu=600)
        path.change(delay=0.004)
        assert (path.link.delay, path.back.delay) == (0.004, 0.004)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"speed": 5}, "no parameter 'speed'.*delay, jitter, loss"),
        ({"loss": 1.5}, "loss=1.5"),
        ({"delay": -1}, "delay=-1"),
        ({"mtu": 70}, "mtu=70"),
        ({"mtu": 1000, "ipv6": True}, "mtu=1000: IPv6"),
        ({"back": Link(mtu=900)}, "mtu=900 back"),
        ({"back": 0.02}, "back=0.02"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        link.kernel(**arguments)


def test_a_wrong_change_is_refused_and_changes_nothing() -> None:
    with pytest.raises(TypeError, match="not both"):
        link.kernel(Link(), loss=0.1)
    with link.kernel(delay=0.001, ipv6=True) as path:
        for change, message in (({"mtu": 500}, "mtu=500"), ({"los": 1}, "'los'"), ({"rate": 0}, "rate=0")):
            with pytest.raises((ValueError, TypeError), match=message):
                path.change(**change)
        with pytest.raises(TypeError, match="link=5"):
            path.link = 5  # type: ignore[assignment]
        assert path.link == Link(delay=0.001)


def test_options_of_a_socket() -> None:
    with link.kernel() as path:
        assert "reno" in path.congestion_controls
        for name in path.congestion_controls:
            with path.socket(congestion=name) as sock, path.listen(congestion=name) as listener:
                for each in (sock, listener):
                    assert each.getsockopt(socket.IPPROTO_TCP, 13, 16).rstrip(b"\0").decode() == name
        with pytest.raises(ValueError, match="congestion='vegetable'.*reno"):
            path.socket(congestion="vegetable")
        with path.socket(send_buffer=10_000, receive_buffer=20_000) as sock:
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 20_000
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 40_000
        with pytest.raises(ValueError, match="receive_buffer=1000000000"):
            path.datagram_socket(receive_buffer=1_000_000_000)
        with path.listen() as listener, pytest.raises(OSError, match="in use"):
            path.listen(listener.getsockname()[1])


def test_a_recording_has_a_bound() -> None:
    for keep in (-1, 2**40):
        with pytest.raises(ValueError, match=f"keep={keep}"):
            link.kernel(keep=keep)
