"""What a server has to tell: the lines of its log, and the exceptions that its program let out."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator
from types import FunctionType, TracebackType

KEPT_ERRORS = 100
KEPT_LINES = 1000


class ErrorLog:
    """Lines, and exceptions with their tracebacks. Those of `unraised` are raised at the server's stop()."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.unraised: list[BaseException] = []
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.lock = threading.RLock()  # reentrant: the collector may drop a server at any point

    def write(self, text: str) -> None:
        self.lines.extend(line for line in text.splitlines() if line.strip())

    def keep(self, error: BaseException, name: str, *, only_logged: bool = False) -> None:
        """Keep an exception that the function of this name let out, once. From the `except` that caught it.

        Its traceback tells the same and holds nothing: a socket of a frame that it kept would stay open.
        """
        what, kept = f"{name}() raised {described(error)}", error
        if not isinstance(error, Exception):  # SystemExit would end the caller's program at stop()
            kept = RuntimeError(f"{what}; a handler ends by returning")
            kept.__cause__ = error
        with self.lock:
            if any(error is each or error is each.__cause__ for each in self.errors):
                return
            self.write(what)
            if not only_logged and len(self.errors) < KEPT_ERRORS:
                self.errors.append(kept)
                self.unraised.append(kept)
        let_go(error)

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
    """Give an exception a traceback without the frames that still run here, and in which none is alive."""
    running, frame = set(), sys._getframe()
    while frame is not None:
        running.add(id(frame))  # the frame itself would be a circle that keeps all of them
        frame = frame.f_back  # type: ignore[assignment]
    for each in related(error):
        trace = each.__traceback__
        while trace is not None and id(trace.tb_frame) in running and trace.tb_next is not None:
            trace = trace.tb_next
        each.__traceback__ = _without_frames(trace)


def _without_frames(trace: TracebackType | None) -> TracebackType | None:
    # Clearing the frames would not do: they hold closures, and before Python 3.13 it ends a coroutine that
    # passed its exception on and still runs.
    entries = []
    while trace is not None:
        entries.append((trace.tb_frame.f_code, trace.tb_lineno or 1))  # code without a line says None or 0
        trace = trace.tb_next
    for code, line in reversed(entries):
        where = {"co_filename": code.co_filename, "co_name": code.co_name}
        there = _stand_in.__code__.replace(co_firstlineno=line, **where)  # type: ignore[arg-type]
        frame = FunctionType(there, {})().gi_frame
        trace = TracebackType(trace, frame, -1, line)
    return trace


def _stand_in() -> Iterator[None]:
    """Never run: a generator that has not begun has a frame, and this frame has no caller.

    One that has run knows its caller in some Pythons (3.13.0), and with it all that was alive there.
    """
    yield
