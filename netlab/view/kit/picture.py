"""A picture and the words that say what is seen in it."""

from __future__ import annotations

import re
from functools import cached_property
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

from .theme import PER_INCH, SCALE

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Picture:
    """A matplotlib figure with a caption, shown together in a notebook.

    The caption says in words what is seen. It is the text alternative of the image, the `repr`, and
    what the notebook tests compare, so it must not hold times, ports or anything else that changes
    from run to run. ValueError if it is empty.
    """

    def __init__(self, figure: Figure, caption: str) -> None:
        if not isinstance(caption, str) or not caption.strip():
            raise ValueError("A picture needs a caption: one sentence that says what is seen.")
        self.figure = figure
        self.caption = re.sub("[ \t\r\n]+", " ", caption.strip())  # a narrow space inside a number stays

    @property
    def width(self) -> int:
        """Width in CSS pixels."""
        return round(self.figure.get_figwidth() * PER_INCH)

    @cached_property
    def _png(self) -> bytes:
        return _render(self.figure)

    def png(self) -> bytes:
        """The image as PNG, twice as fine as `width` so that it is sharp on every screen. Drawn once."""
        return self._png

    def __repr__(self) -> str:
        return self.caption

    def _ipython_display_(self) -> None:
        # Two outputs, because JupyterLab shows only one form of each: the image, then the visible caption.
        from IPython.display import display

        image = {"image/png": self.png(), "text/plain": self.caption}
        display(image, metadata={"image/png": {"width": self.width}}, raw=True)
        display({"text/html": caption_html(self.caption), "text/plain": self.caption}, raw=True)


# White paper glares in JupyterLab's dark theme: there it is dark and the ink is light, in the same hues.
_DARK = (
    '<style>body[data-jp-theme-light="false"] '
    ":is(.netlab-picture, .jp-OutputArea-child:has(+ * .netlab-caption) img) "
    "{filter: invert(0.88) hue-rotate(180deg); border-radius: 6px}</style>"
)


def caption_html(caption: str) -> str:
    """The caption as it stands under an image: it takes the color of the reader's theme."""
    style = "font-style: italic; margin: 0 0 0.6em 0.4em; max-width: 56em; line-height: 1.45"
    return f'{_DARK}<p class="netlab-caption" style="{style}">{escape(caption, quote=False)}</p>'


def _render(figure: Figure) -> bytes:
    # Straight from Agg to PIL: half the time of `savefig`, and a palette makes notebooks a third as large.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    before = figure.dpi
    figure.dpi = PER_INCH * SCALE
    try:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
    finally:
        figure.dpi = before
    sample = image.resize((max(1, image.width // 3), max(1, image.height // 3)), Image.Resampling.NEAREST)
    palette = sample.quantize(128, method=Image.Quantize.FASTOCTREE)
    image = image.quantize(palette=palette, dither=Image.Dither.NONE)
    # The tree rounds: paper stays white.
    image.putpalette([255 if value > 252 else value for value in image.getpalette() or []])
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
