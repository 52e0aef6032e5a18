"""The whole folder: all is read and merged, then all is written aside, then it takes its place.

So a disk that is full, or a folder that can not be written, leaves everything as it was. Whoever is stopped
between two files goes on at the next start, because each notebook says itself what it was made from.

`my_course/.course/` holds the fingerprints of all files as they were given, and of each notebook that an
update rewrote the version before.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from .cells import Unreadable, dumps, for_learner, given, loads
from .locks import Busy, is_held, locked
from .merging import merge
from .trust import keep_trust

HIDDEN = ".course"
PATIENCE = 30.0  # seconds that a start waits for another one's update
BEGUN = (
    "my_course is your own copy of the notebooks: write in it what you like. "
    "Later starts bring what is new in the course, and keep what is yours."
)
RUNS = "JupyterLab still runs on my_course: an update of the course waits for the first start after its end."
BUSY = "Another start.py is at work on my_course; it is opened as it is."


def update(course: Path, copy: Path) -> list[str]:
    """Make the copy of the folder `course`, or bring it up to date; return what was done, in sentences.

    Nothing is touched while a JupyterLab that start.py started runs on it. Raises OSError if something can
    not be read or written, and ValueError if a notebook of the course is damaged: then the copy is as it was.
    """
    first = not copy.exists()
    try:
        (copy / HIDDEN).mkdir(parents=True, exist_ok=True)
        if is_held(copy / HIDDEN / "running"):
            return [RUNS]
        with locked(copy / HIDDEN / "lock", PATIENCE):
            plan = _Plan(course, copy)
            plan.stage()
            plan.carry_out()
    except Busy:
        return [BUSY]
    except OSError:
        if first:
            shutil.rmtree(copy, ignore_errors=True)
        raise
    return [BEGUN] if first else list(itertools.chain(*plan.said.values()))


class _Plan:
    """What is to be written and removed. Nothing is, until `carry_out`."""

    def __init__(self, course: Path, copy: Path) -> None:
        self.copy = copy
        self.said: dict[str, list[str]] = {}
        self.writes: dict[str, bytes] = {}
        self.before: dict[str, bytes] = {}  # the learner's own notebooks that will be rewritten
        self.set_aside: dict[str, str] = {}
        self.removals: list[str] = []
        self.read: dict[str, tuple[int, int] | None] = {}
        self.given = self._given()
        self.was_given = dict(self.given)
        names = list(_files(course))
        for name in names:
            data = (course / name).read_bytes()
            if name.endswith(".ipynb"):
                self._notebook(name, dumps(for_learner(loads(data))))
            else:
                self._file(name, data)
        for name in sorted(set(self.given) - set(names)):
            self._left_the_course(name)

    def _given(self) -> dict[str, str]:
        with suppress(OSError, ValueError):
            found = json.loads((self.copy / HIDDEN / "given.json").read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        return {}

    def _mine(self, name: str) -> bytes | None:
        path = self.copy / name
        self.read[name] = _stat(path)
        return path.read_bytes() if path.exists() else None

    def _notebook(self, name: str, fresh: bytes) -> None:
        self.given[name] = _print(fresh)
        data = self._mine(name)
        if data is None:
            self.writes[name] = fresh
            self.said[name] = [f"{name} is new." if name not in self.was_given else f"{name} is there again."]
            return
        try:
            mine, theirs = loads(data), loads(fresh)
            if mine.get("nbformat") != theirs["nbformat"]:
                self.said[name] = [f"{name} is in another format of notebooks, and stays as it is."]
                return
            merged = merge(given(mine), mine, theirs)
            new = dumps(merged.notebook)
        except (Unreadable, UnicodeEncodeError):
            aside = self._free(name.removesuffix(".ipynb") + ".unreadable", ".txt")
            self.set_aside[name] = aside
            self.writes[name] = fresh
            self.said[name] = [
                f"{name} could not be read as a notebook: it is now {aside}, and a new one is there."
            ]
            return
        if merged.notebook != mine:
            self.writes[name] = new
            self.before[name] = data
            self.said[name] = [f"{name}: {sentence}" for sentence in merged.sentences]

    def _file(self, name: str, data: bytes) -> None:
        self.given[name] = _print(data)
        mine, given = self._mine(name), self.was_given.get(name)
        if mine == data or (mine is not None and given == self.given[name]):
            return
        if mine is None or _print(mine) == given:
            self.writes[name] = data
            return
        path = PurePosixPath(name)
        beside = self._free(f"{path.with_suffix('')}.new", path.suffix, data)
        if not (self.copy / beside).exists():
            self.writes[beside] = data
            self.said[name] = [
                f"{name} was changed by you and by the course: the course's new one is {beside}."
            ]

    def _left_the_course(self, name: str) -> None:
        mine, given = self._mine(name), self.given.pop(name)
        if mine is None:
            return
        if _print(mine) == given:
            self.removals.append(name)
        else:
            self.said[name] = [f"{name} is no part of the course any more, and stays as yours."]

    def _free(self, stem: str, suffix: str, data: bytes | None = None) -> str:
        """The first of these names that no file has, or a file with these very bytes."""
        names = (f"{stem}-{number}{suffix}" for number in itertools.count(2))
        for name in itertools.chain([stem + suffix], names):
            path = self.copy / name
            if not path.exists() or (data is not None and path.read_bytes() == data):
                break
        return name

    # -- writing ------------------------------------------------------------------------------------

    def stage(self) -> None:
        """Write all that is new into a folder aside: a full disk shows before anything changes."""
        aside = self.copy / HIDDEN / "new"
        shutil.rmtree(aside, ignore_errors=True)  # of a start that was stopped
        try:
            for name, data in self.writes.items():
                _write(aside / name, data)
                (self.copy / name).parent.mkdir(parents=True, exist_ok=True)
            for name, data in self.before.items():
                _write(aside / HIDDEN / "before" / name, data)
                (self.copy / HIDDEN / "before" / name).parent.mkdir(parents=True, exist_ok=True)
            self._write_given(aside)
        except OSError:
            shutil.rmtree(aside, ignore_errors=True)
            raise

    def carry_out(self) -> None:
        aside = self.copy / HIDDEN / "new"
        for name, data in self.writes.items():
            try:
                done = self._put(name, aside)
            except OSError:  # Windows: some program has it open
                done = False
            if done and name in self.before:
                keep_trust(self.before[name], data)
            if not done:
                self.said[name] = [f"{name} is being written by somebody: it waits for the next start."]
                self.given.pop(name, None)
                if name in self.was_given:
                    self.given[name] = self.was_given[name]
                self._write_given(aside)
        for name in self.removals:
            with suppress(OSError):
                os.remove(self.copy / name)
        if self.given != self.was_given:
            os.replace(aside / HIDDEN / "given.json", self.copy / HIDDEN / "given.json")
        shutil.rmtree(aside, ignore_errors=True)

    def _write_given(self, aside: Path) -> None:
        if self.given != self.was_given:
            text = json.dumps(self.given, indent=1, sort_keys=True)
            _write(aside / HIDDEN / "given.json", text.encode())

    def _put(self, name: str, aside: Path) -> bool:
        """Put a staged file in its place, unless the one there has changed since it was read."""
        target = self.copy / name
        if _stat(target) != self.read.get(name):
            return False
        if name in self.set_aside:
            os.replace(target, self.copy / self.set_aside[name])
        if name in self.before:
            os.replace(aside / HIDDEN / "before" / name, self.copy / HIDDEN / "before" / name)
        os.replace(aside / name, target)
        return True


def _files(folder: Path) -> Iterator[str]:
    """The names of the course's files, with slashes; nothing hidden, nothing that Python has made."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in name.parts):
            yield name.as_posix()


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _print(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
