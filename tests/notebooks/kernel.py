"""Running notebooks in a fresh kernel, away from the author's own settings and progress."""

from __future__ import annotations

import copy
import os
import queue
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.notebooks.structure import Notebook, code_cells, source

QUIET = ["--IPKernelApp.log_level=40"]  # no word about missing encryption: it stays on this machine
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def clean_environment() -> Iterator[dict[str, str]]:
    """The environment of a kernel that knows nothing of the person who starts it. Nothing else is changed:
    matplotlib's backend is the one that JupyterLab's and nbval's kernels have."""
    with tempfile.TemporaryDirectory(prefix="netlab-kernel-", ignore_cleanup_errors=True) as folder:
        yield os.environ | {
            "NETLAB_PROGRESS": str(Path(folder, "progress")),
            "IPYTHONDIR": str(Path(folder, "ipython")),
        }


def execute(
    notebook: Notebook, folder: Path, *, cell_deadline: float = 60, extra: dict[str, str] | None = None
) -> Notebook:
    """A copy of the notebook with the outputs of a fresh run in `folder`.

    A cell's error ends the run and is stored. Raises TimeoutError if one takes longer than `cell_deadline` s.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    node: Any = nbformat.from_dict(copy.deepcopy(notebook))  # type: ignore[no-untyped-call]
    for _, cell in code_cells(node):
        cell["outputs"], cell["execution_count"] = [], None

    def run(environment: dict[str, str]) -> None:
        NotebookClient(
            node, timeout=int(cell_deadline), kernel_name="python3", record_timing=False,
            extra_arguments=QUIET, resources={"metadata": {"path": str(folder)}},
        ).execute(env=environment | (extra or {}))  # fmt: skip

    with clean_environment() as environment:
        try:
            run(environment)
        except CellExecutionError:
            pass  # the cell holds it as an output
        except CellTimeoutError as error:
            raise TimeoutError(f"A cell took longer than {cell_deadline:.0f} s. {str(error)[:300]}") from None
    return node  # type: ignore[no-any-return]


def complaints(notebook: Notebook) -> list[str]:
    """Errors and stderr in the outputs, each with its cell; errors that a cell is tagged for are none."""
    found = []
    for number, cell in code_cells(notebook):
        for output in cell["outputs"]:
            text = None
            if output["output_type"] == "error" and "raises-exception" not in cell["metadata"].get(
                "tags", []
            ):
                text = ANSI.sub("", "\n".join(output["traceback"]))
            elif output["output_type"] == "stream" and output["name"] == "stderr":
                text = "wrote to stderr: " + "".join(output["text"])
            if text is not None:
                first = source(cell).split("\n")[0]
                found.append(f"cell {number} ({cell['id']}), which begins with {first!r}:\n{text}")
    return found


class Kernel:
    """A kernel in `folder` to which a test talks cell by cell. At the end of `with` its process is gone."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import KernelManager

        self.manager: Any = KernelManager(kernel_name="python3")
        self._folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> Kernel:
        with self._stack:  # which tidies up if the kernel does not start
            environment = self._stack.enter_context(clean_environment())
            self.manager.start_kernel(cwd=str(self._folder), env=environment, extra_arguments=QUIET)
            self._stack.callback(self._end)
            self._connect()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *reason: object) -> None:
        self._stack.close()

    def run(self, code: str, deadline: float = 30) -> str:
        """Run one cell; returns its text outputs. Raises RuntimeError with the traceback if it fails."""
        self.start(code)
        return self.finish(deadline)

    def start(self, code: str) -> None:
        """Begin to run a cell."""
        self._request = self.client.execute(code, stop_on_error=False)

    def finish(self, deadline: float = 30, until: str | None = None) -> str:
        """Wait for the end of the cell, or until its output holds `until`; returns the text so far."""
        text: str = ""
        traceback, end = "", time.monotonic() + deadline
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                break
            if message["parent_header"].get("msg_id") != self._request:
                continue
            content = message["content"]
            text += str(content.get("text", "")) + str(content.get("data", {}).get("text/plain", ""))
            if message["msg_type"] == "error":
                traceback = ANSI.sub("", "\n".join(content["traceback"]))
            if until is not None and until in text:
                return text
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                if traceback:
                    raise RuntimeError(traceback)
                return text
        raise TimeoutError(f"The cell did not end within {deadline:.0f} s; its output so far: {text!r}")

    def interrupt(self) -> None:
        """What the stop button does."""
        self.manager.interrupt_kernel()

    def restart(self) -> None:
        """What Restart Kernel does."""
        self.client.stop_channels()
        self.manager.restart_kernel(now=False)
        self._connect()

    def kill(self) -> None:
        """End the process without a chance to tidy up."""
        self.manager.provisioner.process.kill()
        self.manager.provisioner.process.wait()

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)

    def _connect(self) -> None:
        self.client: Any = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def _end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
