"""Whatever a function changes for the whole process is put back, and said; results are judged apart."""

from __future__ import annotations

import asyncio
import gc
import locale
import logging
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netlab.check.lab import Lab
from netlab.check.surroundings import THINGS, Patches, Surroundings

from .samples import make, plain

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def _env() -> None:
    os.environ["NETLAB_TEST_X"] = "1"
    os.environ.pop("PATH")


def _logging() -> None:
    logging.getLogger().addHandler(logging.NullHandler())
    logging.disable(logging.ERROR)


def _alarm() -> None:
    signal.setitimer(signal.ITIMER_REAL, 30)


CHANGES: list[tuple[str, Callable[[], Any]]] = [
    ("the working directory", lambda: os.chdir("/")),
    ("the environment", _env),
    ("the umask", lambda: os.umask(0o111)),
    ("sys.path", lambda: sys.path.insert(0, "/nowhere")),
    ("the recursion limit", lambda: sys.setrecursionlimit(4321)),
    ("the switch interval of threads", lambda: sys.setswitchinterval(0.007)),
    ("the stack size of threads", lambda: threading.stack_size(1 << 20)),
    ("the trace function of threads", lambda: threading.settrace(lambda *_: None)),
    ("the profile function of threads", lambda: threading.setprofile(lambda *_: None)),
    ("the warning filters", lambda: warnings.simplefilter("ignore")),
    ("the locale", lambda: locale.setlocale(locale.LC_ALL, "C")),
    ("the root logger", _logging),
    ("the garbage collector", gc.disable),
    ("the event loop policy", lambda: setattr(asyncio.events, "_event_loop_policy", object())),
    ("sys.stdout", lambda: setattr(sys, "stdout", None)),
    ("sys.excepthook", lambda: setattr(sys, "excepthook", None)),
    ("threading.excepthook", lambda: setattr(threading, "excepthook", None)),
    ("socket.create_connection", lambda: setattr(socket, "create_connection", None)),
    ("socket.recv", lambda: setattr(socket.socket, "recv", None)),
    ("time.sleep", lambda: setattr(time, "sleep", None)),
    ("builtins.neu", lambda: setattr(sys.modules["builtins"], "neu", 1)),
    ("the default timeout of sockets", lambda: socket.setdefaulttimeout(3)),
    ("the standard streams", lambda: sys.stdout.close()),
    ("the standard streams", lambda: os.close(1)),
]
if hasattr(signal, "setitimer"):
    CHANGES.append(("the alarm", _alarm))


@pytest.mark.parametrize(("name", "change"), CHANGES)
def test_what_is_changed_is_put_back_and_said(name: str, change: Callable[[], Any]) -> None:
    def mine() -> str:
        change()
        return "fine"

    if name == "the locale":
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
    things, patches, timeout = Surroundings(THINGS), Patches(), socket.getdefaulttimeout()
    methods, descriptor = dict(vars(socket.socket)), os.fstat(1)
    report = make(plain)(mine)
    assert report.passed and report.changed == [name]
    said = f"Your function changed {name} for the whole process: it was put back."
    assert said in str(report) and said in report._repr_html_()
    assert things.restore() == patches.restore() == []
    assert (socket.getdefaulttimeout(), dict(vars(socket.socket))) == (timeout, methods)
    assert os.fstat(1) == descriptor and not sys.stdout.closed


def test_nothing_is_said_of_what_is_left_alone() -> None:
    def mine() -> str:
        random.random()
        here = os.getcwd()
        os.chdir("/")
        os.chdir(here)
        return "fine"

    assert make(plain)(mine).changed == []


def test_what_asyncio_makes_for_itself_is_no_change() -> None:
    """Its policy, its loop and what that needs."""

    async def answer() -> str:
        await asyncio.sleep(0)
        return "fine"

    vars(asyncio.events)["_event_loop_policy"] = None
    report = make(plain)(lambda: asyncio.run(answer()))
    assert report.passed and report.changed == []


