"""The pages that a learner serves in notebook 08 appear in JupyterLab, and this browser asked for them."""

from __future__ import annotations

import json

import pytest

from tests.browser.lab import why_not
from tests.notebooks.structure import KERNELSPEC, NOTEBOOKS

if why_not():
    pytest.skip(why_not(), allow_module_level=True)

from tests.browser.page import PANEL, NotebookPage

pytestmark = pytest.mark.browser
LESSON = NOTEBOOKS / "08_http_servers.ipynb"
NAME = "own_page.ipynb"
NEEDED = (
    "smallest-code", "smallest-run", "frame-run", "frame-heard", "wsgi-code", "served-run", "stream-code",
    "events-code", "events-page", "events-app", "events-frame", "own-frame",
)  # fmt: skip


@pytest.fixture(scope="module")
def view(lab, browser):
    """A notebook with those cells of 08 that serve a page: the whole of it runs in test_notebooks.py."""
    cells = {cell["id"]: cell for cell in json.loads(LESSON.read_text(encoding="utf-8"))["cells"]}
    few = [cells[name] | {"outputs": [], "execution_count": None} for name in NEEDED]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": KERNELSPEC}, "cells": few}
    (lab.folder / NAME).write_text(json.dumps(notebook), encoding="utf-8")
    page = NotebookPage(browser, lab, NAME)
    try:
        page.run_all()
        yield page
    finally:
        page.close()


def frame(view, number):
    return view.page.frame_locator(f"{PANEL} .jp-OutputArea iframe >> nth={number}")


def test_the_learners_page_is_in_the_notebook(view, artifacts):
    assert not view.errors()
    heading = frame(view, 0).locator("h1")
    heading.wait_for(state="visible")
    assert heading.inner_text() == "It works"
    view.cells()[NEEDED.index("frame-run")].screenshot(path=artifacts / "own-page.png")


def test_its_server_has_heard_this_browser(view):
    frame(view, 0).locator("h1").wait_for(state="visible")
    view.cells()[NEEDED.index("frame-heard")].locator(".jp-InputArea-editor").click()
    view.page.keyboard.press("Control+Enter")
    view.wait_idle()
    heard = view.cells()[NEEDED.index("frame-heard")].locator(".jp-OutputArea").inner_text()
    assert heard.startswith("GET / HTTP/1.1") and "Mozilla" in heard and "127.0.0.1:" in heard


def test_events_go_on_when_the_cell_has_ended(view, artifacts):
    said = frame(view, 1).locator("#said")
    view.until(lambda: said.inner_text().startswith("tick"), "no event has come")
    first = said.inner_text()
    view.until(lambda: said.inner_text() != first, f"nothing came after {first!r}")
    view.cells()[NEEDED.index("events-frame")].screenshot(path=artifacts / "own-events.png")


def test_the_learners_own_server_answers_this_browser(view, artifacts):
    body = frame(view, 2).locator("body")
    view.until(lambda: body.inner_text().strip() == "/hello", "its answer is not in the frame")
    view.cells()[NEEDED.index("own-frame")].screenshot(path=artifacts / "own-server.png")


def test_the_console_is_clean_and_nothing_left_this_machine(view):
    assert not view.console
    assert not view.outside
