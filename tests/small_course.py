"""A small course for the tests of start.py: a JupyterLab and a pytest that only say how they were started."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEADLINE = 300

LAB = """
import os, sys, time
try:
    print("LAB", sys.argv[1:], "prefix", ascii(sys.prefix), "version VERSION", flush=True)
    print("ASKED DIRECTLY", os.environ["NO_PROXY"], os.environ["no_proxy"], flush=True)
    print("WRITES TO", ascii(os.environ.get("JUPYTER_DATA_DIR", "its own place")), flush=True)
    time.sleep(DEADLINE if os.environ.get("LAB_WAITS") else 0)
except KeyboardInterrupt:
    print("LAB interrupted", os.getpid(), flush=True)
"""
PYTEST = "import sys\nprint('PYTEST', sys.argv[1:])\nsys.exit(3)\n"


def wheel(folder, name, version, main):
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/__main__.py", main)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path.name


class Course:
    """A folder with a copy of start.py."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "tests").mkdir(parents=True)
        (folder / "notebooks").mkdir()
        self.write_notebook("Hello.")
        shutil.copytree(ROOT / "netlab" / "own_copy", folder / "netlab" / "own_copy")
        (folder / "netlab" / "__init__.py").write_text("")
        shutil.copy(ROOT / "start.py", folder)
        self.require(version=1)
        (folder / "tests" / "requirements.txt").write_text("./" + wheel(folder, "pytest", 1, PYTEST))

    def write_notebook(self, text):
        cell = {"cell_type": "markdown", "id": "hello", "metadata": {}, "source": text}
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (self.folder / "notebooks" / "00_start_here.ipynb").write_text(json.dumps(notebook))

    def require(self, version, more=""):
        lab = LAB.replace("VERSION", str(version)).replace("DEADLINE", str(DEADLINE))
        path = self.folder / "requirements.txt"
        path.write_text(f"./{wheel(self.folder, 'jupyterlab', version, lab)}\n{more}")

    def start(self, *arguments, **variables):
        """A started start.py, its output in one pipe; a process group of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        environment |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PYTHONIOENCODING": "utf-8"}
        return subprocess.Popen(
            [sys.executable, str(self.folder / "start.py"), *arguments],
            cwd=self.folder.parent,  # never the folder itself: any other must do
            env=environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *arguments, code=0, **variables):
        """What it says; it must end with this exit code and without a traceback."""
        with self.start(*arguments, **variables) as process:
            output = process.communicate(timeout=DEADLINE)[0]
        assert process.returncode == code, output
        assert "Traceback" not in output
        return output

    def module(self):
        spec = importlib.util.spec_from_file_location("start_of_a_course", self.folder / "start.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def read_until(process, text):
    """What the process says up to the line that holds the text."""
    lines = []
    guard = threading.Timer(DEADLINE, process.kill)
    guard.start()
    try:
        for line in process.stdout:
            lines.append(line)
            if text in line:
                return "".join(lines)
    finally:
        guard.cancel()
    raise AssertionError(f"{text!r} was never said, but: {''.join(lines)}")
