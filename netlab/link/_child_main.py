"""The child process of a path: a process of its own, so that a busy notebook does not bend time.

Commands come on standard input, answers and held packets go to standard output, all pickled: that works on
any system. One thread reads, one writes, and the first one carries the packets. The process imports
little, to start quickly, and ends when its parent ends, however that happens.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from importlib import import_module
from select import select
from typing import Any

if sys.platform == "win32":  # there monotonic() ticks every 16 ms before Python 3.13, and sleeps do always
    import ctypes

    time.monotonic = time.perf_counter
    ctypes.windll.winmm.timeBeginPeriod(1)

from ._courier import Carrier
from ._log import Log
from ._weather import Both
from .model import Link

TICK = 1.0  # seconds between looks at what nobody announces
GRACE = 0.5  # seconds to end after the parent has
CARRIERS = {  # which of these is imported only when it is needed
    "kernel": ("._namespace", "Namespace"),
    "udp": ("._relay_udp", "Datagrams"),
    "tcp": ("._relay_tcp", "Streams"),
}


def carrier(kind: str, log: Log, arguments: Any, links: Both[Link], *shapes: Any) -> Carrier:
    module, name = CARRIERS[kind]
    states = Both(links.out.start("out"), links.back.start("back"))
    work: Carrier = getattr(import_module(module, __package__), name)(log, states, *arguments, *shapes)
    return work


class Loop:
    """Obeys the parent and keeps the packets going."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier, self.over = carrier, False
        self.commands: deque[Any] = deque()
        self.bell, self.rings = socket.socketpair()  # wakes select(), which on Windows takes only sockets
        self.bell.setblocking(False)
        carrier.reading[self.bell.fileno()] = self.obey
        self.speaker = threading.Thread(target=self.speak, daemon=True)
        self.speaker.start()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Take commands, until standard input ends."""
        with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while True:
                self.commands.append(pickle.load(sys.stdin.buffer))
                self.rings.send(b"!")
        self.commands.append((0, "close"))
        self.rings.send(b"!")
        time.sleep(GRACE)
        os._exit(0)

    def speak(self) -> None:
        with suppress(OSError):  # the parent is gone, as listen() will see
            while (message := self.carrier.outbox.get()) is not None:
                write(message)

    def run(self, parent: int) -> None:
        carrier, looked = self.carrier, time.monotonic()
        reading, writing = carrier.reading, carrier.writing
        while not self.over:
            wait = carrier.wait()
            wait = TICK if wait is None else min(wait, TICK)
            # Windows reports a refused connection as exceptional, all others as writable.
            readable, writable, failed = select(reading, writing, writing, wait)
            carrier.due()
            for table, ready in ((reading, readable), (writing, writable + failed)):
                for descriptor in ready:
                    if handler := table.get(descriptor):  # none if one before it has ended the connection
                        handler()
            if time.monotonic() - looked > TICK:
                looked = time.monotonic()
                if hasattr(os, "fork") and os.getppid() != parent:  # a fork of it may keep our input open
                    break
        carrier.count()
        carrier.outbox.put(None)
        self.speaker.join(GRACE)

    def obey(self) -> None:
        with suppress(BlockingIOError):
            self.bell.recv(4096)
        while self.commands:
            number, command, *arguments = self.commands.popleft()
            if command == "close":
                self.over = True
                return
            try:
                getattr(self.carrier, command)(*arguments)
            except OSError as error:
                self.carrier.tell(number, "error", error.errno, error.strerror)
            else:
                if number:  # 0 wants no answer
                    self.carrier.tell(number, "ok")


def write(message: bytes) -> None:
    sys.stdout.buffer.write(message)
    sys.stdout.buffer.flush()


def main() -> None:
    """The first message says who the parent is, where to record, and what to carry."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupting the notebook is not meant for us
    with suppress(OSError):
        with open("/proc/self/timerslack_ns", "w") as file:  # Linux: wake on time, not up to 50 µs later
            file.write("1")
    gc.disable()  # nothing here makes cycles, and a collection would hold up what passes
    path = ""
    try:
        parent, where, kind, arguments, settings = pickle.load(sys.stdin.buffer)
        if isinstance(where, str):
            path, where = where, os.open(where, os.O_RDWR | getattr(os, "O_BINARY", 0))
        log = Log(where)
        work = carrier(kind, log, arguments, *settings)
        work.tell(0, "ready", work.ready)
        Loop(work).run(parent)
        if path:
            log.memory.close()
            os.close(where)
    except (EOFError, BrokenPipeError):
        pass  # the parent is gone
    except Exception as error:
        with suppress(OSError):
            write(pickle.dumps((0, "failed", type(error).__name__, str(error))))
    if path:
        with suppress(OSError):  # the parent does it, unless it was killed
            os.unlink(path)
    os._exit(0)  # no goodbye to write: the system takes all back
