"""What a server asks of its handler: how it is called, and what it may return."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Generator
from types import FunctionType
from typing import Any

PARAMETERS = {
    "connection": ("conn", "address"),
    "listener": ("listener",),
    "datagram": ("data", "address"),
    "socket": ("sock",),
}

_KINDS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def checked_handler(handler: Callable[..., Any], on: str) -> str:
    """The handler's name, if it can be called as `on` says. Raises TypeError or ValueError otherwise."""
    if on not in PARAMETERS:
        raise ValueError(f"on={on!r} is unknown: choose one of {', '.join(map(repr, PARAMETERS))}")
    if not callable(handler):
        raise TypeError(f"a handler is a function that the server calls, not {handler!r}")
    name = getattr(handler, "__name__", type(handler).__name__)
    if isinstance(handler, FunctionType) and not vars(handler):  # which could hold __wrapped__, say
        code = handler.__code__
        if (code.co_argcount, code.co_kwonlyargcount, code.co_flags & _KINDS) == (len(PARAMETERS[on]), 0, 0):
            return name  # as nearly always; asking inspect takes twenty times as long
    form = f"on={on!r} calls {name}({', '.join(PARAMETERS[on])})"
    if inspect.iscoroutinefunction(handler):
        raise TypeError(f"{form} in a thread, and cannot await it: define it without async")
    try:
        signature = inspect.signature(handler)
    except ValueError:
        return name  # some built-in functions do not tell
    if not _binds(signature, on):
        fitting = " or ".join(f"on={other!r}" for other in PARAMETERS if _binds(signature, other))
        hint = f"; {fitting} would fit" if fitting else ""
        raise TypeError(f"{form}, but it is defined as {name}{signature}{hint}")
    return name


def _binds(signature: inspect.Signature, on: str) -> bool:
    try:
        signature.bind(*PARAMETERS[on])
    except TypeError:
        return False
    return True


def returned(result: Any, handler_name: str) -> None:
    """Complain if the handler has not run: calling it gave only a coroutine or a generator."""
    if inspect.iscoroutine(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        kind = type(result).__name__.replace("_", " ")
        if not inspect.isasyncgen(result):
            result.close()
        raise TypeError(
            f"{handler_name}() returned a {kind}, and nothing of it has run: use a plain function"
        )


def answers(reply: Any, handler_name: str) -> Generator[Any, None, None]:
    """The datagrams that a handler's return value asks for."""
    if isinstance(reply, (bytes, bytearray, memoryview)):
        yield reply
    elif isinstance(reply, str):
        raise TypeError(f"{handler_name}() returned text; a datagram is bytes: encode it")
    elif reply is not None:
        if not inspect.isgenerator(reply):
            returned(reply, handler_name)
        try:
            parts = iter(reply)
        except TypeError:
            text = f"{handler_name}() returned {reply!r}: return bytes, None, or a list of bytes"
            raise TypeError(text) from None
        yield from parts


def still_runs(handler: Callable[..., Any], name: str, thread: threading.Thread, seconds: float) -> str:
    """One sentence about a handler that does not end: who, and where its thread is in it."""
    import linecache

    where = ""
    frame = sys._current_frames().get(thread.ident or 0)
    code = getattr(handler, "__code__", None)
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    if frame is not None:
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        where = f", at line {frame.f_lineno}" + (f": {line}" if line else "")
    return (
        f"{name}() still runs {seconds:g} s after its server was stopped{where}. "
        "A handler has to return when its socket ends (recv gives b'' or raises OSError)."
    )
