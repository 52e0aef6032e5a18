"""The socket a server waits on: bound with clear errors, and able to be woken from another thread."""

from __future__ import annotations

import _socket
import errno
import os
import select
import socket
import struct
import sys
import weakref
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from netlab.wire import opened, quiet, record_calls

WINDOWS = sys.platform == "win32"
SHUTDOWN_WAKES = sys.platform == "linux"  # a blocked accept() or recvfrom(); elsewhere close() does
RESOURCE_ERRORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}  # they pass: wait, then go on
CLOSED_BY_CLIENT = getattr(select, "POLLRDHUP", 0)
BACKLOG = 1024  # how many connections may wait for accept()
STOPPED = errno.EBADF, "the server was stopped"


class ServedSocket(socket.socket):
    """A connection's socket as the handler gets it.

    A plain one, except that a watch() also sees the receiving call that was waiting when it began.
    """

    __module__, __qualname__ = "socket", "socket"  # it need not bother anyone who prints it
    __slots__ = ()  # as socket.socket itself: so one can become the other


for _name in ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"):
    if hasattr(socket.socket, _name):
        setattr(ServedSocket, _name, record_calls(_name, getattr(_socket.socket, _name)))


@dataclass
class Connection:
    """One accepted connection, as `stop()` needs to know it."""

    socket: weakref.ref[socket.socket]
    descriptor: int
    address: Any
    ended_by_stop: bool = False


class ServerSocket(socket.socket):
    """A listening or datagram socket whose blocked accept() or recv ends with OSError when the server stops.

    close() in another thread does not wake accept() on Linux, and shutdown() does not elsewhere. A *knock*
    does everywhere: a connection, or an empty datagram, that the socket sends to its own address. Queues are
    first in, first out, so whoever came before the knock is still served.
    """

    waking = False  # the next call that comes back empty-handed does so because of stop()
    visitor: socket.socket | None = None  # who knocks
    visitor_address: Any = None
    refusing = False  # nobody is let in any more
    latest: Connection
    bound: Any  # its address, still known when it is closed

    def __init__(self, family: int, kind: int) -> None:
        super().__init__(family, kind)
        self.connections: dict[int, Connection] = {}  # by descriptor

    def accept(self) -> tuple[socket.socket, Any]:
        conn, address = super().accept()
        self.latest = Connection(weakref.ref(conn), conn.fileno(), address)
        self.connections[self.latest.descriptor] = self.latest
        return conn, address

    def _accept(self) -> tuple[int, Any]:
        # What socket.accept() calls first. Here, inside, a recording sees one call that ended, not a visitor.
        try:
            descriptor, address = super()._accept()  # type: ignore[misc]  # not in typeshed
        except OSError:
            if not self.waking:
                raise
        else:
            if not self.refusing and address != self.visitor_address:
                return descriptor, address
            socket.close(descriptor)
        quiet(self)
        raise OSError(*STOPPED)

    def wake(self) -> bool:
        """Wake the thread that waits on this socket, after it has taken what came before.

        Returns whether that works. If the queue is full, or no descriptor is left for a knock, refuse() has
        to do. Once the thread has ended, `visitor` is to be closed.
        """
        self.waking = True
        if self.type == socket.SOCK_DGRAM:
            quiet(self, only_empty=True)  # its thread may still be answering
        if SHUTDOWN_WAKES and not _ready([self.fileno()], select.POLLIN):  # nobody came before: no knock
            _shut(self, socket.SHUT_RD)
            return True
        try:
            self.visitor = self.visitor or socket.socket(self.family, self.type)
            self.visitor.settimeout(0.05)
            if self.family in (socket.AF_INET, socket.AF_INET6):
                self.visitor.bind((self.bound[0], 0))
            self.visitor_address = self.visitor.getsockname()
            if self.type == socket.SOCK_DGRAM:
                self.visitor.sendto(b"", self.bound)
            else:  # leave by RST: a FIN could put the server's port into TIME_WAIT
                linger = struct.pack("HH" if WINDOWS else "ii", 1, 0)
                self.visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.visitor.connect(self.bound)
        except OSError:
            return False
        return True

    def refuse(self) -> None:
        """Let nobody in from now on; wake by force whoever still waits."""
        if not self.refusing:
            self.refusing = True
            _shut(self, close=not SHUTDOWN_WAKES)

    def end_connections(self, *, all: bool) -> None:
        """End every accepted connection; `all=False` spares those whose client has finished sending.

        Those end by themselves in a moment, and a handler may still have an answer on its way.
        """
        connections = self.connections.copy()
        spared = _ready(connections, CLOSED_BY_CLIENT) if CLOSED_BY_CLIENT and connections and not all else ()
        for descriptor, connection in connections.items():
            if descriptor not in spared:
                connection.ended_by_stop = True
                self.end(connection)

    def close_connections(self) -> None:
        """Close what was accepted and is still open."""
        for connection in list(self.connections.values()):
            if conn := connection.socket():
                conn.close()

    def end(self, connection: Connection) -> None:
        """Send end of stream to the client of a connection, and wake the thread that waits on it."""
        conn = connection.socket()
        if conn is not None and conn.fileno() != -1:
            _shut(conn, close=WINDOWS)
            return
        # The handler passed the descriptor on (ssl's wrap_socket does) or closed it, and then the number
        # may belong to a stranger. The two addresses of a connection are unmistakable.
        with suppress(OSError), socket.fromfd(connection.descriptor, self.family, self.type) as same:
            if same.getpeername() == connection.address and same.getsockname() == self.bound:
                same.shutdown(socket.SHUT_RDWR)


