"""What the README and the course map say of each notebook is true, and the course's table adds up."""

from __future__ import annotations

import re

import pytest

from tests.course import rows, table
from tests.notebooks.structure import CONTENTS, NOTEBOOKS, ROOT, load, numbered, prose

ROW = re.compile(r"^\| (\d\d) \| \[[^\]]+\]\((\S+\.ipynb)\) \| (.+?) \| (\d+) \|$", re.M)
EVERY = {path.name: row for path, row in zip(numbered(NOTEBOOKS), rows(), strict=True)}


def questions() -> dict[str, str]:
    """The bold question of each notebook, by file name."""
    found = {}
    for path in numbered(NOTEBOOKS):
        first = next(text for cell in load(path)["cells"] if (text := prose(cell)).startswith("# "))
        found[path.name] = re.findall(r"^\*\*(.+\?|.+ blame\?)\*\*$", first, re.M)[0]
    return found


def course_map() -> str:
    return "\n".join(prose(cell) for cell in load(NOTEBOOKS / CONTENTS)["cells"])


@pytest.mark.parametrize("text, skipped", [("README.md", set()), ("00", {CONTENTS})], ids=["README", "map"])
def test_the_map_is_true(text: str, skipped: set[str]) -> None:
    listed = ROW.findall((ROOT / "README.md").read_text("utf-8") if text == "README.md" else course_map())
    asked = questions()
    assert [
        (number, link.rpartition("/")[2], question, int(minutes))
        for number, link, question, minutes in listed
    ] == [(name[:2], name, asked[name], row.minutes) for name, row in EVERY.items() if name not in skipped]


def test_every_notebook_holds_what_the_course_promises() -> None:
    for name, row in EVERY.items():
        assert row.minutes >= 20 and row.predictions >= 3 and row.pictures >= 5, name
        assert row.playgrounds >= 1 and row.formulas >= 1 and row.exercises >= 3, name
        assert row.right >= 2 * row.exercises and row.mutants >= 6 * row.exercises, name


def test_the_table_adds_up() -> None:
    *lines, rule, last = table(list(EVERY.values())).splitlines()
    assert len(lines) == len(EVERY) + 1 and set(rule) == {"-"}
    assert int(last.split()[3]) == sum(row.minutes for row in EVERY.values())
    assert int(last.split()[-1]) == sum(row.mutants for row in EVERY.values())
