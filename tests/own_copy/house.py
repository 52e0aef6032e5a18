"""A course's folder, a learner's copy beside it, and what happens to both."""

from __future__ import annotations

from pathlib import Path

from netlab.own_copy.cells import Notebook, dumps, loads
from netlab.own_copy.folders import update
from tests.own_copy.samples import cell_of, course, run

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
