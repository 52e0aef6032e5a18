"""The whole folder of a learner, start after start."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

import pytest

from netlab.own_copy import folders
from netlab.own_copy.folders import HIDDEN, RUNS
from netlab.own_copy.locks import locked
from tests.own_copy.house import LESSON, SOLVED, House
from tests.own_copy.samples import course, texts


def test_the_first_start_copies_all_that_the_notebooks_need(begun: House) -> None:
    names = {name for name in begun.everything() if not name.startswith(HIDDEN)}
    assert names == {LESSON, "00_start_here.ipynb", "programs/03_echo.py", "images/ladder.png"}
    assert not any(cell.get("outputs") for cell in begun.lesson()["cells"])
    assert (begun.mine / "programs/03_echo.py").read_bytes() == b"print('echo')\n"


def test_a_start_without_news_writes_nothing(begun: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begun.solve()
    before = begun.everything()
    monkeypatch.setattr(folders, "_write", None)
    assert begun.start() == []
    assert begun.everything() == before


def test_solved_exercises_stay_and_the_rest_is_renewed(begun: House) -> None:
    begun.solve()
    begun.publish(course(version=2))
    assert begun.start() == [f"{LESSON}: 1 cell renewed."]
    assert texts(begun.lesson())[1] == "x = 2"
    assert SOLVED in texts(begun.lesson())


def test_the_version_before_an_update_is_kept(begun: House) -> None:
    begun.solve()
    before = (begun.mine / LESSON).read_bytes()
    begun.publish(course(version=2))
    begun.start()
    assert (begun.mine / HIDDEN / "before" / LESSON).read_bytes() == before


def test_a_changed_stub_is_told_in_one_line(begun: House) -> None:
    begun.solve()
    begun.publish(course(stub=2))
    (sentence,) = begun.start()
    assert sentence.startswith(f"{LESSON}: the course changed what you had changed: exercise 03-1.")
    assert begun.start() == []


def test_a_deleted_notebook_comes_back_whole(begun: House) -> None:
    """Also the cells that had been deleted in it: nothing of it is remembered."""
    notebook = begun.lesson()
    del notebook["cells"][1:4]
    begun.save(notebook)
    assert begun.start() == []
    (begun.mine / LESSON).unlink()
    assert begun.start() == [f"{LESSON} is there again."]
    assert texts(begun.lesson()) == texts(course())


def test_a_renamed_notebook_stays_as_it_is_and_a_fresh_one_comes(begun: House) -> None:
    begun.solve()
    os.rename(begun.mine / LESSON, begun.mine / "03_mine.ipynb")
    begun.publish(course(version=2))
    assert begun.start() == [f"{LESSON} is there again."]
    assert SOLVED in texts(begun.lesson("03_mine.ipynb"))
    assert texts(begun.lesson("03_mine.ipynb"))[1] == "x = 1"
    assert texts(begun.lesson()) == texts(course(version=2))


def test_a_renamed_notebook_that_gets_its_name_back_goes_on(begun: House) -> None:
    begun.solve()
    os.rename(begun.mine / LESSON, begun.mine / "03_mine.ipynb")
    begun.publish(course(version=2))
    begun.start()
    os.replace(begun.mine / "03_mine.ipynb", begun.mine / LESSON)
    begun.start()
    assert SOLVED in texts(begun.lesson()) and "x = 2" in texts(begun.lesson())


def test_a_new_notebook_is_told(begun: House) -> None:
    begun.publish(course(), "04_more.ipynb")
    assert begun.start() == ["04_more.ipynb is new."]


def test_a_tab_that_was_open_while_the_course_changed_may_save_over_it(begun: House) -> None:
    """JupyterLab asks first; here the learner answers: overwrite."""
    begun.solve()
    open_tab = begun.lesson()
    begun.publish(course(version=2))
    begun.start()
    open_tab["cells"].append({"cell_type": "markdown", "id": "own", "metadata": {}, "source": "a note"})
    begun.save(open_tab)
    begun.start()
    assert {"x = 2", SOLVED, "a note"} <= set(texts(begun.lesson()))


def test_nothing_is_touched_while_jupyterlab_runs_on_it(begun: House) -> None:
    begun.publish(course(version=2))
    before = begun.everything()
    with locked(begun.mine / HIDDEN / "running", 0):
        assert begun.start() == [RUNS]
    assert begun.everything() == before
    assert begun.start() == [f"{LESSON}: 1 cell renewed."]


def test_what_is_saved_in_the_very_moment_waits(begun: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begun.publish(course(version=2))
    stage = folders._Plan.stage

    def slow(plan: Any) -> None:
        stage(plan)
        begun.solve()

    with monkeypatch.context() as patch:
        patch.setattr(folders._Plan, "stage", slow)
        assert begun.start() == [f"{LESSON} is being written by somebody: it waits for the next start."]
    assert SOLVED in texts(begun.lesson())
    assert begun.start() == [f"{LESSON}: 1 cell renewed."]
    assert SOLVED in texts(begun.lesson())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[1]",
        b"{}",
        b'{"cells": [{}], "metadata": {}}',
        b"[" * 100_000,
        b'"' + b"\xe9",
    ],
)
def test_a_broken_notebook_is_set_aside(begun: House, data: bytes) -> None:
    (begun.mine / LESSON).write_bytes(data)
    (sentence,) = begun.start()
    assert "03_lesson.unreadable.txt" in sentence
    assert (begun.mine / "03_lesson.unreadable.txt").read_bytes() == data
    assert texts(begun.lesson()) == texts(course())
    (begun.mine / LESSON).write_bytes(b"again")
    assert "03_lesson.unreadable-2.txt" in begun.start()[0]
    assert (begun.mine / "03_lesson.unreadable.txt").read_bytes() == data


def test_a_text_that_no_file_can_hold_is_set_aside(begun: House) -> None:
    begun.publish(course(version=2))
    data = json.dumps(begun.lesson()).replace("print(x)", "print('\\ud800')").encode()
    (begun.mine / LESSON).write_bytes(data)
    begun.start()
    assert (begun.mine / "03_lesson.unreadable.txt").read_bytes() == data


def test_a_notebook_of_another_format_is_left_alone(begun: House) -> None:
    notebook = begun.lesson()
    notebook["nbformat"] = 5
    begun.save(notebook)
    before = (begun.mine / LESSON).read_bytes()
    begun.publish(course(version=2))
    (sentence,) = begun.start()
    assert "another format" in sentence
    assert (begun.mine / LESSON).read_bytes() == before


def test_a_newer_minor_format_stays(begun: House) -> None:
    notebook = begun.lesson()
    notebook["nbformat_minor"] = 9
    begun.save(notebook)
    begun.publish(course(version=2))
    begun.start()
    assert begun.lesson()["nbformat_minor"] == 9
    assert "x = 2" in texts(begun.lesson())


def test_a_byte_order_mark_and_windows_line_ends_are_no_change(begun: House) -> None:
    data = b"\xef\xbb\xbf" + (begun.mine / LESSON).read_bytes().replace(b"\n", b"\r\n")
    (begun.mine / LESSON).write_bytes(data)
    assert begun.start() == []
    assert (begun.mine / LESSON).read_bytes() == data
    begun.publish(course(version=2))
    assert begun.start() == [f"{LESSON}: 1 cell renewed."]


def test_a_program_that_only_the_course_changed_is_renewed(begun: House) -> None:
    begun.give("programs/03_echo.py", b"print('new')\n")
    assert begun.start() == []
    assert (begun.mine / "programs/03_echo.py").read_bytes() == b"print('new')\n"


def test_a_program_that_only_the_learner_changed_stays(begun: House) -> None:
    (begun.mine / "programs/03_echo.py").write_bytes(b"mine")
    assert begun.start() == begun.start() == []
    assert (begun.mine / "programs/03_echo.py").read_bytes() == b"mine"


def test_of_a_program_that_both_changed_the_new_one_is_put_beside(begun: House) -> None:
    mine = begun.mine / "programs" / "03_echo.py"
    mine.write_bytes(b"mine")
    begun.give("programs/03_echo.py", b"new")
    (sentence,) = begun.start()
    assert "programs/03_echo.new.py" in sentence
    assert mine.read_bytes() == b"mine"
    assert mine.with_name("03_echo.new.py").read_bytes() == b"new"
    assert begun.start() == []
    shutil.rmtree(begun.mine / HIDDEN)  # as if the start had been killed before it noted this
    assert begun.start() == []
    assert not mine.with_name("03_echo.new-2.py").exists()
    begun.give("programs/03_echo.py", b"newer")
    assert "programs/03_echo.new-2.py" in begun.start()[0]
    assert mine.with_name("03_echo.new.py").read_bytes() == b"new"


def test_what_left_the_course_goes_unless_it_was_changed(begun: House) -> None:
    begun.solve()
    for name in ("programs/03_echo.py", LESSON):
        (begun.notebooks / name).unlink()
    assert begun.start() == [f"{LESSON} is no part of the course any more, and stays as yours."]
    assert not (begun.mine / "programs/03_echo.py").exists()
    assert SOLVED in texts(begun.lesson())
    assert begun.start() == []


def test_without_the_hidden_folder_nothing_is_lost(begun: House) -> None:
    begun.solve()
    (begun.mine / "programs/03_echo.py").write_bytes(b"mine")
    shutil.rmtree(begun.mine / HIDDEN)
    begun.publish(course(version=2))
    begun.start()
    assert {"x = 2", SOLVED} <= set(texts(begun.lesson()))
    assert (begun.mine / "programs/03_echo.py").read_bytes() == b"mine"


def test_a_spoiled_hidden_file_is_none(begun: House) -> None:
    for text in ("{", "[]", "\udcff"):
        (begun.mine / HIDDEN / "given.json").write_bytes(text.encode("utf-8", "surrogateescape"))
        assert begun.start() == []
