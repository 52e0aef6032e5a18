"""The decoder against real packets, hand-made ones, broken ones, and another decoder."""

from __future__ import annotations

import pickle
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from netlab.wire.packets import (
    ICMP,
    ICMPv6,
    IPv4,
    IPv6,
    Malformed,
    Packet,
    PacketEvent,
    TCPOptions,
    decode,
    flip_bit,
    internet_checksum,
)

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

LINES = (Path(__file__).parent / "real_packets.txt").read_text(encoding="ascii").splitlines()
REAL = [bytes.fromhex(line) for line in LINES if line and not line.startswith("#")]
V4 = [data for data in REAL if data[0] >> 4 == 4]
V6 = [data for data in REAL if data[0] >> 4 == 6]


def look_at_everything(packet: Packet) -> None:
    """Ask for all that a packet can tell: nothing of it may raise."""
    for thing in (packet, packet.ip, packet.transport):
        for name in dir(thing):
            if not name.startswith("_"):
                getattr(thing, name)
    str(packet)
    repr(packet)


# --- real packets ---


def test_real_packets_are_well_formed_and_their_checksums_right() -> None:
    assert len(REAL) == 54
    for data in REAL:
        packet = decode(data)
        assert not isinstance(packet, Malformed), packet
        assert packet.checksum_errors == ()
        look_at_everything(packet)


def test_the_real_handshake_over_ipv4() -> None:
    syn, syn_ack, ack = (decode(data) for data in V4[:3])
    assert isinstance(syn.ip, IPv4) and syn.tcp and syn_ack.tcp and ack.tcp
    assert (syn.ip.source_address, syn.ip.destination_address) == ("192.0.2.1", "192.0.2.2")
    assert (syn.ip.version, syn.ip.ihl, syn.ip.total_length, syn.ip.time_to_live, syn.ip.protocol) == (
        4,
        5,
        60,
        64,
        6,
    )
    assert syn.ip.dont_fragment and not syn.ip.more_fragments and not syn.ip.is_fragment
    assert (syn.ip.identification, syn.ip.header_checksum) == (0xF25E, 0xC459)
    assert (syn.tcp.source_port, syn.tcp.destination_port, syn.ports) == (40000, 8080, (40000, 8080))
    assert syn.tcp.flag_names == ("SYN",) and syn.tcp.syn and not syn.tcp.ack
    assert syn.tcp.window == 64240 and syn.tcp.data_offset == 10 and syn.segment_length == 1
    assert syn.tcp.options == TCPOptions(1460, 10, True, (), (0x10104255, 0), ())
    assert syn_ack.tcp.flag_names == ("SYN", "ACK")
    assert syn_ack.tcp.acknowledgment_number == syn.tcp.sequence_number + 1 == 0x2121BA35
    assert ack.tcp.flag_names == ("ACK",) and ack.segment_length == 0 and ack.payload == b""
    assert str(syn) == "TCP 192.0.2.1:40000 → 192.0.2.2:8080 SYN seq=555858484 win=64240 len=0"


@pytest.mark.parametrize("packets", [V4, V6], ids=["IPv4", "IPv6"])
def test_the_real_conversation(packets: list[bytes]) -> None:
    """The second data segment was lost: the acknowledgment repeats and names what came behind it (SACK)."""
    segments = [decode(data) for data in packets]
    sent = [p.payload for p in segments if p.tcp and p.payload and p.tcp.source_port == 40000]
    assert sent == [b"one", b"two", b"three", b"two", b"four"]
    sack = next(p.tcp for p in segments if p.tcp and p.tcp.options.sack)
    lost = next(p.tcp for p in segments if p.payload == b"two" and p.tcp)
    assert sack.acknowledgment_number == lost.sequence_number
    assert sack.options.sack == ((lost.sequence_number + 3, lost.sequence_number + 8),)
    assert sack.options.timestamps is not None
    assert [p.tcp.flag_names for p in segments if p.tcp and p.tcp.fin] == [("FIN", "ACK")] * 2
    assert [p.tcp.flag_names for p in segments if p.tcp and p.tcp.rst] == [("RST", "ACK")]


