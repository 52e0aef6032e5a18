"""Exercise 05-3: six applications over three protocols on a virtual clock, and what each choice leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from .protocols import DELAY, PROTOCOLS, Piece, run

SEEDS = 30  # with each of these every run ends as it should: a test goes through them
REASONS = ("complete", "fresh", "no handshake", "independent", "faster")


@exercise()
def choose(application: str) -> Cases:
    """Return (protocol, reason): what you choose for this application, and your defense.

    application is one of:

        "software update"  300 pieces; every one has to be there, however long it takes
        "chat"             every message has to be there, in the order in which it was written
        "voice call"       50 pieces a second; what comes later than 0.1 s is useless, a few may be missing
        "player position"  30 times a second where a player is now; only the latest one counts
        "name lookup"      one small question to a stranger, without delay; asked again if no answer comes
        "web page"         20 pictures at once; each has to be complete, and is shown as soon as it is

    protocol is "tcp" (one connection), "udp" (each datagram once) or "quic" (one connection, in which each
    picture has a stream of its own). The examiner runs the application through 0.04 s each way and 10 % loss,
    over your choice and over its rival: UDP if you choose "tcp", else TCP. Your choice has to do the job, its
    rival has to fail, and reason says what goes wrong with the rival:

        "complete"      some pieces are missing for ever
        "fresh"         what is new waits until something old has been repaired
        "no handshake"  a round trip passes before the first byte of data
        "independent"   a part that is complete waits for a loss in another part
        "faster"        its packets take longer on the way
    """
    for application in APPLICATIONS:
        yield case(application, defended, application)


def defended(lab: Lab, application: str) -> None:
    """The choice has to do the job, its rival must fail, and for the reason that was given."""
    got = lab.call(application)
    pair = isinstance(got, tuple) and len(got) == 2
    if not pair or got[0] not in PROTOCOLS or got[1] not in REASONS:
        lab.wrong("the answer must be a tuple: (protocol, reason), from the lists", got=got, hint="answer")
    protocol, reason = got
    rival, seed = "udp" if protocol == "tcp" else "tcp", lab.rng.randrange(SEEDS)
    mine, theirs = (APPLICATIONS[application].over(name, seed) for name in (protocol, rival))
    happened = [f"{name.upper()}: {describe(fault)}" for name, fault in ((protocol, mine), (rival, theirs))]
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


def describe(fault: Fault | None) -> str:
    return "did the job" if fault is None else fault.seen


# -- six applications --------------------------------------------------------------------------------


class Fault(NamedTuple):
    """Why the job was not done: a reason of the contract, and what was seen."""

    reason: str
    seen: str


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
