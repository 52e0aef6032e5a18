"""The same experiment live and from its recording: packets, result, and what is said about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from netlab import link
from netlab.link.recordings import Run
from netlab.view import packet_ladder
from netlab.wire import pcapng
from netlab.wire.sockets import NotOnThisSystem

from .paths import needs_kernel


def handshake(path: Any) -> dict[str, Any]:
    with path.listen() as listener, path.socket() as client:
        client.connect((path.far, listener.getsockname()[1]))
        return {"connected": True, "data": b"\x00; result: x"}


def never(path: Any) -> None:
    raise AssertionError("the experiment must not run")


def test_without_kernel_and_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLAB_KERNEL", "off")
    monkeypatch.delenv("NETLAB_RECORD", raising=False)
    with pytest.raises(NotOnThisSystem, match=r"switches it off; and there is no recording nothing\.pcapng"):
        link.on_path("nothing", never, folder=tmp_path)
    for name in ("../other", "", "a b", "x.pcapng"):
        with pytest.raises(ValueError, match="name="):
            link.on_path(name, never, folder=tmp_path)


@needs_kernel
def test_live_it_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NETLAB_RECORD", raising=False)
    run = link.on_path("one", handshake, folder=tmp_path, delay=0.005)
    assert run.live and run.note == "" and run.result["connected"] is True
    assert run[0].packet.tcp and run[0].packet.tcp.syn
    assert all(event.delivered is not None for event in run)  # the end of the story is waited for
    assert list(tmp_path.iterdir()) == []


@needs_kernel
def test_what_was_recorded_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLAB_RECORD", "1")
    live = link.on_path("two", handshake, folder=tmp_path, delay=0.005)
    assert live.live
    monkeypatch.setenv("NETLAB_KERNEL", "off")
    with pytest.raises(NotOnThisSystem):  # it can not be recorded here
        link.on_path("two", never, folder=tmp_path)
    monkeypatch.setenv("NETLAB_RECORD", "0")
    run = link.on_path("two", never, folder=tmp_path)
    assert isinstance(run, Run) and not run.live and run.result == live.result
    assert [(p.data, p.fate, p.direction, p.number) for p in run] == [
        (p.data, p.fate, p.direction, p.number) for p in live
    ]
    assert packet_ladder(run).caption == packet_ladder(live).caption
    assert run.note.startswith("A recording of 20") and " on Linux " in run.note
    assert run.note.endswith("not live, because the environment variable NETLAB_KERNEL=off switches it off.")
    comment = pcapng.read(tmp_path / "two.pcapng").comment
    assert comment.startswith("Link(delay=0.005); result: {")


@needs_kernel
def test_a_result_that_can_not_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLAB_RECORD", "1")
    for result in (object(), float("nan"), "x" * 5000):
        with pytest.raises(ValueError, match="must return a plain value"):
            link.on_path("three", lambda path, result=result: result, folder=tmp_path)
    with pytest.raises(ZeroDivisionError):
        link.on_path("three", lambda path: 1 / 0, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


NOTEBOOK = """
from netlab import link
from netlab.view import packet_ladder

def experiment(path):
    with path.listen() as listener, path.socket() as client:
        client.connect((path.far, listener.getsockname()[1]))
        return "connected"

run = link.on_path("nb", experiment, folder="recordings")
print(run.result)
packet_ladder(run)
"""


@needs_kernel
@pytest.mark.slow
def test_a_notebook_passes_strictly_in_both_situations(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    from nbclient import NotebookClient

    cell = nbformat.v4.new_code_cell(NOTEBOOK)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    os.environ["NETLAB_RECORD"] = "1"
    try:
        NotebookClient(
            notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        ).execute()
    finally:
        del os.environ["NETLAB_RECORD"]
    file = tmp_path / "nb.ipynb"
    nbformat.write(notebook, file)
    assert (tmp_path / "recordings" / "nb.pcapng").is_file()
    assert "recording" not in json.dumps(notebook.cells[0].outputs)
    for switch in ("off", ""):
        options = ["--nbval", "--nbval-current-env", "-c", os.devnull, "--rootdir", str(tmp_path)]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(file)]
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "NETLAB_KERNEL": switch, "PYTHONPATH": root}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout
