"""The end of a relay, however it comes: nothing hangs, nothing is left."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netlab import link
from netlab.link import Link
from netlab.link import child as children
from netlab.link._weather import Both
from netlab.link.child import PathEnded
from netlab.link.relaying import Relay

from .paths import HERE, WAIT, Task, descriptors, gone, until
from .relays import Through, carry, child, datagram_socket, listening

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc")


def close(relay: Relay) -> None:
    relay.close()


def kill(relay: Relay) -> None:
    os.kill(child(relay), signal.SIGKILL)


def stop_and_close(relay: Relay) -> None:
    os.kill(child(relay), signal.SIGSTOP)
    relay.close()


@pytest.mark.parametrize("end", [close, kill, stop_and_close])
def test_whoever_waits_sees_the_end_of_the_connection(end: Callable[[Relay], None]) -> None:
    with listening() as listener:
        relay = link.relay(listener.getsockname(), delay=0.001)
        process = child(relay)
        with Through(relay, listener) as ends:
            ends.client.sendall(b"x")
            assert ends.server.recv(1) == b"x"
            # The child writes down that it delivered just after it has.
            until(lambda: relay.pieces[0].delivered is not None, "the record")
            waiting = [Task(lambda sock=sock: sock.recv(1)) for sock in (ends.client, ends.server)]
            end(relay)
            for task in waiting:
                result = task.outcome()
                assert result == b"" or isinstance(result, ConnectionError)
        until(lambda: relay.closed and gone(process), "the end")
        assert (relay.error is None) == (end is not kill)
        why = r"ended by itself \(SIGKILL\)\. Open a new relay" if end is kill else "closed"
        with pytest.raises(PathEnded, match=why):
            relay.change(delay=0.1)
        assert relay.link.delay == 0.001
        assert [piece.data for piece in relay.pieces] == [b"x"]  # the recording survives
        assert relay.lateness == relay.pieces.lateness and relay.lateness.worst >= 0
        with pytest.raises(OSError):
            socket.create_connection(relay.address, WAIT)
        relay.close()
        assert not children.children


@pytest.mark.parametrize("end", [close, kill])
def test_a_hold_ends_with_the_child(end: Callable[[Relay], None]) -> None:
    with link.relay(("127.0.0.1", 9), kind="udp") as relay, datagram_socket() as client:
        held = relay.hold()
        client.sendto(b"x", relay.address)
        packet = held.next(WAIT)
        waiting = Task(lambda: list(held))
        end(relay)
        assert waiting.outcome() == []
        until(lambda: relay.closed, "the end")
        with pytest.raises(ValueError, match="released"):
            packet.drop()
        with pytest.raises(PathEnded):
            relay.hold()


def test_nothing_is_left_of_a_relay_that_ended() -> None:
    link.relay(("127.0.0.1", 9)).close()
    before, threads = descriptors(), set(threading.enumerate())
    children = set()
    with listening() as listener:
        for number in range(16):
            relay = link.relay(listener.getsockname(), delay=0.001)
            children.add(child(relay))
            with Through(relay, listener) as ends:
                ends.client.send(b"on its way")
                if number % 4 == 0:
                    relay.close()
                    relay.close()
                elif number % 4 == 1:
                    del relay
                elif number % 4 == 2:
                    with pytest.raises(ZeroDivisionError), relay:
                        raise ZeroDivisionError
                else:
                    kill(relay)
                    until(lambda relay=relay: relay.closed, "the end")
        relay.close()
        del relay
    assert descriptors() == before
    assert set(threading.enumerate()) == threads
    assert all(gone(process) for process in children)


def test_connections_that_ended_leave_nothing_in_the_child() -> None:
    with listening() as listener, link.relay(listener.getsockname()) as relay:

        def count() -> int:
            return len(os.listdir(f"/proc/{child(relay)}/fd"))

        before = count()
        for number in range(30):
            with Through(relay, listener) as ends:
                if number % 3 == 0:
                    assert carry(ends.client, ends.server, b"x") == b"x"
                    assert carry(ends.server, ends.client, b"y") == b"y"
                elif number % 3 == 1:
                    ends.client.send(b"unread")
        until(lambda: count() == before, "the child to close its sockets")


def test_ten_at_once_do_not_meet() -> None:
    def talk(number: int) -> bytes:
        with listening() as listener, link.relay(listener.getsockname(), delay=0.001) as relay:
            with Through(relay, listener) as ends:
                ready.wait(WAIT)
                return carry(ends.client, ends.server, b"%d" % number * 20_000)

    ready = threading.Barrier(10)
    tasks = [Task(lambda number=number: talk(number)) for number in range(10)]
    assert [task.outcome() for task in tasks] == [b"%d" % number * 20_000 for number in range(10)]


def test_too_many_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "MOST", 1)
    with link.relay(("127.0.0.1", 9)):
        with pytest.raises(RuntimeError, match="1 relays are open already. Close some"):
            link.relay(("127.0.0.1", 9), kind="udp")
    link.relay(("127.0.0.1", 9)).close()


def test_a_child_that_can_not_start_says_why() -> None:
    class Pigeon(children.Child):
        kind = "pigeon"

    with pytest.raises(PathEnded, match=r"ended by itself \(KeyError"):
        Pigeon(1000, (), (Both(Link(), Link()),))
    assert not children.children


def test_a_fork_of_this_process_can_not_end_the_relay() -> None:
    with (
        listening() as listener,
        link.relay(listener.getsockname()) as relay,
        Through(relay, listener) as ends,
    ):
        read, write = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                relay.change(delay=1.0)
            except OSError as error:
                os.write(write, str(error).encode())
            relay.close()
            os._exit(0)
        assert os.waitpid(process, 0)[1] == 0
        os.close(write)
        assert b"fork" in os.read(read, 200)
        os.close(read)
        assert carry(ends.client, ends.server, b"still here") == b"still here"


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_the_child_ends_by_itself_though_a_fork_of_its_parent_lives_on(kind: str) -> None:
    with link.relay(("127.0.0.1", 9), kind=kind) as relay:
        process = os.fork()
        if process == 0:
            time.sleep(60)  # and keeps all descriptors open
            os._exit(0)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert relay._child._process.returncode == 0


@pytest.mark.parametrize("part", ["_namespace", "_relay_tcp", "_relay_udp"])
def test_the_child_imports_little_so_that_it_starts_quickly(part: str) -> None:
    code = f"""
