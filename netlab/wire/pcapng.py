"""pcapng files: what Wireshark and tshark open. (The format: draft-ietf-opsawg-pcapng.)

    write(path, packets)   save a recording of packets
    read(path)             -> Capture, from our files and from other people's

`encode` and `decode` do the same with bytes. A packet's fate stands in its comment, so Wireshark shows it
and `read` gives back the events that were written, with times to the nanosecond.

What is read is written again: the packets in their order, of cut ones how long they were, absolute times,
which may run backwards, directions, what the network card does for checksums, and the texts of the section.
Left out are the headers of links, the names of interfaces, other people's comments on single packets, and all
other options and blocks. Several sections and interfaces become one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor
from pathlib import Path
from struct import pack, unpack_from

from . import blocks
from .blocks import RAW, SECOND, ip_begins
from .packets import PacketEvent

MOST_BYTES = 256 * 1024 * 1024  # of a file, unless read() is told otherwise
MOST_TEXT = 0xFFFF  # bytes of an option
_TEXTS = {"comment": blocks.COMMENT, "system": blocks.OS, "application": blocks.APPLICATION}  # of a section


class NotPcapng(ValueError):
    """These bytes are no pcapng file; the text says what they look like."""


@dataclass(slots=True)
class Capture:
    """What was in a file. Times of the packets are seconds since `started`, 0 or more, in the file's order.

    A packet that we did not write has the fate "captured". Its direction is the one that the file gives, or
    else "out" for packets from the address that sent the first one. One without a time (Simple Packet Block)
    has that of the packet before it, or else of the next that has one.
    """

    packets: list[PacketEvent] = field(default_factory=list)
    started: float = 0.0  # when the recording began, else the earliest time in it: seconds since 1970, UTC
    system: str = ""
    application: str = "netlab"
    comment: str = ""
    left_out: dict[str, int] = field(default_factory=dict)  # why packets are not in `packets`, and how many
    problem: str = ""  # what else of the file was not read, and why: damage, another version


def write(
    path: str | os.PathLike[str],
    packets: Iterable[PacketEvent],
    *,
    started: float = 0.0,
    system: str = "",
    application: str = "netlab",
    comment: str = "",
) -> None:
    """Save packets to a file. `started`: when the recording began, in seconds since 1970.

    Raise ValueError for times that are no times, or a text of more than 65535 bytes; OSError.
    """
    Path(path).write_bytes(encode(Capture(list(packets), started, system, application, comment)))


def read(path: str | os.PathLike[str], *, most: int = MOST_BYTES) -> Capture:
    """Read a file. Raise NotPcapng if it is none, ValueError if it is larger than `most` bytes, OSError."""
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{os.fspath(path)} is larger than {most} bytes: read(path, most=...) allows more.")
    try:
        return decode(data)
    except NotPcapng as error:
        raise NotPcapng(f"{os.fspath(path)}: {error}") from None


def encode(capture: Capture) -> bytes:
    """The bytes of a file: one section, one interface, a block for each packet at the time it was sent."""
    about = {code: getattr(capture, name) for name, code in _TEXTS.items()}
    texts = {code: text.encode("utf-8", "replace") for code, text in about.items() if text}
    if long := [text for text in texts.values() if len(text) > MOST_TEXT]:
        raise ValueError(f"A text has {len(long[0])} bytes: an option of a file holds at most {MOST_TEXT}.")
    if not abs(capture.started) < 2**62:
        raise ValueError(f"started={capture.started!r}: give seconds since 1970.")
    if early := [event.sent for event in capture.packets if not 0 <= event.sent < 2**62]:
        raise ValueError(f"sent={early[0]!r}: give seconds since the recording began, 0 or more.")
    whole = floor(capture.started)
    start = whole * SECOND + round((capture.started - whole) * SECOND)
    times = [start + round(event.sent * SECOND) for event in capture.packets]
    low, high = min(times, default=0), max(times, default=0)
    offset = 0 if low >= 0 and high < 2**64 else low // SECOND  # seconds; for the years before 1970, say
    if high - offset * SECOND >= 2**64:
        raise ValueError("The first and the last packet are more than 584 years apart.")
    described = {blocks.NAME: b"link", blocks.RESOLUTION: b"\x09", blocks.COMMENT: blocks.began_text(start)}
    if offset:
        described[blocks.OFFSET] = pack("<q", offset)
    section, interface = pack("<IHHq", blocks.BYTE_ORDER, 1, 0, -1), pack("<HHI", RAW, 0, 0)
    parts = [
        *blocks.encoded(blocks.SECTION, section, blocks.encoded_options(texts)),
        *blocks.encoded(blocks.INTERFACE, interface, blocks.encoded_options(described)),
    ]
    for event, time in zip(capture.packets, times):
        parts += _block(event, time - offset * SECOND)
    return b"".join(parts)


def _block(event: PacketEvent, ticks: int) -> tuple[bytes, ...]:
    size = len(event.data)
    lengths = size, max(size, event.original_length or 0)
    fixed = pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, *lengths)
    way = blocks.OUTBOUND if event.direction == "out" else blocks.INBOUND
    flags = pack("<I", way | event.offload & blocks.OFFLOAD)
    options = blocks.encoded_options({blocks.COMMENT: _comment(event).encode(), blocks.FLAGS: flags})
    return blocks.encoded(blocks.ENHANCED_PACKET, fixed, event.data, blocks.padding(size), options)


def _comment(event: PacketEvent) -> str:
    """The fate first, for people; then what read() needs to make the same event again."""
    text = f"{event.fate}; number={event.number}"
    if event.delivered is not None:
        text += f" delivered={event.delivered:.9f}"
    if event.due is not None:
        text += f" due={event.due:.9f}"
    if event.queued:
        text += f" queued={event.queued:.9f}"
    if event.flip is not None:
        text += f" flip={event.flip}"
    return text


_NUMBER = "[0-9]{1,18}"
_TIME = rf"{_NUMBER}(?:\.{_NUMBER})?"
_OURS = re.compile(
    rf"([a-z ]+); number=({_NUMBER})(?: delivered=({_TIME}))?(?: due=({_TIME}))?(?: queued=({_TIME}))?"
    rf"(?: flip=({_NUMBER}))?"
)


def decode(data: bytes) -> Capture:
    """Read the bytes of a file. Damage ends the reading there, with Capture.problem; what was read is kept.

    Raise NotPcapng if the bytes do not even begin like such a file.
    """
    if data[:4] != blocks.SECTION.to_bytes(4, "big"):
        raise NotPcapng(_looks_like(data))
    capture, problems = Capture(application=""), []
    found: list[_Found] = []
    interfaces: list[blocks.Interface] = []  # of the section
    starts: list[int] = []  # what our files say of when they began
    known = True  # is this section's version?
    try:
        for place, order, kind, body in blocks.read(data):
            if kind == blocks.SECTION:
                interfaces, version = [], unpack_from(order + "HH", body, 4)
                known = version in blocks.VERSIONS
                if not known:
                    form = "the section at byte {} has version {}.{}, which is not read here"
                    problems.append(form.format(place, *version))
                for name, code in _TEXTS.items() if known else ():
                    text = blocks.text_of(blocks.options(body, 16, order), code)
                    setattr(capture, name, getattr(capture, name) or text)
            elif known and kind == blocks.INTERFACE:
                interfaces.append(blocks.interface_of(order, body))
                starts += [] if interfaces[-1].began is None else [interfaces[-1].began]
            elif known and kind in blocks.PACKETS:
                packet = _found(*blocks.frame_of(order, kind, body, interfaces))
                if isinstance(packet, str):
                    capture.left_out[packet] = capture.left_out.get(packet, 0) + 1
                else:
                    found.append(packet)
    except blocks.Damaged as damage:
        problems.append(str(damage))
    capture.problem = "; ".join(problems)
    _add_packets(capture, found, starts)
    return capture


# An IP packet in a file: its time, and when the recording began if it is one of ours, both in nanoseconds
# since 1970; its bytes, its length, its flags, and its comment if that is ours.
_Found = tuple[int | None, int | None, bytes, int, int, re.Match[str] | None]


def _found(
    interface: blocks.Interface, ticks: int | None, frame: bytes, length: int, flags: int, comments: list[str]
) -> _Found | str:
    """The packet in a frame; or, in words, why none is read from it."""
    link, _, units, offset, began = interface
    begins = 0 if link == RAW else ip_begins(link, frame)
    if isinstance(begins, str):
        return begins
    added, start, ours = (offset or 0) * SECOND, None, None
    for comment in comments:
        ours = ours or _OURS.fullmatch(comment)
    if ours:  # before our files said when they began, times counted from the offset
        start = added if began is None and offset is not None else began
    time = None if ticks is None else ticks * SECOND // units + added
    return time, start, frame[begins:] if begins else frame, max(0, length - begins), flags, ours


def _add_packets(capture: Capture, found: list[_Found], starts: list[int]) -> None:
    """Times are told at the end: they count from the earliest, which may be the last."""
    known = [time for time, *_ in found if time is not None]
    moments = known + [start for _, start, *_ in found if start is not None]
    base = min(moments or starts or [0])
    now = known[0] if known else base  # of packets without a time, until there is one
    near = next(filter(None, (_source(data) for _, _, data, *_ in found)), b"")  # that sent the first packet
    capture.started = base / SECOND
    for packet in found:
        now = now if packet[0] is None else packet[0]
        capture.packets.append(_event(packet, now, base, near))


def _event(found: _Found, now: int, base: int, near: bytes) -> PacketEvent:
    _, start, data, length, flags, ours = found
    sent, way = (now - base) / SECOND, flags & 3
    outward = way == blocks.OUTBOUND or (way != blocks.INBOUND and _source(data) in (b"", near))
    direction, offload = "out" if outward else "back", flags & blocks.OFFLOAD
    whole = length if length > len(data) else None
    if ours is None:
        return PacketEvent(sent, sent, "captured", direction, data, original_length=whole, offload=offload)
    fate, number, delivered, due, queued, bit = ours.groups()
    late = 0 if start is None else (start - base) / SECOND  # its times count from the start of its recording
    delivered = None if delivered is None else float(delivered) + late
    due, queued = None if due is None else float(due) + late, float(queued or 0)
    number, flip = int(number), int(bit) if bit and int(bit) < length * 8 else None
    return PacketEvent(sent, delivered, fate, direction, data, number, due, queued, flip, whole, offload)


def _source(packet: bytes) -> bytes:
    """Its address; nothing if that was not captured."""
    here = packet[8:24] if packet[:1] >= b"\x60" else packet[12:16]
    return here if len(here) in (4, 16) else b""


def _looks_like(data: bytes) -> str:
    if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"):
        return "this is the older pcap format; Wireshark's File, Save As can turn it into pcapng."
    if data[:2] == b"\x1f\x8b":
        return "this file is compressed with gzip; unpack it first."
    if not data:
        return "this file is empty, so it is no pcapng file."
    return f"this is no pcapng file: it begins with {data[:4].hex(' ')}, not with 0a 0d 0d 0a."
