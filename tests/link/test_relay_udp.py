"""Datagrams through a relay: each has the fate that the model gives, and arrives as that says."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from netlab import link
from netlab.link import Link, _relay_udp
from netlab.link._log import Log
from netlab.link._weather import Both
from netlab.link.child import shared_memory
from netlab.link.relaying import Relay
from netlab.wire import pcapng
from netlab.wire.packets import PacketEvent

from .paths import WAIT, both_families, until  # noqa: F401
from .relays import LOOPBACK, datagram_socket


def settled(relay: Relay, count: int) -> list[PacketEvent]:
    """The events of so many datagrams, after all have come out."""

    def done() -> Any:
        packets = relay.packets
        numbers = {(event.direction, event.number) for event in packets}
        out = all(event.delivered is not None or event.due is None for event in packets)
        return len(numbers) == count and out and packets

    return list(until(done, "the datagrams to pass"))


def drain(sock: socket.socket) -> list[bytes]:
    """What has arrived until now."""
    sock.setblocking(False)
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(sock.recv(2000))
    return found


def send_slowly(
    relay: Relay, client: socket.socket, server: socket.socket, datagrams: list[bytes]
) -> tuple[list[PacketEvent], list[bytes]]:
    """Send, never more at once than the system's buffers take. Return the events, and what arrived."""
    arrived = []
    for number, data in enumerate(datagrams, 1):
        client.sendto(data, relay.address)
        if number % 100 == 0 or number == len(datagrams):
            events = settled(relay, number)
            arrived += drain(server)
    return events, arrived


STORM = Link(
    delay=0.01,
    jitter=0.005,
    loss=0.2,
    rate=4e6,
    queue=40,
    reorder=0.1,
    duplicate=0.1,
    corrupt=0.1,
    mtu=1000,
    seed=5,
)


@pytest.mark.parametrize("weather", [STORM, Link(loss=0.2, seed=3)], ids=["storm", "loss"])
def test_every_datagram_has_the_fate_that_the_model_gives(weather: Link, ipv6: bool) -> None:
    datagrams = [b"%d " % number + bytes(number % 400) for number in range(300)] + [b"", bytes(1000)]
    with datagram_socket(ipv6, bind=True) as server, datagram_socket(ipv6) as client:
        with link.relay(server.getsockname(), weather, kind="udp") as relay:
            events, arrived = send_slowly(relay, client, server, datagrams)
            packets = relay.packets
            assert packets.missed == packets.dropped == 0
            assert relay.address[0] == LOOPBACK[ipv6]
    state, number = weather.start("out"), 0
    turned = []  # where in the data a bit was turned, as a fraction
    for event in events:
        assert event.direction == "out" and not event.packet.checksum_errors
        assert event.packet.payload == datagrams[event.number - 1]
        assert event.packet.ports == (client_port(event), relay.address[1])
        if event.number == number:
            continue  # a copy
        number += 1
        assert event.number == number
        fate = state.admit(event.sent, len(event.data))
        if fate.kind == "corrupted" and not event.packet.payload:
            continue
        assert event.fate == fate.kind and (event.flip is None) == (fate.flip is None)
        assert event.due == (pytest.approx(fate.due[0], abs=1e-6) if fate.due else None)
        if event.flip is not None:
            head = 48 if ipv6 else 28
            turned.append((event.flip / 8 - head) / len(event.packet.payload))
            assert 0 <= turned[-1] < 1
        assert event.late is None or event.late >= 0
    head = 48 if ipv6 else 28
    came = [event for event in events if event.delivered is not None]
    assert sorted(arrived) == sorted(event.arrived[head:] for event in came)
    assert weather is not STORM or min(turned) < 0.3 < 0.7 < max(turned)
    kinds = {event.fate for event in events}
    assert kinds >= {"delivered", "lost"}
    assert weather is not STORM or kinds >= {"reordered", "duplicated", "corrupted", "too big"}


def client_port(event: PacketEvent) -> int:
    ports = event.packet.ports
    assert ports
    return ports[0]


def test_the_seed_says_which_are_lost() -> None:
    def lost(seed: int) -> list[int]:
        with datagram_socket(bind=True) as server, datagram_socket() as client:
            with link.relay(server.getsockname(), kind="udp", loss=0.1, seed=seed) as relay:
                events, _ = send_slowly(relay, client, server, [b"x"] * 1000)
                return [event.number for event in events if event.fate == "lost"]

    first = lost(1)
    assert first == lost(1) != lost(2)
    assert abs(len(first) - 100) <= 3 * (1000 * 0.1 * 0.9) ** 0.5


def test_many_clients_get_their_own_answers(ipv6: bool) -> None:
    with datagram_socket(ipv6, bind=True) as server:
        with link.relay(server.getsockname(), kind="udp", delay=0.005) as relay:
            clients = [datagram_socket(ipv6) for _ in range(50)]
            try:
                for number, client in enumerate(clients):
                    client.connect(relay.address)
                    client.send(b"%d" % number)
                questions = [server.recvfrom(100) for _ in clients]
                assert len({address for _, address in questions}) == len(clients)
                for data, address in questions:
                    server.sendto(data + b"!", address)
                for number, client in enumerate(clients):
                    assert client.recv(100) == b"%d!" % number
                back = [event for event in relay.packets if event.direction == "back"]
                assert {event.packet.ports[1] for event in back} == {c.getsockname()[1] for c in clients}
            finally:
                for client in clients:
                    client.close()


