"""The source text of a learner's function, with that of everything it needs: a module of its own.

Nothing is run for it: it reads the text of cells that have run, and looks at the values that are there.

What a name stands for is found by its last top-level statement in the cells: an import becomes an import
line, a function or class its own lines, and so does a constant (`LINE = re.compile(...)`) whose making does
nothing else. Otherwise the value is written down, if it is plain data. What is left can not be kept.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import symtable
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import resolve_name
from types import FunctionType
from typing import Any

from .remaking import LONGEST, importing, is_calm, is_plain, same_literal

_CHANGES = {"add", "append", "clear", "extend", "insert", "pop", "remove", "setdefault", "sort", "update"}
_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}
_FUTURE = "from __future__ import annotations"
_NOTHING = object()


class NotKept(Exception):
    """Why a function's text can not be collected: the rest of a sentence."""


@dataclass
class Piece:
    """One statement: its text, and the global names that it needs at once, and later, in its functions."""

    text: str
    block: bool = False  # a def or a class
    now: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, text: str, block: bool) -> Piece:
        piece = cls(text, block)
        piece._look(symtable.symtable(text, "a cell", "exec"), piece.now)
        return piece

    def _look(self, table: symtable.SymbolTable, into: set[str]) -> None:
        top = table.get_type() == "module"
        into |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
        into |= {s.get_name() for s in table.get_symbols() if s.is_declared_global()}
        for inner in table.get_children():
            runs_now = inner.get_type() != "function" or inner.get_name() in _COMPREHENSIONS
            self._look(inner, into if runs_now else self.later)


def collect(function: Any) -> tuple[str, str]:
    """The text of a module that defines this function, and the function's name in it.

    NotKept if there is no source text of it, or if it uses what no text can make again.
    """
    collection = _Collection(function)
    text = collection.text()
    compile(text, "a kept function", "exec", dont_inherit=True)
    return text, collection.main


