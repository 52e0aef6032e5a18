"""A formula as a line, with what was measured as dots on the same axes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import isfinite
from statistics import median
from typing import Literal

from matplotlib.ticker import MaxNLocator

from ..kit import Picture, dress, plot
from ..kit.theme import CLIENTS, PAPER, POINT, SERVERS

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
            raise ValueError(
                f"{name}={label!r} needs its unit at the end, for example 'round-trip time (ms)'."
            )
    xs = [float(value) for value in x]
    runs = [_values(entry) for entry in measured]
    if not xs or len(xs) != len(runs):
        said = f"dots() needs a measurement for each x: got {len(xs)} x and {len(runs)} measurements."
        raise ValueError(said)
    ys = [value for run in runs for value in run]
    line = _line(formula, xs, "x" in log)
    _check_log(log, [*xs, *line[0]], [*ys, *line[1]])

    with plot() as (figure, (axes,)):
        for name, axis, values in (("x", axes.xaxis, xs), ("y", axes.yaxis, ys)):
            if name in log:
                axes.set(**{f"{name}scale": "log"})
                axis.set_major_formatter(lambda value, _: f"{value:g}")
            elif all(value.is_integer() for value in values):  # counts have no halves
                axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        if line[0]:
            axes.plot(*line, color=CLIENTS[0], lw=2.4 * POINT, label=formula_label, zorder=2)
        many = any(len(run) > 1 for run in runs)
        if many:
            pairs = [(at, value) for at, run in zip(xs, runs, strict=True) for value in run]
            axes.plot(*zip(*pairs, strict=True), "o", ms=5.5 * POINT, mfc=SERVERS[0], mec="none", alpha=0.35,
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
    if not values or not all(isfinite(value) for value in values):
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
    low, high = min(xs), max(xs)
    if log and low > 0:
        at = [low * (high / low) ** (i / STEPS) for i in range(STEPS + 1)]
    else:
        at = [low + (high - low) * i / STEPS for i in range(STEPS + 1)]
    # A formula may jump; the line shows the measured places exactly.
    at = sorted({*at, *xs})
    return at, [float(formula(value)) for value in at]


def _check_log(log: str, xs: Sequence[float], ys: Sequence[float]) -> None:
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log={log!r} is unknown: use '', 'x', 'y' or 'xy'.")
    for axis, values in (("x", xs), ("y", ys)):
        if axis in log and min(values) <= 0:
            raise ValueError(
                f"A log axis cannot show {min(values):g}: leave {axis!r} out of log=, or leave out zeros."
            )
