"""The box of limits: each client ends in a mark, each wall stands at its limit, and words do not collide."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from netlab.lessons import limit_box
from netlab.lessons.nb08.pictures import LOOKS, Attempt
from netlab.view.kit import Picture
from netlab.view.kit.theme import ERROR, WIDEST

RUNS: dict[str, Any] = {
    "honest": ([(0.001, 300), (0.002, 560)], 0.003, "200"),
    "flood": Attempt([(0.001, 400), (0.004, 3000), (0.02, 5000)], 0.021, "431"),
    "drops": ([(0.02 * n, n) for n in range(1, 20)], 0.4, "408"),
}
CAPTION = "Three clients, three answers."


def box(runs: Any = RUNS, **limits: float) -> Picture:
    return limit_box(runs, caption=CAPTION, **{"head": 4096, "body": 50_000, "seconds": 0.4, **limits})


def labels(picture: Picture) -> list[Any]:
    axes = picture.figure.axes[0]
    return [text for text in axes.texts if text.get_text()]


def overlaps(picture: Picture) -> list[tuple[str, str]]:
    renderer = FigureCanvasAgg(picture.figure).get_renderer()
    words = labels(picture)
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in words]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def test_each_client_ends_in_a_large_mark_with_what_was_said() -> None:
    picture = box()
    assert repr(picture) == CAPTION and picture.width <= WIDEST
    marks = [line for line in picture.figure.axes[0].lines if line.get_markersize() > 8]
    assert [(*line.get_xdata(), *line.get_ydata()) for line in marks] == [
        (0.003, 560), (0.021, 5000), (0.4, 19)]  # fmt: skip
    assert len({line.get_marker() for line in marks}) == 3
    assert [text.get_text() for text in labels(picture)][:3] == ["200", "431", "408"]


def test_the_line_of_a_client_is_what_the_server_had_taken() -> None:
    lines = {line.get_label(): line for line in box().figure.axes[0].lines}
    assert list(lines["flood"].get_xdata()) == [0.001, 0.004, 0.02, 0.021]
    assert list(lines["flood"].get_ydata()) == [400, 3000, 5000, 5000]
    assert lines["flood"].get_drawstyle() == "steps-post"
    assert len({str(lines[name].get_linestyle()) for name in RUNS}) > 1


def test_the_walls_stand_at_the_limits() -> None:
    axes = box(head=1000, body=2000, seconds=0.25).figure.axes[0]
    walls = [line for line in axes.lines if to_hex(line.get_color()) == ERROR]
    flat = [line.get_ydata()[0] for line in walls if line.get_ydata()[0] == line.get_ydata()[1] > 1]
    upright = [line.get_xdata()[0] for line in walls if line.get_xdata()[0] == line.get_xdata()[1]]
    assert (flat, upright) == ([1000, 2000], [0.25])
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_everything_lies_inside_of_the_axes() -> None:
    for seconds, body in ((0.1, 400), (5, 10_000_000)):
        axes = box(seconds=seconds, body=body).figure.axes[0]
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        assert left < 0.001 and right > max(seconds, 0.4) and low < 1 and high > max(body, 5000)


@pytest.mark.parametrize("limits", [{}, {"head": 8000, "seconds": 0.8}, {"head": 200, "body": 400}])
def test_no_words_overlap(limits: dict[str, float]) -> None:
    assert not overlaps(box(**limits))


def test_marks_at_one_place_do_not_hide_each_other_s_words() -> None:
    same = {name: ([(0.01, 100)], 0.02, said) for name, said in (("a", "200"), ("b", "413"), ("c", "431"))}
    assert not overlaps(box(same))


def test_what_comes_very_early_or_is_nothing_is_still_drawn() -> None:
    axes = box({"a": ([(0.0, 0)], 0.0, "400")}).figure.axes[0]
    assert min(axes.lines[0].get_xdata()) > 0 and min(axes.lines[0].get_ydata()) > 0


@pytest.mark.parametrize(
    ("runs", "limits", "words"),
    [
        ({}, {}, "shows 1 to 5 attempts, not 0"),
        ({str(n): RUNS["honest"] for n in range(len(LOOKS) + 1)}, {}, "not 6"),
        (RUNS, {"head": 0}, "limits above 0"),
        (RUNS, {"seconds": float("inf")}, "limits above 0"),
        ({"a": ([], 1.0, "200")}, {}, "a: limit_box"),
        ({"a": ([(0.2, 5), (0.1, 9)], 1.0, "200")}, {}, "a: the times"),
        ({"a": ([(0.2, 5)], 0.1, "200")}, {}, "a: the times"),
    ],
)
def test_what_makes_no_sense_is_refused(runs: Any, limits: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        box(runs, **limits)
