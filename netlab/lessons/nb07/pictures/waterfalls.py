"""One page over time: which connection carried which request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ....view.kit import Canvas, Picture, Swatch, legend, noun, round_step, shorten, upper
from ....view.kit.theme import CLIENTS, FAINT, FIELDS, FINE, HEAD, INK, MUTED, NOTE, PAPER, SERVERS
from ....wire import RECEIVING, SENDING, Event, Recording

WIDTH, LEFT, RIGHT, BAR, ROW = 880, 176, 24, 15, 23
# Told apart without color: hatched, pale, full.
CONNECTING = Swatch(PAPER, SERVERS[0], hatched=True)
WAITING = Swatch(FIELDS[0], CLIENTS[0])
READING = Swatch(CLIENTS[0], CLIENTS[0])
KEY = ((CONNECTING, "connecting"), (WAITING, "waiting"), (READING, "receiving"))


class Exchange(NamedTuple):
    """One request and its response, in seconds since the first connect. A plain tuple, so it can be kept."""

    connection: int  # 1, 2, 3 ... in the order of their connects
    target: str
    connecting: float | None  # when connect was called; None if the connection was there
    sent: float
    first: float  # when the first bytes of the response were received
    last: float  # when the last ones were


def exchanges(wire: Recording) -> list[Exchange]:
    """The HTTP requests of a recording's clients, in the order in which they began.

    A request is a send that begins with a request line; its response is what the same socket receives until
    it sends again. Requests without a response are left out. ValueError if there is none.
    """
    events = sorted(wire, key=lambda event: event.started)
    connects = {event.socket: event for event in events if event.call in ("connect", "connect_ex")}
    numbers = {socket: n for n, socket in enumerate(connects, 1)}
    found: list[Exchange] = []
    for socket, connect in connects.items():
        calls = [event for event in events if event.socket == socket]
        asks = [i for i, event in enumerate(calls) if _target(event)]
        for number_, (i, until) in enumerate(zip(asks, [*asks[1:], len(calls)], strict=True)):
            got = [e.time for e in calls[i:until] if e.call in RECEIVING and e.size]
            if got:
                begun = connect.started if number_ == 0 else None
                found.append(
                    Exchange(numbers[socket], _target(calls[i]), begun, calls[i].started, got[0], got[-1])
                )
    if not found:
        raise ValueError("There is nothing to draw: no client of this recording got an answer over HTTP.")
    zero = min(each.sent if each.connecting is None else each.connecting for each in found)
    shifted = [
        each._replace(
            connecting=None if each.connecting is None else each.connecting - zero,
            sent=each.sent - zero, first=each.first - zero, last=each.last - zero,
        )
        for each in found
    ]  # fmt: skip
    return sorted(shifted, key=lambda each: each.sent if each.connecting is None else each.connecting)


def _target(event: Event) -> str:
    if event.call not in SENDING or not event.data:
        return ""
    parts = event.data.partition(b"\r\n")[0].split(b" ")
    return parts[1].decode("latin-1") if len(parts) == 3 and parts[2].startswith(b"HTTP/1") else ""


Rows = Recording | Sequence[Exchange | tuple[int, str, "float | None", float, float, float]]


def waterfall(what: Rows | Mapping[str, Rows], *, caption: str | None = None) -> Picture:
    """Draw the requests of a page as rows over time: connecting, waiting for the first byte, receiving.

    `what` is a recording of watch(), or what exchanges() made of one; a dict of several draws them one below
    the other, on one time axis. ValueError if there is nothing to draw.
    """
    panels = {
        name: [Exchange(*each) for each in (exchanges(rows) if isinstance(rows, Recording) else rows)]
        for name, rows in (what.items() if isinstance(what, Mapping) else [("", what)])
    }
    if not panels or not all(panels.values()):
        raise ValueError("There is nothing to draw: waterfall() needs at least one exchange in each panel.")
    end = max(each.last for rows in panels.values() for each in rows)
    height = 34 + sum(ROW * len(rows) + (34 if name else 8) for name, rows in panels.items()) + 44
    canvas = Canvas(WIDTH, height)
    scale = (WIDTH - LEFT - RIGHT) / (end or 1e-9)
    bottom = height - 40
    for tick in range(0, int(end * 1000) + 1, round_step(end * 1000, 9)):
        x = LEFT + tick / 1000 * scale
        canvas.line([(x, 34), (x, bottom)], FAINT, 1, z=1)
        canvas.text(x, bottom + 12, str(tick), FINE, MUTED, align="center")
    canvas.text(WIDTH - RIGHT, bottom + 30, "time (ms)", NOTE, INK, align="right")
    legend(canvas, LEFT, 9 + BAR / 2, KEY, color=INK)
    y = 34.0
    for name, rows in panels.items():
        if name:
            canvas.text(16, y + 17, name, HEAD - 2, CLIENTS[0], bold=True)
            y += 30
        _panel(canvas, y, rows, scale)
        y += ROW * len(rows) + (4 if name else 8)
    said = [
        (f"{upper(name)}: " if name else "") + f"{noun(len(rows), 'request')} over "
        f"{noun(len({each.connection for each in rows}), 'connection')}."
        for name, rows in panels.items()
    ]
    return canvas.picture(caption or " ".join(upper(text) for text in said))


def _panel(canvas: Canvas, y: float, rows: Sequence[Exchange], scale: float) -> None:
    for each in rows:
        middle = y + ROW / 2
        canvas.text(16, middle, shorten(each.target, 14)[0], NOTE, INK, mono=True)
        canvas.text(LEFT - 10, middle, f"c{each.connection}", NOTE, MUTED, align="right", bold=True)
        begun = each.sent if each.connecting is None else each.connecting
        bars = ((CONNECTING, begun, each.sent), (WAITING, each.sent, each.first),
                (READING, each.first, max(each.last, each.first + 4 / scale)))  # fmt: skip
        for swatch, start, end in bars:
            if (wide := (end - start) * scale) >= 0.5:
                swatch.draw(canvas, LEFT + start * scale, middle - BAR / 2, wide, BAR)
        y += ROW
