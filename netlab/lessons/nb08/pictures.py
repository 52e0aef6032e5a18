"""Clients that ask too much, and the limits that end them: bytes over time, in a box with three walls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite, log10
from typing import Any, NamedTuple

from ...view.kit import Picture, dress, plot
from ...view.kit.theme import CLIENTS, ERROR, INK, MUTED, NOTE, PAPER, POINT, SERVERS

FIRST = 1e-4  # seconds: what came earlier is drawn here
LOOKS = (
    (CLIENTS[0], "o", "-"), (SERVERS[0], "s", (0, (6, 2))), (CLIENTS[2], "^", (0, (2, 1.5))),
    (SERVERS[1], "D", (0, (5, 1.5, 1, 1.5))), (CLIENTS[1], "v", "-"),
)  # fmt: skip


class Attempt(NamedTuple):
    """One client: (seconds, bytes taken so far) for each receive of the server, and how that ended.

    `ended` is when the server answered or gave up, in seconds; `said` is what it said, such as "413".
    """

    points: Sequence[tuple[float, float]]
    ended: float
    said: str


def limit_box(
    attempts: Mapping[str, Attempt | tuple[Iterable[tuple[float, float]], float, str]],
    *,
    head: float,
    body: float,
    seconds: float,
    caption: str,
) -> Picture:
    """Draw how many bytes a server had taken from each client at which time, and when it answered.

    Both axes are logarithmic. The limits are lines: `head` and `body` in bytes, `seconds` of time. Each of at
    most five attempts ends in a mark with what was said. The caption says what is seen, without times.
    ValueError for no attempts or too many, no receive, limits that are not above 0, or times that run back.
    """
    from matplotlib.ticker import NullLocator

    runs = {
        name: Attempt([(float(t), float(n)) for t, n in points], ended, said)
        for name, (points, ended, said) in attempts.items()
    }
    _check(runs, (head, body, seconds))
    last = 2 * max(seconds, *(run.ended for run in runs.values()))
    most = 6 * max(head, body, *(run.points[-1][1] for run in runs.values()))
    with plot(height=480) as (figure, (axes,)):
        axes.set(xscale="log", yscale="log", xlim=(FIRST * 0.7, last), ylim=(0.6, most))
        ends: list[tuple[float, float]] = []
        for (name, run), (color, mark, style) in zip(runs.items(), LOOKS, strict=False):
            xs = [max(FIRST, t) for t, _ in run.points]
            ys = [max(1.0, n) for _, n in run.points]
            end = (max(FIRST, run.ended), ys[-1])
            axes.plot([*xs, end[0]], [*ys, end[1]], color=color, ls=style, lw=2.2 * POINT, zorder=3,
                      drawstyle="steps-post", marker=mark, ms=5 * POINT, markevery=max(1, len(xs) // 12),
                      label=name)  # fmt: skip
            axes.plot(*end, mark, color=color, ms=13 * POINT, mec=PAPER, mew=1.6 * POINT, zorder=5)
            ends.append(end)
        for i, (place, run) in enumerate(zip(ends, runs.values(), strict=True)):
            # Marks that stand close to each other get their words on different heights.
            near = sorted((y, x, k) for k, (x, y) in enumerate(ends) if _close((x, y), place))
            up = 17 * (near.index((*place[::-1], i)) - (len(near) - 1) / 2)
            _say(axes, run.said, place, (11, up), color=INK, weight="bold", va="center", zorder=6)
        wall: Any = {"color": ERROR, "lw": 1.6 * POINT, "ls": (0, (4, 3)), "zorder": 2}
        for value, words in ((head, "limit of the head"), (body, "limit of the body")):
            axes.axhline(value, **wall)
            _say(axes, words, (0.004, value), (0, 8), xycoords=("axes fraction", "data"), va="center")
        axes.axvline(seconds, **wall)
        _say(axes, "limit of time", (seconds, 0.97), (-8, 0), xycoords=("data", "axes fraction"),
             ha="center", va="top", rotation=90)  # fmt: skip
        dress(axes, "time since the client connected (s)", "taken by the server (bytes)", bottom=None)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: _short(value))
            axis.set_minor_locator(NullLocator())
        axes.tick_params(color=MUTED)
    return Picture(figure, caption)


def _say(axes: Any, words: str, place: tuple[float, float], off: tuple[float, float], **style: Any) -> None:
    """Words on paper beside a place, `off` in points from it."""
    paper = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.2}
    look = {"color": ERROR, "zorder": 4, "fontsize": NOTE * POINT, **style}
    axes.annotate(words, place, off, textcoords="offset points", bbox=paper, **look)


def _close(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(log10(a[0] / b[0])) < 0.35 and abs(log10(a[1] / b[1])) < 0.3


def _short(value: float) -> str:
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _check(runs: Mapping[str, Attempt], limits: Sequence[float]) -> None:
    if not 1 <= len(runs) <= len(LOOKS):
        raise ValueError(f"limit_box() shows 1 to {len(LOOKS)} attempts, not {len(runs)}.")
    if not all(isfinite(limit) and limit > 0 for limit in limits):
        raise ValueError("limit_box() needs limits above 0: head= and body= in bytes, seconds= of time.")
    for name, run in runs.items():
        if not run.points:
            raise ValueError(f"{name}: limit_box() needs one receive of the server or more.")
        times = [*(t for t, _ in run.points), run.ended]
        if not all(map(isfinite, times)) or times != sorted(times):
            raise ValueError(f"{name}: the times of its receives, and then of its end, have to go up.")
