"""The file server of notebook 08, as a program of its own, and a real browser."""

from __future__ import annotations

import pytest

from tests.browser.lab import why_not
from tests.programs.processes import serving

if why_not():
    pytest.skip(why_not(), allow_module_level=True)

pytestmark = pytest.mark.browser
PAGE = '<link rel="stylesheet" href="/css/site.css?v=1"><title>Mine</title><img src="dot.svg"><p>welcome'
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"><rect width="7" height="7"/></svg>'


def test_a_browser_shows_the_page_with_its_style_and_its_picture(browser, tmp_path):
    (tmp_path / "css").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>" + PAGE, encoding="utf-8")
    (tmp_path / "css" / "site.css").write_text("p { color: rgb(1, 2, 3) }", encoding="utf-8")
    (tmp_path / "dot.svg").write_text(DOT, encoding="utf-8")
    with serving("08_file_server", tmp_path) as server:
        page = browser.new_page()
        try:
            page.goto(f"http://127.0.0.1:{server.port}/", wait_until="load")
            assert page.title() == "Mine"
            assert page.evaluate("getComputedStyle(document.querySelector('p')).color") == "rgb(1, 2, 3)"
            assert page.evaluate("document.querySelector('img').naturalWidth") == 7
        finally:
            page.close()
