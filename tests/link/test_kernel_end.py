"""The end of a kernel path, however it comes: nothing hangs, nothing is left."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from netlab import link
from netlab.link import child as children
from netlab.link.child import PathEnded
from netlab.link.kernel_path import KernelPath

from .paths import (  # noqa: F401
    HERE,
    WAIT,
    Pair,
    Task,
    both_families,
    child,
    descriptors,
    gone,
    needs_kernel,
    until,
)

pytestmark = needs_kernel


def close(path: KernelPath) -> None:
    path.close()


def kill(path: KernelPath) -> None:
    os.kill(child(path), signal.SIGKILL)


def stop_and_close(path: KernelPath) -> None:
    os.kill(child(path), signal.SIGSTOP)
    path.close()


@pytest.mark.parametrize("end", [close, kill, stop_and_close])
def test_whatever_waits_on_a_socket_returns_when_the_path_ends(
    end: Callable[[KernelPath], None], ipv6: bool
) -> None:
    path = link.kernel(ipv6=ipv6)
    process = child(path)
    pair, datagrams, other = Pair(path), path.datagram_socket(0), path.socket()
    wrapped = socket.socket(
        fileno=os.dup(pair.server.fileno())
    )  # as ssl does: another object, made by accept()
    sockets = [pair.client, pair.server, pair.listener, datagrams, other, wrapped]
    for sock in sockets:
        sock.settimeout(None)
    path.change(loss=1.0)
    full = Task(lambda: pair.client.sendall(bytes(50_000_000)))
    tasks = [
        Task(lambda: pair.client.recv(1)),
        Task(lambda: wrapped.recv(1)),
        Task(pair.listener.accept),
        Task(lambda: datagrams.recv(1)),
        Task(lambda: other.connect((path.far, 9))),
    ]
    until(lambda: len(path.packets) > 5, "packets of all tasks")
    end(path)
    results = [task.outcome() for task in tasks]
    assert isinstance(full.outcome(), OSError)
    assert results[0] == results[1] == results[3] == b""
    assert isinstance(results[2], OSError) and isinstance(results[4], OSError)
    until(lambda: path.closed and gone(process), "the end")
    assert (path.error is None) == (end is not kill)
    with pytest.raises(OSError, match=r"SIGKILL\)\. Open a new path" if end is kill else "closed"):
        path.socket()
    assert len(path.packets) > 5  # the recording survives
    # Later calls fail at once, or say that the stream has ended.
    assert pair.client.recv(1) == b""
    for call in (
        lambda: pair.client.send(b"x"),
        pair.listener.accept,
        lambda: datagrams.sendto(b"x", (path.far, 9)),
        lambda: other.connect((path.far, 9)),
    ):
        with pytest.raises(OSError):
            call()
    path.close()
    for sock in sockets:
        sock.close()


def test_closing_leaves_other_sockets_alone() -> None:
    a, b = socket.socketpair()
    with link.kernel() as other, Pair(other) as pair, a, b:
        link.kernel().close()
        assert pair.carry(b"still here") == b"still here"
        a.send(b"x")
        assert b.recv(1) == b"x"


def test_nothing_is_left_of_a_path_that_ended() -> None:
    link.kernel().close()
    before, threads = descriptors(), set(threading.enumerate())
    children = set()
    for number in range(20):
        path = link.kernel(delay=0.001)
        children.add(child(path))
        with Pair(path) as pair:
            pair.client.send(b"on its way")
            if number % 4 == 0:
                path.close()
                path.close()
            elif number % 4 == 1:
                del path
            elif number % 4 == 2:
                with pytest.raises(ZeroDivisionError), path:
                    raise ZeroDivisionError
            else:
                kill(path)
                until(lambda path=path: path.closed, "the end")
    path.close()
    del path
    assert descriptors() == before
    assert set(threading.enumerate()) == threads
    assert all(gone(process) for process in children)


def test_ten_at_once_do_not_meet() -> None:
    def talk(number: int) -> bytes:
        with link.kernel(delay=0.001) as path, Pair(path) as pair:
            ready.wait(WAIT)
            return pair.carry(b"%d" % number * 20_000)

    ready = threading.Barrier(10)
    tasks = [Task(lambda number=number: talk(number)) for number in range(10)]
    assert [task.outcome() for task in tasks] == [b"%d" % number * 20_000 for number in range(10)]


def test_too_many_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "MOST", 2)
    with link.kernel(), link.kernel():
        with pytest.raises(RuntimeError, match="2 kernel paths are open already. Close some"):
            link.kernel()
    link.kernel().close()


def test_an_answer_that_nobody_waited_for_is_not_taken_for_another() -> None:
    with link.kernel() as path:
        own = path._child
        before = descriptors()
        own._number += 1
        ticket = own._number.to_bytes(8, "big")
        own._send(own._number, "open_socket", ticket, int(socket.AF_INET), int(socket.SOCK_STREAM), [])
        until(lambda: not own._answers.empty(), "the answer")
        with path.datagram_socket(0) as sock:
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_DGRAM
            assert len(descriptors()) == len(before) + 1  # the forgotten one is closed


def test_the_child_ends_by_itself_though_a_fork_of_its_parent_lives_on() -> None:
    with link.kernel() as path:
        process = os.fork()
        if process == 0:
            time.sleep(60)  # and keeps all descriptors open
            os._exit(0)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert path._child._process.returncode == 0


def test_a_stopped_child_makes_nobody_wait() -> None:
    with link.kernel() as path:
        held = path.hold()
        os.kill(child(path), signal.SIGSTOP)
        with pytest.raises(PathEnded, match="does not answer"):
            for _ in range(10_000):  # more than a pipe holds
                path._child._send(0, "decide", 1, "deliver")
        assert held.active


def test_a_fork_of_this_process_can_not_end_the_path() -> None:
    with link.kernel() as path, Pair(path) as pair:
        read, write = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                path.socket()
            except OSError as error:
                os.write(write, str(error).encode())
            path.close()
            os._exit(0)
        assert os.waitpid(process, 0)[1] == 0
        os.close(write)
        assert b"fork" in os.read(read, 200)
        os.close(read)
        assert pair.carry(b"still here") == b"still here"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os; os.kill(os.getpid(), 9)", r"ended by itself \(SIGKILL\)"),
        ("1 / 0", r"ended by itself \(exit code 1\)"),
        ("import time; time.sleep(60)", "does not answer"),
        ("import os, time; os.close(0); time.sleep(60)", "does not answer"),
    ],
)
def test_a_child_that_never_gets_ready(code: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "CODE", code)
    monkeypatch.setattr(children, "START", 0.5)
    before, threads = descriptors(), set(threading.enumerate())
    with pytest.raises(PathEnded, match=message):
        link.kernel()
    assert descriptors() == before
    assert set(threading.enumerate()) == threads
    assert not children.children


def test_a_child_that_ends_at_once_is_not_counted_as_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    class Quick(threading.Thread):
        """Its work is done when start() returns, as may happen to any thread."""

        def start(self) -> None:
            super().start()
            self.join(10)

    monkeypatch.setattr(children, "CODE", "1 / 0")
    monkeypatch.setattr(children.threading, "Thread", Quick)
    with pytest.raises(PathEnded, match="ended by itself"):
        link.kernel()
    assert not children.children


NOTEBOOK = """
import os, sys
from netlab import link
print(os.getpid(), flush=True)
path = link.kernel(delay=0.01)
print(path._child._process.pid, flush=True)
{then}
"""


@contextlib.contextmanager
def notebook(then: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that opens a path. It prints the child's process id when it has."""
    process = subprocess.Popen(
        [sys.executable, "-c", NOTEBOOK.format(then=then)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])},
        start_new_session=True,
    )
    try:
        line(process)
        yield process
    finally:
        process.kill()
        process.wait(WAIT)
        assert process.stdout is not None
        process.stdout.close()


