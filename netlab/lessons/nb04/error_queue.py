"""The ICMP errors that came back after send() had returned.

Linux, for an ordinary user: they come through a socket's error queue.
"""

from __future__ import annotations

import _socket
import errno
import os
import select
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

from ...wire import ICMP, ICMPv6, usable

_IP_RECVERR, _IPV6_RECVERR = 11, 25  # linux/in.h, linux/in6.h
_ICMP, _ICMP6 = 2, 3  # who reports: SO_EE_ORIGIN_ of linux/errqueue.h
_EXTENDED = struct.Struct("=IBBBBII")  # struct sock_extended_err


@dataclass(frozen=True, slots=True)
class NetworkError:
    """An ICMP error about a datagram that this socket sent."""

    error: str  # what the kernel makes of it: "ECONNREFUSED"
    icmp: str  # type and code in words: "destination unreachable (port)"
    reporter: str  # address of the host that sent the ICMP message
    destination: tuple[str, int]  # where the datagram was going
    data: bytes  # its payload, as far as it came back


def watch_errors(sock: socket.socket) -> None:
    """Let the kernel keep the ICMP errors about this UDP socket's datagrams (IP_RECVERR).

    It also makes the next call on the socket raise the error, connected or not.
    NotOnThisSystem outside Linux; ValueError for a closed socket.
    """
    six = usable(sock, "watch_errors()", "linux").family == socket.AF_INET6
    level, option = (socket.IPPROTO_IPV6, _IPV6_RECVERR) if six else (socket.IPPROTO_IP, _IP_RECVERR)
    sock.setsockopt(level, option, 1)


def network_errors(sock: socket.socket, *, timeout: float = 0.0) -> list[NetworkError]:
    """Take the ICMP errors that came since the last call; if there are none, wait up to `timeout` seconds.

    NotOnThisSystem outside Linux; ValueError for a closed socket.
    """
    usable(sock, "network_errors()", "linux")
    # A descriptor of our own: the socket's timeout does not hold for it, and watch() does not record it.
    ours = _socket.socket(sock.family, sock.type, sock.proto, os.dup(sock.fileno()))
    try:
        return _read(ours, time.monotonic() + timeout)
    finally:
        ours.close()


def _read(ours: _socket.socket, deadline: float) -> list[NetworkError]:
    found: list[NetworkError] = []
    poll = select.poll()
    poll.register(ours, 0)  # the error queue is always asked for
    woken = False
    while True:
        try:
            data, ancillary, _, address = ours.recvmsg(65535, 1024, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except BlockingIOError:
            left = deadline - time.monotonic()
            # Woken for nothing: the connection broke, and there will be no more.
            if found or left <= 0 or woken:
                return found
            woken = bool(poll.poll(left * 1000))
            continue
        woken = False
        if (error := _error(data, ancillary, address)) is not None:
            found.append(error)


def _error(data: bytes, ancillary: list[Any], address: Any) -> NetworkError | None:
    for level, kind, content in ancillary:
        if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
            number, origin, icmp_type, code, _, _, _ = _EXTENDED.unpack_from(content)
            if origin in (_ICMP, _ICMP6):
                return NetworkError(
                    errno.errorcode.get(number, os.strerror(number)),
                    (ICMPv6 if origin == _ICMP6 else ICMP)(icmp_type, code, 0, b"").name,
                    _address(content[_EXTENDED.size :]),
                    tuple(address[:2]),
                    data,
                )
    return None


def _address(raw: bytes) -> str:
    """The host in a struct sockaddr; empty if there is none."""
    family = struct.unpack_from("=H", raw)[0] if len(raw) >= 8 else 0
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[4:8])
    return socket.inet_ntop(socket.AF_INET6, raw[8:24]) if family == socket.AF_INET6 else ""
