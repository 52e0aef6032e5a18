"""A recording: the calls in order, what they mean to each other, and the text that print() shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from threading import Thread
from typing import Any, overload

from .ends import partners
from .events import Event, Flow, Link, Snapshot
from .matching import flows, lanes_across, links
from .order import canonical, name_lanes
from .tape import Tape
from .threads import number_of

_HEAD, _TAIL = 60, 20  # lines of a long text


def incomplete(errors: Mapping[str, int]) -> str:
    """In one sentence: how often recording a call failed, and why."""
    many = sum(errors.values())
    times = "once" if many == 1 else f"{many} times"
    return f"recording a call failed {times}, so something is missing: {'; '.join(errors)}"


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
    def errors(self) -> list[str]:
        """What went wrong in the recording itself: calls that it has not, or not as they were."""
        return list(self._tape.errors) if self._tape is not None else []

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

    def partners(self) -> dict[int, str]:
        """The lane of the other end of each socket, by its number, where both ends are in the recording.

        Of a connection that nobody accepted it is the listener's: its bytes wait there.
        Not where detach() took that end out of sight.
        """
        story = self._now()
        away = {number for number, origin in story.origins.items() if origin.away}
        lanes = lanes_across(story.events, story.flows, story.links)
        return {n: lane for n, lane in lanes.items() if story.partner.get(n) not in away}

    def waiting(self, listener: int) -> int | None:
        """How many connections this socket still had for accept(); None where the system does not tell.

        At its close, or at the end of the recording.
        """
        origin = self._now().origins.get(listener)
        return origin.waiting if origin is not None else None

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
        if self._tape is not None and self._tape.errors:
            lines.append(f"({incomplete(self._tape.errors)})")
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
        self.origins, self.partner = snapshot.origins, partner
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
