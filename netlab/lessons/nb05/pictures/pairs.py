"""Two pictures beside each other."""

from __future__ import annotations

from matplotlib.figure import Figure

from ....view.kit import Picture, upper
from ....view.kit.theme import HEAD, INK, PAPER, PER_INCH, POINT, SCALE, WIDEST


def pair(
    before: Picture,
    after: Picture,
    *,
    titles: tuple[str, str] = ("before", "after"),
    caption: str | None = None,
) -> Picture:
    """Two pictures as one: beside each other if they stay readable, else one above the other.

    Without `caption` it is made of both.
    """
    from io import BytesIO

    from PIL import Image

    images = [Image.open(BytesIO(picture.png())).convert("RGB") for picture in (before, after)]
    sizes = [(image.width / SCALE, image.height / SCALE) for image in images]
    head, gap = 34, 16
    across = sum(width for width, _ in sizes) + gap
    beside = across <= WIDEST / 0.75
    width = across if beside else max(width for width, _ in sizes)
    height = head + max(h for _, h in sizes) if beside else 2 * head + sum(h for _, h in sizes)
    zoom = min(1.0, WIDEST / width)
    inches = width * zoom / PER_INCH, height * zoom / PER_INCH
    figure = Figure(figsize=inches, dpi=PER_INCH, facecolor=PAPER)
    x = y = 0.0
    for image, (wide, high), title in zip(images, sizes, titles, strict=True):
        box = (x / width, 1 - (y + head + high) / height, wide / width, high / height)
        figure.add_axes(box).imshow(image, aspect="auto", interpolation="lanczos")
        figure.axes[-1].set_axis_off()
        figure.text((x + 14) / width, 1 - (y + head / 2) / height, title, va="center", color=INK,
                    fontsize=HEAD * POINT * zoom, weight="bold")  # fmt: skip
        x, y = (x + wide + gap, y) if beside else (x, y + head + high)
    first, second = (upper(title) for title in titles)
    return Picture(figure, caption or f"{first}: {before.caption} {second}: {after.caption}")
