"""The recording of a kernel path, as the notebook sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..wire import PacketEvent
from ._log import ENTRY, HEAD, KINDS, NONE


class Lateness(NamedTuple):
    """How much later than asked packets came out, in seconds: the error of the laboratory itself."""

    median: float
    p99: float
    worst: float


class Packets(list[PacketEvent]):
    """What a path carried until now, in the order in which packets were sent. A list.

    `began` is when the recording began on the clock of time.monotonic(): the times in the events count from
    there. `dropped` counts packets that were carried but not recorded, because the recording was full;
    `missed` those that the laboratory itself lost because it was too slow: 0, or measurements mean nothing.
    """

    def __init__(self, log: bytes, began: float) -> None:
        super().__init__(_events(log, began))
        self.began = began
        _, self.dropped, self.missed = HEAD.unpack_from(log)

    @property
    def lateness(self) -> Lateness:
        """All 0 if nothing came out."""
        late = sorted(event.late for event in self if event.late is not None) or [0.0]
        return Lateness(late[len(late) // 2], late[int(len(late) * 0.99)], late[-1])


def _events(log: bytes, began: float) -> Iterator[PacketEvent]:
    """One event for each packet in the log, and one more for a copy."""
    count = [0, 0]
    # The head may be newer than the rest: what is not in these bytes was written while they were read.
    start, end = HEAD.size, min(HEAD.unpack_from(log)[0], len(log))
    while start < end:
        sent, due, first, second, queued, flip, size, out, kind = ENTRY.unpack_from(log, start)
        body = start + ENTRY.size
        packet = log[body : body + size]
        start = (body + size + 7) & ~7
        count[out] += 1
        for delivered in (first, second) if KINDS[kind] == "duplicated" or second != NONE else (first,):
            yield PacketEvent(
                sent - began,
                None if delivered == NONE else delivered - began,
                KINDS[kind],
                "out" if out else "back",
                packet,
                count[out],
                None if due == NONE else due - began,
                queued,
                None if flip < 0 else flip,
            )
