"""Packets of which only the beginning is there, and those that the network card was to finish."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from netlab.wire.packets import (
    TCP,
    UDP,
    IPv4,
    IPv6,
    Malformed,
    Packet,
    PacketEvent,
    decode,
    internet_checksum,
)

from .test_packets import REAL, SEGMENT, V4, V6, change, icmp, ipv6, look_at_everything, udp, with_options

OPTIONS = bytes([7, 7, 4]) + bytes(5)  # record route, padded to 8 bytes


def ipv4(
    body: bytes, protocol: int = 6, options: bytes = b"", total: int | None = None, where: int = 0
) -> bytes:
    ihl = 5 + len(options) // 4
    total = ihl * 4 + len(body) if total is None else total
    ends = b"\x0a\0\0\1\x0a\0\0\2"
    head = struct.pack("!BBHHHBBH", 0x40 | ihl, 0, total, 7, where, 64, protocol, 0) + ends + options
    return head[:10] + internet_checksum(head).to_bytes(2, "big") + head[12:] + body


MADE = [
    ipv4(V4[0][20:], options=OPTIONS),
    ipv4(V4[0][20:] + b"x" * 100, options=OPTIONS),
    ipv6(
        0,
        bytes([43, 0]) + bytes(6) + bytes([60, 0]) + bytes(6) + bytes([6, 1]) + bytes(14) + SEGMENT + b"data",
    ),
    ipv6(44, bytes([17, 0, 0, 1, 1, 2, 3, 4]) + struct.pack("!HHHH", 1, 2, 2008, 0) + b"first"),
    ipv6(51, bytes([6, 4]) + bytes(22) + SEGMENT),
]


@pytest.mark.parametrize("data", REAL + MADE)
def test_a_packet_cut_at_any_length_is_read_as_far_as_it_is_there(data: bytes) -> None:
    whole = decode(data)
    assert not isinstance(whole, Malformed) and whole.ip and not whole.cut
    fixed = 20 if isinstance(whole.transport, TCP) else 8 if whole.transport else 0
    for size in range(len(data)):
        packet = decode(data[:size], original_length=len(data))
        look_at_everything(packet)
        assert not isinstance(packet, Malformed), (size, packet)
        assert packet.checksum_errors == ()
        if size >= whole.start + fixed:  # its options may be cut
            assert packet.cut == "" and packet.ip and packet.payload_length == whole.payload_length
            assert (packet.ip, packet.ports, packet.segment_length) == (
                whole.ip,
                whole.ports,
                whole.segment_length,
            )
            assert packet.payload == whole.payload[: len(packet.payload)] and packet.end == size
            if isinstance(packet.transport, TCP) and isinstance(whole.transport, TCP):
                assert replace(packet.transport, options=whole.transport.options) == whole.transport
            else:
                assert packet.transport == whole.transport
            cut_off = len(packet.payload) < packet.payload_length
            assert (f"captured={len(packet.payload)}" in str(packet)) == cut_off
        else:
            assert packet.cut and packet.transport is None and packet.cut in str(packet)


@pytest.mark.parametrize("data", REAL + MADE)
def test_what_is_captured_whole_is_the_same_with_its_length(data: bytes) -> None:
    assert decode(data, original_length=len(data)) == decode(data, original_length=3) == decode(data)


@pytest.mark.parametrize(
    ("data", "size", "cut", "payload", "ports"),
    [
        (V4[0], 0, "no bytes", 0, None),
        (V4[0], 19, "an IPv4 header has 20 bytes or more, here are only 19", 0, None),
        (MADE[0], 27, "IPv4: IHL says 28 bytes of header, here are only 27", 40, None),
        (V4[0], 23, "a TCP header has 20 bytes or more, here are only 3", 40, None),
        (V4[0], 24, "a TCP header has 20 bytes or more, here are only 4", 40, (40000, 8080)),
        (V6[0], 39, "an IPv6 header has 40 bytes, here are only 39", 0, None),
        (MADE[2], 41, "IPv6: extension header 0 needs 8 bytes or more, here are only 1", 76, None),
        (MADE[2], 66, "IPv6: extension header 60 says 16 bytes, here are only 10", 76, None),
        (udp(0, b"abc"), 27, "a UDP header has 8 bytes, here are only 7", 11, (1, 2)),
        (icmp(8, 0), 25, "an ICMP header has 8 bytes, here are only 5", 8, None),
    ],
)  # fmt: skip
def test_where_a_header_is_cut(
    data: bytes, size: int, cut: str, payload: int, ports: tuple[int, int] | None
) -> None:
    packet = decode(data[:size], original_length=len(data))
    assert (packet.cut, packet.payload_length, packet.ports) == (cut, payload, ports)


def test_options_that_are_cut_are_read_as_far_as_they_are_there() -> None:
    sizes = {40: (None, False), 43: (None, False), 44: (1460, False), 46: (1460, True), 59: (1460, True)}
    for size, (mss, permitted) in sizes.items():
        tcp = decode(V4[0][:size], original_length=60).tcp
        assert tcp and (tcp.options.maximum_segment_size, tcp.options.sack_permitted) == (mss, permitted)
        assert tcp.options.window_scale is None
    wrong = with_options(b"\x05\x04\0\0\x01\x01\x01\x01")  # its length is there, and is wrong
    assert isinstance(decode(wrong[:45], original_length=len(wrong)), Malformed)


def test_a_cut_packet_may_still_break_a_rule() -> None:
    assert isinstance(decode(change(V4[0], 0, 0x44)[:30], original_length=60), Malformed)
    assert isinstance(decode(V4[0][:30], original_length=59), Malformed)  # it says 60
    assert isinstance(decode(change(V4[0], 32, 0xF0)[:40], original_length=60), Malformed)
    assert isinstance(decode(change(udp(0), 24, 0, 10)[:28], original_length=29), Malformed)
    padded = decode(V4[0][:30], original_length=64)  # the frame was padded
    assert not isinstance(padded, Malformed) and padded.payload_length == 40


def test_an_event_knows_how_long_its_packet_was() -> None:
    whole = V4[3] + b"x" * 0
    event = PacketEvent(0.0, 0.0, "delivered", "out", whole[:54], original_length=len(whole), flip=54 * 8 + 3)
    assert event.packet.segment_length == 3 and event.packet.payload == b"on"
    assert event.arrived == event.data  # the bit that was turned is not there
    assert "malformed" not in str(event)


# --- what an ICMP error quotes ---


@pytest.mark.parametrize("inner", [V4[3], MADE[1], udp(0, b"abc")])
def test_a_quoted_packet_of_any_length(inner: bytes) -> None:
    whole = decode(inner)
    for size in range(len(inner)):
        error = ipv4(bytes([3, 3]) + bytes(6) + inner[:size], protocol=1)
        for cut in (len(error), 40):
            quoted = decode(error[:cut], original_length=len(error)).quoted
            assert quoted is not None and not isinstance(quoted, Malformed) and quoted.checksum_errors == ()
            if min(size, cut - 28) >= whole.start + 20:
                assert quoted.payload_length == whole.payload_length


# --- lengths that are not there yet ---


def test_ipv4_total_length_zero_is_all_that_is_there() -> None:
    data = ipv4(SEGMENT[:20] + b"x" * 3000, total=0)
    no_options = change(data, 32, 0x50)
    packet = decode(no_options)
    assert (
        not isinstance(packet, Malformed) and packet.payload == b"x" * 3000 and packet.checksum_errors == ()
    )
    cut = decode(no_options[:100], original_length=len(no_options))
    assert (cut.payload_length, len(cut.payload)) == (3000, 60)
    assert isinstance(decode(change(no_options, 2, 0, 19)), Malformed)  # only 0 is special


def test_ipv6_payload_length_zero_is_all_that_is_there() -> None:
    packet = decode(ipv6(6, V6[3][40:] + b"y" * 70_000, length=0))
    assert packet.tcp and packet.payload_length == 70_003 and packet.checksum_errors == ()
    nothing = decode(ipv6(59, b"", length=0) + bytes(6))  # "no next header", and padding
    assert not isinstance(nothing, Malformed) and nothing.payload == b"" and nothing.end == 40


JUMBO = bytes([6, 0, 0xC2, 4])


def test_a_jumbogram_is_all_that_is_there() -> None:
    segment = V6[0][40:] + b"z" * 70_000
    data = ipv6(0, JUMBO + struct.pack("!I", 8 + len(segment)) + segment, length=0)
    packet = decode(data)
    assert isinstance(packet.ip, IPv6) and packet.tcp and packet.payload == b"z" * 70_000
    assert decode(data[:200], original_length=len(data)).payload_length == 70_000
    assert decode(data[:41], original_length=len(data)).cut


def test_the_udp_length_of_a_jumbogram_is_zero() -> None:
    datagram = struct.pack("!HHHH", 1, 2, 0, 0) + b"u" * 70_000
    data = ipv6(0, bytes([17, 0]) + JUMBO[2:] + struct.pack("!I", 8 + len(datagram)) + datagram, length=0)
    assert decode(data).payload_length == 70_000
    assert isinstance(decode(change(udp(0), 24, 0, 0)), Malformed)


def test_a_header_that_goes_on_in_the_next_fragment_is_not_malformed() -> None:
    first = decode(ipv4(SEGMENT[:8], where=0x2000))
    assert not isinstance(first, Malformed) and first.ports == (40000, 8080) and first.transport is None
    assert first.cut == "a TCP header has 20 bytes or more, here are only 8"
    alone = decode(ipv4(SEGMENT[:8]))
    assert isinstance(alone, Malformed)
    datagram = decode(ipv4(struct.pack("!HHHH", 1, 2, 2008, 5) + b"x" * 16, 17, where=0x2000))
    assert datagram.udp and datagram.payload_length == 16 and datagram.checksum_errors == ()


# --- checksums that can not be known ---


def partial(data: bytes, length: int) -> bytes:
    """With the sum of the pseudo-header where the checksum belongs, as the kernel leaves it to the card."""
    packet = decode(data)
    assert packet.ip
    ends = data[8:40] if packet.ip.version == 6 else data[12:20]
    total = 0xFFFF - internet_checksum(ends + struct.pack("!HHI", 0, packet.ip.protocol, length))
    place = packet.start + (16 if packet.tcp else 6)
    return change(data, place, total >> 8, total & 255)


@pytest.mark.parametrize("data", [V4[3], V6[3], udp(0xABCD, b"hello"), udp(0xABCD, b"hello", version=6)])
def test_a_sum_of_the_pseudo_header_alone_is_no_wrong_checksum(data: bytes) -> None:
    packet = decode(data)
    for length in (packet.end - packet.start, 0):
        assert not [e for e in decode(partial(data, length)).checksum_errors if not e.startswith("IPv4")]
    assert decode(partial(data, 5)).checksum_errors


def test_a_header_checksum_of_zero_was_left_to_the_card() -> None:
    assert decode(change(V4[3], 10, 0, 0)).checksum_errors == ()
    assert decode(change(V4[3], 10, 0, 1)).checksum_errors != ()


def test_what_the_capture_says_of_offloading_counts() -> None:
    wrong = change(V4[3], 36, 0x12, 0x34)
    assert decode(wrong).checksum_errors and decode(wrong, offloaded=True).checksum_errors == ()
    for offload in (1 << 9, 1 << 10, 1 << 11):
        assert PacketEvent(0.0, 0.0, "captured", "out", wrong, offload=offload).packet.checksum_errors == ()


def test_on_a_source_route_the_last_destination_is_not_in_the_header() -> None:
    for kind in (131, 137):
        on_its_way = ipv4(SEGMENT, options=bytes([1, kind, 7, 4, 10, 0, 0, 3]))
        arrived = ipv4(SEGMENT, options=bytes([1, kind, 7, 8, 10, 0, 0, 3]))
        assert decode(on_its_way).checksum_errors == () and decode(arrived).checksum_errors != ()


def test_types_of_what_was_read() -> None:
    packet: Packet = decode(MADE[0][:27], original_length=len(MADE[0]))
    assert isinstance(packet.ip, IPv4) and packet.ip.options == OPTIONS[:7]
    assert isinstance(decode(udp(0)[:28], original_length=29).transport, UDP)
