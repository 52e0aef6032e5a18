"""`mine` in real kernels and in new processes: what was written in one is there in the next."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from netlab import check
from netlab.check import engine
from tests.lessons.registry import SOLUTIONS

from .cells import Cells

CHECKED_AGAIN = """
import sys
from netlab import check, mine
for name in sys.argv[1:]:
    function = getattr(mine, name)
    print(name, function.__module__, getattr(check, name)(function).passed)
"""


def several_cells(text: str) -> list[str]:
    """A cell for each statement, with the comments above it."""
    lines, ends = text.splitlines(keepends=True), [0]
    ends += [node.end_lineno or 0 for node in ast.parse(text).body]
    return ["".join(lines[a:b]) for a, b in zip(ends, ends[1:])]


PATIENCE = {"DEADLINE": 10.0, "TOTAL": 14.0, "REST": 5.0}  # seconds


@pytest.mark.slow
@pytest.mark.parametrize("notebook", check.EXERCISES)
def test_the_published_solutions_pass_are_kept_and_pass_again(
    notebook: str, own_progress: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is kept is the question here, and not how long it takes on a busy machine.
    for name, seconds in PATIENCE.items():
        monkeypatch.setattr(engine, name, seconds)
    names = check.EXERCISES[notebook]
    for name in names:
        (file,) = SOLUTIONS.glob(f"*_{name}.py")
        cells = Cells()
        cells.run(*several_cells(file.read_text("utf-8")))
        report = getattr(check, name)(cells[name])
        assert report.passed and not report.notes, str(report)
    kept = {file.name: file.read_bytes() for file in (own_progress / "mine").iterdir()}
    assert set(kept) == {f"{name}.py" for name in names}
    patient = f"from netlab.check import engine\nvars(engine).update({PATIENCE})\n"
    command = [sys.executable, "-c", patient + CHECKED_AGAIN, *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stderr == "" and done.stdout.splitlines() == [f"{name} mine.{name} True" for name in names]
    assert {file.name: file.read_bytes() for file in (own_progress / "mine").iterdir()} == kept


def test_a_learner_goes_on_in_another_kernel(tmp_path: Path) -> None:
    pytest.importorskip("jupyter_client")
    from tests.notebooks.kernel import Kernel

    with Kernel(tmp_path) as kernel:
        first = kernel.run("from netlab import check, mine\nmine.my_port.__module__")
        assert first == (
            "mine.my_port is the course's solution: 00-1 has not passed yet.\n'solutions.my_port'"
        )
        again = "mine.my_port.__module__, mine.my_port.__name__"
        assert kernel.run(again) == "('solutions.my_port', 'my_port')"  # said once ...
        assert (
            kernel.run("from netlab import check, mine\nmine.my_port.__module__") == first
        )  # ... in that cell
        kernel.run("%config InlineBackend.close_figures = True\nimport struct\nPORT = 1  # (host, port)")
        kernel.run("def loud(function):\n    print('made')\n    return function")
        passed = "@loud\ndef my_port(sock):\n    return sock.getsockname()[PORT]\ncheck.my_port(my_port)"
        assert "all 5 cases passed" in kernel.run(passed)
        assert kernel.run("mine.my_port.__module__") == "made\n'mine.my_port'"
        assert "mine.my_port." in kernel.run("check.progress()")

        kernel.restart()
        kernel.run("from netlab import check, mine")
        reply: Any = kernel.client.complete("mine.my", 7, reply=True, timeout=30)
        assert [match.removeprefix("mine.") for match in reply["content"]["matches"]] == ["my_port"]
        kernel.client.complete("mine.", 5, reply=True, timeout=30)
        kernel.client.inspect("mine.greet", 7, reply=True, timeout=30)
        assert "00  yours: my_port" in kernel.run("mine")
        assert kernel.run("mine.greet and None").startswith("mine.greet is the course's solution: ")
        assert kernel.run("check.my_port(mine.my_port).passed") == "made\nTrue"
        with pytest.raises(RuntimeError, match=r"mine/my_port\.py:\d+, in my_port") as caught:
            kernel.run("mine.my_port(None)")
        assert "return sock.getsockname()[PORT]" in str(caught.value)
