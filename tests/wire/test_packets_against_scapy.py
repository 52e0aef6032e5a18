"""Our decoder held against scapy's: on real packets, on packets that scapy made, and on mutated ones."""

from __future__ import annotations

import logging
import random
from typing import Any

import pytest

from netlab.wire.packets import ICMP, TCP, UDP, IPv4, IPv6, Malformed, decode

from .test_packets import REAL

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
scapy = pytest.importorskip("scapy.all")


def same_network_layer(ours: IPv4 | IPv6, theirs: Any) -> None:
    if isinstance(ours, IPv4):
        assert (ours.ihl, ours.total_length, ours.identification) == (theirs.ihl, theirs.len, theirs.id)
        assert (ours.flags, ours.fragment_offset) == (int(theirs.flags) & 7, theirs.frag)
        assert (ours.dscp << 2 | ours.ecn, ours.time_to_live, ours.protocol) == (
            theirs.tos,
            theirs.ttl,
            theirs.proto,
        )
        assert ours.header_checksum == theirs.chksum
    else:
        assert (ours.traffic_class, ours.flow_label, ours.payload_length) == (
            theirs.tc,
            theirs.fl,
            theirs.plen,
        )
        assert (ours.next_header, ours.hop_limit) == (theirs.nh, theirs.hlim)
    assert (ours.source_address, ours.destination_address) == (theirs.src, theirs.dst)


def same_options(ours: TCP, theirs: Any) -> None:
    options = dict(theirs.options)
    assert ours.options.maximum_segment_size == options.get("MSS")
    assert ours.options.window_scale == options.get("WScale")
    assert ours.options.sack_permitted == ("SAckOK" in options)
    assert ours.options.timestamps == options.get("Timestamp")
    assert tuple(edge for block in ours.options.sack for edge in block) == options.get("SAck", ())


def compare(data: bytes) -> str:
    """Compare all that both decoders say; return what was compared."""
    packet = decode(data)
    if isinstance(packet, Malformed):
        return "malformed"
    assert packet.ip is not None
    theirs = (scapy.IP if packet.ip.version == 4 else scapy.IPv6)(data)
    same_network_layer(packet.ip, theirs)
    ours = packet.transport
    if isinstance(packet.ip, IPv6) and packet.ip.payload_length == 0:
        return "left to the network card"  # or a jumbogram; to scapy it is empty
    if isinstance(ours, TCP):
        layer = theirs[scapy.TCP]
        assert (ours.source_port, ours.destination_port) == (layer.sport, layer.dport)
        assert (ours.sequence_number, ours.acknowledgment_number) == (layer.seq, layer.ack)
        assert (ours.data_offset, ours.flags) == (layer.dataofs, int(layer.flags) & 255)
        assert (ours.window, ours.checksum, ours.urgent_pointer) == (layer.window, layer.chksum, layer.urgptr)
        same_options(ours, layer)
    elif isinstance(ours, UDP):
        layer = theirs[scapy.UDP]
        assert (ours.source_port, ours.destination_port, ours.length) == (layer.sport, layer.dport, layer.len)
        assert ours.checksum == layer.chksum
    elif isinstance(ours, ICMP):
        headers = packet.ip.extension_headers if isinstance(packet.ip, IPv6) else ()
        layer = theirs.getlayer(1 + len(headers))
        if not hasattr(layer, "type"):
            return "unknown to scapy"
        assert (ours.type, ours.code) == (layer.type, layer.code)
        return "ICMP"
    else:
        return "other"
    if not packet.ip.is_fragment and not getattr(packet.ip, "extension_headers", ()):
        assert (
            packet.payload == bytes(layer.payload.original if layer.payload else b"")[: len(packet.payload)]
        )
        same_checksum(packet, data)
    return type(ours).__name__


