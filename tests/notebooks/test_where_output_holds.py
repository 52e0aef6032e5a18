"""Cells tagged `linux-output` are compared on Linux only, `output-before-3.15` on older Pythons only."""

from __future__ import annotations

import re
import sys
from types import SimpleNamespace

import pytest

from tests.notebooks.structure import NOTEBOOKS, load, numbered, tags


def options_after_collection(pytestconfig: pytest.Config, tags: list[str]) -> dict[str, bool]:
    conftest = pytestconfig.pluginmanager.get_plugin(str(pytestconfig.rootpath / "conftest.py"))
    cell = SimpleNamespace(cell=SimpleNamespace(metadata={"tags": tags}), options={"check": True})
    conftest.pytest_collection_modifyitems([SimpleNamespace(), cell])  # the first is an ordinary test
    return cell.options


@pytest.mark.parametrize(
    ("platform", "version", "tags", "compared"),
    [
        ("linux", (3, 11, 7), ["linux-output"], True),
        ("darwin", (3, 11, 7), ["linux-output"], False),
        ("win32", (3, 15, 2), ["linux-output", "playground"], False),
        ("darwin", (3, 15, 2), ["playground"], True),
        ("darwin", (3, 15, 2), [], True),
        ("linux", (3, 14, 10), ["output-before-3.15"], True),
        ("linux", (3, 15, 0), ["output-before-3.15"], False),
        ("win32", (3, 14, 10), ["output-before-3.15"], True),
        ("darwin", (3, 14, 10), ["output-before-3.15", "linux-output"], False),
        ("linux", (3, 15, 2), ["linux-output", "output-before-3.15"], False),
    ],
)
def test_output_is_compared_where_it_belongs(
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    version: tuple[int, ...],
    tags: list[str],
    compared: bool,
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "version_info", version)
    assert options_after_collection(pytestconfig, tags) == {"check": compared}


def test_no_such_tag_is_misspelled() -> None:
    found = {tag for path in numbered(NOTEBOOKS) for cell in load(path)["cells"] for tag in tags(cell)}
    about_output = {tag for tag in found if "output" in tag}
    known = r"linux-output|output-before-3\.\d+|nbval-ignore-output"
    assert not [tag for tag in about_output if not re.fullmatch(known, tag)]
