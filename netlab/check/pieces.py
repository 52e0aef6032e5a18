"""What is sent, and in which pieces. Chance comes from the `rng` given, so that a seed repeats it."""

from __future__ import annotations

import random
from collections.abc import Iterator


def random_bytes(rng: random.Random, size: int) -> bytes:
    """Bytes of every value: not text, and not to be decoded."""
    return rng.getrandbits(8 * size).to_bytes(size, "big") if size else b""


def sliced(data: bytes, rng: random.Random, largest: int = 17) -> Iterator[bytes]:
    """The data in pieces of 1 to `largest` bytes."""
    start = 0
    while start < len(data):
        end = start + rng.randint(1, largest)
        yield data[start:end]
        start = end


def drips(data: bytes) -> Iterator[bytes]:
    """The data, one byte at a time."""
    return (data[i : i + 1] for i in range(len(data)))


def cut_at(data: bytes, *places: int) -> Iterator[bytes]:
    """The data cut at these places: in the middle of a character, of a header, of a frame."""
    edges = [0, *places, len(data)]
    return (data[a:b] for a, b in zip(edges, edges[1:], strict=False))


def in_sizes(data: bytes, size: int) -> Iterator[bytes]:
    """The data in pieces of this size; the last one may be shorter."""
    return cut_at(data, *range(size, len(data), size))
