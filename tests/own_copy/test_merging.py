"""A learner's notebook meets the course's newest one."""

from __future__ import annotations

import pytest

from netlab.own_copy.cells import NOTE, dumps, given, loads
from netlab.own_copy.merging import merge
from tests.own_copy.samples import (
    cell_of,
    code,
    copied,
    course,
    ids,
    run,
    texts,
    updated,
    words,
)

SOLVED = "def f():\n    return 42\n\n\ncheck.f(f)"


def test_without_news_nothing_changes():
    mine = run(copied(course()))
    cell_of(mine, "ex-1-stub")["source"] = SOLVED
    mine["cells"].insert(2, code("own", "1 + 1"))
    mine["cells"].reverse()
    mine["metadata"]["language_info"] = {"name": "python", "version": "3.13.1"}
    assert updated(mine, course()) == (mine, [])


def test_what_was_not_touched_is_renewed():
    mine = run(copied(course()))
    merged = updated(mine, course(version=2))
    assert texts(merged.notebook) == texts(course(version=2))
    assert merged.sentences == ["1 cell renewed."]
    assert merged.notebook["metadata"][NOTE] == copied(course(version=2))["metadata"][NOTE]


def test_outputs_go_only_where_the_news_may_have_made_them_old():
    mine = run(copied(course()))
    mine["cells"].insert(0, code("before", "0"))
    mine["cells"].append(code("own", "x"))
    cell_of(mine, "ex-1-stub")["source"] = SOLVED
    merged = updated(run(mine), course(version=2)).notebook
    assert {cell["id"] for cell in merged["cells"] if cell.get("outputs")} == {"before", "own", "ex-1-stub"}
    assert all(
        (cell["execution_count"] is None) == (cell["outputs"] == [])
        for cell in merged["cells"]
        if "outputs" in cell
    )


@pytest.mark.parametrize("what", ["both changed one", "one is gone"])
def test_other_news_may_have_made_the_outputs_below_them_old(what):
    mine = run(copied(course()))
    newer = course(version=2)
    if what == "both changed one":
        cell_of(mine, "run")["source"] = "x = 99"
    else:
        del newer["cells"][1]
    assert cell_of(updated(mine, newer).notebook, "picture")["outputs"] == []


def test_a_new_code_cell_may_have_made_the_outputs_below_it_old():
    merged = updated(run(copied(course())), course(more=(code("more", "x = 7"),))).notebook
    assert {cell["id"] for cell in merged["cells"] if cell.get("outputs")} == {"run", "picture"}


def test_news_in_the_text_leave_all_outputs():
    mine = run(copied(course()))
    newer = course()
    newer["cells"][0]["source"] = "# 03 · The lesson"
    merged = updated(mine, newer)
    assert merged.notebook["cells"][1:] == mine["cells"][1:]
    assert merged.notebook["cells"][0]["source"] == "# 03 · The lesson"


def test_an_exercise_keeps_the_learners_code():
    mine = copied(course())
    cell_of(mine, "ex-1-stub")["source"] = SOLVED
    merged = updated(run(mine), course(version=2))
    assert texts(merged.notebook)[3] == SOLVED
    assert cell_of(merged.notebook, "ex-1-stub")["outputs"]
    assert merged.sentences == ["1 cell renewed."]


def test_a_stub_that_both_changed_is_there_twice_the_learners_last():
    mine = copied(course())
    cell_of(mine, "ex-1-stub")["source"] = SOLVED
    merged = updated(run(mine), course(stub=2))
    assert ids(merged.notebook)[3:6] == ["ex-1-stub-note", "ex-1-stub", "ex-1-stub-mine"]
    note, new, kept = texts(merged.notebook)[3:6]
    assert note.startswith("> **Two versions.**") and "the course's new one, then yours" in note
    assert "Contract 2" in new
    assert kept == SOLVED
    assert cell_of(merged.notebook, "ex-1-stub-mine")["outputs"]
    (sentence,) = merged.sentences
    assert "exercise 03-1" in sentence and "Yours is kept" in sentence


def test_an_experiment_that_both_changed_is_there_twice_the_courses_last():
    mine = copied(course())
    cell_of(mine, "run")["source"] = "x = 99"
    merged = updated(mine, course(version=2))
    assert texts(merged.notebook)[2:4] == ["x = 99", "x = 2"]
    assert ids(merged.notebook)[1:4] == ["run-note", "run-mine", "run"]
    assert "yours, just as it was, then the course's" in texts(merged.notebook)[1]
    assert "“x = 2”" in merged.sentences[0]


def test_the_new_one_of_two_versions_follows_the_course_and_the_learners_never_changes():
    mine = copied(course())
    for stub in (2, 3, 4):
        cell_of(mine, "ex-1-stub")["source"] = f"# my try {stub}"
        mine = updated(mine, course(stub=stub)).notebook
    kept = [text for text in texts(mine) if text.startswith("# my try")]
    assert kept == ["# my try 4", "# my try 3", "# my try 2"]
    mine = updated(mine, course(stub=5)).notebook
    assert ["Contract 5" in text for text in texts(mine) if "Contract" in text] == [True]
    assert [text for text in texts(mine) if text.startswith("# my try")] == kept