import sys
sys.path.append({str(HERE)!r})
import netlab.link._child_main, netlab.link.{part}
print(*(name for name in sys.modules if name.startswith("netlab.") and not name.startswith("netlab.link")))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=WAIT, check=True
    )
    assert done.stdout == "netlab.lazy\n"


NOTEBOOK = """
import os, sys
from netlab import link
link.relay
print(os.getpid(), flush=True)
relay = link.relay(("127.0.0.1", 9), kind=sys.argv[1], delay=0.01)
print(relay._child._process.pid, flush=True)
{then}
"""


def notebook(then: str, kind: str = "tcp") -> subprocess.Popen[str]:
    """Another process that opens a relay."""
    return subprocess.Popen(
        [sys.executable, "-c", NOTEBOOK.format(then=then), kind],
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])},
        start_new_session=True,
    )


def children_of(process: int) -> list[int]:
    with open(f"/proc/{process}/task/{process}/children") as file:
        return [int(number) for number in file.read().split()]


def line(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(WAIT)
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_the_child_ends_when_its_parent_is_killed_at_any_stage(kind: str) -> None:
    stages = random.Random(4)
    seen = 0
    for _ in range(6):
        process = notebook("import time; time.sleep(60)", kind)
        line(process)
        time.sleep(stages.random() * 0.15)  # no synchronization: any moment will do
        children = children_of(process.pid)
        seen += len(children)
        end(process)
        for number in children:
            until(lambda number=number: gone(number), "the child's end")
    assert seen


def test_the_child_ends_with_its_parent_though_a_fork_of_that_lives_on() -> None:
    process = notebook("import time; fork = os.fork(); fork and print(fork, flush=True); time.sleep(60)")
    line(process)
    number, fork = line(process), line(process)
    end(process)
    until(lambda: gone(number), "the child's end")
    assert not gone(fork)
    os.kill(fork, signal.SIGKILL)


@pytest.mark.parametrize("then", ["", "sys.exit()", "1 / 0", "relay = None", "os._exit(0)"])
def test_no_child_is_left_when_a_program_ends(then: str) -> None:
    process = notebook(f"sys.stderr.close(); {then}")
    line(process)
    number = line(process)
    process.wait(WAIT)
    until(lambda: gone(number), "the child's end")
    end(process)


def test_interrupting_the_notebook_does_not_end_the_relay() -> None:
    process = notebook("""
import signal, time
came = []
signal.signal(signal.SIGINT, lambda *_: came.append(True))
print(1, flush=True)
while not came:
    time.sleep(0.01)
relay.change(delay=0.02)
print(2, flush=True)
""")
    line(process)
    number = line(process)
    assert line(process) == 1
    os.killpg(process.pid, signal.SIGINT)  # as Jupyter does: the whole group
    assert line(process) == 2
    process.wait(WAIT)
    until(lambda: gone(number), "the child's end")
    end(process)


def test_where_no_descriptor_can_be_handed_over_a_file_is_shared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on Windows."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for flag in ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW"):
        monkeypatch.setattr(subprocess, flag, 0, raising=False)
    before = descriptors()
    with listening() as listener:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "win32")
            relay = link.relay(listener.getsockname())
        with relay, Through(relay, listener) as ends:
            assert len(list(tmp_path.iterdir())) == 1
            assert carry(ends.client, ends.server, b"hello") == b"hello"
            assert relay.pieces[0].data == b"hello"
        assert relay.pieces[0].data == b"hello"
    assert not list(tmp_path.iterdir())
    assert descriptors() == before
