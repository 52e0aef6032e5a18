"""Which socket takes a segment: four numbers compared with the kernel's connections, then its listeners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ....view.kit import Canvas, Picture, Swatch, disc, listing
from ....view.kit.theme import CLIENTS, CODE, FIELDS, HEAD, INK, MUTED, NOTE, PAPER, SERVERS, TEXT, text_width
from ....wire import Recording

MOST = 6  # connections drawn
CARD, GAP, ARROW, EDGE, DISC = 38.0, 12.0, 96.0, 18.0, 30.0
COLUMNS = ("from address", "from port", "to address", "to port")
DIFFERENCES = ("the address they come from", "the port they come from",
               "the address they go to", "the port they go to")  # fmt: skip
WILDCARDS = ("0.0.0.0", "::")
MAPPED = "::ffff:"  # an IPv4 address as an IPv6 socket sees it, RFC 4291 section 2.5.5.2

CONNECTION = Swatch(PAPER, SERVERS[0], round=8)
LISTENER = Swatch(FIELDS[1], SERVERS[0], round=8, dashed=True)

Place = tuple[str, int]
Four = tuple[str, int, str, int]


@dataclass(frozen=True)
class Arrivals:
    """What is drawn: the four numbers of each connection, and which listener took its first segment."""

    connections: list[Four]
    taken_by: list[int]  # for each connection, the place of its listener in `listeners`
    listeners: list[Place]


def demultiplexing(
    recording: Recording | None = None,
    *,
    listeners: Iterable[Sequence[Any]] = (),
    connections: Iterable[tuple[Sequence[Any], Sequence[Any]]] = (),
    first: bool = True,
    note: str = "",
    caption: str | None = None,
) -> Picture:
    """Draw which socket of the kernel takes each client's segments (RFC 9293 section 3.10.7).

    Clients are A, B, C ... in the order in which they connected, colored by the address and port that they
    come from. Above: later segments, whose four numbers are those of a connection. Below, unless `first` is
    False: first segments (SYN); no connection has their numbers, so the listener takes them. The numbers
    that tell the clients apart are marked.

    From the recording of a `watch()` around the sockets of both sides; or from `listeners`, a list of
    addresses, and `connections`, pairs (client's address, server's address). `note` is drawn small below;
    `caption` replaces the words that are made from what is seen. ValueError if there is no connection, or
    none of the listeners can have taken it.
    """
    if recording is not None:
        listeners, connections = _heard(recording)
    arrivals = _match(list(listeners), list(connections))
    columns = column_widths(arrivals)
    card = DISC + 16 + sum(columns) + 14
    rows = min(len(arrivals.connections), MOST)
    width = 2 * EDGE + 2 * card + ARROW - DISC
    height = (148 if first else 90) + (1 + first) * rows * (CARD + GAP) + (26 if note else 0)
    canvas = Canvas(width, height)
    _Drawing(canvas, arrivals, columns, card).draw(rows, first)
    if note:
        canvas.text(width - EDGE, height - 16, note, NOTE, MUTED, align="right", italic=True)
    return canvas.picture(caption or _caption(arrivals, first))


def _heard(recording: Recording) -> tuple[list[Any], list[tuple[Any, Any]]]:
    listeners, connections = [], []
    for event in recording:
        if event.error or not isinstance(event.local, tuple):
            continue
        if event.call == "listen" and event.local not in listeners:
            listeners.append(event.local)
        elif event.call in ("connect", "connect_ex") and isinstance(event.peer, tuple):
            connections.append((event.local, event.peer))
    known = {(_place(client), _place(server)) for client, server in connections}
    for event in recording:  # those whose connect was not recorded
        if event.call == "accept" and isinstance(event.local, tuple) and isinstance(event.peer, tuple):
            if (_place(event.peer), _place(event.local)) not in known:
                connections.append((event.peer, event.local))
    return listeners, connections


def _place(address: Sequence[Any]) -> Place:
    host = str(address[0])
    return (host[len(MAPPED) :] if host.lower().startswith(MAPPED) else host, int(address[1]))


def _match(listeners: list[Any], connections: list[tuple[Any, Any]]) -> Arrivals:
    doors = [_place(address) for address in listeners]
    fours: list[Four] = []
    taken_by: list[int] = []
    for client, server in connections:
        place = _place(server)
        found = [i for i, door in enumerate(doors) if door == place]
        found += [i for i, (host, port) in enumerate(doors) if port == place[1] and host in WILDCARDS]
        if found:
            fours.append((*_place(client), *place))
            taken_by.append(found[0])
    if not fours:
        raise ValueError(
            "demultiplexing() needs a client that connects to a listener: make the sockets of both inside "
            "`with watch() as wire:`."
        )
    used = sorted(set(taken_by), key=taken_by.index)
    return Arrivals(fours, [used.index(i) for i in taken_by], [doors[i] for i in used])


def column_widths(arrivals: Arrivals) -> list[float]:
    """How wide each of the four columns has to be, in CSS pixels, for all that stands in it."""
    rows = [*arrivals.connections, *(("", "", host, port) for host, port in arrivals.listeners)]
    return [
        max(text_width(name, NOTE), *(text_width(str(value), CODE, mono=True) for value in column)) + 18
        for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=True)
    ]


def telling(connections: Sequence[Four]) -> list[bool]:
    """Which of the four numbers tell the connections apart: of where they go to, if that is enough."""
    differ = [len({four[i] for four in connections}) > 1 for i in range(4)]
    if len({four[2:] for four in connections}) == len(connections):
        return [False, False, *differ[2:]]  # which ports they come from is chance
    return differ


class _Drawing:
    def __init__(self, canvas: Canvas, arrivals: Arrivals, columns: list[float], card: float) -> None:
        self.canvas, self.arrivals, self.columns, self.card = canvas, arrivals, columns, card
        self.left, self.right = EDGE, EDGE + card + ARROW
        self.marked = telling(arrivals.connections)
        origins = list(dict.fromkeys(four[:2] for four in arrivals.connections))
        self.colors = [CLIENTS[origins.index(four[:2]) % 3] for four in arrivals.connections]

    def draw(self, rows: int, first: bool) -> None:
        canvas, fours = self.canvas, self.arrivals.connections
        more = len(fours) - rows
        head = "a segment arrives" + (f" ({more} more clients not drawn)" if more else "")
        canvas.text(self.left, 20, head, HEAD, CLIENTS[0], bold=True)
        canvas.text(self.right, 20, "the kernel's sockets", HEAD, SERVERS[0], bold=True)
        y = self._heads(54.0, "later segments: a connection has these four numbers", "connections")
        for i in range(rows):
            self._segment(y, i)
            self._socket(y, fours[i], CONNECTION)
            self._arrow(y, y, self.colors[i], dashed=False)
            y += CARD + GAP
        if not first:
            return
        y = self._heads(
            y + 16, "first segments (SYN): no connection has them yet", "listeners: from any to here"
        )
        self._first_segments(y, rows)

    def _first_segments(self, top: float, rows: int) -> None:
        """The SYNs of each listener, and the listener beside the middle of them."""
        taken = self.arrivals.taken_by[:rows]
        order = sorted(range(rows), key=lambda i: taken[i])
        at = {i: top + place * (CARD + GAP) for place, i in enumerate(order)}
        for number, (host, port) in enumerate(self.arrivals.listeners):
            mine = [i for i in order if taken[i] == number]
            if not mine:
                continue
            middle = sum(at[i] for i in mine) / len(mine)
            self._socket(middle, ("any", "any", host, port), LISTENER)
            for i in mine:
                self._segment(at[i], i)
                self._arrow(at[i], middle, self.colors[i], dashed=True)

    def _heads(self, y: float, words: str, kind: str) -> float:
        self.canvas.text(self.left, y, words, TEXT, INK, italic=True)
        self.canvas.text(self.right, y, kind, TEXT, INK, italic=True)
        for start in (self.left + DISC + 16, self.right + 14):
            x = start
            for name, wide in zip(COLUMNS, self.columns, strict=True):
                self.canvas.text(x + wide / 2, y + 23, name, NOTE, MUTED, align="center")
                x += wide
        return y + 36

    def _segment(self, y: float, i: int) -> None:
        color = self.colors[i]
        self.canvas.box(self.left, y, self.card, CARD, PAPER, edge=color, round=8)
        disc(self.canvas, self.left + 22, y + CARD / 2, chr(65 + i), color, DISC)
        self._cells(self.left + DISC + 16, y, self.arrivals.connections[i])

    def _socket(self, y: float, four: Sequence[Any], kind: Swatch) -> None:
        kind.draw(self.canvas, self.right, y, self.card - DISC, CARD)
        self._cells(self.right + 14, y, four, plain=kind == LISTENER)

    def _cells(self, x: float, y: float, four: Sequence[Any], *, plain: bool = False) -> None:
        for value, wide, marked in zip(four, self.columns, self.marked, strict=True):
            strong = marked and not plain
            if strong:
                self.canvas.box(x + 2, y + 6, wide - 4, CARD - 12, FIELDS[4], round=5, z=2.5)
            joker = value == "any"
            self.canvas.text(x + wide / 2, y + CARD / 2, str(value), NOTE if joker else CODE,
                             MUTED if joker else INK, align="center", mono=not joker, bold=strong,
                             italic=joker)  # fmt: skip
            x += wide

    def _arrow(self, y: float, target: float, color: str, *, dashed: bool) -> None:
        start, end = self.left + self.card + 4, self.right - 4
        y, target = y + CARD / 2, target + CARD / 2
        if dashed:
            turn = start + (end - start) * 0.45
            points = [(start, y), (turn, y), (turn, target), (end - 14, target)]
            self.canvas.line(points if y != target else [(start, y), (end - 14, y)], color, 2.2, dashed=True)
            self.canvas.arrow([(end - 16, target), (end, target)], color)
        else:
            self.canvas.arrow([(start, y), (end, target)], color)


def _caption(arrivals: Arrivals, first: bool) -> str:
    fours, doors = arrivals.connections, arrivals.listeners
    count = len(fours)
    names = [chr(65 + i) for i in range(min(count, MOST))]
    clients = f"{count} clients" if count > MOST else f"Clients {listing(names)}"
    taken = "only the first segments, which no connection matches" if first else "nothing of this"
    gets = f"the listener gets {taken}" if len(doors) == 1 else f"the {len(doors)} listeners get {taken}"
    if count == 1:
        return f"Client A has a connection of its own; {gets}."
    differ = [words for words, tells in zip(DIFFERENCES, telling(fours), strict=True) if tells]
    same = (
        "come from one and the same address and port, and " if len({four[:2] for four in fours}) == 1 else ""
    )
    apart = listing(differ) if differ else "nothing"
    return f"{clients} {same}differ in {apart}. Each has a connection of its own; {gets}."
