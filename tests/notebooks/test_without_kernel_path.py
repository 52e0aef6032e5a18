"""Where there is no kernel path the notebooks draw from recordings, and every stored output still holds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from netlab import link
from netlab.wire import pcapng
from tests.notebooks.structure import NOTEBOOKS, ROOT, load, numbered, source

RECORDINGS = sorted((NOTEBOOKS / "recordings").glob("*.pcapng"))


DRAWING = [p for p in numbered(NOTEBOOKS) if any("link.on_path(" in source(c) for c in load(p)["cells"])]


@pytest.mark.slow
@pytest.mark.parametrize("path", DRAWING, ids=lambda path: path.stem)
def test_the_notebook_passes_with_recordings(path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    environment = dict(os.environ, NETLAB_KERNEL="off")
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-3000:]


def test_the_switch_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLAB_KERNEL", "off")
    assert not link.kernel.available()


def test_each_recording_is_drawn_somewhere() -> None:
    text = "".join(source(cell) for path in numbered(NOTEBOOKS) for cell in load(path)["cells"])
    assert RECORDINGS
    assert not [path.stem for path in RECORDINGS if f'on_path("{path.stem}"' not in text]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_each_recording_is_whole(path) -> None:
    capture = pcapng.read(path)
    assert not capture.problem
    assert capture.packets
    assert not any(event.packet.checksum_errors for event in capture.packets)
