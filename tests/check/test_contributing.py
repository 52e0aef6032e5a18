"""What CONTRIBUTING says about adding an exercise works as it stands there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from netlab.check.hints import read
from tests.lessons import registry

PAGE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
PART = PAGE.read_text("utf-8").partition("## Write an exercise")[2].partition("\n## Write a server")[0]

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PART, re.DOTALL)


def module(name: str, text: str, file: Path) -> ModuleType:
    """What Python would make of this text, if it were that module."""
    made = ModuleType(name)
    made.__dict__.update(__package__=name.rpartition(".")[0], __file__=str(file))
    file.write_text(text, encoding="utf-8")
    sys.modules[name] = made
    exec(compile(text, file, "exec"), made.__dict__)
    return made


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The exercise on the page, and the entries declared for it."""
    for name in ("RIGHT", "MUTANTS"):
        monkeypatch.setattr(registry, name, [])
    (tmp_path / "hints.md").write_text(blocks("markdown")[0], encoding="utf-8")
    names = ("netlab.lessons.nb03.e6_hail", "tests.lessons.nb03.e6_hail")
    exercise, _ = (
        module(name, text, tmp_path / f"{number}.py")
        for number, (name, text) in enumerate(zip(names, blocks("python"), strict=True))
    )
    yield exercise.hail
    for name in names:
        del sys.modules[name]


def test_the_exercise_on_the_page_is_one(example: Any) -> None:
    assert example.number == "03-6" and len(example.cases()) == 4
    assert set(read(blocks("markdown")[0])["hail"].hints) == {"start", "line", "cut"}
    assert [entry.name for entry in registry.RIGHT] == ["reads with makefile"]
    for entry in registry.RIGHT:
        report = example(entry.function)
        assert report.passed, str(report)
    for entry in registry.MUTANTS:
        example._seed = None
        report = example(entry.function)
        assert report.hint == entry.hint and entry.says in str(report), str(report)
    assert len(registry.MUTANTS) == 2


def test_the_words_on_the_page_are_there() -> None:
    from netlab.check import lab, peers

    table = PART.partition("| Word | What it does |")[2]
    words = set(re.findall(r"`lab\.(\w+)", table))
    assert {"gives", "raises", "leaves", "forbids", "peer", "server", "visit"} <= words
    assert not [word for word in words - {"rng", "py"} if not hasattr(lab.Lab, word)]
    steps = re.findall(r"`([A-Z_]{3,})\b", table)
    assert {"THINK", "HEAR", "END", "RESET"} <= set(steps)
    assert not [step for step in steps if not hasattr(peers, step)]
