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


class Block(NamedTuple):
    """The frame of every block."""

    place: int  # in the file
    order: str  # of its bytes, as struct writes it: "<" or ">"
    kind: int
    body: bytes


class Interface(NamedTuple):
    """Where packets were captured, and how their times count."""

    link: int  # link type
    snap_length: int  # bytes kept of each packet; 0: all
    units: int  # ticks a second
    offset: int | None  # seconds to add
    began: int | None  # when the recording began, if our comment says so: nanoseconds since 1970


class Frame(NamedTuple):
    """What was captured of one packet, with the header of its link."""

    interface: int
    ticks: int | None
    data: bytes
    length: int  # bytes that it had when it was sent
    flags: int
    comments: list[str]


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
        again = unpack_from(order + "I", data, place + size - 4)[0]
        if again != size:
            raise Damaged(f"the block at byte {place} says {size} bytes where it begins, {again} at its end")
        yield Block(place, order, kind, data[place + 8 : place + size - 4])
        place += size


def options(data: bytes, order: str) -> Options:
    """The options at the end of a block; up to the first that does not fit."""
    found, place = [], 0
    while place + 4 <= len(data):
        code, size = unpack_from(order + "HH", data, place)
        if code == END or place + 4 + size > len(data):
            break
        found.append((code, data[place + 4 : place + 4 + size]))
        place += 4 + size + -size % 4
    return found


def text_of(options: Options, code: int) -> str:
    """The values of an option, one a line. A zero byte ends a text; what is no UTF-8 is replaced."""
    values = (value.partition(b"\0")[0].decode("utf-8", "replace") for each, value in options if each == code)
    return "\n".join(values)


def version_of(section: Block) -> tuple[int, int]:
    major, minor = unpack_from(section.order + "HH", section.body, 4)
    return major, minor


def interface_of(described: Block) -> Interface:
    body, order = described.body, described.order
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


def frame_of(packet: Block, interfaces: list[Interface]) -> Frame:
    """What one of the three blocks that hold a packet says. A Simple Packet Block has no time."""
    kind, body, order = packet.kind, packet.body, packet.order
    fixed = 4 if kind == SIMPLE_PACKET else 20
    if len(body) < fixed:
        raise Damaged("a packet block is too short")
    number, ticks = 0, None
    if kind != SIMPLE_PACKET:
        number = unpack_from(order + ("I" if kind == ENHANCED_PACKET else "H"), body)[0]
        high, low, size, length = unpack_from(order + "IIII", body, 4)
        ticks = high << 32 | low
    if number >= len(interfaces):
        raise Damaged(f"a packet of interface {number}, but the file describes {len(interfaces)}")
    if kind == SIMPLE_PACKET:  # how much was captured it does not say: the interface does
        length = unpack_from(order + "I", body)[0]
        size = min(length, interfaces[0].snap_length or length, len(body) - fixed)
    if size > len(body) - fixed:
        raise Damaged(f"a packet block says {size} bytes, but has room for {len(body) - fixed}")
    more = [] if kind == SIMPLE_PACKET else options(body[fixed + size + -size % 4 :], order)
    flags = int.from_bytes(dict(more).get(FLAGS, b""), "little" if order == "<" else "big")
    comments = [text_of([each], COMMENT) for each in more if each[0] == COMMENT]
    return Frame(number, ticks, body[fixed : fixed + size], max(length, size), flags, comments)
