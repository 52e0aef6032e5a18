"""A page that teaches: little code in sight, numbers before verdicts, no answer before its question."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from tests.notebooks.rules.outputs import text_of
from tests.notebooks.rules.subject import Lesson, dotted
from tests.notebooks.structure import Cell, headings, prose, source, tags

CELL_LINES, NOTEBOOK_LINES, NAMES_AT_ONCE = 20, 350, 6
LEAST_WORDS = 4  # of what a prediction says to a choice
VERDICT = re.compile(r"(?<![\w'\"])(?:True|False)(?![\w'\"])")
TIMES = re.compile(r"\*\d+ minutes\* to read and run, \*[^*]*(?:minutes|hours?)\* with the exercises")
COMMON = re.compile(r"[\d\W]*|\W*\w{1,3}\W*|True|False|None|both|neither|nothing|never", re.I)


def visible_lines(cell: Cell) -> int:
    """The lines of code that a reader sees; blank ones and those of a folded cell do not count."""
    if cell["metadata"].get("jupyter", {}).get("source_hidden"):
        return 0
    return sum(bool(line.strip()) for line in source(cell).split("\n"))


def is_given(cell: Cell) -> bool:
    """An exercise's stub is a contract to read, and no experiment."""
    return any(tag.startswith("exercise-") for tag in tags(cell))


def cells_are_short(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code():
        if not is_given(cell) and visible_lines(cell) > CELL_LINES:
            yield f"{lesson.where(cell)}: shows {visible_lines(cell)} lines of code, {CELL_LINES} at most"


def notebook_shows_little_code(lesson: Lesson) -> Iterator[str]:
    shown = sum(visible_lines(cell) for cell in lesson.code() if not is_given(cell))
    if shown > NOTEBOOK_LINES:
        yield f"{lesson.path.name}: shows {shown} lines of code, {NOTEBOOK_LINES} at most"


def names_come_when_needed(lesson: Lesson) -> Iterator[str]:
    """Imported from netlab itself, six at most at once, each once, in the section that uses them first."""
    imported: set[str] = set()
    for section in _sections(lesson):
        later = [tree for cell, tree in lesson.trees if cell in section and tree]
        used = {node.id for tree in later for node in ast.walk(tree) if isinstance(node, ast.Name)}
        for cell, tree in lesson.trees:
            if cell not in section or tree is None:
                continue
            for module, names in _imports(tree):
                if module != "netlab":
                    yield f"{lesson.where(cell)}: imports {module}; notebooks import from netlab itself"
                if len(names) > NAMES_AT_ONCE:
                    yield f"{lesson.where(cell)}: imports {len(names)} names, {NAMES_AT_ONCE} at most at once"
                for name in names:
                    if name in imported:
                        yield f"{lesson.where(cell)}: imports {name} a second time"
                    if name not in used:
                        yield f"{lesson.where(cell)}: imports {name} before the section that uses it"
                imported.update(names)
    if not imported:
        yield f"{lesson.path.name}: nothing is imported from netlab"


def numbers_before_verdicts(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code():
        text = "\n".join(text_of(output) for output in cell["outputs"] if output["output_type"] != "error")
        if len(found := VERDICT.findall(text)) > 1:
            yield f"{lesson.where(cell)}: prints {len(found)} times True or False: print what was measured"


def each_choice_is_explained(lesson: Lesson) -> Iterator[str]:
    for cell, call, name in lesson.calls():
        if name.rpartition(".")[2] != "predict" or _asks_for_a_number(call):
            continue
        if visible_lines(cell):
            yield f"{lesson.where(cell)}: a prediction's cell is folded (jupyter.source_hidden)"
        choices = call.args[1] if len(call.args) > 1 else None
        if not isinstance(choices, ast.Dict):
            yield f"{lesson.where(cell)}: predict() takes a dict with a sentence for each choice"
            continue
        for choice, sentence in zip(choices.keys, choices.values, strict=True):
            if len(_constant(sentence).split()) < LEAST_WORDS:
                yield f"{lesson.where(cell)}: say why somebody chooses {_constant(choice)!r}"


def visible_code_gives_no_answer(lesson: Lesson) -> Iterator[str]:
    """What a choice says does not stand in code that a reader sees; `answer=` of predict() turns the result
    into a choice, folded away."""
    choices = {
        _constant(key).strip(" .`")
        for _, call, name in lesson.calls()
        if name.rpartition(".")[2] == "predict" and len(call.args) > 1
        for key in _keys(call.args[1])
    }
    told = {choice for choice in choices if not COMMON.fullmatch(choice)}
    for cell in lesson.code():
        if visible_lines(cell) and not is_given(cell):
            for choice in sorted(told):
                if re.search(rf"""["']\W*{re.escape(choice)}\W*["']""", source(cell)):
                    yield f"{lesson.where(cell)}: says {choice!r}, a choice of a prediction"


def an_outcome_follows_its_question(lesson: Lesson) -> Iterator[str]:
    """Each prediction has an outcome below it, in its own section."""
    for section in _sections(lesson):
        inside = [(cell, tree) for cell, tree in lesson.trees if cell in section and tree]
        asked = {
            dotted(node.targets[0]): cell
            for cell, tree in inside
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and dotted(node.value.func).rpartition(".")[2] == "predict"
        }
        compared = {
            dotted(node.func).rpartition(".")[0]: cell
            for cell, tree in inside
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and dotted(node.func).endswith(".outcome")
        }
        for name, cell in asked.items():
            if name not in compared:
                yield f"{lesson.where(cell)}: {name}.outcome(...) does not follow in this section"
            elif lesson.cells.index(compared[name]) < lesson.cells.index(cell):
                yield f"{lesson.where(cell)}: {name}.outcome(...) stands above the question"


def says_both_times(lesson: Lesson) -> Iterator[str]:
    """The title's cell says the minutes to read and run, and those with the exercises."""
    title = next((cell for cell in lesson.markdown() if any(level == 1 for level, _ in headings(cell))), None)
    if title is None or not TIMES.search(prose(title)):
        yield (
            f"{lesson.path.name}: the title's cell does not say "
            "'*20 minutes* to read and run, *1 hour* with the exercises'"
        )


def _sections(lesson: Lesson) -> Iterator[list[Cell]]:
    starts = [
        n
        for n, cell in enumerate(lesson.cells)
        if cell["cell_type"] == "markdown" and any(level == 2 for level, _ in headings(cell))
    ]
    for begin, end in pairwise([0, *starts, len(lesson.cells)]):
        yield lesson.cells[begin:end]


def _imports(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "netlab":
            yield node.module or "", [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "netlab":
                    yield f"{alias.name} as a module", [alias.asname or alias.name]


def _asks_for_a_number(call: ast.Call) -> bool:
    given = call.args[1] if len(call.args) > 1 else None
    return given is None or (isinstance(given, ast.Constant) and given.value is None)


def _keys(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key is not None]
    return list(node.elts) if isinstance(node, (ast.List, ast.Tuple)) else []


def _constant(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


RULES = (
    cells_are_short,
    notebook_shows_little_code,
    names_come_when_needed,
    numbers_before_verdicts,
    each_choice_is_explained,
    visible_code_gives_no_answer,
    an_outcome_follows_its_question,
    says_both_times,
)
