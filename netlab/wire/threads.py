"""Threads as callers: a number for each, and the call it is in."""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calls import Method
    from .known import Info

_numbers: weakref.WeakKeyDictionary[threading.Thread, int] = weakref.WeakKeyDictionary()
_next_number = itertools.count(1)
_numbering = threading.RLock()


@dataclass(slots=True, eq=False)
class Caller:
    """A thread that makes recorded calls. `info` is set as long as it is in one."""

    thread: weakref.ref[threading.Thread]
    native_id: int
    number: int = 0  # none yet: most threads make no call that is recorded
    unrecorded: int = 0  # how deep it is in unrecorded()
    info: Info | None = None  # set last and cleared first: others look at it
    method: Method | None = None
    args: Any = None
    started: float = 0.0

    def numbered(self) -> int:
        """The thread's number."""
        if not self.number and (thread := self.thread()) is not None:
            with _numbering:
                _number_all()
                self.number = _numbers[thread]
        return self.number


callers: dict[int, Caller] = {}  # by identifier
local = threading.local()  # caller: this thread's


def caller() -> Caller:
    """The calling thread."""
    try:
        return local.caller  # type: ignore[no-any-return]
    except AttributeError:
        me = Caller(weakref.ref(threading.current_thread()), threading.get_native_id())
        local.caller = callers[threading.get_ident()] = me
        return me


@contextlib.contextmanager
def unrecorded() -> Iterator[None]:
    """Record no call that this thread makes inside the block."""
    me = caller()
    me.unrecorded += 1
    try:
        yield
    finally:
        me.unrecorded -= 1


def thread_number() -> int:
    """A number for the calling thread. Threads started earlier have smaller ones."""
    return caller().numbered()


def number_of(thread: threading.Thread) -> int | None:
    """The thread's number; None if neither it nor a thread started later has made a recorded call."""
    return _numbers.get(thread)


def living() -> dict[int, int]:
    """Identifier of each living thread, by its number."""
    with _numbering:
        _number_all()
        return {n: t.ident for t, n in _numbers.items() if t.is_alive() and t.ident is not None}


def forget_ended() -> None:
    """Keep no caller whose thread has ended."""
    alive = sys._current_frames()
    for ident in [i for i in list(callers) if i not in alive]:
        callers.pop(ident, None)


def _number_all() -> None:
    for thread in (*threading.enumerate(), threading.current_thread()):  # in the order they were started
        if thread not in _numbers:
            _numbers[thread] = next(_next_number)
