"""The lanes of a ladder of calls: who stands where. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from ...wire import CONNECTING
from ..kit.theme import CLIENTS, SERVERS
from .marks import Lane, address_text

MOST_LANES = 6


def lanes_of(actors: Sequence[str], events: Sequence[Any]) -> tuple[list[Lane], int]:
    """The lanes that are drawn, from left to right, and how many are left out."""
    of: dict[str, list[Any]] = {}
    for event in events:
        of.setdefault(event.actor, []).append(event)
    sides: dict[str, int] = {}
    for actor in actors:
        calls = {e.call for e in of.get(actor, ())}
        if actor.startswith("client") or (calls & CONNECTING and not actor.startswith("server")):
            sides[actor] = -1
        elif actor.startswith("server") or calls & {"listen", "accept", "bind"}:
            sides[actor] = 1
        else:
            sides[actor] = -1 if sum(sides.values()) >= 0 else 1
    left = [a for a in actors if sides[a] < 0]
    right = sorted((a for a in actors if sides[a] > 0), key=_natural)
    keep_left = max(MOST_LANES // 2, MOST_LANES - len(right))
    if len(left) + len(right) > MOST_LANES and any(" · " in actor for actor in right):
        keep_left = (MOST_LANES - 1) // 2  # as many clients as connections
    keep_right = max(MOST_LANES // 2, MOST_LANES - len(left))
    shown = [(a, CLIENTS[i % 3]) for i, a in enumerate(left[:keep_left])]
    shown += [(a, SERVERS[i % 3]) for i, a in enumerate(right[:keep_right])]
    lanes = []
    for actor, color in shown:
        above, _, title = actor.rpartition(" · ")
        named = [e for e in of.get(actor, ()) if e.local]
        used = [e for e in reversed(named) if e.call not in ("socket", "bind")]
        address = next((e.local for e in used + named), None)
        lanes.append(Lane(actor, sides[actor], color, above, title, address_text(address)))
    return lanes, len(actors) - len(lanes)


def _natural(actor: str) -> tuple[int, int, str]:
    """ "server" before its connections, and those by their number."""
    number = actor.rpartition(" ")[2]
    return (" · " in actor, int(number) if number.isdigit() else 0, actor)


def place_lanes(lanes: Sequence[Lane], words: float) -> tuple[tuple[float, float], float]:
    """Give every lane its x; returns the gutter between the two sides, and the width of the picture.

    `words` is the width of the longest words on an arrow: they must find room in the gutter.
    """
    x, before = 14.0, None
    for lane in (lane for lane in lanes if lane.side < 0):
        half = lane.head_width / 2
        room = max(lane.zone + 18, before + half + 14) if before is not None else max(lane.zone, half)
        x, before = x + room, half
        lane.x = x
    gutter_left = x
    right = [lane for lane in lanes if lane.side > 0]
    if any(lane.side < 0 for lane in lanes) and right:
        narrow = {2: 310, 3: 260}.get(len(lanes), 220)
        x += max(narrow, words + 96, (before or 0) + right[0].head_width / 2 + 20)
    elif right:
        x += right[0].head_width / 2
    gutter_right = x
    for lane, after in zip_longest(right, right[1:]):
        lane.x = x
        half = lane.head_width / 2
        x += max(lane.zone + 18, half + after.head_width / 2 + 14) if after else max(lane.zone, half) + 14
    if not right:
        x = gutter_right + max((before or 0), 60) + 14
    return (gutter_left, gutter_right), max(x, 560.0)
