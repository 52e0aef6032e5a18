"""How many bytes lie in the two buffers of a socket."""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass

from ...wire import usable

_SIOCINQ, _SIOCOUTQ = 0x541B, 0x5411  # linux/sockios.h
_SO_NREAD, _SO_NWRITE = 0x1020, 0x1024  # macOS, sys/socket.h


@dataclass(frozen=True, slots=True)
class Queues:
    """Bytes that the kernel holds for a socket."""

    unsent: int  # given to send, not yet acknowledged by the peer's kernel
    unread: int  # arrived, not yet taken by recv (UDP: of the first datagram)


def queues(sock: socket.socket) -> Queues:
    """Bytes in the socket's two buffers (Linux: SIOCOUTQ, SIOCINQ; macOS: SO_NWRITE, SO_NREAD).

    Raises ValueError for a closed or listening socket, NotOnThisSystem elsewhere.
    """
    usable(sock, "queues()", "linux", "darwin")
    why = "A listening socket has no queues of bytes. Its connections have; socket_table(port) counts them."
    try:
        if sys.platform == "darwin":
            return Queues(*(sock.getsockopt(socket.SOL_SOCKET, option) for option in (_SO_NWRITE, _SO_NREAD)))
        import fcntl

        counts = [fcntl.ioctl(sock, request, b"\0" * 4) for request in (_SIOCOUTQ, _SIOCINQ)]
        return Queues(*struct.unpack("2i", b"".join(counts)))
    except OSError as error:
        raise ValueError(why) from error
