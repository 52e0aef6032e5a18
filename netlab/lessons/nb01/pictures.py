"""The accept queue as a picture: who is in, who waits for `accept`, who knocks in vain."""

from __future__ import annotations

from ...view.kit import Canvas, Picture, cells, disc, plural
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
    given = {"accepted": accepted, "waiting": waiting, "knocking": knocking, "backlog": backlog}
    for name, value in given.items():
        if not isinstance(value, int) or value < 0:
            raise ValueError(f"accept_queue() needs {name}= a whole number from 0 on, not {value!r}.")
    places = max(backlog + 1, waiting)
    rows = max(2, *(-(-min(n, MOST) // COLUMNS) for n in (accepted, places, knocking)))
    height = TOP + 106 + rows * CELL
    canvas = Canvas(3 * PANEL + 2 * GAP + 36, height)
    numbers = list(range(1, accepted + waiting + knocking + 1))
    inside, queued, outside = numbers[:accepted], numbers[accepted:][:waiting], numbers[accepted + waiting :]
    panel = _Panel(canvas, rows)
    vain = f"{knocking} {'knocks' if knocking == 1 else 'knock'} in vain" if knocking else "nobody knocks"
    panel.draw(0, "outside", "connect() waits", outside, knocking, ERROR if knocking else MUTED, vain)
    panel.arrow(0, "handshake", stopped=bool(knocking))
    taken = f"{waiting} of {places} {plural(places, 'place')} taken"
    panel.draw(1, "kernel", f"listen({backlog})", queued, places, CLIENTS[0], taken)
    panel.arrow(1, "accept()")
    took = f"{accepted} accepted"
    panel.draw(2, "server program", "has the connection", inside, accepted, SERVERS[0], took)
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
        self, place: int, title: str, code: str, numbers: list[int], places: int, color: str, words: str
    ) -> None:
        canvas, height, x = self.canvas, self.rows * CELL + 20, 18 + place * (PANEL + GAP)
        middle = x + PANEL / 2
        canvas.text(middle, TOP, title, HEAD, color, align="center", bold=True)
        canvas.text(middle, TOP + 25, code, CODE - 1, MUTED, align="center", mono="(" in code)
        outside = title == "outside"
        canvas.box(
            x, TOP + 44, PANEL, height, PAPER, edge=FAINT if outside else color, round=10, dashed=outside
        )
        # The first in line stands nearest to the next room, which is on the right.
        corner = (x + PANEL - 11 - CELL / 2, TOP + 54 + CELL / 2)
        for n, cx, cy in cells(min(places, MOST), COLUMNS, *corner, -CELL, CELL):
            if n == MOST - 1 and places > MOST:
                canvas.text(cx, cy, f"+{places - MOST + 1}", TEXT, INK, align="center")
            elif n < len(numbers):
                disc(canvas, cx, cy, str(numbers[n]), color, DISC, hollow=outside)
            else:
                canvas.box(cx - 16, cy - 16, 32, 32, PAPER, edge=MUTED, round=16, dashed=True)
        canvas.text(middle, TOP + 44 + height + 24, words, TEXT, color, align="center", bold=True)

    def arrow(self, place: int, words: str, *, stopped: bool = False) -> None:
        x = 18 + place * (PANEL + GAP) + PANEL
        y = TOP + 54 + self.rows * CELL / 2
        end = x + GAP * (0.55 if stopped else 0.9)
        if stopped:
            self.canvas.line([(x + 8, y), (end, y)], MUTED, 2)
            self.canvas.dot(end, y, ERROR, mark="X", size=15)
        else:
            self.canvas.arrow([(x + 8, y), (end, y)], MUTED, 2)
        self.canvas.text(x + GAP / 2, y - 18, words, NOTE, MUTED, align="center")


def _clients(n: int) -> str:
    return f"{n or 'no'} {plural(n, 'client')}"
