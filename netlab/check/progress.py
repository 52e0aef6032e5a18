"""Which exercises have been passed: one small file each, outside the notebooks.

A file is written beside its place and then moved there in one step, and no file is ever changed
or shared: so neither a crash nor two notebooks writing at once can lose what was there.
What counts is that the file exists; its content (the day) is only for people.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from html import escape
from pathlib import Path

_NAME = re.compile(r"(\d\d-\d{1,2})\.json")
_DAY = 86_400.0
_LEFT = "style='text-align:left'"  # Jupyter's own style aligns tables to the right


def folder() -> Path:
    """Where progress is kept: $NETLAB_PROGRESS, or this system's place for a user's data."""
    if chosen := os.environ.get("NETLAB_PROGRESS"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "netlab-course"


def record(exercise: str, name: str) -> str:
    """Note that an exercise was passed. Never raises: returns a warning of one line, or ""."""
    try:
        target = folder() / f"{exercise}.json"
        if target.exists():
            return ""
        note = {"exercise": exercise, "name": name, "passed": datetime.now(UTC).isoformat("T", "seconds")}
        write(target, json.dumps(note))
    except (OSError, RuntimeError) as error:  # RuntimeError: no home directory
        if exercise in passed():  # another notebook was quicker
            return ""
        reason = getattr(error, "strerror", None) or str(error)
        return f"Passed, but not saved ({reason}): set NETLAB_PROGRESS to a folder that you can write."
    return ""


def write(target: Path, text: str) -> None:
    """Put a file in its place in one step. OSError: it could not be, and what was there is there still."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    handle, beside = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _move(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def passed() -> set[str]:
    """The ids of all exercises passed so far. A folder that cannot be read counts as empty."""
    try:
        return {found[1] for name in os.listdir(folder()) if (found := _NAME.fullmatch(name))}
    except (OSError, RuntimeError):
        return set()


def _move(beside: str, target: Path) -> None:
    for _ in range(20):  # Windows does not replace what another program has open at this moment
        with suppress(PermissionError):
            return os.replace(beside, target)
        time.sleep(0.01)
    os.replace(beside, target)


def kept() -> set[str]:
    """The names of the functions that are kept for `mine`: files beside the progress."""
    try:
        return {name[:-3] for name in os.listdir(folder() / "mine") if name.endswith(".py")}
    except (OSError, RuntimeError):
        return set()


def _sweep(home: Path) -> None:
    """Remove what a killed program left half written, a day later."""
    for stray in home.glob(".*.tmp"):
        with suppress(OSError):
            if time.time() - stray.stat().st_mtime > _DAY:
                stray.unlink()


class Progress:
    """What is passed of what there is, notebook by notebook: text, and a table in JupyterLab."""

    def __init__(
        self, exercises: Mapping[str, Sequence[str]], passed: set[str], kept: Collection[str] = ()
    ) -> None:
        yours = ", ".join(f"mine.{name}" for row in exercises.values() for name in row if name in kept)
        self.kept = f"Kept, for `from netlab import mine`: {yours}." if yours else ""
        self.rows = {
            number: {name: f"{number}-{i}" in passed for i, name in enumerate(names, 1)}
            for number, names in exercises.items()
        }

    def of(self, notebook: str) -> tuple[int, int]:
        """How many exercises of this notebook ("01") are passed, and how many it has."""
        row = self.rows.get(notebook, {})
        return sum(row.values()), len(row)

    def __str__(self) -> str:
        lines = []
        for number, row in self.rows.items():
            done, total = self.of(number)
            marks = ", ".join(f"{name} {'✓' if ok else '–'}" for name, ok in row.items())
            lines.append(f"{number}: {done} of {total} exercises passed ({marks})")
        return "\n".join([*lines, self.kept] if self.kept else lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = ""
        for number, row in self.rows.items():
            done, total = self.of(number)
            marks = "<br>".join(
                f"{'✓ passed' if ok else '– open'}: {escape(name)}" for name, ok in row.items()
            )
            cells = "".join(f"<td {_LEFT}>{cell}</td>" for cell in (number, f"{done} of {total}", marks))
            rows += f"<tr>{cells}</tr>"
        head = "".join(f"<th {_LEFT}>{word}</th>" for word in ("notebook", "passed", "exercises"))
        below = f"<p>{escape(self.kept)}</p>" if self.kept else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{below}"
