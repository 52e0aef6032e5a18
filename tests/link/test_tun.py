"""What the child process of a kernel path does with each packet. No namespace is needed here."""

from __future__ import annotations

import random
import socket
import sys
import tempfile
from typing import Any

import pytest

from netlab.link import Link
from netlab.link._log import Log
from netlab.link._tun import FLOWS, Tun
from netlab.link._weather import Both
from netlab.link.carried import Carried
from netlab.wire import PacketEvent

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="needs datagram sockets that stand for a device"
)

ADDRESSES = {
    4: (bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))),
    6: (bytes.fromhex("20010db8") + bytes(11) + b"\1", bytes.fromhex("20010db8") + bytes(11) + b"\2"),
}
OUT, BACK = b"\x9c\x40\x00\x50", b"\x00\x50\x9c\x40"  # ports 40000 and 80


class Bench:
    """A far side whose device is a pair of sockets."""

    def __init__(self, version: int = 4, *, keep: int = 2**20, **weather: Any) -> None:
        self.kernel, self.device = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.kernel.setblocking(False)
        self.device.setblocking(False)
        self.file = tempfile.TemporaryFile()  # noqa: SIM115
        self.file.truncate(keep)
        self.log = Log(self.file.fileno())
        weathers = Both(*[Link(**weather).start(name) for name in Both._fields])
        self.tun = Tun(self.log, weathers, self.device.fileno(), *ADDRESSES[version])

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.log.memory.close()
        self.file.close()
        self.kernel.close()
        self.device.close()

    def carry(self, *packets: bytes) -> list[bytes]:
        """Let the kernel send these; return what comes back at once."""
        for packet in packets:
            self.kernel.send(packet)
        self.tun.take()
        return self.arrived()

    def arrived(self) -> list[bytes]:
        found = []
        while True:
            try:
                found.append(self.kernel.recv(65536))
            except BlockingIOError:
                return found

    def packets(self) -> Carried[PacketEvent]:
        return Carried(bytes(self.log.memory), 0.0, PacketEvent)


def ip(
    version: int,
    body: bytes,
    protocol: int = 17,
    *,
    fragment: int = 0,
    name: int = 1,
    options: int = 0,
    exchanged: bool = False,
) -> bytes:
    """A packet as the kernel sends it. `fragment` is that field of the header: offset and flags."""
    addresses = b"".join(ADDRESSES[version][:: -1 if exchanged else 1])
    if version == 4:
        fields = name.to_bytes(2, "big") + fragment.to_bytes(2, "big") + bytes((64, protocol, 0, 0))
        return bytes((0x45 + options, 0, 0, 0)) + fields + addresses + bytes(4 * options) + body
    if fragment:
        body = bytes((protocol, 0)) + fragment.to_bytes(2, "big") + name.to_bytes(4, "big") + body
    return bytes((0x60, 0, 0, 0, 0, len(body), 44 if fragment else protocol, 64)) + addresses + body


@pytest.fixture(params=[4, 6], name="version")
def both_versions(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_source_and_destination_are_exchanged_and_nothing_else(version: int) -> None:
    with Bench(version) as bench:
        body = OUT + bytes(range(100))
        assert bench.carry(ip(version, body)) == [ip(version, body, exchanged=True)]
        (event,) = bench.packets()
        assert (event.direction, event.data, event.fate) == ("out", ip(version, body), "delivered")
        assert bench.carry(ip(version, BACK + b"x")) == [ip(version, BACK + b"x", exchanged=True)]
        assert bench.packets()[1].data == ip(version, BACK + b"x", exchanged=True)  # as the client sees it


def test_what_is_not_for_the_far_address_is_left_out(version: int) -> None:
    with Bench(version) as bench:
        multicast = ip(version, OUT).replace(ADDRESSES[version][1], b"\xff" * len(ADDRESSES[version][1]))
        assert bench.carry(multicast, b"", ip(version, OUT)[:15]) == []
        assert bench.packets() == []


@pytest.mark.parametrize("options", [0, 3])
def test_who_sends_first_is_the_client(version: int, options: int) -> None:
    with Bench(version) as bench:

        def packet(body: bytes, protocol: int) -> bytes:
            return ip(version, body + bytes(12), protocol, options=options if version == 4 else 0)

        bench.carry(packet(OUT, 6), packet(BACK, 6), packet(BACK, 17), packet(OUT, 17), packet(OUT, 6))
        assert [event.direction for event in bench.packets()] == ["out", "back", "out", "back", "out"]


def test_fragments_go_where_the_first_one_went(version: int) -> None:
    more, later = (0x2000, 100) if version == 4 else (1, 800)
    with Bench(version) as bench:
        bench.carry(
            ip(version, OUT + bytes(20), fragment=more, name=7),
            ip(version, BACK + bytes(20), fragment=later, name=7),  # these bytes are no ports
            ip(version, BACK + bytes(20), fragment=more, name=8),
            ip(version, OUT + bytes(20), fragment=later, name=8),
        )
        assert [event.direction for event in bench.packets()] == ["out", "out", "back", "back"]


def test_an_icmp_error_quotes_the_packet_that_the_kernel_sent(version: int) -> None:
    kind, protocol = (b"\3\3", 1) if version == 4 else (b"\1\4", 58)
    with Bench(version) as bench:
        (arrived,) = bench.carry(ip(version, OUT + bytes(20)))
        error = kind + bytes(6) + arrived
        (answer,) = bench.carry(ip(version, error, protocol))
        assert answer == ip(version, kind + bytes(6) + ip(version, OUT + bytes(20)), protocol, exchanged=True)
        assert [event.direction for event in bench.packets()] == ["out", "back"]


def test_no_bytes_stop_it(version: int) -> None:
    dice = random.Random(version)
    with Bench(version, corrupt=0.3, duplicate=0.3, seed=1) as bench:
        for _ in range(3000):
            start = ip(
                version, b"", dice.choice([0, 1, 6, 17, 44, 58]), fragment=dice.choice([0, 0, 1, 0x2000])
            )
            bench.carry(start + dice.randbytes(dice.randrange(80)))
        assert len(bench.packets()) + bench.packets().dropped >= 3000


@pytest.mark.slow
def test_many_flows_do_not_fill_the_memory() -> None:
    with Bench() as bench:
        for number in range(FLOWS):
            bench.tun.direction(ip(4, number.to_bytes(4, "big")))
        assert len(bench.tun.flows) <= FLOWS


def test_the_recording_drops_the_rest_when_it_is_full() -> None:
    with Bench(keep=1000) as bench:
        assert len(bench.carry(*[ip(4, OUT + bytes(80))] * 20)) == 20
        packets = bench.packets()
        assert len(packets) == 6 and packets.dropped == 14


def test_order_of_delivery_is_the_order_of_time() -> None:
    with Bench(delay=0.1, jitter=0.05, seed=3) as bench:
        assert bench.carry(*[ip(4, OUT + bytes([number])) for number in range(50)]) == []
        waits = bench.tun.wait()
        assert waits is not None and 0 <= waits < 0.2
        arrived: list[bytes] = []
        while bench.tun.wait() is not None:
            bench.tun.due()
            arrived += bench.arrived()
        assert [packet[-1] for packet in arrived] == list(range(50))
        assert all(event.late is not None and event.late >= 0 for event in bench.packets())
