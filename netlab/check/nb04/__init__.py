"""The exercises of notebook 04: whole datagrams, the Internet checksum, asking again, losses, fragments."""

from __future__ import annotations

import socket
import struct
from collections.abc import Generator

from ..engine import Case, Hint, case, exercise
from . import postcards, sums
from .e1_receive_whole import receive_whole as receive_whole
from .e3_rpc import rpc as rpc
from .fragments import reassemble as reassemble
from .hints import NOISE, WEATHER

Cases = Generator[Case, None, None]


# -- 04-2 --------------------------------------------------------------------------------------------


@exercise(
    "04-2",
    reread=NOISE,
    hints={
        "start": Hint(
            "Three steps: make 16-bit numbers of the bytes, add them, turn every bit of the sum over.",
            "total += data[i] * 256 + data[i + 1] for each pair; then bring back carries; then complement.",
        ),
        "odd": Hint(
            "The last byte of an odd length has no partner. On which side of it does the zero byte go?",
            'if len(data) % 2: data += b"\\x00". So the last byte is the high half of its number.',
        ),
        "carry": Hint(
            "The sum may need more than 16 bits. What is above them must not be lost.",
            "total = (total & 0xFFFF) + (total >> 16), until nothing is left above.",
        ),
        "cascade": Hint(
            "Bringing a carry back can make a new carry. Add 0xFFFF and 0x0001 with pencil and paper.",
            "A loop: while total >> 16: total = (total & 0xFFFF) + (total >> 16).",
        ),
        "complement": Hint(
            "This is the sum. The checksum has every bit of it turned over.",
            "~total & 0xFFFF, or 0xFFFF - total, once the sum fits in 16 bits.",
        ),
        "range": Hint(
            "Python's integers have no width: ~5 is -6. How do you keep 16 bits?",
            "total ^ 0xFFFF, or ~total & 0xFFFF.",
        ),
        "order": Hint(
            "In network byte order the first byte of a pair is the high one.",
            "data[i] * 256 + data[i + 1], or struct with '!H'.",
            misconception=42,
        ),
        "zero": Hint(
            "In this arithmetic zero has two faces, 0x0000 and 0xFFFF. % 65535 knows only one.",
            "Only zeros add up to 0x0000. Any other sum that comes out as zero is 0xFFFF.",
        ),
        "number": Hint("Return an int from 0 to 65535, not bytes."),
    },
    outline="Pad to even; add the big-endian pairs; while total >> 16: fold; return total ^ 0xFFFF.",
    raises={struct.error: "odd", IndexError: "odd"},
)
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


# -- 04-4 --------------------------------------------------------------------------------------------


@exercise(
    "04-4",
    reread=WEATHER,
    hints={
        "start": Hint(
            "Receive until silence. Remember which numbers have come, and the highest so far.",
            "A set for the numbers. For each datagram: has it come before? If not, is it below the highest?",
        ),
        "keys": Hint('Return a dict with the four keys "received", "lost", "doubled" and "late".'),
        "end": Hint(
            "The last ones were lost, and nothing came after them to show a gap. How do you know of them?",
            "From count: lost is count minus the different numbers that came.",
        ),
        "holes": Hint(
            "A gap may be filled later. When do you know that a number is lost?",
            "Count at the end: lost is count minus the different numbers that came.",
        ),
        "doubled": Hint(
            "The same number came twice, or even three times. How many different ones came?",
            "Only a number that is not in your set is received. Every other datagram is a doubled one.",
        ),
        "enough": Hint(
            "So many datagrams have come, but were they so many different ones?",
            "Only silence ends the measurement: even when all have come, a copy may follow.",
        ),
        "late": Hint(
            "Three were overtaken by one. Each of them came after a higher number.",
            "Compare with the highest number so far, not with the one just before.",
        ),
        "copy": Hint(
            "A copy of an old one came late. It counts once: as doubled.",
            "First ask whether the number has come before. Only if not, ask whether it is late.",
        ),
        "runt": Hint(
            "A datagram too short for a number came, perhaps an empty one. It is not the end.",
            "if len(data) < 4: continue.",
        ),
        "silence": Hint(
            "timeout is how long silence lasts. While datagrams come, it begins anew with each.",
            "sock.settimeout(timeout) counts for each recvfrom; catch TimeoutError: that is the end.",
            misconception=26,
        ),
        "order": Hint(
            "The number is 4 bytes, the high one first.",
            'struct.unpack("!I", data[:4])[0], or int.from_bytes(data[:4], "big").',
            misconception=42,
        ),
    },
    outline="Until TimeoutError: recvfrom, number, in the set? below the highest? lost at the end.",
    raises={TimeoutError: "silence", struct.error: "runt"},
    stuck={"recvfrom": "timeout", "recv": "timeout", "recvmsg": "timeout"},
)
def loss_meter(sock: socket.socket, count: int, timeout: float) -> Cases:
    """Measure what became of count numbered datagrams: return a dict of four counts.

    The sender numbers them 0, 1, ..., count - 1: the number is the first 4 bytes (network byte order).
    sock is a bound UDP socket. Receive until timeout seconds have passed without a datagram.

        "received"  how many different numbers came
        "lost"      how many numbers never came
        "doubled"   how many datagrams had a number that had come before
        "late"      how many numbers came first after a higher one (RFC 4737); a copy is never late

    Ignore datagrams shorter than 4 bytes.
    """
    yield case("20 in order", postcards.measured, 20, range(20))
    yield case("the first three are lost", postcards.measured, 10, range(3, 10), hint="holes")
    yield case("holes in the middle", postcards.measured, 10, [0, 1, 4, 5, 7, 9], hint="holes")
    yield case("the last five are lost", postcards.measured, 10, range(5), hint="end")
    yield case("nothing comes at all", postcards.measured, 10, [], hint="end")
    yield case("three come twice", postcards.measured, 6, [0, 1, 1, 2, 3, 3, 4, 5, 5], hint="doubled")
    yield case("many copies and few numbers", postcards.measured, 6, [0, 0, 0, 1, 1, 1, 4, 5], hint="doubled")
    yield case("one is overtaken", postcards.measured, 6, [0, 1, 3, 4, 2, 5], hint="holes")
    yield case("three are overtaken by one", postcards.measured, 6, [0, 4, 1, 2, 3, 5], hint="late")
    yield case("a copy of an old one", postcards.measured, 5, [0, 1, 2, 3, 1, 4], hint="copy")
    yield case("a copy of a late one", postcards.measured, 5, [0, 3, 1, 1, 4], hint="copy")
    yield case("numbers above 255", postcards.measured, 600, [*range(250, 262), 1], hint="order")
    yield case("an empty one and a short one", postcards.measured, 4, [0, b"", 1, b"\0\0\1", 3], hint="runt")
    yield case("all weathers at once", postcards.stormy, hint="start")
    yield case("a stream longer than timeout", postcards.streamed, hint="silence")
