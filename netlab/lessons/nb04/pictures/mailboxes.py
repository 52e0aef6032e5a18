"""A socket's receive buffer as a mailbox: which cards it took in, and which fell beside it."""

from __future__ import annotations

from collections.abc import Iterable

from ....view.kit import Canvas, Picture, Swatch, cells, number
from ....view.kit.theme import CLIENTS, ERROR, FIELDS, FINE, HEAD, INK, MUTED, NOTE, PAPER, TEXT, text_width

MOST = 2000  # cards in one picture
WIDTH = 820
SLOTS, CARD, TALL = 13, 50, 34  # cards of the box in one row, and their size
SHOWN = 26  # cards of the box that are drawn; more are counted
COLUMNS = 50  # of the field of all cards
KEPT = Swatch(FIELDS[0], CLIENTS[0], round=4)


def mailbox(kept: Iterable[int], sent: int, *, caption: str | None = None) -> Picture:
    """Draw a receive buffer after `sent` datagrams, numbered from 1: `kept` are the numbers that it took in.

    Above, the box with its cards, in the order in which `recv` finds them; below, every card that was sent,
    as a full square if it is in the box and as a cross if it fell beside it.
    ValueError for a number that was not sent or comes twice, and for more than 2000 cards.
    """
    if isinstance(sent, bool) or not isinstance(sent, int) or not 1 <= sent <= MOST:
        raise ValueError(f"mailbox() needs sent= the number of cards, from 1 to {MOST}, not {sent!r}.")
    inside = list(kept)
    wrong = [card for card in inside if not isinstance(card, int) or not 1 <= card <= sent]
    if wrong:
        raise ValueError(f"Card {wrong[0]!r} was never sent: they are numbered from 1 to {sent}.")
    if len(set(inside)) < len(inside):
        raise ValueError("A card is in the mailbox twice: give each number once.")
    beside = sent - len(inside)
    shown = min(len(inside), SHOWN)
    rows = max(1, -(-shown // SLOTS))
    columns = max(1, -(-shown // rows))  # an empty place would look like room for one more
    field_top = 92 + rows * (TALL + 8) + 54
    lines = -(-sent // COLUMNS)
    pitch = min(15.2, (WIDTH - 60) / COLUMNS)
    canvas = Canvas(WIDTH, field_top + lines * pitch + 22)

    canvas.text(30, 24, "the mailbox", HEAD, CLIENTS[0], bold=True)
    canvas.text(172, 25, "the socket's receive buffer, in the kernel", NOTE, MUTED)
    words = f"{number(len(inside))} of {number(sent)} taken in"
    canvas.text(WIDTH - 30, 24, words, TEXT, INK, align="right", bold=True)
    canvas.box(
        30,
        46,
        columns * (CARD + 7.5) + 20.5 if inside else WIDTH - 60,
        rows * (TALL + 8) + 20,
        PAPER,
        edge=CLIENTS[0],
        round=12,
    )
    for place, x, y in cells(shown, columns, 44, 58, CARD + 7.5, TALL + 8):
        last = place == SHOWN - 1 and len(inside) > SHOWN
        text = f"+{len(inside) - SHOWN + 1}" if last else str(inside[place])
        KEPT.chip(canvas, x, y, CARD, TALL, text, bold=True)
    if not inside:
        canvas.text(WIDTH / 2, 46 + TALL / 2 + 12, "empty", TEXT, MUTED, align="center")

    canvas.text(30, field_top - 22, "all cards that were sent", TEXT, INK, bold=True)
    _key(canvas, field_top - 22, beside)
    taken = set(inside)
    left = (WIDTH - (COLUMNS - 1) * pitch) / 2
    for n, x, y in cells(sent, COLUMNS, left, field_top + pitch / 2, pitch):
        if n + 1 in taken:
            canvas.box(x - 5.5, y - 5.5, 11, 11, CLIENTS[0], round=2)
        else:
            _cross(canvas, x, y, 3.2, 1.1)
    return canvas.picture(caption or describe_mailbox(inside, sent))


def _key(canvas: Canvas, y: float, beside: int) -> None:
    right = WIDTH - 30
    words = f"{number(beside)} fell beside it"
    canvas.text(right, y, words, FINE + 1, ERROR if beside else MUTED, align="right", bold=bool(beside))
    x = right - text_width(words, FINE + 1, bold=True) - 12
    _cross(canvas, x, y, 4, 1.4)
    canvas.box(x - 126, y - 5.5, 11, 11, CLIENTS[0], round=2)
    canvas.text(x - 108, y, "in the box", FINE + 1, INK)


def _cross(canvas: Canvas, x: float, y: float, reach: float, width: float) -> None:
    for tilt in (-reach, reach):
        canvas.line([(x - reach, y - tilt), (x + reach, y + tilt)], ERROR, width)


def describe_mailbox(kept: Iterable[int], sent: int) -> str:
    """Which cards are in the box, in words. Pure."""
    inside = list(kept)
    beside = sent - len(inside)
    if not beside:
        return f"The mailbox took in all {number(sent)} cards."
    if not inside:
        return f"The mailbox took in none of {number(sent)} cards."
    which = "the first ones" if inside == list(range(1, len(inside) + 1)) else "not only the first ones"
    fell = f"{number(beside)} fell beside it"
    return f"The mailbox took in {number(len(inside))} of {number(sent)} cards, {which}; {fell}."
