"""Sends and recvs that do not fit one to one, in words. Pure, and free of times, ports and chance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...wire import SENDING
from ..kit import count_bytes, listing, upper, was, word
from .call_rows import moved

CHANCE = 4096  # bytes; how more than that is cut into recvs is chance, so those are not counted
LISTED = 6  # sizes; a longer list is not read


def pieces(flows: Sequence[Any], *, whole: bool) -> list[str]:
    """'Three sends of 3, 3 and 5 bytes were taken by one recv of 11 bytes.'; nothing where all fit.

    `whole`: no call is missing, so what nobody took was not read.
    """
    ways: dict[tuple[str, str], list[Any]] = {}
    for flow in flows:
        if not flow.sent.datagram:  # a datagram is taken by one call
            ways.setdefault((flow.sent.actor, flow.received.actor), []).append(flow)
    sentences: list[str] = []
    streams: dict[tuple[str, str], str] = {}
    cut = False
    for way, those in ways.items():
        groups = _groups(those)
        if sum(flow.size for flow in those) > CHANCE:
            sends, receives = ([e for group in groups for e in group[side]] for side in (0, 1))
            streams[way] = _stream(sends, receives, whole)
            asked = [e.asked for e in receives if isinstance(e.asked, int)]
            cut |= max(moved(e) for e in sends) > max(asked, default=0)
            continue
        for sends, receives in groups:
            known = all(e.size is not None for e in sends)  # a sendall that failed does not say
            if known and (len(sends) > 1 or len(receives) > 1):
                left = _left(sends, receives, whole)
                rest = f"; {count_bytes(left)} {was(range(left))} not read" if left else ""
                sentences.append(f"{upper(_many(sends))} {was(sends)} taken by {_many(receives)}{rest}.")
    sentences = list(dict.fromkeys(sentences))
    if len(sentences) > 3:
        sentences[2:] = ["And so on: sends and recvs do not match one to one."]
    told = list(streams.values()) if cut else []  # else nothing had to be cut
    if len(told) == 2 and len({frozenset(way) for way in streams}) == 1:
        told = ["; on the way back, ".join(told)]
    return sentences + [f"{upper(stream)}." for stream in dict.fromkeys(told)]


def total(events: Iterable[Any]) -> int:
    """Bytes that these calls gave or took."""
    return sum(map(moved, events))


def _left(sends: list[Any], receives: list[Any], whole: bool) -> int:
    """Bytes of these sends that nobody took, as far as that is known."""
    known = whole and all(e.size is not None for e in sends)
    return max(0, total(sends) - total(receives)) if known else 0


def _stream(sends: list[Any], receives: list[Any], whole: bool) -> str:
    """What became of a long stream, without what is chance."""
    left, took = _left(sends, receives, whole), total(receives)
    takers = f"{'many' if len(receives) > 1 else 'one'} {_calls(receives)}"
    givers = f"{'many' if len(sends) > 1 else 'one'} {_calls(sends)}"
    if any(e.size is None for e in sends):
        return f"of {givers}, {count_bytes(took)} were taken by {takers}"
    givers += f", {count_bytes(took + left)} in all," if len(sends) > 1 else f" of {count_bytes(took + left)}"
    if left:
        return f"of {givers.rstrip(',')}, {count_bytes(took)} were taken by {takers}"
    return f"{givers} {was(sends)} taken by {takers}"


def _groups(flows: Iterable[Any]) -> list[tuple[list[Any], list[Any]]]:
    """Sends and receives that hang together by the bytes they share."""
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
    return [(_each(f.sent for f in group), _each(f.received for f in group)) for group in groups]


def _each(events: Iterable[Any]) -> list[Any]:
    return list({id(e): e for e in events}.values())


def _many(events: list[Any]) -> str:
    """'three sends of 3, 3 and 5 bytes'."""
    sizes = [e.size or 0 for e in events]
    if len(set(sizes)) == 1:
        size = f" of {count_bytes(sizes[0])}{' each' * (1 < len(sizes) <= LISTED)}"
    elif len(sizes) > LISTED:
        size = f", {count_bytes(sum(sizes))} in all"
    else:
        size = f" of {listing(map(str, sizes))} bytes"
    return f"{word(len(sizes))} {_calls(events)}{size}"


def _calls(events: list[Any]) -> str:
    names = {e.call for e in events}
    name = names.pop() if len(names) == 1 else "send" if events[0].call in SENDING else "recv"
    if len(events) == 1:
        return name
    return f"{name}s" if name in ("send", "sendall", "recv") else f"{name} calls"
