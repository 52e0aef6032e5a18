"""What is known of each socket of this process, as long as the socket lives."""

from __future__ import annotations

import contextlib
import socket
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from typing import Any

_EVENT_LOOPS = {  # functions in which asyncio and tornado talk to themselves
    "_make_self_pipe", "_close_self_pipe", "_read_from_self", "_write_to_self",
    "_wake_selector", "_consume_waker", "_start_select",
}  # fmt: skip
GIVEN_AWAY = -2  # descriptor of a socket after detach()


@dataclass(slots=True, eq=False)
class Info:
    """What is known of one socket. It does not keep the socket alive."""

    ref: weakref.ref[socket.socket]
    fd: int
    stream: bool
    role: str = ""  # as in events.Origin
    listener: Info | None = None
    partner: Info | None = None
    local: Any = None
    peer: Any = None
    closed: bool = False  # or given away by detach()
    muted: bool = False  # by quiet(), or because it is an event loop's own
    hushed: bool = False  # by quiet(only_empty=True)

    def look(self, sock: socket.socket) -> Any:
        """Ask the kernel for the addresses. Two system calls, so only when something may have changed."""
        with contextlib.suppress(OSError):
            local = sock.getsockname()
            # An Internet socket has no address before bind, connect or the first datagram.
            self.local = None if isinstance(local, tuple) and local[1] == 0 else local
            self.peer = sock.getpeername()
        return self.local

    def forget(self) -> None:
        """The calls of the last while were not seen: addresses may have changed."""
        sock = self.ref()
        self.local = self.peer = None
        self.closed = sock is None or sock.fileno() < 0


infos: dict[int, Info] = {}  # by id(socket); an entry goes when its socket goes, before the id is used again
_by_descriptor: dict[int, Info] = {}


def info_of(sock: socket.socket, caller: FrameType | None = None) -> Info:
    """What is known of a socket, which may be met for the first time, in a call by `caller`.

    Its addresses are not asked for: often nobody records it yet, and a third of a short connection's cost
    would be that.
    """
    info = infos.get(id(sock))
    if info is None:
        fd = sock.fileno()
        stream = fd < 0 or sock.type == socket.SOCK_STREAM
        info = Info(weakref.ref(sock), fd, stream, muted=is_event_loop(caller))
        _attach(sock, info)
    return info


def look_all() -> None:
    """Ask for the addresses that nobody has asked for."""
    for info in list(infos.values()):
        sock = info.ref()
        if sock is not None and info.local is None and not info.muted:
            info.look(sock)


def take_over(sock: socket.socket, descriptor: int) -> None:
    """A socket was made of an existing descriptor, as ssl does: if known, it goes on as the same one."""
    info = _by_descriptor.get(descriptor)
    holder = info.ref() if info is not None else None
    held = holder is not None and holder.fileno() == descriptor
    if info is not None and (held or info.fd == GIVEN_AWAY):
        info.fd, info.closed = descriptor, False
        _attach(sock, info)


def is_event_loop(frame: FrameType | None) -> bool:
    """Whether an event loop is talking to itself here."""
    return frame is not None and frame.f_code.co_name in _EVENT_LOOPS


# What to do when an open socket vanishes; set by `wrapping`.
when_dropped: Callable[[Info], None] = Info.forget


def _attach(sock: socket.socket, info: Info) -> None:
    key = id(sock)

    def gone(ref: weakref.ref[socket.socket], infos: dict[int, Info] = infos) -> None:
        if infos.get(key) is info:
            del infos[key]
        if info.ref is ref and not info.closed:
            info.closed = True
            if when_dropped is not None:  # when Python ends, a module's names become None
                when_dropped(info)

    if (before := info.ref()) is not None:
        infos.pop(id(before), None)
    info.ref = weakref.ref(sock, gone)
    infos[key] = info
    if info.fd >= 0:
        _by_descriptor[info.fd] = info


def quiet(sock: socket.socket, *, only_empty: bool = False) -> None:
    """Record no further call on this socket, also none that is under way.

    `only_empty` leaves out no more than the calls that move no byte: so a receive that was only woken is
    not seen, and a send that is under way is.
    """
    info = info_of(sock)
    info.hushed = True
    info.muted = info.muted or not only_empty


opened_at: dict[int, float] = {}  # by port number: when, in seconds of time.monotonic()


def opened(port: int) -> None:
    """Say that this process begins to use a port number now.

    `socket_table(port)` then leaves out the TIME-WAIT of connections to an earlier user of the number. A bind
    that a watch sees says it by itself.
    """
    opened_at[port] = monotonic()
