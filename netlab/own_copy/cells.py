"""Notebooks as dictionaries (nbformat 4.5): how they are read and written, and what a copy remembers."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, NamedTuple

Notebook = dict[str, Any]
Cell = dict[str, Any]

NOTE = "course_copy"  # the key in a copy's metadata
# What such a cell prints depends on who ran it: pytest runs it, and compares nothing.
PERSONAL = re.compile(r"\bcheck\.|\bmine\b|\.outcome\(")
NOT_COMPARED = "nbval-ignore-output"


class Given(NamedTuple):
    """One cell as the course gave it: its id, and fingerprints of its text and of its metadata."""

    id: str
    text: str
    settings: str


class Unreadable(ValueError):
    """The file holds no notebook."""


def loads(data: bytes) -> Notebook:
    """The notebook in a file's bytes. Raises Unreadable if there is none."""
    try:
        notebook: Any = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("metadata"), dict):
        raise Unreadable("it has no metadata")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise Unreadable("its cells are none")
    return notebook


def dumps(notebook: Notebook) -> bytes:
    """The file's bytes, as JupyterLab writes them. Raises ValueError for a text that UTF-8 can not hold."""
    cells = [{**cell, "source": source(cell).splitlines(keepends=True)} for cell in notebook.get("cells", [])]
    text = json.dumps({**notebook, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode()


def for_learner(course: Notebook) -> Notebook:
    """The copy that a learner begins with: no outputs, and a note of what was given.

    `course` is a notebook of the course; each of its cells has an id.
    """
    cells = [_for_learner(cell) for cell in course["cells"]]
    note = {"given": [list(given_as(cell)) for cell in cells]}
    return {**course, "cells": cells, "metadata": {**course["metadata"], NOTE: note}}


def given(notebook: Notebook) -> list[Given]:
    """What the course had given when this copy was last made or renewed; [] if the copy does not say so."""
    note = notebook["metadata"].get(NOTE)
    rows = note.get("given") if isinstance(note, dict) else None
    if not isinstance(rows, list):
        return []
    return [Given(*row) for row in rows if isinstance(row, list) and list(map(type, row)) == [str] * 3]


def given_as(cell: Cell) -> Given:
    return Given(cell["id"], text_print(cell), _fingerprint(cell["metadata"]))


def text_print(cell: Cell) -> str:
    return _fingerprint([cell["cell_type"], source(cell).replace("\r\n", "\n"), cell.get("attachments")])


def source(cell: Cell) -> str:
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def tags(cell: Cell) -> list[str]:
    found = cell["metadata"].get("tags")
    return list(found) if isinstance(found, list) else []


def exercise(cell: Cell) -> str | None:
    """The exercise's number: "03-1" of a cell tagged exercise-03-1."""
    found = (tag for tag in tags(cell) if isinstance(tag, str) and tag.startswith("exercise-"))
    return next((tag.removeprefix("exercise-") for tag in found), None)


def without_outputs(cell: Cell) -> Cell:
    return {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell


def _for_learner(cell: Cell) -> Cell:
    cell = without_outputs(cell)
    personal = cell["cell_type"] == "code" and (exercise(cell) or PERSONAL.search(source(cell)))
    if personal and NOT_COMPARED not in tags(cell):
        cell = {**cell, "metadata": {**cell["metadata"], "tags": [*tags(cell), NOT_COMPARED]}}
    return cell


def _is_cell(cell: object) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("metadata"), dict):
        return False
    text = cell.get("source")
    lines = text if isinstance(text, list) else [text]
    return isinstance(cell.get("cell_type"), str) and all(isinstance(line, str) for line in lines)


def _fingerprint(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
