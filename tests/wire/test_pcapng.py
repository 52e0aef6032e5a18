"""pcapng: what we write others can read, and what others write we read, whole or damaged."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from netlab.wire import pcapng
from netlab.wire.packets import Malformed, PacketEvent, decode
from netlab.wire.pcapng import Capture, NotPcapng

from .test_packets import REAL, V4, V6

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

STORY = [
    PacketEvent(0.0, 0.0200123, "delivered", "out", V4[0], 1, due=0.02),
    PacketEvent(0.0201, None, "lost", "back", V4[1], 1),
    PacketEvent(0.3, 0.325, "corrupted", "out", V4[2], 2, due=0.3245, queued=0.0005, flip=17),
    PacketEvent(0.4, None, "queue full", "out", V6[0], 3),
    PacketEvent(0.5, 0.52, "duplicated", "out", V6[0], 4, due=0.52),
    PacketEvent(0.5, 0.520001, "duplicated", "out", V6[0], 4, due=0.52),
    PacketEvent(123456.123456789, 123457.0, "reordered", "back", V6[1], 9, due=123456.9),
]


def block(order: str, kind: int, body: bytes) -> bytes:
    size = pack(order + "I", len(body) + 12)
    return pack(order + "I", kind) + size + body + size


def section(order: str, options: bytes = b"") -> bytes:
    return block(order, 0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options)


def interface(order: str, link: int = 101, options: bytes = b"") -> bytes:
    return block(order, 1, pack(order + "HHI", link, 0, 65535) + options)


def enhanced(order: str, ticks: int, data: bytes, number: int = 0, options: bytes = b"") -> bytes:
    head = pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(order, 6, head + data + bytes(-len(data) % 4) + options)


# --- there and back ---


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "story.pcapng"
    about = {"system": "Linux 6.18", "application": "netlab 1", "comment": "three losses · 20 ms"}
    pcapng.write(path, iter(STORY), started=1_790_000_000.75, **about)  # type: ignore[arg-type]
    capture = pcapng.read(path)
    assert capture.packets == STORY
    assert (capture.started, capture.system, capture.application) == (
        1_790_000_000.75,
        "Linux 6.18",
        "netlab 1",
    )
    assert (capture.comment, capture.problem, sum(capture.left_out.values())) == (
        "three losses · 20 ms",
        "",
        0,
    )
    assert pcapng.encode(capture) == path.read_bytes()


def test_an_empty_recording() -> None:
    capture = pcapng.decode(pcapng.encode(Capture()))
    assert capture.packets == [] and capture.problem == ""


nanoseconds = st.integers(0, 10**15).map(lambda ticks: ticks / 10**9)


@hypothesis.given(
    st.lists(
        st.builds(
            PacketEvent,
            nanoseconds,
            st.none() | nanoseconds,
            st.sampled_from(["delivered", "lost", "queue full", "held"]),
            st.sampled_from(["out", "back"]),
            st.binary(min_size=1, max_size=50),
            st.integers(0, 10**9),
            st.none() | nanoseconds,
            nanoseconds,
            st.none() | st.integers(0, 7),
        )
    )
)
def test_any_events_are_read_again(events: list[PacketEvent]) -> None:
    assert pcapng.decode(pcapng.encode(Capture(events))).packets == events


def test_a_time_before_the_recording_is_refused() -> None:
    with pytest.raises(ValueError, match="sent=-1: give seconds since the recording began"):
        pcapng.encode(Capture([PacketEvent(-1, None, "lost", "out", b"E")]))


# --- other people's files ---


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("options", "units"),
    [
        (b"", 10**6),
        (b"\x09", 10**9),
        (b"\x03", 10**3),
        (b"\x8a", 2**10),
    ],
    ids=["microseconds by default", "nanoseconds", "milliseconds", "1/1024 s"],
)
def test_both_byte_orders_and_all_resolutions(order: str, options: bytes, units: int) -> None:
    resolution = pack(order + "HH", 9, 1) + options + bytes(3) + bytes(4) if options else b""
    base = 1_700_000_000 * units
    data = section(order) + interface(order, options=resolution)
    data += b"".join(enhanced(order, base + k * units // 4, packet) for k, packet in enumerate(V4[:3]))
    capture = pcapng.decode(data)
    assert capture.problem == "" and capture.started == 1_700_000_000
    assert [event.sent for event in capture.packets] == pytest.approx([0, 0.25, 0.5], abs=1 / units)
    assert [event.data for event in capture.packets] == V4[:3]
    assert [event.direction for event in capture.packets] == ["out", "out", "out"]
    assert {event.fate for event in capture.packets} == {"captured"}
    assert capture.packets[1].delivered == capture.packets[1].sent


def test_the_first_sender_is_the_near_end() -> None:
    for packet, start, end in ((V4[0], 12, 20), (V6[0], 8, 40)):
        middle = (start + end) // 2
        back = packet[:start] + packet[middle:end] + packet[start:middle] + packet[end:]
        data = section("<") + interface("<") + enhanced("<", 5, packet) + enhanced("<", 6, back)
        assert [event.direction for event in pcapng.decode(data).packets] == ["out", "back"]


def test_the_direction_that_the_file_gives_counts() -> None:
    flags = [pack(">HHI", 2, 4, direction) + bytes(4) for direction in (1, 2, 0)]
    data = section(">") + interface(">") + b"".join(enhanced(">", 5, V4[0], 0, flag) for flag in flags)
    assert [event.direction for event in pcapng.decode(data).packets] == ["back", "out", "out"]


def test_sections_of_different_byte_order_in_one_file() -> None:
    data = b"".join(section(o) + interface(o) + enhanced(o, 7, V4[0]) for o in "<>")
    assert [event.data for event in pcapng.decode(data).packets] == [V4[0], V4[0]]


@pytest.mark.parametrize(
    ("link", "header"),
    [
        (0, pack("<I", 2)),
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x05\x08\x00"),
        (1, bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x05\x08\x00"),
        (101, b""),
        (108, pack(">I", 2)),
        (113, bytes(14) + b"\x08\x00"),
        (228, b""),
        (276, b"\x08\x00" + bytes(18)),
    ],
    ids=["null", "ethernet", "vlan", "two vlans", "raw", "loop", "sll", "ipv4", "sll2"],
)
def test_headers_of_the_link_are_taken_off(link: int, header: bytes) -> None:
    capture = pcapng.decode(section("<") + interface("<", link) + enhanced("<", 7, header + V4[0]))
    assert [event.data for event in capture.packets] == [V4[0]]


def test_what_is_no_ip_is_counted_and_left_out() -> None:
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    data = section("<") + interface("<", 1) + interface("<", 999)
    data += (
        enhanced("<", 1, arp)
        + enhanced("<", 1, V4[0], 1)
        + enhanced("<", 1, b"")
        + enhanced("<", 2, arp[:13])
    )
    capture = pcapng.decode(data)
    assert (capture.packets, sum(capture.left_out.values()), capture.problem) == ([], 4, "")


def test_simple_and_old_packet_blocks_and_unknown_ones() -> None:
    size = len(V4[0])
    data = section("<") + interface("<") + block("<", 5, bytes(12)) + block("<", 0x0BAD, b"1234")
    data += block("<", 2, pack("<HHIIII", 0, 0, 0, 5_000_000, size, size) + V4[0])
    data += block("<", 3, pack("<I", size) + V4[0])
    capture = pcapng.decode(data)
    assert (
        capture.problem == "" and [(event.sent, event.data) for event in capture.packets] == [(0, V4[0])] * 2
    )


def test_a_strange_comment_is_no_fate() -> None:
    for comment in (
        b"hello",
        b"lost",
        b"lost; number=",
        b"lost; number=1e9",
        b"lost; number=1 " + b"9" * 5000,
        b"\xff",
    ):
        option = pack("<HH", 1, len(comment)) + comment + bytes(-len(comment) % 4) + bytes(4)
        event = pcapng.decode(section("<") + interface("<") + enhanced("<", 7, V4[0], 0, option)).packets[0]
        assert event.fate == "captured"


# --- damaged files ---


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "the older pcap format"),
        (b"\xa1\xb2\x3c\x4d" + bytes(20), "the older pcap format"),
        (b"\x1f\x8b\x08" + bytes(20), "compressed with gzip"),
        (b"PK\x03\x04", "it begins with 50 4b 03 04"),
    ],
)
def test_a_file_that_is_no_pcapng(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "x.pcapng"
    path.write_bytes(data)
    with pytest.raises(NotPcapng, match=sentence) as caught:
        pcapng.read(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    pcapng.write(path, STORY)
    with pytest.raises(ValueError, match="larger than 100 bytes"):
        pcapng.read(path, most=100)
    assert pcapng.read(path, most=path.stat().st_size).packets == STORY


def test_a_file_that_is_cut_short_gives_what_is_there() -> None:
    whole = pcapng.encode(Capture(STORY))
    for size in range(4, len(whole)):
        capture = pcapng.decode(whole[:size])
        assert capture.packets == STORY[: len(capture.packets)]
        complete = whole[:size] == pcapng.encode(Capture(STORY[: len(capture.packets)]))
        assert bool(capture.problem) != (complete or size in (len(section("<", SOURCE)), HEADER))


SOURCE = pack("<HH", 4, 6) + b"netlab" + bytes(2) + bytes(4)
HEADER = len(pcapng.encode(Capture()))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (section("<")[:8] + bytes(20), "the section at byte 0 has no byte-order magic"),
        (section("<") + enhanced("<", 1, V4[0]), "a packet of interface 0, but the file describes 0"),
        (section("<") + pack("<II", 1, 8) + bytes(4), "the block at byte 28 can not have the length 8"),
        (section("<") + pack("<II", 1, 14) + bytes(6), "the block at byte 28 can not have the length 14"),
        (section("<") + pack("<II", 1, 2**32 - 4) + bytes(4), "says 4294967292 bytes, the file has 12"),
        (section("<") + block("<", 1, b""), "an interface block is too short"),
        (section("<") + interface("<") + block("<", 6, bytes(16)), "a packet block is too short"),
        (
            section("<") + interface("<") + block("<", 6, pack("<IIIII", 0, 0, 0, 9, 9) + bytes(8)),
            "a packet block says 9 bytes, but has room for 8",
        ),
    ],
)
def test_damage_is_named(data: bytes, problem: str) -> None:
    capture = pcapng.decode(data)
    assert capture.packets == [] and problem in capture.problem


@hypothesis.given(
    st.binary(max_size=200),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=5),
    st.booleans(),
)
@hypothesis.settings(max_examples=400, deadline=None)
def test_no_bytes_make_it_raise(tail: bytes, changes: list[tuple[int, int]], ours: bool) -> None:
    data = bytearray(pcapng.encode(Capture(STORY)) if ours else section(">") + interface(">") + tail)
    for place, value in changes:
        data[4 + place % (len(data) - 4)] = value
    capture = pcapng.decode(bytes(data) + tail)
    for event in capture.packets:
        str(event)
        _ = event.arrived


def test_five_thousand_damaged_files() -> None:
    rng = random.Random(1)
    whole = pcapng.encode(Capture(STORY, comment="x"))
    kept = 0
    for _ in range(5_000):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(4, len(data))] = rng.randrange(256)
        kept += len(
            pcapng.decode(bytes(data[: rng.choice((len(data), rng.randrange(4, len(data))))])).packets
        )
    assert kept > 5_000


# --- what others say of our files ---

TSHARK = shutil.which("tshark")


def tshark(path: Path, *options: str) -> list[str]:
    assert TSHARK
    command = [TSHARK, "-n", "-r", str(path), *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_tshark_opens_it_without_a_malformed_packet(tmp_path: Path) -> None:
    path = tmp_path / "real.pcapng"
    events = [
        PacketEvent(
            k / 1000,
            None if k % 7 == 3 else k / 1000 + 0.02,
            "lost" if k % 7 == 3 else "delivered",
            "out",
            data,
        )
        for k, data in enumerate(REAL)
    ]
    pcapng.write(path, events, started=1_790_000_000, comment="a comment of the file")
    assert tshark(path, "-Y", "_ws.malformed") == []
    checks = [
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "udp.check_checksum:TRUE",
    ]
    assert (
        tshark(
            path, *checks, "-Y", "ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0"
        )
        == []
    )
    fields = [
        "frame.time_relative",
        "frame.len",
        "frame.comment",
        "tcp.seq_raw",
        "tcp.ack_raw",
        "tcp.window_size_value",
    ]
    rows = tshark(path, "-T", "fields", *(word for name in fields for word in ("-e", name)))
    assert len(rows) == len(events)
    began = tshark(path, "-c", "1", "-T", "fields", "-e", "frame.time_epoch")[0]
    assert began.startswith(("1790000000.", "2026-09-21T14:13:20"))  # newer versions write a date
    for row, event in zip(rows, events, strict=True):
        time, size, comment, *numbers = row.split("\t")
        assert float(time) == pytest.approx(event.sent, abs=1e-9)
        assert int(size) == len(event.data) and comment.startswith(event.fate + ";")
        tcp = event.packet.tcp
        if tcp:
            assert [int(n) for n in numbers] == [tcp.sequence_number, tcp.acknowledgment_number, tcp.window]


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_what_we_call_malformed_tshark_complains_about_too(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcapng"
    rng = random.Random(3)
    cut = [data[: rng.randrange(1, len(data))] for data in REAL for _ in range(5)]
    pcapng.write(path, [PacketEvent(0.0, 0.0, "delivered", "out", data) for data in cut])
    rows = tshark(path, "-T", "fields", "-e", "_ws.malformed", "-e", "_ws.expert.message")
    for row, data in zip(rows, cut, strict=True):
        assert isinstance(decode(data), Malformed)
        assert "Malformed" in row or "exceeds" in row, row


def test_scapy_reads_it(tmp_path: Path) -> None:
    scapy: Any = pytest.importorskip("scapy.all")
    path = tmp_path / "real.pcapng"
    pcapng.write(path, [PacketEvent(k / 1000, None, "lost", "out", data) for k, data in enumerate(REAL)])
    read = scapy.rdpcap(str(path))
    assert [bytes(packet) for packet in read] == REAL


def test_we_read_what_scapy_writes(tmp_path: Path) -> None:
    scapy: Any = pytest.importorskip("scapy.all")
    path = tmp_path / "scapy.pcapng"
    scapy.wrpcapng(str(path), [scapy.IP(data) for data in V4])
    capture = pcapng.read(path)
    assert [event.data for event in capture.packets] == V4 and capture.problem == ""
