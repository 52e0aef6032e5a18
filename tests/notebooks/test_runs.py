"""The notebooks as programs: run again, with the exercises done, interrupted, restarted, killed."""

from __future__ import annotations

import copy
import json
import re
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.notebooks import samples
from tests.notebooks.kernel import Kernel, complaints, execute
from tests.notebooks.rules.outputs import text_of
from tests.notebooks.structure import NOTEBOOKS, Cell, Notebook, code_cells, load, numbered, source, tagged

PASSED = re.compile(r"(\d\d-\d) \w+: all \d+ cases passed")
every_notebook = pytest.mark.parametrize("path", numbered(NOTEBOOKS), ids=lambda path: path.stem)

BEFORE = """
import threading, psutil as _psutil
def _listening():
    return {_c.laddr.port for _c in _psutil.Process().net_connections() if _c.status == "LISTEN"}
_threads, _ports = set(threading.enumerate()), _listening()
"""
# What is there after stop_all() that was not there before.
LEFT = """
import json as _json, netlab as _netlab, sys as _sys, time as _time
_netlab.stop_all()
_end = _time.monotonic() + 5
def _new():
    # zmq begins a thread of its own when a large output is sent, and the kernel's event loop keeps the thread
    # in which it once asked for an address.
    return [_t for _t in threading.enumerate() if _t not in _threads
            and type(_t).__module__[:4] != "zmq." and not _t.name.startswith("asyncio_")]
while (_left := _new()) and _time.monotonic() < _end:
    _time.sleep(0.01)
_frames = _sys._current_frames()
print(_json.dumps({"threads": [f"{_t.name} ({type(_t).__name__}) in {_frames.get(_t.ident)}" for _t in _left],
                   "ports": sorted(_listening() - _ports),
                   "children": [_p.name() for _p in _psutil.Process().children()]}))
"""


def each_cell_twice(notebook: Notebook, solutions: Path) -> Notebook:
    """Each code cell two times in a row; a stub the first time as it is, then with its solution.

    The line that checks it stays.
    """
    doubled = copy.deepcopy(notebook)
    doubled["cells"] = [
        copy.deepcopy(each)
        for cell in doubled["cells"]
        if cell["cell_type"] == "code"
        for each in (cell, solved(cell, solutions))
    ]
    return _renamed(doubled)


def solved(cell: Cell, solutions: Path) -> Cell:
    """The cell, with the solution in place of a stub."""
    number, cell = tagged(cell, "exercise"), copy.deepcopy(cell)
    if number is not None:
        (file,) = solutions.glob(f"{number.replace('-', '_')}_*.py")
        calls = [line for line in source(cell).split("\n") if line.startswith("check.")]
        cell["source"] = "\n\n".join([file.read_text(encoding="utf-8"), *calls])
    return cell


def with_cells_around(notebook: Notebook, before: str, after: str) -> Notebook:
    around = copy.deepcopy(notebook)
    around["cells"] = [samples.code(before), *around["cells"], samples.code(after)]
    return _renamed(around)


def _renamed(notebook: Notebook) -> Notebook:
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number}"
    return notebook


@pytest.mark.slow
@every_notebook
def test_cells_may_run_twice_solutions_pass_and_nothing_is_left(path):
    notebook = load(path)
    twice = each_cell_twice(notebook, path.parent / "solutions")
    done = execute(with_cells_around(twice, BEFORE, LEFT), path.parent)
    assert not complaints(done)
    texts = [text_of(output) for _, cell in code_cells(done) for output in cell["outputs"]]
    wanted = {tagged(cell, "exercise") for _, cell in code_cells(notebook)} - {None}
    assert {number for text in texts for number in PASSED.findall(text)} == wanted, "\n".join(texts)
    assert not [text for text in texts if "not kept in mine" in text]
    assert json.loads(text_of(done["cells"][-1]["outputs"][-1])) == NOTHING


