"""One notebook open in JupyterLab: what a person does with it, and what a person sees."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.browser.lab import Lab, find_chromium

PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
IDLE = f"{PANEL} .jp-Notebook-ExecutionIndicator[data-status=idle]"
SCROLLER = f"{PANEL} .jp-WindowedPanel-outer"
KERNEL_READY = """async path => {
    const panel = window.jupyterapp.shell.currentWidget;
    if (panel?.context?.path !== path) return false;
    await Promise.all([panel.revealed, panel.context.ready, panel.sessionContext.ready]);
    const kernel = panel.sessionContext.session?.kernel;
    return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
# What JupyterLab itself writes to the console as errors on a healthy day (substrings).
EXPECTED_CONSOLE: tuple[str, ...] = ()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that can reach nothing but this machine."""
    arguments = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--force-color-profile=srgb"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class NotebookPage:
    """A notebook in the browser. `console` and `outside` collect what should have stayed empty."""

    def __init__(
        self, browser: Browser, lab: Lab, notebook: str, width: int = 1400, height: int = 1000
    ) -> None:
        self.name = notebook.removesuffix(".ipynb")
        self.width, self.height = width, height
        self._path = notebook
        self.console: list[str] = []
        self.outside: list[str] = []
        self._context = browser.new_context(viewport={"width": width, "height": height})
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        self.page.on("request", lambda request: self._on_request(request.url))
        self.page.on("websocket", lambda socket: self._on_request(socket.url))
        try:
            self.page.goto(lab.url_of(notebook))
            self.page.wait_for_selector(f"{PANEL} .jp-Cell")
            self.page.wait_for_function(
                KERNEL_READY, arg=notebook
            )  # before that, Run All would ask for a kernel
            self.wait_idle()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._context.close()

    def show(self) -> None:
        """Bring this notebook to the front again."""
        self.page.evaluate(
            "path => window.jupyterapp.commands.execute('docmanager:open', {path}).then(() => null)",
            self._path,
        )
        self.wait_for_tab(self._path)
        self.settle()

    def wait_for_tab(self, path: str) -> None:
        """Wait until the tab in front shows this file."""
        self.page.wait_for_function(
            "path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=path
        )

    def resize(self, width: int, height: int) -> None:
        """Another size of the window."""
        self.width, self.height = width, height
        self.page.set_viewport_size({"width": width, "height": height})
        self.settle()

    def until(self, condition: Callable[[], object], otherwise: str, deadline: float = 20) -> None:
        """Wait for a condition; AssertionError with `otherwise` if it does not come true."""
        end = time.monotonic() + deadline
        while not condition():
            assert time.monotonic() < end, otherwise
            self.page.wait_for_timeout(20)

    def bytes_of(self, image: Locator) -> bytes:
        """The picture itself, whatever its address."""
        numbers: list[int] = image.evaluate(
            "async i => [...new Uint8Array(await (await fetch(i.src)).arrayBuffer())]"
        )
        return bytes(numbers)

    def too_wide(self) -> list[str]:
        """Cells whose outputs or widgets need a horizontal scroll bar, or stand out to the right."""
        found: list[str] = self.page.evaluate(
            """panel => [...document.querySelectorAll(panel + ' .jp-Notebook .jp-Cell')].flatMap((cell, n) =>
                [...cell.querySelectorAll('.jp-OutputArea-output, .jp-MarkdownOutput, .jupyter-widgets')]
                .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
                .slice(0, 1)
                .map(e => `cell ${n}: ${e.className} is ${e.scrollWidth} wide, has ${e.clientWidth}`))""",
            PANEL,
        )
        return found

    def run_all(self, deadline: float = 120) -> None:
        """Run > Run All Cells; returns when the last cell has ended and the kernel is idle."""
        self.page.set_default_timeout(deadline * 1000)
        self.page.evaluate(
            """async seconds => {
                const late = new Promise((_, fail) =>
                    setTimeout(() => fail(new Error(`Run All took over ${seconds} s`)), seconds * 1000));
                await Promise.race([window.jupyterapp.commands.execute('notebook:run-all-cells'), late]);
            }""",
            deadline,
        )
        self.page.set_default_timeout(30_000)
        self.wait_idle()
        self.settle()

    def wait_idle(self) -> None:
        """Wait until the kernel is idle and no cell shows [*]."""
        self.page.wait_for_selector(IDLE)
        self.page.wait_for_function(
            """panel => ![...document.querySelectorAll(panel + ' .jp-InputPrompt')]
                .some(prompt => prompt.innerText.includes('*'))""",
            arg=PANEL,
        )

    def settle(self) -> None:
        """Wait until pictures are decoded, diagrams and formulas drawn, and the layout stays the same."""
        self.page.wait_for_function(
            """panel => {
                const root = document.querySelector(panel);
                const images = [...root.querySelectorAll('img')].every(i => i.complete);
                const height = [...root.querySelectorAll('.jp-Cell')].map(c => c.offsetHeight).join();
                const same = root.dataset.lastLayout === height;
                root.dataset.stable = same ? Number(root.dataset.stable || 0) + 1 : 0;
                root.dataset.lastLayout = height;
                return images && document.fonts.status === 'loaded' && root.dataset.stable >= 5;
            }""",
            arg=PANEL,
            polling=100,
        )

    def cells(self) -> list[Locator]:
        """All cells, in the notebook's order (the n-th is the n-th of the file)."""
        return self.page.locator(f"{PANEL} .jp-Notebook .jp-Cell").all()

    def errors(self) -> list[str]:
        """What cells shows as errors or on stderr: one text for each, beginning with its cell's number."""
        found: list[str] = self.page.evaluate(
            """panel => [...document.querySelectorAll(panel + ' .jp-Notebook .jp-Cell')].flatMap((cell, n) =>
                [...cell.querySelectorAll('.jp-OutputArea [data-mime-type="application/vnd.jupyter.stderr"],'
                    + '.jp-OutputArea [data-mime-type="application/vnd.jupyter.error"], .jp-mod-error')]
                .map(e => `cell ${n}: ${e.innerText.slice(0, 2000)}`))""",
            PANEL,
        )
        return found

    def images(self) -> list[dict[str, Any]]:
        """Each picture: its cell's number, its size on the page and in itself, and the room it has."""
        found: list[dict[str, Any]] = self.page.evaluate(
            """panel => [...document.querySelectorAll(panel + ' .jp-Notebook .jp-Cell')].flatMap((cell, n) =>
                [...cell.querySelectorAll('img, .jp-RenderedMermaid svg')].map(i => ({
                    cell: n, width: i.getBoundingClientRect().width, height: i.getBoundingClientRect().height,
                    natural: i.naturalWidth ?? 1, right: i.getBoundingClientRect().right,
                    limit: cell.getBoundingClientRect().right})))""",
            PANEL,
        )
        return found

    def screenfuls(self, folder: Path, name: str) -> list[Path]:
        """Scroll through the notebook and write one PNG for each screenful; older ones of this name go."""
        for old in folder.glob(f"{name}-[0-9][0-9].png"):
            old.unlink(missing_ok=True)
        scroller = self.page.locator(SCROLLER).first
        total, room = scroller.evaluate("s => [s.scrollHeight, s.clientHeight]")
        written: list[Path] = []
        top = 0
        while True:
            scroller.evaluate(
                """(s, top) => new Promise(done => {
                    s.scrollTop = top;
                    requestAnimationFrame(() => requestAnimationFrame(done));
                })""",
                top,
            )
            path = folder / f"{name}-{len(written) + 1:02}.png"
            self.page.screenshot(path=path, animations="disabled")
            written.append(path)
            if top + room >= total:
                return written
            top += room - 40  # a line of overlap, so that nothing falls between two pictures

    def cell_pictures(self, folder: Path, name: str) -> list[Path]:
        """One PNG for each cell that shows a picture or a widget, whole even if higher than the screen."""
        written = []
        width, height = self.width, self.height
        self.resize(width, 3000)
        for number, cell in enumerate(self.cells()):
            shown = cell.locator("img, .jupyter-widgets, .jp-RenderedMermaid svg")
            if shown.count() == 0:
                continue
            path = folder / f"{name}-cell{number:03}.png"
            cell.screenshot(path=path, animations="disabled")
            written.append(path)
        self.resize(width, height)
        return written

    def _on_console(self, message: Any) -> None:
        if message.type == "error" and not any(known in message.text for known in EXPECTED_CONSOLE):
            self.console.append(message.text)

    def _on_request(self, url: str) -> None:
        parts = urlparse(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.outside.append(url)
