"""One order for the calls of several threads, and a name for each lane. Pure.

Threads race, so the clock's order differs from run to run. The canonical order does not: it keeps to what
had to be so (each thread's own order, a receive after its sends, an accept after its connect, ...).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from math import inf
from typing import Any

from .ends import Origins, datagram_sockets, is_common, meets, plain
from .events import CONNECTING, RECEIVING, SENDING, Event, Flow, Join, Link, is_closed_by, is_failed
from .matching import may_precede

_SETUP = CONNECTING | {"socket", "socketpair", "bind", "listen", "accept"}


def thread_of(event: Event) -> Any:
    """What makes its calls one after the other: the thread, or the actor where no thread is given."""
    return event.thread or event.actor


def needs(
    events: Sequence[Event], flows: Iterable[Flow], links: Iterable[Link], joins: Iterable[Join]
) -> list[list[int]]:
    """For each event, the events of other threads that must have come before it (as indexes)."""
    index = {id(e): i for i, e in enumerate(events)}
    wanted: list[list[int]] = [[] for _ in events]
    binds: dict[int, list[int]] = defaultdict(list)
    of_socket: dict[int, list[int]] = defaultdict(list)
    of_thread: dict[int, list[int]] = defaultdict(list)
    for i, e in enumerate(events):
        of_thread[e.thread].append(i)
        of_socket[e.socket].append(i)
        if e.accepted is not None:
            of_socket[e.accepted].append(i)
        if e.call == "bind" and not e.error:
            binds[e.socket].append(i)

    def after(cause: int, effect: int) -> None:
        one, other = events[cause], events[effect]
        if may_precede(one, other) and thread_of(one) != thread_of(other):
            wanted[effect].append(cause)

    for link in links:
        after(index[id(link.cause)], index[id(link.effect)])
    datagrams = datagram_sockets(events)
    for flow in flows:
        after(index[id(flow.sent)], index[id(flow.received)])
        if flow.received.socket in datagrams:
            for bind in binds[flow.received.socket]:
                after(bind, index[id(flow.sent)])
    listeners = [(i, e) for i, e in enumerate(events) if e.call == "listen" and not e.error]
    gone = {e.socket: i for i, e in enumerate(events) if is_closed_by(e)}
    for i, e in enumerate(events):
        if e.call in CONNECTING:
            for listen, listener in listeners:
                if meets(listener.local, e.peer):
                    after(gone.get(listener.socket, i) if is_failed(e) else listen, i)
    for join in joins:
        before, behind = of_thread[join.ended], of_thread[join.waiter]
        last = bisect_right(before, join.time, key=lambda i: events[i].time)
        then = bisect_left(behind, join.time, key=lambda i: events[i].started)
        if last and then < len(behind):
            after(before[last - 1], behind[then])
    for number, own in of_socket.items():
        setup: list[int] = []
        ended: list[int] = []
        went_well: dict[Any, int] = {}  # each thread's last call on this socket that went well
        for i in own:
            e = events[i]
            woken = e.error or (e.call in RECEIVING and not e.size)  # by its socket's shutdown or close
            finished = went_well.values() if e.call == "close" else ()
            for cause in (*setup, *(ended if woken else ()), *finished):
                after(cause, i)
            if e.call in _SETUP and (e.call != "accept" or e.accepted == number):
                setup.append(i)
            if e.call in ("shutdown", "close"):
                ended.append(i)
            if not e.error:
                went_well[thread_of(e)] = i
    return wanted


def canonical(
    events: Sequence[Event], flows: Iterable[Flow], links: Iterable[Link], joins: Iterable[Join]
) -> list[Event]:
    """Keep to one thread until it needs another's call; then the first thread that can go on.

    Threads are taken in the order in which they were started (actors, where no thread is given, in order
    of appearance). `events` are in the clock's order.
    """
    wanted = needs(events, flows, links, joins)
    lanes: dict[Any, list[int]] = defaultdict(list)
    for i, e in enumerate(events):
        lanes[thread_of(e)].append(i)
    rank = sorted(lanes, key=lambda t: (t, 0) if isinstance(t, int) else (0, lanes[t][0]))
    todo = [lanes[t][::-1] for t in rank]
    listed: set[int] = set()
    result: list[Event] = []
    waiting: dict[int, list[int]] = defaultdict(list)
    ready = list(range(len(todo)))  # a heap
    while len(result) < len(events):
        # Nothing can go on only if two calls were matched wrongly; then the clock decides.
        forced = not ready
        lane = heappop(ready) if ready else min((t[-1], n) for n, t in enumerate(todo) if t)[1]
        while todo[lane]:
            i = todo[lane][-1]
            missing = next((cause for cause in wanted[i] if cause not in listed), None)
            if missing is not None and not forced:
                waiting[missing].append(lane)
                break
            forced = False
            todo[lane].pop()
            listed.add(i)
            result.append(events[i])
            for other in waiting.pop(i, ()):
                if other != lane and other not in ready:
                    heappush(ready, other)
    return result


def name_lanes(ordered: Sequence[Event], origins: Origins, partner: Mapping[int, int]) -> dict[int, str]:
    """The lane of each socket: "client", "client 2", "server", "server · connection 2", "end 1"."""
    facts = _Facts(ordered, origins, partner)
    names: dict[int, str] = {}
    servers: dict[Any, str] = {}  # by address: a server that starts again keeps its lane
    clients: list[int] = []
    ends = 0
    for number in facts.numbers:
        if facts.role[number] == "listener":
            name = f"server {len(servers) + 1}" if servers else "server"
            names[number] = servers.setdefault(facts.address[number] or number, name)
        elif facts.role[number] == "client":
            lanes = len({names[c] for c in clients})
            again = bool(clients) and facts.tries_again(clients[-1], number)
            names[number] = names[clients[-1]] if again else f"client {lanes + 1}" if lanes else "client"
            clients.append(number)
        elif facts.role[number] == "end":
            ends += 1
            names[number] = f"end {ends}"
    by_server: dict[str, list[int]] = defaultdict(list)
    for number in facts.numbers:
        if facts.role[number] == "accepted":
            by_server[names.get(facts.listener_of(number), "server")].append(number)
    for server, connections in by_server.items():
        for k, number in enumerate(connections, 1):
            alone = len(connections) == 1 or facts.by_accepting_thread(number)
            names[number] = server if alone else f"{server} · connection {k}"
    return names


class _Facts:
    """What the calls say about each socket."""

    def __init__(self, ordered: Sequence[Event], origins: Origins, partner: Mapping[int, int]) -> None:
        self.events: dict[int, list[Event]] = defaultdict(list)
        self.accept: dict[int, Event] = {}
        self.address: dict[int, Any] = {}  # of listeners
        self.role: dict[int, str] = {}
        self.origins = origins
        for e in ordered:
            self.events[e.socket].append(e)
            if e.call in ("listen", "accept"):
                self.role[e.socket] = "listener"
            elif e.call in CONNECTING:
                self.role.setdefault(e.socket, "client")
            elif e.call == "socketpair":
                self.role[e.socket] = "end"
            if e.accepted is not None:
                self.events.setdefault(e.accepted, [])  # its place in the order
                self.role[e.accepted] = "accepted" if e.call == "accept" else "end"
                self.accept[e.accepted] = e
        self.numbers = list(self.events)
        datagrams = datagram_sockets(ordered)
        for number, own in self.events.items():
            if any(e.call == "bind" and is_common(e.local) for e in own):
                self.role.setdefault(number, "listener")
        for number in sorted(self.numbers, key=lambda n: n not in self.role):  # the certain ones first
            self.role.setdefault(number, self._guess(number, datagrams, partner))
            if self.role[number] == "listener":
                bound = (e.local for e in self.events[number] if e.local and not e.error)
                self.address[number] = plain(next(bound, None))

    def _guess(self, number: int, datagrams: set[int], partner: Mapping[int, int]) -> str:
        """The role of a socket that is older than the recording, or that did nothing to tell it."""
        if not all(is_common(e.local) for e in self.events[number]):
            return "end"
        if number in self.origins and self.origins[number].role:
            return self.origins[number].role
        if number in datagrams:
            return self._datagram_role(number)
        if self.listener_of(number) or self.role.get(partner.get(number, 0)) == "client":
            return "accepted"
        return "client"

    def _datagram_role(self, number: int) -> str:
        """A server's first datagram comes to it; a client's first one goes out."""
        own = self.events[number]
        if next((e.call in RECEIVING for e in own if e.call in SENDING | RECEIVING and not e.error), False):
            return "listener"
        address = next((e.local for e in own if e.local), None)
        others = (e for n, events in self.events.items() if n != number for e in events if e.call in SENDING)
        to_it = min((e.started for e in others if meets(address, e.peer)), default=inf)
        return "listener" if to_it < min((e.started for e in own), default=inf) else "client"

    def listener_of(self, number: int) -> int:
        """Number of the listening socket that this one came from; 0 if not known."""
        if number in self.accept:
            return self.accept[number].socket
        if number in self.origins and self.origins[number].listener is not None:
            return self.origins[number].listener or 0
        local = next((e.local for e in self.events[number] if e.local), None)
        return next((n for n, address in self.address.items() if address and meets(address, local)), 0)

    def tries_again(self, before: int, number: int) -> bool:
        """Whether the socket before never connected, was closed, and the same thread now takes a new one."""
        first, last = self.events[number][0], self.events[before][-1]
        tried = [e for e in self.events[before] if e.call in CONNECTING]
        given_up = bool(tried) and all(is_failed(e) for e in tried) and last.call == "close"
        return given_up and thread_of(first) == thread_of(last) and last.time <= first.started

    def by_accepting_thread(self, number: int) -> bool:
        """Whether the thread that accepted the connection also talks on it."""
        used = {thread_of(e) for e in self.events[number] if e.call in SENDING | RECEIVING}
        if number in self.accept:
            return used <= {thread_of(self.accept[number])}
        rest = {thread_of(e) for n in self.numbers if self.role[n] == "accepted" for e in self.events[n]}
        return len(rest) <= 1
