"""Right solutions pass; mutants fail with the hint meant for them; nothing is left of either."""

from __future__ import annotations

import inspect
import os
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from netlab import check

from .registry import SOLUTIONS, Entry, everything
from .table import judge

PUBLISHED, OTHERS, MUTANTS = everything()
NAMES = [name for names in check.EXERCISES.values() for name in names]


@pytest.fixture(autouse=True)
def own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLAB_PROGRESS", str(tmp_path))


def identity(entry: Entry) -> str:
    return f"{entry.exercise}-{entry.function.__name__}"


def sampled(entries: list[Entry]) -> list[Any]:
    """Every third one, or all with NETLAB_ALL_MUTANTS=1; all but one in eight of them are marked as slow.

    The whole table is most of what the tests take; `python -m tests.lessons.table` goes through it, too.
    """
    entries = entries if os.environ.get("NETLAB_ALL_MUTANTS") else entries[::3]
    marks = [() if number % 8 == 0 else pytest.mark.slow for number in range(len(entries))]
    return [pytest.param(entry, marks=mark, id=identity(entry)) for entry, mark in zip(entries, marks)]


def counts(report: Any) -> None:
    """What the title and the page count is what the cases say."""
    verdicts = Counter(case.verdict for case in report.cases)
    judged = len(report.cases) - verdicts["left out"]
    said = re.search(r": (\d+) of (\d+) ", report.title)
    assert report.passed if said is None else (int(said[1]), int(said[2])) == (verdicts["passed"], judged)
    missing = re.search(r"(\d+) not run", report.title)
    assert (int(missing[1]) if missing else 0) == verdicts["not run"]
    page = report._repr_html_()
    assert {v: page.count(f" {v}</td>") for v in verdicts} == verdicts
    assert report.passed or (report.failure is not None and report.detail and report.next)


@pytest.mark.parametrize("entry", [*PUBLISHED, *OTHERS], ids=identity)
def test_right_ones_pass(entry: Entry) -> None:
    threads = set(threading.enumerate())
    fine, _, report = judge(entry)
    assert fine, str(report)
    counts(report)
    assert not report.changed and not report.notes
    assert not set(threading.enumerate()) - threads
    assert len(report.cases) >= 4 and all(case.verdict in ("passed", "left out") for case in report.cases)


@pytest.mark.parametrize("entry", sampled(MUTANTS))
def test_mutants_fail_with_their_hint(entry: Entry) -> None:
    threads = set(threading.enumerate())
    fine, found, report = judge(entry)
    assert fine, f"expected hint {entry.hint!r} and {entry.says!r}, got {found!r}:\n{report}"
    assert not set(threading.enumerate()) - threads
    assert not report.notes
    counts(report)
    assert "the peer met" not in str(report) and "the examiner" not in str(
        report
    )  # the examiner's own error is no explanation


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_is_complete(name: str) -> None:
    exercise = getattr(check, name)
    assert name in [entry.exercise for entry in PUBLISHED]
    assert any(entry.exercise == name for entry in OTHERS)
    assert Counter(entry.exercise for entry in MUTANTS)[name] >= 6
    cases = [case.name for case in exercise.cases()]
    assert len(cases) == len(set(cases)) >= 4
    assert not [case for case in cases if "," in case or len(case) > 70]  # they are listed, with commas
    for key, hint in exercise.hints.items():
        assert hint.steps and all(step.strip() == step and step[-1] in ".?)}:" for step in hint.steps), key


@pytest.mark.parametrize("name", NAMES)
def test_every_own_hint_is_reached_by_a_mutant(name: str) -> None:
    rules = getattr(check, name).rules
    reached = {entry.hint for entry in MUTANTS if entry.exercise == name}
    missing = set(getattr(check, name).advice.hints) - reached - {"start"}
    assert not missing, f"no mutant for {missing}"
    named = {*rules.stuck.values(), *rules.raises.values()}
    assert named <= {*getattr(check, name).hints}


@pytest.mark.parametrize("name", NAMES)
def test_the_stub_is_not_started(name: str) -> None:
    exercise = getattr(check, name)

    def stub(*args: object) -> None:
        raise NotImplementedError("your turn")

    report = exercise(stub)
    assert str(report) == f"{exercise.number} {name}: not started yet."


def test_solutions_are_plain_standard_library() -> None:
    for file in SOLUTIONS.glob("[0-9]*.py"):
        text = file.read_text("utf-8")
        assert "netlab" not in text and "NotImplementedError" not in text
        assert len(text.splitlines()) < 50 and text.startswith('"""')


def test_solutions_take_what_the_contract_says() -> None:
    for entry in PUBLISHED:
        theirs = inspect.signature(entry.function).parameters
        assert list(theirs) == list(getattr(check, entry.exercise).__signature__.parameters)
