"""The methods of `socket.socket`, wrapped for a while so that their calls are written to the tapes.

Rules

- Results, errors and blocking stay what they are. A wrapper hands on exactly what it was given; that
  arguments are wrong is for the method itself to say. Whatever goes wrong in what a wrapper does beside is
  no concern of the call: it goes to `tape.blame`, and the recording tells it.
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
Then the original method runs, perhaps for hours. A `_note` function makes a Row of arguments and result,
which it reads by the method's entry in `calls.METHODS`, and writes it to every tape. `tapes` is replaced as a
whole and a list's append is one step, so nobody needs a lock.

If a call is under way already, its thread is inside of it, in a signal handler, or is another greenlet on the
same thread: `_inside` looks at the frames.

With only a standby() there is no tape, but Caller and Info are kept up: that is how a watch sees the call
that was waiting when it began. The rare calls (bind, accept, close, ...) change what is known of a socket.
A wrapper that outlives the watch, in a class of its own or because somebody wrapped it again, just hands on.
"""

from __future__ import annotations

import functools
import os
import socket
import sys
from collections.abc import Callable
from time import perf_counter
from types import FrameType
from typing import Any

from . import known
from .calls import METHODS, Arguments, Method, error_text, kept
from .events import DROPPED, SHARED
from .known import Info, info_of, infos, opened, port_of
from .tape import Fields, Row, Tape, blame
from .threads import Caller, caller, local, thread_number

_MISSING: Any = object()
_GIVE_UP: Any = getattr(socket, "_GiveupOnSendfile", ())  # sendfile() falls back to send(): that is recorded
_RARE = {"bind", "listen", "connect", "connect_ex", "accept", "close"}

tapes: tuple[Tape, ...] = ()  # of the watches that are on


def write(row: Fields, data: bytes | None = None) -> None:
    for tape in tapes:
        tape.write(row, data)


def _met(sock: Any, frame: FrameType) -> Info:
    """What is known of a socket that was not known, in a call by `frame`."""
    info = info_of(sock, frame)
    if tapes and not info.muted:
        info.look(sock)  # before the call: after a reset the kernel no longer tells the peer's address
    return info


def tell(call: str, info: Info, started: float, **more: Any) -> None:
    """Write the row of what is no plain call, now."""
    if tapes and not info.muted:
        write(Row(perf_counter(), started, thread_number(), call, info, **more))


def wrap(method: Method, original: Callable[..., Any], only_if: Callable[[Any], bool] | None = None) -> Any:
    """The method that is put in place of `original`."""
    make = _wrap_quick if method.call in ("recv", "send", "sendall") else _wrap
    return functools.update_wrapper(make(method, original, only_if), original)


def record_calls(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """`original` as the method `name` of a subclass of socket.socket, so that watch() sees its calls too.

    Also the call that is already waiting when a watch begins, whether standby() holds or not.
    """
    return wrap(METHODS[name], original)  # type: ignore[no-any-return]


def _wrap(
    method: Method, original: Callable[..., Any], only_if: Callable[[Any], bool] | None
) -> Callable[..., Any]:
    rare = method.call in _RARE
    note = _note_rare if rare else _note

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
                or (method.call == "close" and id(self) not in info.holders)
            )
            if not aside:
                before = me.under_way
                started = perf_counter()
                me.under_way = info, method, args, started
        except Exception as error:
            blame(tapes, error)
            aside = True
        if aside or info is None:
            try:
                return original(self, *args, **kwargs)
            finally:
                if method.call == "close" and info is not None:
                    _let_go(info, self)
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            ended = perf_counter()
            me.under_way = before
            _note_error(method, self, info, ended, started, args, kwargs, error)
            del self, args, kwargs, before  # a traceback keeps this frame
            raise
        ended = perf_counter()
        me.under_way = before
        if tapes or rare:
            try:
                note(method, self, info, ended, started, method.arguments(args, kwargs), result)
            except Exception as error:
                blame(tapes, error)
        return result

    return recorded