def line(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    text = Task(process.stdout.readline).outcome()
    assert text, "it ended"
    return int(text)


def test_the_child_ends_when_its_parent_is_killed_at_any_stage() -> None:
    stages = random.Random(4)
    for stage in range(12):
        with notebook("path.listen().accept()") as process:
            if stage < 9:
                time.sleep(stages.random() * 0.15)  # no synchronization: any moment will do
            else:
                line(process)
            with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
                children = [int(number) for number in file.read().split()]
        for number in children:
            until(lambda number=number: gone(number), "the child's end")
    assert children


def test_the_child_ends_with_its_parent_though_a_fork_of_that_lives_on() -> None:
    fork_and_wait = "import time; fork = os.fork(); fork and print(fork, flush=True); time.sleep(60)"
    with notebook(fork_and_wait) as process:
        number, fork = line(process), line(process)
    until(lambda: gone(number), "the child's end")
    assert not gone(fork)
    os.kill(fork, signal.SIGKILL)


@pytest.mark.parametrize("then", ["", "sys.exit()", "1 / 0", "path = None", "os._exit(0)"])
def test_no_child_is_left_when_a_program_ends(then: str) -> None:
    with notebook(f"sys.stderr.close(); {then}") as process:
        number = line(process)
        process.wait(WAIT)
        until(lambda: gone(number), "the child's end")


def test_interrupting_the_notebook_does_not_end_the_path() -> None:
    wait_for_interrupt = """
import signal, threading
interrupted = threading.Event()
signal.signal(signal.SIGINT, lambda *_: interrupted.set())
print(1, flush=True)
interrupted.wait()
with path.socket():
    print(2, flush=True)
"""
    with notebook(wait_for_interrupt) as process:
        number = line(process)
        assert line(process) == 1
        os.killpg(process.pid, signal.SIGINT)  # as Jupyter does: the whole group
        assert line(process) == 2
        process.wait(WAIT)
        until(lambda: gone(number), "the child's end")
