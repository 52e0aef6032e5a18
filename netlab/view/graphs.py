"""Graphs: measured values beside the formula that predicts them, and how long things took."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from statistics import median
from typing import Any, Literal

from matplotlib.ticker import MaxNLocator

from .kit import Picture, dress, plot, scaled, steps
from .kit.theme import CLIENTS, COLORS, INK, PAPER, POINT, SERVERS, TEXT

STEPS = 240  # points of a line that is given as a function

Curve = Callable[[float], float] | tuple[Sequence[float], Sequence[float]]


def dots(
    x: Sequence[float],
    measured: Sequence[float | Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    caption: str,
    formula: Curve | None = None,
    formula_label: str = "formula",
    log: Literal["", "x", "y", "xy"] = "",
) -> Picture:
    """Draw measured values over `x`, and the formula that predicts them as a line.

    Each entry of `measured` is one value or several (then every value is a small dot and their median a
    large one). `formula` is a function of x or a pair (xs, ys); `formula_label` may hold LaTeX between
    dollar signs. Both labels end in their unit in parentheses, "(1)" for a plain number. The caption
    carries the verdict: the caller, who knows the numbers, says whether dots and line agree.
    ValueError for a missing unit, lengths that differ, no values, or values that a log axis cannot show.
    """
    for name, label in (("xlabel", xlabel), ("ylabel", ylabel)):
        if not re.search(r"\S \([^()]+\)$", label):
            said = f"{name}={label!r} needs its unit at the end, for example 'round-trip time (ms)'."
            raise ValueError(said)
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log={log!r} is unknown: use '', 'x', 'y' or 'xy'.")
    xs = [float(value) for value in x]
    runs = [_values(entry) for entry in measured]
    if not xs or len(xs) != len(runs):
        said = f"dots() needs a measurement for each x: got {len(xs)} x and {len(runs)} measurements."
        raise ValueError(said)
    ys = [value for run in runs for value in run]
    line = _line(formula, xs, "x" in log)
    for name, values in (("x", [*xs, *line[0]]), ("y", [*ys, *line[1]])):
        if name in log and min(values) <= 0:
            said = f"A log axis cannot show {min(values):g}: leave {name!r} out of log=, or leave out zeros."
            raise ValueError(said)

    with plot() as (figure, (axes,)):
        for name, axis, values in (("x", axes.xaxis, xs), ("y", axes.yaxis, ys)):
            if name in log:
                _show_logs(axes, axis)
            elif all(value.is_integer() for value in values):  # counts have no halves
                axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        if line[0]:
            axes.plot(*line, color=CLIENTS[0], lw=2.4 * POINT, label=formula_label, zorder=2)
        many = any(len(run) > 1 for run in runs)
        if many:
            each = [at for at, run in zip(xs, runs, strict=True) for _ in run]
            axes.plot(each, ys, "o", ms=5.5 * POINT, mfc=SERVERS[0], mec="none", alpha=0.35,
                      label="each measurement", zorder=3)  # fmt: skip
        axes.plot(xs, [median(run) for run in runs], "o", ms=10 * POINT, mfc=SERVERS[0], mec=PAPER,
                  mew=1.4 * POINT, label="median" if many else "measured", zorder=4)  # fmt: skip
        dress(axes, xlabel, ylabel, bottom=0 if "y" not in log and axes.get_ylim()[0] > 0 else None)
        if "y" not in log:  # from zero on, values that lie close together would touch the upper edge
            low, high = axes.get_ylim()
            axes.set_ylim(top=max(high, low + 1.06 * (max([*ys, *line[1]]) - low)))
    return Picture(figure, caption)


def _values(entry: float | Sequence[float]) -> list[float]:
    values = [float(entry)] if isinstance(entry, (int, float)) else [float(value) for value in entry]
    if not values or not all(map(isfinite, values)):
        raise ValueError("dots() cannot draw a measurement that is empty or not finite.")
    return values


def _line(formula: Curve | None, xs: Sequence[float], log: bool) -> tuple[list[float], list[float]]:
    if formula is None:
        return [], []
    if not callable(formula):
        at, values = ([float(value) for value in part] for part in formula)
        if len(at) != len(values):
            raise ValueError(f"The formula has {len(at)} x and {len(values)} y: give as many of each.")
        return at, values
    low, high, parts = min(xs), max(xs), [i / STEPS for i in range(STEPS + 1)]
    even = not log or low <= 0
    at = [low + (high - low) * part if even else low * (high / low) ** part for part in parts]
    # A formula may jump; the line shows the measured places exactly.
    at = sorted({*at, *xs})
    return at, [float(formula(value)) for value in at]


def _show_logs(axes: Any, axis: Any) -> None:
    axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_formatter(lambda value, _: f"{value:g}")


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
    ecdf = kind == "ecdf"
    with plot(height=440 if ecdf else 150 + 74 * len(runs)) as (figure, (axes,)):
        if log:
            _show_logs(axes, axes.xaxis)
        for i, (name, run) in enumerate(runs.items()):
            color, xs = COLORS[i % len(COLORS)], [value * by for value in run]
            if ecdf:
                shares = [100 * (n + 1) / len(xs) for n in range(len(xs))]
                steps(axes, [xs[0], *xs], [0, *shares], i, name)
                continue
            ys = [i + 0.5 * (n * 0.618034 % 1 - 0.4) for n in range(len(xs))]  # spread, but not by chance
            axes.plot(xs, ys, "o", ms=6 * POINT, mfc=color, mec="none", alpha=0.45)
            axes.plot([median(xs)] * 2, [i - 0.28, i + 0.38], color=INK, lw=2.6 * POINT,
                      label="_" if i else "median")  # fmt: skip
            axes.text(0.008, i - 0.4, name, transform=axes.get_yaxis_transform(), va="center",
                      color=color, fontsize=TEXT * POINT, weight="bold")  # fmt: skip
        dress(axes, f"{xlabel} ({unit})", "share that took no longer (%)" if ecdf else "", bottom=None)
        axes.set_ylim((0, 102) if ecdf else (len(runs) - 0.5, -0.6))
        if not ecdf:
            axes.set_yticks([])
        if not log:
            axes.set_xlim(left=0)
    return Picture(figure, caption)
