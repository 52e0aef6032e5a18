"""The heights of marks: each rule of the stack, and words that make room for each other."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest

from netlab.view.ladders.stack import Mark, Pace, scale, stack

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

PACE = Pace(stretch=10, limit=30, turn=5)


def test_later_is_lower_and_a_longer_time_a_larger_step_up_to_a_limit() -> None:
    marks = [Mark(time, "a") for time in (0.0, 0.0, 0.001, 0.1, 100.0)]
    stack(marks[::-1], 50, PACE)
    steps = [low.y - high.y for high, low in pairwise(marks)]
    assert marks[0].y == 50
    assert steps[0] == 0 < steps[1] < steps[2] < steps[3] == 30


def test_another_lane_is_a_step_of_its_own() -> None:
    one, other = Mark(0, "a"), Mark(0, "b")
    stack([one, other], 0, PACE)
    assert other.y - one.y == 5


def test_words_of_one_column_keep_their_distance_and_those_of_another_do_not_matter() -> None:
    one, two = Mark(0, "a", "side", 10, 20), Mark(0, "b", "side", 10, 20)
    aside, bare = Mark(0, "c", "c", 4, 4), Mark(0, "a")
    low = stack([one, two, aside, bare], 100, Pace())
    assert [mark.y for mark in (one, two, aside, bare)] == [110, 140, 140, 140]
    assert low == 160  # with the words below


def test_a_cause_is_higher_whatever_the_clock_says() -> None:
    cause, effect = Mark(0.2, "a"), Mark(0.1, "b")
    effect.after.append((cause, 24))
    stack([cause, effect], 0, Pace())
    assert (cause.y, effect.y) == (0, 24)


def test_in_a_circle_the_clock_decides() -> None:
    one, other = Mark(0.1, "a"), Mark(0.2, "b")
    one.after.append((other, 24))
    other.after.append((one, 24))
    stack([one, other], 0, Pace())
    assert (one.y, other.y) == (0, 24)


def test_what_never_ends_comes_last_and_takes_no_step() -> None:
    never, late = Mark(inf, "a"), Mark(5.0, "b")
    stack([never, late], 0, PACE)
    assert never.y == late.y


def test_to_scale_heights_are_proportional() -> None:
    marks = [Mark(time, "a") for time in (2.0, 3.0, 6.0)]
    scale(marks, 2, 6, 100, 400)
    assert [mark.y for mark in marks] == [100, 200, 500]
