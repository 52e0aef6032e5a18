"""The whole folder of a learner, start after start."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from netlab.own_copy import __main__ as command
from netlab.own_copy import folders
from netlab.own_copy.cells import dumps, loads
from netlab.own_copy.folders import BEGUN, BUSY, HIDDEN, RUNS, update
from netlab.own_copy.locks import Busy, is_held, locked
from tests.own_copy.samples import Notebook, cell_of, course, run, texts

ROOT = Path(__file__).resolve().parents[2]
LESSON = "03_lesson.ipynb"
SOLVED = "def f():\n    return 42\n\n\ncheck.f(f)"


class House:
    """A course's folder and the learner's copy beside it."""

    def __init__(self, root: Path) -> None:
        self.root, self.notebooks, self.mine = root, root / "notebooks", root / "my_course"
        self.publish(course())
        self.publish(course(), "00_start_here.ipynb")
        self.give("programs/03_echo.py", b"print('echo')\n")
        self.give("images/ladder.png", b"\x89PNG")
        self.give("__pycache__/x.pyc", b"")
        self.give(".ipynb_checkpoints/03_lesson.ipynb", b"{}")

    def give(self, name: str, data: bytes) -> None:
        path = self.notebooks / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def publish(self, notebook: Notebook, name: str = LESSON) -> None:
        self.give(name, dumps(run(notebook)))

    def start(self) -> list[str]:
        return update(self.notebooks, self.mine)

    def lesson(self, name: str = LESSON) -> Notebook:
        return loads((self.mine / name).read_bytes())

    def save(self, notebook: Notebook, name: str = LESSON) -> None:
        (self.mine / name).write_bytes(dumps(notebook))

    def solve(self) -> None:
        notebook = self.lesson()
        cell_of(notebook, "ex-1-stub")["source"] = SOLVED
        self.save(run(notebook))

    def everything(self) -> dict[str, bytes]:
        """All files of the copy but the locks."""
        return {
            path.relative_to(self.mine).as_posix(): path.read_bytes()
            for path in self.mine.rglob("*")
            if path.is_file() and path.name not in ("lock", "running")
        }


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def begun(house: House) -> House:
    assert house.start() == [BEGUN]
    return house


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


# -- what a system refuses --------------------------------------------------------------------------------


def refuse(number: int, after: int) -> Any:
    """A `_write` for a disk that takes so many files."""
    write = folders._write
    count = 0

    def refusing(path: Path, data: bytes) -> None:
        nonlocal count
        count += 1
        if count > after:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data[: len(data) // 2])
            raise OSError(number, os.strerror(number), str(path))
        write(path, data)

    return refusing


@pytest.mark.parametrize("after", range(5))
def test_a_full_disk_leaves_everything_as_it_was(
    begun: House, after: int, monkeypatch: Any, capsys: Any
) -> None:
    begun.solve()
    begun.publish(course(version=2))
    begun.publish(course(version=2), "00_start_here.ipynb")
    before = begun.everything()
    monkeypatch.setattr(folders, "_write", refuse(errno.ENOSPC, after))
    assert command.main(begun.root) == 0
    said = capsys.readouterr().out
    assert said == "The disk is full: my_course is as it was, and is opened so.\n"
    assert begun.everything() == before
    monkeypatch.undo()
    assert len(begun.start()) == 2
    assert {"x = 2", SOLVED} <= set(texts(begun.lesson()))


@pytest.mark.parametrize("after", range(5))
def test_a_full_disk_at_the_first_start_leaves_nothing(
    house: House, after: int, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.setattr(folders, "_write", refuse(errno.ENOSPC, after))
    assert command.main(house.root) == 1
    assert capsys.readouterr().out.startswith("The disk is full: there is no my_course, and the course's own")
    assert not house.mine.exists()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_read_only_course_is_opened_itself(
    house: House, number: int, monkeypatch: Any, capsys: Any
) -> None:
    def refusing(path: Path, **options: Any) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "mkdir", refusing)
    assert command.main(house.root) == 1
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "can not be written" in said and "the course's own notebooks are opened" in said


def test_a_file_in_the_place_of_the_copy_is_said(house: House, capsys: Any) -> None:
    house.mine.write_text("mine")
    assert command.main(house.root) == 1
    assert "could not be brought up to date" in capsys.readouterr().out
    assert house.mine.read_text() == "mine"


def test_a_damaged_course_leaves_the_copy(begun: House, capsys: Any) -> None:
    begun.solve()
    before = begun.everything()
    begun.give("00_start_here.ipynb", b"<<<<<<< HEAD")
    assert command.main(begun.root) == 0
    assert "A notebook of the course is damaged" in capsys.readouterr().out
    assert begun.everything() == before


def test_one_file_that_can_not_be_replaced_waits_for_the_next_start(begun: House, monkeypatch: Any) -> None:
    begun.publish(course(version=2))
    begun.give("programs/03_echo.py", b"new")
    begun.give("images/ladder.png", b"new")
    replace = os.replace

    def refusing(old: Any, new: Any) -> None:
        if str(new).endswith(("03_echo.py", LESSON)):
            raise PermissionError(errno.EACCES, "in use", str(new))
        replace(old, new)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refusing)
        assert len(begun.start()) == 2
    assert (begun.mine / "images/ladder.png").read_bytes() == b"new"
    assert texts(begun.lesson())[1] == "x = 1"
    assert begun.start() == [f"{LESSON}: 1 cell renewed."]
    assert (begun.mine / "programs/03_echo.py").read_bytes() == b"new"


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", range(9))
def test_who_is_killed_between_two_files_goes_on(begun: House, after: int, monkeypatch: Any) -> None:
    begun.solve()
    begun.publish(course(version=2, stub=2))
    begun.publish(course(version=2), "00_start_here.ipynb")
    begun.give("programs/03_echo.py", b"new")
    count, replace = 0, os.replace

    def killing(old: Any, new: Any) -> None:
        nonlocal count
        count += 1
        if count > after:
            raise Killed
        replace(old, new)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killing)
        try:
            begun.start()
        except Killed:
            pass
        else:
            assert after >= 6
    begun.start()
    wanted = {"x = 2", SOLVED}
    assert wanted <= set(texts(begun.lesson()))
    assert texts(begun.lesson()).count(SOLVED) == 1
    assert "x = 2" in texts(begun.lesson("00_start_here.ipynb"))
    assert (begun.mine / "programs/03_echo.py").read_bytes() == b"new"
    assert begun.start() == []


# -- two at once --------------------------------------------------------------------------------------------


def test_two_first_starts_at_once_make_one_copy(house: House) -> None:
    code = "from netlab.own_copy.__main__ import *; sys.exit(main(Path(sys.argv[1])))"
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    starts = [
        subprocess.Popen([sys.executable, "-c", code, str(house.root)], cwd=ROOT, **both) for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0] for process in starts]
    assert [process.returncode for process in starts] == [0] * 4, said
    assert not any(b"Traceback" in text for text in said)
    assert texts(house.lesson()) == texts(course())
    assert house.start() == []


def test_a_start_waits_for_anothers_update(begun: House) -> None:
    begun.publish(course(version=2))
    entered = threading.Event()

    def other() -> None:
        with locked(begun.mine / HIDDEN / "lock", 0):
            entered.set()
            time.sleep(0.3)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(60)
    assert begun.start() == [f"{LESSON}: 1 cell renewed."]
    thread.join()


def test_a_start_does_not_wait_for_ever(begun: House, monkeypatch: Any) -> None:
    monkeypatch.setattr(folders, "PATIENCE", 0.1)
    before = begun.everything()
    with locked(begun.mine / HIDDEN / "lock", 0):
        assert begun.start() == [BUSY]
    assert begun.everything() == before


def test_a_lock_is_free_after_its_block_whatever_happens(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(KeyError), locked(path, 0):
        assert is_held(path)
        with pytest.raises(Busy), locked(path, 0):
            raise AssertionError
        raise KeyError
    assert not is_held(path)


# -- trust ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trusted", [True, False])
def test_outputs_that_jupyterlab_trusted_stay_trusted(
    begun: House, trusted: bool, monkeypatch: Any, tmp_path: Path
) -> None:
    import nbformat
    from nbformat.sign import NotebookNotary

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))

    def read() -> Any:
        return nbformat.read(begun.mine / LESSON, as_version=4)

    begun.solve()
    if trusted:
        NotebookNotary().sign(read())
    newer = course()
    newer["cells"][0]["source"] = "# 03 · New"
    begun.publish(newer)
    begun.start()
    assert cell_of(begun.lesson(), "run")["outputs"]
    assert NotebookNotary().check_signature(read()) is trusted
