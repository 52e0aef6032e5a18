"""Whether something has come, and two ways to end. For what is no script; a Script does the same in steps."""

from __future__ import annotations

import select
import socket
import struct
from contextlib import suppress


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
    sock.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii" if hasattr(select, "poll") else "hh", 1, 0)
    )
    sock.close()
