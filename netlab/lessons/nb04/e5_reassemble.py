"""Exercise 04-5: reassemble."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ...check.engine import Cases, case, exercise
from .fragments import (
    alone,
    contradicting,
    doubled,
    forgotten,
    hole,
    hole_and_copy,
    in_order,
    joined,
    large_numbers,
    mixed,
    nothing,
    overlapping,
    overtaking,
    reused,
    reverse,
    seventeen,
    short_ones,
    sixteen,
    storm,
    swapped,
)


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
