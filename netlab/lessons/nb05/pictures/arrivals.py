"""What arrived and when: the age of each reading, which share came how soon, and the holes in a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from typing import Any

from ....view.kit import Canvas, Mark, Picture, Swatch, cells, dress, legend, plot, scaled, steps
from ....view.kit.theme import CLIENTS, ERROR, FAINT, FINE, HEAD, INK, MUTED, NOTE, PAPER, POINT, SERVERS

# Shape and color, so that no kind is told by its color alone: (mark, size, face, edge).
MARKS = (
    ("o", 7.5, CLIENTS[0], PAPER),
    ("s", 9.0, SERVERS[0], PAPER),
    ("o", 7.5, PAPER, SERVERS[0]),
    ("D", 7.5, CLIENTS[1], PAPER),
    ("^", 9.0, SERVERS[1], PAPER),
)
LOST = ("X", 10.5, ERROR, PAPER)

CELL, GAP, ACROSS = 17, 3, 40  # CSS pixels of a chunk, and chunks in a row
ARRIVED, NEVER = Swatch(CLIENTS[0], size=(CELL, CELL)), Mark("X", ERROR, 12)

Points = Sequence[tuple[float, float | None]]


def ages(
    panels: Mapping[str, Mapping[str, Points]],
    *,
    caption: str,
    least: float | None = None,
    least_label: str = "one trip",
) -> Picture:
    """Draw how old each message was when the program got it: a panel for each way to send them.

    `panels` maps a title to kinds of messages, and each kind to (time sent, age) pairs, in seconds; an age of
    None is a message that never came, drawn as a cross below the axis. Each panel's time begins with its
    first message, and kinds of the same name look the same in all panels. `least` draws a line: no message
    can be younger. The caption says what is seen. ValueError for no messages, more than five kinds that
    arrived, or values that are not finite.
    """
    every = [point for kinds in panels.values() for points in kinds.values() for point in points]
    old = [age for _, age in every if age is not None]
    if not old:
        raise ValueError("ages() needs one message or more that arrived.")
    if not all(isfinite(value) for value in [*old, *(time for time, _ in every)]):
        raise ValueError("ages() can not draw a value that is not finite.")
    arrived = list(dict.fromkeys(
        name for kinds in panels.values() for name, points in kinds.items()
        if any(age is not None for _, age in points)
    ))  # fmt: skip
    if len(arrived) > len(MARKS):
        raise ValueError(f"ages() tells {len(MARKS)} kinds of messages apart, not {len(arrived)}.")
    looks = dict(zip(arrived, MARKS, strict=False))
    lost = {
        name: LOST for kinds in panels.values() for name, points in kinds.items()
        if any(age is None for _, age in points)
    }  # fmt: skip
    by, unit = scaled(old, "s")
    top = 1.36 * max(old) * by  # room for the titles
    floor = -0.11 * top
    with plot(len(panels), 290) as (figure, axes):
        for box, (title, kinds) in zip(axes, panels.items(), strict=True):
            if least is not None:
                box.axhline(least * by, color=MUTED, lw=1.6 * POINT, ls=(0, (4, 3)), zorder=1,
                            label=least_label if box is axes[0] else "_")  # fmt: skip
            start = min((time for points in kinds.values() for time, _ in points), default=0.0)
            for name, points in kinds.items():
                came = [(time - start, age * by) for time, age in points if age is not None]
                never = [time - start for time, age in points if age is None]
                if came:
                    _put(box, came, looks[name])
                if never:
                    _put(box, [(time, floor / 2) for time in never], LOST)
            box.axhline(0, color=MUTED, lw=1 * POINT, zorder=1)
            last = box is axes[-1]
            if box is axes[0]:
                for name, look in [*looks.items(), *lost.items()]:
                    box.plot([], [], label=name, **_style(look))
            dress(box, "time sent, from the first one (s)" if last else "", f"age ({unit})", bottom=None,
                  ncols=6, handlelength=1.2, columnspacing=1.3, handletextpad=0.5)  # fmt: skip
            box.yaxis.set_label_coords(-46 / 706, 0.5)
            box.set_ylim(floor, top)
            box.set_yticks([tick for tick in box.get_yticks() if 0 <= tick <= top])
            ground = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 2}
            _title(box, title, 0.955, bbox=ground)
    return Picture(figure, caption)


def _style(look: tuple[str, float, str, str]) -> dict[str, Any]:
    mark, size, face, edge = look
    rim = 1.8 if face == PAPER else 0.8
    return {"marker": mark, "ms": size * POINT, "mfc": face, "mec": edge, "mew": rim * POINT, "ls": "none"}


def _put(axes: Any, points: Sequence[tuple[float, float]], look: tuple[str, float, str, str]) -> None:
    xs, ys = zip(*points, strict=True)
    axes.plot(xs, ys, zorder=4, clip_on=False, **_style(look))


def shares(
    panels: Mapping[str, Mapping[str, Sequence[float]]], *, sent: int, caption: str, least_end: float = 0.0
) -> Picture:
    """Draw which share of `sent` messages had arrived at which age: a panel for each title, with its curves.

    `panels` maps a title to series of ages in seconds, by name; only what arrived has an age. So a curve
    that ends below 100 % had losses. All panels have one time axis, as long as the oldest message or
    `least_end` seconds. The caption says what is seen. ValueError for no ages, one that is not finite, or
    more of them than were sent.
    """
    runs = [run for series in panels.values() for run in series.values()]
    old = [age for run in runs for age in run]
    if not old or not all(isfinite(age) for age in old):
        raise ValueError("shares() needs one message or more that arrived, and finite ages.")
    if (most := max(map(len, runs))) > sent:
        raise ValueError(f"sent={sent}: a series has {most} messages, more than were sent.")
    end = max(1.04 * max(old), least_end)
    by, unit = scaled([end], "s")
    with plot(len(panels), 440 if len(panels) == 1 else 300) as (figure, axes):
        for box, (title, series) in zip(axes, panels.items(), strict=True):
            for i, (name, run) in enumerate(series.items()):
                ages = sorted(age * by for age in run)
                heights = [100 * (n + 1) / sent for n in range(len(ages))]
                start, top = (ages[0], heights[-1]) if ages else (0.0, 0.0)
                shown = name if box is axes[0] else "_"
                steps(box, [start, *ages, end * by], [0, *heights, top], i, shown)
            last = box is axes[-1]
            dress(box, f"age when the program got it ({unit})" if last else "", "share of all sent (%)")
            box.set_ylim(0, 104)
            box.set_xlim(0, end * by)
            _title(box, title, 0.06)
    return Picture(figure, caption)


def chunks(
    missing: Mapping[str, Collection[int]], total: int, *, caption: str, what: str = "chunk"
) -> Picture:
    """Draw a file as its chunks, a grid for each way to send it: filled if it arrived, a cross if not.

    `missing` maps a title to the numbers of the chunks that never came, counted from 0, of `total`. The
    caption says what is seen. ValueError for a number outside of the file, or no chunks.
    """
    if total < 1 or not missing:
        raise ValueError("chunks() needs a file of one chunk or more, and what is missing of it.")
    for title, gone in missing.items():
        if wrong := [n for n in gone if not 0 <= n < total]:
            raise ValueError(f"{title}: there is no {what} {wrong[0]} of {total}; they count from 0.")
    rows = -(-total // ACROSS)
    side, step, left, head = 120, CELL + GAP, 24, 22
    tall = rows * step + 34
    width = left + side + ACROSS * step + 16
    canvas = Canvas(width, head + len(missing) * tall + 30)
    for k, (title, gone) in enumerate(missing.items()):
        top = head + k * tall
        holes = set(gone)
        canvas.text(left, top + CELL / 2 + 2, title, HEAD, INK, bold=True)
        words = f"{total - len(holes)} of {total}"
        canvas.text(left, top + CELL / 2 + 26, words, NOTE, ERROR if holes else MUTED, bold=bool(holes))
        for n, x, y in cells(total, ACROSS, left + side, top, step):
            if n in holes:
                canvas.box(x + 0.8, y + 0.8, CELL - 1.6, CELL - 1.6, PAPER, edge=ERROR)
                NEVER.draw(canvas, x + CELL / 2, y + CELL / 2)
            else:
                ARRIVED.draw(canvas, x, y, CELL, CELL)
    low = head + len(missing) * tall - 2
    canvas.line([(left, low - 14), (width - 16, low - 14)], FAINT, 1)
    key = ((ARRIVED, f"{what} arrived"), (NEVER, "never arrived"))
    legend(canvas, left, low + 6, key, size=FINE)
    order = f"{what}s from left to right, {ACROSS} in a row"
    canvas.text(width - 16, low + 6, order, FINE, MUTED, align="right")
    return canvas.picture(caption)


def _title(axes: Any, words: str, y: float, **style: Any) -> None:
    """A panel's title inside of it, at the right; `y` is a part of its height."""
    axes.text(0.995, y, words, transform=axes.transAxes, ha="right", va="top" if y > 0.5 else "bottom",
              color=INK, fontsize=HEAD * POINT, weight="bold", zorder=8, **style)  # fmt: skip
