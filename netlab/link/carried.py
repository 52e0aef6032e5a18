"""What a path carried, as the notebook sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

from ..wire import PacketEvent
from ._log import ENTRY, HEAD, KINDS, NONE, PIECE


class Lateness(NamedTuple):
    """How much later than asked things came out, in seconds: the error of the laboratory itself."""

    median: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, events: Iterable[PacketEvent | Piece]) -> Self:
        """All 0 if nothing came out."""
        late = sorted(event.late for event in events if event.late is not None) or [0.0]
        median, p95, p99 = (late[int(len(late) * part)] for part in (0.5, 0.95, 0.99))
        return cls(median, p95, p99, late[-1])


class Packets(list[PacketEvent]):
    """What a path carried until now, in the order in which packets were sent. A list.

    `began` is when the recording began on the clock of time.perf_counter(): the times in the events count
    from there. `dropped` counts packets that were carried but not recorded, because the recording was full;
    `missed` those that the laboratory itself lost because it was too slow: 0, or measurements mean nothing.
    """

    def __init__(self, log: bytes, began: float, as_seen: Callable[[bytes], bytes] = bytes) -> None:
        super().__init__(_events(log, began, as_seen))
        self.began = began
        _, self.dropped, self.missed = HEAD.unpack_from(log)

    @property
    def lateness(self) -> Lateness:
        return Lateness.of(self)


@dataclass(frozen=True)
class Piece:
    """Bytes that a TCP relay passed on together. Times are seconds since the relay began.

    TCP has no messages: where one piece ends and the next begins is the relay's doing, and the system's.
    """

    sent: float  # when the relay had read it
    delivered: float | None  # when the system had taken it for the other end; None if it never did
    fate: str  # "delivered", "end" (of the stream), "reset"; "waiting" if it has not come out
    direction: str  # "out" (client to server) or "back"
    size: int  # bytes
    data: bytes  # the first 64 of them
    connection: int  # counts from 1
    number: int  # counts the pieces of this direction
    due: float | None  # when it was to come out; None if the receiver was not ready then
    queued: float = 0.0  # seconds that it waited for the link's rate

    @property
    def late(self) -> float | None:
        """Seconds by which it came out later than asked."""
        return None if self.delivered is None or self.due is None else self.delivered - self.due


class Pieces(list[Piece]):
    """What a TCP relay carried until now, in the order in which it was read. A list.

    `dropped` counts pieces that were carried but not recorded, because the recording was full.
    """

    def __init__(self, packets: Packets) -> None:
        super().__init__(map(_piece, packets))
        self.dropped = packets.dropped

    @property
    def lateness(self) -> Lateness:
        return Lateness.of(self)


def _events(log: bytes, began: float, as_seen: Callable[[bytes], bytes]) -> Iterator[PacketEvent]:
    """One event for each packet in the log, and one more for a copy."""
    count = {"out": 0, "back": 0}
    # The head may be newer than the rest: what is not in these bytes was written while they were read.
    start, end = HEAD.size, min(HEAD.unpack_from(log)[0], len(log))
    while start < end:
        sent, due, first, second, queued, flip, size, out, kind = ENTRY.unpack_from(log, start)
        body = start + ENTRY.size
        packet = as_seen(log[body : body + size])
        start = (body + size + 7) & ~7
        direction = "out" if out else "back"
        count[direction] += 1
        for delivered in (first, second) if KINDS[kind] == "duplicated" or second != NONE else (first,):
            yield PacketEvent(
                sent - began,
                None if delivered == NONE else delivered - began,
                KINDS[kind],
                direction,
                packet,
                count[direction],
                None if due == NONE else due - began,
                queued,
                None if flip < 0 else flip,
            )


def _piece(event: PacketEvent) -> Piece:
    connection, size, what = PIECE.unpack_from(event.data)
    fate = "waiting" if event.delivered is None else ("delivered", "end", "reset")[what]
    sent, delivered, direction, data = event.sent, event.delivered, event.direction, event.data[PIECE.size :]
    return Piece(
        sent, delivered, fate, direction, size, data, connection, event.number, event.due, event.queued
    )
