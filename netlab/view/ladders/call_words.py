"""A recording in words: the caption of a ladder. Pure, and free of times, ports and chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...wire import CONNECTING, RECEIVING, SENDING, half_closed, is_repeated, is_taken
from ..kit import count_bytes, group, listing, noun, the, upper, was, word
from .call_facts import Facts
from .call_lanes import named
from .call_pieces import pieces
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
_AT_ONCE = 0.5  # seconds; TCP repeats a lost SYN after one (RFC 6298, section 2)
_GAVE_UP = "TimeoutError: timed out"  # Python's own timeout; the kernel's says that nobody answered


def describe(recording: Any, names: Mapping[str, str] | Sequence[str] = ()) -> str:
    """What the ladder of this recording shows, in a few sentences; `names` as for ladder()."""
    events = recording.in_order()  # not in the clock's order, which changes when threads race
    if not events:
        return " ".join(["No socket call was recorded.", *_missing(recording)])
    story = _Story(recording, events, named(recording.actors, names))
    after = [*story.queued(), *story.losses(), *story.troubles(), *story.waiting(), *_missing(recording)]
    sentences = [*(pieces(story.flows) or story.talks(ending=not after)), *after]
    if not sentences:
        first = events[0].actor
        calls = list(dict.fromkeys(event.call for event in events if event.actor == first))
        sentences = [f"{story.title(first)} called {listing(calls)}."]
    return " ".join(dict.fromkeys(sentences))


class _Story(Facts):
    """Each fact is told by one method as sentences."""

    def __init__(self, recording: Any, events: list[Any], names: Mapping[str, str]) -> None:
        super().__init__(recording, events)
        self.names = names
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

    def the(self, actor: str) -> str:
        """A lane in a sentence: its name, or 'the client'."""
        name = self.names.get(actor) or self.names.get(actor.partition(" · ")[0])
        return name or the(actor)

    def title(self, actor: str) -> str:
        """A lane that begins a sentence."""
        return upper(self.the(actor))

    def group(self, actors: list[str]) -> str:
        """Several lanes that begin a sentence."""
        return group([self.the(actor) for actor in actors])

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
        sentences = [
            f"{self.title(who)} {listing(deeds)}{end}." for who, (deeds, end) in told.items() if deeds
        ]
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
                who = "it" if cause.actor == client not in self.names else self.the(cause.actor)
                did = "closed" if cause.call == "close" else "ended its sending with shutdown"
                return f'; then {who} {did} and {self.the(effect.actor)}\'s {effect.call} returned b""'
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
                        f"{self.title(connect.actor)} was connected at once, but accepted only later."
                    )
        if ignored := list(dict.fromkeys(e.actor for e in self.unaccepted)):
            one = "the connection" if ignored[0] in self.names else "it"
            them = one if len(ignored) == 1 else "them"
            told = f"{self.group(ignored)} {was(ignored)} connected, although nobody accepted {them}."
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
            name, call, who = error_name(event), event.call, self.title(event.actor)
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
        calls = [(self.title(e.actor), e.call) for e in self.pending]
        full = [f"{who} still waits in {call}: there is no room for more bytes."
                for who, call in calls if call in SENDING]  # fmt: skip
        sentences = full + [f"{who} still waits in connect." for who, call in calls if call in CONNECTING]
        reading = [e for e in self.pending if e.call in RECEIVING]
        readers = list(dict.fromkeys(e.actor for e in reading))
        if len(readers) > 1 and any(actor.startswith("client") for actor in readers):
            all_ = "both" if len(readers) == 2 else "all"
            return [
                *sentences,
                f"{self.group(readers)} {all_} wait to receive, and nobody sends.",
            ]
        fed = {e.socket for e in self.events if is_taken(e) and e.size}
        return sentences + [f"{self.title(e.actor)} waited in {e.call} and nothing "
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
