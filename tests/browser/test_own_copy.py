"""The learner's own copy in JupyterLab: what a person does there reaches the next update, and survives it."""

from __future__ import annotations

import contextlib

import pytest

from netlab.own_copy.cells import Unreadable, dumps, loads
from netlab.own_copy.folders import update
from tests.browser.lab import why_not
from tests.own_copy.samples import cell_of, code, course, ids, texts

if why_not():
    pytest.skip(why_not(), allow_module_level=True)

from tests.browser.page import PANEL, NotebookPage

pytestmark = pytest.mark.browser
LESSON = "03_lesson.ipynb"
SOLVED = "def f():\n    return 42"


@pytest.fixture(scope="module")
def house(lab, tmp_path_factory):
    """The course's folder, and the copy that JupyterLab opens."""
    notebooks = tmp_path_factory.mktemp("course")
    mine = lab.folder / "own copy"

    def publish(notebook):
        cell_of(notebook, "ex-1-stub")["source"] = "def f():\n    pass"
        cell_of(notebook, "progress")["source"] = "print('no progress')"
        (notebooks / LESSON).write_bytes(dumps(notebook))
        return update(notebooks, mine)

    publish(course())
    return mine / LESSON, publish


@pytest.fixture(scope="module")
def view(lab, browser, house):
    page = NotebookPage(browser, lab, f"own copy/{LESSON}")
    try:
        yield page
    finally:
        page.close()


def write(view, number, text):
    view.cells()[number].locator(".jp-InputArea-editor").click()
    view.page.keyboard.press("Control+A")
    view.page.keyboard.insert_text(text)


def command(view, name):
    view.page.evaluate("name => { window.jupyterapp.commands.execute(name); }", name)


def read_again(view):
    view.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.revert()")


def saved(view, path, text):
    def there():
        with contextlib.suppress(Unreadable):  # JupyterLab is in the middle of writing
            return text in texts(loads(path.read_bytes()))

    view.until(there, f"{text!r} was never saved")


def test_what_a_learner_does_survives_an_update_and_so_does_a_tab_that_saves_over_it(view, house, artifacts):
    path, publish = house
    given = ids(loads(path.read_bytes()))
    write(view, 3, SOLVED)
    view.page.keyboard.press("Escape")
    view.page.keyboard.press("b")  # a new cell below
    write(view, 4, "1 + 1")
    view.page.keyboard.press("Escape")
    view.run_all()
    command(view, "docmanager:save")
    saved(view, path, SOLVED)
    notebook = loads(path.read_bytes())
    assert [id for id in ids(notebook) if id in given] == given  # JupyterLab keeps them
    assert cell_of(notebook, "run")["execution_count"] == 1

    # The course changes while the tab is open. JupyterLab asks before it saves over the new file, unless
    # that is within half a second of the one that it knows (lastModifiedCheckMargin).
    view.page.wait_for_timeout(1000)
    assert publish(course(version=2)) == [f"{LESSON}: 1 cell renewed."]
    write(view, 4, "2 + 2")
    command(view, "docmanager:save")
    dialog = view.page.locator(".jp-Dialog")
    dialog.wait_for(state="visible")
    view.page.screenshot(path=artifacts / "own-copy-changed-on-disk.png")
    assert {"x = 2", "1 + 1", SOLVED} <= set(texts(loads(path.read_bytes())))
    dialog.get_by_role("button", name="Overwrite").click()
    saved(view, path, "2 + 2")
    assert "x = 2" not in texts(loads(path.read_bytes()))  # the tab's old cell

    # The next start brings it again, and keeps what is the learner's.
    assert publish(course(version=2)) == [f"{LESSON}: 1 cell renewed."]
    read_again(view)
    view.page.locator(f"{PANEL} .jp-Cell", has_text="x = 2").wait_for()
    found = texts(loads(path.read_bytes()))
    assert found[1:5] == ["x = 2", "print(x)", SOLVED, "2 + 2"]


def test_cells_that_are_moved_split_and_merged_lose_nothing(view, house):
    path, publish = house
    read_again(view)
    view.until(lambda: len(view.cells()) == 7, "it was not read again")
    view.cells()[2].locator(".jp-InputPrompt").click()
    for key in ("x", "v"):  # cut, and paste below the next
        view.page.keyboard.press(key)
    write(view, 1, "x = 2\ny = 3")
    view.page.keyboard.press("Control+Home")
    view.page.keyboard.press("ArrowDown")
    view.page.keyboard.press("Control+Shift+Minus")  # split
    view.page.keyboard.press("Escape")
    command(view, "docmanager:save")
    saved(view, path, "y = 3")
    mine = loads(path.read_bytes())
    publish(course(version=4, more=(code("more", "print('more')"),)))
    after = loads(path.read_bytes())
    assert {*texts(mine), "x = 4", "print('more')"} - {"x = 2"} <= set(texts(after))
    assert len(set(ids(after))) == len(after["cells"])
