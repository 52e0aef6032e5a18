"""Sockets from outside: whether something has come, and ways to end, to wake and to close."""

from __future__ import annotations

import _socket
import os
import select
import socket
import struct
import sys
from contextlib import suppress


def family_of(host: str) -> socket.AddressFamily:
    """IPv6 if there is a colon in it."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def readable(sock: socket.socket) -> bool:
    """Whether something has come that nobody has taken, the end of the stream included."""
    try:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            return bool(poll.poll(0))
        return bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):  # closed meanwhile
        return False


def finish(sock: socket.socket) -> None:
    """Half-close: "I have sent all", and still listening."""
    with suppress(OSError):  # the connection has ended already
        sock.shutdown(socket.SHUT_WR)


def reset(sock: socket.socket) -> None:
    """Vanish: the other side sees a reset connection, not an end of stream."""
    at_once = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    sock.close()


def wake(sock: socket.socket) -> None:
    """End every call that waits on this socket, in any thread, and every later one."""
    with suppress(OSError):
        _socket.socket.shutdown(sock, socket.SHUT_RDWR)  # the C method: this is not the program's own call
    # Elsewhere shutdown does not wake accept, but close does. And Linux tells of a datagram socket that has
    # been shut down that it is readable, and then that nothing is there: recvfrom with a timeout spins.
    if sys.platform != "linux" or sock.type == socket.SOCK_DGRAM:
        with suppress(OSError):
            close(sock)


def close(sock: socket.socket) -> None:
    """Close it now, even while file objects made from it are open."""
    with suppress(OSError):
        number = _socket.socket.detach(sock)
        if number != -1:
            _socket.close(number)


def identity(sock: socket.socket) -> tuple[int, int] | None:
    """What tells this socket's descriptor from a later one with the same number."""
    if sys.platform == "win32":  # a socket is no file there
        return None
    with suppress(OSError):
        found = os.fstat(sock.fileno())
        return found.st_dev, found.st_ino
    return None


def close_same(sock: socket.socket, same: tuple[int, int] | None) -> None:
    """Close it, but not somebody else's descriptor: a learner's os.close may have freed its number."""
    if sock.fileno() != -1 and identity(sock) != same:
        _socket.socket.detach(sock)
    with suppress(OSError):
        sock.close()
