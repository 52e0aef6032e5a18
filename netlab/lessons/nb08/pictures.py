"""Clients that ask too much, and the limits that end them; the times of answers, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from statistics import median
from typing import Any, NamedTuple

from ...view import Picture, dots
from ...view.kit import dress, listing, number, plot
from ...view.kit.theme import CLIENTS, ERROR, INK, MUTED, NOTE, PAPER, POINT, SERVERS

WALLS = ("head", "body", "time")
COLORS = dict(zip(WALLS, (CLIENTS[0], SERVERS[0], CLIENTS[1]), strict=True))
HATCHES = {"head": "", "body": "///", "time": "..."}
WIDEST, ANSWERS = (
    150,
    210,
)  # percent of a limit: longer bars are cut, and say how long they are; then the answers
MOST = 5  # clients
WAITED = 0.02  # seconds: a small answer from the same machine that took longer has waited for a timer


class Attempt(NamedTuple):
    """One client: bytes of head and body sent, and seconds passed, when it was answered."""

    head: float
    body: float
    seconds: float
    said: str  # the status, such as "413"


def limit_box(
    attempts: Mapping[str, Attempt | tuple[float, float, float, str]],
    *,
    head: float,
    body: float,
    seconds: float,
) -> Picture:
    """Draw how much of each limit each client had used up when the server answered, and what it said.

    The limits `head` and `body` are bytes, `seconds` is time; each of at most five clients has a bar for
    each, in percent. The caption names the limits that were reached. ValueError for no attempts or too many,
    numbers below 0 or without end, or limits that are not above 0.
    """
    runs = {name: Attempt(*attempt) for name, attempt in attempts.items()}
    _check(runs, (head, body, seconds))
    used = {
        name: {wall: 100 * much / limit for wall, much, limit in zip(WALLS, run[:3], (head, body, seconds))}
        for name, run in runs.items()
    }
    with plot(height=120 + 92 * len(runs)) as (figure, (axes,)):
        for row, (name, run) in enumerate(runs.items()):
            _say(axes, name, (0, row - 0.3), ha="left", xytext=(2, 0))
            _say(axes, f"answer: {run.said}", (ANSWERS, row + 0.14), ha="right", weight="bold")
            for lane, wall in enumerate(WALLS):
                _bar(axes, row + 0.22 * lane - 0.08, wall, used[name][wall], label=wall if row == 0 else None)
        axes.axvline(100, color=ERROR, lw=2 * POINT, ls=(0, (4, 3)), zorder=2)
        _say(axes, "the limit", (100, -0.6), ha="left", xytext=(6, 0), color=ERROR)
        axes.set(xlim=(0, ANSWERS + 3), ylim=(len(runs) - 0.4, -0.75), yticks=[])
        axes.set_xticks(range(0, WIDEST + 1, 25))
        axes.legend(ncols=3)
        dress(axes, "used up when the answer came (% of the limit)", "", bottom=None)
        axes.tick_params(color=MUTED)
    return Picture(figure, " ".join(_sentence(name, run.said, used[name]) for name, run in runs.items()))


def _bar(axes: Any, y: float, wall: str, percent: float, label: str | None) -> None:
    axes.barh(y, min(percent, WIDEST), 0.2, color=COLORS[wall], hatch=HATCHES[wall], edgecolor=PAPER, lw=0,
              label=label, zorder=3)  # fmt: skip
    if percent > WIDEST:
        _say(axes, f"{number(round(percent))} %", (WIDEST, y), ha="left", xytext=(6, 0))


def _say(axes: Any, words: str, place: tuple[float, float], **style: Any) -> None:
    look = {"xytext": (0, 0), "color": INK, "va": "center", "fontsize": NOTE * POINT, "zorder": 6, **style}
    axes.annotate(words, place, textcoords="offset points", **look)


def _sentence(name: str, said: str, used: Mapping[str, float]) -> str:
    walls = [f"the limit of {wall}" for wall, percent in used.items() if percent >= 100]
    return f"{name}: {said}, {'at ' + listing(walls) if walls else 'inside of all limits'}."


def _check(runs: Mapping[str, Attempt], limits: Sequence[float]) -> None:
    if not 1 <= len(runs) <= MOST:
        raise ValueError(f"limit_box() shows 1 to {MOST} attempts, not {len(runs)}.")
    if not all(isfinite(limit) and limit > 0 for limit in limits):
        raise ValueError("limit_box() needs limits above 0: head= and body= in bytes, seconds= of time.")
    for name, run in runs.items():
        if not all(isfinite(used) and used >= 0 for used in run[:3]):
            raise ValueError(f"{name}: bytes and seconds are numbers from 0 on, not {run[:3]!r}.")


def answer_dots(took: Sequence[float], what: str) -> Picture:
    """The times of answers on one connection, in seconds, as dots; the caption says whether they waited.

    ValueError for no times.
    """
    if not took:
        raise ValueError("answer_dots() needs the time of one answer or more.")
    waits = "waits" if median(took) > WAITED else "does not wait"
    return dots(
        range(1, len(took) + 1),
        [1000 * seconds for seconds in took],
        xlabel="number of the request (count)",
        ylabel="time of the answer (ms)",
        caption=f"{len(took)} answers, {what}: a typical one {waits}.",
    )
