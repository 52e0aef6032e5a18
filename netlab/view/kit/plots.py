"""Axes in the look of the house, for pictures with scales."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from .theme import COLORS, DASHES, FAINT, INK, MUTED, NOTE, PAPER, PER_INCH, POINT, SANS, TEXT

WIDTH, HEIGHT = 820, 440
LEFT, RIGHT, TOP, BOTTOM, BETWEEN = 88, 26, 52, 62, 42  # room around the axes, and between two


@contextmanager
def plot(panels: int = 1, height: float = HEIGHT, foot: str = "") -> Iterator[tuple[Figure, list[Any]]]:
    """A figure with panels one above the other, each `height` CSS pixels high with its margins."""
    inner = height - TOP - BOTTOM
    below = BOTTOM + 20 * bool(foot)
    whole = TOP + panels * inner + (panels - 1) * BETWEEN + below
    look: Any = {"font.family": SANS, "text.usetex": False, "mathtext.fontset": "dejavusans"}
    with rc_context(look):
        figure = Figure(figsize=(WIDTH / PER_INCH, whole / PER_INCH), dpi=PER_INCH, facecolor=PAPER)
        axes: list[Any] = []
        for i in range(panels):
            bottom = (below + (panels - 1 - i) * (inner + BETWEEN)) / whole
            box = (LEFT / WIDTH, bottom, 1 - (LEFT + RIGHT) / WIDTH, inner / whole)
            axes.append(figure.add_axes(box, facecolor=PAPER, sharex=axes[0] if axes else None))
        if foot:
            figure.text(1 - RIGHT / WIDTH, 7 / whole, foot, ha="right", color=MUTED, fontsize=NOTE * POINT)
        yield figure, axes


def dress(axes: Any, xlabel: str, ylabel: str, *, bottom: float | None = 0, **key: Any) -> None:
    """Labels, ticks, grid and legend. `bottom` is where the vertical axis begins, if not anywhere.

    Panels below each other have "" as xlabel but for the last. `key` is passed on to the legend.
    """
    axes.set_xlabel(xlabel, fontsize=TEXT * POINT, color=INK, labelpad=7)
    axes.set_ylabel(ylabel, fontsize=TEXT * POINT, color=INK, labelpad=7)
    axes.tick_params(labelsize=NOTE * POINT, colors=MUTED, labelcolor=INK, width=1 * POINT, length=4)
    if not xlabel:
        axes.tick_params(labelbottom=False)
    axes.grid(True, color=FAINT, lw=1 * POINT)
    axes.set_axisbelow(True)
    if bottom is not None:
        axes.set_ylim(bottom=bottom)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(MUTED)
    if axes.get_legend_handles_labels()[0]:
        look = {"ncols": 5, "handlelength": 1.5, "columnspacing": 1.5, **key}
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.005), frameon=False, borderaxespad=0.2,
                    fontsize=TEXT * POINT, labelcolor=INK, **look)  # fmt: skip


def steps(
    axes: Any, xs: Sequence[float], ys: Sequence[float], i: int, label: str, width: float = 2.4, **style: Any
) -> None:
    """Line number `i` of several, which rises and falls in steps; a label "_" is left out of the legend."""
    look = {"color": COLORS[i % len(COLORS)], "ls": DASHES[i % len(DASHES)], **style}
    axes.plot(xs, ys, drawstyle="steps-post", lw=width * POINT, label=label, **look)


def scaled(values: Sequence[float], unit: str) -> tuple[float, str]:
    """A factor and a unit that make the numbers short: seconds to ms or µs, bytes to kB or MB."""
    most = max((abs(value) for value in values), default=0.0)
    if unit == "s":
        return (1, "s") if most >= 10 else (1e3, "ms") if most >= 0.001 else (1e6, "µs")
    return (1e-6, "MB") if most >= 1e7 else (1e-3, "kB") if most >= 1e4 else (1, "bytes")
