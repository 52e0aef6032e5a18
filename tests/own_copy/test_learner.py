"""A learner with the real course: solves 03-1, gets a changed course, and goes on."""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netlab.own_copy.cells import Notebook, dumps
from tests.notebooks.kernel import execute
from tests.notebooks.structure import NOTEBOOKS, ROOT, load, numbered, tags
from tests.own_copy.samples import cell_of, code, copied, ids, notebook, texts, updated, words

LESSON = "03_tcp_streams.ipynb"
STUB = "ex-1-stub"
NEEDED = ("netlab", "notebooks", "conftest.py", "pyproject.toml", "tests/__init__.py", "tests/notebooks")
EXPERIMENT = """
with watch() as wire, EchoServer() as server, socket.create_connection(server.address) as client:
    client.sendall(b"hello")
    heard = client.recv(1024)
print(heard)
answer.outcome("hello" if heard == b"hello" else "nothing")
""".strip()


def lesson() -> Notebook:
    """Lesson 03 in short, so that it runs in seconds: one experiment, and its first exercise."""
    cells = {tag: cell for cell in load(NOTEBOOKS / LESSON)["cells"] for tag in tags(cell)}
    return notebook(
        words("title", "# 03 · TCP streams"),
        code("imports", "import socket\n\nfrom netlab import EchoServer, check, ladder, predict, watch"),
        code("predict", 'answer = predict("What comes back?", ["hello", "nothing"])\nanswer', "predict"),
        code("run", EXPERIMENT),
        code("picture", "ladder(wire)"),
        {**cells["exercise-03-1"], "id": STUB},
        {**cells["solution-03_1_read_exact"], "id": "ex-1-solution"},
        code("progress", 'check.progress("03")'),
    )


class Clone:
    """A fresh clone of the course, with its lesson 03 cut short. There is no git in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lesson, self.mine = folder / "notebooks" / LESSON, folder / "my_course" / LESSON
        for name in NEEDED:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, folder / name)
        self.publish(lesson())

    def publish(self, notebook: Notebook) -> None:
        self.lesson.write_bytes(dumps(notebook))

    def run(self, *arguments: str) -> str:
        environment = os.environ | {"PYTHONPATH": str(self.folder), "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-m", *arguments]
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
        done = subprocess.run(command, cwd=self.folder, env=environment, timeout=300, **both)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def work(self, notebook: Notebook, progress: Path) -> Notebook:
        """Run all in JupyterLab, with progress of one's own, and save."""
        extra = {"NETLAB_PROGRESS": str(progress), "PYTHONPATH": str(self.folder)}
        self.mine.write_bytes(dumps(execute(notebook, self.mine.parent, extra=extra)))
        return load(self.mine)


def solved(notebook: Notebook) -> Notebook:
    solution = (NOTEBOOKS / "solutions" / "03_1_read_exact.py").read_text(encoding="utf-8")
    cell_of(notebook, STUB)["source"] = solution + "\n\ncheck.read_exact(read_exact)"
    return notebook


@pytest.mark.slow
def test_a_learner_solves_an_exercise_gets_a_changed_course_and_goes_on(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "a course")
    assert "my_course is your own copy" in clone.run("netlab.own_copy")
    assert "6 passed" in clone.run("pytest", "my_course/" + LESSON)  # nothing has been run or begun

    mine = solved(load(clone.mine))
    mine["cells"].insert(5, code("my-own", "print(len(heard))"))
    mine = clone.work(mine, tmp_path / "progress")
    assert "1 of 5 exercises passed" in str(cell_of(mine, "progress")["outputs"])
    # Who tests it has committed to no prediction, and passed no exercise.
    said_so = str(dumps(mine), "utf-8").replace("You had not committed to a prediction.", "You said so.")
    assert said_so.encode() != clone.mine.read_bytes()
    clone.mine.write_text(said_so, encoding="utf-8")
    assert "7 passed" in clone.run("pytest", "my_course/" + LESSON)

    newer = lesson()
    cell_of(newer, "run")["source"] = EXPERIMENT.replace('sendall(b"hello")', 'sendall(b"hello, world")')
    cell_of(newer, "title")["source"] += "\n\nAnd more."
    clone.publish(newer)
    assert clone.run("netlab.own_copy") == f"{LESSON}: 2 cells renewed.\n"
    after = load(clone.mine)
    assert cell_of(after, STUB) == cell_of(mine, STUB)
    assert ids(after) == ids(mine)
    assert "hello, world" in cell_of(after, "run")["source"]
    assert cell_of(after, "picture")["outputs"] == []  # it showed the old experiment
    cell_of(after, "my-own")["source"] = "print(heard)"
    clone.work(after, tmp_path / "progress")
    assert "7 passed" in clone.run("pytest", "my_course/" + LESSON)
    assert clone.run("netlab.own_copy") == ""


@pytest.mark.parametrize("path", numbered(NOTEBOOKS), ids=lambda path: path.stem)
def test_every_notebook_of_the_course_can_be_copied_and_renewed(path: Path) -> None:
    lesson = load(path)
    mine = copied(lesson)
    stubs = [
        cell for cell in mine["cells"] if any("exercise-" in tag for tag in cell["metadata"].get("tags", []))
    ]
    assert stubs
    for cell in stubs:
        cell["source"] = f"# solved\n{cell['source']}"
    assert updated(mine, lesson) == (mine, [])
    newer = copy.deepcopy(lesson)
    for cell in newer["cells"]:
        cell["source"] += "\n\n"
    merged = updated(mine, newer)
    kept = [text for text in texts(merged.notebook) if text.startswith("# solved")]
    assert kept == [cell["source"] for cell in stubs]
    assert set(texts(newer)) <= set(texts(merged.notebook))
    assert len(merged.notebook["cells"]) == len(lesson["cells"]) + 2 * len(stubs)
