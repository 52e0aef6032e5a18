"""Exercise 04-5: put datagrams together again from their fragments."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Generator, Iterable

from .. import peers
from ..engine import Case, Hint, case, exercise
from ..lab import Lab

WHOLE = "1 · Each postcard is whole"
LIMIT = 16

Cases = Generator[Case, None, None]


@exercise(
    "04-5",
    reread=WHOLE,
    hints={
        "start": Hint(
            "Keep for each id what has come of it. When do you know its length, and when is nothing missing?",
            "A dict: id -> the bytes by their place, and the length once the last fragment has come.",
        ),
        "list": Hint("Return a list of bytes objects: one for each datagram that is complete."),
        "alone": Hint(
            "A first fragment may be the last one, too. It may even carry no bytes.",
            "A datagram of length 0 is complete: compare the length with None, not with 0.",
        ),
        "order": Hint(
            "Fragments come in any order. What says where a fragment belongs?",
            "Its offset: put its bytes at that place, whatever came before it.",
        ),
        "last": Hint(
            "The last fragment has come, and others may still be on their way.",
            "It tells you the length, no more. Complete means: the length is known and no byte is missing.",
        ),
        "copies": Hint(
            "The same fragment came twice, or two fragments overlap. Do you count these bytes twice?",
            "Count places that are filled, not bytes that came: a dict from place to byte does it.",
        ),
        "later": Hint("Where fragments overlap, the one that came later overwrites: RFC 791 says so."),
        "id": Hint(
            "Fragments of two datagrams come mixed. Which belong together?",
            "Those with the same id: one entry of a dict for each.",
        ),
        "completed": Hint(
            "The list is in the order in which datagrams became complete, not in which they began.",
            "Append a datagram at the very fragment that completes it.",
        ),
        "again": Hint(
            "An id comes again when its datagram was complete long ago. Is your entry gone?",
            "Delete the entry when its datagram is complete: the next fragment with this id begins anew.",
        ),
        "limit": Hint(
            "Somebody sends first fragments only, for ever. How much memory does that take?",
            "When 16 are unfinished and another one begins, delete the oldest: next(iter(unfinished)).",
        ),
        "runt": Hint("A datagram shorter than its header is no fragment: ignore it."),
        "header": Hint(
            "The header is 7 bytes in network byte order: id 4, offset 2, more 1.",
            'struct.unpack_from("!IHB", fragment); the data begin at fragment[7:].',
            misconception=42,
        ),
    },
    outline="Per id {place: byte} and the length; when len(places) == length: append, and delete the entry.",
    raises={struct.error: "runt", KeyError: "order", IndexError: "order"},
)
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
    yield case("a datagram in one fragment", joined, alone, hint="alone")
    yield case("three fragments in order", joined, in_order, hint="header")
    yield case("a datagram of no bytes", joined, nothing, hint="alone")
    yield case("fragments in reverse order", joined, reverse, hint="order")
    yield case("the second one comes first", joined, swapped, hint="order")
    yield case("a hole that is never filled", joined, hole, hint="last")
    yield case("a hole as long as a copy", joined, hole_and_copy, hint="copies")
    yield case("each fragment twice", joined, doubled, hint="copies")
    yield case("two datagrams mixed", joined, mixed, hint="id")
    yield case("the second is complete first", joined, overtaking, hint="completed")
    yield case("fragments that overlap", joined, overlapping, hint="copies")
    yield case("two versions of the same bytes", joined, contradicting, hint="later")
    yield case("an id is used again", joined, reused, hint="again")
    yield case("large offsets and large ids", joined, large_numbers, hint="header")
    yield case("what is shorter than a header", joined, short_ones, hint="runt")
    yield case("sixteen unfinished at once", joined, sixteen, hint="limit")
    yield case("a seventeenth begins", joined, seventeen, hint="limit")
    yield case("the id of a forgotten one comes again", joined, forgotten, hint="limit")
    yield case("20 kB in random order with copies", joined, storm, hint="copies")


# -- the examiner's own ------------------------------------------------------------------------------


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


# -- the cases ---------------------------------------------------------------------------------------


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
