"""How sends and receives cut a stream, in words. Pure, and free of chance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...wire import SENDING
from ..kit import count_bytes, listing, upper, was, word

_LISTED = 6  # sizes; a longer list is not read
_CHANCE = 4096  # bytes; how more than that is cut into recvs is chance, so those are not counted


def pieces(flows: Iterable[Any]) -> list[str]:
    """'Three sends of 3, 3 and 5 bytes were taken by one recv of 11 bytes.'; nothing where all fit."""
    ways: dict[tuple[str, str], list[Any]] = {}
    for flow in flows:
        if not flow.sent.datagram:  # a datagram is taken by one call
            ways.setdefault((flow.sent.actor, flow.received.actor), []).append(flow)
    sentences: list[str] = []
    streams: dict[tuple[str, str], str] = {}
    cut = False
    for way, those in ways.items():
        groups = _groups(those)
        if (taken := sum(flow.size for flow in those)) > _CHANCE:
            sends = [e for group, _, _ in groups for e in group]
            receives = [e for _, group, _ in groups for e in group]
            streams[way] = _stream(sends, receives, taken)
            asked = [e.asked for e in receives if isinstance(e.asked, int)]
            cut |= max(e.size or 0 for e in sends) > max(asked, default=0)
            continue
        for sends, receives, taken in groups:
            if len(sends) > 1 or len(receives) > 1:
                what = _share(sends, taken, _many(sends))
                sentences.append(f"{upper(what)} taken by {_many(receives)}.")
    sentences = list(dict.fromkeys(sentences))
    if len(sentences) > 3:
        sentences[2:] = ["And so on: sends and recvs do not match one to one."]
    told = list(streams.values()) if cut else []  # else nothing had to be cut
    if len(told) == 2 and len({frozenset(way) for way in streams}) == 1:
        told = ["; on the way back, ".join(told)]
    return sentences + [f"{upper(stream)}." for stream in dict.fromkeys(told)]


def _groups(flows: Iterable[Any]) -> list[tuple[list[Any], list[Any], int]]:
    """Sends and receives that hang together by the bytes they share, and how many those are."""
    home: dict[int, list[Any]] = {}  # id of an event: the flows of its group
    for flow in flows:
        group = home.setdefault(id(flow.sent), [])
        other = home.get(id(flow.received), group)
        if other is not group:
            group += other
            home.update({id(e): group for f in other for e in (f.sent, f.received)})
        group.append(flow)
        home[id(flow.received)] = group
    groups = {id(group): group for group in home.values()}.values()
    return [
        (_each(f.sent for f in group), _each(f.received for f in group), sum(f.size for f in group))
        for group in groups
    ]


def _each(events: Iterable[Any]) -> list[Any]:
    return list({id(e): e for e in events}.values())


def _share(sends: list[Any], taken: int, what: str) -> str:
    """Who was taken: 'three sends of 3, 3 and 5 bytes were', or how much of them if something is left."""
    sizes = [e.size for e in sends]
    if None in sizes or sum(sizes) != taken:  # a sendall that failed does not say how much it sent
        return f"{count_bytes(taken)} of {what} {'was' if taken == 1 else 'were'}"
    return f"{what} {was(sends)}"


def _many(events: list[Any]) -> str:
    """'three sends of 3, 3 and 5 bytes'."""
    sizes = [e.size for e in events]
    if None in sizes:
        size = ""
    elif len(set(sizes)) == 1:
        size = f" of {count_bytes(sizes[0])}{' each' * (1 < len(sizes) <= _LISTED)}"
    elif len(sizes) > _LISTED:
        size = f", {count_bytes(sum(sizes))} in all"
    else:
        size = f" of {listing(map(str, sizes))} bytes"
    return f"{word(len(sizes))} {_calls(events)}{size}"


def _stream(sends: list[Any], receives: list[Any], taken: int) -> str:
    """The same of a long stream, without what is chance."""
    sizes = [e.size for e in sends]
    by = f"taken by {'one' if len(receives) == 1 else 'many'} {_calls(receives)}"
    total = "" if None in sizes else count_bytes(sum(sizes))
    if len(sends) == 1:
        what = f"one {_calls(sends)}{' of ' * bool(total)}{total}"
    else:
        what = f"many {_calls(sends)}{', ' * bool(total)}{total}{' in all,' * bool(total)}"
    return f"{_share(sends, taken, what)} {by}"


def _calls(events: list[Any]) -> str:
    names = {e.call for e in events}
    name = names.pop() if len(names) == 1 else "send" if events[0].call in SENDING else "recv"
    if len(events) == 1:
        return name
    return f"{name}s" if name in ("send", "sendall", "recv") else f"{name} calls"