def same_checksum(packet: Any, data: bytes) -> None:
    """scapy computes the checksums anew: we must call wrong just those that come out otherwise."""
    theirs = (scapy.IP if packet.ip.version == 4 else scapy.IPv6)(data[: packet.end])
    layer = theirs[scapy.TCP] if packet.tcp else theirs[scapy.UDP]
    before, optional = layer.chksum, packet.udp and packet.ip.version == 4 and packet.udp.checksum == 0
    segment = data[packet.start : packet.start + packet.udp.length if packet.udp else packet.end]
    place = 16 if packet.tcp else 6
    zeroed = segment[:place] + b"\0\0" + segment[place + 2 :]
    if packet.ip.version == 4:
        right = scapy.in4_chksum(packet.ip.protocol, theirs, zeroed)
    else:
        right = scapy.in6_chksum(packet.ip.protocol, theirs, zeroed)
    right = right or (0xFFFF if packet.udp else 0)
    wrong = any(error.startswith(("TCP", "UDP")) for error in packet.checksum_errors)
    assert wrong == (not optional and before != right and not {before, right} <= {0, 0xFFFF}), (before, right)


def test_real_packets() -> None:
    found = [compare(data) for data in REAL]
    assert {kind: found.count(kind) for kind in sorted(set(found))} == {
        "ICMP": 8,
        "TCP": 40,
        "UDP": 4,
        "other": 2,
    }


def test_packets_that_scapy_made() -> None:
    ip4 = scapy.IP(src="192.0.2.1", dst="192.0.2.2", tos=0xB9, id=77, flags="DF", ttl=3)
    ip6 = scapy.IPv6(src="2001:db8::1", dst="2001:db8::2", tc=0x2E, fl=0x12345, hlim=9)
    options = [("MSS", 1440), ("SAckOK", b""), ("Timestamp", (5, 6)), ("NOP", None), ("WScale", 9)]
    made = [
        ip4
        / scapy.TCP(sport=1, dport=65535, seq=2**32 - 1, ack=7, flags="FPUEC", window=1, options=options)
        / b"odd",
        ip4 / scapy.TCP(flags="A", options=[("SAck", (1, 2, 3, 4, 5, 6))]),
        ip4 / scapy.UDP(sport=53, dport=5353) / (b"x" * 1400),
        scapy.IP(src="192.0.2.1", dst="192.0.2.2", options=[scapy.IPOption_RR(routers=["0.0.0.0"] * 3)])
        / scapy.UDP(),
        ip4 / scapy.ICMP(type=11, code=0) / ip4 / scapy.UDP(),
        ip6 / scapy.TCP(flags="SA", options=options) / b"data",
        ip6 / scapy.UDP() / b"",
        ip6 / scapy.IPv6ExtHdrHopByHop() / scapy.IPv6ExtHdrDestOpt() / scapy.TCP(flags="R"),
        ip6 / scapy.IPv6ExtHdrFragment(offset=0, m=0, id=99) / scapy.UDP() / b"atomic",
        ip6 / scapy.ICMPv6EchoRequest(id=3, seq=4, data=b"ping"),
        ip6 / scapy.ICMPv6PacketTooBig(mtu=1280) / ip6 / scapy.TCP(),
    ]
    found = [compare(bytes(packet)) for packet in made]
    assert found == ["TCP", "TCP", "UDP", "UDP", "ICMP", "TCP", "UDP", "TCP", "UDP", "ICMP", "ICMP"]
    assert all(decode(bytes(packet)).checksum_errors == () for packet in made)
    too_big = decode(bytes(made[-1])).icmp
    assert too_big and too_big.mtu == 1280 and too_big.name == "packet too big"


def test_mutated_packets() -> None:
    """Whatever we do not call malformed, scapy reads the same way."""
    rng = random.Random(2)
    found: list[str] = []
    for _ in range(4000):
        data = bytearray(rng.choice(REAL)[:1500])
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(min(len(data), 80))] = rng.randrange(256)
        found.append(compare(bytes(data)))
    counts = {kind: found.count(kind) for kind in set(found)}
    assert counts["TCP"] > 1000 and counts["ICMP"] > 100 and counts["UDP"] > 100 and counts["malformed"] > 500
