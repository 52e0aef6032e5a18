"""The methods of `socket.socket`, wrapped for a while so that their calls are written to the tapes.

Rules

- Results, errors and blocking stay what they are. A wrapper hands on exactly what it was given; that
  arguments are wrong is for the method itself to say. What goes wrong in our own part goes to `tape.blame`.
- One call of the program is one row. What the library does inside it is none: the plain calls below TLS, the
  sends of a sendall that is written in Python, the connection of which Windows makes a socketpair, the
  second close of a socket.
- Nothing lives longer because it is watched: rows hold an Info and plain values; a frame that a traceback
  keeps has let go of what it was given.
- One thread never waits for another one's row: no lock is held around a call or its row.

Theory of operation

`wrap()` makes the function that `installing` puts in the method's place. It looks up who calls (the thread's
Caller) and on what (the socket's Info), and notes in the Caller what is under way: one tuple, replaced as a
whole, so whoever finds it (a tape that lists pending calls, `settling`) may use it.
Then the original method runs, perhaps for hours. A `note` function makes a Row of arguments and result by the
method's entry in `calls.METHODS`, and writes it to every tape. `tapes` is replaced as a whole and a list's
append is one step, so nobody needs a lock.
If a call is under way already, its thread is inside of it, in a signal handler, or is another greenlet on the
same thread: `_inside` looks at the frames.

With only a standby() there is no tape, but Caller and Info are kept up: that is how a watch sees the call
that was waiting when it began. A wrapper that outlives the watch, wrapped again by somebody, just hands on.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from time import perf_counter
from types import FrameType
from typing import Any

from . import noting
from .calls import METHODS, Method
from .known import Info, info_of, infos
from .noting import blamed, note, note_error, note_rare
from .tape import blame
from .threads import Caller, caller, local

_MISSING: Any = object()
_SOCKETPAIRS = ("socketpair", "_fallback_socketpair")
_RARE = {"bind", "listen", "connect", "connect_ex", "accept", "close"}


def _met(sock: Any, frame: FrameType | None) -> Info:
    """What is known of a socket that was not known, in a call by `frame`."""
    if frame is not None and frame.f_code in RECORDED_CODES:  # the short way has led here
        frame = frame.f_back
    info = info_of(sock, frame)
    if noting.tapes and not info.muted:
        info.look(sock)  # before the call: after a reset the kernel no longer tells the peer's address
    return info


def wrap(method: Method, original: Callable[..., Any], only_if: Callable[[Any], bool] | None = None) -> Any:
    """The method that is put in place of `original`."""
    quick = only_if is None and method.call in ("recv", "send", "sendall")
    wrapper = _wrap_quick(method, original) if quick else _wrap(method, original, only_if)
    return functools.update_wrapper(wrapper, original)


def record_calls(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """`original` as the method `name` of a subclass of socket.socket, so that watch() sees its calls too.

    Also the call that is already waiting when a watch begins, whether standby() holds or not.
    """
    return wrap(METHODS[name], original)  # type: ignore[no-any-return]


def _wrap(
    method: Method, original: Callable[..., Any], only_if: Callable[[Any], bool] | None = None
) -> Callable[..., Any]:
    rare, closes = method.call in _RARE, method.call == "close"

    def recorded(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True  # IPython and pytest leave this frame out
        info: Info | None = None
        try:
            me = caller()
            info = infos.get(id(self)) or _met(self, sys._getframe(1))
            aside = (
                info.muted
                or me.unrecorded
                or (only_if is not None and not only_if(self))
                or (me.under_way is not None and _inside(me, info, method, sys._getframe(1)))
                or (rare and in_socketpair(sys._getframe(1)))
                or (closes and id(self) not in info.holders)
            )
            if not aside:
                before = me.under_way
                if closes and info.role == "listener":
                    info.count()
                started = perf_counter()
                me.under_way = info, method, args, started
        except Exception as error:
            blame(noting.tapes, error)
            aside = True
        if aside or info is None:
            try:
                return original(self, *args, **kwargs)
            except BaseException:
                del args, kwargs  # a traceback keeps this frame
                raise
            finally:
                if closes and info is not None:
                    _let_go(info, self)
                del self
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            ended = perf_counter()
            me.under_way = before
            try:
                note_error(method, self, info, ended, started, method.arguments(args, kwargs), error)
            except Exception as mistake:
                blame(noting.tapes, mistake)
            del self, args, kwargs, before  # a traceback keeps this frame
            raise
        ended = perf_counter()
        me.under_way = before
        if noting.tapes or rare:
            try:
                tell = note_rare if rare else note
                tell(method, self, info, ended, started, method.arguments(args, kwargs), result)
            except Exception as error:
                blame(noting.tapes, error)
        return result

    return recorded


def _wrap_quick(method: Method, original: Callable[..., Any]) -> Callable[..., Any]:
    """A short way for recv, send and sendall as they are usually called, of which a transfer has thousands.

    Two threads share the interpreter, so each 0.1 microsecond here slows a 64 MB transfer by 2 %.
    """
    call, receives = method.call, method.call == "recv"
    usual: Any = int if receives else bytes
    long_way = _wrap(method, original)

    def recorded(self: Any, what: Any = _MISSING, /, *rest: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        me: Any = getattr(local, "caller", None)
        info: Any = infos.get(id(self))
        aside = (
            me is None
            or info is None
            or info.muted
            or me.unrecorded
            or me.under_way is not None
            or type(what) is not usual
            or rest
            or kwargs
        )
        if aside:
            try:
                return long_way(self, *(each for each in (what, *rest) if each is not _MISSING), **kwargs)
            except BaseException:
                del self, what, rest, kwargs, aside  # a traceback keeps this frame
                raise
        started = perf_counter()
        me.under_way = info, method, (what,), started
        try:
            result = original(self, what)
        except BaseException as error:
            ended = perf_counter()
            me.under_way = None
            try:
                note_error(method, self, info, ended, started, (what,), error)
            except Exception as mistake:
                blame(noting.tapes, mistake)
            del self, what
            raise
        ended = perf_counter()
        me.under_way = None
        if (tapes := noting.tapes) and not info.muted:
            try:
                asked, data = (what, result) if receives else (len(what), what)
                size = len(result) if receives else asked if result is None else result
                if size or not info.hushed:
                    here = info.look(self) if info.local is None else info.local
                    who = me.number or me.numbered()
                    row = ended, started, who, call, info, asked, here, info.peer, size, 0, None, None
                    for tape in tapes:
                        tape.write(row, data, size)
            except Exception as error:
                blame(noting.tapes, error)
        return result

    return recorded


RECORDED_CODES = frozenset(
    next(c for c in make.__code__.co_consts if getattr(c, "co_name", "") == "recorded")
    for make in (_wrap, _wrap_quick)
)


@blamed
def _let_go(info: Info, sock: Any) -> None:
    info.let_go(sock)


def _inside(me: Caller, info: Info, method: Method, frame: FrameType | None) -> bool:
    """Whether a library makes this call to do what another recorded call is under way for.

    So a sendall that is written in Python sends. What a signal handler does meanwhile is no part of it.
    """
    below = None
    while frame is not None and (frame.f_code not in RECORDED_CODES or frame.f_locals.get("aside", True)):
        below, frame = frame, frame.f_back
    if frame is None:  # the call under way is another greenlet's
        me.under_way = None
        return False
    outer = frame.f_locals
    library = getattr(outer["original"], "__code__", None) is getattr(below, "f_code", method)
    return library and outer.get("info") is info and outer["method"].kind == method.kind


def in_socketpair(frame: FrameType | None) -> bool:
    """Whether the caller is the standard library's socketpair(), which on Windows makes a real connection."""
    if frame is not None and frame.f_code.co_name == "close":  # which calls _real_close()
        frame = frame.f_back
    if frame is None or frame.f_code.co_name not in _SOCKETPAIRS:
        return False
    return frame.f_globals.get("__name__") in ("socket", "gevent._socket3")