def test_the_same_change_on_both_sides_is_one_change():
    mine = copied(course())
    cell_of(mine, "run")["source"] = "x = 2"
    merged = updated(run(mine), course(version=2))
    assert ids(merged.notebook) == ids(course())
    assert merged.sentences == []
    assert cell_of(merged.notebook, "run")["outputs"]


def test_a_change_that_the_course_takes_back_leaves_the_learners():
    mine = copied(course())
    cell_of(mine, "run")["source"] = "x = 99"
    assert texts(updated(mine, course()).notebook)[1] == "x = 99"


def test_deleted_cells_stay_deleted_also_when_the_course_changes_them():
    mine = copied(course())
    mine["cells"] = [cell for cell in mine["cells"] if cell["id"] not in ("run", "ex-1-solution")]
    merged = updated(mine, course(version=2, more=(code("more", "y"),)))
    assert ids(merged.notebook) == ["title", "picture", "more", "ex-1-stub", "progress"]
    assert merged.sentences == ["1 cell new."]


def test_own_cells_stay_behind_the_cell_that_they_stood_behind():
    mine = copied(course())
    mine["cells"].insert(0, code("top", "0"))
    mine["cells"].insert(4, words("mine-a", "a"))
    mine["cells"].insert(5, words("mine-b", "b"))
    mine["cells"].append(code("end", "9"))
    merged = updated(mine, course(more=(code("more", "y"),)))
    assert ids(merged.notebook) == [
        *("top", "title", "run", "picture", "mine-a", "mine-b"),
        *("more", "ex-1-stub", "ex-1-solution", "progress", "end"),
    ]


def test_what_was_done_is_told_in_one_line():
    mine = copied(course(more=(code("old", "y"), code("older", "y"))))
    newer = course(version=2, more=(code("more", "y"),))
    newer["cells"][2]["source"] = "print(x, x)"
    assert updated(mine, newer).sentences == ["2 cells renewed, 1 new, 2 gone."]


def test_own_cells_stay_when_the_cell_above_them_goes():
    mine = copied(course(more=(code("old", "y"),)))
    mine["cells"].insert(4, words("mine", "a"))
    merged = updated(mine, course())
    assert ids(merged.notebook) == ["title", "run", "picture", "mine", *ids(course())[3:]]
    assert merged.sentences == ["1 cell gone."]


def test_a_changed_cell_that_the_course_took_out_stays():
    mine = copied(course(more=(code("old", "y"),)))
    cell_of(mine, "old")["source"] = "y = my_own"
    merged = updated(mine, course())
    assert ids(merged.notebook) == ids(mine)
    assert merged.sentences == []
    assert ids(updated(merged.notebook, course(more=(code("old", "y"),))).notebook)[3:6] == [
        *("old-note", "old-mine", "old"),
    ]


def test_the_course_may_change_its_order():
    newer = course()
    newer["cells"][1:4] = [newer["cells"][3], *newer["cells"][1:3]]
    mine = copied(course())
    mine["cells"].insert(3, words("mine", "behind the picture"))
    wanted = ["title", "ex-1-stub", "run", "picture", "mine", "ex-1-solution", "progress"]
    assert ids(updated(mine, newer).notebook) == wanted


def test_a_learner_who_moved_cells_keeps_that_order():
    mine = copied(course())
    mine["cells"].append(mine["cells"].pop(1))
    merged = updated(mine, course(version=2, more=(code("more", "y"),)))
    assert ids(merged.notebook) == [
        *("title", "picture", "more", "ex-1-stub", "ex-1-solution", "progress", "run")
    ]
    assert texts(merged.notebook)[-1] == "x = 2"


def test_two_versions_are_a_valid_notebook():
    import nbformat

    mine = copied(course())
    cell_of(mine, "ex-1-stub")["source"] = SOLVED
    data = dumps(updated(mine, course(stub=2)).notebook)
    nbformat.validate(nbformat.reads(data.decode(), as_version=4))
    assert merge(given(loads(data)), loads(data), copied(course(stub=2))).sentences == []


@pytest.mark.parametrize("versions", [1, 2, 3])
def test_an_old_copy_takes_all_versions_at_once_as_one_by_one(versions):
    mine = run(copied(course()))
    cell_of(mine, "ex-1-stub")["source"] = SOLVED
    mine["cells"].insert(2, words("mine", "a"))
    at_once = updated(mine, course(version=1 + versions)).notebook
    for version in range(2, 2 + versions):
        mine = updated(mine, course(version=version)).notebook
    assert mine == at_once


def test_an_older_copy_that_is_saved_over_a_newer_one_is_understood():
    """As a tab does that was open when the update came."""
    old_tab = run(copied(course()))
    cell_of(old_tab, "ex-1-stub")["source"] = SOLVED
    updated(copied(course()), course(version=2, more=(code("more", "y"),)))  # was on the disk, and is lost
    merged = updated(old_tab, course(version=2, more=(code("more", "y"),)))
    assert texts(merged.notebook)[1:4] == ["x = 2", "print(x)", "y"]
    assert SOLVED in texts(merged.notebook)
