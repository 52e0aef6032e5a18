"""The contract in a notebook is the checker's own: stub and examiner cannot drift apart."""

from __future__ import annotations

import ast

import pytest

from netlab import check
from tests.notebooks.structure import NOTEBOOKS, load, numbered, source, tagged


def stubs() -> dict[str, ast.FunctionDef]:
    found = {}
    for path in numbered(NOTEBOOKS):
        for cell in load(path)["cells"]:
            if tagged(cell, "exercise"):
                for node in ast.parse(source(cell)).body:
                    if isinstance(node, ast.FunctionDef):
                        found[node.name] = node
    return found


@pytest.mark.parametrize("name", [name for names in check.EXERCISES.values() for name in names])
def test_the_stub_states_the_contract_that_is_examined(name: str) -> None:
    stub, exercise = stubs()[name], getattr(check, name)
    assert ast.get_docstring(stub) == exercise.__doc__
    assert [argument.arg for argument in stub.args.args] == list(exercise.__signature__.parameters)
