"""Threads as callers: a number for each, and the call it is in."""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .calls import Method
    from .known import Info

# The number of each thread, by id(): how threads compare is their own business. The references keep it tidy.
_numbers: dict[int, tuple[int, weakref.ref[threading.Thread]]] = {}
_next_number = itertools.count(1)
lock = threading.RLock()  # around the numbers, the list of watches and the wrapped methods


class UnderWay(NamedTuple):
    """A call that has not returned."""

    info: Info
    method: Method
    args: Any
    started: float


@dataclass(slots=True, eq=False)
class Caller:
    """A thread that makes recorded calls."""

    thread: weakref.ref[threading.Thread] | None  # None: not one of the threading module
    native_id: int
    number: int = 0  # none yet: most threads make no call that is recorded
    unrecorded: int = 0  # how deep it is in unrecorded()
    under_way: tuple[Info, Method, Any, float] | None = None  # as in UnderWay; replaced as a whole

    def numbered(self) -> int:
        """The thread's number: threads started earlier have smaller ones."""
        if not self.number:
            thread = self.thread() if self.thread is not None else None
            with lock:
                _number_all()
                self.number = next(_next_number) if thread is None else _number(thread)
        return self.number

    def call(self) -> UnderWay | None:
        """The call it is in."""
        return UnderWay._make(call) if (call := self.under_way) is not None else None


callers: dict[int, Caller] = {}  # by identifier
local = threading.local()  # caller: this thread's


def caller() -> Caller:
    try:
        return local.caller  # type: ignore[no-any-return]
    except AttributeError:
        ident = threading.get_ident()
        # current_thread() would make an object for a thread that has none: programs can count those.
        thread = threading._active.get(ident)  # type: ignore[attr-defined]
        me = Caller(None if thread is None else weakref.ref(thread), threading.get_native_id())
        local.caller = callers[ident] = me
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
    return caller().numbered()


def number_of(thread: threading.Thread) -> int | None:
    """The thread's number; None if neither it nor a thread started later has made a recorded call."""
    return _numbers.get(id(thread), (None,))[0]


def living() -> dict[int, int]:
    """Identifier of each living thread, by its number."""
    with lock:
        _number_all()
        known = {_numbers[id(t)][0]: t.ident for t in threading.enumerate() if id(t) in _numbers}
    known |= {me.number: ident for ident, me in list(callers.items()) if me.thread is None and me.number}
    return {number: ident for number, ident in known.items() if ident is not None}


def forget_ended() -> None:
    """Keep no caller whose thread has ended."""
    alive = sys._current_frames()
    for ident in [i for i in list(callers) if i not in alive]:
        callers.pop(ident, None)


def _number_all() -> None:
    for thread in threading.enumerate():  # in the order they were started
        _number(thread)


def _number(thread: threading.Thread) -> int:
    key = id(thread)
    if key not in _numbers:
        _numbers[key] = next(_next_number), weakref.ref(thread, lambda _: _numbers.pop(key, None))
    return _numbers[key][0]
