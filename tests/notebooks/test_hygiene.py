"""Every notebook keeps every rule, and every rule can be broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.notebooks import samples
from tests.notebooks.breaks import BREAKS
from tests.notebooks.rules import RULES, page
from tests.notebooks.rules.links import broken_links
from tests.notebooks.rules.subject import Lesson
from tests.notebooks.rules.text import british
from tests.notebooks.structure import NOTEBOOKS, ROOT, numbered

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md") if (ROOT / name).exists()]


HEAVY: set[str] = set()  # their pages are not light yet


def lesson(path: Path) -> Lesson:
    """The notebook with what netlab.check knows about it."""
    from netlab import check
    from netlab.check.engine import Exercise

    known = [found for name in check.__all__ if isinstance(found := getattr(check, name), Exercise)]
    mine = [exercise for exercise in known if exercise.number.startswith(path.name[:2] + "-")]
    hints = [hint for exercise in mine for hint in exercise.hints.values()]
    sections = {exercise.advice.reread for exercise in mine if exercise.advice.reread} | {
        hint.reread for hint in hints if hint.reread
    }
    return Lesson(path, {exercise.number: exercise.__name__ for exercise in mine}, frozenset(sections))


def sample(path: Path) -> Lesson:
    return Lesson(path, samples.EXERCISES, samples.REREAD)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("path", numbered(NOTEBOOKS), ids=lambda path: path.stem)
def test_notebook_keeps_the_rule(path, rule):
    if path.name[:2] not in HEAVY or rule.__module__ != page.__name__:
        assert not list(rule(lesson(path)))


def test_a_heavy_page_is_heavy_still():
    for path in numbered(NOTEBOOKS):
        if path.name[:2] in HEAVY:
            assert [offence for rule in page.RULES for offence in rule(lesson(path))], path.name


def test_there_are_notebooks():
    assert numbered(NOTEBOOKS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_links_lead_somewhere(page):
    assert not list(broken_links(page.read_text(encoding="utf-8"), page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_in_american_spelling(page):
    assert not list(british(page.read_text(encoding="utf-8")))


def test_a_good_notebook_breaks_no_rule(tmp_path):
    good = sample(samples.write_course(tmp_path / "course", samples.good_cells()))
    assert not [offence for rule in RULES.values() for offence in rule(good)]


EACH_BREAK = [(rule, break_it, says) for rule, ways in BREAKS.items() for break_it, says in ways]


@pytest.mark.parametrize(("rule", "break_it", "says"), EACH_BREAK, ids=[f"{r}-{s}" for r, _, s in EACH_BREAK])
def test_rule_can_be_broken(tmp_path, rule, break_it, says):
    path = samples.write_course(tmp_path / "course", samples.good_cells())
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    break_it(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    offences = list(RULES[rule](sample(path)))
    assert any(says in offence for offence in offences), offences
    assert all(path.name in offence for offence in offences)


def test_every_rule_is_shown_to_be_breakable():
    assert set(RULES) == set(BREAKS)


def test_allowed_by_tag(tmp_path):
    cells = samples.good_cells()
    cells[3]["source"] += '\nsock.bind(("127.0.0.1", 8080))\ntime.sleep(0.1)'
    cells[3]["metadata"]["tags"] = ["fixed-port-shown", "sleep-is-the-subject"]
    tried = sample(samples.write_course(tmp_path / "course", cells))
    assert not list(RULES["code.no_fixed_port"](tried))
    assert not list(RULES["code.no_sleep_to_synchronize"](tried))


HARMLESS = [
    '"a;b"',
    "x = 1; y = 2",
    "sock.input()",
    'connect(("127.0.0.1", 0))',
    "connect((host, port))",
    '"/index.html"',
]


@pytest.mark.parametrize("code", HARMLESS)
def test_harmless_code_breaks_no_rule(tmp_path, code):
    cells = samples.good_cells()
    cells[3]["source"] += "\n" + code
    tried = sample(samples.write_course(tmp_path / "course", cells))
    assert not [
        offence for name, rule in RULES.items() if name.startswith("code.") for offence in rule(tried)
    ]
