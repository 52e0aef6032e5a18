"""What a function may change for the whole process: noted before a case, put back after it, and said.

What is known of a thing is how to ask for its value and how to set it. A thing that can not be asked for here
(no such call on this system, a working directory that was deleted) is left alone. What ends the process at
once, like os._exit, can not be undone.
"""

from __future__ import annotations

import gc
import locale
import logging
import os
import random
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from operator import is_
from types import ModuleType
from typing import Any

Thing = tuple[str, Callable[[], Any], Callable[[Any], Any]]  # its name, how to ask for it, how to set it


class Surroundings:
    """The things as they are now."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self._before: list[tuple[Thing, Any]] = []
        for thing in things:
            with suppress(Exception):
                self._before.append((thing, thing[1]()))

    def restore(self) -> list[str]:
        """Put back what has changed since: the names of these things."""
        changed = []
        for (name, ask, put), before in self._before:
            with suppress(Exception):  # gone: a deleted folder, a closed descriptor
                if ask() == before:
                    continue
            changed.append(name)
            with suppress(Exception):
                put(before)
        return list(dict.fromkeys(changed))


def _put_environment(before: dict[str, str]) -> None:
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _put_filters(before: list[Any]) -> None:
    warnings.simplefilter("default", append=True)  # so that Python forgets what it has decided by the others
    warnings.filters[:] = before  # type: ignore[index]


def _handlers() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _put_handlers(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _policy() -> Any:
    """None for the usual one, which asyncio makes when it is first needed."""
    policy = vars(sys.modules["asyncio.events"])["_event_loop_policy"]
    home = vars(sys.modules[type(policy).__module__])  # which names it with an underscore since Python 3.14
    usual = home.get("DefaultEventLoopPolicy", home.get("_DefaultEventLoopPolicy"))
    return None if type(policy) is usual else policy


def _put_policy(before: Any) -> None:
    vars(sys.modules["asyncio.events"])["_event_loop_policy"] = before


def _list(name: str, get: Callable[[], list[Any]]) -> Thing:
    return name, lambda: get()[:], lambda before: get().__setitem__(slice(None), before)


def _of_sys(name: str) -> Thing:
    return f"sys.{name}", lambda: getattr(sys, name), lambda before: setattr(sys, name, before)


_HOOKS = ("stdin", "stdout", "stderr", "excepthook", "unraisablehook", "displayhook")
RANDOM: Thing = ("the global random numbers", random.getstate, random.setstate)  # to draw some is no change
THINGS: list[Thing] = [
    ("the working directory", os.getcwd, os.chdir),
    ("the environment", lambda: dict(os.environ), _put_environment),
    ("the umask", _umask, os.umask),
    _list("sys.path", lambda: sys.path),
    ("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    ("the switch interval of threads", sys.getswitchinterval, sys.setswitchinterval),
    ("the stack size of threads", threading.stack_size, threading.stack_size),
    ("the trace function of threads", threading.gettrace, threading.settrace),
    ("the profile function of threads", threading.getprofile, threading.setprofile),
    ("the warning filters", lambda: list(warnings.filters), _put_filters),
    ("the locale", partial(locale.setlocale, locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL)),
    _list("the root logger", lambda: logging.root.handlers),
    ("the root logger", lambda: logging.root.level, logging.root.setLevel),
    ("the root logger", lambda: logging.root.manager.disable, logging.disable),
    ("the garbage collector", gc.isenabled, lambda before: gc.enable() if before else gc.disable()),
    ("the garbage collector", gc.get_threshold, lambda before: gc.set_threshold(*before)),
    ("the garbage collector", gc.get_debug, gc.set_debug),
    ("a signal's handler", _handlers, _put_handlers),
    ("the alarm", lambda: signal.getitimer(signal.ITIMER_REAL)[0] > 0, lambda _: signal.alarm(0)),
    ("the event loop policy", _policy, _put_policy),
    *map(_of_sys, _HOOKS),
]


def load() -> float:
    """How many times as long things take here, now, as on a usual idle machine: roughly, at least 1."""
    began = time.thread_time()
    sum(range(200_000))
    slow = (time.thread_time() - began) / 0.004  # seconds
    busy = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 2.0  # Windows
    return max(1.0, slow) * max(1.0, busy)


_MODULES = """asyncio asyncio.events builtins http.client io json os os.path queue random re select selectors
    signal socket ssl string struct subprocess sys threading time urllib.request"""
CLASSES = (socket.socket, threading.Thread)
_OF_SYS = {*_HOOKS, "last_exc", "last_type", "last_value", "last_traceback", "ps1", "ps2", "modules"}
_MISSING = object()


class Patches:
    """The public names of modules that are loaded, or of classes, as they are now."""

    def __init__(self, owners: Iterable[Any] = ()) -> None:
        owners = owners or [sys.modules[name] for name in _MODULES.split() if name in sys.modules]
        self._before = [(owner, dict(vars(owner))) for owner in owners]

    def restore(self) -> list[str]:
        """Give back their values to names that have got others since: `socket.create_connection`."""
        changed = []
        for owner, before in self._before:
            now = dict(vars(owner))
            if now.keys() == before.keys() and all(map(is_, now.values(), before.values())):
                continue
            for name in now.keys() | before.keys():
                old, new = before.get(name, _MISSING), now.get(name, _MISSING)
                if old is new or name[0] == "_" or (owner is sys and name in _OF_SYS):
                    continue
                if old is _MISSING and isinstance(new, ModuleType):
                    continue
                changed.append(f"{owner.__name__}.{name}")
                with suppress(Exception):
                    if old is _MISSING:
                        delattr(owner, name)
                    else:
                        setattr(owner, name, old)
        return sorted(changed)


@contextmanager
def replaced(owner: Any, name: str, other: Any) -> Iterator[None]:
    """In this block the name of a module or of a class has another value."""
    own, before = name in vars(owner), getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)


@contextmanager
def kept_streams() -> Iterator[Callable[[], list[str]]]:
    """Descriptors 0 to 2 are kept, and the objects above them can not be closed meanwhile. Yields a function
    that puts back those that were closed, or made to lead elsewhere, and says what has changed."""
    changed: set[str] = set()
    saved: dict[int, tuple[int, Any]] = {}

    def note() -> None:
        changed.add("the standard streams")

    def restore() -> list[str]:
        for number, (copy, before) in saved.items():
            if _identity(number) != before:
                note()
                with suppress(OSError):
                    os.dup2(copy, number)
        found = sorted(changed)
        changed.clear()
        return found

    with ExitStack() as stack:
        for number in range(3):
            with suppress(OSError):
                saved[number] = os.dup(number), _identity(number)
                stack.callback(os.close, saved[number][0])
        for stream in {sys.stdin, sys.stdout, sys.stderr}:
            with suppress(AttributeError, TypeError):  # it is None, or lets nobody
                if "close" not in vars(stream):
                    stack.enter_context(replaced(stream, "close", note))
        yield restore


def _identity(number: int) -> Any:
    try:
        found = os.fstat(number)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_rdev