def test_it_is_put_back_after_an_error_and_after_a_hang() -> None:
    here = os.getcwd()

    def fails() -> None:
        os.chdir("/")
        raise ValueError

    def hangs() -> None:
        os.chdir("/")
        socket.socketpair()[0].recv(1)

    for mine in (fails, hangs):
        report = make(plain)(mine)
        assert os.getcwd() == here and report.changed == ["the working directory"] and not report.passed


def test_a_folder_of_the_case_is_left_before_it_is_removed(tmp_path: Path) -> None:
    def body(lab: Lab) -> None:
        (tmp_path / "root").mkdir(exist_ok=True)
        lab._stack.callback(shutil.rmtree, tmp_path / "root")
        lab.equal(lab.call(), "fine")

    def mine() -> str:
        os.chdir(tmp_path / "root")
        return "fine"

    here = os.getcwd()
    assert make(body)(mine)
    assert os.getcwd() == here and not (tmp_path / "root").exists()


def test_a_case_may_replace_names_itself() -> None:
    def body(lab: Lab) -> None:
        patch = pytest.MonkeyPatch()
        lab._stack.callback(patch.undo)
        patch.setattr(socket, "getaddrinfo", lambda *_: [])
        lab.equal(lab.call(), [])

    assert make(body)(lambda: socket.getaddrinfo("nowhere", 1)).changed == []


def test_the_global_random_numbers_go_on_where_they_were() -> None:
    random.seed(7)
    state = random.getstate()
    assert make(plain)(lambda: random.seed(1) or "fine").changed == []
    assert random.getstate() == state


def test_standard_streams_that_were_closed_in_a_process_of_its_own() -> None:
    code = """
        import os, sys
        from contextlib import suppress
        from netlab import check

        def my_port(sock):
            sys.stdout.close(), sys.stderr.close(), sys.stdin.close()
            with suppress(OSError):  # a case may call it twice
                os.close(0), os.close(1), os.close(2)
            return sock.getsockname()[1]

        print(check.my_port(my_port).passed)
        print("said", file=sys.stderr)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=30, check=True
    )
    assert (done.stdout, done.stderr) == ("True\n", "said\n")


def test_a_process_left_running_is_ended_and_said() -> None:
    kept: list[subprocess.Popen[bytes]] = []

    def mine() -> str:
        kept.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        return "fine"

    init = subprocess.Popen.__init__
    report = make(plain)(mine)
    assert (
        report.title == "99-1 sample: 1 of 1 right; 1 child process left running." and report.hint == "child"
    )
    assert kept[0].returncode is not None and subprocess.Popen.__init__ is init
    assert kept[0].stdin is not None
    kept[0].stdin.close()

    def waits() -> str:
        subprocess.run([sys.executable, "-c", ""], check=True)
        return "fine"

    assert make(plain)(waits)


def _standing() -> None:
    vars(time).update(monotonic=lambda: 0.0, sleep=lambda seconds: None, time=None)


def _no_sockets() -> None:
    vars(socket).update(socket=int, SHUT_RDWR=None)
    vars(threading).update(Thread=None)


@pytest.mark.parametrize("change", [_standing, _no_sockets])
@pytest.mark.parametrize("end", ["fine", "leaks", "hangs", "fails"])
def test_the_examiner_goes_on_whatever_becomes_of_modules(change: Callable[[], None], end: str) -> None:
    def mine() -> Any:
        one, other = socket.socketpair()
        change()
        if end == "hangs":
            one.recv(1)
        if end != "leaks":
            one.close()
            other.close()
        return int("no") if end == "fails" else "fine"

    patches, began = Patches(), time.monotonic()
    report = make(plain)(mine)
    assert patches.restore() == [] and time.monotonic() - began < 8
    said = {
        "fine": "passed",
        "leaks": "2 sockets open",
        "hangs": "blocked in recv",
        "fails": "your function raised ValueError",
    }
    assert said[end] in str(report) and report.changed
