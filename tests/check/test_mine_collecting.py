"""What a learner's function needs comes with it, and nothing is run to find it out."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

from netlab import check
from netlab.check.collecting import NotKept, collect
from tests.lessons.registry import SOLUTIONS

from .cells import Cells

NAMES = [name for names in check.EXERCISES.values() for name in names]


def kept(*cells: str, name: str = "f") -> tuple[str, dict[str, Any]]:
    """The text collected for the function f of these cells, and what running it makes."""
    notebook = Cells()
    notebook.run(*cells)
    with patch.dict(sys.modules, {"__main__": notebook.module}):
        text, called = collect(notebook[name])
    space: dict[str, Any] = {"__name__": "kept"}
    exec(compile(text, "kept", "exec", dont_inherit=True), space)
    space["f"] = space[called]
    return text, space


def gives(*cells: str) -> Any:
    return kept(*cells)[1]["f"]()


@pytest.mark.parametrize(
    ("cells", "given"),
    [
        (["import struct", "def f(): return struct.calcsize('!I')"], 4),
        (["import struct as s", "def f(): return s.calcsize('!I')"], 4),
        (["from struct import calcsize as size, pack", "def f(): return size('!I')"], 4),
        (["from struct import *", "def f(): return calcsize('!I')"], 4),
        (
            [
                "import http.client",
                "import http.server",
                "def f(): return http.client.OK, http.server.os.sep",
            ],
            (200, "/"),
        ),
        (["def f(): return g()", "def g(): return h() + 1", "def h(): return 1"], 2),
        (
            [
                "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n > 0 and even(n - 1)",
                "def f(): return even(4)",
            ],
            True,
        ),
        (
            [
                "class Base:\n    size = 4",
                "class C(Base):\n    def get(self): return self.size",
                "def f(): return C().get()",
            ],
            4,
        ),
        (["SIZE = 4", "def f(n=SIZE): return n"], 4),
        (["def f(n=1): return n + SIZE", "SIZE = 4"], 5),
        (["SIZE = 4", "SIZE = 5  # better", "def f(): return SIZE"], 5),
        (["A, B = 1, 2", "def f(): return A + B"], 3),
        (["A = 1; B = 2", "def f(): return B"], 2),
        (["A = B = 2", "def f(): return A + B"], 4),
        (["SIZE: int = 4", "def f(): return SIZE"], 4),
        (
            [
                "import re\nTOKEN = rb'[a-z]+'",
                "LINE = re.compile(TOKEN + rb' x')",
                "def f(): return bool(LINE.match(b'ab x'))",
            ],
            True,
        ),
        (["import struct", "HEADER = struct.Struct('!IH')", "def f(): return HEADER.size"], 6),
        (
            [
                "from collections import namedtuple",
                "Pair = namedtuple('Pair', 'a b')",
                "def f(): return Pair(1, 2).b",
            ],
            2,
        ),
        (
            [
                "from enum import Enum",
                "class Color(Enum):\n    RED = 1",
                "FIRST = Color.RED",
                "def f(): return FIRST.value",
            ],
            1,
        ),
        (["WORDS = 'GET POST'.split()", "def f(): return WORDS"], ["GET", "POST"]),
        (["SQUARES = [i * i for i in range(4)]", "def f(): return SQUARES"], [0, 1, 4, 9]),
        (["twice = lambda x: 2 * x", "def f(): return twice(2)"], 4),
        (["f = lambda: 4"], 4),
        (["from functools import partial", "def g(x): return x", "f = partial(g, 4)"], 4),
        (["from functools import lru_cache", "@lru_cache\ndef f(): return 4"], 4),
        (
            [
                "def log(g):\n    def inner():\n        return g() + 1\n    return inner",
                "@log\ndef f(): return 4",
            ],
            5,
        ),
        (["N = 3\ndef log(g):\n    return lambda: g() + M", "M = 4", "@log\ndef f(): return 4"], 8),
        (
            [
                "M = 4",
                "def log(g):\n    k = M\n    return lambda: g() + k",
                "@log\ndef g(): return M",
                "def f(): return g() + M",
            ],
            12,
        ),
        (["def f(): return TABLE[0] is f", "TABLE = [f]"], True),
        (["if True:\n    def f():\n        return 4\nelse:\n    f = None"], 4),
        (["def g(): return 1", "f = g"], 1),
        (["class f:\n    def __new__(cls): return 4"], 4),
        (["f = [lambda: 1][0]"], 1),
        (["def f():\n    yield from g()", "def g():\n    yield 4"], [4]),
        (["import asyncio", "async def g(): return 4", "def f(): return asyncio.run(g())"], 4),
        (["text = 'a\\u2028b\\x0c'\n\ndef f():\n    return '\u2028' in text"], True),
        (["len = 3", "def f(): return len"], 3),
        (["def f(): return [SIZE for SIZE in (1, 2)]", "SIZE = object()"], [1, 2]),
        (["def f():\n    size = 1\n    return size", "import socket\nsize = socket.socket\n"], 1),
    ],
)
def test_what_it_needs_comes_with_it(cells: list[str], given: Any) -> None:
    found = gives(*cells)
    assert (list(found) if isinstance(found, type(_ for _ in ())) else found) == given


def test_a_function_is_its_own_text_whatever_its_name_means_now() -> None:
    notebook = Cells()
    notebook.run("def f(): return 1")
    old = notebook["f"]
    notebook.run("def f(): return 2", "saved = f")
    assert "return 1" in collect(old)[0] and "return 2" in collect(notebook["f"])[0]


def test_a_name_takes_its_last_meaning_and_no_later_one() -> None:
    notebook = Cells()
    notebook.run("SIZE = 3", "def f(): return SIZE")
    with pytest.raises(ZeroDivisionError):
        notebook.run("1 / 0\nSIZE = 4")  # it never came so far
    assert "SIZE = 3" in collect(notebook["f"])[0]
    notebook.run("SIZE = 5")
    assert "SIZE = 5" in collect(notebook["f"])[0]


def test_a_table_that_cells_fill_is_kept_full_and_a_cache_that_functions_fill_empty() -> None:
    table, cache = "routes = {}", "seen = {}"
    notebook = Cells()
    notebook.run(table, "routes['/'] = 'home'", cache, "def f():\n    seen[1] = 2\n    return routes, seen")
    notebook["f"]()
    text, _ = collect(notebook["f"])
    assert "routes = {'/': 'home'}" in text and "seen = {}\n" in text


def test_comments_annotations_and_the_future_stay() -> None:
    future = "from __future__ import annotations\n"
    text, space = kept(
        future + "import socket\nLIMIT = 16  # bytes\ndef f(sock: socket.socket | None = None) -> Nothing:\n"
        "    # why\n    return LIMIT\n"
    )
    assert text.startswith(future) and "LIMIT = 16  # bytes" in text and "    # why\n" in text
    assert space["f"].__annotations__["return"] == "Nothing"
    itself = "class f:\n    def __new__(cls) -> f: return super().__new__(cls)\n"
    assert kept(future + itself)[1]["f"]()
    assert "__future__" not in kept("def f(): return 1")[0]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (
            ["import socket, threading\nsock = socket.socket()\nsock.close()", "def f(): return sock"],
            r"it uses sock \(socket\)",
        ),
        (["def g(): return object()", "THING = g()", "def f(): return THING"], r"it uses THING \(object\)"),
        (
            ["def make():\n    size = 3\n    def f(): return size\n    return f", "f = make()"],
            "its text was not found",
        ),
        (["exec('def f(): pass')"], "its text was not found"),
        (["class C:\n    def m(self): pass", "f = C().m"], "it is a method"),
        (["class C:\n    def __call__(self): pass", "f = C()"], "its text was not found"),
    ],
)
def test_what_can_not_be_kept_is_said(cells: list[str], why: str) -> None:
    with pytest.raises(NotKept, match=why):
        kept(*cells)


def test_nothing_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    """A value whose making does something is written down; else it is not kept."""
    notebook = Cells()
    notebook.run(
        "def ask():\n    print('asked')\n    return 42",
        "ANSWER = ask()",
        "import time\nBEGAN = time.monotonic()",
        "class Loud:\n    def __repr__(self): print('repr'); return 'Loud()'\n"
        "    def __eq__(self, other): print('eq'); return True\n    __hash__ = None",
        "loud = Loud()",
        "def f(): return ANSWER, BEGAN",
        "def g(): return loud",
    )
    capsys.readouterr()
    text, _ = collect(notebook["f"])
    assert "ANSWER = 42" in text and "ask" not in text and "monotonic" not in text
    with pytest.raises(NotKept):
        collect(notebook["g"])
    assert capsys.readouterr().out == ""


def test_what_is_too_long_or_no_number_is_not_written_down() -> None:
    for value in ("b'x' * 20_000", "float('inf')", "[[[[[[1]]]]]]"):
        notebook = Cells()
        notebook.run(f"def make(): return {value}", "DATA = make()", "def f(): return DATA")
        with pytest.raises(NotKept):
            collect(notebook["f"])


def test_a_function_from_a_file_of_the_learners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "helpers_of_ada.py").write_text(
        "SIZE = 3\ndef helper(): return SIZE\ndef f(): return helper()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    notebook = Cells()
    notebook.run("from helpers_of_ada import f, helper\nimport helpers_of_ada", "def g(): return helper()")
    assert collect(notebook["f"])[0].count("def ") == 2
    text, _ = collect(notebook["g"])
    assert "from helpers_of_ada import helper\n" in text and "SIZE" not in text
    del sys.modules["helpers_of_ada"]


def test_what_ipython_puts_there_is_not_the_learners() -> None:
    notebook = Cells()
    notebook.space["open"] = lambda name: None  # IPython has one of its own
    notebook.run("def f(): return open, print")
    assert collect(notebook["f"])[0] == "def f(): return open, print\n"


def test_a_module_found_in_no_text_is_imported_by_its_name() -> None:
    notebook = Cells()
    notebook.space["calls"] = sys.modules["http.client"]
    notebook.space["strange"] = ModuleType("strange")
    notebook.run("def f(): return calls.OK", "def g(): return strange")
    assert "import http.client as calls" in collect(notebook["f"])[0]
    with pytest.raises(NotKept):
        collect(notebook["g"])


@pytest.mark.parametrize("name", NAMES)
def test_the_published_solutions_in_one_cell_and_in_several(name: str) -> None:
    (file,) = SOLUTIONS.glob(f"*_{name}.py")
    text = file.read_text("utf-8")
    lines, body = text.splitlines(keepends=True), ast.parse(text).body
    ends = [0, *(node.end_lineno or 0 for node in body)]
    several = ["".join(lines[a:b]) for a, b in zip(ends, ends[1:])]
    parts = []
    movable = all(isinstance(node, ast.FunctionDef | ast.Expr) for node in body)
    for cells in ([text], several, several[::-1] if movable else several):
        found, space = kept(*cells, name=name)
        assert callable(space["f"])
        parts.append({ast.dump(node) for node in ast.parse(found).body})
    assert parts[0] == parts[1] == parts[2]
    defined = {ast.dump(node) for node in body if isinstance(node, ast.FunctionDef)}
    assert defined == {part for part in parts[0] if part.startswith("FunctionDef")}
