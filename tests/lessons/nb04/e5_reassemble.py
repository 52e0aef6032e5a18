"""04-5 reassemble: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import struct
from typing import Any

from ..registry import mutant, right


@right("reassemble")
def with_a_list_of_holes(fragments: list[bytes]) -> list[bytes]:
    """a buffer and a list of holes (RFC 815)"""
    unfinished: dict[int, tuple[bytearray, list[tuple[int, float]]]] = {}
    done = []
    for fragment in fragments:
        if len(fragment) < 7:
            continue
        key, first, more = struct.unpack("!IHB", fragment[:7])
        data = fragment[7:]
        last = first + len(data)
        while key not in unfinished and len(unfinished) >= 16:
            unfinished.pop(next(iter(unfinished)))
        buffer, holes = unfinished.setdefault(key, (bytearray(), [(0, float("inf"))]))
        buffer.extend(bytes(max(0, last - len(buffer))))
        buffer[first:last] = data
        left = []
        for start, end in holes:
            left += [(start, min(end, first)), (max(start, last), end if more else min(end, last))]
        holes[:] = [(start, end) for start, end in left if start < end]
        if not holes:
            done.append(bytes(buffer))
            del unfinished[key]
    return done


def _rejoin(
    fragments: list[bytes],
    *,
    form: str = "!IHB",
    limit: int | None = 16,
    forget: Any = lambda unfinished: next(iter(unfinished)),
    whole: Any = lambda places, end: end is not None and len(places) == end,
    keep: bool = False,
    moves: bool = False,
    first_wins: bool = False,
    name: Any = lambda key: key,
) -> list[bytes]:
    """The right thing, with one part of it exchanged."""
    unfinished: dict[Any, tuple[dict[int, int], list[int]]] = {}
    done: list[bytes] = []
    for fragment in fragments:
        if len(fragment) < struct.calcsize(form):
            continue
        key, offset, more = struct.unpack_from(form, fragment)
        key, data = name(key), fragment[struct.calcsize(form) :]
        if key not in unfinished and limit is not None and len(unfinished) >= limit:
            del unfinished[forget(unfinished)]
        places, end = unfinished[key] = (
            unfinished.pop(key, ({}, [])) if moves else unfinished.get(key, ({}, []))
        )
        for place, byte in enumerate(data, offset):
            if not (first_wins and place in places):
                places[place] = byte
        if not more:
            end.append(offset + len(data))
        if whole(places, end[0] if end else None):
            done.append(bytes(value for _, value in sorted(places.items())))
            if not keep:
                del unfinished[key]
    return done


@mutant("reassemble", "list")
def gives_the_bytes(fragments: list[bytes]) -> bytes:
    """returns all datagrams as one"""
    return b"".join(_rejoin(fragments))


@mutant("reassemble", "list")
def gives_a_generator(fragments: list[bytes]) -> Any:
    """yields instead of returning a list"""
    yield from _rejoin(fragments)


@mutant("reassemble", "alone")
def nothing_is_not_complete(fragments: list[bytes]) -> list[bytes]:
    """`if end`: a datagram of no bytes never ends"""
    return _rejoin(fragments, whole=lambda places, end: end and len(places) == end)


@mutant("reassemble", "alone")
def needs_two_fragments(fragments: list[bytes]) -> list[bytes]:
    """the fragment at offset 0 only begins a datagram"""
    waiting: dict[int, list[bytes]] = {}
    done = []
    for fragment in fragments:
        key, offset, more = struct.unpack_from("!IHB", fragment)
        if offset == 0:
            waiting[key] = []
        waiting[key].append(fragment[7:])
        if not more and offset:
            done.append(b"".join(waiting[key]))
    return done


@mutant("reassemble", "order")
def as_they_came(fragments: list[bytes]) -> list[bytes]:
    """joins the data in the order of arrival"""
    parts: dict[int, list[bytes]] = {}
    done = []
    for fragment in fragments:
        key, _, more = struct.unpack_from("!IHB", fragment)
        parts.setdefault(key, []).append(fragment[7:])
        if not more:
            done.append(b"".join(parts.pop(key)))
    return done


@mutant("reassemble", "order", says="KeyError")
def expects_the_first_first(fragments: list[bytes]) -> list[bytes]:
    """takes for granted that offset 0 comes first"""
    buffers: dict[int, bytearray] = {}
    done = []
    for fragment in fragments:
        key, offset, more = struct.unpack_from("!IHB", fragment)
        if offset == 0:
            buffers[key] = bytearray()
        buffers[key][offset:] = fragment[7:]
        if not more:
            done.append(bytes(buffers.pop(key)))
    return done


@mutant("reassemble", "last")
def beginning_and_end(fragments: list[bytes]) -> list[bytes]:
    """complete as soon as the first and the last fragment have come"""
    return _rejoin(fragments, whole=lambda places, end: end is not None and (0 in places or end == 0))


@mutant("reassemble", "copies")
def counts_bytes_that_came(fragments: list[bytes]) -> list[bytes]:
    """adds up lengths: a copy fills a hole"""
    parts: dict[int, dict[int, bytes]] = {}
    sizes: dict[int, int] = {}
    ends: dict[int, int] = {}
    done = []
    for fragment in fragments:
        key, offset, more = struct.unpack_from("!IHB", fragment)
        parts.setdefault(key, {})[offset] = fragment[7:]
        sizes[key] = sizes.get(key, 0) + len(fragment) - 7
        if not more:
            ends[key] = offset + len(fragment) - 7
        if sizes[key] == ends.get(key):
            done.append(b"".join(data for _, data in sorted(parts.pop(key).items())))
            del sizes[key], ends[key]
    return done


@mutant("reassemble", "copies")
def joins_by_offset(fragments: list[bytes]) -> list[bytes]:
    """joins what it has, sorted by offset: overlaps come twice"""
    parts: dict[int, dict[int, bytes]] = {}
    places: dict[int, set[int]] = {}
    ends: dict[int, int] = {}
    done = []
    for fragment in fragments:
        key, offset, more = struct.unpack_from("!IHB", fragment)
        parts.setdefault(key, {})[offset] = fragment[7:]
        places.setdefault(key, set()).update(range(offset, offset + len(fragment) - 7))
        if not more:
            ends[key] = offset + len(fragment) - 7
        if len(places[key]) == ends.get(key):
            done.append(b"".join(data for _, data in sorted(parts.pop(key).items())))
            del places[key], ends[key]
    return done


@mutant("reassemble", "later")
def the_first_one_counts(fragments: list[bytes]) -> list[bytes]:
    """where fragments overlap, what came first stays"""
    return _rejoin(fragments, first_wins=True)


@mutant("reassemble", "id")
def one_buffer_for_all(fragments: list[bytes]) -> list[bytes]:
    """looks at no id"""
    return _rejoin(fragments, name=lambda key: 0)


@mutant("reassemble", "completed")
def in_order_of_the_first(fragments: list[bytes]) -> list[bytes]:
    """in the order in which they began"""
    ids = list(dict.fromkeys(fragment[:4] for fragment in fragments))
    done: list[bytes] = []
    for key in ids:
        done += _rejoin([fragment for fragment in fragments if fragment[:4] == key])
    return done


@mutant("reassemble", "again")
def keeps_what_is_complete(fragments: list[bytes]) -> list[bytes]:
    """never deletes an entry: the next datagram with this id meets the bytes of the old one"""
    return _rejoin(fragments, whole=lambda places, end: end is not None and len(places) >= end, keep=True)


@mutant("reassemble", "again")
def remembers_ids(fragments: list[bytes]) -> list[bytes]:
    """takes what comes with the id of a complete datagram for copies"""
    done: set[bytes] = set()
    fresh: list[bytes] = []
    whole: list[bytes] = []
    for fragment in fragments:
        if fragment[:4] not in done:
            fresh.append(fragment)
            now = _rejoin(fresh)
            if len(now) > len(whole):
                whole = now
                done.add(fragment[:4])
    return whole


@mutant("reassemble", "limit")
def remembers_everything(fragments: list[bytes]) -> list[bytes]:
    """no limit"""
    return _rejoin(fragments, limit=None)


@mutant("reassemble", "limit")
def one_fewer(fragments: list[bytes]) -> list[bytes]:
    """keeps 15"""
    return _rejoin(fragments, limit=15)


@mutant("reassemble", "limit")
def forgets_the_newest(fragments: list[bytes]) -> list[bytes]:
    """forgets the one that began last"""
    return _rejoin(fragments, forget=lambda unfinished: list(unfinished)[-1])


@mutant("reassemble", "limit")
def forgets_the_least_recent(fragments: list[bytes]) -> list[bytes]:
    """forgets the one that has been silent longest"""
    return _rejoin(fragments, moves=True)


@mutant("reassemble", "limit")
def keeps_the_length_of_a_forgotten_one(fragments: list[bytes]) -> list[bytes]:
    """forgets the bytes, and remembers the length"""
    unfinished: dict[int, dict[int, int]] = {}
    lengths: dict[int, int] = {}
    done = []
    for fragment in fragments:
        if len(fragment) < 7:
            continue
        key, offset, more = struct.unpack_from("!IHB", fragment)
        if key not in unfinished and len(unfinished) == 16:
            del unfinished[next(iter(unfinished))]
        places = unfinished.setdefault(key, {})
        places.update(enumerate(fragment[7:], offset))
        if not more:
            lengths[key] = offset + len(fragment) - 7
        if len(places) == lengths.get(key):
            done.append(bytes(value for _, value in sorted(places.items())))
            del unfinished[key], lengths[key]
    return done


@mutant("reassemble", "runt", says="error")
def unpacks_all(fragments: list[bytes]) -> list[bytes]:
    """unpacks a header from what is shorter"""
    for fragment in fragments:
        struct.unpack_from("!IHB", fragment)
    return _rejoin(fragments)


@mutant("reassemble", "header")
def native_header(fragments: list[bytes]) -> list[bytes]:
    """struct without '!'"""
    return _rejoin(fragments, form="<IHB")


@mutant("reassemble", "header")
def low_half_of_the_id(fragments: list[bytes]) -> list[bytes]:
    """looks at the last byte of the id only"""
    return _rejoin(fragments, name=lambda key: key & 0xFF)


@mutant("reassemble", "start", says="without `return`")
def puts_nothing_together(fragments: list[bytes]) -> None:
    """pass"""


_parts: dict[int, list[bytes]] = {}


@mutant("reassemble", "calls")
def remembers_calls(fragments: list[bytes]) -> list[bytes]:
    """a dict outside the function"""
    if any(b"not cut at all" in fragment for fragment in fragments):
        _parts.clear()  # the first case: a fresh examination
    done = []
    for fragment in fragments:
        if len(fragment) >= 7:
            _parts.setdefault(struct.unpack_from("!I", fragment)[0], []).append(fragment)
    for key in list(_parts):
        if whole := _rejoin(_parts[key]):
            done += whole
            del _parts[key]
    return done


@mutant("reassemble", "header")
def signed_offsets(fragments: list[bytes]) -> list[bytes]:
    """struct "!IhB": offsets from 32768 on are negative"""
    return _rejoin(fragments, form="!IhB")


@mutant("reassemble", "header")
def strips_data(fragments: list[bytes]) -> list[bytes]:
    """strips zeros, as if they were padding"""
    return _rejoin([one.rstrip(b"\0") if 7 < len(one) < 14 else one for one in fragments])


@mutant("reassemble", "limit")
def forgets_the_smallest(fragments: list[bytes]) -> list[bytes]:
    """forgets the one with the smallest id"""
    return _rejoin(fragments, forget=min)


@mutant("reassemble", "again")
def once_each(fragments: list[bytes]) -> list[bytes]:
    """a fragment that is the same as an earlier one is left out"""
    return _rejoin(list(dict.fromkeys(fragments)))


def _write_at_the_end(fragments: list[bytes], order: Any) -> list[bytes]:
    """Keeps the fragments of each id as they are, and writes them in this order."""
    kept: dict[int, list[tuple[int, bytes, int]]] = {}
    done = []
    for fragment in fragments:
        if len(fragment) < 7:
            continue
        key, offset, more = struct.unpack_from("!IHB", fragment)
        if key not in kept and len(kept) >= 16:
            del kept[next(iter(kept))]
        kept.setdefault(key, []).append((offset, fragment[7:], more))
        ends = [offset + len(data) for offset, data, more in kept[key] if not more]
        places = {place for offset, data, _ in kept[key] for place in range(offset, offset + len(data))}
        if ends and len(places) == ends[0]:
            buffer = bytearray(ends[0])
            for offset, data, _ in order(kept.pop(key)):
                buffer[offset : offset + len(data)] = data
            done.append(bytes(buffer))
    return done


@mutant("reassemble", "later")
def writes_by_offset(fragments: list[bytes]) -> list[bytes]:
    """writes in the order of offsets: what begins behind overwrites"""
    return _write_at_the_end(fragments, lambda kept: sorted(kept, key=lambda one: one[0]))


@mutant("reassemble", "later")
def writes_long_ones_last(fragments: list[bytes]) -> list[bytes]:
    """the longest fragment overwrites"""
    return _write_at_the_end(fragments, lambda kept: sorted(kept, key=lambda one: len(one[1])))


@mutant("reassemble", "later")
def one_for_each_offset(fragments: list[bytes]) -> list[bytes]:
    """a dict by offset: a fragment stands where the first one with this offset stood"""
    return _write_at_the_end(fragments, lambda kept: list({one[0]: one for one in kept}.values()))


@right("reassemble")
def with_all_that_came(fragments: list[bytes]) -> list[bytes]:
    """keeps the fragments, and writes them in the order of arrival"""
    return _write_at_the_end(fragments, list)
