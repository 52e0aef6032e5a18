"""What may be said of a recording: each claim is held against every call that could contradict it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from operator import attrgetter
from typing import Any

from ...wire import CONNECTING, SENDING, connects, is_closed_by, is_repeated, is_taken, meets


def is_whole(recording: Any) -> bool:
    """Whether no call is missing, so that "nobody" and "never" can be said."""
    return not recording.dropped and not recording.errors


def connections(events: Iterable[Any], links: Iterable[tuple[Any, Any]]) -> dict[int, Any]:
    """For each socket the call that connected it, or was to.

    Datagrams have no connection, unless somebody accepts it, as of a SOCK_SEQPACKET.
    """
    accepted = {cause.socket for cause, effect in links if effect.call == "accept"}
    return {n: e for n, e in connects(events).items() if n in accepted or not e.datagram}


def connected_sockets(events: Sequence[Any], links: Sequence[tuple[Any, Any]]) -> set[int]:
    """Numbers of the sockets of which a call shows that their connect went well.

    One that does not block may fail without any call that says so.
    """
    found = {cause.socket for cause, effect in links if effect.call == "accept"}
    for e in events:
        if e.call in CONNECTING:
            if not e.error or is_repeated(e):
                found.add(e.socket)
        elif not e.error and (e.call in SENDING or e.call == "shutdown" or (is_taken(e) and e.size)):
            found.add(e.socket)
    return found & connections(events, links).keys()


def unaccepted(recording: Any, events: Sequence[Any], links: Sequence[tuple[Any, Any]]) -> list[Any]:
    """The connects to a listener of the recording that nobody accepted.

    Whoever got a byte was accepted, be it by another process or by code that no recording sees. Where the
    kernel tells how many connections were left, it must be as many.
    """
    if not is_whole(recording):
        return []
    accepted = {cause.socket for cause, effect in links if effect.call == "accept"}
    served = {e.socket for e in events if is_taken(e) and e.size}
    there = connected_sockets(events, links) - accepted - served
    listens = [e for e in events if e.call == "listen" and e.local and not e.error]
    closed = {e.socket: e.started for e in events if is_closed_by(e)}

    made = {id(e) for e in connections(events, links).values() if e.socket in there}
    ignored: list[Any] = []
    for listen in listens:
        end = closed.get(listen.socket, inf)
        own = [e for e in events if id(e) in made and meets(listen.local, e.peer) and e.started <= end]
        waiting = recording.waiting(listen.socket)
        if waiting is None or waiting >= len(own):
            ignored += own
    return [e for e in events if any(e is each for each in ignored)]


def lost_datagrams(events: Sequence[Any], flows: Iterable[Any]) -> list[Any]:
    """Sent datagrams that no recorded call received, though the socket they went to is in the recording."""
    arrived = {id(flow.sent) for flow in flows}
    mine = [e for e in events if e.datagram]
    unseen = _unseen_readers(mine)
    here = {e.local for e in mine if e.local} - unseen
    pairs = {number for e in mine if e.call == "socketpair" for number in (e.socket, e.accepted)}
    return [
        e for e in mine
        if e.call in SENDING and not e.error and id(e) not in arrived and e.local not in unseen
        and (e.socket in pairs or any(meets(address, e.peer) for address in here))
    ]  # fmt: skip


def _unseen_readers(datagrams: Sequence[Any]) -> set[Any]:
    """Addresses of the sockets that received something in code that no recording sees.

    They answer a socket whose number only the kernel knew, and from which no recorded call received.
    """
    chosen = {port_of(e.local) for e in datagrams if e.call == "bind"}
    told: set[tuple[Any, Any]] = set()  # (from, to), by port
    heard: set[tuple[Any, Any]] = set()
    found: set[Any] = set()
    for e in sorted(datagrams, key=attrgetter("started")):
        here, there = port_of(e.local), port_of(e.peer)
        if is_taken(e):
            heard.add((there, here))
        elif e.call in SENDING and not e.error and e.local:
            if (there, here) in told and there not in chosen and not {(there, here), (None, here)} & heard:
                found.add(e.local)
            told.add((here, there))
    return found


def port_of(address: Any) -> Any:
    """What two addresses of one socket have in common: the port, or a Unix socket's path."""
    return address[1] if isinstance(address, tuple) and len(address) > 1 else address
