"""A recording in words: the caption of a ladder. Pure, and free of times, ports and chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ...wire import CONNECTING, RECEIVING, SENDING, meets
from ..kit import count_bytes, group, listing, noun, the, title, upper, was, word
from .call_pieces import pieces, total
from .call_rows import NOT_YET, error_name, moved
from .packet_words import counted

_TROUBLE = {
    "connect ConnectionRefusedError": "{s} connect was refused: nobody listens there.",
    "next connect ConnectionRefusedError": "{s} next connect was refused: nobody listens there any more.",
    "connect TimeoutError": "{s} connect waited for an answer until its timeout, and none came.",
    "accept TimeoutError": "{who} waited in accept until its timeout, and nobody came.",
    "recv TimeoutError": "{who} waited in {call} until its timeout, and nothing came.",
    "recv ConnectionRefusedError": "{s} {call} was refused: nobody listens there.",
    "recv ConnectionResetError": "{s} {call} failed: the other side had reset the connection.",
    "send ConnectionResetError": "{s} {call} failed: the other side had reset the connection.",
    "send BrokenPipeError": "{s} {call} failed: the other side had closed already.",
    "send BrokenPipeError, shut": "{s} {call} failed: it had ended its own sending with shutdown.",
    "send TimeoutError": "{who} waited in {call} until its timeout: nobody made room.",
}
_NOBODY = "{s} {call} was refused: an earlier datagram found nobody there."  # so say ICMP errors


def describe(recording: Any) -> str:
    """What the ladder of this recording shows, in a few sentences."""
    events = recording.in_order()  # not in the clock's order, which changes when threads race
    if not events:
        return "No socket call was recorded."
    story = _Story(recording, events)
    uneven = pieces(story.flows, whole=story.whole)
    after = [*story.queued(), *story.losses(), *story.troubles(), *story.waiting()]
    after += ["Later calls were not recorded."] if recording.dropped else []
    sentences = [*(uneven or story.talks(ending=not after)), *after]
    if not sentences:
        first = events[0].actor
        calls = list(dict.fromkeys(event.call for event in events if event.actor == first))
        sentences = [f"{title(first)} called {listing(calls)}."]
    return " ".join(dict.fromkeys(sentences))


class _Story:
    """The facts of one recording, each told by one method as sentences."""

    def __init__(self, recording: Any, events: list[Any]) -> None:
        self.events = events
        place = {id(event): i for i, event in enumerate(events)}
        self.flows = sorted(recording.flows(), key=lambda flow: place.get(id(flow.received), 0))
        self.links = sorted(recording.links(), key=lambda link: place.get(id(link.effect), 0))
        self.pending = recording.pending
        self.whole = not recording.dropped  # else what is missing may have happened
        # A connect that does not block says "not yet" and goes on in the kernel: these show that it was made.
        self.made = {cause.socket for cause, effect in self.links if effect.call == "accept"}
        self.made |= {e.socket for e in events if moved(e) or (e.call in CONNECTING and not e.error)}
        self.of: dict[str, list[Any]] = {}
        for event in events:
            self.of.setdefault(event.actor, []).append(event)

    def talks(self, *, ending: bool) -> list[str]:
        """What each client did, or each end that sent something."""
        clients = [a for a, own in self.of.items() if any(map(self._connected, own))]
        clients += [
            a for a, own in self.of.items() if a not in clients and a.startswith("client") and _moves(own)
        ]
        ignored, _ = self._queues()
        told = {who: (self._deeds(who, told_later=who in ignored), self._ending(who) if ending else "")
                for who in clients}  # fmt: skip
        if not clients:
            told = {
                who: (_exchanged([e for e in own if e.call in SENDING]), "") for who, own in self.of.items()
            }
        if len(clients) > 2 and len(set(told.values())) == 1:
            deeds, end = told[clients[0]]
            return [f"{upper(word(len(clients)))} clients: each {listing(deeds)}{end}."] if deeds else []
        sentences = [f"{title(who)} {listing(deeds)}{end}." for who, (deeds, end) in told.items() if deeds]
        if len(sentences) > 3:
            sentences[2:] = [f"{upper(word(len(sentences) - 2))} more clients did the like."]
        return sentences

    def _deeds(self, client: str, *, told_later: bool) -> tuple[str, ...]:
        mine = self.of[client]
        connected = any(map(self._connected, mine)) and not told_later
        return ("connected",) * connected + _exchanged(mine)

    def _connected(self, event: Any) -> bool:
        """Whether this call made a connection: for datagrams there is none."""
        if event.call not in CONNECTING or event.datagram:
            return False
        return not event.error or (error_name(event) in NOT_YET and event.socket in self.made)

    def _ending(self, client: str) -> str:
        for cause, effect in sorted(self.links, key=lambda link: link[0].actor != client):
            ends = effect.call in RECEIVING and not effect.error and client in (cause.actor, effect.actor)
            if ends and cause.actor != effect.actor:
                who = "it" if cause.actor == client else the(cause.actor)
                did = "closed" if cause.call == "close" else "ended its sending with shutdown"
                return f'; then {who} {did} and {the(effect.actor)}\'s {effect.call} returned b""'
        return ""

    def _queues(self) -> tuple[list[str], list[str]]:
        """Clients that were connected without any accept, and those accepted long after they connected."""
        accepts = {cause.socket: effect for cause, effect in self.links if effect.call == "accept"}
        listening = [e.local for e in self.events if e.call == "listen" and e.local]
        ignored, late, seen = [], [], set[int]()
        for connect in self.events:
            if connect.socket in seen or not self._connected(connect):
                continue
            seen.add(connect.socket)  # it may ask again whether it is connected
            accept = accepts.get(connect.socket)
            if accept is None:
                home = any(meets(local, connect.peer) for local in listening)
                ignored += [connect.actor] if home and self.whole else []
                continue
            between = (e.call for e in self.of[accept.actor]
                       if connect.time <= e.started and e.time <= accept.started)  # fmt: skip
            late += [connect.actor] if sum(call in SENDING | RECEIVING for call in between) > 1 else []
        return ignored, late

    def queued(self) -> list[str]:
        """What the accept queue did for the clients."""
        ignored, late = self._queues()
        sentences = [f"{title(actor)} was connected at once, but accepted only later." for actor in late[:3]]
        if ignored:
            them = "it" if len(ignored) == 1 else "them"
            sentences.append(f"{group(ignored)} {was(ignored)} connected, although nobody accepted {them}.")
        return sentences

    def losses(self) -> list[str]:
        """Datagrams that did not arrive, and those of which the end was thrown away."""
        lost = lost_datagrams(self.events, self.flows) if self.whole else []
        cut = [flow for flow in self.flows if flow.sent.datagram and flow.size < (flow.sent.size or 0)]
        return counted(lost, "datagram", "never received") + counted(
            cut, "datagram", "too long for its buffer"
        )

    def troubles(self) -> list[str]:
        """Calls that ended in an error; what only means 'not yet' is left out, as its count is chance."""
        seen: Counter[str] = Counter()
        connected: set[str] = set()
        shut: set[int] = set()
        for event in self.events:
            name, call, who = error_name(event), event.call, title(event.actor)
            kind = "recv" if call in RECEIVING else "send" if call in SENDING else call
            if call in CONNECTING:
                kind = "next connect" if event.actor in connected else "connect"
                connected |= {event.actor} if self._connected(event) else set()
            if call == "shutdown" and not name and event.asked in ("SHUT_WR", "SHUT_RDWR"):
                shut.add(event.socket)
            if name and name not in NOT_YET:
                form = _TROUBLE.get(f"{kind} {name}", "{s} {call} failed with {name}.")
                if kind in ("recv", "send") and event.datagram and name.startswith("Connection"):
                    form = _NOBODY
                if event.socket in shut:
                    form = _TROUBLE.get(f"{kind} {name}, shut", form)
                seen[form.format(who=who, s=f"{who}'s", call=call, name=name)] += 1
        return [s if n == 1 else f"{s[:-1]} ({word(n)} times)." for s, n in seen.items()]

    def waiting(self) -> list[str]:
        """Calls that were still waiting when the recording ended, where that is the point."""
        calls = [(title(e.actor), e.call) for e in self.pending]
        full = [f"{who} still waits in {call}: there is no room for more bytes."
                for who, call in calls if call in SENDING]  # fmt: skip
        sentences = full + [f"{who} still waits in connect." for who, call in calls if call in CONNECTING]
        reading = [e for e in self.pending if e.call in RECEIVING]
        readers = list(dict.fromkeys(e.actor for e in reading))
        if len(readers) > 1 and any(actor.startswith("client") for actor in readers):
            all_ = "both" if len(readers) == 2 else "all"
            return [*sentences, f"{group(readers)} {all_} wait to receive, and nobody sends."]
        fed = {e.socket for e in self.events if e.call in RECEIVING and moved(e)}
        return sentences + [f"{title(e.actor)} waited in {e.call} and nothing "
                            f"{'more' if e.socket in fed else 'ever'} came."
                            for e in reading if not e.actor.startswith("server")]  # fmt: skip


def _moves(events: Iterable[Any]) -> list[Any]:
    """The calls that gave or took something; a datagram may be empty."""
    return [e for e in events if e.call in SENDING | RECEIVING and not e.error and not e.peeks
            and (e.size or (e.datagram and e.size == 0))]  # fmt: skip


def _exchanged(events: Iterable[Any]) -> tuple[str, ...]:
    """'sent 5 bytes', 'got 5 bytes back'; datagrams are counted. What came first is told first."""
    deeds: list[str] = []
    for datagrams in (False, True):
        moves = [e for e in _moves(events) if e.datagram == datagrams]
        sent, got = ([e for e in moves if e.call in calls] for calls in (SENDING, RECEIVING))
        gave = (
            [f"sent {noun(len(sent), 'datagram') if datagrams else count_bytes(total(sent))}"] if sent else []
        )
        answered = gave and moves[0] is sent[0]
        took = (
            [word(len(got)) if answered else noun(len(got), "datagram")]
            if datagrams
            else [count_bytes(total(got))]
        )
        took = [f"got {took[0]}{' back' if answered else ''}"] if got else []
        deeds += [*gave, *took] if answered else [*took, *gave]
    return tuple(deeds)


def lost_datagrams(events: Sequence[Any], flows: Iterable[Any]) -> list[Any]:
    """Sent datagrams that no recorded call received, though the socket they went to is in the recording."""
    arrived = {id(flow.sent) for flow in flows}
    mine = [e for e in events if e.datagram]
    addresses = {e.local for e in mine if e.local}
    pairs = {number for e in mine if e.call == "socketpair" for number in (e.socket, e.accepted)}
    return [
        e for e in mine
        if e.call in SENDING and not e.error and id(e) not in arrived
        and (e.socket in pairs or any(meets(address, e.peer) for address in addresses))
    ]  # fmt: skip