class _Collection:
    """Everything that one function needs, by name."""

    def __init__(self, function: Any) -> None:
        self.space = _globals_of(function)
        cells = self.space.get("In")  # IPython's own list of the cells, magics already translated
        in_cells = isinstance(cells, list) and cells and all(isinstance(cell, str) for cell in cells)
        self.texts: list[str] = list(cells) if in_cells else [_file_of(function)]  # type: ignore[arg-type]
        self.trees: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, None] = {}  # lines, in order
        self.pieces: dict[str, Piece] = {}
        self.future = any(_FUTURE in text for text in self.texts)  # IPython goes on with it in later cells
        self.main, piece = self._main(function)
        self._add(self.main, piece)

    def text(self) -> str:
        lines = [_FUTURE, ""] if self.future else []
        lines += [*self.imports, ""] if self.imports else []
        for piece in {self.pieces[name].text: self.pieces[name] for name in self._order()}.values():
            lines += ["", piece.text, ""] if piece.block else [piece.text]
        return "\n".join(lines).strip() + "\n"

    # -- inside -----------------------------------------------------------------------------------

    def _main(self, function: Any) -> tuple[str, Piece]:
        if found := self._by_code(function):
            return found
        names = [name for name, value in self.space.items() if value is function and name[:1] != "_"]
        called = getattr(function, "__name__", "")
        for name in sorted(names, key=lambda name: name != called):
            node, text = self._last(name, function)
            if node is not None and (piece := self._piece(node, text, function)):
                return name, piece
        raise NotKept("its text was not found: write your function with def, at the left margin of a cell")

    def _add(self, name: str, piece: Piece) -> None:
        self.pieces[name] = piece
        for need in sorted(piece.now | piece.later):
            if need not in self.pieces and need in self.space and not need.startswith("__"):
                self._need(need, self.space[need])

    def _need(self, name: str, value: Any) -> None:
        found = self._by_code(value)
        if found and found[0] == name:
            return self._add(name, found[1])
        node, text = self._last(name, value)
        if node is None and hasattr(builtins, name):  # IPython has an open of its own
            return None
        if isinstance(node, ast.Import | ast.ImportFrom) and (lines := self._import(node, name, value)):
            self.imports |= dict.fromkeys(lines)
        elif node is not None and (piece := self._piece(node, text, value)):
            self._add(name, piece)
        elif line := importing(name, value, self.space):
            self.imports[line] = None
        elif is_plain(value) and len(said := repr(value)) <= LONGEST:
            self.pieces[name] = Piece(f"{name} = {said}")
        else:
            what = f"{name} ({type(value).__name__})"
            raise NotKept(f"it uses {what}, which no text makes again: make it inside your function")
        return None

    def _order(self) -> list[str]:
        """What others need comes first: at once, what a statement needs; and all, what it may call."""
        placed: dict[str, int] = {}  # 1: all that it needs when it is called, too

        def place(name: str, called: bool, below: tuple[str, ...]) -> None:
            if name in self.pieces and name not in below and placed.get(name, -1) < called:
                piece = self.pieces[name]
                for need in sorted(piece.now | (piece.later if called else set())):
                    place(need, True, (*below, name))
                placed[name] = called

        for name in reversed(self.pieces):
            place(name, False, ())
        return list(placed)

    def _by_code(self, value: Any) -> tuple[str, Piece] | None:
        """A plain function's own `def`, even if its name has another meaning by now."""
        if type(value) is not FunctionType or hasattr(value, "__wrapped__"):
            return None
        if value.__globals__ is not self.space:
            return None
        code, text = value.__code__, _file_of(value)
        for node in _all(self._statements(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == code.co_name:
                if _first_line(node) == code.co_firstlineno and (piece := self._piece(node, text, value)):
                    return node.name, piece
        return None

    def _statements(self, text: str) -> list[ast.stmt]:
        if text not in self.trees:
            try:
                self.trees[text] = ast.parse(text).body
            except (SyntaxError, ValueError):
                self.trees[text] = []
        return self.trees[text]

    def _last(self, name: str, value: Any) -> tuple[ast.stmt | None, str]:
        """The last top-level statement that says what this name is, and the text that it is part of."""
        for text in reversed(self.texts):
            for node in reversed(self._statements(text)) if name in text or "*" in text else ():
                if _touches(node, name) or _star(node, name, value):
                    return node, text
        return None, ""

    def _piece(self, node: ast.stmt, text: str, value: Any) -> Piece | None:
        """The statement's text, if running it once more makes this value and does nothing else."""
        block = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not block:
            made = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            targets = list(_targets(node)) if made is not None else []
            if made is None or not all(map(_is_name, targets)) or not is_calm(made, self.space):
                return None
            if len(targets) == 1 and not same_literal(made, value):
                return None
        first, last = _first_line(node), _last_line(node)
        beside = sum(each.lineno <= last and first <= _last_line(each) for each in self._statements(text))
        if not block and beside > 1:  # A = 1; B = 2
            return Piece.of(ast.get_source_segment(text, node) or "", block)
        return Piece.of(textwrap.dedent("\n".join(text.split("\n")[first - 1 : last])), block)

    def _import(self, node: ast.Import | ast.ImportFrom, name: str, value: Any) -> list[str]:
        """The lines that import this name. `import http.client` and `import http.server` are both http."""
        if isinstance(node, ast.ImportFrom):
            if _star(node, name, value):
                return [f"from {node.module} import {name}"]
            aliases = [each for each in node.names if (each.asname or each.name) == name]
            module = "." * node.level + (node.module or "")
            if node.level:
                module = resolve_name(module, self.space.get("__package__"))
            return [f"from {module} import {_as(each)}" for each in aliases]
        aliases = [each for each in node.names if each.asname == name]
        if not aliases:
            every = (each for text in self.texts if name in text for each in self._statements(text))
            parts = (alias for each in every if isinstance(each, ast.Import) for alias in each.names)
            aliases = [each for each in parts if not each.asname and each.name.split(".")[0] == name]
        return [f"import {_as(each)}" for each in aliases]


def _globals_of(function: Any) -> Mapping[str, Any]:
    if inspect.ismethod(function):
        raise NotKept("it is a method of an object: write a function with def")
    found = getattr(inspect.unwrap(function), "__globals__", None)
    module = function.__module__ if isinstance(function, type) else "__main__"
    return found if isinstance(found, dict) else vars(sys.modules[module])


def _file_of(function: Any) -> str:
    """All text of the cell or file in which a function stands."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    file = code.co_filename if code else getattr(module, "__file__", None)
    return "".join(linecache.getlines(file)) if file else ""


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _all(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """These statements, and those behind an `if` or in a `try`."""
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for part in ("body", "handlers", "orelse", "finalbody"):
                yield from _all(getattr(node, part, []))


def _as(alias: ast.alias) -> str:
    return alias.name + (f" as {alias.asname}" if alias.asname else "")


def _targets(node: ast.stmt) -> Iterator[ast.expr]:
    """What an assignment assigns to, one by one."""
    waiting = list(node.targets) if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
    while waiting:
        target = waiting.pop()
        if isinstance(target, ast.Tuple | ast.List):
            waiting += target.elts
        else:
            yield target


def _is_name(node: ast.AST, name: str | None = None) -> bool:
    return isinstance(node, ast.Name) and name in (None, node.id)


def _star(node: ast.stmt, name: str, value: Any) -> bool:
    """Whether `from module import *` has brought this value."""
    if not isinstance(node, ast.ImportFrom) or node.names[0].name != "*":
        return False
    return getattr(sys.modules.get(node.module or ""), name, _NOTHING) is value


def _touches(node: ast.stmt, name: str) -> bool:
    """Whether this statement gives the name a value, or changes the value that it has."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    for each in ast.walk(node):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):  # behind an `if`
            if each.name == name:
                return True
        elif isinstance(each, ast.alias):
            if (each.asname or each.name.split(".")[0]) == name:
                return True
        elif isinstance(each, ast.Call):
            method = each.func
            if isinstance(method, ast.Attribute) and method.attr in _CHANGES and _is_name(method.value, name):
                return True
        elif not isinstance(getattr(each, "ctx", ast.Load()), ast.Load):
            if _is_name(each, name) or _is_name(getattr(each, "value", each), name):
                return True
    return False
