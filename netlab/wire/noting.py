"""From a call that has ended to its row, and to what is known of its socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any, ParamSpec

from . import known
from .calls import Arguments, Method, error_text, kept
from .events import DROPPED, SHARED
from .known import Info, info_of, opened, port_of
from .tape import Fields, Row, Tape, blame
from .threads import thread_number

P = ParamSpec("P")
_GIVE_UP: Any = getattr(socket, "_GiveupOnSendfile", ())  # sendfile() falls back to send(): that is recorded

tapes: tuple[Tape, ...] = ()  # of the watches that are on


def blamed(function: Callable[P, Any]) -> Callable[P, Any]:
    """What goes wrong in the function is told by the recordings; the program's call is none the worse."""

    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            return blame(tapes, error)

    return guarded


def write(row: Fields, data: bytes | None = None) -> None:
    for tape in tapes:
        tape.write(row, data)


def tell(call: str, info: Info, started: float, **more: Any) -> None:
    """Write the row of what is no plain call, now."""
    if tapes and not info.muted:
        write(Row(perf_counter(), started, thread_number(), call, info, **more))


def note(
    method: Method, sock: Any, info: Info, ended: float, started: float, args: Arguments, result: Any
) -> None:
    """A call that changes nothing but where the bytes are."""
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


def note_rare(
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


def note_error(
    method: Method, sock: Any, info: Info, ended: float, started: float, args: Arguments, error: BaseException
) -> None:
    """A call that raised."""
    if type(error) is _GIVE_UP:
        return
    if method.call == "connect":
        info.role = info.role or "client"
        if isinstance(error, BlockingIOError):
            info.look(sock)
    elif method.call == "close":
        info.let_go(sock)
    if tapes and not info.muted:
        asked, flags, address = method.asked(args)
        who, ends, text = thread_number(), (info.local, address or info.peer), error_text(error)
        write((ended, started, who, method.call, info, asked, *ends, None, flags, text, None))


def note_dropped(info: Info) -> None:
    """Nobody closed the socket and nobody holds it: the interpreter has closed it, and the peer sees that."""
    asked = SHARED if info.holders else DROPPED
    tell("close", info, perf_counter(), asked=asked, local=info.local, peer=info.peer)


known.when_dropped = note_dropped


def accepted_from(listener: Info, sock: socket.socket, address: Any) -> Info:
    """What is known of a socket that accept() has returned."""
    info = info_of(sock, fresh=True)
    info.role, info.listener = "accepted", listener
    if tapes:
        info.look(sock)
    info.peer = info.peer or kept(address)
    return info
