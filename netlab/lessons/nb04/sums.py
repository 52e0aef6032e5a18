"""The Internet checksum, for the examiner: packets that a kernel made, and what each usual mistake gives."""

from __future__ import annotations

from typing import Any

from ...check import peers
from ...check.lab import Lab

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


def right(data: bytes) -> int:
    """The checksum by another way than the RFC's loop: folding carries is taking the rest modulo 65535."""
    number = int.from_bytes(data + b"\0" * (len(data) % 2), "big")
    return 0xFFFF - ((number - 1) % 0xFFFF + 1 if number else 0)


def judged(lab: Lab, data: bytes, expected: int) -> None:
    judge(lab, lab.call(data), data, expected)


def agrees(lab: Lab) -> None:
    for size in [*range(1, 31), *(lab.rng.randint(31, 1500) for _ in range(10))]:
        data = peers.random_bytes(lab.rng, size)
        judge(lab, lab.call(data), data, right(data))


def closes(lab: Lab) -> None:
    """The receiver's side: the checksum of data that carry their checksum is 0."""
    for size in (2, 20, 64, 1000):
        data = peers.random_bytes(lab.rng, size)
        both = data + right(data).to_bytes(2, "big")
        judge(lab, lab.call(both), both, 0)


def judge(lab: Lab, got: Any, data: bytes, expected: int) -> None:
    if got is None:
        lab.wrong("", expected=expected, got=got, hint="start")
    if isinstance(got, bool) or not isinstance(got, int):
        lab.wrong("return an int", expected=expected, got=got, hint="number")
    if got == expected:
        return
    shown = data.hex(" ") if len(data) <= 24 else f"{data[:20].hex(' ')} … ({len(data)} bytes)"
    hint = mistake(data, got, expected)
    lab.wrong(
        f"expected  0x{expected:04x}, you gave {hex(got)}", hint=hint, happened=[f"data: {shown or 'none'}"]
    )


def mistake(data: bytes, got: int, expected: int) -> str | None:
    """Which usual mistake gives this number: its hint."""
    padded = data + b"\0" * (len(data) % 2)
    words = [int.from_bytes(padded[i : i + 2], "big") for i in range(0, len(padded), 2)]
    total = sum(words)
    once = (total & 0xFFFF) + (total >> 16)
    usual = [
        (0xFFFF - expected if 0 < expected < 0xFFFF else None, "complement"),
        (0xFFFF - (total & 0xFFFF), "carry"),
        (0xFFFF - total, "carry"),
        (0xFFFF - (once & 0xFFFF), "cascade"),
        (0xFFFF - once, "cascade"),
        (total & 0xFFFF, "complement" if 0 < expected < 0xFFFF else None),
    ]
    if len(data) % 2:
        as_low_byte = padded[:-2] + b"\0" + data[-1:]
        others = right(as_low_byte), right(b"\0" + data), right(data[:-1])
        usual += [(value, "odd") for value in others]
    for value, hint in usual:
        if got == value and hint:
            return hint
    if not 0 <= got <= 0xFFFF:
        return "range"
    if {got, expected} == {0, 0xFFFF}:
        return "zero" if total % 0xFFFF == 0 else None
    if len(words) and got == int.from_bytes(expected.to_bytes(2, "little"), "big"):
        return "order"
    return None
