"""The lanes of a ladder of calls: which are drawn, on which side, under which name and address. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...wire import CONNECTING
from ..kit import listing, noun
from ..kit.theme import CLIENTS, SERVERS
from .stack import Lane, address_text

MOST_LANES = 6


def lanes_of(
    actors: Sequence[str], events: Sequence[Any], seen: Mapping[int, Any], names: Mapping[str, str]
) -> tuple[list[Lane], int]:
    """The lanes that are drawn, from left to right, and how many are left out.

    `seen` has for each socket the address from which its datagrams came, as their receiver saw it.
    """
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
        above, title = ("", names[actor]) if actor in names else (names.get(above, above), title)
        lanes.append(Lane(actor, sides[actor], color, above, title, _address(of.get(actor, ()), seen)))
    return lanes, len(actors) - len(lanes)


def _address(events: Sequence[Any], seen: Mapping[int, Any]) -> str:
    """The address of a lane's last call. A datagram socket that nobody bound has one for each way out.

    Its name is then 0.0.0.0, which is no address: the one that a receiver saw is shown, or the port alone.
    """
    named = [e for e in events if e.local]
    used = [e for e in reversed(named) if e.call not in ("socket", "bind")]
    if not (last := next(iter(used + named), None)):
        return ""
    bound = any(e.call == "bind" and e.socket == last.socket for e in events)
    if last.datagram and not bound and last.local[0] in ("0.0.0.0", "::"):
        return address_text(seen.get(last.socket) or ("", last.local[1]))
    return address_text(last.local)


def _natural(actor: str) -> tuple[int, int, str]:
    """ "server" before its connections, and those by their number."""
    number = actor.rpartition(" ")[2]
    return (" · " in actor, int(number) if number.isdigit() else 0, actor)


def named(actors: Sequence[str], names: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """The names of lanes by what the recording calls them; a list names the clients as they appear.

    ValueError for lanes that are not there, and for names that do not tell the lanes apart.
    """
    lanes = f"the lanes are {listing(actors)}" if actors else "nothing was recorded"
    if not isinstance(names, Mapping):
        names = [names] if isinstance(names, str) else names
        clients = [actor for actor in actors if actor.startswith("client")]
        if len(names) > len(clients):
            raise ValueError(
                f"names= has {noun(len(names), 'name')} for {noun(len(clients), 'client')}: {lanes}."
            )
        names = dict(zip(clients, names, strict=False))
    if unknown := [actor for actor in names if actor not in actors]:
        raise ValueError(f"names= has a lane {unknown[0]!r} that is not there: {lanes}.")
    shown = [names.get(actor, actor) for actor in actors]
    if not all(isinstance(name, str) and name.strip() for name in shown) or len(set(shown)) < len(shown):
        raise ValueError(f"names={dict(names)} does not tell the lanes apart: {lanes}.")
    return dict(names)
