"""Which socket is the other end of which: addresses, connects and accepts. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from .events import CONNECTING, Event, Origin, is_failed, is_under_way

Origins = Mapping[int, Origin]


def plain(address: Any) -> Any:
    """An address in the form in which the two ends of a connection agree; None if it says nothing."""
    if isinstance(address, tuple) and len(address) >= 2 and isinstance(address[0], str):
        host = "127.0.0.1" if address[0] == "localhost" else address[0]
        return host.removeprefix("::ffff:").partition("%")[0], address[1]
    return address or None


def meets(bound: Any, wanted: Any) -> bool:
    """Whether a socket bound to the one address is reached at the other; a wildcard meets every host.

    "::" also those of IPv4, as most systems have it; "0.0.0.0" none of IPv6.
    """
    one, other = plain(bound), plain(wanted)
    if one == other:
        return one is not None
    if not (isinstance(one, tuple) and isinstance(other, tuple)) or one[1:] != other[1:]:
        return False
    hosts = {one[0], other[0]}
    return bool({"::", ""} & hosts) or ("0.0.0.0" in hosts and ":" not in one[0] + other[0])


def is_common(address: Any) -> bool:
    """Whether it is an Internet or a Unix address: others, as Netlink's, tell nothing of servers."""
    return not isinstance(address, tuple) or (len(address) in (2, 4) and isinstance(address[0], str))


def datagram_sockets(events: Iterable[Event]) -> set[int]:
    """Numbers of the sockets that carry datagrams."""
    return {e.socket for e in events if e.datagram}


def connects(events: Iterable[Event]) -> dict[int, Event]:
    """For each socket the call that connected it. It may have been under way when the recording ended.

    A connect that does not block is called again until it is done, or learns that it has failed.
    """
    found: dict[int, Event] = {}
    for e in sorted(events, key=attrgetter("started")):
        if e.call not in CONNECTING:
            continue
        if not is_failed(e):
            found.setdefault(e.socket, e)
        elif e.socket in found and is_under_way(found[e.socket]):
            del found[e.socket]
    return found


def partners(events: Sequence[Event], origins: Origins) -> dict[int, int]:
    """The other end of each stream socket, as far as both ends are in the recording.

    A pair is found by its connect and accept, first come first served, so that a pair of addresses may
    occur twice; what is older than the recording is found by its addresses.
    """
    found: dict[int, int] = {}

    def join(one: int, other: int) -> None:
        found[one], found[other] = other, one

    by_client: dict[Any, deque[Event]] = defaultdict(deque)
    datagrams = datagram_sockets(events)

    def ends(socket: int, one: Any, other: Any) -> Any:
        # A client's Unix socket has no name: there the listener's path has to do.
        return socket in datagrams, plain(one) or ("to", plain(other))

    for e in connects(events).values():
        by_client[ends(e.socket, e.local, e.peer)].append(e)
    for e in events:
        if e.call == "socketpair" and e.accepted is not None:
            join(e.socket, e.accepted)
        elif e.call == "accept" and e.accepted is not None:
            queue = by_client.get(ends(e.socket, e.peer, e.local))
            if queue and queue[0].started <= e.time:
                join(queue.popleft().socket, e.accepted)
    for number, origin in origins.items():
        if origin.partner is not None and number not in found and origin.partner not in found:
            join(number, origin.partner)
    open_ends: dict[Any, int] = {}
    for e in events:
        pair = plain(e.local), plain(e.peer)
        if e.socket in found or e.socket in datagrams or e.call in ("accept", "listen") or None in pair:
            continue
        if (other := open_ends.get(pair[::-1])) is not None and other != e.socket and other not in found:
            join(e.socket, other)
        else:
            open_ends[pair] = e.socket
    return found
