"""Whether the words of a picture can be read: measured as they are drawn."""

from __future__ import annotations

from itertools import combinations

from netlab.view import Picture
from netlab.view.kit.theme import PER_INCH, SCALE, WIDEST


def untidy(picture: Picture) -> list[str]:
    """What is wrong: texts that leave the picture, and texts that touch each other."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    picture.figure.dpi = PER_INCH * SCALE  # as it is written
    canvas = FigureCanvasAgg(picture.figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    texts = [text for text in picture.figure.findobj(Text) if text.get_text().strip()]
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in texts]
    wrong = [
        f"{words!r} leaves the picture"
        for words, box in boxes
        if box.x0 < 0 or box.x1 > width or box.y0 < 0 or box.y1 > height
    ]
    for (one, a), (other, b) in combinations(boxes, 2):
        if not (a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0):
            wrong.append(f"{one!r} and {other!r} overlap")
    return wrong


def assert_tidy(picture: Picture) -> None:
    """Every text stands inside the picture, and none touches another."""
    assert untidy(picture) == []
    assert picture.width <= WIDEST
