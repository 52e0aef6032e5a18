"""`mine`: the learner's own functions, kept when their exercises pass.

    from netlab import mine
    mine.read_exact(sock, 4)    yours, once 03-1 has passed; else the course's solution, and a line says so
    mine                        a table: which are yours
    dir(mine)                   all names

Each is a plain Python file, `mine/read_exact.py` in the folder of the progress: source text, which nothing
runs before somebody asks for that name. The last that passed is kept; one that fails changes nothing.
"""

from __future__ import annotations

import ast
import hashlib
import json
import linecache
import sys
import threading
import warnings
from collections.abc import Iterable
from functools import cache, partial
from html import escape
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .. import check
from .progress import folder, kept, passed, write

if TYPE_CHECKING:
    from .engine import Exercise

NUMBERS = {
    name: f"{notebook}-{i}" for notebook, names in check.EXERCISES.items() for i, name in enumerate(names, 1)
}
YOURS, COURSES = "yours", "the course's"
_STAND_IN = "solutions."  # what the modules of stand-ins are called


def keep(exercise: Exercise, function: Any) -> str:
    """Keep the source text of the function that has just passed, and run none of it.

    Never raises: returns why it is not kept, in one line, or "".
    """
    name, said = exercise.__name__, "Passed, but not kept in mine"
    if NUMBERS.get(name) != exercise.number or getattr(check, name) is not exercise:
        return ""
    from .collecting import NotKept, collect

    try:
        if str(getattr(function, "__module__", "")).startswith(_STAND_IN):
            return ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python has said it where the cell ran
            text, called = collect(function)
        if _uses_itself(text, name):
            raise NotKept(f"it uses mine.{name}, which would be itself")
        note = json.dumps({"exercise": exercise.number, "function": called, "contract": contract(name)})
        text = f"# {exercise.number}, as it passed. `from netlab import mine` finds it.\n# {note}\n\n{text}"
        if name not in kept() or _file(name).read_bytes() != text.encode():
            write(_file(name), text)
    except NotKept as why:
        return f"{said}: {why}."
    except OSError as error:
        return f"{said} ({error.strerror or error}): set NETLAB_PROGRESS to a folder that you can write."
    except Exception as error:  # of an object of the learner's, or a text that we do not understand
        return f"{said} ({type(error).__name__}: {error})."[:200]
    return ""


@cache
def contract(name: str) -> str:
    """What tells one version of an exercise's contract from another: its parameters and docstring, hashed."""
    spec = find_spec(check._HOME[name])
    tree = ast.parse(Path(str(spec and spec.origin)).read_text(encoding="utf-8"))
    (stub,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    said = [*(each.arg for each in stub.args.args), ast.get_docstring(stub)]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]


def solution_file(name: str, number: str) -> Path | None:
    """Where the course's solution is, if it is here."""
    course = Path(__file__).resolve().parents[2] / "notebooks"
    for home in (course, Path.cwd(), Path.cwd() / "notebooks"):
        file = home / "solutions" / f"{number.replace('-', '_')}_{name}.py"
        if file.is_file():
            return file
    return None


