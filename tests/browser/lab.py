"""A real JupyterLab on a copy of a notebook folder, and the Chromium that looks at it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from urllib.parse import quote
from uuid import uuid4

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")

# Without windowing, cells outside the viewport are in the page too, so that a test can look at them.
SETTINGS: dict[str, dict[str, object]] = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "scrollPastEnd": False},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
}


def find_chromium() -> str | None:
    """Path of a Chromium-family browser: NETLAB_CHROMIUM if set, else the first one on PATH, else None."""
    named = os.environ.get("NETLAB_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)


def why_not() -> str | None:
    """One line saying what is missing for a browser run, or None when everything is there."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "browser tests need playwright: pip install playwright (no browser download needed)"
    if find_chromium() is None:
        return "browser tests need Chromium or Chrome on PATH (or its path in NETLAB_CHROMIUM)"
    return None


class Lab:
    """A JupyterLab server on a copy of `notebooks`; everything it writes stays below `work`.

    Use it as a context manager. It answers when `with` is entered; at the end the server and every
    process it started are gone. Raises RuntimeError, with the server's log, if it does not come up
    within `deadline` seconds.
    """

    def __init__(self, notebooks: Path, work: Path, *, dark: bool = False, deadline: float = 60) -> None:
        self.folder = work / "notebooks"
        self.log = work / "jupyterlab.log"
        self.url = ""
        self._notebooks, self._work, self._dark, self._deadline = notebooks, work, dark, deadline
        self._process: subprocess.Popen[bytes] | None = None

    def url_of(self, notebook: str) -> str:
        """Opens this notebook in the full JupyterLab, in a workspace of its own: no other tabs."""
        return f"{self.url}lab/workspaces/{uuid4().hex}/tree/{quote(notebook)}"

    def __enter__(self) -> Lab:
        shutil.copytree(self._notebooks, self.folder, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            self.url = self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server and the kernels it started, politely first. Safe to call twice."""
        import psutil

        process, self._process = self._process, None
        if process is None:
            return
        try:
            family = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        process.terminate()  # JupyterLab ends its kernels on SIGTERM
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)
        for child in psutil.wait_procs(family, timeout=3)[1]:
            child.kill()
        psutil.wait_procs(family, timeout=5)

    def _command(self) -> list[str]:
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser",
            "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", f"--ServerApp.root_dir={self.folder}",
            "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True",
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        return command

    def _environment(self) -> dict[str, str]:
        import matplotlib

        home = self._work / "home"
        config = home / "jupyter-config"
        settings = SETTINGS | (
            {"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}} if self._dark else {}
        )
        (config / "labconfig").mkdir(parents=True)
        (config / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(settings))
        return os.environ | {
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(home / "jupyter-data"),
            "JUPYTER_RUNTIME_DIR": str(home / "jupyter-runtime"),
            "NETLAB_PROGRESS": str(home / "progress"),
            "MPLCONFIGDIR": matplotlib.get_cachedir(),  # a new font cache would cost seconds
        }

    def _wait_until_it_answers(self) -> str:
        assert self._process is not None
        runtime = self._work / "home" / "jupyter-runtime"
        end = time.monotonic() + self._deadline
        while time.monotonic() < end and self._process.poll() is None:
            for file in runtime.glob("jpserver-*.json"):
                try:
                    url = str(json.loads(file.read_text())["url"])
                    with urllib.request.urlopen(url + "api/status", timeout=5):
                        return url
                except urllib.error.HTTPError as error:
                    error.close()
                except (OSError, ValueError, KeyError):
                    pass  # half-written, or not listening yet
            time.sleep(0.05)
        log = self.log.read_text(errors="replace")[-3000:]
        raise RuntimeError(f"JupyterLab did not answer within {self._deadline:.0f} s. Its log:\n{log}")
