"""What every lesson has, in this order, and that its exercises, checkers and solutions belong together."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from tests.notebooks.rules.subject import Lesson, dotted, parse
from tests.notebooks.structure import Cell, headings, prose, source, tagged

Finder = Callable[[Lesson], "int | None"]


def _cell(condition: Callable[[Cell], bool]) -> Finder:
    return lambda lesson: next((n for n, cell in enumerate(lesson.cells) if condition(cell)), None)


def _says(pattern: str) -> Finder:
    return _cell(lambda cell: bool(re.search(pattern, prose(cell), re.I | re.M)))


def _section(pattern: str) -> Finder:
    return _cell(lambda cell: any(re.search(pattern, text, re.I) for _, text in headings(cell)))


def _calls(name: str) -> Finder:
    def find(lesson: Lesson) -> int | None:
        found = (cell for cell, _, called in lesson.calls() if called.rpartition(".")[2] == name)
        return min((lesson.cells.index(cell) for cell in found), default=None)

    return find


def _title_with_question(lesson: Lesson) -> int | None:
    places = (
        n
        for n, cell in enumerate(lesson.cells)
        if any(level == 1 for level, _ in headings(cell)) and "?" in prose(cell)
    )
    return next(places, None)


# Name, how it is recognized (for the author who misses it), and where it is.
PARTS: list[tuple[str, str, Finder]] = [
    ("title and question", "the H1's cell asks one question", _title_with_question),
    ("what you will be able to do", "the words 'you will be able to'", _says(r"you will be able to")),
    ("what you need first", "the words 'you need'", _says(r"\byou need\b")),
    ("prediction", "a call of predict()", _calls("predict")),
    ("playground", "a call of Playground()", _calls("Playground")),
    ("formula", "a formula between $$ signs", _says(r"\$\$")),
    ("exercise", "a heading 'Exercise NN-k'", _section(r"exercise \d\d-\d")),
    ("in the wild", "a heading 'In the wild'", _section(r"in the wild")),
    ("recap", "a heading 'Recap'", _section(r"recap")),
    ("glossary", "a table whose head has English and 中文", _says(r"^\|.*English.*\|.*中文.*\|")),
    ("quiz", "a call of quiz()", _calls("quiz")),
]


def has_all_parts_in_order(lesson: Lesson) -> Iterator[str]:
    last, before = -1, "the beginning"
    for name, how, find in PARTS:
        place = find(lesson)
        if place is None:
            yield f"{lesson.path.name}: no {name} ({how})"
        elif place < last:
            yield f"{lesson.where(lesson.cells[place])}: {name} stands before {before}"
        else:
            last, before = place, name


def three_views_are_named(lesson: Lesson) -> Iterator[str]:
    for view in ("Application", "Kernel", "Wire"):
        if not any(f"**{view}" in prose(cell) for cell in lesson.markdown()):
            yield f"{lesson.path.name}: no paragraph begins with **{view}:**"


def quiz_has_five_questions(lesson: Lesson) -> Iterator[str]:
    for cell, call, name in lesson.calls():
        if (
            name.rpartition(".")[2] == "quiz"
            and call.args
            and isinstance(call.args[0], (ast.List, ast.Tuple))
        ):
            count = len(call.args[0].elts)
            if count != 5:
                yield f"{lesson.where(cell)}: {count} questions, should be five"


def exercises_belong_together(lesson: Lesson) -> Iterator[str]:
    """Each exercise: known to netlab.check, a heading, a stub and its check, a solution file, folded."""
    stubs: dict[str, Cell] = {}
    for cell in lesson.code():
        number = tagged(cell, "exercise") or _stub_number(cell)
        if number is None:
            continue
        if number in stubs:
            yield f"{lesson.where(cell)}: a second stub of exercise {number}"
        stubs[number] = cell
        if tagged(cell, "exercise") is None:
            yield f"{lesson.where(cell)}: the stub of {number} is not tagged exercise-{number}"
        if _stub_number(cell) != number:
            yield f'{lesson.where(cell)}: the stub does not raise NotImplementedError("{number}: your turn")'
    solutions = lesson.path.parent / "solutions"
    folded = {tagged(cell, "solution") for cell in lesson.markdown()}
    titles = "\n".join(text for cell in lesson.markdown() for _, text in headings(cell))
    for number, name in lesson.exercises.items():
        stub, file = stubs.get(number), f"{number.replace('-', '_')}_{name}"
        if stub is None:
            yield f"{lesson.path.name}: netlab.check knows {number} {name}, but no cell is its stub"
        elif not any(called == f"check.{name}" for called in _called(stub)):
            yield f"{lesson.where(stub)}: the stub's cell does not end with check.{name}(...)"
        if f"Exercise {number}" not in titles:
            yield f"{lesson.path.name}: no heading 'Exercise {number}'"
        if not (solutions / f"{file}.py").is_file():
            yield f"{lesson.path.name}: no solutions/{file}.py"
        if file not in folded:
            yield f"{lesson.path.name}: no Markdown cell tagged solution-{file}"
    for number in stubs.keys() - lesson.exercises.keys():
        yield f"{lesson.where(stubs[number])}: netlab.check knows no exercise {number}"
    known = {f"{number.replace('-', '_')}_{name}.py" for number, name in lesson.exercises.items()}
    for path in sorted(solutions.glob(f"{lesson.number}_*.py")):
        if path.name not in known:
            yield f"solutions/{path.name}: netlab.check knows no such exercise"


def hints_name_sections_that_exist(lesson: Lesson) -> Iterator[str]:
    titles = [text for cell in lesson.markdown() for _, text in headings(cell)]
    for section in sorted(lesson.reread):
        if not any(title == section or title.startswith(section + " *") for title in titles):
            yield f"{lesson.path.name}: netlab.check says to reread {section!r}, but there is no such section"


def _stub_number(cell: Cell) -> str | None:
    found = re.search(r"""NotImplementedError\(\s*["'](\d\d-\d)\b""", source(cell))
    return found.group(1) if found else None


def _called(cell: Cell) -> list[str]:
    tree = parse(source(cell))
    return [dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []


RULES = (
    has_all_parts_in_order,
    three_views_are_named,
    quiz_has_five_questions,
    exercises_belong_together,
    hints_name_sections_that_exist,
)
