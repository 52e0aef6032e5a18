"""`python -m tests.course`: minutes, experiments, exercises and mutants, by notebook and in all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from netlab import check
from tests.lessons.registry import everything
from tests.notebooks.structure import NOTEBOOKS, code_cells, load, numbered, prose, source, tags, title

MINUTES = re.compile(r"\*(\d+) minutes\*")


@dataclass
class Row:
    """What one notebook holds. `pictures` are stored images, `right` and `mutants` tested solutions."""

    notebook: str
    minutes: int
    cells: int
    predictions: int
    pictures: int
    playgrounds: int
    formulas: int
    exercises: int
    right: int
    mutants: int


def rows(folder: Path = NOTEBOOKS) -> Iterator[Row]:
    """A row for each notebook, in their order."""
    published, others, mutants = everything()
    right = Counter(entry.exercise for entry in [*published, *others])
    wrong = Counter(entry.exercise for entry in mutants)
    for path in numbered(folder):
        notebook = load(path)
        names = check.EXERCISES.get(path.name[:2], ())
        labels = Counter(tag for _, cell in code_cells(notebook) for tag in tags(cell))
        text = "\n".join(prose(cell) for cell in notebook["cells"])
        found = MINUTES.search(text)
        yield Row(
            title(notebook),
            int(found.group(1)) if found else 0,
            sum(1 for _ in code_cells(notebook)),
            labels["predict"],
            sum(
                "image/png" in part.get("data", {})
                for _, cell in code_cells(notebook)
                for part in cell["outputs"]
            ),
            sum("Playground(" in source(cell) for _, cell in code_cells(notebook)),
            len(re.findall(r"\$\$.+?\$\$", text, re.S)),
            len(names),
            sum(right[name] for name in names),
            sum(wrong[name] for name in names),
        )


def table(found: list[Row]) -> str:
    """The rows as text, with their sum below."""
    names = list(Row.__dataclass_fields__)
    sums = [sum(values) for values in list(zip(*map(astuple, found)))[1:]]
    lines = [astuple(row) for row in found] + [("the whole course", *sums)]
    wide = max(len(str(line[0])) for line in lines)
    head = f"{names[0]:{wide}}" + "".join(f"{name:>13}" for name in names[1:])
    body = [f"{line[0]!s:{wide}}" + "".join(f"{value:>13}" for value in line[1:]) for line in lines]
    return "\n".join([head, *body[:-1], "-" * len(head), body[-1]])


if __name__ == "__main__":
    print(table(list(rows())))
