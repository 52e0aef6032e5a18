"""What a recording holds: one Event for each socket call. Pure: no I/O, no threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from threading import Thread
from typing import Any, Protocol, overload

from .matching import SENDING, Flow, Link, Origin, flows, is_end_of_stream, links, partners
from .order import Join, canonical, name_lanes
from .threads import number_of

__all__ = ["Event", "Flow", "Link", "Recording"]

_SHORT = 20  # up to this many bytes the text shows the data themselves
_HEAD, _TAIL = 60, 20  # lines of a long text


@dataclass(frozen=True, slots=True)
class Event:
    """One socket call, as the program made it.

    Times are seconds since the recording began, on one clock for all threads.
    `size` counts bytes: taken by the kernel (send family) or handed over (recv family); None for
    the other calls. `data` holds the first bytes of them (a recording keeps a bounded amount).
    """

    time: float  # when the call returned
    started: float  # when the call began: `time - started` is how long it took or waited
    actor: str  # whose lane it belongs to: "client", "server", "server · connection 2"
    call: str  # the method's name: "connect", "accept", "send", "recv", "close", ...
    socket: int  # 1, 2, 3 ...: which socket of the recording
    asked: Any = None  # what was asked for: n in recv(n), bytes offered to send, how in shutdown(how)
    size: int | None = None
    data: bytes | None = None
    error: str | None = None  # the exception's class name and text, or None
    local: Any = None  # address as getsockname() gives it, or None
    peer: Any = None  # address as getpeername() gives it (or the datagram's), or None
    accepted: int | None = None  # accept: number of the new socket; socketpair: of the other end
    thread: int = 0  # which thread called: 1, 2, 3 ... in the order they were started; 0 if not known
    flags: str = ""  # "MSG_PEEK", "MSG_PEEK|MSG_DONTWAIT", ...
    stream: bool | None = None  # True for a byte stream, False for datagrams

    @property
    def waited(self) -> float:
        """Seconds between the call's beginning and its return."""
        return self.time - self.started

    @property
    def said(self) -> str:
        """The call as the program wrote it: "send(b'one')", "recv(1024)", "accept()"."""
        inner = "" if self.asked is None else str(self.asked)
        if self.call in SENDING:
            offered = "data" if self.asked is None else f"{self.asked} bytes"
            inner = _literal(self.data, self.asked) or offered
        elif self.call in ("bind", "connect", "connect_ex"):
            inner = "address"
        elif self.call == "sendfile":
            inner = "file"
        elif self.call == "close":
            inner = ""
        address = "address" if self.call == "sendto" else ""
        return f"{self.call}({', '.join(filter(None, (inner, self.flags, address)))})"

    @property
    def outcome(self) -> str:
        """What came of it: "11 bytes", "b'' (end of stream)", "TimeoutError"; "" if nothing is to be said."""
        if self.error:
            return self.error.partition(":")[0]
        if self.call == "close" and self.asked == "dropped":
            return "nobody held the socket any more"
        if self.size is None:
            return ""
        if is_end_of_stream(self) and self.stream is not False:
            return "0 bytes (end of stream)" if "into" in self.call else "b'' (end of stream)"
        text = f"{self.size} byte{'' if self.size == 1 else 's'}"
        literal = _literal(self.data, self.size)
        return f"{text}  {literal}" if literal and self.call not in SENDING else text


def _literal(data: bytes | None, size: Any) -> str:
    return repr(data) if data is not None and len(data) == size <= _SHORT else ""


@dataclass(frozen=True)
class Snapshot:
    """What a recording knows at one moment; actors may still be unnamed."""

    events: list[Event]
    pending: list[Event] = field(default_factory=list)
    origins: dict[int, Origin] = field(default_factory=dict)
    joins: list[Join] = field(default_factory=list)
    threads: dict[int, int] = field(default_factory=dict)  # Event.thread of each thread, by its number


class Tape(Protocol):
    """Where a live recording reads from."""

    dropped: int

    def now(self) -> float: ...  # seconds since the beginning

    def version(self) -> Any: ...  # changes whenever read() would give something else

    def read(self) -> Snapshot: ...


