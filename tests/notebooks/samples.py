"""A small course in which every rule is kept."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tests.notebooks import structure
from tests.notebooks.regenerate import in_form
from tests.notebooks.structure import Cell, Notebook

EXERCISES = {"01-1": "double"}
REREAD = frozenset({"1 · An experiment"})
SOLUTION = "def double(n):\n    return 2 * n\n"
CAPTION = "One call was answered by one reply."


def md(text: str, *tags: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)}, "source": text}


def code(text: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> Cell:
    return {
        "cell_type": "code", "metadata": {"tags": list(tags)}, "source": text, "execution_count": None,
        "outputs": copy.deepcopy(list(outputs)),
    }  # fmt: skip


def folded(text: str) -> Cell:
    cell = code(text)
    cell["metadata"]["jupyter"] = {"source_hidden": True}
    return cell


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(forms: dict[str, str]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": forms, "metadata": {}}


GOOD_TITLE = """# 01 · Doubling — Twice the same

*4 minutes* to read and run, *1 hour* with the exercises. Why is twice one two?

After it you will be able to double.

What you need: nothing."""

GOOD_SECTION = """## 1 · An experiment *(1 min)*

See [below](#Recap-(1-min)), [here](#cell-id=nav-bottom) and [the start](00_start_here.ipynb)."""

GOOD_PREDICTION = """twice = predict(
    "What is `2 * 1`?",
    {"twice one": "It has been doubled once.", "three times one": "That would be one more."},
)"""

GOOD_VIEWS = """**Application:** one call. **Kernel:** nothing waits. **Wire:** one segment.

![one call and one reply](map.png)"""

GOOD_STUB = '''from netlab import check


def double(n):
    """Return twice n."""
    raise NotImplementedError("01-1: your turn")


check.double(double)'''

GOOD_RECAP = """## Recap *(1 min)*

| English | 中文 |
|--|--|
| double | 加倍 |"""


def good_cells() -> list[Cell]:
    """A whole lesson of one minute a section."""
    picture = shown({"image/png": "aGVsbG8=", "text/plain": CAPTION})
    caption = shown({"text/html": f"<p>{CAPTION}</p>", "text/plain": CAPTION})
    return [
        md(GOOD_TITLE),
        md(GOOD_SECTION),
        folded("from netlab import predict\n\n" + GOOD_PREDICTION),
        code("from netlab import ladder\n\nladder(wire)\ntwice.outcome(2)", picture, caption),
        md(GOOD_VIEWS),
        code("from netlab import Playground\n\nPlayground(draw, size=(1, 5))"),
        md("The law is\n\n$$ y = 2x $$"),
        md("## 2 · Exercises *(1 min)*\n\n### Exercise 01-1 · `double`"),
        code(GOOD_STUB, tags=("exercise-01-1",)),
        md("", "solution-01_1_double"),
        md("## In the wild *(1 min)*\n\nMultiplication does the same."),
        md(GOOD_RECAP),
        code("from netlab import quiz\n\nquiz([dict(), dict(), dict(), dict(), dict()])"),
    ]


def write_course(folder: Path, cells: list[Cell]) -> Path:
    """A folder with two notebooks, in form; returns the path of the second, which holds `cells`."""
    (folder / "solutions").mkdir(parents=True)
    (folder / "solutions" / "01_1_double.py").write_text(SOLUTION)
    (folder / "map.png").write_bytes(b"")
    start: Notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [md("# 00 · Start\n\n## Course map")],
    }
    path = folder / "01_doubling.ipynb"
    lesson: Notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    for number, (_, cell) in enumerate(structure.code_cells(lesson), 1):
        cell["execution_count"] = number
    for file, notebook in ((folder / structure.CONTENTS, start), (path, lesson)):
        file.write_text("{}")
        structure.normalize(notebook)
        structure.save(notebook, file)
    for file in (folder / structure.CONTENTS, path):
        structure.save(in_form(file), file)
    return path
