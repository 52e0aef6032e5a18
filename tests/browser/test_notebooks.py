"""A learner opens a notebook in JupyterLab, runs all of it, and uses what it offers, with the keyboard."""

from __future__ import annotations

import json
import os
from urllib.parse import urlparse

import pytest

from tests.browser.lab import why_not
from tests.notebooks.structure import KERNELSPEC, NOTEBOOKS, numbered

if why_not():
    pytest.skip(why_not(), allow_module_level=True)

from tests.browser.page import PANEL, NotebookPage

pytestmark = pytest.mark.browser
SIZES = [(1400, 1000), (1024, 768)]
NAMES = [path.name for path in numbered(NOTEBOOKS)]


@pytest.fixture(scope="module", params=NAMES)
def view(request, lab, browser):
    """The notebook after Run All. `untrusted` keeps what a fresh clone showed before."""
    page = NotebookPage(browser, lab, request.param, *SIZES[0])
    try:
        page.settle()
        page.untrusted = (page.errors(), len(page.images()))
        page.run_all()
        yield page
    finally:
        page.close()


def test_a_fresh_clone_shows_the_stored_pictures(view):
    errors, pictures = view.untrusted
    assert not errors
    assert pictures > 0


def test_run_all_ends_without_an_error(view):
    assert not view.errors()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_picture_is_seen_whole(view, size, artifacts):
    view.resize(*size)
    if os.environ.get("NETLAB_SCREENSHOTS"):
        view.screenfuls(artifacts, f"{view.name}-{size[0]}x{size[1]}")
    images = view.images()
    assert images
    assert not [image for image in images if min(image["width"], image["height"], image["natural"]) < 8]
    assert not [image for image in images if image["right"] > image["limit"] + 1]
    assert not view.too_wide()


def test_the_playground_follows_the_arrow_keys(view, artifacts):
    cell = view.page.locator(f"{PANEL} .jp-Cell:has(.netlab-picture)").first
    sliders, keys = cell.locator("[role=slider]"), ["ArrowRight"]
    if not sliders.count():  # choices: JupyterLab takes the arrows for itself until their list is open
        sliders, keys = cell.locator("select"), ["Space", "ArrowDown", "Enter"]
    slider = sliders.first
    picture, caption = cell.locator(".netlab-picture").first, cell.locator(".netlab-caption").first
    before, said = view.bytes_of(picture), caption.inner_text()
    slider.focus()
    assert slider.evaluate("handle => handle === document.activeElement")
    for key in keys:
        view.page.keyboard.press(key)
    view.until(lambda: caption.inner_text() not in (said, "running …"), "the caption stays the same")
    view.until(lambda: view.bytes_of(picture) != before, "the picture stays the same")
    cell.screenshot(path=artifacts / f"{view.name}-playground.png")


def test_a_quiz_question_is_answered_with_the_keyboard(view, artifacts):
    quiz = view.page.locator(
        f"{PANEL} .jp-Cell", has=view.page.get_by_role("button", name="A", exact=True)
    ).last
    assert quiz.get_by_role("status").count() == 0
    button = quiz.get_by_role("button", name="A", exact=True).first
    button.focus()
    view.page.keyboard.press("Enter")
    feedback = quiz.get_by_role("status").first
    feedback.wait_for(state="visible")
    assert len(feedback.inner_text().split()) > 3
    quiz.screenshot(path=artifacts / f"{view.name}-quiz.png")


def test_a_prediction_is_committed_with_the_keyboard(view):
    prediction = view.page.locator(f"{PANEL} .netlab-predict").first
    number = prediction.locator("input")
    if number.count():
        number.focus()
        view.page.keyboard.type("3")
    prediction.get_by_role("button").last.focus()
    view.page.keyboard.press("Enter")
    prediction.get_by_text("Noted:").first.wait_for(state="visible")


def test_the_bar_leads_to_the_other_notebooks(view):
    if view.name != NAMES[1].removesuffix(".ipynb"):
        pytest.skip("one bar with all three links is enough: where they lead is tested without a browser")
    links = view.cells()[0].locator("a")
    targets = [link.get_attribute("href") or "" for link in links.all()]
    assert len(targets) == links.count() > 0 or len(NAMES) == 1
    for number, target in enumerate(targets):
        links.nth(number).click()
        view.wait_for_tab(urlparse(target).path.rpartition("/")[2])
        view.show()


def test_the_console_is_clean_and_nothing_left_this_machine(view):
    assert not view.console
    assert not view.outside


DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
BROKEN = [
    ("markdown", "# Broken\n\n![elsewhere](https://example.com/picture.png)"),
    ("code", "1 / 0"),
    ("code", "from IPython.display import HTML\nHTML('<div style=\"width: 3000px\">wide</div>')"),
    ("code", "import sys\nprint('oh', file=sys.stderr)"),
    ("code", f"HTML(\"<img src={DOT} style='width: 3000px; max-width: none; height: 9px'>\")"),
]


def test_the_checks_above_can_fail(lab, browser):
    cells = [
        {"cell_type": kind, "id": f"c{n}", "metadata": {"tags": ["raises-exception"]}, "source": text}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for n, (kind, text) in enumerate(BROKEN)
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": KERNELSPEC}, "cells": cells}
    (lab.folder / "broken.ipynb").write_text(json.dumps(notebook))
    page = NotebookPage(browser, lab, "broken.ipynb")
    try:
        page.run_all()
        errors = page.errors()
        assert any("cell 1" in error and "ZeroDivisionError" in error for error in errors), errors
        assert any("cell 3" in error and "oh" in error for error in errors), errors
        assert any("cell 2" in line for line in page.too_wide())
        assert [image["cell"] for image in page.images() if image["right"] > image["limit"]] == [4]
        assert page.outside == ["https://example.com/picture.png"]
        assert page.console
    finally:
        page.close()
