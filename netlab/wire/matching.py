"""Which call answers which: the way of the bytes, what let an accept return or ended a stream. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from .ends import connects, datagram_sockets, meets, plain
from .events import (
    CONNECTING,
    DROPPED,
    SENDING,
    Event,
    Flow,
    Link,
    is_closed_by,
    is_end_of_stream,
    is_taken,
)

_HALF_CLOSES = {("shutdown", "SHUT_WR"), ("shutdown", "SHUT_RDWR")}
RESET = ("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError")
_TRIES = 8  # how many first calls may be left out to make an older connection's bytes line up


def may_precede(cause: Event, effect: Event) -> bool:
    """Whether the clock allows it. That a socket was dropped is noticed a moment after it was closed."""
    return cause.started <= effect.time or cause.asked == DROPPED


def _room(sends: list[Event], total: int) -> list[int]:
    """Bytes each send may have given. A sendall that failed does not say: it gets what is left over."""
    known = [e.size or 0 for e in sends]
    left = total - sum(known)
    for i, e in enumerate(sends):
        if e.size is None and e.error and e.call in ("sendall", "sendfile") and left > 0:
            known[i] = min(left, e.asked) if isinstance(e.asked, int) else left
            left -= known[i]
    return known


def _stream(sends: list[Event], receives: list[Event]) -> tuple[list[Flow], bool]:
    """Match by byte offset; also whether the kept data agree."""
    flows: list[Flow] = []
    room = _room(sends, sum(e.size or 0 for e in receives))
    agree, i, start = True, 0, 0
    for received in receives:
        taken, size = 0, received.size or 0
        while taken < size and i < len(sends):
            part = min(size - taken, room[i] - start)
            if part:
                flows.append(Flow(sends[i], received, part))
                if sends[i].data is not None and received.data is not None:
                    one, other = sends[i].data[start : start + part], received.data[taken : taken + part]  # type: ignore[index]
                    shorter = min(len(one), len(other))
                    agree = agree and one[:shorter] == other[:shorter]
            taken, start = taken + part, start + part
            if start == room[i]:
                i, start = i + 1, 0
        agree = agree and taken == size
    return flows, agree


def _parted(events: list[Event]) -> tuple[list[Event], list[Event]]:
    """The calls for one urgent byte (RFC 9293, section 3.8.5), which is beside the stream, and the others."""
    urgent = [e for e in events if "MSG_OOB" in e.flags and e.size == 1]
    return urgent, [e for e in events if not any(e is each for each in urgent)] if urgent else events


def _aligned(sends: list[Event], receives: list[Event]) -> list[Flow]:
    """Flows of a connection older than the recording: leave out first calls until the data agree."""
    for skipped in range(_TRIES):
        for i in range(min(skipped, len(sends)), -1, -1):
            flows, agree = _stream(sends[i:], receives[skipped - i :])
            if agree:
                return flows
    return _stream(sends, receives)[0]


def _datagrams(
    sends: list[Event], receives: list[Event], bound: dict[int, Any], *, paired: bool = False
) -> Iterable[Flow]:
    """First come, first served among datagrams of the same ends and content; lost ones stay unmatched.

    Of `paired` sockets, as those of socketpair(), the ends are known without their addresses.
    """
    waiting: dict[Any, deque[Event]] = defaultdict(deque)
    for e in sends:
        waiting[None if paired else _port(e.peer), e.size].append(e)
    sizes = sorted({e.size or 0 for e in sends})
    for received in receives:
        here, size = bound.get(received.socket), received.size or 0
        # A datagram longer than the buffer was cut: then any longer one may be it.
        for candidate in [size] if received.asked != size else [s for s in sizes if s >= size]:
            queue = waiting.get((None if paired else _port(here), candidate), ())
            sent = next((e for e in queue if _same_datagram(e, received, here, bound, paired)), None)
            if sent is not None:
                queue.remove(sent)  # type: ignore[union-attr]
                yield Flow(sent, received, size)
                break


def _port(address: Any) -> Any:
    return address[1] if isinstance(address, tuple) else address or None


def _same_datagram(sent: Event, received: Event, here: Any, bound: dict[int, Any], paired: bool) -> bool:
    if sent.started > received.time:
        return False
    source = sent.local or bound.get(sent.socket)
    if not paired and (
        (plain(here) and not meets(here, sent.peer))
        or (plain(source) and plain(received.peer) and not meets(source, received.peer))
    ):
        return False
    one, other = sent.data, received.data
    return one is None or other is None or one[: len(other)] == other[: len(one)]


def flows(events: Sequence[Event], partner: Mapping[int, int]) -> list[Flow]:
    """Which bytes of which send were taken by which receive, in order of the receiving."""
    sends: dict[int, list[Event]] = defaultdict(list)
    receives: dict[int, list[Event]] = defaultdict(list)
    datagrams = datagram_sockets(events)
    bound: dict[int, Any] = {}
    young = {e.socket for e in events if e.call in CONNECTING} | {e.accepted for e in events}
    young |= {e.socket for e in events if e.call == "socketpair"}
    for e in events:
        if e.local:
            bound[e.socket] = e.local
        if e.call in SENDING and (e.error is None or e.call in ("sendall", "sendfile")):
            sends[e.socket].append(e)
        elif is_taken(e):
            receives[e.socket].append(e)
    found: list[Flow] = []
    for number, received in receives.items():
        if number in datagrams:
            continue
        sent = sends.get(partner.get(number, 0), [])
        urgent, received = _parted(received)
        if urgent:  # else they come with the others, as SO_OOBINLINE has it
            bytes_, sent = _parted(sent)
            found += [Flow(one, other, 1) for one, other in zip(bytes_, urgent, strict=False)]
        known = number in young or partner.get(number) in young
        found += _stream(sent, received)[0] if known else _aligned(sent, received)
    alone, when = datagrams - partner.keys(), attrgetter("time")
    postcards = sorted((e for n in alone for e in sends[n]), key=when)
    found += _datagrams(postcards, sorted((e for n in alone for e in receives[n]), key=when), bound)
    for number in datagrams & partner.keys():  # of a socketpair, or one end accepted the other
        found += _datagrams(sends[number], receives[partner[number]], {}, paired=True)
    place = {id(e): i for i, e in enumerate(events)}
    return sorted(found, key=lambda f: place[id(f.received)])


def links(events: Sequence[Event], partner: Mapping[int, int]) -> list[Link]:
    """What let a call end without data: connect and accept; close or shutdown and end of stream or reset."""
    connected = connects(events)
    enders: dict[int, list[Event]] = defaultdict(list)
    finished = half_closed(events)
    told: set[tuple[int, bool]] = set()  # ends whose first end of stream, or first reset, has its cause
    for e in events:
        if is_closed_by(e) or (not e.error and (e.call, e.asked) in _HALF_CLOSES):
            enders[e.socket].append(e)
    found: list[Link] = []
    datagrams = datagram_sockets(events)
    for e in events:
        if e.call == "accept" and e.accepted is not None:
            if (connect := connected.get(partner.get(e.accepted, 0))) is not None:
                found.append(Link(connect, e))
        elif e.socket in partner and e.socket not in datagrams:
            reset = (e.error or "").startswith(RESET)
            if (e.socket, reset) in told or not (reset or is_end_of_stream(e)) or id(e) in finished:
                continue
            causes = [c for c in enders[partner[e.socket]] if may_precede(c, e)]
            causes = [c for c in causes if c.call == "close"] if reset else causes
            if causes:
                told.add((e.socket, reset))
                found.append(Link(causes[0], e))
    return found


def half_closed(events: Iterable[Event]) -> set[int]:
    """The ids of the calls that came to nothing because of the own side's shutdown() before."""
    off: set[tuple[int, str]] = set()
    found: set[int] = set()
    for e in events:
        if e.call == "shutdown" and not e.error:
            off |= {(e.socket, way) for way in ("SHUT_RD", "SHUT_WR") if e.asked in (way, "SHUT_RDWR")}
        way = "SHUT_WR" if e.call in SENDING and e.error else "SHUT_RD" if is_end_of_stream(e) else ""
        if (e.socket, way) in off:
            found.add(id(e))
    return found


