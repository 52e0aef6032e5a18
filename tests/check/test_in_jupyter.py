"""In a real kernel: what is shown, what the stop button does, what a second run compares."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

manager = pytest.importorskip("jupyter_client.manager")

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

STUB = """
def greet(host, port, name):
    raise NotImplementedError("00-3: your turn")
"""
RIGHT = """
def my_port(sock):
    return sock.getsockname()[1]
"""
ENDLESS = """
import socket
def greet(host, port, name):
    with socket.create_connection((host, port)) as sock:
        print("running")
        return wait_for_more(sock)
"""
HELPER = """
def wait_for_more(sock):
    while True:
        sock.recv(10)
"""


class Cells:
    """A kernel to run cells in."""

    def __init__(self) -> None:
        self.manager, self.client = manager.start_new_kernel(kernel_name="python3")
        self.run("from netlab import check")

    def run(self, code: str, stop_at: str = "") -> dict[str, Any]:
        """Run a cell; press the stop button when it has printed `stop_at`. Its outputs, by kind."""
        request = self.client.execute(code)
        found: dict[str, Any] = {"stdout": "", "stderr": ""}
        while True:
            message = self.client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                found[content["name"]] += content["text"]
                if stop_at and stop_at in content["text"]:
                    self.manager.interrupt_kernel()
            elif kind == "execute_result":
                found.update(content["data"])
            elif kind == "error":
                found["error"] = content["ename"]
            elif kind == "status" and content["execution_state"] == "idle":
                return found

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def cells(own_progress: Any) -> Iterator[Cells]:
    opened = Cells()
    yield opened
    opened.close()


def test_a_notebook(cells: Cells) -> None:
    first, second = (cells.run(STUB + "check.greet(greet)") for _ in range(2))
    assert first == second
    assert first["text/plain"] == "00-3 greet: not started yet." and "text/html" in first
    first, second = (cells.run(RIGHT + "check.my_port(my_port)") for _ in range(2))
    assert first == second
    assert first["text/plain"].startswith("00-1 my_port: all ") and "✓ passed" in first["text/html"]

    cells.run(HELPER)
    shown = cells.run(ENDLESS + "check.greet(greet)")
    assert "blocked in recv (line 3 of wait_for_more: sock.recv(10))" in shown["text/plain"]
    assert set(shown["stdout"].splitlines()) == {"running"} and shown["stderr"] == ""

    assert "hint 1 of 3" in cells.run("check.greet.hint()")["stdout"]
    assert "def greet(host, port, name):" in cells.run("check.greet.solution()")["stdout"]
    assert cells.run("check.progress()")["text/plain"].startswith("00: 1 of 3 exercises passed (my_port ✓")


def test_the_stop_button(cells: Cells) -> None:
    cells.run(HELPER)
    names = "import threading; sorted(t.name for t in threading.enumerate())"
    before = cells.run(names)["text/plain"]
    began = time.monotonic()
    stopped = cells.run(ENDLESS + "check.greet(greet)", stop_at="running")
    assert stopped["error"] == "KeyboardInterrupt" and "text/plain" not in stopped
    assert time.monotonic() - began < 20
    assert cells.run(names)["text/plain"] == before
    assert cells.run(RIGHT + "bool(check.my_port(my_port))")["text/plain"] == "True"
