"""The page that notebook 07 computes, and what its playgrounds show."""

from __future__ import annotations

import math

import pytest

from netlab.lessons.nb07.pictures import plans
from tests.view.test_http_pictures import outside, overlaps, words


@pytest.mark.parametrize("connections", [1, 2, 3, 6])
@pytest.mark.parametrize("objects", [1, 2, 5, 6, 7, 24])
def test_a_planned_page_is_the_formula(objects: int, connections: int) -> None:
    new = plans.planned_page(objects, connections, rtt=0.1, kept=False)
    assert max(row.last for row in new) == pytest.approx(0.2 * (1 + math.ceil(objects / connections)))
    assert len({row.connection for row in new}) == 1 + objects
    one = plans.planned_page(objects, 1, rtt=0.1, kept=True)
    assert max(row.last for row in one) == pytest.approx(0.1 * (2 + objects))
    assert {row.connection for row in one} == {1}


def test_connections_that_are_kept_are_opened_once() -> None:
    rows = plans.planned_page(12, 4, rtt=0.1, kept=True)
    assert {row.connection for row in rows} == {1, 2, 3, 4}
    assert sum(row.connecting is not None for row in rows) == 4


def test_the_line_carries_one_object_after_the_other() -> None:
    for connections in (1, 6):
        rows = plans.planned_page(6, connections, rtt=0.01, kept=True, size=100_000, rate=8e6)[1:]
        assert all(row.last - row.first == pytest.approx(0.1) for row in rows)
        assert all(later.first >= row.last - 1e-9 for row, later in zip(rows, rows[1:]))
        assert 0.6 < rows[-1].last < 0.75


def test_what_the_playgrounds_show() -> None:
    shown = plans.page_plan(80, 6, 6, kept_alive=False, kilobytes=60, megabits=6)
    assert "seven connections: 800 ms. 4 round trips wait for one another: 320 ms." in shown.caption
    assert "The bytes add 480 ms." in shown.caption
    assert not overlaps(shown) and not outside(shown)
    assert "a reader waits for more" in plans.in_chunks("hello", 2, bytes_lost=1).caption
    assert "refuses it" in plans.in_chunks("hello", 2, wrong_by=-1).caption
    assert "The reader gets 0 bytes" in plans.in_chunks("", 3).caption
    assert plans.in_chunks("", 3, bytes_lost=20).caption


def test_page_times() -> None:
    picture = plans.page_times(
        {"a way": [(1, 0.1), (2, 0.2)]}, {"a way": lambda n: 0.1 * n}, caption="Two pages."
    )
    assert "a way" in words(picture)
    for wrong in ({}, {"another": lambda n: n}):
        with pytest.raises(ValueError, match="a formula for each way"):
            plans.page_times({"a way": [(1, 0.1)]}, wrong, caption="Two pages.")  # type: ignore[arg-type]
