"""What the kernel reports about data after send() has returned: when it left, when it was acknowledged, and
the ICMP errors that came back. Linux, for an ordinary user; both come through a socket's error queue."""

from __future__ import annotations

import _socket
import errno
import os
import select
import socket
import struct
import sys
import time
import weakref
from dataclasses import dataclass
from typing import Any, TypeVar

from .icmp import ICMP, ICMPv6
from .sockets import _open, _refuse

_SO_TIMESTAMPING, _IP_RECVERR, _IPV6_RECVERR = 37, 11, 25  # asm-generic/socket.h, linux/in.h, linux/in6.h
_TX_SOFTWARE, _SOFTWARE, _OPT_ID, _TX_SCHED, _TX_ACK, _OPT_TSONLY = (1 << bit for bit in (1, 4, 7, 8, 9, 11))
_STEPS = {1: "scheduled", 0: "sent", 2: "acknowledged"}  # SCM_TSTAMP_SCHED, _SND, _ACK
_ICMP, _ICMP6, _TIMESTAMP = 2, 3, 4  # who reports: SO_EE_ORIGIN_ of linux/errqueue.h
_EXTENDED = struct.Struct("=IBBBBII")  # struct sock_extended_err


@dataclass(frozen=True, slots=True)
class ByteTime:
    """When something happened to data that was sent.

    TCP: `step` happened to byte number `number`, counted from 0 since watch_times(), and to all before it
    that are not named. UDP: to datagram number `number`.
    """

    step: str  # "scheduled" (given to the queue), "sent" (to the device) or "acknowledged" (TCP: by the peer)
    number: int
    time: float  # seconds since 1970, as time.time() counts


@dataclass(frozen=True, slots=True)
class NetworkError:
    """An ICMP error about a datagram that this socket sent."""

    error: str  # what the kernel makes of it: "ECONNREFUSED"
    icmp: str  # type and code in words: "destination unreachable (port)"
    reporter: str  # address of the host that sent the ICMP message
    destination: tuple[str, int]  # where the datagram was going
    data: bytes  # its payload, as far as it came back


_Kind = TypeVar("_Kind", ByteTime, NetworkError)
_kept: weakref.WeakKeyDictionary[socket.socket, list[ByteTime | NetworkError]] = weakref.WeakKeyDictionary()


def watch_times(sock: socket.socket) -> None:
    """Let the kernel note when what is sent from now on leaves and is acknowledged (SO_TIMESTAMPING).

    TCP: connect first. NotOnThisSystem outside Linux; ValueError for a closed socket.
    """
    flags = _TX_SCHED | _TX_SOFTWARE | _TX_ACK | _SOFTWARE | _OPT_ID | _OPT_TSONLY
    _option(sock, "watch_times()", socket.SOL_SOCKET, _SO_TIMESTAMPING, flags)


def watch_errors(sock: socket.socket) -> None:
    """Let the kernel keep the ICMP errors about this UDP socket's datagrams (IP_RECVERR).

    It also makes the next call on the socket raise the error, connected or not.
    NotOnThisSystem outside Linux; ValueError for a closed socket.
    """
    six = sock.family == socket.AF_INET6
    level, option = (socket.IPPROTO_IPV6, _IPV6_RECVERR) if six else (socket.IPPROTO_IP, _IP_RECVERR)
    _option(sock, "watch_errors()", level, option, 1)


def byte_times(sock: socket.socket, *, timeout: float = 0.0) -> list[ByteTime]:
    """Take the times that came since the last call; if there are none, wait up to `timeout` seconds.

    NotOnThisSystem outside Linux; ValueError for a closed socket.
    """
    return _take(sock, "byte_times()", timeout, ByteTime)


def network_errors(sock: socket.socket, *, timeout: float = 0.0) -> list[NetworkError]:
    """Take the ICMP errors that came since the last call; if there are none, wait up to `timeout` seconds.

    NotOnThisSystem outside Linux; ValueError for a closed socket.
    """
    return _take(sock, "network_errors()", timeout, NetworkError)


def _option(sock: socket.socket, what: str, level: int, option: int, value: int) -> None:
    if not sys.platform.startswith("linux"):
        raise _refuse(what, "Linux")
    _open(sock).setsockopt(level, option, value)


def _take(sock: socket.socket, what: str, timeout: float, kind: type[_Kind]) -> list[_Kind]:
    if not sys.platform.startswith("linux"):
        raise _refuse(what, "Linux")
    kept = _kept.setdefault(_open(sock), [])
    # A descriptor of our own: the socket's timeout does not hold for it, and watch() does not record it.
    ours = _socket.socket(sock.family, sock.type, sock.proto, os.dup(sock.fileno()))
    try:
        enough = any(isinstance(report, kind) for report in kept)
        kept += _read(ours, time.monotonic() + (0.0 if enough else timeout), kind)
    finally:
        ours.close()
    _kept[sock] = [report for report in kept if not isinstance(report, kind)]
    return [report for report in kept if isinstance(report, kind)]


def _read(ours: _socket.socket, deadline: float, kind: type[_Kind]) -> list[ByteTime | NetworkError]:
    found: list[ByteTime | NetworkError] = []
    poll = select.poll()
    poll.register(ours, 0)  # the error queue is always asked for
    woken = False
    while True:
        try:
            data, ancillary, _, address = ours.recvmsg(65535, 1024, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except BlockingIOError:
            left = deadline - time.monotonic()
            # Woken for nothing: the connection broke, and there will be no more.
            if any(isinstance(report, kind) for report in found) or left <= 0 or woken:
                return found
            woken = bool(poll.poll(left * 1000))
            continue
        woken = False
        if (report := _report(data, ancillary, address)) is not None:
            found.append(report)


def _report(data: bytes, ancillary: list[Any], address: Any) -> ByteTime | NetworkError | None:
    stamp, extended, offender = 0.0, None, ""
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPING):
            seconds, nanoseconds = struct.unpack_from("@ll", content)
            stamp = seconds + nanoseconds / 1e9
        elif (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
            extended = _EXTENDED.unpack_from(content)
            offender = _address(content[_EXTENDED.size :])
    if extended is None:
        return None
    number, origin, icmp_type, code, _, info, value = extended
    if origin == _TIMESTAMP:
        return ByteTime(_STEPS.get(info, f"step {info}"), value, stamp)
    if origin not in (_ICMP, _ICMP6):
        return None
    return NetworkError(
        errno.errorcode.get(number, os.strerror(number)),
        (ICMPv6 if origin == _ICMP6 else ICMP)(icmp_type, code, 0, b"").name,
        offender,
        tuple(address[:2]),
        data,
    )


def _address(raw: bytes) -> str:
    """The host in a struct sockaddr; empty if there is none."""
    family = struct.unpack_from("=H", raw)[0] if len(raw) >= 8 else 0
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[4:8])
    return socket.inet_ntop(socket.AF_INET6, raw[8:24]) if family == socket.AF_INET6 else ""
