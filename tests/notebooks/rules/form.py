"""The form of the file: everything that `python -m tests.notebooks.regenerate` writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.notebooks.regenerate import differences
from tests.notebooks.rules.subject import Lesson
from tests.notebooks.structure import headings

REMEDY = "run: python -m tests.notebooks.regenerate"


def is_as_regenerate_writes_it(lesson: Lesson) -> Iterator[str]:
    """Ids, metadata, slide types, navigation bars, folded solutions, widget state, key order, line ends."""
    for line in differences(lesson.path):
        yield f"{lesson.path.name}: {line} ({REMEDY})"


def ids_are_unique(lesson: Lesson) -> Iterator[str]:
    for name, count in Counter(cell.get("id") for cell in lesson.cells).items():
        if name is None or count > 1:
            yield f"{lesson.path.name}: {count} cells have the id {name} ({REMEDY})"


def slide_type_on_every_cell(lesson: Lesson) -> Iterator[str]:
    known = {"slide", "subslide", "fragment", "skip", "notes", "-"}
    for cell in lesson.cells:
        kind = cell["metadata"].get("slideshow", {}).get("slide_type")
        if kind not in known:
            yield f"{lesson.where(cell)}: slide_type is {kind!r}, should be one of {', '.join(sorted(known))}"


def one_h1_and_no_skipped_level(lesson: Lesson) -> Iterator[str]:
    last, titles = 0, 0
    for cell in lesson.markdown():
        for level, text in headings(cell):
            titles += level == 1
            if level == 1 and titles > 1:
                yield f"{lesson.where(cell)}: a second H1, {text!r}"
            if level > last + 1:
                yield f"{lesson.where(cell)}: {text!r} is H{level} below H{last}: a level is skipped"
            last = level
    if titles == 0:
        yield f"{lesson.path.name}: no H1"


RULES = (is_as_regenerate_writes_it, ids_are_unique, slide_type_on_every_cell, one_h1_and_no_skipped_level)
