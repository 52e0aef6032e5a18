"""The words of packet pictures: labels say what a packet is, captions what happened; no times, no ports."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import replace

import pytest

from netlab.view import describe_packets
from netlab.view.ladders.packet_words import duration, label, run_label
from netlab.wire import PacketEvent
from netlab.wire.traffic import trace

from . import packet_stories as stories
from .packet_stories import Story, ip

OPENED = "Client and server opened a connection with SYN, SYN-ACK and ACK. "


def labels(story: Story) -> list[str]:
    return [label(step).replace("\u202f", " ") for step in trace(story.packets)]


def test_labels_of_a_conversation() -> None:
    assert labels(stories.conversation()) == [
        "SYN seq 0", "SYN-ACK seq 0, ack 1", "ACK 1", "PSH 5 bytes, seq 1–5", "ACK 6", "PSH 5 bytes, seq 1–5",
        "ACK 6", "FIN seq 6", "FIN seq 6, ack 7", "ACK 7",
    ]  # fmt: skip


def test_labels_of_what_is_special() -> None:
    assert labels(stories.lost_syn())[:2] == ["SYN seq 0", "SYN seq 0 · again"]
    assert labels(stories.fast_retransmit())[-3:] == [
        "ACK 101, SACK 201–600", "100 bytes, seq 101–200 · again", "ACK 601",
    ]  # fmt: skip
    story = stories.handshake().tcp(1, "out", "PA", 1, 1, 1448, fate="reordered")
    assert labels(story.tcp(2, "back", "A", 1, 1449, window=0))[-2:] == [
        "PSH 1 448 bytes, seq 1–1448 · out of order", "ACK 1449, window 0",
    ]  # fmt: skip
    assert labels(story.tcp(3, "back", "RA", 1, 1449, window=0))[-1] == "RST seq 1"
    assert labels(Story().udp(0, "out", b"hello").udp(1, "back", b"")) == [
        "datagram, 5 bytes",
        "datagram, 0 bytes",
    ]
    story = Story().add(0, "out", ip(1, bytes([3, 3]) + bytes(6), True), "delivered")
    assert labels(story.add(0, "out", b"", "lost")) == [
        "ICMP destination unreachable (port)", "malformed: no bytes",
    ]  # fmt: skip


def test_labels_of_runs() -> None:
    steps = trace(stories.bulk().packets)
    data = [step for step in steps if step.size]
    acks = [step for step in steps if step.event.direction == "back"][1:]
    assert run_label(data[:20]).replace("\u202f", " ") == "20 segments, 2 000 bytes, seq 1–2000"
    assert run_label(acks[:20]) == "20 ACKs, 101 … 2001, 1 lost"
    assert run_label(trace(stories.fast_retransmit().packets)[9:14]) == "5 ACKs, all 101"


@pytest.mark.parametrize(
    ("story", "caption"),
    [
        (Story(), "No packet was sent."),
        (stories.conversation(), OPENED + "The client sent "
         "5 bytes in one segment and the server sent 5 bytes in one segment. Both sides closed with FIN."),
        (stories.lost_syn(), OPENED + ""
         "The SYN was lost and was sent once more."),
        (Story().tcp(0, "out", "S", 0, fate="held"), "The client sent a SYN. One packet waits."),
        (stories.timeout(), OPENED + "The client sent "
         "100 bytes in one segment. One segment was lost. One segment was sent again by a timer."),
        (stories.fast_retransmit(), OPENED + "The client "
         "sent 600 bytes in six segments. One segment was lost. One segment was sent again because the ACKs "
         "asked for it."),
        (stories.bulk(), OPENED + "The client sent "
         "8 000 bytes. Packets were lost."),
        (Story().tcp(0, "out", "S", 0).tcp(0.03, "back", "RA", 0, 1),
         "The client sent a SYN. The server sent RST."),
        (Story().udp(0, "out", b"a").udp(1, "out", b"b", fate="lost").udp(2, "back", b"c", fate="duplicated"),
         "The client sent two datagrams; one was lost. The server sent one datagram. "
         "One packet was doubled on the way."),
        (stories.handshake().tcp(5, "out", "S", 0, port=40001), "Two TCP connections."),
        (Story().add(0, "out", b"", "lost"), "One packet was sent."),
    ],
)  # fmt: skip
def test_captions(story: Story, caption: str) -> None:
    assert describe_packets(story.packets).replace("\u202f", " ") == caption


def cut(packet: PacketEvent, size: int) -> PacketEvent:
    """As it is captured with a snap length."""
    return replace(packet, data=packet.data[:size], original_length=len(packet.data))


@pytest.mark.parametrize(
    "make", [stories.conversation, stories.timeout, stories.fast_retransmit, stories.bulk]
)
def test_a_snap_length_that_leaves_the_headers_changes_no_word(make: Callable[[], Story]) -> None:
    whole = make().packets
    short = [cut(packet, 20 + 4 * packet.packet.tcp.data_offset) for packet in whole if packet.packet.tcp]
    assert any(len(a.data) < len(b.data) for a, b in zip(short, whole, strict=True))
    assert describe_packets(short) == describe_packets(whole)
    assert [label(step) for step in trace(short)] == [label(step) for step in trace(whole)]
    assert run_label(trace(short)) == run_label(trace(whole))


def test_a_snap_length_that_leaves_no_headers() -> None:
    story = stories.conversation().udp(0.2, "out", b"hello")
    short = [cut(packet, 30) for packet in story.packets]
    assert describe_packets(short) == (
        "The client sent one datagram. Ten packets were captured too short to be read."
    )
    assert label(trace(short)[0]) == "cut short: a TCP header has 20 bytes or more, here are only 10"


def test_a_segment_with_old_and_new_bytes_counts_its_new_ones() -> None:
    story = stories.handshake().tcp(0.05, "out", "PA", 1, 1, 100, fate="lost")
    story.tcp(0.3, "out", "PA", 1, 1, 150).tcp(0.35, "out", "PA", 51, 1, 60)
    sent = "The client sent 150 bytes in two segments. One segment was lost. Two segments were sent again"
    assert sent in describe_packets(story.packets)


def test_a_datagram_is_lost_with_any_of_its_fragments() -> None:
    first = ip(17, struct.pack("!HHHH", 40000, 53, 40, 0) + bytes(24), True)
    rest = ip(0, bytes(8), True)
    number, more, behind = b"\0\x07", b"\x20\0", b"\0\4"
    story = Story().add(0, "out", first[:4] + number + more + first[6 + 2 :], "delivered")
    story.add(0.1, "out", rest[:4] + number + behind + rest[8:9] + b"\x11" + rest[10:], "lost")
    assert describe_packets(story.packets) == "The client sent one datagram; one was lost."


@pytest.mark.parametrize(
    ("way", "flags", "caption"),
    [("back", "SA", "One packet was sent."), ("back", "S", "The server sent a SYN.")],
)
def test_a_capture_that_began_too_late_tells_of_no_syn_that_is_not_there(
    way: str, flags: str, caption: str
) -> None:
    assert describe_packets(Story().tcp(0, way, flags, 0, 1).packets) == caption


def test_captions_hold_no_times_and_no_ports() -> None:
    for make in (stories.conversation, stories.lost_syn, stories.timeout, stories.fast_retransmit):
        packets = make().packets
        later = [
            replace(p, sent=p.sent * 1.7 + 9, delivered=p.delivered and p.delivered * 1.7 + 9)
            for p in packets
        ]
        assert not re.search(r"\d ms|\d s\b|40000|192\.", describe_packets(packets))
        assert describe_packets(packets) == describe_packets(later)


def test_durations() -> None:
    assert [duration(s) for s in (0.00004, 0.0012, 0.0123, 0.212, 0.9996, 1.02)] == [
        "40 µs", "1.2 ms", "12 ms", "212 ms", "1.00 s", "1.02 s",
    ]  # fmt: skip
