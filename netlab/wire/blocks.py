"""The blocks of a pcapng file (draft-ietf-opsawg-pcapng): made, and taken apart. Pure.

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

Options = list[tuple[int, bytes]]  # code and value; a code may be there more than once


class Damaged(Exception):
    """The file can not be read from here on; the text says why."""


Block = tuple[int, str, int, bytes]  # place in the file, byte order ("<" or ">", as for struct), kind, body


class Interface(NamedTuple):
    """Where packets were captured, and how their times count."""

    link: int  # link type
    snap_length: int  # bytes kept of each packet; 0: all
    units: int  # ticks a second
    offset: int | None  # seconds to add
    began: int | None  # when the recording began, if our comment says so: nanoseconds since 1970


# Where a packet was captured, ticks, what was captured of it, its length when it was sent, flags, comments.
Frame = tuple[Interface, int | None, bytes, int, int, list[str]]


def encoded(kind: int, body: bytes, options: Options) -> bytes:
    """The bytes of a block; little-endian, as all that we write."""
    if options:
        body += b"".join(pack("<HH", code, len(value)) + padded(value) for code, value in options) + bytes(4)
    size = pack("<I", len(body) + 12)
    return pack("<I", kind) + size + body + size


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def began_text(nanoseconds: int) -> bytes:
    """The comment of an interface from which Interface.began is read."""
    return "The recording began at {}.{:09} s.".format(*divmod(nanoseconds, SECOND)).encode()


_BEGAN = re.compile(r"The recording began at (-?\d{1,20})\.(\d{9}) s\.")


def read(data: bytes) -> Iterator[Block]:
    """Each block of a file that begins with a section. Lengths are checked against the file."""
    place, order = 0, "<"
    while place < len(data):
        left = len(data) - place
        if left < 12:
            raise Damaged(f"the file ends inside a block, at byte {place}")
        if data[place : place + 4] == SECTION.to_bytes(4, "big"):
            orders = [o for o in "<>" if unpack_from(o + "I", data, place + 8)[0] == BYTE_ORDER]
            if not orders:
                raise Damaged(f"the section at byte {place} has no byte-order magic")
            order = orders[0]
        kind, size = unpack_from(order + "II", data, place)
        if size < (28 if kind == SECTION else 12) or size % 4:
            raise Damaged(f"the block at byte {place} can not have the length {size}")
        if size > left:
            raise Damaged(f"the block at byte {place} says {size} bytes, the file has {left}")
        if data[place + 4 : place + 8] != data[place + size - 4 : place + size]:
            again = unpack_from(order + "I", data, place + size - 4)[0]
            raise Damaged(f"the block at byte {place} says {size} bytes where it begins, {again} at its end")
        yield place, order, kind, data[place + 8 : place + size - 4]
        place += size


def options(data: bytes, order: str) -> Options:
    """The options at the end of a block; up to the first that does not fit."""
    found, place, head = [], 4, order + "HH"
    while place <= len(data):
        code, size = unpack_from(head, data, place - 4)
        end = place + size
        if code == END or end > len(data):
            break
        found.append((code, data[place:end]))
        place = end + -size % 4 + 4
    return found


def text_of(options: Options, code: int) -> str:
    """The values of an option, one a line. A zero byte ends a text; what is no UTF-8 is replaced."""
    return "\n".join([_text(value) for each, value in options if each == code])


def _text(value: bytes) -> str:
    text = value.decode("utf-8", "replace")
    return text.partition("\0")[0] if "\0" in text else text


def version_of(order: str, section: bytes) -> tuple[int, int]:
    major, minor = unpack_from(order + "HH", section, 4)
    return major, minor


def interface_of(order: str, body: bytes) -> Interface:
    if len(body) < 8:
        raise Damaged("an interface block is too short")
    link, _, snap_length = unpack_from(order + "HHI", body)
    described_by = options(body[8:], order)
    last = dict(described_by)
    resolution = (last.get(RESOLUTION) or b"\x06")[0]
    units: int = (2 if resolution & 0x80 else 10) ** (resolution & 0x7F)
    offset = last.get(OFFSET, b"")
    seconds = unpack_from(order + "q", offset)[0] if len(offset) == 8 else None
    ours = _BEGAN.search(text_of(described_by, COMMENT))
    start = int(ours[1]) * SECOND + int(ours[2]) if ours else None
    return Interface(link, snap_length, units, seconds, start)


def frame_of(order: str, kind: int, body: bytes, interfaces: list[Interface]) -> Frame:
    """What one of the three blocks that hold a packet says. A Simple Packet Block has no time."""
    fixed = 4 if kind == SIMPLE_PACKET else 20
    if len(body) < fixed:
        raise Damaged("a packet block is too short")
    number, ticks = 0, None
    if kind == SIMPLE_PACKET:  # how much was captured it does not say: the interface does
        (length,) = unpack_from(order + "I", body)
        snap_length = interfaces[0].snap_length if interfaces else 0
        size = min(length, snap_length or length, len(body) - fixed)
    else:
        number, high, low, size, length = unpack_from(order + "IIIII", body)
        ticks = high << 32 | low
        if kind == OLD_PACKET:
            (number,) = unpack_from(order + "H", body)
    if number >= len(interfaces):
        raise Damaged(f"a packet of interface {number}, but the file describes {len(interfaces)}")
    if size > len(body) - fixed:
        raise Damaged(f"a packet block says {size} bytes, but has room for {len(body) - fixed}")
    more = [] if kind == SIMPLE_PACKET else options(body[fixed + size + -size % 4 :], order)
    flags, comments = 0, []
    for code, value in more:
        if code == COMMENT:
            comments.append(_text(value))
        elif code == FLAGS:
            flags = int.from_bytes(value, "little" if order == "<" else "big")
    return interfaces[number], ticks, body[fixed : fixed + size], length, flags, comments
