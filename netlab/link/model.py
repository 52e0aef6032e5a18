"""The weather between two ends: which packet is lost, and when each of the others comes out.

Pure: no I/O, no threads, no clock. Time is an argument. One seed gives the same fates on every system and
Python version, and each feature draws from its own stream of random numbers, so that changing the delay
never changes which packets are lost.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from numbers import Integral, Real
from random import Random
from typing import NamedTuple

NANOSECOND = 1e-9  # times nearer to each other than this are one: sums of floats differ in the last digit


class Fate(NamedTuple):
    """What the link does to one packet.

    `kind` is "delivered", "reordered", "duplicated" or "corrupted" (it comes out at each time in `due`), or
    "lost" (on the way), "queue full" or "too big" (it never comes out, and `due` is empty). A packet that is
    several of the first four is called by the last; `due` and `flip` still tell all.
    """

    kind: str
    due: tuple[float, ...] = ()  # seconds, on the clock that admit() was given
    flip: int | None = None  # which bit arrives turned over: 0 is the first bit of the first byte
    queued: float = 0.0  # seconds that it waited in the queue before its first bit was sent


LOST, QUEUE_FULL, TOO_BIG = Fate("lost"), Fate("queue full"), Fate("too big")


@dataclass(frozen=True, slots=True)
class Link:
    """The weather in one direction. Two different links make an asymmetric path.

    delay      seconds from one end to the other
    jitter     seconds: each packet's delay lies evenly in delay ± jitter; the order is kept
    loss       fraction of packets lost on the way
    rate       bits per second, or None for no limit; packets are sent one after another, size * 8 / rate each
    queue      packets that may wait while one is sent, one more is dropped (drop-tail); None for no bound
    reorder    fraction of packets that take a detour and arrive one delay later
    duplicate  fraction of packets that arrive twice
    corrupt    fraction of packets that arrive with one bit turned over
    mtu        bytes of the largest packet that passes; a larger one is dropped
    seed       which weather: the same seed gives the same fates, everywhere

    A value that makes no sense raises ValueError or TypeError with what to give instead.
    """

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    rate: float | None = None
    queue: int | None = None
    reorder: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    mtu: int = 1500
    seed: int = 0

    def __post_init__(self) -> None:
        as_number(self, "delay", SECONDS)
        as_number(self, "jitter", SECONDS)
        for name in ("loss", "reorder", "duplicate", "corrupt"):
            as_number(self, name, FRACTION, most=1)
        as_number(self, "rate", "bits per second, 1 or more", 1, none="no limit")
        as_number(self, "queue", "a whole number of packets, 0 or more", whole=True, none="no bound")
        mtu = "a whole number of bytes from 68 (RFC 791's least) to 65535"
        as_number(self, "mtu", mtu, 68, 65535, whole=True)
        as_number(self, "seed", "a whole number", -math.inf, whole=True)
        if self.jitter > self.delay:
            wrong = f"jitter={self.jitter:g} is more than delay={self.delay:g}"
            why = "a packet can not arrive before it was sent"
            raise ValueError(f"{wrong}, and {why}: give a longer delay or less jitter.")
        if self.reorder and not self.delay:
            why = "a reordered packet arrives one delay later: give delay=0.02, for example"
            raise ValueError(f"reorder={self.reorder:g} without a delay changes nothing, because {why}.")
        if self.queue is not None and self.rate is None:
            why = "no packet ever waits: give rate=1_000_000, for example"
            raise ValueError(f"queue={self.queue} without a rate changes nothing, because {why}.")

    def start(self, direction: str = "out") -> LinkState:
        """An empty link with this weather. With one seed, too, each direction has its own random numbers."""
        return LinkState(self, direction)

    def fates(self, packets: Iterable[tuple[float, int]], direction: str = "out") -> Iterator[Fate]:
        """The fate of each (time, size) in turn, through an empty link. Times must not go back."""
        admit = self.start(direction).admit
        return (admit(time, size) for time, size in packets)


class LinkState:
    """A link at work: what is on its way, and where its random numbers are.

    `link` is the weather now; `count` is how many packets it was given. One state serves one direction.
    """

    def __init__(self, link: Link, direction: str = "out") -> None:
        self.direction, self.count = direction, 0
        self._now = self._free = -math.inf  # _free: when the last bit of the last packet has been sent
        self._leaving: deque[float] = deque()  # when each packet that waits, or is being sent, has been sent
        self._streams: dict[str, Callable[[], float]] = {}
        self.link = Link(seed=link.seed)
        self.change(link)

    def change(self, link: Link) -> None:
        """Other weather from the next packet on. What is on its way arrives as it was decided.

        Packet k meets the same random numbers whatever was changed before it. After a change to a shorter
        delay, packets may overtake those on their way, as they do when a route changes.
        """
        if link.seed != self.link.seed:
            self._streams.clear()
        self.link = link
        self._last = -math.inf
        names = ("loss", "jitter", "reorder", "duplicate", "corrupt")
        self._loss, self._jitter, self._reorder, self._duplicate, self._corrupt = map(self._stream, names)

    def _stream(self, feature: str) -> Callable[[], float] | None:
        """The feature's random numbers, beginning with the next packet's; None if it never needed any."""
        if getattr(self.link, feature) and feature not in self._streams:
            seed = f"{self.link.seed}/{self.direction}/{feature}"  # from a str: the same on every version
            draw = self._streams[feature] = Random(seed).random
            for _ in range(self.count):
                draw()
        return self._streams.get(feature)

    def admit(self, now: float, size: int) -> Fate:
        """Put a packet of `size` bytes on the link at `now` (seconds, on any clock) and learn its fate.

        Raise ValueError if the packet before it came later.
        """
        if now < self._now:
            wrong = f"a packet at {now:.9f} s follows one at {self._now:.9f} s"
            raise ValueError(f"{wrong}: give packets in order of time.")
        self._now = now
        self.count += 1
        link = self.link
        # One number from each stream for each packet, whatever becomes of it: so the streams stay in step.
        lost = self._loss is not None and self._loss() < link.loss
        swing = 0.0 if self._jitter is None else 2.0 * self._jitter() - 1.0
        late = self._reorder is not None and self._reorder() < link.reorder
        twice = self._duplicate is not None and self._duplicate() < link.duplicate
        hit = 1.0 if self._corrupt is None else self._corrupt()

        if size > link.mtu:
            return TOO_BIG
        sent, queued = now, 0.0
        if link.rate is not None:
            leaving = self._leaving
            while leaving and leaving[0] <= now + NANOSECOND:
                leaving.popleft()
            if link.queue is not None and len(leaving) > link.queue:  # one is being sent, the others wait
                return QUEUE_FULL
            if self._free > now:
                sent, queued = self._free, self._free - now
            self._free = sent = sent + size * 8 / link.rate
            leaving.append(sent)
        if lost:
            return LOST
        due = sent + link.delay
        if link.jitter:
            due = self._last = max(due + swing * link.jitter, self._last)
        kind, flip = "delivered", None
        if late:
            kind = "reordered"
            due += link.delay
        if twice:
            kind = "duplicated"
        if hit < link.corrupt and size:
            kind = "corrupted"
            flip = int(hit / link.corrupt * size * 8)  # hits lie evenly below corrupt, so they pick the bit
        return Fate(kind, (due, due) if twice else (due,), flip, queued)


FRACTION = "a fraction from 0 to 1 (5 % is 0.05)"
SECONDS = "seconds, 0 or more"


def as_number(
    thing: object,
    name: str,
    meaning: str,
    least: float = 0,
    most: float = math.inf,
    *,
    whole: bool = False,
    none: str = "",
) -> None:
    """Make a field a float, or an int if it is to be `whole`; or raise with what it should be.

    `none` says what None means, where that may be given, too.
    """
    value = getattr(thing, name)
    if none and value is None:
        return
    wanted = f"{name}={value!r}: give {meaning}{none and f', or None for {none}'}."
    fits = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if not fits:
        raise TypeError(wanted)
    number = int(value) if whole else float(value)
    if not least <= number <= most or abs(number) == math.inf:
        raise ValueError(wanted)
    object.__setattr__(thing, name, number)
