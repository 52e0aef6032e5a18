"""pcapng files: what Wireshark and tshark open. (The format: draft-ietf-opsawg-pcapng.)

    write(path, packets)   save a recording of packets
    read(path)             -> Capture, from our files and from other people's

`encode` and `decode` do the same with bytes. A packet's fate stands in its comment, so Wireshark shows it
and `read` gives back the events that were written, with times to the nanosecond.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from struct import pack, unpack_from

from .packets import PacketEvent

SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET = 0x0A0D0D0A, 1, 2, 3, 6
BYTE_ORDER = 0x1A2B3C4D
COMMENT, END = 1, 0  # options that every block may have
OS, APPLICATION = 3, 4  # options of a section
NAME, RESOLUTION, OFFSET = 2, 9, 14  # options of an interface
FLAGS = 2  # option of a packet; its lowest two bits are one of:
INBOUND, OUTBOUND = 1, 2
RAW = 101  # link type: the packet begins with its IP header
MOST_BYTES = 256 * 1024 * 1024  # of a file, unless read() is told otherwise
SECOND = 1_000_000_000  # nanoseconds


class NotPcapng(ValueError):
    """These bytes are no pcapng file; the text says what they look like."""


@dataclass(slots=True)
class Capture:
    """What was in a file. Times of the packets are seconds since `started`.

    A packet that we did not write has the fate "captured". Its direction is the one that the file gives, or
    else "out" for packets from the address that sent the first one.
    """

    packets: list[PacketEvent] = field(default_factory=list)
    started: float = 0.0  # seconds since 1970, UTC
    system: str = ""
    application: str = "netlab"
    comment: str = ""
    skipped: int = 0  # packets left out, because they are not IP or of an unknown kind of link
    problem: str = ""  # why reading stopped before the end of the file, if it did


def write(
    path: str | os.PathLike[str],
    packets: Iterable[PacketEvent],
    *,
    started: float = 0.0,
    system: str = "",
    application: str = "netlab",
    comment: str = "",
) -> None:
    """Save packets to a file. `started`: when the recording began, in whole seconds since 1970."""
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
    about = ((COMMENT, capture.comment), (OS, capture.system), (APPLICATION, capture.application))
    texts = [(code, text.encode()) for code, text in about if text]
    described = [(NAME, b"link"), (RESOLUTION, b"\x09"), (OFFSET, pack("<q", int(capture.started)))]
    blocks = [
        _block(SECTION, pack("<IHHq", BYTE_ORDER, 1, 0, -1), texts),
        _block(INTERFACE, pack("<HHI", RAW, 0, 0), described),
    ]
    for event in capture.packets:
        ticks = round(event.sent * SECOND)
        if not 0 <= ticks < 2**64:
            raise ValueError(f"sent={event.sent!r}: give seconds since the recording began, 0 or more.")
        size = len(event.data)
        body = pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, size, size) + _padded(event.data)
        flags = pack("<I", OUTBOUND if event.direction == "out" else INBOUND)
        blocks.append(_block(ENHANCED_PACKET, body, [(COMMENT, _comment(event).encode()), (FLAGS, flags)]))
    return b"".join(blocks)


def decode(data: bytes) -> Capture:
    """Read the bytes of a file. Damage ends the reading there, with Capture.problem; what was read is kept.

    Raise NotPcapng if the bytes do not even begin like such a file.
    """
    if data[:4] != SECTION.to_bytes(4, "big"):
        raise NotPcapng(_looks_like(data))
    capture = Capture(application="")
    try:
        _read_blocks(data, capture)
    except _Damaged as damage:
        capture.problem = str(damage)
    return capture


def _read_blocks(data: bytes, capture: Capture) -> None:
    base: int | None = None  # nanoseconds since 1970 of the capture's time 0
    now, near = 0, b""
    interfaces: list[tuple[int, int, int | None]] = []
    for order, kind, body in _blocks(data):
        if kind == SECTION:
            interfaces = []
            texts = dict(_options(body[16:], order))
            capture.comment = capture.comment or _text(texts.get(COMMENT))
            capture.system = capture.system or _text(texts.get(OS))
            capture.application = capture.application or _text(texts.get(APPLICATION))
        elif kind == INTERFACE:
            interfaces.append(_interface(body, order))
        elif kind in (ENHANCED_PACKET, OLD_PACKET, SIMPLE_PACKET):
            number, ticks, frame, options = _packet(kind, body, order)
            if number >= len(interfaces):
                raise _Damaged(f"a packet of interface {number}, but the file describes {len(interfaces)}")
            link, units, offset = interfaces[number]
            packet = _network_layer(link, frame)
            if packet is None:
                capture.skipped += 1
                continue
            if ticks is not None:
                now = ticks * SECOND // units + (offset or 0) * SECOND
            if base is None:
                base = now if offset is None else offset * SECOND
                capture.started = base / SECOND
            near = near or _source(packet)
            capture.packets.append(_event((now - base) / SECOND, packet, options, order, near))


class _Damaged(Exception):
    """The file can not be read from here on."""


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, body: bytes, options: list[tuple[int, bytes]]) -> bytes:
    if options:
        body += b"".join(pack("<HH", code, len(value)) + _padded(value) for code, value in options) + bytes(4)
    size = pack("<I", len(body) + 12)
    return pack("<I", kind) + size + body + size


def _comment(event: PacketEvent) -> str:
    """The fate first, for people; then what read() needs to make the same event again."""
    words = [f"{event.fate}; number={event.number}"]
    for name in ("delivered", "due", "queued"):
        value = getattr(event, name)
        if value or (value is not None and name != "queued"):
            words.append(f"{name}={value:.9f}")
    if event.flip is not None:
        words.append(f"flip={event.flip}")
    return " ".join(words)


_OURS = re.compile(r"([a-z ]{1,40});((?: [a-z]+=[0-9]{1,18}(?:\.[0-9]{1,18})?)+)")


def _event(sent: float, packet: bytes, options: dict[int, bytes], order: str, near: bytes) -> PacketEvent:
    flags = int.from_bytes(options.get(FLAGS, b""), "little" if order == "<" else "big") & 3
    outward = flags == OUTBOUND or (flags != INBOUND and _source(packet) == near)
    direction = "out" if outward else "back"
    ours = _OURS.fullmatch(_text(options.get(COMMENT)))
    if ours is None:
        return PacketEvent(sent, sent, "captured", direction, packet)
    values = {name: float(value) for name, _, value in (word.partition("=") for word in ours[2].split())}
    delivered, due, queued = values.get("delivered"), values.get("due"), values.get("queued", 0.0)
    number, bit = int(values.get("number", 0)), int(values.get("flip", -1))
    flip = bit if 0 <= bit < len(packet) * 8 else None
    return PacketEvent(sent, delivered, ours[1], direction, packet, number, due, queued, flip)


def _blocks(data: bytes) -> Iterator[tuple[str, int, bytes]]:
    """(byte order, block type, body) of each block. Lengths are checked against the file."""
    place, order = 0, "<"
    while place < len(data):
        if len(data) - place < 12:
            raise _Damaged(f"the file ends inside a block, at byte {place}")
        if data[place : place + 4] == SECTION.to_bytes(4, "big"):
            orders = [o for o in "<>" if unpack_from(o + "I", data, place + 8)[0] == BYTE_ORDER]
            if not orders:
                raise _Damaged(f"the section at byte {place} has no byte-order magic")
            order = orders[0]
        kind, size = unpack_from(order + "II", data, place)
        if size < (28 if kind == SECTION else 12) or size % 4:
            raise _Damaged(f"the block at byte {place} can not have the length {size}")
        if size > len(data) - place:
            raise _Damaged(f"the block at byte {place} says {size} bytes, the file has {len(data) - place}")
        yield order, kind, data[place + 8 : place + size - 4]
        place += size


def _options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """(code, value) of each option; ends at the first that does not fit."""
    place = 0
    while place + 4 <= len(data):
        code, size = unpack_from(order + "HH", data, place)
        if code == END or place + 4 + size > len(data):
            return
        yield code, data[place + 4 : place + 4 + size]
        place += 4 + size + -size % 4


def _interface(body: bytes, order: str) -> tuple[int, int, int | None]:
    """(link type, ticks per second, offset in seconds or None)."""
    if len(body) < 8:
        raise _Damaged("an interface block is too short")
    options = dict(_options(body[8:], order))
    resolution = (options.get(RESOLUTION) or b"\x06")[0]
    units: int = (2 if resolution & 0x80 else 10) ** (resolution & 0x7F)
    offset = options.get(OFFSET, b"")
    seconds = unpack_from(order + "q", offset)[0] if len(offset) == 8 else None
    return unpack_from(order + "H", body)[0], units, seconds


def _packet(kind: int, body: bytes, order: str) -> tuple[int, int | None, bytes, dict[int, bytes]]:
    """(interface, ticks or None, captured bytes, options) of the three blocks that hold a packet."""
    if len(body) < (4 if kind == SIMPLE_PACKET else 20):
        raise _Damaged("a packet block is too short")
    if kind == SIMPLE_PACKET:
        return 0, None, body[4 : 4 + unpack_from(order + "I", body)[0]], {}
    high, low, size = unpack_from(order + "III", body, 4)
    if size > len(body) - 20:
        raise _Damaged(f"a packet block says {size} bytes, but has room for {len(body) - 20}")
    number = unpack_from(order + ("I" if kind == ENHANCED_PACKET else "H"), body)[0]
    options = dict(_options(body[20 + size + -size % 4 :], order))
    return number, high << 32 | low, body[20 : 20 + size], options


# Link types whose header we can take off: how many bytes it has, and where the EtherType is, if there is one.
# BSD loopback (0, 108), Ethernet (1), raw IP (101, 228, 229), Linux "any" (113, 276).
_LINK_HEADERS = {0: 4, 1: 14, RAW: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20}
_ETHERTYPES = {1: 12, 113: 14, 276: 0}


def _network_layer(link: int, frame: bytes) -> bytes | None:
    """The IP packet in a frame, or None if there is none or the kind of link is unknown."""
    if link not in _LINK_HEADERS:
        return None
    header, place = _LINK_HEADERS[link], _ETHERTYPES.get(link)
    if place is not None:
        ethertype = frame[place : place + 2]
        while ethertype in (b"\x81\x00", b"\x88\xa8") and link == 1:  # VLAN tags
            place += 4
            header += 4
            ethertype = frame[place : place + 2]
        if ethertype not in (b"\x08\x00", b"\x86\xdd"):
            return None
    packet = frame[header:]
    return packet if link == RAW or (packet and packet[0] >> 4 in (4, 6)) else None


def _source(packet: bytes) -> bytes:
    return packet[8:24] if packet[:1] >= b"\x60" else packet[12:16]


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _looks_like(data: bytes) -> str:
    if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"):
        return "this is the older pcap format; Wireshark's File, Save As can turn it into pcapng."
    if data[:2] == b"\x1f\x8b":
        return "this file is compressed with gzip; unpack it first."
    if not data:
        return "this file is empty, so it is no pcapng file."
    return f"this is no pcapng file: it begins with {data[:4].hex(' ')}, not with 0a 0d 0d 0a."
