"""Where the child process of a path records packets: memory that the notebook can read at any time.

Nothing has to be sent, so recording costs the path little, and a child that was killed leaves it complete.
carried.py reads it.
"""

from __future__ import annotations

import mmap
from struct import Struct

KINDS = ("delivered", "reordered", "duplicated", "corrupted", "lost", "queue full", "too big", "held")
# Where the log ends; packets that found it full; packets that came faster than we could read.
HEAD = Struct("=QQQ")
# Sent, due, delivered, again, queued, bit turned, size, out?, kind; the packet follows.
ENTRY = Struct("=5diHBB")
DUE, DELIVERED, KIND = 8, 16, 47  # where these stand in an entry
# A piece of a stream is recorded as a packet: connection, bytes, what; its first bytes follow.
PIECE = Struct("=IIB")
DATA, END, RESET = range(3)
TIME = Struct("=d")
NONE = -1.0  # a time that does not exist


class Log:
    """The writing side. Entries begin at multiples of 8 bytes."""

    def __init__(self, descriptor: int) -> None:
        self.memory = mmap.mmap(descriptor, 0)
        self.size = len(self.memory)
        self.end, self.dropped, self.missed = HEAD.size, 0, 0
        self.mark()

    def mark(self) -> None:
        """Publish the entries so far: only when they are complete, so that nobody reads half of one."""
        HEAD.pack_into(self.memory, 0, self.end, self.dropped, self.missed)

    def add(
        self,
        packet: bytes,
        out: bool,
        kind: str,
        now: float,
        due: float = NONE,
        queued: float = 0.0,
        flip: int = -1,
    ) -> int:
        """Keep a packet; return where, or 0 if the log is full."""
        start, size = self.end, len(packet)
        body = start + ENTRY.size
        if body + size > self.size:
            self.dropped += 1
            start = 0
        else:
            number = KINDS.index(kind)
            ENTRY.pack_into(self.memory, start, now, due, NONE, NONE, queued, flip, size, out, number)
            self.memory[body : body + size] = packet
            self.end = (body + size + 7) & ~7
        self.mark()
        return start

    def deliver(self, start: int, copy: int, now: float) -> None:
        """The packet kept at `start` comes out now, as its first (0) or second (1) copy."""
        if start:
            TIME.pack_into(self.memory, start + DELIVERED + 8 * copy, now)

    def excuse(self, start: int) -> None:
        """The packet kept at `start` is not due: the receiver makes it late, not we."""
        if start:
            TIME.pack_into(self.memory, start + DUE, NONE)

    def rename(self, start: int, kind: str) -> None:
        """The packet kept at `start` has another fate than was thought."""
        if start:
            self.memory[start + KIND] = KINDS.index(kind)
