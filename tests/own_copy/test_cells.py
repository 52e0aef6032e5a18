"""What a copy looks like and remembers: ids, folds, tags, forms of the file."""

from __future__ import annotations

import json

import pytest

from netlab.own_copy.cells import NOT_COMPARED, NOTE, dumps, given, tags
from tests.own_copy.samples import (
    cell_of,
    code,
    copied,
    course,
    ids,
    notebook,
    run,
    texts,
    updated,
    words,
)

SOLVED = "def f():\n    return 42\n\n\ncheck.f(f)"


def test_a_copy_has_no_outputs_and_the_source_keeps_its_own():
    original = run(course())
    mine = copied(original)
    assert ids(mine) == ids(original) and texts(mine) == texts(original)
    assert all(cell.get("outputs", []) == [] for cell in mine["cells"])
    assert cell_of(mine, "run")["execution_count"] is None
    assert cell_of(original, "run")["outputs"]


def test_what_depends_on_the_learner_is_run_and_not_compared():
    mine = copied(
        notebook(
            *course()["cells"],
            code("said", 'waits.outcome("accept")'),
            code("own", "from netlab import mine"),
            code("no-call", "def g():\n    pass", "exercise-03-2"),
            code("plain", "determine, checksum = 1, 2"),
            words("text", "check.progress() says more"),
        )
    )
    found = {cell["id"] for cell in mine["cells"] if NOT_COMPARED in tags(cell)}
    assert found == {"ex-1-stub", "no-call", "progress", "said", "own"}
    assert tags(cell_of(mine, "ex-1-stub")) == ["exercise-03-1", NOT_COMPARED]


def test_the_learners_fold_and_tags_stay_until_the_course_changes_its_own():
    mine = copied(course())
    cell_of(mine, "run")["metadata"] = {"jupyter": {"source_hidden": True}, "tags": ["raises-exception"]}
    newer = course(version=1)
    assert updated(mine, newer) == (mine, [])
    newer["cells"][1]["metadata"] = {"tags": ["linux-output"], "slideshow": {"slide_type": "slide"}}
    merged = updated(mine, newer).notebook
    assert cell_of(merged, "run")["metadata"] == {
        "jupyter": {"source_hidden": True},
        "slideshow": {"slide_type": "slide"},
        "tags": ["linux-output", "raises-exception"],
    }


def test_a_cell_that_the_learner_unfolded_stays_so():
    lesson = course()
    cell_of(lesson, "run")["metadata"] = {"jupyter": {"source_hidden": True}}
    mine = copied(lesson)
    cell_of(mine, "run")["metadata"] = {}
    assert updated(mine, lesson) == (mine, [])


def test_a_picture_that_the_learner_pasted_is_a_change():
    mine = copied(course())
    cell_of(mine, "title")["attachments"] = {"mine.png": {"image/png": "iVBORw0KGgo="}}
    newer = course()
    newer["cells"][0]["source"] = "# 03 · The lesson"
    merged = updated(mine, newer).notebook
    assert cell_of(merged, "title-mine")["attachments"]


def test_without_its_note_a_copy_loses_nothing():
    mine = copied(course())
    del mine["metadata"][NOTE]
    cell_of(mine, "ex-1-stub")["source"] = SOLVED
    merged = updated(mine, course(version=2)).notebook
    assert {"x = 1", "x = 2", SOLVED} <= set(texts(merged))
    assert given(merged)


@pytest.mark.parametrize("note", [None, [], {}, {"given": 5}, {"given": [1, ["a"], ["a", "b", 3]]}])
def test_a_spoiled_note_is_no_note(note):
    mine = copied(course())
    mine["metadata"][NOTE] = note
    assert given(mine) == []


@pytest.mark.parametrize("new_id", [None, "", 7])
def test_cells_whose_ids_a_program_dropped_are_known_by_their_text(new_id):
    mine = copied(course())
    mine["cells"].insert(2, words("own", "a"))
    for cell in mine["cells"]:
        cell["id"] = new_id
        if new_id is None:
            del cell["id"]
    mine["nbformat_minor"] = 4
    merged = updated(mine, course(version=2))
    assert texts(merged.notebook)[:4] == ["# 03 · A lesson", "x = 2", "a", "print(x)"]
    assert merged.notebook["nbformat_minor"] == 5
    assert merged.sentences == ["1 cell renewed."]


def test_an_own_cell_without_an_id_gets_one_that_no_other_has():
    mine = copied(course())
    mine["cells"][2:2] = [code("mine", "1"), code("", "2"), code("", "x = 1")]
    merged = updated(mine, course(version=2)).notebook
    assert texts(merged)[1:5] == ["x = 2", "1", "2", "x = 1"]


def test_an_own_cell_with_the_text_of_a_deleted_one_is_the_learners():
    mine = copied(course())
    mine["cells"][1] = code("own", "x = 1")
    assert texts(updated(mine, course(version=2)).notebook)[1] == "x = 1"


def test_an_id_that_two_cells_have_is_the_first_ones():
    mine = copied(course())
    mine["cells"].insert(2, code("run", "x = 99"))
    merged = updated(mine, course(version=2))
    assert texts(merged.notebook)[1:3] == ["x = 2", "x = 99"]


def test_windows_line_ends_are_no_change():
    mine = copied(course())
    for cell in mine["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")
    assert texts(updated(mine, course(version=2, stub=2)).notebook) == texts(course(version=2, stub=2))


def test_a_new_cell_with_the_id_of_a_cell_of_the_learners_own():
    mine = copied(course())
    mine["cells"].insert(3, code("more", "mine = 1"))
    merged = updated(mine, course(more=(code("more", "y"),))).notebook
    assert ids(merged)[3:6] == ["more-note", "more-mine", "more"]


def test_a_very_long_id_stays_valid():
    long = "x" * 64
    mine = copied(notebook(code(long, "a")))
    mine["cells"][0]["source"] = "b"
    merged = updated(mine, notebook(code(long, "c")))
    assert max(map(len, ids(merged.notebook))) <= 64


def test_what_is_written_is_what_jupyterlab_writes():
    import nbformat

    mine = run(copied(course(stub=2)))
    node = nbformat.from_dict(mine)
    nbformat.validate(node)
    written = nbformat.writes(node, indent=1, sort_keys=True, ensure_ascii=False)
    assert dumps(json.loads(written)).decode().rstrip("\n") == written.rstrip("\n")
