"""Plain functions of the examiner's sockets: send, end, read.

Scripts in peers.py do the same step by step, and are shorter to write. These are for what is no script.
Every socket has a deadline already (`lab.client` sets it), so nothing here waits for ever.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


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


# -- endings ---------------------------------------------------------------------------------------


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


# -- reading ---------------------------------------------------------------------------------------


def read_all(sock: socket.socket, limit: int = 1 << 24, piece: int = 65536) -> bytes:
    """Everything until the end of the stream. A reset counts as the end."""
    return read_up_to(sock, limit, piece)


def read_up_to(sock: socket.socket, size: int, piece: int = 65536) -> bytes:
    """`size` bytes, or fewer if the stream ends before. `piece` is how much to take at once."""
    data = bytearray()
    while len(data) < size:
        try:
            part = sock.recv(min(piece, size - len(data)))
        except ConnectionError:
            break
        if not part:
            break
        data += part
    return bytes(data)


@contextmanager
def sending(sock: socket.socket, data: bytes, piece: int = 16384) -> Iterator[None]:
    """Send the data and finish, in another thread, while the block reads."""

    def send() -> None:
        with suppress(OSError):
            for start in range(0, len(data), piece):
                sock.sendall(data[start : start + piece])
            sock.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=send, name="netlab peer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_WR)  # wakes the sender too, if the block gave up
        thread.join()
