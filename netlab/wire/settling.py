"""Wait until other threads have done what is already on its way to them.

At the end of a watch the last bytes may have arrived at a server whose thread has not run yet. Whether its
`recv` and `close` are in the recording must not depend on who was faster.

Rules

- Never wait for what may never come: a thread that waits for data or for a client is done.
- In doubt wait, but no longer than `within`: a thread may sleep or compute for a minute.
- Only look. No thread is stopped or made to do anything.

Theory of operation

Every half millisecond each thread is in one of three states:

    idle    in a recorded call that has to wait: its socket is not ready, and the thread is in the kernel.
            (Only Linux tells the second. With its result in hand it may be waiting for the interpreter's
            lock.) Or in a select of which no descriptor is ready. Or it has ended.
    unsure  in a lock, a queue, a pool: a thread that is busy now may be about to wake it.
    busy    anything else: it computes, sleeps, or is in a call that returns at once.

It is over when no thread is busy and, if one is unsure, no call has been recorded for 5 ms. A recorded call
is found in the thread's Caller, a select in its frame.
"""

from __future__ import annotations

import contextlib
import importlib.util
import selectors
import sys
import time
from threading import get_ident
from types import FrameType
from typing import Any

from .events import RECEIVING, SENDING
from .known import ask
from .tape import Tape
from .threads import Caller, callers, living

_LOOK = 0.0005  # seconds between two looks
_CALM = 0.005  # how long nothing must have happened before an unsure thread counts as idle


def settle(within: float, tape: Tape | None = None) -> None:
    """Return when every other thread waits for something that has not come, or has ended.

    That is every thread of the recording or in a call; without a recording, every thread that has made a
    call while the methods were wrapped. Gives up after `within` seconds: a thread may be asleep or computing.
    """
    calm_since, seen = time.monotonic(), 0
    deadline = calm_since + within
    while within > 0:
        if tape is not None and len(tape.written) != seen:
            calm_since, seen = time.monotonic(), len(tape.written)
        threads = (set(callers) if tape is None else _threads_of(tape)) - {get_ident()}
        frames = sys._current_frames() if threads else {}
        states = {_state(callers.get(thread), frames.get(thread)) for thread in threads}
        now = time.monotonic()
        calm = "busy" not in states and ("unsure" not in states or now - calm_since >= _CALM)
        if calm or now >= deadline:
            return
        time.sleep(_LOOK)


def _threads_of(tape: Tape) -> set[int]:
    alive = living()
    waiting = {ident for ident, caller in list(callers.items()) if caller.under_way is not None}
    return {alive[number] for number in tape.threads() if number in alive} | waiting


def _state(caller: Caller | None, frame: FrameType | None) -> str:
    """ "idle" in a socket call or a select that nothing ends yet, "unsure" in a lock, otherwise "busy"."""
    if caller is not None and (under_way := caller.call()) is not None:
        info, call = under_way.info, under_way.method.call
        writes = call in SENDING or call == "connect"
        if not writes and call not in RECEIVING and call != "accept" and not info.muted:
            return "busy"  # a close or the like: it returns at once
        sock = info.holder()
        if sock is None or info.muted:
            return "idle"
        if _ready([(sock, selectors.EVENT_WRITE if writes else selectors.EVENT_READ)]):
            return "busy"
        return _where(caller.native_id, ask(sock, "fileno"))
    if frame is None:
        return "idle"  # it has ended
    module = frame.f_globals.get("__name__")
    if module == "selectors" and frame.f_code.co_name == "select":
        with contextlib.suppress(RuntimeError, AttributeError, KeyError):  # changed or closed while we look
            watched = [(key.fd, key.events) for key in frame.f_locals["self"].get_map().values()]
            return "busy" if _ready(watched) else "idle"
    return "unsure" if module in ("threading", "queue", "concurrent.futures.thread") else "busy"


def _where(thread: int, descriptor: int) -> str:
    """Whether the thread waits in the kernel, or has its result and waits for the interpreter's lock."""
    try:
        with open(f"/proc/self/task/{thread}/syscall", encoding="ascii") as file:
            number, *arguments = file.read().split()
    except (OSError, ValueError):
        return "unsure"  # not Linux
    # recv(descriptor, ...), or for a socket with a timeout poll(address, 1, ...)
    waits = number != "running" and (int(arguments[0], 16) == descriptor or int(arguments[1], 16) == 1)
    return "idle" if waits else "busy"


# The module as it comes: gevent and eventlet put functions of their own into the usual one.
_spec: Any = importlib.util.find_spec("select")
_select = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_select)


def _ready(watched: list[tuple[Any, int]]) -> bool:
    """Whether a call that waits for one of these events would return at once."""
    try:
        if not hasattr(_select, "poll"):
            reading = [sock for sock, events in watched if events & selectors.EVENT_READ]
            writing = [sock for sock, events in watched if events & selectors.EVENT_WRITE]
            return bool(watched) and any(_select.select(reading, writing, writing, 0))
        probe = _select.poll()
        for sock, events in watched:
            reads, writes = events & selectors.EVENT_READ, events & selectors.EVENT_WRITE
            probe.register(sock, _select.POLLIN * bool(reads) | _select.POLLOUT * bool(writes))
        return bool(probe.poll(0))
    except (OSError, ValueError):
        return True  # closed meanwhile
