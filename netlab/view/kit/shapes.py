"""Shapes that many pictures share: looks of boxes, chips with words, discs, cells in rows, legends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .canvas import Canvas
from .theme import INK, MUTED, NOTE, PAPER, TEXT, text_width


@dataclass(frozen=True)
class Swatch:
    """How one kind of box looks, in the picture and in its legend. Dashes and hatching need no color."""

    fill: str
    edge: str | None = None
    ink: str = INK  # of words on it
    dashed: bool = False
    hatched: bool = False
    round: float = 0
    size: tuple[float, float] = (26, 15)  # in a legend

    def draw(self, canvas: Canvas, x: float, y: float, wide: float, tall: float, *, z: float = 2) -> None:
        """A box whose upper left corner is (x, y)."""
        canvas.box(x, y, wide, tall, self.fill, edge=self.edge, round=self.round, dashed=self.dashed, z=z)
        at = x + 4
        while self.hatched and at < x + wide - 1:
            end = (min(at + 5, x + wide), y + 1)
            canvas.line([(at, y + tall - 1), end], self.edge or self.ink, 1.4, z=z + 1)
            at += 6

    def chip(
        self, canvas: Canvas, x: float, y: float, wide: float, tall: float, text: str, size: float = TEXT,
        **style: Any,
    ) -> None:  # fmt: skip
        """The box with a text in its middle; `style` is what Canvas.text takes: mono, bold, italic."""
        self.draw(canvas, x, y, wide, tall)
        canvas.text(x + wide / 2, y + tall / 2, text, size, self.ink, align="center", **style)


@dataclass(frozen=True)
class Mark:
    """A mark on a point, in the picture and in its legend: "o", "X", "D" ... as matplotlib names them."""

    mark: str
    color: str
    size: float = 14

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """The mark with its middle at (x, y)."""
        canvas.dot(x, y, self.color, mark=self.mark, size=self.size)


def disc(
    canvas: Canvas, x: float, y: float, text: str, color: str, size: float, *, hollow: bool = False
) -> None:
    """A round badge with a letter or a number in its middle."""
    canvas.dot(x, y, color, size=size)
    if hollow:
        canvas.dot(x, y, PAPER, size=size - 6, z=6.5)
    canvas.text(x, y, text, TEXT, color if hollow else PAPER, align="center", bold=True)


def cells(
    count: int, across: int, x: float, y: float, step: float, down: float | None = None
) -> Iterator[tuple[int, float, float]]:
    """(number from 0, x, y) of so many places, `across` in a row, the first at (x, y)."""
    for n in range(count):
        yield n, x + n % across * step, y + n // across * (step if down is None else down)


def legend(
    canvas: Canvas, x: float, y: float, entries: Iterable[tuple[Swatch | Mark, str]], *,
    size: float = NOTE, color: str = MUTED,
) -> None:  # fmt: skip
    """What each sign means, one after the other in a line whose middle is at y, from x on."""
    for sign, words in entries:
        if isinstance(sign, Swatch):
            wide, tall = sign.size
            sign.draw(canvas, x, y - tall / 2, wide, tall)
        else:
            wide = sign.size
            sign.draw(canvas, x + wide / 2, y)
        canvas.text(x + wide + 8, y, words, size, color)
        x += wide + 8 + text_width(words, size) + 28


def round_step(total: float, most: float) -> int:
    """The smallest of 1, 2, 5, 10, 20 ... of which at most `most` fit into `total`."""
    steps = (unit * int(10**power) for power in range(16) for unit in (1, 2, 5))
    return next(step for step in steps if total / step <= most)
