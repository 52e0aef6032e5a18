"""Packets wait for your decision: deliver, drop, duplicate, or put behind the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from threading import Condition
from typing import TYPE_CHECKING

from ..wire import Packet, PacketEvent

if TYPE_CHECKING:
    from .path import Path


def hold(path: Path) -> Hold:
    """Stop every packet of this path or relay, in both directions, until you decide. See Hold."""
    return path.hold()


class HeldPacket:
    """One packet that waits. Decide once: deliver(), drop(), duplicate() or put_behind_next().

    `number` counts the held packets, `direction` is "out" (client to server) or "back", `time` is seconds
    since the path's recording began, `decision` is None until you decide.
    """

    def __init__(self, owner: Hold, number: int, event: PacketEvent) -> None:
        self._owner, self.number, self._event = owner, number, event
        self.time, self.direction, self.data = event.sent, event.direction, event.data
        self.decision: str | None = None

    @property
    def packet(self) -> Packet:
        """The packet, decoded."""
        return self._event.packet

    def deliver(self) -> None:
        """Let it arrive now."""
        self._owner._decide(self, "deliver")

    def drop(self) -> None:
        """It never arrives."""
        self._owner._decide(self, "drop")

    def duplicate(self) -> None:
        """Let it arrive twice, now."""
        self._owner._decide(self, "duplicate")

    def put_behind_next(self) -> None:
        """Let it arrive directly after the next packet of its direction that you deliver."""
        self._owner._decide(self, "behind")

    def __repr__(self) -> str:
        return f"<held {self.number}: {self.direction} {self.packet} ({self.decision or 'undecided'})>"


class Hold:
    """The packets that wait, in order of arrival.

    Iterate to get each as it arrives: the loop waits for the next one, and ends when the hold is released or
    the path is closed. A retransmission shows up by itself, as a packet of its own. Safe to use from several
    threads. As a context manager it releases at the end.
    """

    def __init__(self, decide: Callable[[int, str], None], release: Callable[[], None]) -> None:
        self._tell, self._release = decide, release
        self._news: deque[HeldPacket] = deque()
        self._undecided: dict[int, HeldPacket] = {}
        self._changed = Condition()
        self.active = True

    @property
    def waiting(self) -> list[HeldPacket]:
        """The packets that you have not decided yet."""
        with self._changed:
            return list(self._undecided.values())

    def next(self, timeout: float | None = None) -> HeldPacket | None:
        """The next packet that arrives; None after `timeout` seconds, or when nothing more can come."""
        with self._changed:
            self._changed.wait_for(lambda: self._news or not self.active, timeout)
            return self._news.popleft() if self._news else None

    def __iter__(self) -> Iterator[HeldPacket]:
        while (packet := self.next()) is not None:
            yield packet

    def release(self) -> None:
        """Deliver what still waits, in order, and let the weather decide again. Harmless when done twice."""
        if self._finish():
            self._release()

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _arrive(self, number: int, event: PacketEvent) -> None:
        with self._changed:
            if self.active:
                packet = HeldPacket(self, number, event)
                self._news.append(packet)
                self._undecided[number] = packet
                self._changed.notify_all()

    def _finish(self) -> bool:
        """No more packets come. True if this was news."""
        with self._changed:
            was, self.active = self.active, False
            self._news.clear()
            self._undecided.clear()
            self._changed.notify_all()
            return was

    def _decide(self, packet: HeldPacket, decision: str) -> None:
        with self._changed:
            if packet.decision:
                raise ValueError(f"Packet {packet.number} is decided already: {packet.decision}.")
            if not self.active:
                raise ValueError(f"Packet {packet.number} does not wait any more: the hold was released.")
            self._tell(packet.number, decision)
            packet.decision = decision
            del self._undecided[packet.number]