@pytest.fixture(name="datagrams")
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(_relay_udp, "CLIENTS", 3)
    with datagram_socket(bind=True) as server:
        log = Log(shared_memory(100_000))
        weather = Both(Link().start("out"), Link().start("back"))
        datagrams = _relay_udp.Datagrams(log, weather, "127.0.0.1", server.getsockname())
        yield datagrams
        for address in list(datagrams.clients):
            datagrams.forget(address)
        datagrams.listener.close()


def test_the_clients_are_bounded(datagrams: _relay_udp.Datagrams, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [("127.0.0.1", port) for port in range(50001, 50006)]
    for address in addresses[:3]:
        datagrams.client(address)
    datagrams.clients[addresses[0]].used += 1  # it spoke last
    datagrams.client(addresses[3])
    assert set(datagrams.clients) == {addresses[0], addresses[2], addresses[3]}
    assert len(datagrams.reading) == 4 and len(datagrams.onward) == 6


def test_a_server_that_is_gone_and_comes_back() -> None:
    server = datagram_socket(bind=True)
    address = server.getsockname()
    with datagram_socket() as client, link.relay(address, kind="udp") as relay:
        server.close()
        for _ in range(3):
            client.sendto(b"into the void", relay.address)
        settled(relay, 3)
        with datagram_socket() as again:
            again.bind(address)
            # The first may only report that those before were refused.
            for _ in range(2):
                client.sendto(b"hello", relay.address)
            assert again.recv(100) == b"hello"


def test_holding_datagrams(ipv6: bool) -> None:
    with datagram_socket(ipv6, bind=True) as server, datagram_socket(ipv6) as client:
        with link.relay(server.getsockname(), kind="udp") as relay, link.hold(relay) as held:
            for number in range(5):
                client.sendto(b"%d" % number, relay.address)
            packets = [held.next(WAIT) for _ in range(5)]
            assert [packet.packet.payload for packet in packets] == [b"0", b"1", b"2", b"3", b"4"]
            assert not any(packet.packet.checksum_errors for packet in packets)
            assert 0 <= packets[0].time <= packets[4].time < WAIT
            with pytest.raises(RuntimeError, match="held already"):
                relay.hold()
            packets[4].deliver()
            packets[0].put_behind_next()
            packets[1].drop()
            packets[2].duplicate()
            assert held.waiting == [packets[3]]
            held.release()  # delivers the fourth
            assert [server.recv(9) for _ in range(5)] == [b"4", b"2", b"2", b"0", b"3"]
            client.sendto(b"free", relay.address)
            assert server.recv(9) == b"free"
            fates = [event.fate for event in relay.packets]
            assert fates == ["reordered", "lost", "duplicated", "duplicated", *["delivered"] * 3]


def test_a_hold_ends_with_its_relay() -> None:
    with link.relay(("127.0.0.1", 9), kind="udp") as relay:
        held = relay.hold()
    assert list(held) == []
    held.release()


def test_the_weather_changes_while_datagrams_pass() -> None:
    with datagram_socket(bind=True) as server, datagram_socket() as client:
        with link.relay(server.getsockname(), kind="udp", loss=1.0, back=Link()) as relay:
            client.sendto(b"lost", relay.address)
            settled(relay, 1)
            relay.change(loss=0.0)
            client.sendto(b"arrives", relay.address)
            data, address = server.recvfrom(100)
            assert data == b"arrives"
            relay.back = Link(delay=0.05)
            server.sendto(b"answer", address)
            assert client.recv(100) == b"answer"
            events = relay.packets
            assert [(event.direction, event.fate) for event in events] == [
                ("out", "lost"),
                ("out", "delivered"),
                ("back", "delivered"),
            ]
            assert events[2].delivered - events[2].sent >= 0.05
            late = relay.lateness
            assert late.median <= late.p95 <= late.p99 <= late.worst
            assert late == relay.packets.lateness
            with pytest.raises(AttributeError, match="packets"):
                relay.pieces  # noqa: B018


def test_the_recording_is_a_pcapng_file(tmp_path: Path) -> None:
    with datagram_socket(bind=True) as server, datagram_socket() as client:
        with link.relay(server.getsockname(), kind="udp") as relay:
            client.sendto(b"hello", relay.address)
            assert server.recv(9) == b"hello"
            relay.save(tmp_path / "x.pcapng")
    assert [event.packet.payload for event in pcapng.read(tmp_path / "x.pcapng").packets] == [b"hello"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux counts them")
def test_datagrams_that_the_system_dropped_are_counted() -> None:
    import os
    import signal

    from .relays import child

    with datagram_socket() as client, link.relay(("127.0.0.1", 9), kind="udp") as relay:
        os.kill(child(relay), signal.SIGSTOP)
        for _ in range(5000):
            client.sendto(bytes(1400), relay.address)
        os.kill(child(relay), signal.SIGCONT)
        packets = until(lambda: (p := relay.packets) and len(p) + p.missed == 5000 and p, "the rest")
        assert packets.missed > 0


@pytest.mark.parametrize("name", ["slice", "reset_after", "stall"])
def test_what_is_for_streams_is_refused(name: str) -> None:
    value: Any = (3, 1.0) if name == "stall" else 3
    with pytest.raises(ValueError, match=rf"^{name}=.*datagram"):
        link.relay(("127.0.0.1", 9), kind="udp", **{name: value})
