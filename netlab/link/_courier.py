"""What the child process of a path does with packets: the weather decides, or a person.

A Carrier is what _child_main.py keeps going. A Courier carries packets: _tun.py those of a kernel path,
_relay_udp.py datagrams. _relay_tcp.py carries streams.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from heapq import heappop, heappush
from queue import SimpleQueue
from time import monotonic
from typing import Any

from ._log import NONE, Log
from ._weather import Both
from .model import Fate, Link, LinkState

BATCH = 64  # packets taken in one go before anything else gets its turn
HELD = 10_000  # packets that may wait for a decision
DECISIONS = {"deliver": "delivered", "drop": "lost", "duplicate": "duplicated", "behind": "reordered"}


class Carrier:
    """`reading` and `writing` say who is called when a descriptor is ready, `heap` when something is due.

    `ready` is what the parent learns first. Each command of the parent is a method.
    """

    ready: Any = None

    def __init__(self, log: Log, weather: Both[LinkState]) -> None:
        self.log, self.weather = log, weather
        self.heap: list[Any] = []  # (time, number, ...)
        self.number = 0  # counts, so that of what is due at one time the first is done first
        self.reading: dict[int, Callable[[], None]] = {}
        self.writing: dict[int, Callable[[], None]] = {}
        self.outbox: SimpleQueue[bytes | None] = SimpleQueue()

    def wait(self) -> float | None:
        """Seconds until something is due, or None."""
        return max(self.heap[0][0] - monotonic(), 0.0) if self.heap else None

    def due(self) -> None:
        """Do what is due now."""

    def missed(self) -> int:
        """Packets that the system dropped because this process was too slow."""
        return 0

    def tell(self, *message: Any) -> None:
        """Send to the parent, without waiting: one that is busy or stopped must not stop the packets."""
        self.outbox.put(pickle.dumps(message))

    def change(self, links: Both[Link]) -> None:
        for state, link in zip(self.weather, links, strict=True):
            state.change(link)

    def count(self) -> None:
        self.log.missed = self.missed()
        self.log.mark()


class Courier(Carrier):
    """Decides each packet and delivers it, when it is due or somebody says so."""

    def __init__(self, log: Log, weather: Both[LinkState]) -> None:
        super().__init__(log, weather)
        self.held: dict[int, tuple[bytes, int, bool]] | None = None  # None: the weather decides, not a person
        self.behind: Both[list[tuple[bytes, int]]] = Both([], [])

    def deliver(self, now: float, packet: bytes, start: int, copy: int = 0) -> None:
        """Let the packet, which is kept at `start` of the log, come out now."""
        raise NotImplementedError

    def send(self, now: float, out: bool, fate: Fate, seen: bytes, packet: bytes) -> None:
        """Carry a packet that has this fate; `seen` is how the client sees it, and what is recorded."""
        due, flip = fate.due, fate.flip
        bit, first = -1 if flip is None else flip, due[0] if due else NONE
        start = self.log.add(seen, out, fate.kind, now, first, fate.queued, bit)
        if flip is not None:
            turned = bytearray(packet)
            turned[flip >> 3] ^= 0x80 >> (flip & 7)
            packet = bytes(turned)
        for copy, time in enumerate(due):
            if time <= now and not self.heap:
                self.deliver(now, packet, start, copy)
            else:
                self.number += 1
                heappush(self.heap, (time, self.number, packet, start, copy))

    def due(self) -> None:
        heap, now = self.heap, monotonic()
        while heap and heap[0][0] <= now:
            _, _, packet, start, copy = heappop(heap)
            self.deliver(now, packet, start, copy)
            now = monotonic()

    def hold(self) -> None:
        """From now on packets wait for a person."""
        self.held = {}

    def keep(self, now: float, out: bool, seen: bytes, packet: bytes) -> None:
        """Let this packet wait for a person."""
        assert self.held is not None
        if len(self.held) >= HELD:
            self.log.add(seen, out, "queue full", now)
            return
        self.number += 1
        self.held[self.number] = packet, self.log.add(seen, out, "held", now), out
        self.tell(0, "held", self.number, now, out, seen)

    def decide(self, number: int, decision: str) -> None:
        """Deliver, drop or duplicate a held packet, or put it behind the next one of its direction."""
        if self.held is None or number not in self.held:
            return
        packet, start, out = self.held.pop(number)
        self.log.rename(start, DECISIONS[decision])
        if decision == "behind":
            self.behind.of(out).append((packet, start))
            return
        for copy in range({"drop": 0, "duplicate": 2}.get(decision, 1)):
            self.deliver(monotonic(), packet, start, copy)
        if decision != "drop":
            self.deliver_behind(self.behind.of(out))

    def deliver_behind(self, waiting: list[tuple[bytes, int]]) -> None:
        while waiting:
            self.deliver(monotonic(), *waiting.pop(0))

    def release(self) -> None:
        """Deliver what is still held, in order; from now on the weather decides again."""
        for number in list(self.held or ()):
            self.decide(number, "deliver")
        for waiting in self.behind:
            self.deliver_behind(waiting)
        self.held = None