def _wrap_quick(
    method: Method, original: Callable[..., Any], only_if: Callable[[Any], bool] | None
) -> Callable[..., Any]:
    """The same for recv, send and sendall, of which a transfer has thousands.

    Two threads share the interpreter, so each 0.1 microsecond here slows a 64 MB transfer by 2 %.
    """
    call, receives = method.call, method.call == "recv"

    def recorded(self: Any, what: Any = _MISSING, flags: Any = 0, /, *rest: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            try:
                me = local.caller
            except AttributeError:
                me = caller()
            info = infos.get(id(self)) or _met(self, sys._getframe(1))
            aside = (
                info.muted
                or me.unrecorded
                or (only_if is not None and not only_if(self))
                or (me.under_way is not None and _inside(me, info, method, sys._getframe(1)))
                or what is _MISSING  # then, and with more arguments, the method itself says what is wrong
                or rest
                or kwargs
            )
            if not aside:
                before = me.under_way
                started = perf_counter()
                me.under_way = info, method, (what, flags), started
        except Exception as error:
            blame(tapes, error)
            aside = True
        if aside:
            return original(self, *(() if what is _MISSING else (what, flags)), *rest, **kwargs)
        try:
            result = original(self, what, flags)
        except BaseException as error:
            ended = perf_counter()
            me.under_way = before
            _note_error(method, self, info, ended, started, (what, flags), {}, error)
            del self, what, flags, before  # a traceback keeps this frame
            raise
        ended = perf_counter()
        me.under_way = before
        if tapes and not info.muted:
            try:
                if receives:
                    asked, size, data = what, len(result), result
                    if info.hushed and not size:
                        return result
                elif type(what) is bytes:
                    asked = len(what)
                    size, data = asked if result is None else result, what
                else:
                    _note(method, self, info, ended, started, (what, flags), result)
                    return result
                if type(asked) is not int or type(flags) is not int:
                    _note(method, self, info, ended, started, (what, flags), result)
                    return result
                here = info.look(self) if info.local is None else info.local
                who = me.number or me.numbered()
                row = ended, started, who, call, info, asked, here, info.peer, size, flags, None, None
                for tape in tapes:
                    tape.write(row, data, size)
            except Exception as error:
                blame(tapes, error)
        return result

    return recorded


RECORDED_CODES = frozenset(
    next(c for c in make.__code__.co_consts if getattr(c, "co_name", "") == "recorded")
    for make in (_wrap, _wrap_quick)
)


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
    return (
        frame is not None
        and frame.f_code.co_name in ("socketpair", "_fallback_socketpair")
        and frame.f_globals.get("__name__") in ("socket", "gevent._socket3")
    )


def _let_go(info: Info, sock: Any) -> None:
    try:
        info.let_go(sock)
    except Exception as error:
        blame(tapes, error)


def _note(
    method: Method, sock: Any, info: Info, ended: float, started: float, args: Arguments, result: Any
) -> None:
    if info.muted:
        return
    asked, flags, address = method.asked(args)
    size, data, source = method.taken(args, result, asked)
    if info.hushed and size == 0:
        return
    here = info.look(sock) if info.local is None else info.local
    peer = address or source or info.peer
    row = ended, started, thread_number(), method.call, info, asked, here, peer, size, flags, None, None
    write(row, data)


def _note_rare(
    method: Method, sock: Any, info: Info, ended: float, started: float, args: Arguments, result: Any
) -> None:
    """A call that changes what a socket is; for accept, there is a new one."""
    accepted: Info | None = None
    call, error = method.call, None
    asked, _, peer = method.asked(args)
    if call == "close":
        info.let_go(sock)
        asked = SHARED if info.holders else None
    elif call == "accept":
        info.role = "listener"
        accepted = accepted_from(info, *result)
        peer = accepted.peer
    else:
        if call == "listen" or (call == "bind" and not info.stream):
            info.role = "listener"
        elif call != "bind":
            info.role = info.role or "client"
            # connect_ex: what connect() would have raised for its number
            error = error_text(OSError(result, os.strerror(result))) if result else None
        info.look(sock)
        if call == "bind" and (port := port_of(info.local)):
            opened(port)
        if info.peer and call in ("connect", "connect_ex") and not error:
            peer = info.peer
    if tapes and not info.muted:
        ends = info.local, peer or info.peer
        write(Row(ended, started, thread_number(), call, info, asked, *ends, None, 0, error, accepted))


def _note_error(
    method: Method,
    sock: Any,
    info: Info,
    ended: float,
    started: float,
    args: Arguments,
    kwargs: dict[str, Any],
    error: BaseException,
) -> None:
    try:
        if type(error) is _GIVE_UP:
            return
        if method.call == "connect":
            info.role = info.role or "client"
            if isinstance(error, BlockingIOError):
                info.look(sock)
        elif method.call == "close":
            info.let_go(sock)
        if tapes and not info.muted:
            asked, flags, address = method.asked(method.arguments(tuple(args), kwargs))
            who, ends, text = thread_number(), (info.local, address or info.peer), error_text(error)
            write((ended, started, who, method.call, info, asked, *ends, None, flags, text, None))
    except Exception as mistake:
        blame(tapes, mistake)


def _note_dropped(info: Info) -> None:
    """Nobody closed the socket and nobody holds it: the interpreter has closed it, and the peer sees that."""
    asked = SHARED if info.holders else DROPPED
    tell("close", info, perf_counter(), asked=asked, local=info.local, peer=info.peer)


known.when_dropped = _note_dropped


def accepted_from(listener: Info, sock: socket.socket, address: Any) -> Info:
    info = info_of(sock, fresh=True)
    info.role, info.listener = "accepted", listener
    if tapes:
        info.look(sock)
    info.peer = info.peer or kept(address)
    return info