class Recording:
    """Socket calls of a program, in the order in which they returned.

    Iterate over it, index it, take its len(); print it for a text that is the same for every run of the
    same program. Made by `watch()`, or by hand from events.
    """

    def __init__(self, events: Iterable[Event] = (), *, tape: Tape | None = None) -> None:
        self._tape = tape
        self._seen: Any = None
        self._story = _Story(Snapshot(list(events)))

    def _now(self) -> _Story:
        if self._tape is not None and (version := self._tape.version()) != self._seen:
            self._seen, self._story = version, _Story(self._tape.read())
        return self._story

    @property
    def dropped(self) -> int:
        """How many calls were counted but not kept, because the recording was full."""
        return self._tape.dropped if self._tape is not None else 0

    @property
    def actors(self) -> list[str]:
        """Names of the lanes, in order of appearance in the text."""
        return list(dict.fromkeys(e.actor for e in (*self._now().ordered, *self._now().pending)))

    @property
    def pending(self) -> list[Event]:
        """Calls that have not returned: their `time` is the moment of asking (or the watch's end)."""
        pending = self._now().pending
        if self._tape is None:
            return list(pending)
        return [replace(e, time=self._tape.now()) for e in pending]

    def flows(self) -> list[Flow]:
        """Which bytes of which send were taken by which receive, where both ends are in the recording."""
        return list(self._now().flows)

    def links(self) -> list[Link]:
        """(connect, accept), (close or shutdown, end of stream) and (close, reset error) pairs."""
        return list(self._now().links)

    def number_of(self, thread: Thread) -> int | None:
        """What `Event.thread` says for this thread; None if it made no call in this recording."""
        number = number_of(thread)
        return None if number is None else self._now().threads.get(number)

    def in_order(self) -> list[Event]:
        """The events in the canonical order of the text: possible, and the same for every run."""
        return list(self._now().ordered)

    def __iter__(self) -> Iterator[Event]:
        return iter(list(self._now().events))

    def __len__(self) -> int:
        return len(self._now().events)

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        return self._now().events[index]

    def __str__(self) -> str:
        rows = [(e.actor, e.said, e.outcome) for e in self._now().ordered]
        left_out = len(rows) - _HEAD - _TAIL
        if left_out > 1:
            rows = [*rows[:_HEAD], ("...", f"{left_out} more calls", ""), *rows[-_TAIL:]]
        wide = [max((len(row[i]) for row in rows), default=0) for i in (0, 1)]
        lines = [f"{a:<{wide[0]}}  {s:<{wide[1]}}  {'-> ' + o if o else ''}".rstrip() for a, s, o in rows]
        if self.dropped:
            calls = "call was" if self.dropped == 1 else "calls were"
            lines.append(f"(full: {self.dropped} more {calls} counted but not kept)")
        return "\n".join(lines) or "(no socket call was made)"

    def __repr__(self) -> str:
        return f"<Recording of {len(self)} calls by {', '.join(self.actors) or 'nobody'}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else str(self))


class _Story:
    """A snapshot and all that follows from it."""

    def __init__(self, snapshot: Snapshot) -> None:
        events = sorted(snapshot.events, key=lambda e: e.time)
        pending = snapshot.pending
        partner = partners([*events, *pending], snapshot.origins)
        self.flows, self.links = flows(events, partner), links(events, partner)
        self.ordered = canonical(events, self.flows, self.links, snapshot.joins)
        self.events, self.pending, self.threads = events, pending, snapshot.threads
        if not all(e.actor for e in (*events, *pending)):
            self._name(name_lanes([*self.ordered, *pending], snapshot.origins, partner))

    def _name(self, lanes: dict[int, str]) -> None:
        named = {
            id(e): e if e.actor else replace(e, actor=lanes[e.socket]) for e in (*self.events, *self.pending)
        }
        self.flows = [Flow(named[id(f.sent)], named[id(f.received)], f.size) for f in self.flows]
        self.links = [Link(named[id(cause)], named[id(effect)]) for cause, effect in self.links]
        self.ordered, self.events, self.pending = (
            [named[id(e)] for e in events] for events in (self.ordered, self.events, self.pending)
        )
