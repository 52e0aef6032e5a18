"""A recording in words: the caption of a ladder. Pure, and free of times, ports and chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ...wire import CONNECTING, RECEIVING, SENDING, half_closed, is_repeated, is_taken
from ..kit import count_bytes, group, listing, noun, the, title, upper, was, word
from .call_facts import Facts
from .call_rows import NOT_YET, error_name
from .packet_words import counted

_TROUBLE = {
    "connect ConnectionRefusedError": "{s} connect was refused: nobody listens there.",
    "next connect ConnectionRefusedError": "{s} next connect was refused: nobody listens there any more.",
    "connect TimeoutError": "{s} connect waited for an answer until its timeout, and none came.",
    "accept TimeoutError": "{who} waited in accept until its timeout, and nobody came.",
    "recv TimeoutError": "{who} waited in {call} until its timeout, and nothing came.",
    "recv ConnectionResetError": "{s} {call} failed: the other side had reset the connection.",
    "send ConnectionResetError": "{s} {call} failed: the other side had reset the connection.",
    "send BrokenPipeError": "{s} {call} failed: the other side had closed already.",
    "send TimeoutError": "{who} waited in {call} until its timeout: nobody made room.",
    "ended send BrokenPipeError": "{s} {call} failed: its own shutdown had ended the sending.",
    "recv ConnectionRefusedError": "{s} {call} failed: the connect had been refused.",
    "send ConnectionRefusedError": "{s} {call} failed: the connect had been refused.",
}
_OTHER = "{s} {call} failed with {name}."
_ABANDONED = "{s} {call} failed: the listener was closed, and that reset the connection."
_NOBODY = "{s} {call} was refused: an earlier datagram found nobody there."  # so say ICMP errors
_CHANCE = 4096  # bytes; how more than that is cut into recvs is chance, so those are not counted
_LISTED = 6  # sizes; a longer list is not read
_AT_ONCE = 0.5  # seconds; TCP repeats a lost SYN after one (RFC 6298, section 2)
_GAVE_UP = "TimeoutError: timed out"  # Python's own timeout; the kernel's says that nobody answered


def describe(recording: Any) -> str:
    """What the ladder of this recording shows, in a few sentences."""
    events = recording.in_order()  # not in the clock's order, which changes when threads race
    if not events:
        return " ".join(["No socket call was recorded.", *_missing(recording)])
    story = _Story(recording, events)
    after = [*story.queued(), *story.losses(), *story.troubles(), *story.waiting(), *_missing(recording)]
    sentences = [*(_pieces(story.flows) or story.talks(ending=not after)), *after]
    if not sentences:
        first = events[0].actor
        calls = list(dict.fromkeys(event.call for event in events if event.actor == first))
        sentences = [f"{title(first)} called {listing(calls)}."]
    return " ".join(dict.fromkeys(sentences))


class _Story(Facts):
    """Each fact is told by one method as sentences."""

    def __init__(self, recording: Any, events: list[Any]) -> None:
        super().__init__(recording, events)
        place = {id(event): i for i, event in enumerate(events)}
        self.flows.sort(key=lambda flow: place.get(id(flow.received), 0))
        self.links.sort(key=lambda link: place.get(id(link.effect), 0))
        self.pending = recording.pending
        tried = {e.socket for e in events if e.call in CONNECTING}
        ends = {e.socket for e in events if e.peer or e.call == "socketpair"} - tried
        self.ends = self.connected | ends | {e.accepted for e in events if e.accepted}
        self.of: dict[str, list[Any]] = {}
        for event in events:
            self.of.setdefault(event.actor, []).append(event)

    def talks(self, *, ending: bool) -> list[str]:
        """What each client did, or each end that sent something."""
        clients = [a for a, own in self.of.items() if any(e.socket in self.connects for e in own)]
        clients += [a for a, own in self.of.items() if a not in clients and a.startswith("client")
                    and any(map(_moves, own))]  # fmt: skip
        told = {who: (self._deeds(who), self._ending(who) if ending else "") for who in clients}
        if not clients:
            told = {a: (_exchanged(e for e in own if e.call in SENDING), "") for a, own in self.of.items()}
        if len(clients) > 2 and len(set(told.values())) == 1:
            deeds, end = told[clients[0]]
            return [f"{upper(word(len(clients)))} clients: each {listing(deeds)}{end}."] if deeds else []
        sentences = [f"{title(who)} {listing(deeds)}{end}." for who, (deeds, end) in told.items() if deeds]
        if len(sentences) > 3:
            shapes = {tuple(deed.split()[0] for deed in deeds) for deeds, _ in told.values() if deeds}
            like = "did the like" if len(shapes) == 1 else "are not told of here"
            others = f"{upper(word(len(sentences) - 2))} {'more clients' if clients else 'others'}"
            sentences[2:] = [f"{others} {like}."]
        return sentences

    def _deeds(self, client: str) -> tuple[str, ...]:
        sockets = {e.socket for e in self.of[client]} & self.connects.keys()
        deeds = ["connected"] if sockets & self.connected else ["began to connect"] if sockets else []
        told_later = any(e.actor == client for e in self.unaccepted)
        return (*([] if told_later else deeds), *_exchanged(self.of[client]))

    def _ending(self, client: str) -> str:
        for cause, effect in sorted(self.links, key=lambda link: link[0].actor != client):
            ends = effect.call in RECEIVING and not effect.error and client in (cause.actor, effect.actor)
            if ends and cause.actor != effect.actor:
                who = "it" if cause.actor == client else the(cause.actor)
                did = "closed" if cause.call == "close" else "ended its sending with shutdown"
                return f'; then {who} {did} and {the(effect.actor)}\'s {effect.call} returned b""'
        return ""

    def queued(self) -> list[str]:
        """Clients that were connected without any accept, and those accepted long after they connected."""
        sentences = []
        for connect in self.connects.values():
            accept = self.accepts.get(connect.socket)
            if accept is not None and connect.waited < _AT_ONCE:
                between = [e for e in self.of[accept.actor]
                           if connect.time <= e.started and e.time <= accept.started]  # fmt: skip
                if sum(e.call in SENDING | RECEIVING for e in between) > 1:
                    sentences.append(
                        f"{title(connect.actor)} was connected at once, but accepted only later."
                    )
        if ignored := list(dict.fromkeys(e.actor for e in self.unaccepted)):
            them = "it" if len(ignored) == 1 else "them"
            told = f"{group(ignored)} {was(ignored)} connected, although nobody accepted {them}."
            return [*sentences[:3], told]
        return sentences[:3]

    def losses(self) -> list[str]:
        """Datagrams that did not arrive, and those of which the end was thrown away."""
        cut = [flow for flow in self.flows if flow.sent.datagram and flow.size < (flow.sent.size or 0)]
        never = counted(self.lost, "datagram", "never received")
        return never + counted(cut, "datagram", "too long for its buffer")

    def troubles(self) -> list[str]:
        """Calls that ended in an error; what only means 'not yet' is left out, as its count is chance."""
        seen: Counter[str] = Counter()
        connected: set[tuple[str, Any]] = set()
        finished = half_closed(self.events)
        left = {id(effect) for _, effect in self.abandoned}
        for event in self.events:
            name, call, who = error_name(event), event.call, title(event.actor)
            kind = "recv" if call in RECEIVING else "send" if call in SENDING else call
            if call in CONNECTING:
                kind = "next connect" if (event.actor, event.peer) in connected else "connect"
                connected |= {(event.actor, event.peer)} if event.socket in self.connected else set()
            elif name == "BrokenPipeError" and id(event) in finished:
                kind = "ended send"
            elif name == "BrokenPipeError" and event.socket not in self.ends:
                kind = "unconnected send"
            if name and name not in NOT_YET and not is_repeated(event):
                form = _ABANDONED if id(event) in left else _TROUBLE.get(f"{kind} {name}", _OTHER)
                if event.datagram and name.startswith("Connection"):
                    form = _NOBODY if isinstance(event.local or event.peer, tuple) else _OTHER
                if call not in CONNECTING and name == "TimeoutError" and not event.error.startswith(_GAVE_UP):
                    form = "{s} {call} failed: the other side did not answer any more."
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
        fed = {e.socket for e in self.events if is_taken(e) and e.size}
        return sentences + [f"{title(e.actor)} waited in {e.call} and nothing "
                            f"{'more' if e.socket in fed else 'ever'} came."
                            for e in reading if not e.actor.startswith("server")]  # fmt: skip


def _moves(event: Any) -> bool:
    """Whether the call gave or took something; a datagram may be empty."""
    done = is_taken(event) or (event.call in SENDING and event.size is not None)
    return bool(done and (event.size or event.datagram))


def _exchanged(events: Iterable[Any]) -> tuple[str, ...]:
    """'sent 5 bytes', 'got 5 bytes back'; datagrams are counted. What came first is told first."""
    moves = [e for e in events if _moves(e)]
    deeds: list[str] = []
    for some in ([e for e in moves if not e.datagram], [e for e in moves if e.datagram]):
        sent, got = ([e for e in some if e.call in calls] for calls in (SENDING, RECEIVING))
        back = bool(sent) and some[0] is sent[0]
        gave = [f"sent {_amount(sent)}"] if sent else []
        took = word(len(got)) if back and got and got[0].datagram else _amount(got)
        taken = [f"got {took}{' back' * back}"] if got else []
        deeds += [*gave, *taken] if back else [*taken, *gave]
    return tuple(deeds)


def _amount(moves: Sequence[Any]) -> str:
    if any(e.datagram for e in moves):
        return noun(len(moves), "datagram")
    return count_bytes(sum(e.size for e in moves))


def _missing(recording: Any) -> list[str]:
    """What the sums do not have in them."""
    n = recording.dropped
    full = [f"{upper(noun(n, 'later call'))} {was(range(n))} not recorded."] if n else []
    failed = "Recording a call failed, so something is missing."
    return [*full, failed] if recording.errors else full


def _pieces(flows: Iterable[Any]) -> list[str]:
    """'Three sends of 3, 3 and 5 bytes were taken by one recv of 11 bytes.'; nothing where all fit."""
    ways: dict[tuple[str, str], list[Any]] = {}
    for flow in flows:
        if not flow.sent.datagram:  # a datagram is taken by one call
            ways.setdefault((flow.sent.actor, flow.received.actor), []).append(flow)
    sentences: list[str] = []
    streams: dict[tuple[str, str], str] = {}
    cut = False
    for way, those in ways.items():
        groups = _groups(those)
        if (taken := sum(flow.size for flow in those)) > _CHANCE:
            sends = [e for group, _, _ in groups for e in group]
            receives = [e for _, group, _ in groups for e in group]
            streams[way] = _stream(sends, receives, taken)
            asked = [e.asked for e in receives if isinstance(e.asked, int)]
            cut |= max(e.size or 0 for e in sends) > max(asked, default=0)
            continue
        for sends, receives, taken in groups:
            if len(sends) > 1 or len(receives) > 1:
                what = _share(sends, taken, _many(sends))
                sentences.append(f"{upper(what)} taken by {_many(receives)}.")
    sentences = list(dict.fromkeys(sentences))
    if len(sentences) > 3:
        sentences[2:] = ["And so on: sends and recvs do not match one to one."]
    told = list(streams.values()) if cut else []  # else nothing had to be cut
    if len(told) == 2 and len({frozenset(way) for way in streams}) == 1:
        told = ["; on the way back, ".join(told)]
    return sentences + [f"{upper(stream)}." for stream in dict.fromkeys(told)]


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


def _share(sends: list[Any], taken: int, what: str) -> str:
    """Who was taken: 'three sends of 3, 3 and 5 bytes were', or how much of them if something is left."""
    sizes = [e.size for e in sends]
    if None in sizes or sum(sizes) != taken:  # a sendall that failed does not say how much it sent
        return f"{count_bytes(taken)} of {what} {'was' if taken == 1 else 'were'}"
    return f"{what} {was(sends)}"


def _many(events: list[Any]) -> str:
    """'three sends of 3, 3 and 5 bytes'."""
    sizes = [e.size for e in events]
    if None in sizes:
        size = ""
    elif len(set(sizes)) == 1:
        size = f" of {count_bytes(sizes[0])}{' each' * (1 < len(sizes) <= _LISTED)}"
    elif len(sizes) > _LISTED:
        size = f", {count_bytes(sum(sizes))} in all"
    else:
        size = f" of {listing(map(str, sizes))} bytes"
    return f"{word(len(sizes))} {_calls(events)}{size}"


def _stream(sends: list[Any], receives: list[Any], taken: int) -> str:
    """The same of a long stream, without what is chance."""
    sizes = [e.size for e in sends]
    by = f"taken by {'one' if len(receives) == 1 else 'many'} {_calls(receives)}"
    total = "" if None in sizes else count_bytes(sum(sizes))
    if len(sends) == 1:
        what = f"one {_calls(sends)}{' of ' * bool(total)}{total}"
    else:
        what = f"many {_calls(sends)}{', ' * bool(total)}{total}{' in all,' * bool(total)}"
    return f"{_share(sends, taken, what)} {by}"


def _calls(events: list[Any]) -> str:
    names = {e.call for e in events}
    name = names.pop() if len(names) == 1 else "send" if events[0].call in SENDING else "recv"
    if len(events) == 1:
        return name
    return f"{name}s" if name in ("send", "sendall", "recv") else f"{name} calls"
