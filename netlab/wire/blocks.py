"""The blocks of a pcapng file (draft-ietf-opsawg-pcapng) and the headers of links (pcaplinktype). Pure.

Only what stands in one block is known here; what blocks mean to each other is known in pcapng.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import pack, unpack_from
from typing import NamedTuple

SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET = 0x0A0D0D0A, 1, 2, 3, 6
PACKETS = (ENHANCED_PACKET, SIMPLE_PACKET, OLD_PACKET)
BYTE_ORDER = 0x1A2B3C4D
VERSIONS = ((1, 0), (1, 2))  # 1.2 has only more kinds of blocks
END, COMMENT = 0, 1  # options that every block may have
OS, APPLICATION = 3, 4  # options of a section
NAME, RESOLUTION, OFFSET = 2, 9, 14  # options of an interface
FLAGS = 2  # option of a packet; its lowest two bits are one of:
INBOUND, OUTBOUND = 1, 2
OFFLOAD = 0b111 << 9  # flags too: checksum not ready, checksum checked already, segmentation left to the card
SECOND = 1_000_000_000  # nanoseconds

RAW = 101  # link type: the frame is an IP packet

# Bytes of the header: BSD loopback (0, 108), Ethernet (1), raw IP, Linux "any" (113, 276).
_HEADERS = {0: 4, 1: 14, 12: 0, 14: 0, RAW: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20}
_ETHERTYPES = {1: 12, 113: 14, 276: 0}  # where the EtherType stands
_IP_TYPES = (b"\x08\x00", b"\x86\xdd")
_VLAN_TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_FAMILIES = (2, 10, 23, 24, 28, 30)  # AF_INET, and AF_INET6 of Linux, Windows, NetBSD, FreeBSD, macOS

_BEGAN = re.compile(r"The recording began at (-?\d{1,20})\.(\d{9}) s\.")


class Damaged(Exception):
    """The file can not be read from here on; the text says why."""


class Interface(NamedTuple):
    """Where packets were captured, and how their times count."""

    link: int  # link type
    snap_length: int  # bytes kept of each packet; 0: all
    units: int  # ticks a second
    offset: int | None  # seconds to add
    began: int | None  # when the recording began, if our comment says so: nanoseconds since 1970


# Where a packet was captured, ticks, what was captured of it, its length when it was sent, flags, comments.
Frame = tuple[Interface, int | None, bytes, int, int, list[str]]


def encoded(kind: int, *body: bytes) -> tuple[bytes, ...]:
    """The bytes of a block, in parts; little-endian, as all that we write."""
    size = sum(map(len, body)) + 12
    return pack("<II", kind, size), *body, pack("<I", size)


def padding(size: int) -> bytes:
    return bytes(-size % 4)


def encoded_options(options: dict[int, bytes]) -> bytes:
    texts = [pack("<HH", code, len(value)) + value + padding(len(value)) for code, value in options.items()]
    return b"".join(texts) + bytes(4) if texts else b""


def began_text(nanoseconds: int) -> bytes:
    """The comment of an interface from which Interface.began is read."""
    return "The recording began at {}.{:09} s.".format(*divmod(nanoseconds, SECOND)).encode()


def read(data: bytes) -> Iterator[tuple[int, str, int, bytes]]:
    """(place, byte order as for struct, kind, body) of each block. Lengths are checked against the file."""
    place, whole, order = 0, len(data), "<"
    while place < whole:
        if whole - place < 12:
            raise Damaged(f"the file ends inside a block, at byte {place}")
        if data.startswith(b"\x0a\x0d\x0d\x0a", place):
            orders = [o for o in "<>" if unpack_from(o + "I", data, place + 8)[0] == BYTE_ORDER]
            if not orders:
                raise Damaged(f"the section at byte {place} has no byte-order magic")
            order = orders[0]
        kind, size = unpack_from(order + "II", data, place)
        end = place + size
        if size < (28 if kind == SECTION else 12) or size % 4:
            raise Damaged(f"the block at byte {place} can not have the length {size}")
        if end > whole:
            raise Damaged(f"the block at byte {place} says {size} bytes, the file has {whole - place}")
        (again,) = unpack_from(order + "I", data, end - 4)
        if again != size:
            raise Damaged(f"the block at byte {place} says {size} bytes where it begins, {again} at its end")
        yield place, order, kind, data[place + 8 : end - 4]
        place = end


def options(body: bytes, place: int, order: str) -> list[tuple[int, bytes]]:
    """(code, value) of the options at the end of a block; up to the first that does not fit."""
    found, head, place = [], order + "HH", place + 4
    while place <= len(body):
        code, size = unpack_from(head, body, place - 4)
        end = place + size
        if code == END or end > len(body):
            break
        found.append((code, body[place:end]))
        place = end + -size % 4 + 4
    return found


def text_of(options: list[tuple[int, bytes]], code: int) -> str:
    """The values of an option, one a line. A zero byte ends a text; what is no UTF-8 is replaced."""
    return "\n".join([_text(value) for each, value in options if each == code])


def _text(value: bytes) -> str:
    return value.partition(b"\0")[0].decode("utf-8", "replace")


def interface_of(order: str, body: bytes) -> Interface:
    if len(body) < 8:
        raise Damaged("an interface block is too short")
    link, _, snap_length = unpack_from(order + "HHI", body)
    described_by = options(body, 8, order)
    last = dict(described_by)
    resolution = (last.get(RESOLUTION) or b"\x06")[0]
    units: int = (2 if resolution & 0x80 else 10) ** (resolution & 0x7F)
    offset = last.get(OFFSET, b"")
    seconds = unpack_from(order + "q", offset)[0] if len(offset) == 8 else None
    ours = _BEGAN.search(text_of(described_by, COMMENT))
    began = int(ours[1]) * SECOND + int(ours[2]) if ours else None
    return Interface(link, snap_length, units, seconds, began)


def frame_of(order: str, kind: int, body: bytes, interfaces: list[Interface]) -> Frame:
    """What one of the three blocks that hold a packet says. A Simple Packet Block has no time."""
    begins = 4 if kind == SIMPLE_PACKET else 20
    room = len(body) - begins
    if room < 0:
        raise Damaged("a packet block is too short")
    number, ticks = 0, None
    if kind == SIMPLE_PACKET:  # how much was captured it does not say: the interface does
        (length,) = unpack_from(order + "I", body)
        snap_length = interfaces[0].snap_length if interfaces else 0
        size = min(length, snap_length or length, room)
    else:
        number, high, low, size, length = unpack_from(order + "IIIII", body)
        ticks = high << 32 | low
        if kind == OLD_PACKET:
            (number,) = unpack_from(order + "H", body)
    if number >= len(interfaces):
        raise Damaged(f"a packet of interface {number}, but the file describes {len(interfaces)}")
    if size > room:
        raise Damaged(f"a packet block says {size} bytes, but has room for {room}")
    flags, comments, ends = 0, [], begins + size
    for code, value in () if kind == SIMPLE_PACKET else options(body, ends + -size % 4, order):
        if code == COMMENT:
            comments.append(_text(value))
        elif code == FLAGS:
            flags = int.from_bytes(value, "little" if order == "<" else "big")
    return interfaces[number], ticks, body[begins:ends], length, flags, comments


def ip_begins(link: int, frame: bytes) -> int | str:
    """Where the IP packet begins; or, in words, why no packet is read from this frame."""
    if link not in _HEADERS:
        return f"link type {link} is not read here"
    header = _HEADERS[link]
    if header == 0:
        return 0
    if link not in _ETHERTYPES:
        if len(frame) < header:
            return "cut inside the link's header"
        # In the byte order of the machine that captured it, whichever that was.
        families = int.from_bytes(frame[:4], "big"), int.from_bytes(frame[:4], "little")
        return header if set(families) & set(_FAMILIES) else "the link's header does not say IP"
    place = _ETHERTYPES[link]
    while link == 1 and frame[place : place + 2] in _VLAN_TAGS:
        place, header = place + 4, header + 4
    if len(frame) < place + 2:
        return "cut inside the link's header"
    return header if frame[place : place + 2] in _IP_TYPES else "the link's header does not say IP"
