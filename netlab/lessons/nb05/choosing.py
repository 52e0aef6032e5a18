"""Six applications over three protocols on a virtual clock: what each choice leads to (exercise 05-3).

The protocols are models of what matters here. "udp" sends each piece once. "tcp" says hello first, repeats
what is missing (when three later packets were confirmed, or after a timeout) and delivers in order. "quic"
does the same, but each stream has an order of its own. What is left out, such as congestion control, would
slow the latter two down further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...check.lab import Lab
from ...link import Context, Link, simulate

DELAY, LOSS = 0.04, 0.1  # seconds one way, fraction
TIMEOUT = 0.3  # seconds: Linux has a round trip and at least 0.2 s
SEEDS = 30  # with each of these every run ends as it should: a test goes through them


class Piece(NamedTuple):
    """What became of one piece: times in seconds, None for never."""

    sent: float
    stream: int
    received: float | None  # by the other side's kernel
    delivered: float | None  # to the other side's program


class Fault(NamedTuple):
    """Why the job was not done: a reason of the contract, and what was seen."""

    reason: str
    seen: str


# -- three protocols ---------------------------------------------------------------------------------


class Once:
    """UDP's sender: each piece, once, at once."""

    def on_send(self, net: Context, piece: Any) -> None:
        net.send(piece)


class AtOnce:
    """UDP's receiver."""

    def on_packet(self, net: Context, piece: Any) -> None:
        net.deliver(piece)


class Repeating:
    """The sender of TCP and QUIC: hello, then every piece until it is confirmed."""

    def __init__(self) -> None:
        self.connected = False
        self.waiting: list[Any] = []
        self.later: dict[Any, int] = {}  # unconfirmed pieces, in the order of sending: later acks so far

    def on_start(self, net: Context) -> None:
        self.on_timer(net, "hello")

    def on_send(self, net: Context, piece: Any) -> None:
        if not self.connected:
            self.waiting.append(piece)
            return
        self.later.pop(piece, None)
        self.later[piece] = 0
        net.send(piece)
        net.set_timer(TIMEOUT, piece)

    def on_packet(self, net: Context, piece: Any) -> None:
        if piece == "hello":
            net.cancel_timer("hello")
            self.connected = True
            for held in self.waiting:
                self.on_send(net, held)
            self.waiting = []
        elif piece in self.later:
            net.cancel_timer(piece)
            older = list(self.later)[: list(self.later).index(piece)]
            del self.later[piece]
            for other in older:
                self.later[other] += 1
                if self.later[other] == 3:
                    self.on_send(net, other)

    def on_timer(self, net: Context, piece: Any) -> None:
        if piece == "hello":
            net.send("hello")
            net.set_timer(1.0, "hello")  # RFC 6298: the first timeout is a second
        else:
            self.on_send(net, piece)


class InOrder:
    """The receiver of TCP and QUIC: confirms every piece, and delivers each line in order."""

    def __init__(self, line_of: Callable[[Any], int]) -> None:
        self.line_of = line_of  # TCP: all pieces are one line; QUIC: each stream is
        self.next: Counter[int] = Counter()
        self.held: dict[tuple[int, int], Any] = {}

    def on_packet(self, net: Context, piece: Any) -> None:
        net.send(piece)
        if piece == "hello":
            return
        line = self.line_of(piece)
        self.held[line, piece[2 if line else 0]] = piece
        while (line, self.next[line]) in self.held:
            net.deliver(self.held.pop((line, self.next[line])))
            self.next[line] += 1


def run(protocol: str, pieces: list[tuple[float, int]], seed: int) -> list[Piece]:
    """Carry pieces, given as (time, stream), streams from 1. On the way: (number, stream, number in it)."""
    sender, receiver = (Once(), AtOnce()) if protocol == "udp" else (Repeating(), _receiver(protocol))
    counts: Counter[int] = Counter()
    messages = []
    for number, (time, stream) in enumerate(pieces):
        messages.append((time, (number, stream, counts[stream])))
        counts[stream] += 1
    transcript = simulate(sender, receiver, link=Link(delay=DELAY, loss=LOSS, seed=seed), messages=messages)
    times: dict[tuple[str, Any], float] = {}
    for happening in transcript:
        if happening.end == "receiver":
            times.setdefault((happening.kind, happening.what), happening.time)
    return [
        Piece(time, piece[1], times.get(("receive", piece)), times.get(("deliver", piece)))
        for time, piece in messages
    ]


def _receiver(protocol: str) -> InOrder:
    return InOrder((lambda piece: piece[1]) if protocol == "quic" else (lambda piece: 0))


