"""Exercise 04-2: the Internet checksum, and which usual mistake gives which number."""

from __future__ import annotations

import struct
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from ...check.peers import random_bytes

# A UDP datagram that a Linux kernel sent from 192.0.2.1 to 192.0.2.2, byte for byte. Its checksum covers
# a pseudo-header too (RFC 768): both addresses, a zero, the protocol 17, the length.
_PACKET = bytes.fromhex(
    "45000029 5a784000 40115c48 c0000201 c0000202 d2288e48 00155f16 6f6e6520706f7374636172642e"
)
_PSEUDO = _PACKET[12:20] + bytes([0, 17]) + _PACKET[24:26]
UDP_AS_SENT = _PSEUDO + _PACKET[20:]
UDP_UNSUMMED = _PSEUDO + _PACKET[20:26] + bytes(2) + _PACKET[28:]
UDP_CHECKSUM = 0x5F16
HEADER_UNSUMMED = _PACKET[:10] + bytes(2) + _PACKET[12:20]
HEADER_CHECKSUM = 0x5C48
ODD = bytes.fromhex("123456")
TWO_CARRIES = bytes.fromhex("ffffffff0001")
LARGE = b"\xff" * 100_000 + b"\0\1"


@exercise(raises={struct.error: "odd", IndexError: "odd"})
def checksum(data: bytes) -> Cases:
    """Return the Internet checksum of data (RFC 1071): an int from 0 to 65535.

    Take data as a row of 16-bit numbers in network byte order; if its length is odd, append one zero byte.
    Add the numbers, and whenever the sum needs more than 16 bits, take off what is above and add it at the
    bottom, until it fits. The checksum is the complement of that sum: every one of its 16 bits turned over.
    Example: the bytes 00 01 f2 03 have the sum 0xf204 and the checksum 0x0dfb.
    """
    yield case("the bytes 00 01 f2 03", sums, bytes.fromhex("0001f203"), 0x0DFB)
    yield case("the example of RFC 1071", sums, bytes.fromhex("0001f203f4f5f6f7"), 0x220D)
    yield case("no bytes at all", sums, b"", 0xFFFF)
    yield case("an odd length", sums, ODD, 0xFFFF - (0x1234 + 0x5600), hint="odd")
    yield case("one carry", sums, bytes.fromhex("ffff1234"), 0xFFFF - 0x1234, hint="carry")
    yield case("a carry that makes a carry", sums, TWO_CARRIES, 0xFFFE, hint="cascade")
    yield case("zeros only", sums, bytes(10), 0xFFFF, hint="zero")
    yield case("ones only", sums, b"\xff" * 10, 0x0000, hint="zero")
    yield case("a UDP datagram from a kernel", sums, UDP_UNSUMMED, UDP_CHECKSUM)
    yield case("the same with its checksum in it", sums, UDP_AS_SENT, 0)
    yield case("an IPv4 header from a kernel", sums, HEADER_UNSUMMED, HEADER_CHECKSUM)
    yield case("random bytes of 40 lengths", sums_of_any_length)
    yield case("100 kB of 0xff and one 0x01", sums, LARGE, 0xFFFE, hint="cascade")
    yield case("data with its checksum behind it", verifies)


def sums(lab: Lab, data: bytes, expected: int) -> None:
    got = lab.call(data)
    if got is None:
        lab.wrong("", expected=expected, got=got, hint="start")
    if isinstance(got, bool) or not isinstance(got, int):
        lab.wrong("return an int", expected=expected, got=got, hint="number")
    if got != expected:
        shown = data.hex(" ") if len(data) <= 24 else f"{data[:20].hex(' ')} … ({len(data)} bytes)"
        said = f"expected  0x{expected:04x}, you gave {hex(got)}"
        lab.wrong(said, hint=mistake(data, got, expected), happened=[f"data: {shown or 'none'}"])


def sums_of_any_length(lab: Lab) -> None:
    for size in [*range(1, 31), *(lab.rng.randint(31, 1500) for _ in range(10))]:
        data = random_bytes(lab.rng, size)
        sums(lab, data, right(data))


def verifies(lab: Lab) -> None:
    """The receiver's side: the checksum of data that carry their checksum is 0."""
    for size in (2, 20, 64, 1000):
        data = random_bytes(lab.rng, size)
        sums(lab, data + right(data).to_bytes(2, "big"), 0)


def right(data: bytes) -> int:
    """The checksum by another way than the RFC's loop: folding carries is taking the rest modulo 65535."""
    number = int.from_bytes(data + b"\0" * (len(data) % 2), "big")
    return 0xFFFF - ((number - 1) % 0xFFFF + 1 if number else 0)


def mistake(data: bytes, got: Any, expected: int) -> str | None:
    """Which usual mistake gives this number: its hint."""
    padded = data + b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(padded[i : i + 2], "big") for i in range(0, len(padded), 2))
    once = (total & 0xFFFF) + (total >> 16)
    between = 0 < expected < 0xFFFF
    usual = [
        (0xFFFF - expected if between else None, "complement"),
        (0xFFFF - (total & 0xFFFF), "carry"),
        (0xFFFF - total, "carry"),
        (0xFFFF - (once & 0xFFFF), "cascade"),
        (0xFFFF - once, "cascade"),
        (total & 0xFFFF if between else None, "complement"),
    ]
    if len(data) % 2:
        as_low_byte = padded[:-2] + b"\0" + data[-1:]
        usual += [(right(other), "odd") for other in (as_low_byte, b"\0" + data, data[:-1])]
    for value, hint in usual:
        if got == value:
            return hint
    if not 0 <= got <= 0xFFFF:
        return "range"
    if {got, expected} == {0, 0xFFFF}:
        return "zero" if total % 0xFFFF == 0 else None
    if data and got == int.from_bytes(expected.to_bytes(2, "little"), "big"):
        return "order"
    return None