@pytest.mark.parametrize("packets", [V4, V6], ids=["IPv4", "IPv6"])
def test_real_fragments(packets: list[bytes]) -> None:
    first, last = (p for p in map(decode, packets) if p.ip and p.ip.is_fragment)
    assert first.ip and last.ip and first.udp
    assert first.ip.more_fragments and first.ip.fragment_offset == 0 and first.udp.length == 2008
    assert not last.ip.more_fragments and last.transport is None and last.ports is None
    assert last.ip.fragment_offset * 8 == len(first.payload) + 8
    assert first.ip.identification == last.ip.identification
    assert first.payload + last.payload == b"f" * 2000


@pytest.mark.parametrize("packets", [V4, V6], ids=["IPv4", "IPv6"])
def test_real_icmp_errors_carry_the_packet_they_are_about(packets: list[bytes]) -> None:
    whole, cut = (p for p in map(decode, packets) if p.icmp and p.icmp.is_error)
    assert whole.icmp and whole.icmp.name == "destination unreachable (port)" and whole.quoted and cut.quoted
    assert type(whole.icmp) is (ICMP if packets is V4 else ICMPv6)
    assert whole.quoted.ports == (40001, 9) and whole.quoted.payload == b"ping?"
    assert cut.quoted.ports == (40001, 9) and 0 < len(cut.quoted.payload) < 2000
    assert whole.icmp.identifier is None and whole.icmp.sequence_number is None and whole.icmp.mtu is None


@pytest.mark.parametrize("packets", [V4, V6], ids=["IPv4", "IPv6"])
def test_real_echoes(packets: list[bytes]) -> None:
    request, reply = (p for p in map(decode, packets) if p.icmp and not p.icmp.is_error)
    assert request.icmp and reply.icmp
    assert (request.icmp.name, reply.icmp.name) == ("echo request", "echo reply")
    assert request.icmp.identifier == reply.icmp.identifier == 0x1234 and request.icmp.sequence_number == 1
    assert request.payload == reply.payload == b"abcd" and request.quoted is None


# --- checksums ---


def test_the_example_of_rfc_1071() -> None:
    data = bytes.fromhex("0001f203f4f5f6f7")
    assert internet_checksum(data) == 0xFFFF - 0xDDF2
    assert internet_checksum(data + (0xFFFF - 0xDDF2).to_bytes(2, "big")) == 0
    assert internet_checksum(b"") == internet_checksum(b"\0\0") == 0xFFFF
    assert internet_checksum(b"\xff\xff") == internet_checksum(b"\xff\xff" * 3) == 0
    assert internet_checksum(b"\x12") == internet_checksum(b"\x12\x00")


