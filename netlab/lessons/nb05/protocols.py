"""Three protocols on a virtual clock (exercise 05-3): models of what matters there.

"udp" sends each piece once. "tcp" says hello first, repeats
what is missing (when three later packets were confirmed, or after a timeout) and delivers in order. "quic"
does the same, but each stream has an order of its own. What is left out, such as congestion control, would
slow the latter two down further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from ...link import Context, Link, simulate

DELAY, LOSS = 0.04, 0.1  # seconds one way, fraction
TIMEOUT = 0.3  # seconds: Linux has a round trip and at least 0.2 s
PROTOCOLS = ("tcp", "udp", "quic")


class Piece(NamedTuple):
    """What became of one piece: times in seconds, None for never."""

    sent: float
    stream: int
    received: float | None  # by the other side's kernel
    delivered: float | None  # to the other side's program


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
