"""What is known of each socket of this process, as long as the socket lives."""

from __future__ import annotations

import _socket
import contextlib
import os
import socket
import struct
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from types import FrameType
from typing import Any

from .calls import kept

_EVENT_LOOPS = {  # functions in which asyncio, tornado and trio talk to themselves
    "_make_self_pipe", "_close_self_pipe", "_read_from_self", "_write_to_self",
    "_wake_selector", "_consume_waker", "_start_select", "WakeupSocketpair",
}  # fmt: skip
_TCP_INFO, _TCPI_UNACKED = 11, 24  # linux/tcp.h; of a listener that field is its accept queue


@dataclass(slots=True, eq=False)
class Info:
    """What is known of one socket of the kernel. It keeps no Python object alive that stands for it.

    There may be several of these: dup(), fromfd(), ssl, and libraries with a class of their own make them.
    """

    stream: bool
    role: str = ""  # as in events.Origin
    listener: Info | None = None
    partner: Info | None = None
    local: Any = None
    peer: Any = None
    muted: bool = False  # by quiet(), or because it is an event loop's own
    hushed: bool = False  # by quiet(only_empty=True)
    holders: dict[int, int] = field(default_factory=dict)  # open descriptors, by id() of who has them
    away: bool = False  # detach() gave its descriptor to whom no recording sees
    waiting: int | None = None  # connections that a listener had for accept() when somebody last counted
    name: Any = None  # what the kernel calls it; asked for when a descriptor is met that may be a duplicate

    def look(self, sock: socket.socket) -> Any:
        """Ask the kernel for the addresses. Two system calls, so only when something may have changed."""
        try:
            local = kept(ask(sock, "getsockname"))
            # An Internet socket has no address before bind, connect or the first datagram.
            self.local = None if port_of(local) == 0 else local
            self.peer = kept(ask(sock, "getpeername"))
        except OSError:
            pass
        return self.local

    def count(self) -> int | None:
        """Ask how many connections wait for accept(), if it is a listener. Linux tells, of TCP."""
        sock = self.holder() if self.role == "listener" and self.stream and port_of(self.local) else None
        if sock is not None and sys.platform == "linux":
            with contextlib.suppress(OSError, struct.error):
                about = ask(sock, "getsockopt", socket.IPPROTO_TCP, _TCP_INFO, 28)
                (self.waiting,) = struct.unpack_from("I", about, _TCPI_UNACKED)
        return self.waiting

    def holder(self) -> socket.socket | None:
        """One of the open objects that stand for it."""
        found = (sock for key in list(self.holders) if (sock := _object(key)) is not None)
        return next((sock for sock in found if ask(sock, "fileno") >= 0), None)

    def let_go(self, sock: socket.socket) -> None:
        """An object has closed its descriptor, or given it away. What shared it with that object has, too."""
        self.holders.pop(id(sock), None)
        if self.holders:
            self._drop_closed()

    def forget(self) -> None:
        """The calls of the last while were not seen: addresses may have changed, descriptors been closed."""
        self.local = self.peer = None
        self._drop_closed()

    def _drop_closed(self) -> None:
        for key, descriptor in list(self.holders.items()):
            sock = _object(key)
            if sock is None or ask(sock, "fileno") != descriptor:
                self.holders.pop(key, None)


infos: dict[int, Info] = {}  # by id(socket); an entry goes when its socket goes, before the id is used again
_refs: dict[int, weakref.ref[socket.socket]] = {}  # of the same sockets
_given_away: dict[int, Info] = {}  # by descriptor, after detach()


def _object(key: int) -> socket.socket | None:
    ref = _refs.get(key)
    return ref() if ref is not None else None


def ask(sock: Any, method: str, *arguments: Any) -> Any:
    """Call a method that only asks, as Python itself has it: a subclass may count, print or fail."""
    if isinstance(sock, _socket.socket):
        return getattr(_socket.socket, method)(sock, *arguments)
    return getattr(sock, method)(*arguments)


_NUMBERS = {what: vars(_socket.socket)[what].__get__ for what in ("family", "type")}


def socket_number(sock: Any, what: str) -> int:
    """Its `family` or its `type`, as a number that may have no name."""
    return _NUMBERS[what](sock) if isinstance(sock, _socket.socket) else int(getattr(sock, what))


