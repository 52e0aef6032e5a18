"""What a cache asked at each visit, and what it was answered."""

from __future__ import annotations

from collections.abc import Sequence

from ....view.kit import Canvas, Picture, count_bytes, noun, number, upper
from ....view.kit.theme import CLIENTS, ERROR, INK, MUTED, NOTE, SERVERS, TEXT
from .waterfalls import RIGHT, WIDTH


def cache_walk(
    visits: Sequence[tuple[float, str | None, str, int]], *, caption: str | None = None
) -> Picture:
    """Draw what each visit to a page cost: (seconds, what was asked, what was answered, bytes received).

    `asked` is None where nothing was sent: the stored copy was fresh. ValueError for no visits.
    """
    if not visits:
        raise ValueError("There is nothing to draw: cache_walk() needs at least one visit.")
    row, bar = 44, 270
    canvas = Canvas(WIDTH, 46 + row * len(visits) + 8)
    most = max(size for *_, size in visits) or 1
    for x, head in ((16, "visit"), (112, "sent"), (338, "answered"), (WIDTH - RIGHT - bar, "bytes received")):
        canvas.text(x, 20, head, NOTE, MUTED, bold=True)
    canvas.line([(12, 36), (WIDTH - RIGHT, 36)], MUTED, 1.2)
    for i, (when, asked, answered, size) in enumerate(visits):
        y = 40 + row * (i + 0.5)
        canvas.text(16, y, f"at {when:g} s", TEXT, INK, bold=True)
        left = WIDTH - RIGHT - bar
        if asked is None:
            canvas.text(112, y, "nothing", TEXT, MUTED, italic=True)
            canvas.text(338, y, answered, TEXT, CLIENTS[2], bold=True)
        else:
            canvas.text(112, y, asked, NOTE, INK, mono=True)
            canvas.text(338, y, answered, TEXT, ERROR if answered[:1] in "45" else SERVERS[0], bold=True)
        wide = (bar - 76) * size / most
        if size:
            canvas.box(left, y - 10, max(3, wide), 20, SERVERS[0])
        canvas.text(left + (wide + 10 if size else 0), y, number(size), NOTE, INK)
    sent = sum(asked is not None for _, asked, _, _ in visits)
    words = f"{upper(noun(len(visits), 'visit'))}, {noun(sent, 'request')}: " + "; ".join(
        f"{answered}, {count_bytes(size)}" if size else answered for _, _, answered, size in visits
    )
    return canvas.picture(caption or words + ".")
