"""A virtual clock for algorithms: two ends without I/O, a link in each direction, exact times.

An end is any object with some of these methods; `net` is its Context.

    on_start(net)             once, at time 0
    on_send(net, data)        the application hands over data (see `messages`)
    on_packet(net, packet)    a packet arrived
    on_timer(net, name)       a timer that this end set has run out

    class Sender:
        def on_start(self, net):
            net.send(b"hello")
            net.set_timer(0.5)

        def on_packet(self, net, packet):
            net.cancel_timer()

        def on_timer(self, net, name):
            net.send(b"hello")
            net.set_timer(0.5)

Nothing waits for real time: thousands of packets take milliseconds, and every run gives the same transcript.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from reprlib import Repr
from typing import Any, NamedTuple

from ..wire import flip_bit
from .model import Link, LinkState

SECOND = 1_000_000_000  # the clock counts whole nanoseconds, so equal times are equal: 0.1 + 0.2 is 0.3 here
ARRIVAL, MESSAGE, TIMER = range(3)  # the order of what happens at one time
KINDS = ("receive", "message", "timer")  # how the transcript calls these
METHODS = ("on_start", "on_send", "on_packet", "on_timer")


class Happening(NamedTuple):
    """One line of the transcript.

    `kind` is "send", "receive", "set timer", "cancel timer", "timer" (it ran out), "message" (the application
    hands over data), "deliver" (data goes to the application) or "note".
    `what` is the packet, the timer's name, the data or the text. `number` counts the packets of both ends
    from 1 in the order of sending, and a "receive" has the number of its "send".
    """

    time: float  # seconds
    end: str  # "sender" or "receiver"
    kind: str
    what: Any
    number: int | None = None  # send, receive: which packet
    fate: str | None = None  # send: what the link decides (model.Fate.kind)
    due: tuple[float, ...] = ()  # send: when it will arrive; set timer: when it will run out


@dataclass(repr=False)
class Transcript(Sequence[Happening]):
    """All that happened, in order. `ended` says why no more did: "nothing left to do", "until" or "limit"."""

    # Plain tuples inside, Happenings when asked for: that is quicker, and the garbage collector skips tuples.
    _rows: list[tuple[Any, ...]]
    ended: str = "nothing left to do"

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Happening]:
        return map(Happening._make, self._rows)

    def __getitem__(self, index: Any) -> Any:
        rows: Any = self._rows[index]
        return list(map(Happening._make, rows)) if isinstance(index, slice) else Happening._make(rows)

    def of(self, kind: str, end: str | None = None) -> list[Happening]:
        """The happenings of one kind, of both ends or of one."""
        return [Happening._make(row) for row in self._rows if row[2] == kind and end in (None, row[1])]

    @property
    def delivered(self) -> list[Any]:
        """What the receiver delivered to its application, in order."""
        return [row[3] for row in self._rows if row[2] == "deliver" and row[1] == "receiver"]

    @property
    def duration(self) -> float:
        """Seconds from the start to the last happening."""
        return float(self._rows[-1][0]) if self._rows else 0.0

    def __repr__(self) -> str:
        sends = self.of("send")
        gone = sum(not send.due for send in sends)
        return f"<Transcript: {len(sends)} packets sent, {gone} never arrived, {self.duration:g} s>"

    def __str__(self) -> str:
        return "\n".join(map(_line, self))


class Endless(RuntimeError):
    """The ends were still at work after the greatest number of happenings; `transcript` has them."""

    def __init__(self, transcript: Transcript, limit: int) -> None:
        where = f"still at work after {limit} happenings, at {transcript.duration:g} s"
        super().__init__(f"{where}: is a timer set again for ever? Give until=..., or a larger limit=...")
        self.transcript = transcript


class Context:
    """What an end can do. Each end has its own; in the examples it is called `net`."""

    __slots__ = ("_clock", "_link", "_on_packet", "_on_timer", "_peer", "_timers", "name")

    def __init__(self, name: str, end: object, clock: _Clock, link: LinkState) -> None:
        if isinstance(end, type):
            raise TypeError(f"the {name} is a class; give an object of it: {end.__name__}(...).")
        if not any(hasattr(end, method) for method in METHODS):
            raise TypeError(f"the {name} has none of the methods {', '.join(METHODS)}.")
        self.name, self._clock, self._link = name, clock, link
        self._timers: dict[Hashable, int] = {}  # which entry of the agenda counts; the others are void
        self._on_packet: Any = getattr(end, "on_packet", None)
        self._on_timer: Any = getattr(end, "on_timer", None)
        self._peer: Context = self

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self._clock.now / SECOND

    def send(self, packet: Any, size: int | None = None) -> None:
        """Send bytes to the other end, or any object that nobody changes afterwards.

        `size` is its length in bytes, which a link with a rate must know; bytes know their own.
        """
        clock, peer = self._clock, self._peer
        if type(packet) is not bytes:
            packet, size = self._sized(packet, size)
        elif size is None:
            size = len(packet)
        if peer._on_packet is None:
            wanted = f"the {peer.name} has no method on_packet(net, packet)"
            raise TypeError(f"the {self.name} sends, but {wanted}.")
        now = clock.now / SECOND
        _, due, flip, _ = fate = self._link.admit(now, size)
        clock.packets = number = clock.packets + 1
        if due:
            arrives = packet if flip is None or not packet else flip_bit(packet, flip % (len(packet) * 8))
            ticks = [round(time * SECOND) for time in due]
            due = tuple([tick / SECOND for tick in ticks])
            for tick in ticks:
                clock.plan(tick, ARRIVAL, peer, arrives, number)
        clock.tell((now, self.name, "send", packet, number, fate[0], due))

    def _sized(self, packet: Any, size: int | None) -> tuple[Any, int]:
        """A packet that is no bytes, and its size."""
        if isinstance(packet, (bytes, bytearray, memoryview)):
            packet = bytes(packet)
            return packet, len(packet) if size is None else size
        link = self._link.link
        if not size and link.rate is not None:
            raise TypeError(f"with a rate, say how long a packet is: send({_short(packet)}, size=...).")
        if link.corrupt:
            raise TypeError(f"corrupt turns a bit over: send bytes on this link, not {_short(packet)}.")
        return packet, size or 0

    def set_timer(self, seconds: float, name: Hashable = "timer") -> None:
        """Call on_timer(net, name) after some seconds. Setting a timer again under its name moves it."""
        if not isinstance(seconds, (int, float)) or not 0 <= seconds < float("inf"):
            raise ValueError(f"set_timer({seconds!r}): give seconds, 0 or more, then a name if you like.")
        if self._on_timer is None:
            raise TypeError(f"the {self.name} sets a timer, but it has no method on_timer(net, name).")
        clock = self._clock
        ticks = clock.now + round(seconds * SECOND)
        self._timers[name] = clock.plan(ticks, TIMER, self, name, None)
        clock.tell((clock.now / SECOND, self.name, "set timer", name, None, None, (ticks / SECOND,)))

    def cancel_timer(self, name: Hashable = "timer") -> None:
        """Stop a timer. Nothing happens if it is not set."""
        if self._timers.pop(name, None) is not None:
            self._clock.tell((self.now, self.name, "cancel timer", name, None, None, ()))

    def deliver(self, data: Any) -> None:
        """Give data to the application at this end; what the receiver delivers is transcript.delivered."""
        self._clock.tell((self.now, self.name, "deliver", data, None, None, ()))

    def note(self, text: Any) -> None:
        """Write a line of your own into the transcript."""
        self._clock.tell((self.now, self.name, "note", text, None, None, ()))


@dataclass(slots=True)
class _Clock:
    """The time, what is still to happen, and what has happened."""

    limit: int
    now: int = 0  # nanoseconds
    packets: int = 0
    entries: int = 0
    agenda: list[tuple[int, int, int, Context, Any, int | None]] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)  # the fields of Happenings

    def plan(self, ticks: int, order: int, context: Context, what: Any, number: int | None) -> int:
        self.entries = entry = self.entries + 1  # earlier planned, earlier done, at one time
        heappush(self.agenda, (max(ticks, self.now), order, entry, context, what, number))
        return entry

    def tell(self, row: tuple[Any, ...]) -> None:
        self.rows.append(row)
        if len(self.rows) >= self.limit:
            raise Endless(Transcript(self.rows, "limit"), self.limit)


def simulate(
    sender: object,
    receiver: object,
    *,
    link: Link | None = None,
    back: Link | None = None,
    messages: Iterable[tuple[float, Any]] = (),
    until: float | None = None,
    limit: int = 2_000_000,
) -> Transcript:
    """Let two ends talk over a link until nothing is left to do, and return the Transcript.

    link      the weather from sender to receiver; None: no delay, no loss
    back      the weather from receiver to sender; None: the same parameters (with random numbers of its own)
    messages  (seconds, data) pairs in order of time: each is given to sender.on_send(net, data) then
    until     seconds: what comes later does not happen
    limit     raise Endless after this many happenings

    At one and the same time, packets arrive first, then messages come, then timers run out; otherwise what
    was planned first happens first. Exceptions of the ends' methods come through unchanged.
    """
    clock = _Clock(limit)
    link = link or Link()
    near = Context("sender", sender, clock, link.start("out"))
    far = Context("receiver", receiver, clock, (back or link).start("back"))
    near._peer, far._peer = far, near
    on_send = getattr(sender, "on_send", None)
    coming = iter(messages)

    def plan_message() -> None:
        for time, data in coming:
            if on_send is None:
                raise TypeError("there are messages, but the sender has no method on_send(net, data).")
            if round(time * SECOND) < clock.now:
                raise ValueError(f"a message for {time:g} s follows a later one: give them in order of time.")
            clock.plan(round(time * SECOND), MESSAGE, near, data, None)
            return

    plan_message()
    last = None if until is None else round(until * SECOND)
    for end, context in ((receiver, far), (sender, near)):  # the receiver is ready before the first packet
        if hasattr(end, "on_start"):
            end.on_start(context)

    agenda, tell = clock.agenda, clock.tell
    while agenda:
        ticks, order, entry, context, what, number = heappop(agenda)
        if last is not None and ticks > last:
            return Transcript(clock.rows, "until")
        if order == TIMER:
            if context._timers.get(what) != entry:
                continue  # canceled or moved
            del context._timers[what]
        clock.now = ticks
        tell((ticks / SECOND, context.name, KINDS[order], what, number, None, ()))
        if order == ARRIVAL:
            context._on_packet(context, what)  # send() has checked that it is there
        elif order == TIMER:
            context._on_timer(context, what)  # so has set_timer()
        else:
            plan_message()
            on_send(context, what)  # type: ignore[misc]  # so has plan_message()
    return Transcript(clock.rows)


_repr = Repr()
_repr.maxstring = _repr.maxother = 60
_short = _repr.repr


def _line(happening: Happening) -> str:
    """One line of text: milliseconds, end, kind, packet number, what, and what becomes of it."""
    time, end, kind, what, number, fate, due = happening
    which = "" if number is None else f" #{number}"
    fated = "" if fate in (None, "delivered") else f" ({fate})"
    until = f" until {due[0] * 1000:.3f} ms" if kind == "set timer" else ""
    return f"{time * 1000:12.3f} ms  {end:8}  {kind}{which} {_short(what)}{fated}{until}"
