"""How long things took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from statistics import median
from typing import Literal

from ..kit import Picture, dress, plot, scaled, steps
from ..kit.theme import COLORS, INK, POINT, TEXT


def latencies(
    series: Mapping[str, Sequence[float]],
    *,
    caption: str,
    kind: Literal["ecdf", "strips"] = "ecdf",
    log: bool = False,
    xlabel: str = "latency",
) -> Picture:
    """Draw how long things took: several series of seconds, by name.

    "ecdf" draws for each time the share of measurements that took no longer, so the tail is seen; "strips"
    draws every measurement as a dot, and the median as a line. `log` for times of different size. The caption
    carries the verdict: the caller knows the numbers. ValueError for no values, one that is not finite, or
    one that a log axis can not show.
    """
    if kind not in ("ecdf", "strips"):
        raise ValueError(f'kind={kind!r} is unknown: use "ecdf" or "strips".')
    runs = {name: sorted(float(value) for value in values) for name, values in series.items()}
    if not runs or not all(runs.values()) or not all(isfinite(v) for run in runs.values() for v in run):
        raise ValueError("latencies() needs one finite value or more in each series.")
    if log and min(run[0] for run in runs.values()) <= 0:
        raise ValueError("A log axis can not show 0 or less: leave log out.")
    by, unit = scaled([run[-1] for run in runs.values()], "s")
    with plot(height=440 if kind == "ecdf" else 150 + 74 * len(runs)) as (figure, (axes,)):
        if log:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        for i, (name, run) in enumerate(runs.items()):
            color, xs = COLORS[i % len(COLORS)], [value * by for value in run]
            if kind == "ecdf":
                shares = [100 * (n + 1) / len(xs) for n in range(len(xs))]
                steps(axes, [xs[0], *xs], [0, *shares], i, name)
            else:
                ys = [i + 0.5 * (n * 0.618034 % 1 - 0.4) for n in range(len(xs))]  # spread, but not by chance
                axes.plot(xs, ys, "o", ms=6 * POINT, mfc=color, mec="none", alpha=0.45)
                axes.plot([median(xs)] * 2, [i - 0.28, i + 0.38], color=INK, lw=2.6 * POINT,
                          label="_" if i else "median")  # fmt: skip
        dress(axes, f"{xlabel} ({unit})", "share that took no longer (%)" if kind == "ecdf" else "",
              bottom=0 if kind == "ecdf" else None)  # fmt: skip
        if kind == "ecdf":
            axes.set_ylim(0, 102)
        else:
            for i, name in enumerate(runs):
                axes.text(0.008, i - 0.4, name, transform=axes.get_yaxis_transform(), va="center",
                          color=COLORS[i % len(COLORS)], fontsize=TEXT * POINT, weight="bold")  # fmt: skip
            axes.set_yticks([])
            axes.set_ylim(len(runs) - 0.5, -0.6)
        if not log:
            axes.set_xlim(left=0)
    return Picture(figure, caption)
