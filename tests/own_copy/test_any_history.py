"""Whatever a learner and the course do, nothing of the learner's is lost, and what is new arrives."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from netlab.own_copy.cells import Cell, Notebook, given, text_print
from tests.own_copy.samples import code, copied, notebook, run, updated, words

TEXTS = st.sampled_from(["x = 1", "x = 2", "x = 3", "ladder(wire)", "", "a\nb"])
NAMES = [f"cell-{number}" for number in range(6)]


@st.composite
def cells(draw: Any, id: str) -> Cell:
    if draw(st.booleans()):
        return code(id, draw(TEXTS), *draw(st.sampled_from([(), ("exercise-03-1",), ("predict",)])))
    return words(id, draw(TEXTS))


@st.composite
def courses(draw: Any) -> Notebook:
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6))
    return notebook(*[draw(cells(id)) for id in chosen])


@st.composite
def edited(draw: Any, mine: Notebook, *, ordered: bool = False) -> Notebook:
    """What a learner makes of it: texts changed, cells deleted, added, moved, run."""
    mine = copy.deepcopy(mine)
    if draw(st.booleans()):
        run(mine)
    for _ in range(draw(st.integers(0, 5))):
        here = mine["cells"]
        at = draw(st.integers(0, len(here)))
        what = draw(st.sampled_from(["write", "delete", "add", *([] if ordered else ["move"])]))
        if what == "add":
            here.insert(at, code(f"own-{draw(st.integers(0, 10**9))}-{len(here)}", draw(TEXTS)))
        elif at < len(here) and what == "write":
            here[at]["source"] = draw(TEXTS)
        elif at < len(here) and what == "delete":
            del here[at]
        elif at < len(here):
            here.insert(draw(st.integers(0, len(here) - 1)), here.pop(at))
    return mine


def of_the_learner(mine: Notebook) -> list[Cell]:
    """The cells that are not as the course gave them."""
    known = {row.id: row.text for row in given(mine)}
    return [cell for cell in mine["cells"] if known.get(cell["id"]) != text_print(cell)]


@settings(max_examples=150)
@for_all(st.data(), courses(), st.lists(courses(), min_size=1, max_size=4))
def test_nothing_is_lost_and_what_is_new_arrives(data: Any, first: Notebook, later: list[Notebook]) -> None:
    mine = copied(first)
    for newer in later:
        mine = data.draw(edited(mine))
        merged = updated(mine, newer).notebook
        assert not Counter(map(text_print, of_the_learner(mine))) - Counter(map(text_print, merged["cells"]))
        was, had = {row.id: row for row in given(mine)}, {cell["id"]: cell for cell in mine["cells"]}
        there = {(cell["id"], text_print(cell)) for cell in merged["cells"]}
        for cell in copied(newer)["cells"]:
            id, text = cell["id"], text_print(cell)
            deleted = id in was and id not in had
            no_news = id in was and was[id].text == text
            assert (id, text) in there or deleted or no_news
        mine = merged


@settings(max_examples=100)
@for_all(st.data(), courses())
def test_without_news_any_notebook_stays_as_it_is(data: Any, first: Notebook) -> None:
    mine = data.draw(edited(copied(first)))
    assert updated(mine, first) == (mine, [])


@settings(max_examples=100)
@for_all(st.data(), courses(), st.lists(st.tuples(st.integers(0, 5), TEXTS), max_size=3))
def test_the_learners_cells_keep_their_order(data: Any, first: Notebook, changes: list[Any]) -> None:
    mine = data.draw(edited(copied(first), ordered=True))
    newer = copy.deepcopy(first)
    for at, text in changes:
        if at < len(newer["cells"]):
            newer["cells"][at]["source"] = text
    merged = [text_print(cell) for cell in updated(mine, newer).notebook["cells"]]
    wanted = [text_print(cell) for cell in of_the_learner(mine)]
    left = iter(merged)
    assert all(text in left for text in wanted)
