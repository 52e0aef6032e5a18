"""A learner's notebook and the course's newest one, as one. Pure: dictionaries in, a dictionary out.

For each cell that the course gave or gives, by its id:

    the learner         the course              the outcome
    did not touch it    changed it              the course's new one, without outputs
    did not touch it    took it out             it goes
    changed it          left it or took it out  the learner's
    changed it          changed it              both, and a note above them
    deleted it          did anything            it stays deleted: who wants it back renames the notebook
    -                   added it                the course's new one

Cells of the learner's own, which the course never gave, stay behind the cell that they stood behind.
"Changed" is about the text: a cell's fold and tags follow the course when the course changes them.
Where both changed a cell, the course's new one keeps the id, and follows later updates; the learner's is then
a cell of the learner's own. An exercise's new stub stands above the learner's function, so that Run All ends
with the function; any other new cell stands below, because the cells that follow count on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from .cells import (
    NOTE,
    Cell,
    Given,
    Notebook,
    exercise,
    given_as,
    source,
    tags,
    text_print,
    without_outputs,
)

NEWS = {"renewed", "new", "gone", "both"}
BOTH = (
    "> **Two versions.** An update of the course changed this cell, and so had you. "
    "The next two cells are {}. Take over what you like, and delete what you do not need."
)
NEW_FIRST = "the course's new one, then yours, just as it was"
NEW_LAST = "yours, just as it was, then the course's new one"


class Merged(NamedTuple):
    notebook: Notebook
    sentences: list[str]  # what was done, for the learner; [] if nothing but settings


def merge(base: list[Given], mine: Notebook, theirs: Notebook) -> Merged:
    """`mine`, brought up to date with `theirs`. Both are copies; `base` is what `mine` was made from.

    Without a base every cell that differs counts as changed by both, so nothing is lost then either.
    """
    given = {row.id: row for row in base}
    was = {cell["id"]: cell for cell in _identified(given, mine["cells"])}
    new = {cell["id"]: cell for cell in theirs["cells"]}
    taken = {*was, *new}
    fates = {id: _fate(cell, new.get(id), given.get(id), taken) for id, cell in was.items()}
    fates |= {id: ("new", [cell]) for id, cell in new.items() if id not in was and id not in given}
    cells: list[Cell] = []
    stale = False  # the outputs below a changed cell may have become wrong
    for id in filter(fates.__contains__, _order(list(given), list(was), list(new))):
        fate, here = fates[id]
        kinds = {cell["cell_type"] for cell in (was.get(id), new.get(id)) if cell}
        stale |= fate in NEWS and "code" in kinds
        cells += map(without_outputs, here) if stale and fate == "same" else here
    metadata = {**theirs["metadata"], **mine["metadata"], NOTE: theirs["metadata"][NOTE]}
    minor = max(mine.get("nbformat_minor", 0), theirs.get("nbformat_minor", 0))
    notebook = {**mine, "cells": cells, "metadata": metadata, "nbformat_minor": minor}
    both = [_name(new[id]) for id, (fate, _) in fates.items() if fate == "both"]
    return Merged(notebook, _sentences(Counter(fate for fate, _ in fates.values()), both))


def _fate(cell: Cell, new: Cell | None, given: Given | None, taken: set[str]) -> tuple[str, list[Cell]]:
    """What becomes of a learner's cell, in a word, and the cells that stand in its place from now on."""
    untouched = given is not None and given.text == text_print(cell)
    if new is None:
        return ("gone", []) if untouched else ("kept", [cell])
    if text_print(cell) == text_print(new):
        return "same", [_with_settings(cell, new, given)]
    if untouched:
        return "renewed", [new]
    if given and given.text == text_print(new):
        return "kept", [_with_settings(cell, new, given)]
    return "both", _both(cell, new, taken)


def _identified(given: Mapping[str, Given], cells: list[Cell]) -> list[Cell]:
    """The cells, each with an id of its own. Some programs drop the ids; then a cell is known by its text."""
    present = [cell["id"] for cell in cells if _has_id(cell)]
    lost: dict[str, list[str]] = {}
    for row in given.values():
        if row.id not in present:
            lost.setdefault(row.text, []).append(row.id)
    found: list[Cell] = []
    seen: set[str] = set()
    taken = {*given, *present}
    for cell in cells:
        if not _has_id(cell) and (known := lost.get(text_print(cell))):
            cell = {**cell, "id": known.pop(0)}
        elif not _has_id(cell) or cell["id"] in seen:
            cell = {**cell, "id": _free("mine", taken)}
        seen.add(cell["id"])
        found.append(cell)
    return found


def _has_id(cell: Cell) -> bool:
    return isinstance(cell.get("id"), str) and cell["id"] != ""


def _order(given: list[str], was: list[str], new: list[str]) -> list[str]:
    """The course's order, unless the learner moved the course's cells: then the learner's."""
    common = set(given) & set(was) & set(new)
    moved = [id for id in was if id in common] != [id for id in given if id in common]
    return _woven(was, new) if moved else _woven(new, was)


def _woven(spine: list[str], others: list[str]) -> list[str]:
    """`spine`, and what is in `others` only, behind the cell that it stands behind there."""
    known = set(spine)
    behind: dict[str | None, list[str]] = {}
    last = None
    for id in others:
        if id in known:
            last = id
        else:
            behind.setdefault(last, []).append(id)
    return behind.get(None, []) + [one for id in spine for one in (id, *behind.get(id, []))]


def _with_settings(cell: Cell, new: Cell, given: Given | None) -> Cell:
    """The learner's cell; where the course changed its fold or tags, with the course's."""
    if given and given.settings == given_as(new).settings:
        return cell
    metadata = {**cell["metadata"], **new["metadata"]}
    if both := list(dict.fromkeys([*tags(new), *tags(cell)])):
        metadata["tags"] = both
    return {**cell, "metadata": metadata}


def _both(cell: Cell, new: Cell, taken: set[str]) -> list[Cell]:
    mine = {**cell, "id": _free(f"{cell['id'][:50]}-mine", taken)}
    stub = exercise(new) is not None
    note = {
        "cell_type": "markdown",
        "id": _free(f"{cell['id'][:50]}-note", taken),
        "metadata": {"slideshow": {"slide_type": "skip"}},
        "source": BOTH.format(NEW_FIRST if stub else NEW_LAST),
    }
    return [note, new, mine] if stub else [note, mine, new]


def _free(name: str, taken: set[str]) -> str:
    number = 1
    while (id := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    taken.add(id)
    return id


def _name(cell: Cell) -> str:
    if number := exercise(cell):
        return f"exercise {number}"
    line = next(iter(source(cell).strip().splitlines()), "").strip("# ")
    return f"“{line[:40].rstrip()}{'…' if len(line) > 40 else ''}”"


def _sentences(done: Counter[str], both: list[str]) -> list[str]:
    counts = [(done[word], word) for word in ("renewed", "new", "gone") if done[word]]
    found: list[str] = []
    if counts:
        (number, word), *rest = counts
        first = f"{number} cell{'' if number == 1 else 's'} {word}"
        found.append(", ".join([first, *(f"{number} {word}" for number, word in rest)]) + ".")
    if both:
        found.append(
            f"the course changed what you had changed: {', '.join(both)}. "
            "Yours is kept, and the new one stands beside it."
        )
    return found
