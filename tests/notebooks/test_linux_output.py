"""Cells tagged `linux-output` are compared on Linux only."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest


def options_after_collection(pytestconfig: pytest.Config, tags: list[str]) -> dict[str, bool]:
    conftest = pytestconfig.pluginmanager.get_plugin(str(pytestconfig.rootpath / "conftest.py"))
    cell = SimpleNamespace(cell=SimpleNamespace(metadata={"tags": tags}), options={"check": True})
    conftest.pytest_collection_modifyitems([SimpleNamespace(), cell])  # the first is an ordinary test
    return cell.options


@pytest.mark.parametrize(
    ("platform", "tags", "compared"),
    [
        ("linux", ["linux-output"], True),
        ("darwin", ["linux-output"], False),
        ("win32", ["linux-output", "playground"], False),
        ("darwin", ["playground"], True),
    ],
)
def test_output_is_compared_where_it_belongs(
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    tags: list[str],
    compared: bool,
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert options_after_collection(pytestconfig, tags) == {"check": compared}
