"""Progress is never lost, and never in the way."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netlab import check
from netlab.check import progress as _function
from netlab.check.progress import Progress, folder, passed, record

from .samples import make, plain


def test_passing_is_recorded_and_failing_is_not(own_progress: Path) -> None:
    sample = make(plain)
    sample(lambda: "no")
    assert passed() == set()
    sample(lambda: "fine")
    assert passed() == {"99-1"}
    note = json.loads((own_progress / "99-1.json").read_text("utf-8"))
    assert note["exercise"] == "99-1" and note["name"] == "sample" and note["passed"].startswith("20")
    sample(lambda: "no")
    assert passed() == {"99-1"}


def test_the_first_day_stays(own_progress: Path) -> None:
    assert record("01-1", "x") == ""
    before = (own_progress / "01-1.json").read_bytes()
    assert record("01-1", "y") == ""
    assert (own_progress / "01-1.json").read_bytes() == before


def test_it_lists_what_there_is(own_progress: Path) -> None:
    assert check.progress is _function
    record("00-2", "outcome")
    record("01-3", "echo_server")
    progress = check.progress()
    assert str(check.progress("01")).count("\n") == 0 and check.progress("01").of("01") == (1, 4)
    with pytest.raises(ValueError, match="no notebook '99' with exercises: there are 00, 01"):
        check.progress("99")
    assert progress.of("00") == (1, 3) and progress.of("01") == (1, 4) and progress.of("16") == (0, 0)
    assert repr(progress) == str(progress)
    assert str(progress).splitlines()[:2] == [
        "00: 1 of 3 exercises passed (my_port –, outcome ✓, greet –)",
        "01: 1 of 4 exercises passed (is_port_open –, in_order –, echo_server ✓, socketpair_echo –)",
    ]
    assert progress._repr_html_().count("✓ passed") == 2


def test_html_is_escaped() -> None:
    assert "<b>" not in Progress({"00": ["<b>"]}, set())._repr_html_()


@pytest.mark.parametrize(
    ("platform", "variables", "place"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/netlab-course"),
        ("linux", {"HOME": "/home/ada"}, "/home/ada/.local/share/netlab-course"),
        ("darwin", {"HOME": "/Users/ada"}, "/Users/ada/Library/Application Support/netlab-course"),
        ("win32", {"LOCALAPPDATA": "/C/Local"}, "/C/Local/netlab-course"),
        ("linux", {"NETLAB_PROGRESS": "/else/where", "XDG_DATA_HOME": "/data"}, "/else/where"),
    ],
)
def test_where_it_is(
    platform: str, variables: dict[str, str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NETLAB_PROGRESS", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert folder() == Path(place)


def test_a_folder_that_cannot_be_written_is_a_note_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("NETLAB_PROGRESS", str(tmp_path / "file" / "progress"))
    report = make(plain)(lambda: "fine")
    assert report.passed
    lines = str(report).splitlines()
    assert lines[-1].startswith("Passed, but not saved (Not a directory): set NETLAB_PROGRESS")
    assert lines[-1] in report._repr_html_().replace("&#x27;", "'")
    assert str(check.progress()).startswith("00: 0 of 3")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(own_progress: Path) -> None:
    own_progress.mkdir()
    own_progress.chmod(0o500)
    assert "not saved" in record("01-1", "x")


def test_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(self: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", nobody)
    assert "not saved" in record("01-1", "x") and passed() == set()


def test_what_is_damaged_or_strange_does_no_harm(own_progress: Path) -> None:
    own_progress.mkdir()
    (own_progress / "01-1.json").write_bytes(b"")  # cut short by a full disk: it was passed all the same
    (own_progress / "01-2.json").write_bytes(b"\xff\x00{")
    (own_progress / "notes.txt").write_text("mine")
    (own_progress / ".01-3-x.tmp").write_text("{")
    (own_progress / "99.json").mkdir()
    assert passed() == {"01-1", "01-2"}
    assert record("01-1", "x") == ""
    assert "01: 2 of 4" in str(check.progress())


def test_leftovers_of_the_killed_are_swept_a_day_later(own_progress: Path) -> None:
    own_progress.mkdir()
    old, new = own_progress / ".01-1-old.tmp", own_progress / ".01-1-new.tmp"
    for stray in (old, new):
        stray.write_text("{")
    os.utime(old, (time.time() - 90_000,) * 2)
    record("01-1", "x")
    assert not old.exists() and new.exists()


WRITER = """
import itertools, os, sys
from netlab.check.progress import folder, passed, record
first, step = int(sys.argv[1]), int(sys.argv[2])
for number in itertools.count(first, step):
    exercise = f"{number // 99 % 100:02}-{number % 99 + 1}"
    warning = record(exercise, "x")
    assert not warning, warning
    assert exercise in passed()
    print(exercise, flush=True)
"""


def test_two_writers_at_once_and_kill_9(own_progress: Path) -> None:
    """What a writer has been told is saved is there afterwards, whole, whoever was killed when."""
    promised: set[str] = set()
    chance = random.Random(7)
    for _ in range(6):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(i), "1"], stdout=subprocess.PIPE, text=True)
            for i in (0, 0, 50)  # two of them write the very same files
        ]
        for writer in writers:
            assert writer.stdout is not None
            promised.add(writer.stdout.readline().strip())  # they are at it
        time.sleep(chance.uniform(0.0, 0.05))
        for writer in writers:
            writer.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        for writer in writers:
            promised |= set(writer.communicate()[0].split())
            assert writer.returncode in (-9, 1, 15)
    promised.discard("")
    assert len(promised) > 10
    assert promised <= passed()
    for name in passed():
        note = json.loads((own_progress / f"{name}.json").read_text("utf-8"))
        assert note["exercise"] == name