def _ends_when_woken(name: str) -> Callable[..., Any]:
    def method(self: ServerSocket, *args: Any, **options: Any) -> Any:
        result = getattr(super(ServerSocket, self), name)(*args, **options)
        size_or_data = result[0] if isinstance(result, tuple) else result
        if self.refusing or (self.waking and not size_or_data):
            raise OSError(*STOPPED)
        return result

    return method


for _name in ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg"):
    if hasattr(socket.socket, _name):
        setattr(ServerSocket, _name, _ends_when_woken(_name))


def _shut(sock: socket.socket, how: int = socket.SHUT_RDWR, *, close: bool = False) -> None:
    with suppress(OSError):  # not connected (any more)
        sock.shutdown(how)
    if close and (descriptor := sock.detach()) != -1:
        socket.close(descriptor)  # at once, whatever makefile() still holds


def _ready(descriptors: Iterable[int], event: int) -> set[int]:
    """Those of the descriptors for which the event is true now."""
    poll = select.poll()
    for each in descriptors:
        if each >= 0:
            poll.register(each, event)
    return {descriptor for descriptor, seen in poll.poll(0) if seen & event}


def server_address(host: str, port: int, unix: str | os.PathLike[str] | None, kind: int) -> tuple[int, Any]:
    """The family and the address to bind. Raises ValueError or TypeError for what can never be bound."""
    if unix is not None:
        if kind == socket.SOCK_DGRAM:
            raise ValueError("unix= is for stream servers; a datagram server takes host and port")
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("Python has no Unix sockets on this system: use host and port")
        return socket.AF_UNIX, os.fspath(unix)
    if not isinstance(host, str):
        raise TypeError(f'host is text such as "127.0.0.1", not {host!r}')
    if not isinstance(port, int) or isinstance(port, bool):
        raise TypeError(f"port is a whole number, not {port!r}; 0 asks for any free port")
    if not 0 <= port <= 65535:
        raise ValueError(f"there is no port {port}: ports go from 0 (any free port) to 65535")
    if host == "localhost":  # a name, which may mean ::1 first; these servers listen on one address
        host = "127.0.0.1"
    for family, loopback in ((socket.AF_INET, b"\x7f"), (socket.AF_INET6, b"\0" * 15 + b"\1")):
        with suppress(OSError, ValueError):  # not an address of this family
            if socket.inet_pton(family, host).startswith(loopback):
                return family, (host, port)
    raise ValueError(
        f"netlab servers listen on loopback only, where no other machine can reach them: not on {host!r}; "
        'use "127.0.0.1" or "::1"'
    )


def open_server_socket(family: int, kind: int, address: tuple[str, int] | str, holder: str) -> ServerSocket:
    """Make and bind a socket, and let it listen unless it is for datagrams.

    Raises OSError (with errno, and its subclass) for what the system refuses. `holder` is the server of ours
    that has the address.
    """
    datagram, unix = kind == socket.SOCK_DGRAM, isinstance(address, str)
    with ExitStack() as undo:
        try:
            sock = undo.enter_context(ServerSocket(family, kind))
            if WINDOWS:  # there SO_REUSEADDR would let another program take the port over
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined]
            elif not datagram and not unix:  # a port in TIME_WAIT is free for its next server
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            if not datagram:
                sock.listen(BACKLOG)
            sock.bound = sock.getsockname()
            if not unix:
                opened(sock.bound[1])  # so that the port's TIME-WAIT of before is not taken for ours
        except OSError as error:
            raise _explained(error, address, holder) from None
        undo.pop_all()
    return sock


def _explained(error: OSError, address: Any, holder: str) -> OSError:
    """The same error (class, errno), with a text that is the same on every system."""
    place = address if isinstance(address, str) else f"port {address[1]} on {address[0]}"
    free = "choose another path" if isinstance(address, str) else "use port=0 (any free port)"
    if holder:
        text = f"{place} is taken by {holder} of this program: call its stop() or stop_all(), or {free}"
    elif error.errno == errno.EADDRINUSE and isinstance(address, str):
        text = f"{place} exists already: delete it if no server uses it, or {free}"
    elif error.errno == errno.EADDRINUSE:
        text = f"{place} is taken by another socket, of this program or another: close that, or {free}"
    elif isinstance(error, PermissionError) and isinstance(address, tuple) and address[1] < 1024:
        text = f"{place} needs administrator rights, as ports below 1024 do: {free} or a port from 1024 up"
    elif isinstance(error, PermissionError):
        text = f"the system does not allow this program to use {place}: {free}"
    elif error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
        other = "::1" if address[0] == "127.0.0.1" else "127.0.0.1"
        text = f'this machine has no address {address[0]}: use host="{other}"'
    else:
        text = f"cannot listen on {place}: {error.strerror or error}"
    explained = type(error)(text)
    explained.errno = error.errno
    return explained