def lanes_across(events: Sequence[Event], flows: Iterable[Flow], links: Iterable[Link]) -> dict[int, str]:
    """For each socket whose other end is in the recording: the lane (actor) of that other end.

    Of a connection that nobody accepted it is the listener's: its bytes wait there.
    """
    homes = {plain(e.local): e.actor for e in events if e.call in ("listen", "accept") and e.local}
    found = {
        e.socket: home
        for e in connects(events).values()
        for address, home in homes.items()
        if not e.datagram and meets(address, e.peer)
    }
    lanes = {e.socket: e.actor for e in events}
    for e in events:
        if e.call == "socketpair" and e.accepted in lanes:
            found[e.socket], found[e.accepted] = lanes[e.accepted], e.actor
    client_of: dict[int, int] = {}  # of each accepted socket
    for cause, effect in links:
        if effect.call == "accept" and effect.accepted is not None:
            client_of[effect.accepted] = cause.socket
            found[cause.socket], found[effect.accepted] = effect.actor, cause.actor
    for e in events:  # the lane where an accepted connection is served, not where it was accepted
        if e.socket in client_of:
            found[client_of[e.socket]] = e.actor
    for flow in flows:
        found[flow.sent.socket], found[flow.received.socket] = flow.received.actor, flow.sent.actor
    return found
