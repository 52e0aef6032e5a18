"""What a path carried, as the notebook sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from ._log import ENTRY, HEAD, KINDS, NONE, PIECE

T = TypeVar("T")


class Lateness(NamedTuple):
    """How much later than asked things came out, in seconds: the error of the laboratory itself."""

    median: float
    p95: float
    p99: float
    worst: float


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

    @property
    def late(self) -> float | None:
        """Seconds by which it came out later than asked."""
        return None if self.delivered is None or self.due is None else self.delivered - self.due


class Carried(list[T]):
    """What a path carried until now, packets or pieces, in the order in which they were sent. A list.

    `began` is when the recording began on the clock of time.perf_counter(): the times in the events count
    from there. `dropped` counts what was carried but not recorded, because the recording was full; `missed`
    the packets that the laboratory itself lost because it was too slow: 0, or measurements mean nothing.
    """

    def __init__(self, log: bytes, began: float, event: Callable[..., T]) -> None:
        super().__init__(event(*row) for row in _rows(log, began))
        self.began = began
        _, self.dropped, self.missed = HEAD.unpack_from(log)

    @property
    def lateness(self) -> Lateness:
        """All 0 if nothing came out."""
        events: list[Any] = self
        late = sorted(event.late for event in events if event.late is not None) or [0.0]
        median, p95, p99 = (late[int(len(late) * part)] for part in (0.5, 0.95, 0.99))
        return Lateness(median, p95, p99, late[-1])


def _rows(log: bytes, began: float) -> Iterator[tuple[Any, ...]]:
    """The fields of one PacketEvent for each packet in the log, and of one more for a copy."""
    count = {"out": 0, "back": 0}
    # The head may be newer than the rest: what is not in these bytes was written while they were read.
    start, end = HEAD.size, min(HEAD.unpack_from(log)[0], len(log))
    while start < end:
        sent, due, first, second, queued, flip, size, out, kind = ENTRY.unpack_from(log, start)
        packet = log[start + ENTRY.size : start + ENTRY.size + size]
        start = (start + ENTRY.size + size + 7) & ~7
        direction, fate = "out" if out else "back", KINDS[kind]
        count[direction] += 1
        plan = count[direction], None if due == NONE else due - began, queued, None if flip < 0 else flip
        for delivered in (first, second) if fate == "duplicated" or second != NONE else (first,):
            came = None if delivered == NONE else delivered - began
            yield sent - began, came, fate, direction, packet, *plan


def piece(
    sent: float, came: float | None, _: str, out: str, log: bytes, number: int, due: float | None, *more: Any
) -> Piece:
    """A piece of a stream, from how it was recorded."""
    connection, size, what = PIECE.unpack_from(log)
    fate = "waiting" if came is None else ("delivered", "end", "reset")[what]
    return Piece(sent, came, fate, out, size, log[PIECE.size :], connection, number, due)
