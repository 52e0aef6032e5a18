"""A recording in words: the caption of a ladder. Pure, and free of times, ports and chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ...wire import CONNECTING, RECEIVING, SENDING, connects, half_closed, is_repeated, is_taken, meets
from ..kit import count_bytes, group, listing, noun, the, title, upper, was, word
from .call_facts import connected_sockets, is_whole, unaccepted, unseen_readers
from .call_rows import NOT_YET, error_name
from .packet_words import counted

CHANCE = 4096  # bytes; how more than that is cut into recvs is chance, so those are not counted
LISTED = 6  # sizes; a longer list is not read

_TROUBLE = {
    "connect ConnectionRefusedError": "{s} connect was refused: nobody listens there.",
    "next connect ConnectionRefusedError": "{s} next connect was refused: nobody listens there any more.",
    "connect TimeoutError": "{s} connect waited for an answer until its timeout, and none came.",
    "accept TimeoutError": "{who} waited in accept until its timeout, and nobody came.",
    "recv TimeoutError": "{who} waited in {call} until its timeout, and nothing came.",
    "recv ConnectionRefusedError": "{s} {call} was refused: an earlier datagram found nobody there.",
    "recv ConnectionResetError": "{s} {call} failed: the other side had reset the connection.",
    "send ConnectionResetError": "{s} {call} failed: the other side had reset the connection.",
    "send BrokenPipeError": "{s} {call} failed: the other side had closed already.",
    "send TimeoutError": "{who} waited in {call} until its timeout: nobody made room.",
    "ended send BrokenPipeError": "{s} {call} failed: its own shutdown had ended the sending.",
    "stream recv ConnectionRefusedError": "{s} {call} failed: the connect had been refused.",
}
_AT_ONCE = 0.5  # seconds; TCP repeats a lost SYN after one (RFC 6298, section 2)
_GAVE_UP = "TimeoutError: timed out"  # Python's own timeout; the kernel's says that nobody answered


def describe(recording: Any) -> str:
    """What the ladder of this recording shows, in a few sentences."""
    events = recording.in_order()  # not in the clock's order, which changes when threads race
    if not events:
        return " ".join(["No socket call was recorded.", *_missing(recording)])
    story = _Story(recording, events)
    pieces = story.pieces()
    lost = counted(lost_datagrams(events, story.flows) if story.whole else [], "datagram", "never received")
    after = [*story.queued(), *lost, *story.troubles(), *story.waiting(), *_missing(recording)]
    sentences = [*(pieces or story.talks(ending=not after)), *after]
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
        self.whole = is_whole(recording)
        self.connects = connects(events)
        self.unaccepted = unaccepted(recording, events, self.links)
        self.accepts = {cause.socket: effect for cause, effect in self.links if effect.call == "accept"}
        self.connected = connected_sockets(events, self.links)
        self.ends = self.connected | {e.socket for e in events if e.peer or e.call == "socketpair"}
        self.ends |= {e.accepted for e in events if e.accepted}
        self.of: dict[str, list[Any]] = {}
        for event in events:
            self.of.setdefault(event.actor, []).append(event)

    def pieces(self) -> list[str]:
        """Which sends and recvs do not fit one to one: 'Three sends ... were taken by one recv ...'."""
        ways: dict[tuple[str, str], list[Any]] = {}
        for flow in self.flows:
            ways.setdefault((flow.sent.actor, flow.received.actor), []).append(flow)
        sentences, streams, cut = [], {}, False
        for way, flows in ways.items():
            groups = _groups(flows)
            if sum(flow.size for flow in flows) > CHANCE:
                sends = [e for group, _, _ in groups for e in group]
                receives = [e for _, group, _ in groups for e in group]
                streams[way] = _stream(sends, receives, sum(flow.size for flow in flows))
                asked = [e.asked for e in receives if isinstance(e.asked, int)]
                cut |= max(e.size or 0 for e in sends) > max(asked, default=0)
                continue
            for sends, receives, moved in groups:
                if len(sends) > 1 or len(receives) > 1:
                    what = _share(sends, moved, _many(sends))
                    sentences.append(f"{upper(what)} taken by {_many(receives)}.")
        sentences = list(dict.fromkeys(sentences))
        if len(sentences) > 3:
            sentences[2:] = ["And so on: sends and recvs do not match one to one."]
        told = list(streams.values()) if cut else []  # else nothing had to be cut
        if len(told) == 2 and len({frozenset(way) for way in streams}) == 1:
            told = ["; on the way back, ".join(told)]
        return sentences + [f"{upper(stream)}." for stream in dict.fromkeys(told)]

    def talks(self, *, ending: bool) -> list[str]:
        """What each client did, or each end that sent something."""
        clients = [a for a, own in self.of.items() if any(e.socket in self.connects for e in own)]
        clients += [a for a in self.of if a not in clients and a.startswith("client") and self._sent(a)]
        if not clients:
            return [f"{title(a)} sent {count_bytes(self._sent(a))}." for a in self.of if self._sent(a)]
        ignored, _ = self._queues()
        told = {who: (self._deeds(who, told_later=who in ignored), self._ending(who) if ending else "")
                for who in clients}  # fmt: skip
        if len(clients) > 2 and len(set(told.values())) == 1:
            deeds, end = told[clients[0]]
            return [f"{upper(word(len(clients)))} clients: each {listing(deeds)}{end}."] if deeds else []
        sentences = [f"{title(who)} {listing(deeds)}{end}." for who, (deeds, end) in told.items() if deeds]
        if len(sentences) > 3:
            shapes = {tuple(deed.split()[0] for deed in deeds) for deeds, _ in told.values() if deeds}
            like = "did the like" if len(shapes) == 1 else "are not told of here"
            sentences[2:] = [f"{upper(word(len(sentences) - 2))} more clients {like}."]
        return sentences

    def _deeds(self, client: str, *, told_later: bool) -> tuple[str, ...]:
        mine = self.of[client]
        sockets = {e.socket for e in mine if e.socket in self.connects}
        deeds = ["connected"] if sockets & self.connected else ["began to connect"] if sockets else []
        deeds = [] if told_later else deeds
        sent = [e for e in mine if e.call in SENDING and e.size is not None]
        got = [e for e in mine if is_taken(e) and e.size]
        if any(e.call == "sendto" and not e.stream for e in sent):
            deeds.append(f"sent {noun(len(sent), 'datagram')}")
            deeds += [f"got {word(len(got))} back"] if got else []
        else:
            deeds += [f"sent {count_bytes(_sum(sent))}"] if sent else []
            deeds += [f"got {count_bytes(_sum(got))}{' back' * bool(sent)}"] if got else []
        return tuple(deeds)

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
        ignored = [e.actor for e in self.unaccepted]
        late = []
        for connect in self.connects.values():
            accept = self.accepts.get(connect.socket)
            if accept is not None:
                between = (e.call for e in self.of[accept.actor]
                           if connect.time <= e.started and e.time <= accept.started)  # fmt: skip
                busy = sum(call in SENDING | RECEIVING for call in between) > 1
                late += [connect.actor] if busy and connect.waited < _AT_ONCE else []
        return ignored, late

    def queued(self) -> list[str]:
        """What the accept queue did for the clients."""
        ignored, late = self._queues()
        sentences = [f"{title(actor)} was connected at once, but accepted only later." for actor in late[:3]]
        if ignored:
            them = "it" if len(ignored) == 1 else "them"
            sentences.append(f"{group(ignored)} {was(ignored)} connected, although nobody accepted {them}.")
        return sentences

    def troubles(self) -> list[str]:
        """Calls that ended in an error; what only means 'not yet' is left out, as its count is chance."""
        seen: Counter[str] = Counter()
        connected: set[tuple[str, Any]] = set()
        finished = half_closed(self.events)
        for event in self.events:
            name, call, who = error_name(event), event.call, title(event.actor)
            kind = "recv" if call in RECEIVING else "send" if call in SENDING else call
            if call in CONNECTING:
                kind = "next connect" if (event.actor, event.peer) in connected else "connect"
                connected |= {(event.actor, event.peer)} if event.socket in self.connected else set()
            elif id(event) in finished:
                kind = "ended send"
            elif kind == "recv" and name == "ConnectionRefusedError" and event.stream:
                kind = "stream recv"
            elif kind == "send" and event.socket not in self.ends:
                kind = "unconnected send"
            if name and name not in NOT_YET and not is_repeated(event):
                form = _TROUBLE.get(f"{kind} {name}", "{s} {call} failed with {name}.")
                if name == "TimeoutError" and not event.error.startswith(_GAVE_UP):
                    form = "{s} {call} failed: the other side did not answer any more."
                seen[form.format(who=who, s=f"{who}'s", call=call, name=name)] += 1
        return [s if n == 1 else f"{s[:-1]} ({word(n)} times)." for s, n in seen.items()]

    def waiting(self) -> list[str]:
        """Calls that were still waiting when the recording ended, where that is the point."""
        calls = [(title(e.actor), e.call) for e in self.pending]
        full = [f"{who} still waits in {call}: there is no room for more bytes."
                for who, call in calls if call in SENDING]  # fmt: skip
        sentences = full + [f"{who} still waits in connect." for who, call in calls if call == "connect"]
        reading = [e for e in self.pending if e.call in RECEIVING]
        readers = list(dict.fromkeys(e.actor for e in reading))
        if len(readers) > 1 and any(actor.startswith("client") for actor in readers):
            all_ = "both" if len(readers) == 2 else "all"
            return [*sentences, f"{group(readers)} {all_} wait to receive, and nobody sends."]
        return sentences + [f"{title(e.actor)} waited in {e.call} and nothing ever came."
                            for e in reading if not e.actor.startswith("server")]  # fmt: skip

    def _sent(self, actor: str) -> int:
        return _sum(e for e in self.of[actor] if e.call in SENDING)


def _missing(recording: Any) -> list[str]:
    """What the sums do not have in them."""
    n = recording.dropped
    full = [f"{upper(noun(n, 'later call'))} {was(range(n))} not recorded."] if n else []
    failed = "Recording a call failed, so something is missing."
    return [*full, failed] if recording.errors else full


def _sum(events: Iterable[Any]) -> int:
    return sum(e.size or 0 for e in events)


def lost_datagrams(events: Sequence[Any], flows: Iterable[Any]) -> list[Any]:
    """Sent datagrams that no recorded call received, though the socket they went to is in the recording."""
    arrived = {id(flow.sent) for flow in flows}
    bound = {e.local for e in events if e.local and e.call in ("bind", *RECEIVING)} - unseen_readers(events)
    return [
        e for e in events
        if e.call == "sendto" and not e.stream and not e.error and id(e) not in arrived
        and any(meets(here, e.peer) for here in bound)
    ]  # fmt: skip


def _groups(flows: Iterable[Any]) -> list[tuple[list[Any], list[Any], int]]:
    """Sends and receives that hang together by the bytes they share, and how many those are."""
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
    return [
        (_each(f.sent for f in group), _each(f.received for f in group), sum(f.size for f in group))
        for group in groups
    ]


def _each(events: Iterable[Any]) -> list[Any]:
    return list({id(e): e for e in events}.values())


def _share(sends: list[Any], moved: int, what: str) -> str:
    """Who was taken: 'three sends of 3, 3 and 5 bytes were', or how much of them if something is left."""
    sizes = [e.size for e in sends]
    if None in sizes or sum(sizes) != moved:  # a sendall that failed does not say how much it sent
        return f"{count_bytes(moved)} of {what} {'was' if moved == 1 else 'were'}"
    return f"{what} {was(sends)}"


def _many(events: list[Any]) -> str:
    """'three sends of 3, 3 and 5 bytes'."""
    sizes = [e.size for e in events]
    if None in sizes:
        size = ""
    elif len(set(sizes)) == 1:
        size = f" of {count_bytes(sizes[0])}{' each' * (1 < len(sizes) <= LISTED)}"
    elif len(sizes) > LISTED:
        size = f", {count_bytes(sum(sizes))} in all"
    else:
        size = f" of {listing(map(str, sizes))} bytes"
    return f"{word(len(sizes))} {_calls(events)}{size}"


def _stream(sends: list[Any], receives: list[Any], moved: int) -> str:
    """The same of a long stream, without what is chance."""
    sizes = [e.size for e in sends]
    taken = f"taken by {'one' if len(receives) == 1 else 'many'} {_calls(receives)}"
    total = "" if None in sizes else count_bytes(sum(sizes))
    if len(sends) == 1:
        what = f"one {_calls(sends)}{' of ' * bool(total)}{total}"
    else:
        what = f"many {_calls(sends)}{', ' * bool(total)}{total}{' in all,' * bool(total)}"
    return f"{_share(sends, moved, what)} {taken}"


def _calls(events: list[Any]) -> str:
    names = {e.call for e in events}
    name = names.pop() if len(names) == 1 else "send" if events[0].call in SENDING else "recv"
    if len(events) == 1:
        return name
    return f"{name}s" if name in ("send", "sendall", "recv") else f"{name} calls"
