"""What a rule looks at: one notebook, where it lies, and which exercises the checker knows for it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.notebooks.structure import Cell, Notebook, load, source, tags


@dataclass
class Lesson:
    """A notebook file. `exercises` maps "01-3" to "is_port_open": what netlab.check offers for it;
    `reread` holds the sections that its hints send the learner to."""

    path: Path
    exercises: dict[str, str]
    reread: frozenset[str] = frozenset()

    @cached_property
    def notebook(self) -> Notebook:
        return load(self.path)

    @property
    def number(self) -> str:
        return self.path.name[:2]

    @property
    def cells(self) -> list[Cell]:
        return self.notebook["cells"]  # type: ignore[no-any-return]

    def where(self, cell: Cell) -> str:
        """How an offence names a cell."""
        return f"{self.path.name}, cell {self.cells.index(cell)} ({cell.get('id', 'no id')})"

    def markdown(self) -> list[Cell]:
        return [cell for cell in self.cells if cell["cell_type"] == "markdown"]

    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell["cell_type"] == "code"]

    @cached_property
    def trees(self) -> list[tuple[Cell, ast.Module | None]]:
        """Each code cell with its syntax tree, or None where it is not plain Python."""
        return [(cell, parse(source(cell))) for cell in self.code()]

    def calls(self, *, without_tag: str | None = None) -> Iterator[tuple[Cell, ast.Call, str]]:
        """Each call in the code, with the dotted name of what is called ("" where it has none)."""
        for cell, tree in self.trees:
            if tree is not None and not (without_tag and without_tag in tags(cell)):
                for node in ast.walk(tree):
                    if isinstance(node, ast.Call):
                        yield cell, node, dotted(node.func)


def parse(code: str) -> ast.Module | None:
    """The tree of a cell, top-level await allowed as in a kernel; None for magics and broken code."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        return builtins.compile(code, "<cell>", "exec", flags=flags, dont_inherit=True)  # type: ignore[no-any-return]
    except SyntaxError:
        return None


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""
