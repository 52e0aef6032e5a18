"""What passes is kept and comes back by name; what is missing, or broken, is the course's, and says so."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from netlab import check
from netlab.check import mine as module
from netlab.check.mine import Mine, contract, keep
from netlab.check.report import Report

from .cells import Cells
from .samples import make, plain

READ = "def read_exact(sock, n):\n    return all_of(sock, n)\n"
HELPER = """
class Short(EOFError):
    'an end before its time'

def all_of(sock, n):
    data = b""
    while len(data) < n:
        if not (more := sock.recv(n - len(data))):
            raise Short(f"{n - len(data)} missing")
        data += more
    return data
"""
PORT = "def my_port(sock):\n    return sock.getsockname()[1]\n"


@pytest.fixture
def mine() -> Iterator[Mine]:
    """As it is in a new session."""
    before = set(sys.modules)
    yield Mine()
    for name in set(sys.modules) - before:
        if name.startswith(("mine.", "solutions.")):
            del sys.modules[name]


class Closed:
    """A socket whose stream has ended."""

    def recv(self, size: int) -> bytes:
        return b""


def solve(name: str, *cells: str, given: str = "") -> Report:
    notebook = Cells()
    notebook.run(*cells)
    report: Report = getattr(check, name)(notebook[given or name])
    return report


def place(own_progress: Path, name: str) -> Path:
    return own_progress / "mine" / f"{name}.py"


def test_what_passes_comes_back(mine: Mine, own_progress: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = solve("read_exact", HELPER, READ)
    assert report.passed and not report.notes
    function = mine.read_exact
    assert function.__module__ == "mine.read_exact" and mine.read_exact is function
    assert inspect.getsource(function) == READ
    assert inspect.getsource(function.__globals__["Short"]).startswith("class Short")
    with pytest.raises(EOFError) as caught:
        function(Closed(), 3)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename == str(place(own_progress, "read_exact"))
    assert last.line == 'raise Short(f"{n - len(data)} missing")'
    assert capsys.readouterr() == ("", "")
    assert {file.name for file in own_progress.rglob("*")} == {"03-1.json", "mine", "read_exact.py"}


def test_it_is_shown(mine: Mine) -> None:
    assert "mine" not in str(check.progress()) and "mine" not in check.progress()._repr_html_()
    solve("my_port", PORT)
    solve("read_exact", HELPER + READ)
    kept = "Kept, for `from netlab import mine`: mine.my_port, mine.read_exact."
    assert str(check.progress()).splitlines()[-1] == kept
    assert kept in check.progress()._repr_html_()
    assert str(check.progress("03")).splitlines()[1:] == [kept.replace("mine.my_port, ", "")]
    assert "00  yours: my_port · the course's: outcome, greet\n" in repr(mine)
    assert "03  yours: read_exact · the course's: exchange," in repr(mine)
    assert "<td style='text-align:left'>my_port</td>" in mine._repr_html_()
    assert len(repr(mine).splitlines()) == 1 + len(check.EXERCISES)
    assert dir(mine) == sorted(name for names in check.EXERCISES.values() for name in names)


def test_the_last_that_passed_is_kept(mine: Mine) -> None:
    solve("my_port", PORT)
    assert mine.my_port.__code__.co_varnames == ("sock",)
    assert not solve("my_port", "def my_port(sock):\n    return 1").passed
    assert inspect.getsource(mine.my_port) == PORT
    renamed = "def port_of(sock):\n    name = sock.getsockname()\n    return name[1]\n"
    assert solve("my_port", renamed, given="port_of").passed
    assert inspect.getsource(mine.my_port) == renamed and mine.my_port.__name__ == "port_of"


def test_nothing_runs_before_it_is_asked_for(mine: Mine, capsys: pytest.CaptureFixture[str]) -> None:
    loud = "def loud(f):\n    print('made')\n    return f\n"
    assert solve("my_port", loud, "@loud\n" + PORT).passed
    assert capsys.readouterr().out == "made\n"
    assert dir(mine) and repr(mine) and mine._repr_html_() and str(check.progress())
    assert not hasattr(mine, "_ipython_display_") and not hasattr(mine, "__wrapped__")
    assert capsys.readouterr().out == ""
    assert mine.my_port and mine.my_port and capsys.readouterr().out == "made\n"


def test_the_course_stands_in_and_says_so_once(mine: Mine, capsys: pytest.CaptureFixture[str]) -> None:
    function = mine.read_exact
    assert function is mine.read_exact and function.__code__.co_filename.endswith("03_1_read_exact.py")
    said = "mine.read_exact is the course's solution: 03-1 has not passed yet.\n"
    assert capsys.readouterr() == ("", said)  # a program's output stays its own
    assert mine.my_port and capsys.readouterr().err.startswith("mine.my_port is the course's")
    report = check.read_exact(function)
    assert report.passed and not report.notes
    assert mine.read_exact is function  # what the course has written does not become yours
    assert "03-1 has passed, but is not kept: check it once more" in capsys.readouterr().err
    solve("read_exact", HELPER, READ)
    assert mine.read_exact is not function and capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def my_port(sock) return 1\n", "SyntaxError: "),
        ("x = 1\n", "AttributeError: module 'mine.my_port' has no attribute 'my_port'"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("", "AttributeError: "),
        ("\ud800", "UnicodeDecodeError: "),
    ],
)
def test_what_does_not_run_any_more(
    text: str, why: str, mine: Mine, own_progress: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place(own_progress, "my_port")
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    for _ in range(2):
        assert mine.my_port.__module__ == "solutions.my_port"
    said = capsys.readouterr().err
    assert said.startswith("mine.my_port is the course's solution: yours does not run, " + why)
    assert said.endswith(f"({file}).\n") and said.count("\n") == 1
    assert solve("my_port", PORT).passed
    assert mine.my_port.__module__ == "mine.my_port"


def test_a_contract_that_has_changed_since(
    mine: Mine, own_progress: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solve("my_port", PORT)
    file = place(own_progress, "my_port")
    note = json.loads(file.read_text("utf-8").splitlines()[1].removeprefix("# "))
    assert note == {"exercise": "00-1", "function": "my_port", "contract": contract("my_port")}
    before = file.read_text("utf-8")
    file.write_text(before.replace(note["contract"], "of another day"), encoding="utf-8")
    assert mine.my_port.__module__ == mine.my_port.__module__ == "mine.my_port"
    said = "mine.my_port is yours, but 00-1 has changed since: check.my_port(mine.my_port) tells whether"
    assert capsys.readouterr().err.startswith(said)
    assert check.my_port(mine.my_port).passed
    assert file.read_text("utf-8") == before
    assert mine.my_port and capsys.readouterr().err == ""


def test_contracts_differ() -> None:
    names = [name for names in check.EXERCISES.values() for name in names]
    assert len({contract(name) for name in names}) == len(names)


def test_what_can_not_be_kept_is_one_line_and_the_pass_stands(mine: Mine, own_progress: Path) -> None:
    solve("my_port", PORT)
    before = place(own_progress, "my_port").read_bytes()
    uses = "import io\nlog = open(__import__('os').devnull)\nlog.close()\n" + PORT.replace(
        "return", "log; return"
    )
    itself = "from netlab import mine\ndef my_port(sock): return mine.my_port(sock)"
    made = "def make():\n    n = 1\n    return lambda sock: sock.getsockname()[n]\nf = make()"
    for text, given, why in [
        (
            uses,
            "my_port",
            "it uses log (TextIOWrapper), which no text makes again: make it inside your function",
        ),
        (itself, "my_port", "it uses mine.my_port, which would be itself"),
        (made, "f", "its text was not found: write your function with def, at the left margin of a cell"),
    ]:
        report = solve("my_port", text, given=given)
        assert report.passed and report.notes == [f"Passed, but not kept in mine: {why}."]
        assert place(own_progress, "my_port").read_bytes() == before


def test_a_hostile_namespace(mine: Mine) -> None:
    evil = "class Evil:\n    def __getattribute__(self, name): raise SystemError(name)\n"
    report = solve("my_port", evil, "evil = Evil()", PORT.replace("return", "evil; return"))
    assert report.passed and report.notes[0].startswith("Passed, but not kept in mine (SystemError: ")


def test_another_exercise_of_the_same_name_is_not_kept(own_progress: Path) -> None:
    sample = make(plain)
    assert sample(lambda: "fine").passed and keep(sample, plain) == ""
    assert not (own_progress / "mine").exists()


def test_a_folder_that_can_not_be_written(
    mine: Mine, own_progress: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_progress.mkdir()
    (own_progress / "mine").write_text("a file")
    report = solve("my_port", PORT)
    assert report.passed
    assert [each[:31] for each in report.notes] == ["Passed, but not kept in mine (F"]
    assert report.notes[0].endswith("): set NETLAB_PROGRESS to a folder that you can write.")
    assert mine.my_port.__module__ == "solutions.my_port"
    monkeypatch.setenv("NETLAB_PROGRESS", str(own_progress / "mine" / "below"))
    assert len(solve("my_port", PORT).notes) == 1
    assert "00  the course's: my_port" in repr(mine)


def test_without_a_home(mine: Mine, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(self: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", nobody)
    assert len(solve("my_port", PORT).notes) == 1
    assert mine.my_port.__module__ == "solutions.my_port" and "yours" not in repr(mine)


def test_names_that_are_no_exercise(mine: Mine) -> None:
    with pytest.raises(AttributeError, match=r"^no exercise is called 'read_exakt': did you mean read_exact"):
        mine.read_exakt  # noqa: B018
    with pytest.raises(
        AttributeError, match=r"^no exercise is called 'xyz': there are my_port, outcome, .*\.$"
    ):
        mine.xyz  # noqa: B018
    assert getattr(mine, "xyz", 3) == 3


def test_neither_yours_nor_the_courses(mine: Mine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "solution_file", lambda name, number: None)
    missing = r"^03-1 read_exact is not kept, and the course's solution is not here$"
    with pytest.raises(FileNotFoundError, match=missing):
        mine.read_exact  # noqa: B018


def test_one_may_use_another(mine: Mine, capsys: pytest.CaptureFixture[str]) -> None:
    solve("read_exact", HELPER, READ)
    uses = PORT.replace("    return", "    exact\n    return")
    assert solve("my_port", "from netlab import mine", "exact = mine.read_exact", uses).passed
    assert mine.my_port.__globals__["exact"].__module__ == "mine.read_exact"
    assert capsys.readouterr().err == ""


def test_a_kept_one_checked_again_stays_as_it_is(mine: Mine, own_progress: Path) -> None:
    solve(
        "read_exact",
        "import socket\nfrom os import *\nN = 1\n" + HELPER,
        "def log(f): return f",
        "@log\n" + READ,
    )
    file = place(own_progress, "read_exact")
    before, when = file.read_bytes(), file.stat().st_mtime_ns
    assert check.read_exact(mine.read_exact).passed
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, when)


WRITER = """
import sys
from pathlib import Path
from netlab.check.progress import write
for turn in range(150):
    write(Path(sys.argv[1]), sys.argv[2] * 20_000)
"""


def test_two_kernels_that_write_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine" / "x.py"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(file), letter]) for letter in "ab"]
    found = set()
    while any(writer.poll() is None for writer in writers):
        if file.exists():
            found.add(file.read_text())
    assert [writer.returncode for writer in writers] == [0, 0]
    assert found <= {"a" * 20_000, "b" * 20_000} and found
    assert os.listdir(file.parent) == ["x.py"]
