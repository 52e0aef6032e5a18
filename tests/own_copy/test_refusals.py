"""Full disks, folders that can not be written, starts that are killed, two starts at once, and trust."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from netlab.own_copy import __main__ as command
from netlab.own_copy import folders
from netlab.own_copy.folders import BUSY, HIDDEN
from netlab.own_copy.locks import Busy, is_held, locked
from tests.own_copy.house import LESSON, SOLVED, House
from tests.own_copy.samples import cell_of, course, texts

ROOT = Path(__file__).resolve().parents[2]


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
    begun: House, trusted: bool, monkeypatch: Any, tmp_path: Path, request: Any
) -> None:
    import nbformat
    from nbformat.sign import NotebookNotary

    def notary() -> Any:
        made = NotebookNotary()
        request.addfinalizer(made.store.close)
        return made

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))

    def read() -> Any:
        return nbformat.read(begun.mine / LESSON, as_version=4)

    begun.solve()
    if trusted:
        notary().sign(read())
    newer = course()
    newer["cells"][0]["source"] = "# 03 · New"
    begun.publish(newer)
    begun.start()
    assert cell_of(begun.lesson(), "run")["outputs"]
    assert notary().check_signature(read()) is trusted
