"""Cases of notebook 04."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from ...check import peers
from ...check.lab import Lab

WHOLE = "1 · Each postcard is whole"


LIMIT = 16


def put_together(fragments: list[bytes]) -> list[bytes]:
    """The right answer: a buffer and a mask for each id."""
    unfinished: dict[int, tuple[bytearray, bytearray, list[int]]] = {}
    done = []
    for fragment in fragments:
        if len(fragment) < 7:
            continue
        key, offset, more = struct.unpack("!IHB", fragment[:7])
        data = fragment[7:]
        if key not in unfinished:
            while len(unfinished) >= LIMIT:
                del unfinished[min(unfinished, key=list(unfinished).index)]
            unfinished[key] = bytearray(1 << 16), bytearray(1 << 16), []
        buffer, mask, end = unfinished[key]
        buffer[offset : offset + len(data)] = data
        mask[offset : offset + len(data)] = b"\1" * len(data)
        if not more:
            end.append(offset + len(data))
        if end and all(mask[: end[0]]):
            done.append(bytes(buffer[: end[0]]))
            del unfinished[key]
    return done


def joined(lab: Lab, make: Callable[[random.Random], list[bytes]]) -> None:
    fragments = make(lab.rng)
    expected = put_together(fragments)
    got = lab.call(list(fragments))
    story = [tell(fragment) for fragment in fragments]
    if got is None:
        lab.wrong("", expected=expected, got=got, hint="start")
    if not isinstance(got, list) or not all(isinstance(one, (bytes, bytearray)) for one in got):
        lab.wrong("a list of bytes objects", expected=expected, got=got, hint="list")
    got = list(map(bytes, got))
    if got == expected:
        return
    happened = story if len(story) <= 8 else [*story[:7], f"{len(story) - 7} more fragments"]
    if sorted(got) == sorted(expected):
        lab.wrong("the right datagrams in another order", hint="completed", happened=happened)
    if len(got) == len(expected) == 1:
        lab.equal(got[0], expected[0], happened=happened)
    if len(got) != len(expected):
        said = f"{len(expected)} complete datagram{'s' * (len(expected) != 1)}, and you gave {len(got)}"
        lab.wrong(f"expected {said}", happened=happened)
    one = next(place for place in range(len(got)) if got[place] != expected[place])
    lab.equal(got[one], expected[one], happened=happened)


def tell(fragment: bytes) -> str:
    if len(fragment) < 7:
        return f"{len(fragment)} bytes"
    key, offset, more = struct.unpack("!IHB", fragment[:7])
    end = offset + len(fragment) - 7
    return f"id {key}: bytes {offset} to {end}" + ("" if more else ", the end")


def cut(rng: random.Random, key: int, data: bytes, *places: int) -> list[bytes]:
    """The fragments of one datagram, cut at these places."""
    edges = [0, *places, len(data)]
    return [
        struct.pack("!IHB", key, a, b < len(data)) + data[a:b] for a, b in zip(edges, edges[1:], strict=False)
    ]


def three(rng: random.Random, key: int | None = None) -> list[bytes]:
    """A datagram of 300 bytes in three fragments of different sizes."""
    key = rng.randrange(1 << 32) if key is None else key
    return cut(rng, key, peers.random_bytes(rng, 300), rng.randint(20, 130), rng.randint(150, 290))


def in_order(rng: random.Random) -> list[bytes]:
    return cut(rng, 7, b"each postcard is whole, once it is put together", 16, 32)


def alone(rng: random.Random) -> list[bytes]:
    return cut(rng, 7, b"not cut at all")


def nothing(rng: random.Random) -> list[bytes]:
    return cut(rng, 7, b"")


def reverse(rng: random.Random) -> list[bytes]:
    return in_order(rng)[::-1]


def swapped(rng: random.Random) -> list[bytes]:
    a, b, c = three(rng)
    return [b, a, c]


def hole(rng: random.Random) -> list[bytes]:
    a, _, c = in_order(rng)
    return [a, c]


def hole_and_copy(rng: random.Random) -> list[bytes]:
    a, _, c = cut(rng, 7, b"0123456789abcdefghijABCDEFGHIJ", 10, 20)
    return [a, a, c]


def doubled(rng: random.Random) -> list[bytes]:
    a, b, c = in_order(rng)
    return [b, b, a, a, b, c]


def mixed(rng: random.Random) -> list[bytes]:
    first, second = cut(rng, 1, b"AAAAaaaaAAAA", 4, 8), cut(rng, 2, b"BBBBbbbbBBBB", 4, 8)
    return [one for pair in zip(first, second, strict=True) for one in pair]


def overtaking(rng: random.Random) -> list[bytes]:
    first, second = cut(rng, 1, b"begun first", 5), cut(rng, 2, b"complete first", 5)
    return [first[0], *second, first[1]]


def overlapping(rng: random.Random) -> list[bytes]:
    """Sent twice, cut at other places the second time; of each sending something was lost."""
    data = b"sent twice and cut at other places"
    (a, _, c), (_, e, _) = cut(rng, 7, data, 10, 20), cut(rng, 7, data, 6, 26)
    return [c, a, e]


def contradicting(rng: random.Random) -> list[bytes]:
    a, _, _ = cut(rng, 7, b"old words, old words, old words", 14, 20)
    _, e, f = cut(rng, 7, b"NEW WORDS, NEW WORDS, NEW WORDS", 10, 20)
    return [f, a, e]


def reused(rng: random.Random) -> list[bytes]:
    a, b = cut(rng, 7, b"the first with this id", 11)
    c, d = cut(rng, 7, b"another one", 5)
    return [a, b, d, c]


def short_ones(rng: random.Random) -> list[bytes]:
    a, b, c = in_order(rng)
    return [b"", a, a[:6], b, b"\0", c]


def sixteen(rng: random.Random) -> list[bytes]:
    """All begin, then all are completed, the last begun first."""
    both = [cut(rng, key, b"number %d, in two fragments" % key, 12) for key in range(LIMIT)]
    return [a for a, _ in both] + [b for _, b in both[::-1]]


def seventeen(rng: random.Random) -> list[bytes]:
    """The first one is forgotten, even if it grew a moment ago: the rest of it completes nothing."""
    first = cut(rng, 0, b"number 0, in three fragments", 10, 20)
    both = [cut(rng, key, b"number %d, in two fragments" % key, 12) for key in range(1, LIMIT + 1)]
    begin, end = [a for a, _ in both], [b for _, b in both[::-1]]
    return [first[0], *begin[:-1], first[1], begin[-1], *end, first[2]]


def forgotten(rng: random.Random) -> list[bytes]:
    """Of the first one the end had come. Its id comes again, with a longer datagram."""
    _, old = cut(rng, 0, b"0123456789abcdefghij", 10)
    again = cut(rng, 0, b"longer than what had this id before", 20)
    both = [cut(rng, key, b"number %d, in two fragments" % key, 12) for key in range(1, LIMIT + 1)]
    return [old, *(a for a, _ in both), *(b for _, b in both), *again]


def large_numbers(rng: random.Random) -> list[bytes]:
    """Offsets beyond 255, and ids that differ in their first byte only."""
    first, second = three(rng, 0x01020304), three(rng, 0xF1020304)
    return [second[2], first[2], second[1], first[1], second[0], first[0]]


def storm(rng: random.Random) -> list[bytes]:
    """Ten datagrams of 2 kB: cut, doubled, a few lost, and shuffled."""
    fragments = []
    for key in rng.sample(range(1 << 32), 10):
        data = peers.random_bytes(rng, rng.randint(1500, 2500))
        fragments += cut(rng, key, data, *sorted(rng.sample(range(1, 1500), 9)))
    lost = rng.sample(fragments, 3)
    fragments = [one for one in fragments if one not in lost]
    fragments += rng.sample(fragments, 30)
    rng.shuffle(fragments)
    return fragments
