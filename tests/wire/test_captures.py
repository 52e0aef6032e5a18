"""What a capture says is carried on: lengths, times, flags and texts of any program's files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from struct import pack

import pytest

from netlab.wire import pcapng
from netlab.wire.packets import Malformed, PacketEvent
from netlab.wire.pcapng import Capture

from .test_packets import REAL, V4, V6
from .test_pcapng import block, interface, section

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

DAY = 1_700_000_000
ORDERS = pytest.mark.parametrize("order", ["<", ">"])


def option(order: str, code: int, value: bytes) -> bytes:
    return pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def described(order: str, link: int = 101, snap: int = 0, **options: bytes) -> bytes:
    codes = {"comment": 1, "name": 2, "resolution": 9, "offset": 14}
    body = b"".join(option(order, codes[name], value) for name, value in options.items())
    return block(order, 1, pack(order + "HHI", link, 0, snap) + body + bytes(4) * bool(body))


def enhanced(
    order: str, ticks: int, data: bytes, length: int = 0, number: int = 0, options: bytes = b""
) -> bytes:
    head = pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), length or len(data))
    return block(order, 6, head + data + bytes(-len(data) % 4) + options)


def old(order: str, ticks: int, data: bytes, length: int = 0) -> bytes:
    head = pack(order + "HHIIII", 0, 9, ticks >> 32, ticks & 0xFFFFFFFF, len(data), length or len(data))
    return block(order, 2, head + data + bytes(-len(data) % 4))


def simple(order: str, data: bytes, length: int = 0) -> bytes:
    return block(order, 3, pack(order + "I", length or len(data)) + data + bytes(-len(data) % 4))


def moments(capture: Capture) -> list[float]:
    return [round(capture.started + event.sent, 6) for event in capture.packets]


def again(capture: Capture) -> Capture:
    """Written and read; nothing may have changed."""
    new = pcapng.decode(pcapng.encode(capture))
    assert new.packets == capture.packets and moments(new) == moments(capture)
    assert (new.started, new.comment, new.system) == (capture.started, capture.comment, capture.system)
    assert new.application == capture.application and (new.problem, new.left_out) == ("", {})
    return new


# --- lengths ---


@ORDERS
@pytest.mark.parametrize(
    ("link", "header"), [(101, b""), (1, bytes(12) + b"\x08\x00"), (276, b"\x08\x00" + bytes(18))]
)
def test_the_original_length_is_that_of_the_packet(order: str, link: int, header: bytes) -> None:
    whole = header + V4[3]
    for size in range(len(header), len(whole)):
        for make in (enhanced, old):
            data = section(order) + described(order, link) + make(order, 5, whole[:size], len(whole))
            (event,) = again(pcapng.decode(data)).packets
            assert event.data == V4[3][: size - len(header)] and event.original_length == len(V4[3])
            assert not isinstance(event.packet, Malformed) and event.packet.checksum_errors == ()
            if size >= len(header) + 40:
                assert event.packet.segment_length == 3


@ORDERS
@pytest.mark.parametrize("snap", [0, 20, 41, 42, 43, 44, 96, 65535])
def test_the_snap_length_says_how_long_a_simple_packet_is(order: str, snap: int) -> None:
    packet = V4[3]  # 55 bytes
    kept = packet[: snap or None]
    data = section(order) + described(order, snap=snap) + simple(order, kept, len(packet))
    (event,) = again(pcapng.decode(data)).packets
    assert event.data == kept
    assert event.original_length == (len(packet) if len(kept) < len(packet) else None)
    assert not isinstance(event.packet, Malformed)


def test_a_length_below_the_captured_one_counts_for_nothing() -> None:
    data = section("<") + described("<") + enhanced("<", 5, V4[3], 3)
    assert again(pcapng.decode(data)).packets[0].original_length is None


def test_a_frame_cut_in_the_header_of_its_link() -> None:
    frame = bytes(12) + b"\x08\x00" + V4[3]
    data = section("<") + described("<", 1) + enhanced("<", 5, frame[:13], len(frame))
    data += enhanced("<", 5, frame[:14], len(frame))
    capture = pcapng.decode(data)
    assert capture.left_out == {"cut inside the link's header": 1}
    assert [(event.data, event.original_length) for event in capture.packets] == [(b"", len(V4[3]))]
    assert str(capture.packets[0].packet) == "cut short: no bytes"


def test_the_direction_of_a_packet_whose_sender_was_cut_off_is_taken_for_the_first() -> None:
    back = V4[0][:12] + V4[0][16:20] + V4[0][12:16] + V4[0][20:]
    data = section("<") + described("<") + enhanced("<", 5, V4[0][:12], 60)
    data += enhanced("<", 5, V4[0]) + enhanced("<", 5, back) + enhanced("<", 5, back[:15], 60)
    assert [event.direction for event in pcapng.decode(data).packets] == ["out", "out", "back", "out"]


def test_a_turned_bit_behind_the_cut_is_kept() -> None:
    event = PacketEvent(0.0, 0.1, "corrupted", "out", V4[3][:50], 1, flip=420, original_length=len(V4[3]))
    (read,) = again(Capture([event])).packets
    assert read == event and read.arrived == event.data


# --- times ---


@ORDERS
@pytest.mark.parametrize("resolution", [0, 3, 6, 9, 12, 0x80, 0x8A, 0xA0], ids=hex)
@pytest.mark.parametrize("offset", [None, 0, 1234, -7])
def test_absolute_times_are_kept(order: str, resolution: int, offset: int | None) -> None:
    units = (2 if resolution & 0x80 else 10) ** (resolution & 0x7F)
    more = {} if offset is None else {"offset": pack(order + "q", offset)}
    base = (2000 if resolution == 12 else DAY) * units
    times = [base + 3 * units // 4, base + 5 * units // 4, base]  # the last one runs backwards
    data = section(order) + described(order, resolution=bytes([resolution]), **more)
    capture = again(pcapng.decode(data + b"".join(enhanced(order, time, V4[0]) for time in times)))
    assert moments(capture) == [round(time / units + (offset or 0), 6) for time in times]
    assert min(event.sent for event in capture.packets) == 0


def test_several_interfaces_and_sections_have_their_own_units_and_offsets() -> None:
    data = section("<") + described("<") + described("<", 1, resolution=b"\x09", offset=pack("<q", DAY))
    frame = bytes(12) + b"\x86\xdd" + V6[0]
    data += enhanced("<", (DAY + 1) * 10**6, V4[0]) + enhanced("<", 5 * 10**8, frame, number=1)
    data += section(">") + described(">", resolution=b"\x00") + enhanced(">", DAY + 3, V4[1])
    capture = again(pcapng.decode(data))
    assert moments(capture) == [DAY + 1, DAY + 0.5, DAY + 3]
    assert [event.data for event in capture.packets] == [V4[0], V6[0], V4[1]]


def test_a_packet_without_a_time_has_that_of_its_neighbor() -> None:
    timed = enhanced("<", (DAY + 2) * 10**6, V4[1])
    head = section("<") + described("<")
    assert moments(again(pcapng.decode(head + simple("<", V4[0]) + timed))) == [DAY + 2, DAY + 2]
    later = old("<", (DAY + 5) * 10**6, V4[1])
    mixed = head + timed + simple("<", V4[0]) + later + simple("<", V4[0])
    assert moments(again(pcapng.decode(mixed))) == [DAY + 2, DAY + 2, DAY + 5, DAY + 5]
    assert moments(again(pcapng.decode(head + simple("<", V4[0]) * 2))) == [0, 0]


def test_times_before_1970_and_far_from_now() -> None:
    for offset in (-(10**6), 10**11):
        data = section("<") + described("<", offset=pack("<q", offset)) + enhanced("<", 250_000, V4[0])
        capture = again(pcapng.decode(data))
        assert moments(capture) == [offset + 0.25]


@hypothesis.given(
    st.floats(0, 4e9),
    st.lists(st.tuples(st.integers(0, 10**13), st.none() | st.integers(0, 10**13)), min_size=1),
)
def test_what_we_write_keeps_when_it_began(started: float, times: list[tuple[int, int | None]]) -> None:
    started = round(started, 6)
    events = [
        PacketEvent(a / 1e9, None if b is None else b / 1e9, "delivered", "out", V4[0]) for a, b in times
    ]
    capture = again(Capture(events, started))
    assert capture.started == started and capture.packets == events


def test_recordings_put_one_behind_the_other_keep_their_times() -> None:
    """As cat does: each counts from its own beginning, and the second may be the older one."""
    events = [
        PacketEvent(0.25, 0.5, "delivered", "out", V4[0], due=0.5),
        PacketEvent(0.75, None, "lost", "out", V4[0]),
    ]
    data = pcapng.encode(Capture(events, DAY + 10.5)) + pcapng.encode(Capture(events, DAY + 0.25))
    capture = again(pcapng.decode(data))
    assert capture.started == DAY + 0.25
    assert [event.sent for event in capture.packets] == [10.5, 11, 0.25, 0.75]
    assert [event.delivered for event in capture.packets] == [10.75, None, 0.5, None]
    assert capture.packets[0].late == 0


def test_a_recording_of_an_earlier_version_of_ours() -> None:
    """Its times counted from the offset of its interface."""
    comment = option("<", 1, b"delivered; number=1 delivered=0.270000000 due=0.270000000") + bytes(4)
    data = section("<") + described("<", resolution=b"\x09", offset=pack("<q", DAY))
    capture = again(pcapng.decode(data + enhanced("<", 250_000_000, V4[0], options=comment)))
    assert (capture.started, capture.packets[0].sent, capture.packets[0].delivered) == (DAY, 0.25, 0.27)


def test_a_recording_of_ours_that_somebody_saved_without_saying_when_it_began() -> None:
    comment = option("<", 1, b"delivered; number=1 delivered=0.250000000") + bytes(4)
    data = section("<") + described("<") + enhanced("<", DAY * 10**6, V4[0], options=comment)
    capture = again(pcapng.decode(data))
    assert (capture.started, capture.packets[0].sent, capture.packets[0].delivered) == (DAY, 0, 0.25)


@pytest.mark.parametrize(
    ("capture", "sentence"),
    [
        (
            Capture([PacketEvent(-0.5, None, "lost", "out", V4[0])]),
            "sent=-0.5: give seconds since the recording",
        ),
        (Capture([PacketEvent(float("nan"), None, "lost", "out", V4[0])]), "sent=nan: give seconds"),
        (Capture([], float("inf")), "started=inf: give seconds since 1970"),
        (
            Capture([PacketEvent(s, None, "lost", "out", V4[0]) for s in (0, 2e10)]),
            "more than 584 years apart",
        ),
        (Capture([], comment="é" * 40_000), "has 80000 bytes: an option of a file holds at most 65535"),
    ],
)
def test_what_can_not_be_written_is_refused_in_words(capture: Capture, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        pcapng.encode(capture)


# --- flags and texts ---


@ORDERS
def test_what_the_network_card_does_is_carried_on(order: str) -> None:
    wrong = V4[3][:36] + b"\x12\x34" + V4[3][38:]
    data = section(order) + described(order)
    for flags in (2, 2 | 1 << 9, 2 | 1 << 10, 1 | 1 << 11, 1 | 1 << 5):
        data += enhanced(order, 5, wrong, options=option(order, 2, pack(order + "I", flags)) + bytes(4))
    capture = again(pcapng.decode(data))
    assert [bool(event.packet.checksum_errors) for event in capture.packets] == [
        True,
        False,
        False,
        False,
        True,
    ]
    assert [event.direction for event in capture.packets] == ["out", "out", "out", "back", "back"]


def test_texts_end_at_a_zero_byte_and_may_be_several() -> None:
    about = (
        option("<", 1, b"one\0rubbish")
        + option("<", 1, b"two \xff")
        + option("<", 3, b"Linux\0")
        + option("<", 77, b"?")
    )
    capture = again(pcapng.decode(section("<", about) + described("<") + enhanced("<", 5, V4[0])))
    assert (capture.comment, capture.system, capture.application) == ("one\ntwo \ufffd", "Linux", "")


def test_a_comment_that_somebody_added_does_not_hide_ours() -> None:
    for first, second in ((b"look here", b"lost; number=3"), (b"lost; number=3", b"look here")):
        comments = option("<", 1, first) + option("<", 1, second) + bytes(4)
        (event,) = pcapng.decode(
            section("<") + described("<") + enhanced("<", 5, V4[0], options=comments)
        ).packets
        assert (event.fate, event.number, event.delivered) == ("lost", 3, None)


def test_options_without_an_end_and_unknown_blocks_are_no_damage() -> None:
    data = (
        section("<")
        + block("<", 4, bytes(8))
        + described("<")
        + block("<", 5, bytes(12))
        + block("<", 10, bytes(8))
    )
    data += enhanced("<", 5, V4[0], options=option("<", 2, pack("<I", 1))) + block("<", 0x80000001, b"ours")
    capture = again(pcapng.decode(data))
    assert [event.direction for event in capture.packets] == ["back"] and capture.problem == ""


# --- what is not read, and how that is said ---


@pytest.mark.parametrize("version", [(1, 1), (2, 0), (0, 1)])
def test_a_section_of_another_version_is_skipped_and_the_next_one_read(version: tuple[int, int]) -> None:
    strange = block("<", 0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, *version, -1))
    unread = described("<") + enhanced("<", 5, V4[1]) + block("<", 1, b"")
    capture = pcapng.decode(strange + unread + section("<") + described("<") + enhanced("<", 5, V4[0]))
    assert [event.data for event in capture.packets] == [V4[0]]
    said = "the section at byte 0 has version {}.{}, which is not read here"
    assert capture.problem == said.format(*version)


def test_version_1_2_is_read_like_1_0() -> None:
    newer = block("<", 0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 2, -1))
    assert len(again(pcapng.decode(newer + described("<") + enhanced("<", 5, V4[0]))).packets) == 1


def test_links_that_are_not_known_are_named_and_counted() -> None:
    arp, wifi = bytes(12) + b"\x08\x06" + bytes(28), bytes(40)
    data = section("<") + described("<", 1) + described("<", 105)
    data += enhanced("<", 5, arp) + enhanced("<", 5, wifi, number=1) + enhanced("<", 5, wifi, number=1)
    capture = pcapng.decode(data)
    words = {"the link's header does not say IP": 1, "link type 105 is not read here": 2}
    assert (capture.left_out, sum(capture.left_out.values()), capture.packets) == (words, 3, [])


@pytest.mark.parametrize(("link", "header"), [(1, bytes(12) + b"\x08\x00"), (228, b""), (0, pack(">I", 2))])
def test_a_frame_that_says_ip_and_is_none_is_malformed(link: int, header: bytes) -> None:
    data = section("<") + described("<", link) + enhanced("<", 5, header + bytes(40))
    (event,) = again(pcapng.decode(data)).packets
    assert str(event.packet) == "malformed: an IP packet begins with version 4 or 6, this one with 0"


def test_two_lengths_that_differ_are_damage() -> None:
    good = section("<") + interface("<") + enhanced("<", 5, V4[0])
    bad = enhanced("<", 5, V4[0])[:-4] + pack("<I", 8)
    capture = pcapng.decode(good + bad + good)
    assert len(capture.packets) == 1 and "says 92 bytes where it begins, 8 at its end" in capture.problem


def test_a_half_block_at_the_end_is_said_and_what_came_before_is_kept() -> None:
    whole = section("<") + interface("<") + enhanced("<", 5, V4[0]) + enhanced("<", 6, V4[1])
    for size in range(len(whole) - 91, len(whole)):
        capture = pcapng.decode(whole[:size])
        assert [event.data for event in capture.packets] == [V4[0]]
        assert capture.problem.startswith(
            ("the block at byte 140", "the file ends inside a block, at byte 140")
        )


@hypothesis.given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
@hypothesis.settings(max_examples=300, deadline=None)
def test_whatever_is_read_can_be_written(changes: list[tuple[int, int]]) -> None:
    whole = section(">") + described(">", 1, 60, offset=pack(">q", 9), resolution=b"\x09")
    whole += b"".join(
        enhanced(">", k * 10**9, bytes(12) + b"\x08\x00" + V4[k][:46], 14 + len(V4[k])) for k in range(3)
    )
    whole += simple(">", bytes(12) + b"\x08\x00" + V4[3][:46], 69)
    data = bytearray(whole)
    for place, value in changes:
        data[28 + place % (len(data) - 28)] = value
    capture = pcapng.decode(bytes(data))
    try:
        new = pcapng.decode(pcapng.encode(capture))
    except ValueError as error:
        assert "584 years" in str(error) or "give seconds" in str(error)  # the clock's bytes were changed
        return
    alike = [(event.data, event.original_length, event.direction, event.offload) for event in capture.packets]
    assert alike == [
        (event.data, event.original_length, event.direction, event.offload) for event in new.packets
    ]


def test_a_snap_length_over_real_packets(tmp_path: Path) -> None:
    """As editcap -s does: the file that was saved, cut, reads the same but for what is not there."""
    events = [PacketEvent(k / 8, k / 8 + 0.5, "delivered", "out", data, k) for k, data in enumerate(REAL)]
    cut = [
        replace(e, data=e.data[:68], original_length=len(e.data)) if len(e.data) > 68 else e for e in events
    ]
    path = tmp_path / "cut.pcapng"
    pcapng.write(path, cut, started=DAY + 0.125)
    capture = pcapng.read(path)
    assert capture.packets == cut and capture.started == DAY + 0.125
    for read, event in zip(capture.packets, events, strict=True):
        assert read.packet.payload_length == event.packet.payload_length
