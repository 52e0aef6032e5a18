"""Rows of named bytes: how the pictures of HTTP messages are drawn."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from ..kit import Canvas, Swatch, number, shorten
from ..kit.theme import CLIENTS, ERROR, FIELDS, FINE, INK, MUTED, NOTE, PAPER, SERVERS, TEXT, text_width

WIDTH, LEFT, RIGHT, TOP = 880, 142, 16, 10
ROW, CHIP, MONO = 31, 24, 14  # heights in CSS pixels, and the size of the bytes' letters
PLAIN = Swatch(PAPER, MUTED, round=4)
FIRST = Swatch(FIELDS[0], CLIENTS[0], round=4)
NAME = Swatch(FIELDS[2], CLIENTS[2], round=4)
VALUE = Swatch(FIELDS[4], SERVERS[2], round=4)
BODY = Swatch(FIELDS[1], SERVERS[0], round=4)
END = Swatch(PAPER, MUTED, ink=MUTED, dashed=True, round=4)
WRONG = Swatch(PAPER, ERROR, ink=ERROR, round=4)

Chip = tuple[str, Swatch, str]  # bytes, how they look, what stands above
CR_LF: Chip = ("CR LF", END, "")


@dataclass
class Row:
    """Bytes start .. end-1 on a line of their own: its chips."""

    label: str
    start: int
    end: int
    chips: list[Chip] = field(default_factory=list)
    name: str = ""  # of a field
    aside: str = ""
    wrong: bool = False


def draw_rows(rows: list[Row], foot: str, refused: bool, *, places: bool = False) -> Canvas:
    """The rows one below the other, and `foot` in words below them; `places` adds each row's first byte.

    With `places` the last row stands apart: it is what the reader gets.
    """
    above = [15 if any(over for _, _, over in row.chips) else 0 for row in rows]
    feet = textwrap.wrap(foot, 96)
    gap = 14 if places else 0  # before what the reader gets
    canvas = Canvas(WIDTH, TOP + len(rows) * ROW + sum(above) + gap + 22 * len(feet) + 14)
    y = float(TOP)
    for i, row in enumerate(rows):
        last = places and i == len(rows) - 1
        y += above[i] + gap * last
        if last:
            canvas.line([(LEFT - 126, y - 5), (WIDTH - RIGHT, y - 5)], INK, 1.2)
        middle = y + ROW / 2
        x = LEFT + 0.0
        if row.wrong:
            canvas.box(8, y + 1, WIDTH - 16, ROW - 2, PAPER, edge=ERROR, round=5, z=1)
            canvas.text(22, middle, "✗", TEXT, ERROR, align="center", bold=True)
        color = ERROR if row.wrong else SERVERS[0] if last else CLIENTS[0] if row.label else MUTED
        canvas.text(LEFT - 12, middle, row.label, NOTE, color, align="right", bold=True)
        if places and not last and not row.wrong:
            canvas.text(14, middle, number(row.start), FINE, MUTED)
        for text, kind, over in row.chips:
            size = FINE if kind in (END, WRONG) else MONO
            wide = max(text_width(text, size, mono=True) + 10, 14)
            if kind == PLAIN and text == ":":
                canvas.text(x + wide / 2, middle, text, size, INK, align="center", mono=True)
            else:
                kind.chip(canvas, x, middle - CHIP / 2, wide, CHIP, text, size, mono=True)
            if over:
                canvas.text(x + 1, y - 5, over, FINE, CLIENTS[0], bold=True)
            slot = max(wide, text_width(over, FINE, bold=True) + 4)
            x += slot + (8 if kind == FIRST and over != "reason" else 4)
        if row.aside:
            canvas.text(x + 6, middle, row.aside, FINE, MUTED)
        y += ROW
    for line in feet:
        canvas.text(LEFT, y + 16, line, NOTE, ERROR if refused else MUTED, bold=refused)
        y += 22
    return canvas


def as_text(data: bytes) -> str:
    """Printable ASCII as it is, everything else as an escape: a tab is \\t, the byte 255 is \\xff."""
    return "".join(chr(c) if 32 <= c < 127 else "\\t" if c == 9 else f"\\x{c:02x}" for c in data)


def chip(data: bytes, most: int, kind: Swatch = PLAIN, over: str = "") -> Chip:
    """A chip with bytes of at most so many letters."""
    return shorten(as_text(data), most)[0], kind, over


def measured(data: bytes, most: int, kind: Swatch) -> tuple[list[Chip], str]:
    """The same, no chip where there are no bytes; and how much there was if it is cut."""
    shown, more = shorten(as_text(data), most)
    return [(shown, kind, "")] if shown else [], more


def escaped(data: bytes) -> list[Chip]:
    """A chip with bytes as Python writes them between the quotes, line ends as \\r\\n."""
    return [(shorten(repr(data)[2:-1], 70)[0], PLAIN, "")]