@hypothesis.given(st.binary(max_size=99))
def test_the_checksum_agrees_with_the_plain_loop_of_the_rfc(data: bytes) -> None:
    total = 0
    for k in range(0, len(data), 2):
        total += int.from_bytes(data[k : k + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    assert internet_checksum(data) == 0xFFFF - total


def test_every_flipped_bit_that_a_checksum_covers_is_found() -> None:
    for data in (V4[4], V6[4]):  # TCP with a payload
        for bit in range(len(data) * 8):
            packet = decode(flip_bit(data, bit))
            if isinstance(packet, Malformed) or packet.transport is None or packet.ip is None:
                continue
            if isinstance(packet.ip, IPv6) and packet.ip.payload_length == 0:
                continue  # this bit made it one that the network card was to finish
            # IPv6 has no header checksum: nothing covers the class, the flow label and the hop limit.
            free = packet.ip.version == 6 and (4 <= bit < 32 or 56 <= bit < 64)
            assert bool(packet.checksum_errors) != free or packet.tcp is None, bit


def test_a_wrong_checksum_is_named_with_the_right_one() -> None:
    syn = bytearray(V4[0])
    syn[36:38] = b"\x12\x34"
    assert decode(bytes(syn)).checksum_errors == ("TCP checksum is 0x1234, should be 0xdf7c",)
    syn[10:12] = b"\0\1"
    assert decode(bytes(syn)).checksum_errors[0] == "IPv4 header checksum is 0x0001, should be 0xc459"


def udp(checksum: int, payload: bytes = b"x", version: int = 4) -> bytes:
    header = struct.pack("!HHHH", 1, 2, 8 + len(payload), checksum)
    if version == 6:
        return (
            struct.pack("!IHBB", 6 << 28, 8 + len(payload), 17, 64) + b"\x20" + bytes(31) + header + payload
        )
    ip = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2"
    )
    return ip[:10] + internet_checksum(ip).to_bytes(2, "big") + ip[12:] + header + payload


def test_udp_without_a_checksum_is_right_over_ipv4_only() -> None:
    assert decode(udp(0)).checksum_errors == ()
    assert decode(udp(0, version=6)).checksum_errors == ("UDP checksum is 0, which IPv6 forbids (RFC 8200)",)


def test_a_udp_checksum_that_comes_out_as_zero_is_sent_as_ffff() -> None:
    for word in range(65536):
        data = udp(0xFFFF, word.to_bytes(2, "big"))
        if decode(data).checksum_errors == ():
            break
    else:
        raise AssertionError("no payload has the checksum 0xffff")
    tcp = bytearray(V4[0])
    tcp[24:28] = struct.pack("!I", 0x2121BA34 + (0xDF7C - 0x0001))  # the sum falls by what the number rises
    assert decode(bytes(tcp)).checksum_errors == ("TCP checksum is 0xdf7c, should be 0x0001",)
    wrong = udp(0x0001, word.to_bytes(2, "big"))
    assert decode(wrong).checksum_errors == ("UDP checksum is 0x0001, should be 0xffff",)


# --- headers in detail ---


def ipv6(next_header: int, body: bytes, length: int | None = None) -> bytes:
    return (
        struct.pack("!IHBB", 6 << 28, len(body) if length is None else length, next_header, 64)
        + bytes(32)
        + body
    )


SEGMENT = V6[0][40:]


@pytest.mark.parametrize(
    ("first", "headers", "types"),
    [
        (0, bytes([6, 0]) + bytes(6), [0]),
        (60, bytes([6, 1]) + bytes(14), [60]),
        (43, bytes([6, 0, 0, 0]) + bytes(4), [43]),
        (51, bytes([6, 4]) + bytes(22), [51]),
        (44, bytes([6, 0, 0, 0, 0, 0, 0, 9]), [44]),
        (0, bytes([43, 0]) + bytes(6) + bytes([60, 0]) + bytes(6) + bytes([6, 0]) + bytes(6), [0, 43, 60]),
    ],
    ids=["hop-by-hop", "destination", "routing", "authentication", "atomic fragment", "three"],
)
def test_extension_headers_are_skipped(first: int, headers: bytes, types: list[int]) -> None:
    packet = decode(ipv6(first, headers + SEGMENT))
    assert isinstance(packet.ip, IPv6) and packet.tcp and packet.tcp.syn
    assert packet.ip.next_header == first and packet.ip.protocol == 6
    assert [header.type for header in packet.ip.extension_headers] == types
    assert b"".join(header.data for header in packet.ip.extension_headers) == headers


def test_encrypted_and_empty_packets_have_no_transport() -> None:
    for protocol in (50, 59, 132):
        packet = decode(ipv6(protocol, b"secret"))
        assert not isinstance(packet, Malformed) and packet.transport is None and packet.payload == b"secret"


def test_the_fields_of_a_fragment() -> None:
    last = decode(ipv6(44, bytes([17, 0, 0x05, 0xA8, 1, 2, 3, 4]) + b"rest"))
    assert isinstance(last.ip, IPv6) and last.ip.is_fragment and not last.ip.more_fragments
    assert (last.ip.fragment_offset, last.ip.identification, last.payload) == (181, 0x01020304, b"rest")
    assert str(last) == "UDP :: → :: fragment at 1448 len=4"
    flags = [decode(change(V4[0], 6, bits << 5)).ip for bits in (0, 1, 2)]
    assert [ip.dont_fragment for ip in flags if isinstance(ip, IPv4)] == [False, False, True]
    assert [ip.more_fragments for ip in flags if isinstance(ip, IPv4)] == [False, True, False]


def icmp(kind: int, code: int, rest: bytes = bytes(4)) -> bytes:
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 64, 1, 0, bytes(4), bytes(4))
    return header + bytes([kind, code, 0, 0]) + rest


