"""The box of limits: a bar for each client and limit, the wall at 100 %, and words that do not collide."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from netlab.lessons import answer_dots, limit_box
from netlab.lessons.nb08.pictures import ANSWERS, MOST, WIDEST, Attempt
from netlab.view.kit import Picture
from netlab.view.kit.theme import WIDEST as WIDEST_PICTURE

LIMITS = {"head": 4000, "body": 50_000, "seconds": 0.4}
RUNS: dict[str, Any] = {
    "honest": (40, 500, 0.004, "200"),
    "flood": Attempt(4800, 0, 0.02, "431"),
    "drops": (20, 0, 0.404, "408"),
}


def box(runs: Any = RUNS, **limits: float) -> Picture:
    return limit_box(runs, **{**LIMITS, **limits})


def words(picture: Picture) -> list[Any]:
    return [text for text in picture.figure.axes[0].texts if text.get_text()]


def bars(picture: Picture) -> list[float]:
    """How long they are, in percent: head, body and time of each client."""
    return [round(bar.get_width(), 6) for bar in picture.figure.axes[0].patches]


def test_each_bar_is_a_share_of_its_limit() -> None:
    assert bars(box()) == [1, 1, 1, 120, 0, 5, 0.5, 0, 101]
    assert bars(box(head=8000, body=5000, seconds=0.8))[:6] == [0.5, 10, 0.5, 60, 0, 2.5]


def test_the_wall_stands_at_the_limit_and_each_answer_is_said() -> None:
    picture = box()
    assert picture.width <= WIDEST_PICTURE
    assert [list(line.get_xdata()) for line in picture.figure.axes[0].lines] == [[100, 100]]
    said = [text.get_text() for text in words(picture)]
    assert [each for each in said if each.startswith("answer")] == [
        "answer: 200",
        "answer: 431",
        "answer: 408",
    ]
    assert set(RUNS) < set(said)


def test_color_is_not_the_only_sign() -> None:
    patches = box().figure.axes[0].patches
    assert len({(bar.get_hatch() or "") for bar in patches}) == 3


def test_the_caption_says_who_met_which_limit() -> None:
    assert repr(box()) == (
        "honest: 200, inside of all limits. flood: 431, at the limit of head. "
        "drops: 408, at the limit of time."
    )
    both = box({"a": (4000, 50_000, 0, "413")})
    assert repr(both) == "a: 413, at the limit of head and the limit of body."


def test_a_bar_that_is_too_long_is_cut_and_says_how_long_it_is() -> None:
    picture = box(head=200)
    assert bars(picture)[3] == WIDEST < ANSWERS
    assert "2\u202f400 %" in [text.get_text().replace("\xa0", "\u202f") for text in words(picture)]


@pytest.mark.parametrize("limits", [{}, {"head": 40}, {"head": 8000, "seconds": 0.01}, {"body": 100}])
def test_no_words_overlap(limits: dict[str, float]) -> None:
    picture = box(**limits)
    renderer = FigureCanvasAgg(picture.figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in words(picture)]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize(
    ("runs", "limits", "says"),
    [
        ({}, {}, "shows 1 to 5 attempts, not 0"),
        ({str(n): RUNS["honest"] for n in range(MOST + 1)}, {}, "not 6"),
        (RUNS, {"head": 0}, "limits above 0"),
        (RUNS, {"seconds": float("inf")}, "limits above 0"),
        ({"a": (-1, 0, 0, "200")}, {}, "a: bytes and seconds"),
        ({"a": (0, 0, float("nan"), "200")}, {}, "a: bytes and seconds"),
    ],
)
def test_what_makes_no_sense_is_refused(runs: Any, limits: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        box(runs, **limits)


def test_the_caption_says_whether_a_typical_answer_waits() -> None:
    assert repr(answer_dots([0.001, 0.04, 0.041], "here")) == "3 answers, here: a typical one waits."
    assert repr(answer_dots([0.05, 0.001, 0.002], "here")) == "3 answers, here: a typical one does not wait."
    assert list(answer_dots([0.001, 0.04], "x").figure.axes[0].lines[0].get_ydata()) == [1, 40]
    with pytest.raises(ValueError, match="one answer or more"):
        answer_dots([], "here")
