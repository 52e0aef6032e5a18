"""What stands on a byte ruler: which bytes each send gave, each segment carried and each recv took. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ....link import Piece
from ....view.kit import count_bytes, listing, noun, number, upper, was, word
from ....wire import SENDING, PacketEvent, Recording, is_end_of_stream, is_taken, trace

SHORT = 16  # up to this many bytes a call's data stand in its bracket
LISTED = 5  # up to so many sizes the caption names one by one

Calls = Sequence["bytes | int"]


@dataclass(frozen=True)
class Span:
    """Bytes start .. end-1 of the stream, handled by one call or one segment."""

    start: int
    end: int
    data: bytes | None = None
    offered: int | None = None  # what a send was asked to take, if that was more than it took
    seq: int | None = None  # of a segment

    @property
    def size(self) -> int:
        return self.end - self.start

    @property
    def literal(self) -> str:
        whole = self.data is not None and 0 < len(self.data) == self.size <= SHORT
        return repr(self.data) if whole else ""


@dataclass
class Rows:
    """The three rows of a ruler."""

    sends: list[Span]
    recvs: list[Span]
    middle: list[Span] = field(default_factory=list)
    kind: str = "segment"  # or "piece"
    ended: bool = False  # the reader saw the end of the stream
    again: int = 0  # segments that were sent a second time, and are not drawn

    @property
    def total(self) -> int:
        return max((span.end for span in (*self.sends, *self.recvs, *self.middle)), default=0)

    @property
    def read(self) -> int:
        return max((span.end for span in self.recvs), default=0)


def rows_of(what: Recording | tuple[Calls, Calls], packets: Iterable[Any] = ()) -> Rows:
    """The rows of a recording, or of (sends, recvs) as bytes or sizes. ValueError if no byte was sent."""
    if isinstance(what, Recording):
        rows = _from_recording(what)
    elif isinstance(what, tuple) and len(what) == 2:
        rows = _from_calls(*what)
    else:
        raise TypeError(
            "byte_ruler() needs a recording of watch(), or a pair (sends, recvs) of lists with bytes or "
            f"sizes, not {type(what).__name__}."
        )
    if not rows.sends or not rows.total:
        raise ValueError("There is nothing to draw: no byte was sent through a stream.")
    events = list(packets)
    if events and isinstance(events[0], Piece):
        _add_pieces(rows, events)
    elif events:
        _add_segments(rows, events)
    return rows


def _from_calls(sends: Calls, recvs: Calls) -> Rows:
    rows = Rows(_chain(sends), _chain(recvs))
    rows.ended = bool(recvs) and rows.recvs[-1].size == 0
    rows.sends = [span for span in rows.sends if span.size]
    rows.recvs = [span for span in rows.recvs if span.size]
    if rows.read > max((span.end for span in rows.sends), default=0):
        raise ValueError("More bytes were received than sent: give both lists of one direction.")
    return rows


def _chain(calls: Calls) -> list[Span]:
    spans: list[Span] = []
    start = 0
    for call in calls:
        size = call if isinstance(call, int) else len(call)
        spans.append(Span(start, start + size, None if isinstance(call, int) else bytes(call)))
        start += size
    return spans


def _from_recording(recording: Recording) -> Rows:
    """The direction that carried the most bytes, of all connections of the recording."""
    carried: Counter[tuple[int, int]] = Counter()
    by_send: Counter[int] = Counter()  # bytes of each send that were received
    for flow in recording.flows():
        if flow.sent.stream is not False:
            carried[flow.sent.socket, flow.received.socket] += flow.size
            by_send[id(flow.sent)] += flow.size
    given: Counter[int] = Counter()
    for event in recording:
        if event.call in SENDING and event.stream is not False:
            given[event.socket] += event.size or by_send[id(event)]
    sender, receiver = max(carried, key=lambda ends: given[ends[0]], default=(0, 0))
    if not sender and given:
        sender = max(given, key=lambda end: given[end])
    rows = Rows([], [])
    start = 0
    for event in recording:
        if event.socket == sender and event.call in SENDING:
            size = event.size if event.size is not None else by_send[id(event)]
            offered = event.asked if isinstance(event.asked, int) and event.asked > size else None
            if size:
                rows.sends.append(Span(start, start + size, event.data, offered))
            start += size
    start = 0
    for event in recording:
        if event.socket == receiver and is_taken(event) and "MSG_OOB" not in event.flags:
            rows.ended = rows.ended or is_end_of_stream(event)
            if event.size:
                rows.recvs.append(Span(start, start + event.size, event.data))
                start += event.size
    return rows


def _add_segments(rows: Rows, packets: list[PacketEvent]) -> None:
    """The segments of the stream that fits these sends best: the one that carried most bytes."""
    by_flow: dict[tuple[int, str], list[Span]] = defaultdict(list)
    again: Counter[tuple[int, str]] = Counter()
    for step in trace(packets):
        if step.tcp and step.size and step.seq is not None and not step.copy:
            key = step.flow, step.event.direction
            if step.again:
                again[key] += 1
            else:
                start = step.seq - 1  # the SYN has number 0, the first byte 1
                by_flow[key].append(Span(start, start + step.size, step.event.packet.payload, seq=step.seq))
    if by_flow:
        key = max(by_flow, key=lambda key: sum(span.size for span in by_flow[key]))
        rows.middle, rows.again = sorted(by_flow[key], key=lambda span: span.start), again[key]


def _add_pieces(rows: Rows, pieces: list[Piece]) -> None:
    total = Counter[str]()
    for piece in pieces:
        total[piece.direction] += piece.size
    way = max(total, key=lambda way: total[way])
    rows.kind = "piece"
    rows.middle = _chain([piece.size for piece in pieces if piece.direction == way and piece.size])


def shared_borders(rows: Rows) -> tuple[int, int]:
    """How many of the borders between two sends are borders between two recvs; and how many there are."""
    borders = {span.end for span in rows.sends[:-1] if span.end < rows.read}
    cuts = {span.end for span in rows.recvs[:-1]}
    return len(borders & cuts), len(borders)


def describe_ruler(rows: Rows) -> str:
    """What the ruler shows, in sentences without times. Pure."""
    words = [f"{upper(_sizes('send', rows.sends))} {was(rows.sends)}"]
    words[0] += f" taken by {_sizes('recv', rows.recvs)}." if rows.recvs else " taken by no recv."
    partial = [span for span in rows.sends if span.offered]
    if len(partial) > 1:
        words.append(f"{upper(noun(len(partial), 'send'))} took less than each was given.")
    elif partial:
        given, took = partial[0].offered or 0, number(partial[0].size)
        words.append(f"One send was given {count_bytes(given)} and took {took}.")
    shared, borders = shared_borders(rows)
    if borders and len(rows.recvs) > 1:
        found = "no border" if not shared else f"{word(shared)} of the {word(borders)} borders"
        found = "every border" if shared == borders else found
        both = "are borders" if 1 < shared < borders else "is a border"
        words.append(f"{upper(found)} between two sends {both} between two recv calls.")
    if rows.middle:
        again = f", {noun(rows.again, 'of them')} sent twice" if rows.again else ""
        words.append(f"Between them {was(rows.middle)} {_sizes(rows.kind, rows.middle)}{again}.")
    unread = max(span.end for span in rows.sends) - rows.read
    if unread and rows.recvs:
        words.append(f"{upper(count_bytes(unread))} {'was' if unread == 1 else 'were'} not read.")
    if rows.ended:
        words.append("Then recv returned b'', the end of the stream.")
    return " ".join(words)


def _sizes(name: str, spans: Sequence[Span]) -> str:
    """'three sends of 3, 3 and 5 bytes', 'forty ...' as '40 sends of 1 000 bytes each'."""
    sizes = [span.size for span in spans]
    many = noun(len(spans), name)
    if name == "recv" and len(spans) > 1:
        many = f"{word(len(spans))} recv calls"
    if len(spans) == 1:
        return f"{many} of {count_bytes(sizes[0])}"
    if len(set(sizes)) == 1:
        return f"{many} of {count_bytes(sizes[0])} each"
    if len(sizes) <= LISTED:
        return f"{many} of {listing([number(size) for size in sizes])} bytes"
    return f"{many} of {number(min(sizes))} to {count_bytes(max(sizes))}"
