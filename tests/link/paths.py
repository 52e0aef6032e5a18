"""What the tests of kernel paths share."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netlab import link
from netlab.link import KernelPath, Link
from netlab.link.carried import Carried
from netlab.wire import PacketEvent

WAIT = 20.0  # seconds: only against hanging
HERE = Path(__file__).parents[2]

needs_kernel = pytest.mark.skipif(
    not link.kernel.available(), reason=f"kernel paths: {link.kernel.available()}"
)


class Task(threading.Thread):
    """A call in a thread of its own; outcome() is what it returned or raised, under a deadline."""

    def __init__(self, call: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.call, self.result = call, None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.call()
        except Exception as error:
            self.result = error

    def outcome(self) -> Any:
        self.join(WAIT)
        assert not self.is_alive(), "still waiting"
        return self.result


class Pair:
    """A TCP connection over a path."""

    def __init__(self, path: KernelPath, **options: Any) -> None:
        self.listener = path.listen(**options)
        self.client = path.socket(**options)
        for sock in (self.listener, self.client):
            sock.settimeout(WAIT)
        self.client.connect((path.far, self.listener.getsockname()[1]))
        self.server, self.seen_from = self.listener.accept()
        self.server.settimeout(WAIT)

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self.client, self.server, self.listener):
            sock.close()

    def carry(self, data: bytes) -> bytes:
        """Send data from client to server; return what arrived."""
        sending = Task(lambda: self.client.sendall(data))
        got = read_exact(self.server, len(data))
        assert sending.outcome() is None
        return got


def read_exact(sock: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        piece = sock.recv(size - len(got))
        assert piece, "the stream ended"
        got += piece
    return bytes(got)


def until(condition: Callable[[], Any], what: str) -> Any:
    """Look again and again, under a deadline."""
    end = time.monotonic() + WAIT
    while not (result := condition()):
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.005)
    return result


def assert_weather(packets: Carried[PacketEvent], out: Link, back: Link) -> None:
    """Every packet had exactly the fate and time that the links give; nothing was early."""
    assert packets.missed == packets.dropped == 0
    states = {"out": out.start("out"), "back": back.start("back")}
    numbers = {"out": 0, "back": 0}
    for event in packets:
        if event.number == numbers[event.direction]:
            continue  # a copy
        numbers[event.direction] += 1
        assert event.number == numbers[event.direction]
        fate = states[event.direction].admit(event.sent, len(event.data))
        assert (event.fate, event.flip) == (fate.kind, fate.flip)
        assert event.due == (pytest.approx(fate.due[0], abs=1e-6) if fate.due else None)
        assert event.queued == pytest.approx(fate.queued, abs=1e-6)
    assert all(event.late >= 0 for event in packets if event.late is not None)


def child(path: KernelPath) -> int:
    """Process id of the path's child."""
    return path._child._process.pid


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def descriptors() -> set[str]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(name + os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            pass  # the directory's own
    return found


@pytest.fixture(name="ipv6", params=[False, True], ids=["IPv4", "IPv6"])
def both_families(request: pytest.FixtureRequest) -> bool:
    if request.param and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    return bool(request.param)