def test_icmp_by_name() -> None:
    names = [
        decode(icmp(*both)).icmp
        for both in ((3, 4), (3, 9), (5, 0), (11, 0), (11, 1), (8, 0), (13, 0), (99, 7))
    ]
    assert [header.name for header in names if header] == [
        "destination unreachable (fragmentation needed)",
        "destination unreachable (code 9)",
        "redirect",
        "time exceeded (in transit)",
        "time exceeded (in reassembly)",
        "echo request",
        "type 13",
        "type 99 (code 7)",
    ]
    too_big = decode(icmp(3, 4, b"\0\0\x05\x00")).icmp
    assert too_big and too_big.mtu == 1280
    assert decode(icmp(8, 0)).segment_length == 0


def test_a_source_route_hides_the_last_destination_so_its_checksum_is_not_judged() -> None:
    on_its_way, arrived = (bytes([6, 0, 0, left]) + bytes(4) for left in (1, 0))
    assert decode(ipv6(43, on_its_way + SEGMENT)).checksum_errors == ()
    assert decode(ipv6(43, arrived + SEGMENT)).checksum_errors != ()


def with_options(options: bytes) -> bytes:
    size = 20 + len(options)
    tcp = struct.pack("!HHIIHHHH", 1, 2, 3, 4, size // 4 << 12 | 0x0F10, 5, 6, 7) + options
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + size, 0, 0, 64, 6, 0, bytes(4), bytes(4)) + tcp


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("020405b4", TCPOptions(maximum_segment_size=1460)),
        ("01030307", TCPOptions(window_scale=7)),
        ("01010402", TCPOptions(sack_permitted=True)),
        ("0101080a0000000100000002", TCPOptions(timestamps=(1, 2))),
        ("080a00000001000000020101", TCPOptions(timestamps=(1, 2))),
        ("0101050a0000000100000002", TCPOptions(sack=((1, 2),))),
        ("01010512" + "00000001000000020000000300000004", TCPOptions(sack=((1, 2), (3, 4)))),
        ("0000ffff", TCPOptions()),  # after the end of the list comes padding
        ("2204abcd" + "fd020101", TCPOptions(others=((34, b"\xab\xcd"), (253, b"")))),
    ],
)
def test_tcp_options(raw: str, expected: TCPOptions) -> None:
    packet = decode(with_options(bytes.fromhex(raw)))
    assert packet.tcp and packet.tcp.options == expected
    assert packet.tcp.reserved == 15 and packet.tcp.urgent_pointer == 7 and packet.tcp.window == 5


def change(data: bytes, place: int, *values: int) -> bytes:
    return data[:place] + bytes(values) + data[place + len(values) :]


SYN4, SYN6, DGRAM = V4[0], V6[0], udp(0)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no bytes"),
        (b"\x00" * 40, "an IP packet begins with version 4 or 6, this one with 0"),
        (b"\xf5" * 40, "version 4 or 6, this one with 15"),
        (SYN4[:19], "an IPv4 header has 20 bytes or more, here are 19"),
        (change(SYN4, 0, 0x44), "IPv4: IHL 4 is below 5"),
        (change(SYN4[:24], 0, 0x4F), "IPv4: IHL says 60 bytes of header, here are 24"),
        (change(SYN4, 2, 0, 19), "IPv4: total length 19 is less than the header's 20 bytes"),
        (SYN4[:59], "IPv4: total length says 60 bytes, here are 59"),
        (SYN6[:39], "an IPv6 header has 40 bytes, here are 39"),
        (SYN6[:79], "IPv6: payload length says 40 bytes, here are 39"),
        (ipv6(0, b"\x06"), "IPv6: extension header 0 needs 8 bytes or more, here are 1"),
        (ipv6(60, b"\x06\x09" + bytes(22)), "IPv6: extension header 60 says 80 bytes, here are 24"),
        (ipv6(6, b""), "a TCP header has 20 bytes or more, here are 0"),
        (change(SYN4, 2, 0, 39), "a TCP header has 20 bytes or more, here are 19"),
        (change(SYN4, 32, 0x40), "TCP: data offset 4 is below 5"),
        (change(SYN4, 32, 0xF0), "TCP: data offset says 60 bytes of header, here are 40"),
        (with_options(b"\x02\x05abc\0\0\0"), "TCP: option 2 can not be 5 bytes long"),
        (with_options(b"\x05\x02\0\0"), "TCP: option 5 can not be 2 bytes long"),
        (with_options(b"\x01\x01\x01\x08"), "TCP: option 8 says 0 bytes, here are 1"),
        (with_options(b"\x63\x01\0\0"), "TCP: option 99 says 1 bytes, here are 4"),
        (with_options(b"\x63\x05\0\0"), "TCP: option 99 says 5 bytes, here are 4"),
        (change(DGRAM, 2, 0, 27), "a UDP header has 8 bytes, here are 7"),
        (change(DGRAM, 24, 0, 7), "UDP: length 7 is less than the header's 8 bytes"),
        (change(DGRAM, 24, 0, 10), "UDP: length says 10 bytes, here are 9"),
        (change(DGRAM[:27], 2, 0, 27, 0, 0, 0, 0, 64, 1), "an ICMP header has 8 bytes, here are 7"),
        (ipv6(58, b"\x80\0\0"), "an ICMPv6 header has 8 bytes, here are 3"),
    ],
)
def test_what_breaks_the_rules_is_malformed_with_the_reason(data: bytes, reason: str) -> None:
    packet = decode(data)
    assert isinstance(packet, Malformed)
    assert reason in packet.reason and str(packet) == f"malformed: {packet.reason}"
    assert packet.data == data and packet.transport is None and packet.payload == b""
    look_at_everything(packet)


