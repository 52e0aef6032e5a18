"""Exercise 04-2: checksum."""

from __future__ import annotations

import struct

from ...check.engine import Cases, case, exercise
from . import sums


@exercise(raises={struct.error: "odd", IndexError: "odd"})
def checksum(data: bytes) -> Cases:
    """Return the Internet checksum of data (RFC 1071): an int from 0 to 65535.

    Take data as a row of 16-bit numbers in network byte order; if its length is odd, append one zero byte.
    Add the numbers, and whenever the sum needs more than 16 bits, take off what is above and add it at the
    bottom, until it fits. The checksum is the complement of that sum: every one of its 16 bits turned over.
    Example: the bytes 00 01 f2 03 have the sum 0xf204 and the checksum 0x0dfb.
    """
    yield case("the example of RFC 1071", sums.judged, bytes.fromhex("0001f203f4f5f6f7"), 0x220D)
    yield case("no bytes at all", sums.judged, b"", 0xFFFF)
    yield case("an odd length", sums.judged, b"\x12\x34\x56", 0xFFFF - (0x1234 + 0x5600), hint="odd")
    yield case("one carry", sums.judged, bytes.fromhex("ffff1234"), 0xFFFF - 0x1234, hint="carry")
    yield case(
        "a carry that makes a carry", sums.judged, bytes.fromhex("ffffffff0001"), 0xFFFE, hint="cascade"
    )
    yield case("zeros only", sums.judged, bytes(10), 0xFFFF, hint="zero")
    yield case("ones only", sums.judged, b"\xff" * 10, 0x0000, hint="zero")
    yield case("a UDP datagram from a kernel", sums.judged, sums.UDP_UNSUMMED, sums.UDP_CHECKSUM)
    yield case("the same with its checksum in it", sums.judged, sums.UDP_AS_SENT, 0)
    yield case("an IPv4 header from a kernel", sums.judged, sums.HEADER_UNSUMMED, sums.HEADER_CHECKSUM)
    yield case("random bytes of 40 lengths", sums.agrees)
    yield case(
        "100 kB of 0xff and one 0x01", sums.judged, b"\xff" * 100_000 + b"\0\1", 0xFFFE, hint="cascade"
    )
    yield case("data with its checksum behind it", sums.closes)
