"""The methods of `socket.socket`, wrapped for a while so that their calls are written to the tapes.

Rules

- Results, errors and blocking stay what they are. A wrapper hands on exactly what it was given; that
  arguments are wrong is for the method itself to say.
- One call of the program is one row. What the library does inside it is none: the plain calls below TLS, the
  connection of which Windows makes a socketpair, the second close of a socket.
- No socket lives longer because it is watched: rows hold an Info, and that a weak reference.
- One thread never waits for another one's row: no lock is held around a call or its row.

Theory of operation

`wrap()` makes the function that `installing` puts in the method's place. It looks up who calls (the thread's
Caller) and on what (the socket's Info), and notes in the Caller what is about to happen: `info` last, and it
is cleared first, so whoever finds it set (a tape that lists pending calls, `settling`) may use the rest.
Then the original method runs, perhaps for hours. A `_note` function makes a Row of arguments and result,
which it reads by the method's entry in `calls.METHODS`, and writes it to every tape. `tapes` is replaced as a
whole and a list's append is one step, so nobody needs a lock.

With only a standby() there is no tape, but Caller and Info are kept up: that is how a watch sees the call
that was waiting when it began. The rare calls (bind, accept, close, ...) change what is known of a socket.
A wrapper that outlives the watch, in a class of its own or because somebody wrapped it again, just hands on.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from time import perf_counter
from types import FrameType
from typing import Any

from . import known
from .calls import METHODS, Arguments, Method, error_text
from .known import Info, info_of, infos, opened
from .tape import Fields, Row, Tape
from .threads import caller, local, thread_number

_MISSING: Any = object()
_GIVE_UP: Any = getattr(socket, "_GiveupOnSendfile", ())  # sendfile() falls back to send(): that is recorded

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
    if method.call in ("recv", "send", "sendall"):
        return _wrap_quick(method, original, only_if)
    rare = method.call in ("bind", "listen", "connect", "connect_ex", "accept", "close")
    note = _note_rare if rare else _note

    def recorded(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True  # IPython and pytest leave this frame out
        me = caller()
        info = infos.get(id(self)) or _met(self, sys._getframe(1))
        if (
            info.muted
            or me.unrecorded
            or (only_if is not None and not only_if(self))
            or (rare and (in_socketpair(sys._getframe(1)) or (info.closed and method.call == "close")))
        ):
            if method.call == "close":
                info.closed = True
            return original(self, *args, **kwargs)
        me.method, me.args = method, args
        me.started = started = perf_counter()
        me.info = info
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            ended = perf_counter()
            me.info = None
            _note_error(method, self, info, ended, started, method.arguments(args, kwargs), error)
            raise
        ended = perf_counter()
        me.info = None
        if tapes or rare:
            note(method, self, info, ended, started, method.arguments(args, kwargs), result)
        return result

    return recorded


def record_calls(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """`original` as the method `name` of a subclass of socket.socket, so that watch() sees its calls too.

    Also the call that is already waiting when a watch begins, whether standby() holds or not.
    """
    return wrap(METHODS[name], original)  # type: ignore[no-any-return]


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
            me = local.caller
        except AttributeError:
            me = caller()
        info = infos.get(id(self)) or _met(self, sys._getframe(1))
        if (
            info.muted
            or me.unrecorded
            or (only_if is not None and not only_if(self))
            or what is _MISSING  # then, and with more arguments, the method itself says what is wrong
            or rest
            or kwargs
        ):
            return original(self, *(() if what is _MISSING else (what, flags)), *rest, **kwargs)
        me.method, me.args = method, (what, flags)
        me.started = started = perf_counter()
        me.info = info
        try:
            result = original(self, what, flags)
        except BaseException as error:
            ended = perf_counter()
            me.info = None
            _note_error(method, self, info, ended, started, (what, flags), error)
            raise
        ended = perf_counter()
        me.info = None
        if tapes and not info.muted:
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
            here = info.look(self) if info.local is None else info.local
            who = me.number or me.numbered()
            row = ended, started, who, call, info, asked, here, info.peer, size, flags, None, None
            for tape in tapes:
                tape.write(row, data, size)
        return result

    return recorded


RECORDED_CODE = next(c for c in wrap.__code__.co_consts if getattr(c, "co_name", "") == "recorded")


def in_socketpair(frame: FrameType | None) -> bool:
    """Whether the caller is the standard library's socketpair(), which on Windows makes a real connection."""
    if frame is not None and frame.f_code.co_name == "close":  # which calls _real_close()
        frame = frame.f_back
    return (
        frame is not None
        and frame.f_code.co_name in ("socketpair", "_fallback_socketpair")
        and frame.f_globals.get("__name__") == "socket"
    )


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
        info.closed = True
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
        if call == "bind" and isinstance(info.local, tuple):
            opened(info.local[1])
    if tapes and not info.muted:
        ends = info.local, peer or info.peer
        write(Row(ended, started, thread_number(), call, info, asked, *ends, None, 0, error, accepted))


def _note_error(
    method: Method, sock: Any, info: Info, ended: float, started: float, args: Arguments, error: BaseException
) -> None:
    if type(error) is _GIVE_UP:
        return
    asked, flags, address = method.asked(args)
    if method.call == "connect":
        info.role = info.role or "client"
        if isinstance(error, BlockingIOError):
            info.look(sock)
    if tapes and not info.muted:
        who, ends, text = thread_number(), (info.local, address or info.peer), error_text(error)
        write((ended, started, who, method.call, info, asked, *ends, None, flags, text, None))


def _note_dropped(info: Info) -> None:
    """Nobody closed the socket and nobody holds it: the interpreter has closed it, and the peer sees that."""
    tell("close", info, perf_counter(), asked="dropped", local=info.local, peer=info.peer)


known.when_dropped = _note_dropped


def accepted_from(listener: Info, sock: socket.socket, address: Any) -> Info:
    info = info_of(sock)
    info.role, info.listener = "accepted", listener
    if tapes:
        info.look(sock)
    info.peer = info.peer or address
    return info