NOTHING = {"threads": [], "ports": [], "children": []}
SERVES = """
import socket
from netlab import EchoServer, UDPEchoServer, link, serve, stop_all, watch
server = EchoServer()
sock = socket.create_connection(server.address)
print("port", server.port, flush=True)
"""

BLOCKED = {
    "recv": "sock.recv(1)",
    "accept": "with socket.create_server(('127.0.0.1', 0)) as listener: listener.accept()",
    "recv inside watch": "with watch() as wire: sock.recv(1)",
    "a with": "with EchoServer() as new, socket.create_connection(new.address) as mine: mine.recv(1)",
    "an endless loop": "while True: pass",
}


@pytest.mark.skipif(sys.platform == "win32", reason="a blocked socket call cannot be interrupted on Windows")
@pytest.mark.parametrize("waits", BLOCKED.values(), ids=BLOCKED)
def test_an_interrupted_cell_leaves_a_usable_kernel(tmp_path, waits):
    with Kernel(tmp_path) as kernel:
        kernel.run(BEFORE)
        kernel.run(SERVES)
        kernel.start(f"print('begins', flush=True)\n{waits}")
        kernel.finish(until="begins")
        with pytest.raises(RuntimeError, match="KeyboardInterrupt"):
            _interrupted(kernel)
        assert kernel.run("sock.sendall(b'still here'); print(sock.recv(100))") == "b'still here'\n"
        kernel.run(SERVES)
        kernel.run("sock.close()")
        assert json.loads(kernel.run(LEFT)) == NOTHING
        assert kernel.run("'recv' in vars(socket.socket)") == "False"  # watch() has put everything back


def test_a_kernel_killed_in_a_cell_leaves_nothing(tmp_path):
    with Kernel(tmp_path) as kernel:
        port = int(kernel.run(SERVES).split()[1])
        kernel.run("relay = link.relay(server.address)")
        kernel.start("print('begins', flush=True)\nsock.recv(1)")
        kernel.finish(until="begins")
        process = psutil.Process(kernel.pid)
        family = process.children(recursive=True)
        assert _answers(port)
        kernel.kill()
        assert _gone([process, *family])
        assert not _answers(port)


def test_a_restart_ends_forgotten_servers_and_links(tmp_path):
    with Kernel(tmp_path) as kernel:
        port = int(kernel.run(SERVES).split()[1])
        kernel.run("relay = link.relay(server.address)")
        process = psutil.Process(kernel.pid)
        family = process.children(recursive=True)
        assert _answers(port) and family
        kernel.restart()
        assert not _answers(port)
        assert _gone([process, *family])
        assert kernel.run("1 + 1") == "2"


@pytest.mark.slow
def test_the_checks_above_can_fail(tmp_path):
    """A notebook that is not safe to run twice, leaves a thread and a port, and whose solution is wrong."""
    bad = [
        "import socket, threading\nfirst = 'first' not in globals()",
        "assert first",
        "listener = socket.create_server(('127.0.0.1', 0))",
        "threading.Thread(target=listener.accept, daemon=True).start()",
    ]
    notebook: Notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": list(map(samples.code, bad)),
    }
    assert "AssertionError" in complaints(execute(each_cell_twice(notebook, tmp_path), tmp_path))[0]
    done = execute(with_cells_around(notebook, BEFORE, LEFT), tmp_path)
    left = json.loads(text_of(done["cells"][-1]["outputs"][-1]))
    assert len(left["threads"]) == len(left["ports"]) == 1


def _interrupted(kernel: Kernel) -> None:
    """Press the stop button until the cell ends.

    A signal that comes in the very moment between Python's look for one and a blocking call does not wake
    that call, on any system; then a person presses again.
    """
    for _ in range(5):
        kernel.interrupt()
        try:
            kernel.finish(deadline=3)
        except TimeoutError:
            continue
    raise TimeoutError("the cell went on after five interrupts")


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _gone(processes: list[psutil.Process], deadline: float = 10) -> bool:
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if not any(
            process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
        ):
            return True
        time.sleep(0.01)
    return False
