"""The accept queue as a picture: who is in, who waits for `accept`, who knocks in vain."""

from __future__ import annotations

from ...view.kit import Canvas, Picture
from ...view.kit.theme import CLIENTS, CODE, ERROR, FAINT, HEAD, INK, MUTED, NOTE, PAPER, SERVERS, TEXT

COLUMNS, CELL, DISC = 4, 46, 34
MOST = 16  # clients or places drawn in one panel
PANEL, GAP, TOP = 206, 92, 22


def accept_queue(
    *, accepted: int, waiting: int, knocking: int, backlog: int, caption: str | None = None
) -> Picture:
    """Draw the clients of a listening socket: `accepted` ones, `waiting` in the kernel's accept queue of
    `backlog` + 1 places (as Linux counts), and `knocking` ones whose connect has no answer.

    Clients are numbered in the order in which they came. ValueError for a negative number.
    """
    for name, value in (
        ("accepted", accepted),
        ("waiting", waiting),
        ("knocking", knocking),
        ("backlog", backlog),
    ):
        if not isinstance(value, int) or value < 0:
            raise ValueError(f"accept_queue() needs {name}= a whole number from 0 on, not {value!r}.")
    places = max(backlog + 1, waiting)
    rows = max(2, *(-(-min(n, MOST) // COLUMNS) for n in (accepted, places, knocking)))
    height = TOP + 106 + rows * CELL
    canvas = Canvas(3 * PANEL + 2 * GAP + 36, height)
    numbers = range(1, accepted + waiting + knocking + 1)
    panel = _Panel(canvas, rows)
    x = 18.0
    words = f"{knocking} knock{'s' * (knocking == 1)} in vain" if knocking else "nobody knocks"
    color = ERROR if knocking else MUTED
    panel.draw(x, "outside", "connect() waits", list(numbers[accepted + waiting :]), knocking, color, words)
    panel.arrow(x + PANEL, "handshake", stopped=bool(knocking))
    x += PANEL + GAP
    panel.draw(
        x, "kernel", f"listen({backlog})", list(numbers[accepted : accepted + waiting]), places, CLIENTS[0],
        f"{waiting} of {places} place{'s' * (places != 1)} taken",
    )  # fmt: skip
    panel.arrow(x + PANEL, "accept()")
    x += PANEL + GAP
    panel.draw(
        x,
        "server program",
        "has the connection",
        list(numbers[:accepted]),
        accepted,
        SERVERS[0],
        f"{accepted} accepted",
    )
    words = (
        f"listen({backlog}) has room for {backlog + 1}: {_clients(waiting)} in the accept queue, "
        f"{_clients(accepted)} accepted, {_clients(knocking)} knocking in vain."
    )
    return canvas.picture(caption or words)


class _Panel:
    """One of the three rooms, with its clients as numbered discs."""

    def __init__(self, canvas: Canvas, rows: int) -> None:
        self.canvas, self.rows = canvas, rows

    def draw(
        self, x: float, title: str, code: str, numbers: list[int], places: int, color: str, words: str
    ) -> None:
        canvas, height = self.canvas, self.rows * CELL + 20
        middle = x + PANEL / 2
        canvas.text(middle, TOP, title, HEAD, color, align="center", bold=True)
        canvas.text(middle, TOP + 25, code, CODE - 1, MUTED, align="center", mono="(" in code)
        outside = title == "outside"
        canvas.box(
            x, TOP + 44, PANEL, height, PAPER, edge=FAINT if outside else color, round=10, dashed=outside
        )
        for place in range(min(places, MOST)):
            # The first in line stands nearest to the next room, which is on the right.
            cx = x + PANEL - 11 - CELL / 2 - (place % COLUMNS) * CELL
            cy = TOP + 54 + CELL / 2 + (place // COLUMNS) * CELL
            if place == MOST - 1 and places > MOST:
                canvas.text(cx, cy, f"+{places - MOST + 1}", TEXT, INK, align="center")
            elif place < len(numbers):
                canvas.dot(cx, cy, color, size=DISC)
                if outside:
                    canvas.dot(cx, cy, PAPER, size=DISC - 6, z=6.5)
                canvas.text(
                    cx, cy, str(numbers[place]), TEXT, color if outside else PAPER, align="center", bold=True
                )
            else:
                canvas.box(cx - 16, cy - 16, 32, 32, PAPER, edge=MUTED, round=16, dashed=True)
        canvas.text(middle, TOP + 44 + height + 24, words, TEXT, color, align="center", bold=True)

    def arrow(self, x: float, words: str, *, stopped: bool = False) -> None:
        y = TOP + 54 + self.rows * CELL / 2
        end = x + GAP * (0.55 if stopped else 0.9)
        if stopped:
            self.canvas.line([(x + 8, y), (end, y)], MUTED, 2)
            self.canvas.dot(end, y, ERROR, mark="X", size=15)
        else:
            self.canvas.arrow([(x + 8, y), (end, y)], MUTED, 2)
        self.canvas.text(x + GAP / 2, y - 18, words, NOTE, MUTED, align="center")


def _clients(n: int) -> str:
    return "1 client" if n == 1 else f"{n or 'no'} clients"
