"""Which arrows a ladder of calls has: what went from one row to another, or went nowhere. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...wire import CONNECTING, RECEIVING, SENDING, is_end_of_stream, is_repeated, meets
from ..kit import count_bytes
from .call_facts import Facts
from .call_rows import Row, error_name, moved

_FATES = {"head": "", "cross": ", not received", "open": ", not read"}


@dataclass(eq=False)
class Arrow:
    """From one row to another. Without a source or a target row it begins or ends at a lane.

    `ends` says how: "head" it arrived, "cross" it was lost, "open" it arrived but no call took it.
    """

    source: Row | None
    target: Row | None
    kind: str  # "data", "signal" (handshake, end of stream) or "trouble"
    words: str = ""  # "" for bytes, whose words are their number and fate
    ends: str = "head"
    lane: str = ""  # the lane at the other end, where there is no row; "" is the ghost lane
    answers: Row | None = None  # where it has no source: what arrived there before
    size: int = 0
    pieces: int = 0  # what was gathered in this one arrow

    @property
    def text(self) -> str:
        several = self.ends == "cross" and self.pieces > 1
        what = f"{self.pieces} datagrams" if several else count_bytes(self.size)
        return self.words or what + _FATES[self.ends]


class _Arrows:
    """All arrows, those with bytes gathered: one for each pair of rows and each fate."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = {id(event): row for row in rows for event in row.events}
        self.all: list[Arrow] = []
        self._gathered: dict[tuple[Row | None, Row | None, str], Arrow] = {}

    def add(self, cause: Any, effect: Any, kind: str, words: str = "", ends: str = "head", lane: str = "",
            *, gather: bool = False) -> Arrow | None:  # fmt: skip
        """An arrow between two events; None stands for an end without a row."""
        source, target = self.rows.get(id(cause)), self.rows.get(id(effect))
        hidden = (cause is not None and source is None) or (effect is not None and target is None)
        if hidden or source is target:
            return None
        if gather and (arrow := self._gathered.get((source, target, ends))):
            return arrow
        self.all.append(arrow := Arrow(source, target, kind, words, ends, lane))
        if gather:
            self._gathered[source, target, ends] = arrow
        return arrow

    def data(self, cause: Any, effect: Any, size: int | None, ends: str = "head", lane: str = "") -> None:
        """Bytes from one event to another, together with others between the same rows."""
        if arrow := self.add(cause, effect, "data", "", ends, lane, gather=True):
            arrow.words, arrow.size, arrow.pieces = "", arrow.size + (size or 0), arrow.pieces + 1


def arrows_of(events: Sequence[Any], rows: Iterable[Row], recording: Any) -> tuple[list[Arrow], str]:
    """All arrows, and the title of the ghost lane ("" if no arrow needs one).

    It is for arrows that go to nobody; where other lanes are on that side, they end among those.
    """
    facts, arrows, partners = Facts(recording, events), _Arrows(rows), recording.partners()
    lanes = {row.actor for row in arrows.rows.values()}
    unread = Counter({id(event): event.size or 0 for event in events})
    for flow in facts.flows:
        arrows.data(flow.sent, flow.received, flow.size)
        unread[id(flow.sent)] -= flow.size
    broken: set[int] = set()  # no end of stream follows on a reset: a recv that returns b"" then means less
    for cause, effect in [*facts.links, *facts.abandoned]:
        if effect.error:
            late = facts.met_nobody(cause, effect)
            if late is None:
                arrows.add(cause, effect, "trouble", "reset")
                broken.add(effect.socket)
            elif cause.actor in lanes and (arrow := arrows.add(None, effect, "trouble", "reset")):
                arrow.lane, arrow.answers = cause.actor, arrows.rows.get(id(late))
        elif effect.call == "accept" or effect.socket not in broken:
            arrows.add(cause, effect, "signal", "handshake" if effect.call == "accept" else "end of stream")
    for event in facts.lost:
        arrows.data(event, None, event.size, "cross")
    for event in events if facts.whole else []:
        left, lane = unread[id(event)], partners.get(event.socket, "")
        stays = event.call in SENDING and not event.datagram and "MSG_OOB" not in event.flags
        if stays and left > 0 and lane in lanes:
            arrows.data(event, None, left, "open", lane)
    ghost = _connects(facts, arrows, lanes)
    if len(lanes) == 1 and not partners and not facts.flows and _unrecorded(events, arrows):
        ghost = ghost or "not recorded"
    return arrows.all, ghost


def _connects(facts: Facts, arrows: _Arrows, lanes: set[str]) -> str:
    """The connects that no accept answers: refused, unanswered, or queued in the kernel.

    Returns the title of the lane that they went to, if nobody was there.
    """
    homes = [(e.local, e.actor) for e in facts.events if e.call in ("listen", "accept") and e.local]
    queued = set(map(id, facts.unaccepted))
    ghost = ""
    for event in facts.events:
        row, trouble = arrows.rows.get(id(event)), error_name(event)
        if event.call not in CONNECTING or row is None or row.run or event.datagram:
            continue
        if trouble == "ConnectionRefusedError":
            arrows.add(event, None, "signal", "connect?")
            arrows.add(None, event, "trouble", "refused")
            ghost = ghost or "nobody listens"
        elif trouble in ("TimeoutError", "OSError") and not is_repeated(event):
            arrows.add(event, None, "signal", "connect?", "cross")
            ghost = ghost or "no answer"
        elif id(event) in queued:
            home = next((actor for local, actor in homes if meets(local, event.peer)), "")
            if home in lanes:
                arrows.add(event, None, "signal", "handshake, not accepted", "open", home)
    return ghost


def _unrecorded(events: Iterable[Any], arrows: _Arrows) -> bool:
    """One side only: the other program is not in the recording, but its part is known. Returns if any is."""
    before = len(arrows.all)
    for event in events:
        if event.error or id(event) not in arrows.rows:
            continue
        cause, effect = (event, None) if event.call in SENDING | CONNECTING else (None, event)
        if event.call in CONNECTING | {"accept"} and not event.datagram:
            arrows.add(cause, effect, "signal", "handshake", gather=True)
        elif event.call in SENDING | RECEIVING and moved(event):
            arrows.data(cause, effect, moved(event))
        elif is_end_of_stream(event):
            arrows.add(cause, effect, "signal", "end of stream", gather=True)
    return len(arrows.all) > before
