"""Put the wrapped methods in place and back, and see where sockets come from."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from time import perf_counter
from types import FrameType
from typing import Any

from . import wrapping
from .calls import METHODS, TLS_METHODS, error_text
from .events import Join
from .known import GIVEN_AWAY, info_of, infos, is_event_loop, take_over
from .threads import caller, number_of, thread_number
from .wrapping import RECORDED_CODE, accepted_from, in_socketpair, tell, wrap

_SOCKET = socket.socket
_MISSING: Any = object()

_patched: list[tuple[type, str, Any, Any]] = []
_patching = threading.RLock()


def _wrap_init(original: Callable[..., None]) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        started = perf_counter()
        try:
            original(self, *args, **kwargs)
        except OSError as e:
            _made(self, started, e)
            raise
        frame = sys._getframe(1)
        descriptor = kwargs.get("fileno", args[3] if len(args) > 3 else None)
        if type(self).__module__ == "ssl":
            _install_tls()
        if in_socketpair(frame):
            _in_pair(self, frame, started)
        elif descriptor is None:
            _made(self, started, None)
        elif frame.f_code.co_name == "accept" and frame.f_globals.get("__name__") == "socket":
            _late_accept(self, frame)
        else:
            take_over(self, descriptor)

    return __init__


def _made(sock: socket.socket, started: float, error: OSError | None) -> None:
    """A program made a socket."""
    info = info_of(sock)
    info.closed = error is not None
    if wrapping.tapes and not caller().unrecorded:
        said = {"error": error_text(error)} if error else {"asked": f"{sock.family.name}, {sock.type.name}"}
        tell("socket", info, started, **said)


def _in_pair(sock: socket.socket, frame: FrameType, started: float) -> None:
    """One end of a socketpair: the second one to be made finds the first in its caller's variables."""
    info = info_of(sock)
    info.role = "end"
    info.muted = bool(caller().unrecorded) or is_event_loop(frame.f_back)
    first = frame.f_locals.get("a")
    if isinstance(first, _SOCKET) and first is not sock:
        other = info_of(first)
        other.partner, info.partner = info, other
        tell("socketpair", other, started, accepted=info)


def _late_accept(sock: socket.socket, frame: FrameType) -> None:
    """An accept() that was already waiting, unwrapped, when the watch began: its frame tells the rest."""
    outer = frame.f_back
    if outer is not None and outer.f_code is RECORDED_CODE:  # the wrapper tells, except of a socketpair
        if outer.f_back is not None and in_socketpair(outer.f_back):
            _in_pair(sock, outer.f_back, 0.0)
        return
    listener = info_of(frame.f_locals["self"])
    listener.role = "listener"
    info = accepted_from(listener, sock, frame.f_locals.get("addr"))
    tell("accept", listener, 0.0, local=listener.local, peer=info.peer, accepted=info)


def _wrap_detach(original: Callable[..., int]) -> Any:
    def detach(self: Any) -> int:
        descriptor = original(self)
        info = infos.get(id(self))
        if info is not None and info.ref() is self:  # not if ssl has taken it over
            info.closed, info.fd = True, GIVEN_AWAY
        return descriptor

    return detach


def _wrap_join(original: Callable[..., None]) -> Any:
    """Thread.join: what came before the end of a thread, and what after it."""

    def join(self: threading.Thread, timeout: float | None = None) -> None:
        __tracebackhide__ = True
        original(self, timeout)
        if wrapping.tapes and not self.is_alive() and (ended := number_of(self)) is not None:
            note = Join(perf_counter(), thread_number(), ended)
            for tape in wrapping.tapes:
                if len(tape.joins) < tape.max_events:
                    tape.joins.append(note)

    return join


def install() -> None:
    """Wrap the methods."""
    with _patching:
        for info in list(infos.values()):
            info.forget()
        for name, method in METHODS.items():
            if hasattr(_SOCKET, name):  # Windows has no sendmsg, recvmsg, recvmsg_into
                _put(_SOCKET, name, wrap(method, getattr(_SOCKET, name)))
        _put(_SOCKET, "__init__", _wrap_init(_SOCKET.__init__))
        _put(_SOCKET, "detach", _wrap_detach(_SOCKET.detach))
        _put(threading.Thread, "join", _wrap_join(threading.Thread.join))
        _install_tls()


def _put(cls: type, name: str, function: Any) -> None:
    _patched.append((cls, name, cls.__dict__.get(name, _MISSING), function))
    setattr(cls, name, function)


def _install_tls() -> None:
    cls = getattr(sys.modules.get("ssl"), "SSLSocket", None)
    with _patching:
        if cls is None or not _patched or any(patched[0] is cls for patched in _patched):
            return
        for name in TLS_METHODS:
            _put(cls, name, wrap(METHODS[name], getattr(cls, name), _is_encrypted))


def _is_encrypted(sock: Any) -> bool:
    """Whether the TLS socket's own method does the work; if not, it calls the plain one, which records."""
    return getattr(sock, "_sslobj", None) is not None


def uninstall() -> None:
    """Put the methods back as they were."""
    with _patching:
        while _patched:
            cls, name, before, function = _patched.pop()
            if cls.__dict__.get(name) is not function:
                continue  # somebody else has wrapped it since; our function then only passes on
            if before is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, before)
