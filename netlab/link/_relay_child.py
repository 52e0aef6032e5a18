"""The child process of a relay. It imports little, to start quickly, and ends when its parent ends.

Commands come on standard input, answers go to standard output, both with marshal: that works on any system.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import socket
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from select import select
from typing import Any

if sys.platform == "win32":  # there monotonic() ticks every 16 ms before Python 3.13, and sleeps do always
    import ctypes

    time.monotonic = time.perf_counter
    ctypes.windll.winmm.timeBeginPeriod(1)

from ._log import Log
from ._relay_shape import Shape
from ._relay_tcp import Streams
from ._relay_udp import Datagrams
from .model import Burst, Link, LinkState

TICK = 1.0  # seconds between looks at what nobody announces
GRACE = 0.5  # seconds to end after the parent has


def make_link(fields: dict[str, Any]) -> Link:
    loss = fields["loss"]
    return Link(**{**fields, "loss": Burst(**loss) if isinstance(loss, dict) else loss})


def states(out: dict[str, Any], back: dict[str, Any]) -> list[LinkState]:
    return [make_link(back).start("back"), make_link(out).start("out")]


class Child:
    """Obeys the parent and keeps the bytes going."""

    def __init__(self, kind: str, host: str, target: Any, log: Log, weather: Any, shapes: Any) -> None:
        self.log, self.weather = log, states(*weather)
        self.relay: Datagrams | Streams
        if kind == "udp":
            self.relay = Datagrams(host, target, log, self.weather)
        else:
            self.relay = Streams(host, target, log, self.weather, [Shape(**shape) for shape in shapes])
        self.commands: deque[Any] = deque()
        self.bell, self.rings = socket.socketpair()
        self.bell.setblocking(False)
        self.relay.reading[self.bell.fileno()] = self.obey
        self.over = False

    def listen(self) -> None:
        """In a thread: take commands, until standard input ends."""
        try:
            while True:
                self.commands.append(marshal.load(sys.stdin.buffer))
                self.rings.send(b"!")
        except (EOFError, OSError, ValueError):
            self.commands.append(None)
            self.rings.send(b"!")
        time.sleep(GRACE)
        os._exit(0)

    def run(self, parent: int) -> None:
        relay, looked = self.relay, time.monotonic()
        while not self.over:
            wait = relay.wait()
            wait = TICK if wait is None else min(wait, TICK)
            # Windows reports a refused connection as exceptional, all others as writable.
            readable, writable, failed = select(relay.reading, relay.writing, relay.writing, wait)
            relay.due()
            for table, ready in ((relay.reading, readable), (relay.writing, writable + failed)):
                for descriptor in ready:
                    if handler := table.get(descriptor):  # none if one before it has ended the connection
                        handler()
            if isinstance(relay, Datagrams) and relay.on_held:
                for held in relay.on_held:
                    tell(0, "held", *held)
                relay.on_held.clear()
            if time.monotonic() - looked > TICK:
                looked = time.monotonic()
                relay.tick()
                if hasattr(os, "fork") and os.getppid() != parent:  # a fork of it may keep our input open
                    return

    def obey(self) -> None:
        with suppress(BlockingIOError):
            self.bell.recv(4096)
        while self.commands:
            if (message := self.commands.popleft()) is None:
                self.over = True
                return
            number, command, *arguments = message
            getattr(self if command in ("change", "count") else self.relay, command)(*arguments)
            if number:  # 0 wants no answer
                tell(number, "ok")

    def change(self, weather: Any, shapes: Any) -> None:
        for state, fields in zip(self.weather, reversed(weather)):
            state.change(make_link(fields))
        if isinstance(self.relay, Streams):
            self.relay.change([Shape(**shape) for shape in shapes])

    def count(self) -> None:
        self.log.missed = self.relay.missed()
        self.log.mark()


def tell(*message: Any) -> None:
    sys.stdout.buffer.write(marshal.dumps(message))
    sys.stdout.buffer.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupting the notebook is not meant for us
    with suppress(OSError):
        with open("/proc/self/timerslack_ns", "w") as file:  # Linux: wake on time, not up to 50 µs later
            file.write("1")
    gc.disable()  # a collection would hold up what passes
    path = ""
    try:
        parent, where, *arguments = marshal.load(sys.stdin.buffer)
        if isinstance(where, str):
            path, where = where, os.open(where, os.O_RDWR | getattr(os, "O_BINARY", 0))
        kind, host, target, weather, shapes = arguments
        log = Log(where)
        child = Child(kind, host, target, log, weather, shapes)
        tell(0, "ready", child.relay.address)
        threading.Thread(target=child.listen, daemon=True).start()
        child.run(parent)
        child.count()
        if path:
            log.memory.close()
            os.close(where)
    except (EOFError, BrokenPipeError):
        pass  # the parent is gone
    except Exception as error:
        with suppress(OSError):
            tell(0, "failed", f"{type(error).__name__}: {error}")
    if path:
        with suppress(OSError):  # the parent does it, unless it was killed
            os.unlink(path)
    os._exit(0)