class Mine:
    """What the learner has written and passed, by name; where one is missing, the course's solution."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._loaded: dict[str, tuple[str, Any]] = {}  # by module: its text, and the function in it
        self._said: dict[str, tuple[str, int] | None] = {}  # by line: the cell, and its number

    def __getattr__(self, name: str) -> Any:
        from difflib import get_close_matches

        near = " or ".join(get_close_matches(name, NUMBERS))
        hint = f"did you mean {near}?" if near else f"there are {', '.join(NUMBERS)}."
        raise AttributeError(f"no exercise is called {name!r}: {hint}", name=name)

    def __dir__(self) -> list[str]:
        return sorted(NUMBERS)

    def __repr__(self) -> str:
        lines = [
            f"{notebook}  {' · '.join(f'{whose}: {names}' for whose, names in row.items() if names)}"
            for notebook, row in _table().items()
        ]
        return "\n".join(["mine.NAME is the function that you have passed, or the course's:", *lines])

    def _repr_html_(self) -> str:
        def line(kind: str, words: Iterable[str]) -> str:
            cells = (f"<{kind} style='text-align:left'>{escape(each)}</{kind}>" for each in words)
            return f"<tr>{''.join(cells)}</tr>"

        rows = "".join(line("td", (notebook, *row.values())) for notebook, row in _table().items())
        head = line("th", ("notebook", YOURS, COURSES))
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    # -- inside -----------------------------------------------------------------------------------

    def _find(self, name: str) -> Any:
        """The function. Its file is run once, and again when another one has passed.

        FileNotFoundError if there is neither a kept one nor a solution.
        """
        with self._lock:
            return self._own(name) or self._stand_in(name)

    def _own(self, name: str) -> Any:
        """The learner's function. None if there is none that runs, and then it is said why."""
        number, stands_in = NUMBERS[name], f"mine.{name} is the course's solution"
        if name not in kept():
            again = "has passed, but is not kept: check it once more"
            why = again if number in passed() else "has not passed yet"
            return self._say(f"{stands_in}: {number} {why}.")
        file = _file(name)
        try:
            text = file.read_text(encoding="utf-8")
            note = _note(text)
            function = self._run(f"mine.{name}", file, text, str(note.get("function", name)))
        except (Exception, SystemExit) as error:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            return self._say(f"{stands_in}: yours does not run, {what} ({file}).")
        if note.get("contract") != contract(name):
            again = f"check.{name}(mine.{name}) tells whether it passes"
            self._say(f"mine.{name} is yours, but {number} has changed since: {again}.")
        return function

    def _stand_in(self, name: str) -> Any:
        file = solution_file(name, NUMBERS[name])
        if file is None:
            missing = f"{NUMBERS[name]} {name} is not kept, and the course's solution is not here"
            raise FileNotFoundError(missing)
        return self._run(_STAND_IN + name, file, file.read_text(encoding="utf-8"), name)

    def _run(self, module: str, file: Path, text: str, called: str) -> Any:
        """Run the text, unless this very text has been run, and give what is called so in it."""
        before, function = self._loaded.get(module, (None, None))
        if before != text:
            made = ModuleType(module)
            made.__file__ = str(file)
            linecache.cache.pop(str(file), None)
            sys.modules[module] = made  # dataclasses, pickle and inspect look there
            exec(compile(text, str(file), "exec", dont_inherit=True), vars(made))
            function = getattr(made, called)
            self._loaded[module] = text, function
        return function

    def _say(self, line: str) -> None:
        """Print a line once in a session. If its cell runs again, then again: the output stays the same."""
        space = vars(sys.modules["__main__"])
        cells, frame = space.get("In"), sys._getframe(1)  # IPython's list of the cells
        now = (str(cells[-1]), len(cells)) if isinstance(cells, list) and cells else None
        while now and frame.f_globals is not space:
            if frame.f_back is None:
                return  # no cell has asked: Tab and Shift-Tab look, too
            frame = frame.f_back
        before = self._said.get(line)
        if line not in self._said or (now and before and now[0] == before[0] and now[1] != before[1]):
            self._said[line] = now
            print(line, file=sys.stdout if now else sys.stderr)  # a program's own output stays as it is


def _file(name: str) -> Path:
    return folder() / "mine" / f"{name}.py"


def _note(text: str) -> dict[str, Any]:
    """What the second line of a kept file says. {} if somebody has edited it away."""
    try:
        found = json.loads(text.split("\n", 2)[1].removeprefix("# "))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _table() -> dict[str, dict[str, str]]:
    """By notebook: the names of those that are the learner's, and of those that are the course's."""
    yours = kept()
    return {
        notebook: {
            YOURS: ", ".join(name for name in names if name in yours),
            COURSES: ", ".join(name for name in names if name not in yours),
        }
        for notebook, names in check.EXERCISES.items()
    }


def _uses_itself(text: str, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == name and ast.unparse(node.value) == "mine"
        for node in ast.walk(ast.parse(text))
    )


for _name in NUMBERS:  # properties, because completion looks at those without running them
    setattr(Mine, _name, property(partial(Mine._find, name=_name)))
mine = Mine()
