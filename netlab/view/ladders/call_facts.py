"""What may be said of a recording: each claim is held against every call that could contradict it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...wire import CONNECTING, SENDING, connects, is_closed_by, is_repeated, is_taken, meets


def is_whole(recording: Any) -> bool:
    """Whether no call is missing, so that "nobody" and "never" can be said."""
    return not recording.dropped and not getattr(recording, "errors", ())


def connected_sockets(events: Iterable[Any], links: Iterable[tuple[Any, Any]]) -> set[int]:
    """Numbers of the sockets of which a call shows that their connect went well.

    One that does not block may fail without any call that says so.
    """
    found = {cause.socket for cause, effect in links if effect.call == "accept"}
    begun: set[int] = set()
    for e in events:
        if e.call in CONNECTING:
            begun.add(e.socket)
            if not e.error or is_repeated(e):
                found.add(e.socket)
        elif not e.error and (e.call in SENDING or e.call == "shutdown" or (is_taken(e) and e.size)):
            found.add(e.socket)
    return found & begun


def unaccepted(recording: Any, events: Sequence[Any], links: Sequence[tuple[Any, Any]]) -> list[Any]:
    """The connects to a listener of the recording that nobody accepted.

    Whoever got a byte was accepted, be it by code that no recording sees.
    """
    if not is_whole(recording):
        return []
    accepted = {cause.socket for cause, effect in links if effect.call == "accept"}
    served = {e.socket for e in events if is_taken(e) and e.size}
    there = connected_sockets(events, links) - accepted - served
    listens = [e for e in events if e.call == "listen" and e.local and not e.error]
    closed = {e.socket: e.started for e in events if is_closed_by(e)}

    def listens_to(event: Any) -> bool:
        return any(
            meets(listen.local, event.peer) and closed.get(listen.socket, event.time) >= event.started
            for listen in listens
        )

    made = {id(e) for e in connects(events).values() if e.socket in there and e.stream is not False}
    return [e for e in events if id(e) in made and listens_to(e)]