# -- six applications --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Application:
    pieces: list[tuple[float, int]]  # when, in which stream
    need: Callable[[list[Piece]], Fault | None]
    connections: int = 1  # each carries all the pieces

    def over(self, protocol: str, seed: int) -> Fault | None:
        """Run it: what went wrong, or None."""
        runs = (run(protocol, self.pieces, seed * 100 + count) for count in range(self.connections))
        return self.need([piece for pieces in runs for piece in pieces])


def complete(pieces: list[Piece]) -> Fault | None:
    missing = sum(piece.delivered is None for piece in pieces)
    return Fault("complete", f"{missing} of {len(pieces)} pieces never arrived") if missing else None


def in_time(pieces: list[Piece]) -> Fault | None:
    late = sum(piece.delivered is not None and piece.delivered > piece.sent + 0.1 for piece in pieces)
    useless = late + sum(piece.delivered is None for piece in pieces)
    if useless <= len(pieces) / 5:
        return None
    return Fault("fresh", f"{late} of {len(pieces)} pieces came too late: they waited for a lost one")


def latest(pieces: list[Piece]) -> Fault | None:
    """How much of the time the latest position was more than 0.15 s old."""
    begin, end, newest, old = pieces[0].sent + 1, pieces[-1].sent, 0.0, 0.0
    arrivals = sorted((piece.delivered, piece.sent) for piece in pieces if piece.delivered is not None)
    for (time, sent), (until, _) in zip(arrivals, [*arrivals[1:], (end, 0.0)]):
        newest = max(newest, sent)
        old += max(0.0, min(until, end) - max(time, newest + 0.15, begin))
    share = old / (end - begin)
    if share <= 0.08:
        return None
    return Fault("fresh", f"the position was more than 0.15 s old in {share:.0%} of the time")


def soon(pieces: list[Piece]) -> Fault | None:
    quick = sum(
        piece.delivered is not None and piece.delivered <= piece.sent + 1.1 * DELAY for piece in pieces
    )
    if quick >= len(pieces) / 2:
        return None
    return Fault(
        "no handshake", f"{len(pieces)} questions, and {quick} got there without a round trip before"
    )


def unhindered(pieces: list[Piece]) -> Fault | None:
    if missing := {piece.stream for piece in pieces if piece.delivered is None}:
        return Fault("complete", f"{len(missing)} of 20 pictures have holes for ever")
    held = 0
    for stream in {piece.stream for piece in pieces}:
        own = [piece for piece in pieces if piece.stream == stream]
        there = max(piece.received or 0.0 for piece in own)
        held += max(piece.delivered or 0.0 for piece in own) > there
    if not held:
        return None
    return Fault(
        "independent", f"{held} of 20 pictures were all there, and waited for a piece of another one"
    )


APPLICATIONS = {
    "software update": Application([(0.001 * i, 1) for i in range(300)], complete),
    "chat": Application([(0.5 * i, 1) for i in range(120)], complete),
    "voice call": Application([(0.02 * i, 1) for i in range(600)], in_time),
    "player position": Application([(i / 30, 1) for i in range(300)], latest),
    "name lookup": Application([(0.0, 1)], soon, connections=50),
    "web page": Application([(0.0, 1 + i % 20) for i in range(200)], unhindered),
}
PROTOCOLS = ("tcp", "udp", "quic")
REASONS = ("complete", "fresh", "no handshake", "independent", "faster")


def rival_of(protocol: str) -> str:
    return "udp" if protocol == "tcp" else "tcp"


def defended(lab: Lab, application: str) -> None:
    """The choice has to do the job, its rival must fail, and for the reason that was given."""
    got = lab.call(application)
    pair = isinstance(got, (tuple, list)) and len(got) == 2
    if not pair or got[0] not in PROTOCOLS or got[1] not in REASONS:
        lab.wrong("the answer must be (protocol, reason), both from the lists", got=got, hint="answer")
    protocol, reason = got
    rival, seed = rival_of(protocol), lab.rng.randrange(SEEDS)
    mine, theirs = (APPLICATIONS[application].over(name, seed) for name in (protocol, rival))
    happened = [f"{name.upper()}: {_seen(fault)}" for name, fault in ((protocol, mine), (rival, theirs))]
    if mine is not None:
        lab.wrong(f"{application} over {protocol.upper()}: {mine.seen}", hint=mine.reason, happened=happened)
    if theirs is None:
        said = f"{application}: {protocol.upper()} does the job, and so does {rival.upper()}"
        lab.wrong(said, hint="needless", happened=happened)
    if reason == "faster":
        said = f"every packet was on the way for {DELAY:g} s, whatever its protocol"
        lab.wrong(said, hint="faster", happened=happened)
    if reason != theirs.reason:
        said = (
            f"{protocol.upper()} is a good choice. But {reason!r} is not what went wrong with {rival.upper()}"
        )
        lab.wrong(said, hint=theirs.reason, happened=happened)


def _seen(fault: Fault | None) -> str:
    return "did the job" if fault is None else fault.seen
