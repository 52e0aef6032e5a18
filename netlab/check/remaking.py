"""Values of a notebook: which text makes them again, and does nothing else."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

LONGEST = 10_000  # characters of a value that is written down
_PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, range, type(...))
_BOXES = (list, tuple, set, frozenset, dict)
_HARMLESS = {  # modules in which making an object does nothing else
    "_queue", "_random", "_struct", "_thread", "builtins", "collections", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "ipaddress", "itertools", "logging", "math", "operator",
    "pathlib", "queue", "random", "re", "string", "struct", "threading", "types", "typing",
}  # fmt: skip
_EFFECTS = {("builtins", name) for name in ("breakpoint", "eval", "exec", "input", "print", "__import__")}
_NOTHING = object()


def is_calm(node: ast.AST, space: Mapping[str, Any]) -> bool:
    """Whether evaluating this expression does nothing but make a value."""
    if isinstance(node, ast.Lambda):
        return True
    if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
        return False
    if isinstance(node, ast.Call) and not _is_harmless(node.func, space):
        return False
    return all(is_calm(part, space) for part in ast.iter_child_nodes(node))


def _is_harmless(called: ast.expr, space: Mapping[str, Any]) -> bool:
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Constant | ast.JoinedStr):
        return True  # "GET POST".split()
    function = _value(called, space)
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, ModuleType):  # a method: bytes.fromhex, TOKEN.decode
        function = owner if isinstance(owner, type) else type(owner)
    name = getattr(function, "__module__", None), getattr(function, "__name__", None)
    return name[0] in _HARMLESS and name not in _EFFECTS


def _value(node: ast.expr, space: Mapping[str, Any]) -> Any:
    """What a name, or an attribute of a module, class or plain value, stands for now."""
    if isinstance(node, ast.Name):
        return space.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, space)
        if isinstance(owner, ModuleType | type) or type(owner) in _PLAIN + _BOXES:
            return getattr(owner, node.attr, None)
    return None


def importing(name: str, value: Any, space: Mapping[str, Any]) -> str:
    """The line that imports this value as this name, if it has a home of its own."""
    if isinstance(value, ModuleType):
        known = sys.modules.get(value.__name__) is value and value.__name__ != space.get("__name__")
        line = value.__name__ if value.__name__ == name else f"{value.__name__} as {name}"
        return f"import {line}" if known else ""
    module, called = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(called, str) or module == space.get("__name__"):
        return ""
    if getattr(sys.modules.get(module), called, _NOTHING) is not value:
        return ""
    return f"from {module} import {called}" + (f" as {name}" if called != name else "")


def same_literal(node: ast.expr, value: Any) -> bool:
    """False if this expression is a literal, and for certain not of this value: its cell broke off before."""
    if type(value) not in (type(None), bool, int, float, str, bytes, tuple):  # others may have changed since
        return True
    try:
        return bool(ast.literal_eval(node) == value)
    except (ValueError, TypeError):
        return True


def is_plain(value: Any, depth: int = 4) -> bool:
    """Whether repr(value) is text that makes it again, and not too long."""
    if type(value) in (int, float):
        return bool(abs(value) < 1e300)  # no nan and no inf
    if type(value) in _PLAIN:
        return not hasattr(value, "__len__") or len(value) <= LONGEST
    if type(value) not in _BOXES or not depth or len(value) > LONGEST:
        return False
    parts = [*value, *value.values()] if type(value) is dict else value
    return all(is_plain(part, depth - 1) for part in parts)
