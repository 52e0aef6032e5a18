"""Small notebooks for the tests, and what a learner does with them."""

from __future__ import annotations

import copy
from typing import Any

from netlab.own_copy.cells import Cell, Notebook, for_learner, given
from netlab.own_copy.merging import Merged, merge


def code(id: str, text: str, *tags: str) -> Cell:
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "id": id,
        "metadata": metadata,
        "source": text,
        "outputs": [],
        "execution_count": None,
    }


def words(id: str, text: str) -> Cell:
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": text}


def notebook(*cells: Cell) -> Notebook:
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def course(version: int = 1, stub: int = 1, more: tuple[Cell, ...] = ()) -> Notebook:
    """A lesson of six cells. A version changes the experiment, and `stub` the exercise."""
    return notebook(
        words("title", "# 03 · A lesson"),
        code("run", f"x = {version}"),
        code("picture", "print(x)"),
        *more,
        code("ex-1-stub", f'def f():\n    """Contract {stub}."""\n\n\ncheck.f(f)', "exercise-03-1"),
        words("ex-1-solution", "<details>...</details>"),
        code("progress", "check.progress()"),
    )


def copied(original: Notebook) -> Notebook:
    return copy.deepcopy(for_learner(original))


def run(mine: Notebook) -> Notebook:
    """Run all, and save."""
    for number, cell in enumerate(mine["cells"]):
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": cell["source"]}]
            cell["execution_count"] = number + 1
    return mine


def cell_of(mine: Notebook, id: str) -> Cell:
    return next(cell for cell in mine["cells"] if cell["id"] == id)


def ids(mine: Notebook) -> list[str]:
    return [cell["id"] for cell in mine["cells"]]


def texts(mine: Notebook) -> list[str]:
    return ["".join(cell["source"]) for cell in mine["cells"]]


def updated(mine: Notebook, newer: Notebook) -> Merged:
    """The update as a start does it. It changes neither of the two, and a second one changes nothing."""
    before, theirs = copy.deepcopy(mine), for_learner(newer)
    kept = copy.deepcopy(theirs)
    merged = merge(given(mine), mine, theirs)
    assert (mine, theirs) == (before, kept)
    again = merge(given(merged.notebook), merged.notebook, theirs)
    assert again == (merged.notebook, [])
    assert len(set(ids(merged.notebook))) == len(merged.notebook["cells"])
    return merged
