"""A sheet of paper measured in CSS pixels, y downward. Faster than axes: a ladder takes some 50 ms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import atan2, cos, sin
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from .picture import Picture
from .theme import INK, MONO, PAPER, PER_INCH, POINT, SANS, WIDEST, text_width

PointXY = tuple[float, float]
DASH = (0, (3, 2.5))


@lru_cache(maxsize=64)
def _font(family: str, size: float, bold: bool, italic: bool) -> FontProperties:
    style: Any = {"weight": "bold" if bold else "normal", "style": "italic" if italic else "normal"}
    return FontProperties(family=family, size=size * POINT, **style)


class Canvas:
    """Draws on a figure without axes. What is wider than WIDEST is drawn smaller as a whole."""

    def __init__(self, width: float, height: float) -> None:
        self.zoom = min(1.0, WIDEST / width)
        unit = self.zoom / PER_INCH
        with rc_context():  # whatever style the reader has set, the paper stays white
            self.figure = Figure(figsize=(width * unit, height * unit), dpi=PER_INCH, facecolor=PAPER)
        paper = Affine2D().scale(unit, -unit).translate(0, height * unit)
        self._notes: list[tuple[float, float, float, float]] = []
        self._transform: Transform = paper + self.figure.dpi_scale_trans

    def picture(self, caption: str) -> Picture:
        """What was drawn so far, with its caption."""
        return Picture(self.figure, caption)

    def _add(self, artist: Any, z: float) -> None:
        artist.set_zorder(z)
        artist.set_transform(self._transform)
        self.figure.add_artist(artist)

    def line(
        self, points: Sequence[PointXY], color: str, width: float = 2, *, dashed: bool = False, z: float = 2
    ) -> None:
        """A line through all points."""
        xs, ys = zip(*points, strict=True)
        look: Any = {"color": color, "lw": width * self.zoom * POINT, "ls": DASH if dashed else "-"}
        self._add(Line2D(xs, ys, solid_capstyle="butt", **look), z)

    def curve(self, points: Sequence[PointXY], color: str, width: float, *, z: float = 3) -> None:
        """A line through all points whose corners are rounded."""
        path, codes = [points[0]], [Path.MOVETO]
        for before, corner, after in zip(points, points[1:], points[2:], strict=False):
            path += [_toward(corner, before, 14), corner, _toward(corner, after, 14)]
            codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
        look: Any = {"edgecolor": color, "lw": width * self.zoom * POINT, "capstyle": "butt"}
        self._add(PathPatch(Path([*path, points[-1]], [*codes, Path.LINETO]), fill=False, **look), z)

    def arrow(self, points: Sequence[PointXY], color: str, width: float = 2.2, *, z: float = 3) -> None:
        """A line through all points, its corners rounded, with a head at the last."""
        (x1, y1), (x2, y2) = points[-2], points[-1]
        angle, size = atan2(y2 - y1, x2 - x1), 6 + 2.2 * width
        neck = (x2 - size * 0.8 * cos(angle), y2 - size * 0.8 * sin(angle))
        self.curve([*points[:-1], neck], color, width, z=z)
        wings = [(x2 - size * cos(angle + a), y2 - size * sin(angle + a)) for a in (0.42, -0.42)]
        self._add(Polygon([(x2, y2), *wings], closed=True, facecolor=color, lw=0), z)

    def box(
        self, x: float, y: float, width: float, height: float, color: str, *,
        edge: str | None = None, round: float = 0, alpha: float = 1, dashed: bool = False, z: float = 2,
    ) -> None:  # fmt: skip
        """A filled rectangle whose upper left corner is (x, y)."""
        style: dict[str, Any] = {
            "facecolor": color, "edgecolor": edge or "none", "alpha": alpha,
            "lw": 1.6 * self.zoom * POINT if edge else 0, "ls": DASH if dashed else "-",
        }  # fmt: skip
        if round:
            shape = f"round,pad=0,rounding_size={round}"
            self._add(FancyBboxPatch((x, y), width, height, boxstyle=shape, mutation_aspect=1, **style), z)
        else:
            self._add(Rectangle((x, y), width, height, **style), z)

    def dot(self, x: float, y: float, color: str, *, size: float = 11, mark: str = "o", z: float = 6) -> None:
        """A mark with a white rim: "o" for a call, "X" for an error, "D" ... as matplotlib names them."""
        look: Any = {"ms": size * self.zoom * POINT, "mew": 1.4 * self.zoom * POINT, "ls": "none"}
        self._add(Line2D([x], [y], marker=mark, mfc=color, mec=PAPER, **look), z)

    def text(
        self, x: float, y: float, text: str, size: float, color: str = INK, *, align: str = "left",
        mono: bool = False, bold: bool = False, italic: bool = False, paper: bool = False, z: float = 7,
    ) -> None:  # fmt: skip
        """Text whose middle line is at y; `paper` puts white behind it, so that lines pass below."""
        if paper:
            wide = text_width(text, size, mono=mono, bold=bold) + 8
            left = {"left": x - 4, "center": x - wide / 2, "right": x - wide + 4}[align]
            self.box(left, y - size * 0.68, wide, size * 1.36, PAPER, z=z - 0.5)
        font = _font(MONO if mono else SANS, size * self.zoom, bold, italic)
        artist = Text(
            x, y + size * 0.36, text, fontproperties=font, color=color, ha=align, va="baseline",
            parse_math=False, usetex=False, clip_on=False,
        )  # fmt: skip
        self._add(artist, z)

    def note(self, places: Sequence[tuple[float, float, str]], text: str, size: float, color: str) -> None:
        """Bold words on paper at the first (x, y, align) of `places` that keeps them off other notes.

        Left out if there is none: notes repeat what a mark says.
        """
        wide, tall = text_width(text, size, bold=True), size * 1.3
        for x, y, align in places:
            left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
            box = (left, y - tall / 2, left + wide, y + tall / 2)
            if all(box[0] >= b[2] or b[0] >= box[2] or box[1] >= b[3] or b[1] >= box[3] for b in self._notes):
                self._notes.append(box)
                self.text(x, y, text, size, color, align=align, bold=True, paper=True)
                return


def _toward(start: PointXY, end: PointXY, most: float) -> PointXY:
    # At most `most`, and never beyond the middle, so that two corners of one side do not meet.
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    part = min(0.5, most / length)
    return (start[0] + dx * part, start[1] + dy * part)
