"""The authors' command: what it writes, that it writes the same again, and that it never stores a failure."""

from __future__ import annotations

import json

import pytest

from tests.notebooks import samples
from tests.notebooks.regenerate import main
from tests.notebooks.samples import code, md
from tests.notebooks.structure import fold_solution, load


@pytest.fixture
def course(tmp_path):
    """Writes a course whose second notebook holds the given cells; returns that notebook's path."""

    def write(*cells):
        return samples.write_course(tmp_path / "course", [md("# 01 · Doubling"), *cells])

    return write


def regenerate(path, *arguments):
    return main([*arguments], path.parent)


def test_runs_all_cells_and_stores_their_outputs(course):
    path = course(code("x = 21"), code("print(2 * x)"), code("import os, pathlib\npathlib.Path.cwd().name"))
    assert regenerate(path, "01") == 0
    cells = [cell for cell in load(path)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == [1, 2, 3]
    assert "".join(cells[1]["outputs"][0]["text"]) == "42\n"
    assert "course" in str(cells[2]["outputs"])  # the kernel runs in the notebook's folder


def test_writes_the_same_bytes_again_and_is_content_with_them(course):
    path = course(code("import ipywidgets\nipywidgets.IntSlider()"), md("", "solution-01_1_double"))
    assert regenerate(path, "01") == 0
    once = path.read_bytes()
    assert regenerate(path, "--check") == 0
    assert regenerate(path, "01") == 0
    assert path.read_bytes() == once
    assert b"\r" not in once
    assert b"widget-view" not in once
    assert "return 2 * n" in once.decode()


@pytest.mark.parametrize("bad", ["1 / 0", "import sys\nprint('careful', file=sys.stderr)"])
def test_a_cell_that_complains_changes_nothing(course, capsys, bad):
    path = course(code("x = 1"), code(bad))
    before = path.read_bytes()
    assert regenerate(path, "01") == 1
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.glob("*.new")] == []
    said = capsys.readouterr().err
    assert "cell 3" in said
    assert ("ZeroDivisionError" in said) or ("careful" in said)


def test_an_error_that_a_cell_is_tagged_for_is_stored(course):
    path = course(code("1 / 0", tags=("raises-exception",)), code("print('on')"))
    assert regenerate(path, "01") == 0
    assert "ZeroDivisionError" in path.read_text()


def test_progress_of_the_author_takes_no_part(course, monkeypatch, tmp_path):
    monkeypatch.setenv("NETLAB_PROGRESS", str(tmp_path / "mine"))
    path = course(
        code("import os, pathlib\nprint(pathlib.Path(os.environ['NETLAB_PROGRESS']).name == 'mine')")
    )
    assert regenerate(path, "01") == 0
    assert "False" in str(load(path)["cells"][2]["outputs"])


def test_check_changes_nothing_and_says_what_differs(course, capsys):
    path = course(code("x = 1"))
    notebook = load(path)
    del notebook["cells"][2]["metadata"]["slideshow"]
    path.write_text(json.dumps(notebook))
    before = path.read_bytes()
    assert regenerate(path, "--check") == 1
    assert path.read_bytes() == before
    assert "01_doubling.ipynb: not in form" in (said := capsys.readouterr().out)
    assert "slide_type" in said


def test_names_the_notebooks_there_are(course, capsys):
    assert regenerate(course(), "07") == 2
    assert "00_start_here, 01_doubling" in capsys.readouterr().err


def test_a_missing_solution_is_named(course, capsys):
    path = course(code("x = 1"))
    notebook = load(path)
    notebook["cells"][1]["metadata"]["tags"] = ["solution-01_9_gone"]
    path.write_text(json.dumps(notebook))
    assert regenerate(path, "01") == 1
    assert "01_9_gone" in capsys.readouterr().err


def test_ids_that_a_program_made_up_become_readable_and_chosen_ones_stay(course):
    path = course(
        md("## Where it goes"), code("x = 1") | {"id": "my-own"}, code("x = 1") | {"id": "0a1b2c3d"}
    )
    assert [cell["id"] for cell in load(path)["cells"]][2:5] == ["where-it-goes", "my-own", "x-1"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "<details>\n<summary>Solution (try first)</summary>\n\n```python\nnew\n```\n\n</details>"),
        (
            "<details>\n\n```python\nold\n```\n\nwhy\n\n</details>",
            "<details>\n\n```python\nnew\n```\n\nwhy\n\n</details>",
        ),
        ("a\n\n<details>why</details>\n\nz", "a\n\n<details>why\n```python\nnew\n```\n\n</details>\n\nz"),
    ],
)
def test_a_solution_is_folded_where_it_belongs(before, after):
    assert fold_solution(before, "new\n") == after
    assert fold_solution(after, "new\n") == after
