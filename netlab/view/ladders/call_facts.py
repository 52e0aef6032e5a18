"""What may be said of a recording: each claim is held against every call that could contradict it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from operator import attrgetter
from typing import Any

from ...wire import (
    CONNECTING,
    RESET,
    SENDING,
    connects,
    half_closed,
    is_closed_by,
    is_repeated,
    is_taken,
    meets,
)


class Facts:
    """The facts of one recording, with its events in the given order."""

    def __init__(self, recording: Any, events: Sequence[Any]) -> None:
        self.recording, self.events = recording, events
        self.flows, self.links = list(recording.flows()), list(recording.links())
        self.whole = not recording.dropped and not recording.errors  # so "nobody" and "never" can be said
        self.accepts = {cause.socket: effect for cause, effect in self.links if effect.call == "accept"}
        # For each socket the call that connected it, or was to. Datagrams have no connection, unless somebody
        # accepts it, as of a SOCK_SEQPACKET.
        self.connects = {n: e for n, e in connects(events).items() if n in self.accepts or not e.datagram}
        self.connected = {*self.accepts, *(e.socket for e in events if _shows_connection(e))}
        self.connected &= self.connects.keys()
        self.unaccepted = self._unaccepted() if self.whole else []
        self.abandoned = self._abandoned()
        self.lost = self._lost() if self.whole else []

    def _unaccepted(self) -> list[Any]:
        """The connects to a listener of the recording that nobody accepted.

        Whoever got a byte was accepted, be it by another process or by code that no recording sees. Where the
        kernel tells how many connections were left, it must be as many.
        """
        served = {e.socket for e in self.events if is_taken(e) and e.size}
        there = self.connected - self.accepts.keys() - served
        made = [e for n, e in self.connects.items() if n in there]
        closed = {e.socket: e.started for e in self.events if is_closed_by(e)}
        ignored: set[int] = set()
        for listen in self.events:
            if listen.call == "listen" and listen.local and not listen.error:
                end = closed.get(listen.socket, inf)
                own = {id(e) for e in made if meets(listen.local, e.peer) and e.started <= end}
                waiting = self.recording.waiting(listen.socket)
                if waiting is None or waiting >= len(own):
                    ignored |= own
        return [e for e in self.events if id(e) in ignored]

    def _abandoned(self) -> list[tuple[Any, Any]]:
        """The close of a listener, and the first call that failed of a connection that was in its queue."""
        finished, found = half_closed(self.events), []
        closes = [e for e in self.events if is_closed_by(e)]
        listens = [e for e in self.events if e.call == "listen" and not e.error]
        failed = [e for e in self.events if (e.error or "").startswith(RESET) and id(e) not in finished]
        for connect in self.unaccepted:
            owners = {e.socket for e in listens if e.time <= connect.time and meets(e.local, connect.peer)}
            cause = next((e for e in closes if {e.socket} == owners), None)  # of one listener, not of several
            effect = next((e for e in failed if e.socket == connect.socket), None)
            if cause and effect and connect.started <= cause.time and cause.started <= effect.time:
                found.append((cause, effect))
        return found

    def met_nobody(self, close: Any, failed: Any) -> Any:
        """The send after `close` whose bytes were answered with the reset that made a call fail.

        None if the close itself sent it, as it does where bytes are unread, or if that is not known.
        """
        sent = [e for e in self.events if e.socket == failed.socket and e.call in SENDING and not e.error]
        late = [e for e in sent if close.time <= e.started and e.time <= failed.started and e.size]
        taken = sum(flow.size for flow in self.flows if flow.sent.socket == failed.socket)
        unread = sum(e.size or 0 for e in sent if e.started < close.time) > taken
        return late[0] if late and self.whole and not unread else None

    def _lost(self) -> list[Any]:
        """Datagrams that no recorded call received, though the socket they went to is in the recording."""
        arrived = {id(flow.sent) for flow in self.flows}
        mine = [e for e in self.events if e.datagram]
        unseen = _unseen_readers(mine)
        here = {e.local for e in mine if e.local} - unseen
        pairs = {number for e in mine if e.call == "socketpair" for number in (e.socket, e.accepted)}
        return [
            e for e in mine
            if e.call in SENDING and not e.error and id(e) not in arrived and e.local not in unseen
            and (e.socket in pairs or any(meets(address, e.peer) for address in here))
        ]  # fmt: skip


def _shows_connection(event: Any) -> bool:
    """Whether it shows that a connect went well: one that does not block may fail unseen."""
    if event.call in CONNECTING:
        return not event.error or is_repeated(event)
    moved = event.call in SENDING or event.call == "shutdown" or (is_taken(event) and event.size)
    return bool(moved and not event.error)


def _unseen_readers(datagrams: Sequence[Any]) -> set[Any]:
    """Addresses of the sockets that received something in code that no recording sees.

    They answer a socket whose number only the kernel knew, and from which no recorded call received.
    """
    chosen = {_port(e.local) for e in datagrams if e.call == "bind"}
    told: set[tuple[Any, Any]] = set()  # (from, to), by port
    heard: set[tuple[Any, Any]] = set()
    found: set[Any] = set()
    for e in sorted(datagrams, key=attrgetter("started")):
        here, there = _port(e.local), _port(e.peer)
        if is_taken(e):
            heard.add((there, here))
        elif e.call in SENDING and not e.error and e.local:
            if (there, here) in told and there not in chosen and not {(there, here), (None, here)} & heard:
                found.add(e.local)
            told.add((here, there))
    return found


def _port(address: Any) -> Any:
    """What two addresses of one socket have in common: the port, or a Unix socket's path."""
    return address[1] if isinstance(address, tuple) and len(address) > 1 else address
