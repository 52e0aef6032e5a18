"""Sockets that share a port, for multicast and broadcast, on each system."""

from __future__ import annotations

import socket
import sys

_MULTICAST_ALL = 49  # linux/in.h; Python has no name for it


def shared_socket(host: str, port: int = 0) -> socket.socket:
    """A datagram socket at a group's address (or a broadcast address), at a port that others may share."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    option = socket.SO_REUSEPORT if sys.platform == "darwin" else socket.SO_REUSEADDR
    try:
        sock.setsockopt(socket.SOL_SOCKET, option, 1)
        sock.bind(("" if sys.platform == "win32" else host, port))  # Windows binds to no group
    except OSError:
        sock.close()
        raise
    return sock


def only_own_groups(sock: socket.socket) -> None:
    """Let this socket hear only the groups that it joined itself: IP_MULTICAST_ALL = 0 (ip(7)).

    Outside Linux it changes nothing.
    """
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_IP, _MULTICAST_ALL, 0)


def who_hears(silence: float = 0.1, **sockets: socket.socket) -> list[str]:
    """The names of the sockets that get a datagram before they have been silent for so many seconds."""
    heard = []
    for name, sock in sockets.items():
        sock.settimeout(silence)
        try:
            sock.recv(65535)
        except TimeoutError:
            continue
        heard.append(name)
    return heard
