"""Put the wrapped methods in place and back, and see where sockets come from."""

from __future__ import annotations

import _socket
import functools
import socket
import sys
import threading
from collections.abc import Callable
from time import perf_counter
from types import FrameType
from typing import Any

from . import noting, threads
from .calls import METHODS, TLS_METHODS, error_text
from .events import Join
from .known import give_away, info_of, infos, is_event_loop, name_of, socket_number, take_over
from .noting import accepted_from, blamed, tell
from .tape import Tape, blame
from .threads import caller, number_of
from .wrapping import RECORDED_CODES, in_socketpair, wrap

_MISSING: Any = object()

_patched: list[tuple[type, str, Any, Any]] = []


def classes() -> list[type]:
    """The socket classes that programs use: Python's own, and the one that a library has put in its place."""
    own = next(cls for cls in _socket.socket.__subclasses__() if cls.__module__ == "socket")
    now = socket.socket
    return [own] if not isinstance(now, type) or issubclass(now, own) else [own, now]


def _wrap_init(original: Callable[..., None]) -> Any:
    @functools.wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        started = perf_counter()
        try:
            original(self, *args, **kwargs)
        except OSError as error:
            _note_made(self, started, sys._getframe(1), True, error)
            del self, args, kwargs  # a traceback keeps this frame
            raise
        descriptor = kwargs.get("fileno", args[3] if len(args) > 3 else None)
        _note_made(self, started, sys._getframe(1), descriptor is None, None)

    return __init__


@blamed
def _note_made(sock: Any, started: float, frame: FrameType, new: bool, error: OSError | None) -> None:
    """A socket was made, in a call by `frame`: a new one, or of an existing descriptor."""
    if error is None and type(sock).__module__ == "ssl":
        _install_tls()
    if error is None and in_socketpair(frame):
        _in_pair(sock, frame, started)
    elif error is not None or new:
        _made(sock, started, error)
    elif frame.f_code.co_name == "accept" and frame.f_globals.get("__name__") == "socket":
        _late_accept(sock, frame)
    else:
        take_over(sock)


def _made(sock: socket.socket, started: float, error: OSError | None) -> None:
    info = info_of(sock, fresh=isinstance(sock, _socket.socket))
    if len(info.holders) > 1:
        return  # a library's class around a socket that told already
    if noting.tapes and not caller().unrecorded:
        asked = None if error else _named(socket_number(sock, "family"), socket_number(sock, "type"))
        tell("socket", info, started, asked=asked, error=error and error_text(error))


@functools.lru_cache
def _named(family: int, kind: int) -> str:
    """The names of family and type; the number of one that Python has no name for."""
    known = [{int(each): each.name for each in enum} for enum in (socket.AddressFamily, socket.SocketKind)]
    return ", ".join(names.get(number, str(number)) for names, number in zip(known, (family, kind)))


def _in_pair(sock: socket.socket, frame: FrameType, started: float) -> None:
    """One end of a socketpair: the second one to be made finds the first in its caller's variables."""
    info = info_of(sock, fresh=True)
    info.role = "end"
    info.muted = bool(caller().unrecorded) or is_event_loop(frame.f_back)
    first = frame.f_locals.get("a")
    if type(first) is type(sock) and first is not sock:
        other = info_of(first)
        other.partner, info.partner = info, other
        tell("socketpair", other, started, accepted=info)


def _late_accept(sock: socket.socket, frame: FrameType) -> None:
    """An accept() that was already waiting, unwrapped, when the watch began: its frame tells the rest."""
    outer = frame.f_back
    if outer is not None and outer.f_code in RECORDED_CODES:  # the wrapper tells, except of a socketpair
        if (pair := outer.f_back) is not None and in_socketpair(pair):
            _in_pair(sock, pair, 0.0)
        return
    listener = info_of(frame.f_locals["self"])
    listener.role = "listener"
    info = accepted_from(listener, sock, frame.f_locals.get("addr"))
    tell("accept", listener, 0.0, local=listener.local, peer=info.peer, accepted=info)


def _wrap_detach(original: Callable[..., int]) -> Any:
    @functools.wraps(original)
    def detach(self: Any) -> int:
        name = blamed(name_of)(self)
        descriptor = original(self)
        blamed(give_away)(self, descriptor, name)
        return descriptor

    return detach


def _wrap_join(original: Callable[..., None]) -> Any:
    """Thread.join: what came before the end of a thread, and what after it."""

    @functools.wraps(original)
    def join(self: threading.Thread, *args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        original(self, *args, **kwargs)
        _note_join(self)

    return join


@blamed
def _note_join(thread: threading.Thread) -> None:
    if noting.tapes and not thread.is_alive() and (ended := number_of(thread)) is not None:
        for tape in noting.tapes:
            if len(tape.joins) < tape.max_events:
                tape.joins.append(Join(perf_counter(), caller().numbered(), ended))


def install() -> None:
    with threads.lock:
        for info in list(infos.values()):
            info.forget()
        for cls in classes():
            try:
                _install_in(cls)
            except TypeError as error:  # a class of a C library can not be changed: the recording tells
                blame((), error)
        _put(threading.Thread, "join", _wrap_join(threading.Thread.join))
        _install_tls()


def look_for_another_class(tape: Tape) -> None:
    """Tell a recording if a class that was put in the place of socket.socket meanwhile is not recorded."""
    done = {patched[0] for patched in list(_patched)}
    for cls in classes():
        if cls not in done:
            tape.errors[f"socket.socket was replaced by {cls.__module__}.{cls.__qualname__} meanwhile"] += 1


def _install_in(cls: type) -> None:
    for name, method in METHODS.items():
        if (original := _method(cls, name)) is not None:
            _put(cls, name, wrap(method, original))
    _put(cls, "__init__", _wrap_init(cls.__init__))  # type: ignore[misc]
    if (original := _method(cls, "detach")) is not None:
        _put(cls, "detach", _wrap_detach(original))


def _method(cls: type, name: str) -> Any:
    """The method of this name, if there is one: Windows has no sendmsg; a library's class may delegate."""
    if hasattr(cls, name) or not hasattr(cls, "__getattr__"):
        return getattr(cls, name, None)
    if not hasattr(_socket.socket, name):  # what the library's class need not have
        return None
    return lambda self, *args, **kwargs: cls.__getattr__(self, name)(*args, **kwargs)


def _put(cls: type, name: str, function: Any) -> None:
    _patched.append((cls, name, cls.__dict__.get(name, _MISSING), function))
    setattr(cls, name, function)


def _install_tls() -> None:
    cls = getattr(sys.modules.get("ssl"), "SSLSocket", None)
    with threads.lock:
        if cls is None or not _patched or any(patched[0] is cls for patched in _patched):
            return
        for name in TLS_METHODS:
            _put(cls, name, wrap(METHODS[name], getattr(cls, name), _is_encrypted))


def _is_encrypted(sock: Any) -> bool:
    """Whether the TLS socket's own method does the work; if not, it calls the plain one, which records."""
    return getattr(sock, "_sslobj", None) is not None


def uninstall() -> None:
    """Put the methods back as they were, but where somebody else has wrapped ours since: it just hands on."""
    with threads.lock:
        while _patched:
            cls, name, before, function = _patched.pop()
            if cls.__dict__.get(name) is function:
                delattr(cls, name) if before is _MISSING else setattr(cls, name, before)