def port_of(address: Any) -> int | None:
    """The port of an Internet address; None for others, such as Netlink's pairs of numbers."""
    internet = isinstance(address, tuple) and len(address) in (2, 4) and isinstance(address[0], str)
    return address[1] if internet else None


def info_of(sock: socket.socket, caller: FrameType | None = None, *, fresh: bool = False) -> Info:
    """What is known of a socket, which may be met for the first time, in a call by `caller`.

    A socket that is not `fresh` from the kernel may be another one's duplicate: then they are the same.
    Its addresses are not asked for: that would be a third of a short connection's cost, often for nobody.
    """
    info = infos.get(id(sock))
    if info is None:
        descriptor = ask(sock, "fileno")
        info = None if fresh or descriptor < 0 else _same(sock, descriptor)
        if info is None:
            stream = descriptor < 0 or socket_number(sock, "type") == socket.SOCK_STREAM
            info = Info(stream, muted=is_event_loop(caller))
        _attach(sock, info, descriptor)
    return info


def _same(sock: socket.socket, descriptor: int) -> Info | None:
    """The known socket of which this is another descriptor, or the one that detach() gave away."""
    name, known = _name(sock, descriptor), list(infos.values())
    if name is None:  # then only what is in that very place, or was
        held = (info for info in known if descriptor in info.holders.values())
        return next(held, None) or _given_away.get(descriptor)
    for info in reversed(known):
        if info.name is None and (holder := info.holder()) is not None:
            info.name = _name(holder, ask(holder, "fileno"))
        if info.name == name and info.holders:
            return info
    return next((info for info in list(_given_away.values()) if info.name == name), None)


def _name(sock: socket.socket, descriptor: int) -> Any:
    """What is the same for all descriptors of one socket, and for no other one; None if that is not known."""
    with contextlib.suppress(OSError):
        if sys.platform == "linux":
            status = os.fstat(descriptor)
            return status.st_dev, status.st_ino
        local, peer = kept(ask(sock, "getsockname")), kept(ask(sock, "getpeername"))
        return (local, peer) if local and peer else None  # a Unix socket may have no name
    return None


def give_away(sock: socket.socket, descriptor: int, name: Any) -> None:
    """detach() has returned this descriptor of the socket, whose name it was asked for before."""
    if (info := infos.get(id(sock))) is not None:
        info.name = name
        info.let_go(sock)
        if not info.holders:  # ssl holds it already
            info.away, _given_away[descriptor] = True, info


def name_of(sock: socket.socket) -> Any:
    """What give_away() needs."""
    return _name(sock, ask(sock, "fileno")) if id(sock) in infos else None


def take_over(sock: socket.socket) -> None:
    """A socket was made of an existing descriptor, as ssl does: if known, it goes on as the same one."""
    descriptor = ask(sock, "fileno")
    if descriptor >= 0 and (info := _same(sock, descriptor)) is not None:
        _attach(sock, info, descriptor)


def look_all() -> None:
    """Ask for the addresses that nobody has asked for."""
    for info in list(infos.values()):
        if info.local is None and not info.muted and (sock := info.holder()) is not None:
            info.look(sock)


def is_event_loop(frame: FrameType | None) -> bool:
    """Whether an event loop is talking to itself here."""
    if frame is not None and frame.f_code.co_name == "close":  # which calls _real_close()
        frame = frame.f_back
    return frame is not None and not _EVENT_LOOPS.isdisjoint(frame.f_code.co_qualname.split("."))


# What to do when an open socket vanishes; set by `wrapping`.
when_dropped: Callable[[Info], None] = Info.forget


def _attach(sock: socket.socket, info: Info, descriptor: int) -> None:
    key, every, refs = id(sock), infos, _refs  # when Python ends, a module's names become None

    def gone(_: object) -> None:
        every.pop(key, None)
        refs.pop(key, None)
        descriptor = info.holders.pop(key, None)
        if descriptor is not None and descriptor not in info.holders.values():
            if when_dropped is not None:
                when_dropped(info)

    _refs[key] = weakref.ref(sock, gone)
    infos[key] = info
    if descriptor >= 0:
        info.holders[key] = descriptor
        info.away = False
        _given_away.pop(descriptor, None)


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
