"""The learner's timeouts: passing faster, so that long ones are found too, and those of everybody else."""

from __future__ import annotations

import _socket
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .lab import Lab
from .report import Wrong
from .surroundings import replaced

MINE = 9.0  # the default timeout of the program


@contextmanager
def hastened(lab: Lab, times: float) -> Iterator[None]:
    """In this block a second of the learner's timeouts, of sockets and of select.select, passes so many times
    as fast. A silence of 0.3 s is one of 30 s then: who gives up after 5 s gives up."""

    def faster(seconds: Any, times: float = times) -> Any:
        return seconds / times if seconds and lab.watchman.is_learners_thread() else seconds

    sock, wait = _socket.socket, select.select
    with ExitStack() as stack:
        for owner, name, other in (
            (socket.socket, "settimeout", lambda self, value: sock.settimeout(self, faster(value))),
            (socket.socket, "gettimeout", lambda self: faster(sock.gettimeout(self), 1 / times)),
            (socket, "setdefaulttimeout", lambda value: _socket.setdefaulttimeout(faster(value))),
            (socket, "getdefaulttimeout", lambda: faster(_socket.getdefaulttimeout(), 1 / times)),
            (select, "select", lambda r, w, x, timeout=None: wait(r, w, x, faster(timeout))),
        ):
            stack.enter_context(replaced(owner, name, other))
        stack.callback(lab.put_back)  # before these names mean again what they did
        yield


@contextmanager
def left_alone(lab: Lab, hint: str) -> Iterator[None]:
    """The default timeout is MINE in this block. The case fails if the learner's function sets another one,
    even for a while."""

    def noted(seconds: Any) -> None:
        if lab.misused is None and lab.watchman.is_learners_thread():
            said = "your function changed the default timeout: every socket that anybody makes then has it"
            lab.misused = Wrong(said, hint=hint)
        _socket.setdefaulttimeout(seconds)

    _socket.setdefaulttimeout(MINE)
    with replaced(socket, "setdefaulttimeout", noted):
        try:
            yield
        finally:
            lab.put_back()
    if _socket.getdefaulttimeout() != MINE:
        lab.wrong("afterwards the default timeout of the whole program was another", hint=hint)
