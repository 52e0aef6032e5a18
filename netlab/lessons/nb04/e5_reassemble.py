"""Exercise 04-5: put datagrams together again from their fragments."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from ...check.peers import random_bytes

LIMIT = 16
BLANKS = b"\0\0a \n\0\0 b\t\0"


@exercise(raises={struct.error: "runt", KeyError: "order", IndexError: "order"})
def reassemble(fragments: Iterable[bytes]) -> Cases:
    """Put datagrams together again: return a list of them, in the order in which they became complete.

    fragments is a list of datagrams as they came. Each is a 7-byte header, struct format "!IHB", and data:

        id      4 bytes  the same for all fragments of one datagram
        offset  2 bytes  where in the datagram the data belong
        more    1 byte   1: others follow behind these data, 0: the datagram ends with them

    They come in any order, mixed, doubled, some never. Where fragments of one datagram overlap, the one
    that came later counts (RFC 791). A datagram is complete when its end is known and no byte is missing.
    Then its id is free: further fragments with this id belong to a new datagram. Keep at most 16
    unfinished ones: when a fragment of another one comes, forget the one that began first. Ignore what is
    shorter than a header.
    """
    a, b, c = cut(7, b"each postcard is whole, once it is put together", 16, 32)
    far = cut(7, bytes(range(256)) * 200, 20_000, 40_000)
    yield case("a datagram in one fragment", joins, cut(7, b"not cut at all"), hint="alone")
    yield case("three fragments in order", joins, [a, b, c], hint="header")
    yield case("a datagram of no bytes", joins, cut(7, b""), hint="alone")
    yield case("fragments in reverse order", joins, [c, b, a], hint="order")
    yield case("the second one comes first", joins, second_first, hint="order")
    yield case("a hole that is never filled", joins, [a, c], hint="last")
    yield case("two calls have nothing in common", joins, [a, b], [c], hint="calls")
    yield case("a hole as long as a copy", joins, hole_and_copy(), hint="copies")
    yield case("each fragment twice", joins, [b, b, a, a, b, c], hint="copies")
    yield case("two datagrams mixed", joins, mixed(), hint="id")
    yield case("the second is complete first", joins, overtaking(), hint="completed")
    yield case("fragments that overlap", joins, overlapping(), hint="copies")
    yield case("two versions of the same bytes", joins, *contradicting(), hint="later")
    yield case("an id is used again", joins, reused(), hint="again")
    yield case("the same datagram comes again", joins, [a, b, c, a, b, c], hint="again")
    yield case("zeros and blanks at every end", joins, cut(7, BLANKS, 3, 6), hint="header")
    yield case("large offsets and large ids", joins, large_numbers, hint="header")
    yield case("offsets above 32767", joins, far[::-1], hint="header")
    yield case("what is shorter than a header", joins, [b"", a, a[:6], b, b"\0", c], hint="runt")
    yield case("sixteen unfinished at once", joins, sixteen(), hint="limit")
    yield case("a seventeenth begins", joins, seventeen(), hint="limit")
    yield case("the id of a forgotten one comes again", joins, forgotten(), hint="limit")
    yield case("20 kB in random order with copies", joins, storm, hint="copies")


def joins(lab: Lab, *lists: list[bytes] | Callable[[random.Random], list[bytes]]) -> None:
    """Each list in a call of its own."""
    for fragments in lists:
        judge(lab, fragments(lab.rng) if callable(fragments) else fragments)


def judge(lab: Lab, fragments: list[bytes]) -> None:
    expected, got = put_together(fragments), lab.call(list(fragments))
    if got is None:
        lab.wrong("", expected=expected, got=got, hint="start")
    if not isinstance(got, list) or not all(isinstance(one, bytes) for one in got):
        lab.wrong("a list of bytes objects", expected=expected, got=got, hint="list")
    story = [tell(fragment) for fragment in fragments]
    happened = story if len(story) <= 8 else [*story[:7], f"{len(story) - 7} more fragments"]
    if got != expected and sorted(got) == sorted(expected):
        lab.wrong("the right datagrams in another order", hint="completed", happened=happened)
    if len(got) != len(expected):
        said = f"{len(expected)} complete datagram{'s' * (len(expected) != 1)}, and you gave {len(got)}"
        lab.wrong(f"expected {said}", happened=happened)
    for one, right in zip(got, expected, strict=True):
        lab.equal(one, right, happened=happened)


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
                del unfinished[next(iter(unfinished))]
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


def tell(fragment: bytes) -> str:
    if len(fragment) < 7:
        return f"{len(fragment)} bytes"
    key, offset, more = struct.unpack("!IHB", fragment[:7])
    end = offset + len(fragment) - 7
    return f"id {key}: bytes {offset} to {end}" + ("" if more else ", the end")


# -- fragments ---------------------------------------------------------------------------------------


def cut(key: int, data: bytes, *places: int) -> list[bytes]:
    """The fragments of one datagram, cut at these places."""
    edges = [0, *places, len(data)]
    return [struct.pack("!IHB", key, a, b < len(data)) + data[a:b] for a, b in zip(edges, edges[1:])]


def three(rng: random.Random, key: int) -> list[bytes]:
    """A datagram of 300 bytes in three fragments of different sizes."""
    return cut(key, random_bytes(rng, 300), rng.randint(20, 130), rng.randint(150, 290))


def second_first(rng: random.Random) -> list[bytes]:
    a, b, c = three(rng, rng.randrange(1 << 32))
    return [b, a, c]


def large_numbers(rng: random.Random) -> list[bytes]:
    """Offsets beyond 255, and ids that differ in their first byte only."""
    first, second = three(rng, 0x01020304), three(rng, 0xF1020304)
    return [second[2], first[2], second[1], first[1], second[0], first[0]]


def hole_and_copy() -> list[bytes]:
    a, _, c = cut(7, b"0123456789abcdefghijABCDEFGHIJ", 10, 20)
    return [a, a, c]


def mixed() -> list[bytes]:
    first, second = cut(1, b"AAAAaaaaAAAA", 4, 8), cut(2, b"BBBBbbbbBBBB", 4, 8)
    return [one for pair in zip(first, second) for one in pair]


def overtaking() -> list[bytes]:
    first, second = cut(1, b"begun first", 5), cut(2, b"complete first", 5)
    return [first[0], *second, first[1]]


def overlapping() -> list[bytes]:
    """Sent twice, cut at other places the second time; of each sending something was lost."""
    data = b"sent twice and cut at other places"
    (a, _, c), (_, e, _) = cut(7, data, 10, 20), cut(7, data, 6, 26)
    return [c, a, e]


def contradicting() -> list[list[bytes]]:
    """What comes later begins behind, before, or at the same place; it overwrites no more than itself."""
    old, new = b"old words, old words, old words", b"NEW WORDS, NEW WORDS, NEW WORDS"
    a, b, c = cut(7, old, 14, 20)
    d, e, f = cut(7, new, 10, 20)
    g, _ = cut(7, new, 16)
    return [[f, a, e], [c, b, g], [a, d, f, b], [a, b, d, c]]


def reused() -> list[bytes]:
    a, b = cut(7, b"the first with this id", 11)
    c, d = cut(7, b"another one", 5)
    return [a, b, d, c]


KEYS = [(7 * place + 5) % 17 for place in range(17)]  # in no order


def in_two(keys: list[int]) -> tuple[list[bytes], list[bytes]]:
    """The first and the second fragment of one datagram for each id."""
    both = [cut(key, b"number %d, in two fragments" % key, 12) for key in keys]
    return [a for a, _ in both], [b for _, b in both]


def sixteen() -> list[bytes]:
    """All begin, then all are completed, the last begun first. Eight others have long been complete."""
    begin, end = in_two(KEYS[1:])
    whole = [one for key in range(20, 28) for one in cut(key, b"whole")]
    return begin[:8] + whole + begin[8:] + end[::-1]


def seventeen() -> list[bytes]:
    """The first one is forgotten, even if it grew a moment ago: the rest of it completes nothing."""
    first = cut(KEYS[0], b"number 0, in three fragments", 10, 20)
    begin, end = in_two(KEYS[1:])
    return [first[0], *begin[:-1], first[1], begin[-1], *end[::-1], first[2]]


def forgotten() -> list[bytes]:
    """Of the first one the end had come. Its id comes again, with a longer datagram."""
    _, old = cut(KEYS[0], b"0123456789abcdefghij", 10)
    begin, end = in_two(KEYS[1:])
    return [old, *begin, *end, *cut(KEYS[0], b"longer than what had this id before", 20)]


def storm(rng: random.Random) -> list[bytes]:
    """Ten datagrams of 2 kB: cut, doubled, a few lost, and shuffled."""
    fragments = []
    for key in rng.sample(range(1 << 32), 10):
        data = random_bytes(rng, rng.randint(1500, 2500))
        fragments += cut(key, data, *sorted(rng.sample(range(1, 1500), 9)))
    lost = rng.sample(fragments, 3)
    fragments = [one for one in fragments if one not in lost]
    fragments += rng.sample(fragments, 30)
    rng.shuffle(fragments)
    return fragments
