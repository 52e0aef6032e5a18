"""Each way to do a certain damage to a datagram."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations


def turned_bits(datagram: bytes, count: int) -> Iterator[bytes]:
    """The datagram with `count` bits turned over, for each choice of them."""
    value = int.from_bytes(datagram, "big")
    for bits in combinations(range(8 * len(datagram)), count):
        mask = sum(1 << bit for bit in bits)
        yield (value ^ mask).to_bytes(len(datagram), "big")


def swapped_words(datagram: bytes, first: int = 8) -> Iterator[bytes]:
    """The datagram with two 16-bit words swapped that differ, for each such pair from byte `first` on."""
    for a, b in combinations(range(first, len(datagram) - 1, 2), 2):
        if datagram[a : a + 2] != datagram[b : b + 2]:
            changed = bytearray(datagram)
            changed[a : a + 2], changed[b : b + 2] = datagram[b : b + 2], datagram[a : a + 2]
            yield bytes(changed)