def test_a_malformed_packet_keeps_the_ip_header_and_the_ports_that_were_read() -> None:
    packet = decode(change(SYN4, 32, 0x40))
    assert isinstance(packet, Malformed) and packet.ip and packet.ip.destination_address == "192.0.2.2"
    assert packet.ports == (40000, 8080)


def test_ports_of_a_quoted_packet_that_was_cut() -> None:
    assert decode(V4[0][:24], quoted=True).ports == (40000, 8080)
    assert decode(V4[0][:23], quoted=True).ports is None
    assert decode(V4[0][:24], quoted=True).transport is None


def test_padding_after_the_packet_is_no_payload() -> None:
    assert decode(V4[3] + bytes(9)).payload == decode(V4[3]).payload == b"one"
    assert decode(V4[3] + bytes(9)).checksum_errors == ()


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_kinds_of_bytes(kind: Any) -> None:
    assert decode(kind(V4[0])) == decode(V4[0])


# --- packets on a link ---


def test_a_packet_event() -> None:
    event = PacketEvent(1.0, 1.25, "corrupted", "out", V4[3], 7, due=1.125, flip=len(V4[3]) * 8 - 1)
    assert event.packet is event.packet and event.packet.payload == b"one"
    assert event.arrived and decode(event.arrived).payload == b"ond"
    assert decode(event.arrived).checksum_errors != ()
    assert event.late == 0.125
    assert str(event).startswith("out TCP 192.0.2.1:40000 → 192.0.2.2:8080 PSH ACK seq=")
    assert str(event).endswith("len=3: corrupted")
    assert pickle.loads(pickle.dumps(event)) == event
    lost = PacketEvent(1.0, None, "lost", "out", V4[3])
    assert lost.arrived is None and lost.late is None and lost != event


# --- anything ---


@hypothesis.given(
    st.binary(max_size=120)
    | st.sampled_from(REAL).flatmap(
        lambda data: st.lists(
            st.tuples(st.integers(0, min(len(data), 120) - 1), st.integers(0, 255)), max_size=6
        ).map(lambda changes: mutate(data, changes))
    ),
    st.booleans(),
)
@hypothesis.settings(max_examples=500, deadline=None)
def test_no_bytes_make_it_raise(data: bytes, quoted: bool) -> None:
    look_at_everything(decode(data, quoted=quoted))
    look_at_everything(decode(data[: len(data) // 2], quoted=quoted))


def mutate(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for place, value in changes:
        changed[place] = value
    return bytes(changed)


def test_thirty_thousand_broken_packets() -> None:
    rng = random.Random(1)
    kinds = {True: 0, False: 0}
    for _ in range(30_000):
        data = bytearray(rng.choice(REAL)[: rng.choice((2000, 200, 80, 60, 30))])
        for _ in range(rng.randrange(4)):
            data[rng.randrange(min(len(data), 90))] = rng.randrange(256)
        packet = decode(bytes(data))
        kinds[isinstance(packet, Malformed)] += 1
    assert min(kinds.values()) > 6_000
