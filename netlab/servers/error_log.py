"""What a server has to tell: the lines of its log, and the exceptions that its program let out."""

from __future__ import annotations

import gc
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import FrameType

KEPT_ERRORS = 100
KEPT_LINES = 1000
RESUMABLE = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


class ErrorLog:
    """Lines, and exceptions with their tracebacks. Those of `unraised` are raised at the server's stop()."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.unraised: list[BaseException] = []
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.lock = threading.RLock()  # reentrant: the collector may drop a server at any point of a thread

    def write(self, text: str) -> None:
        self.lines.extend(line for line in text.splitlines() if line.strip())

    def keep(self, error: BaseException, name: str, *, only_logged: bool = False) -> None:
        """Keep an exception that the function of this name let out. From the `except` that caught it.

        Its traceback stays; the local variables in it are let go: a socket or a generator that is kept with
        an error would stay open.
        """
        what = f"{name}() raised {described(error)}"
        self.write(what)
        let_go(error)
        if only_logged:
            return
        if not isinstance(error, Exception):  # SystemExit would end the caller's program at stop()
            cause, error = error, RuntimeError(f"{what}; a handler ends by returning")
            error.__cause__ = cause
        with self.lock:
            if len(self.errors) < KEPT_ERRORS:
                self.errors.append(error)
                self.unraised.append(error)

    def take(self) -> BaseException | None:
        """What stop() has to raise: the first error not raised yet, with a note about the others."""
        with self.lock:
            errors = self.unraised.copy()
            self.unraised.clear()
        if len(errors) > 1:
            rest = "; ".join(map(described, errors[1:4]))
            errors[0].add_note(f"{len(errors) - 1} more in server.errors: {rest}")
        return errors[0] if errors else None


def described(error: BaseException) -> str:
    """ValueError: its text. For any exception, also one that can not tell its text."""
    try:
        text = str(error)
    except BaseException as second:
        text = f"(its text can not be had: {type(second).__name__})"
    return type(error).__name__ + (f": {text}" if text else "")


def related(error: BaseException) -> Iterator[BaseException]:
    """An exception, its causes and contexts, and the members of groups."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [one for one in (each.__cause__, each.__context__) if one is not None]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def let_go(error: BaseException) -> None:
    """Clear the frames of an exception that are at their end, and leave out those that still run here."""
    running, frame = set(), sys._getframe()
    while frame is not None:
        running.add(frame)
        frame = frame.f_back  # type: ignore[assignment]
    ended: list[FrameType] = []
    for each in related(error):
        trace = each.__traceback__
        while trace is not None and trace.tb_frame in running:
            trace = trace.tb_next
        if trace is not None:
            each.__traceback__ = trace
        while trace is not None:
            ended.append(trace.tb_frame)
            trace = trace.tb_next
    for frame in set(ended) - _suspended(ended):
        with suppress(RuntimeError):  # it runs, in another thread
            frame.clear()


def _suspended(frames: list[FrameType]) -> set[FrameType]:
    """Those of generators and coroutines that will go on. Before Python 3.13 clear() would end them."""
    frames = [frame for frame in frames if frame.f_code.co_flags & RESUMABLE]
    if sys.version_info >= (3, 13) or not frames:
        return set()
    owners = gc.get_referrers(*frames)
    own = {getattr(each, name, None) for each in owners for name in ("gi_frame", "cr_frame", "ag_frame")}
    return {frame for frame in frames if frame in own}
