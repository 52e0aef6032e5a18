"""What the kernel tells an ordinary user about sockets: states, timers, the real SYN packet."""

from __future__ import annotations

import socket
import struct
import sys
import weakref
from dataclasses import dataclass
from typing import Any

# State numbers of Linux (include/net/tcp_states.h), in the words of RFC 9293, section 3.3.2
STATES = {
    1: "ESTABLISHED", 2: "SYN-SENT", 3: "SYN-RECEIVED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2", 6: "TIME-WAIT",
    7: "CLOSED", 8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING", 12: "SYN-RECEIVED",
}  # fmt: skip
_TCP_INFO, _TCP_SAVE_SYN, _TCP_SAVED_SYN = 11, 27, 28  # linux/tcp.h

_saved: weakref.WeakKeyDictionary[socket.socket, bytes] = weakref.WeakKeyDictionary()


class NotOnThisSystem(OSError):
    """The operating system does not offer what was asked for."""


def usable(sock: socket.socket, what: str, *systems: str) -> socket.socket:
    """The socket, if it is open and `what`, named in the error, works on this system (as in sys.platform).

    Raises NotOnThisSystem, TypeError for what is no socket, ValueError for a closed one.
    """
    if sys.platform not in systems:
        where = " and ".join({"linux": "Linux", "darwin": "macOS"}[system] for system in systems)
        raise NotOnThisSystem(f"{what} works on {where} only; this system is {sys.platform!r}.")
    if not isinstance(sock, socket.socket):
        raise TypeError(f"This needs a socket, not {type(sock).__name__}.")
    if sock.fileno() < 0:
        raise ValueError("This socket is closed: ask the kernel about it before close().")
    return sock


def _linux_tcp(sock: socket.socket, what: str) -> socket.socket:
    internet = usable(sock, what, "linux").family in (socket.AF_INET, socket.AF_INET6)
    if not internet or sock.type != socket.SOCK_STREAM:
        raise ValueError(f"{what} is about TCP; this is a {sock.family.name} {sock.type.name} socket.")
    return sock


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """What Linux knows of one TCP connection; times in seconds. What this kernel does not tell is None."""

    state: str  # RFC 9293's name
    rto: float | None  # retransmission timeout (RFC 6298)
    rtt: float | None  # smoothed round-trip time
    rttvar: float | None  # its variation
    min_rtt: float | None  # smallest round-trip time seen
    mss: int | None  # bytes of one segment to the peer
    peer_mss: int | None  # bytes of one segment from the peer, as estimated
    pmtu: int | None  # path MTU
    cwnd: int | None  # congestion window, in segments
    ssthresh: int | None  # slow-start threshold, in segments; None as long as none was set
    send_window: int | None  # bytes the peer is ready to take
    unacked: int | None  # segments sent and not acknowledged
    lost: int | None  # segments taken for lost
    retransmits: int | None  # segments sent again, in all
    backoff: int | None  # how many times in a row the timeout was doubled
    bytes_sent: int | None  # with retransmissions
    bytes_acked: int | None  # acknowledged by the peer; Linux counts the SYN as one
    bytes_received: int | None
    bytes_unsent: int | None  # in the buffer, not sent even once
    segments_out: int | None
    segments_in: int | None
    delivery_rate: int | None  # bytes per second, as last measured


# name: (offset, struct format) in struct tcp_info of linux/tcp.h, which only ever grows at its end
_LAYOUT = {
    "backoff": (4, "B"), "rto": (8, "I"), "mss": (16, "I"), "peer_mss": (20, "I"), "unacked": (24, "I"),
    "lost": (32, "I"), "pmtu": (60, "I"), "rtt": (68, "I"), "rttvar": (72, "I"), "ssthresh": (76, "I"),
    "cwnd": (80, "I"), "retransmits": (100, "I"), "bytes_acked": (120, "Q"), "bytes_received": (128, "Q"),
    "segments_out": (136, "I"), "segments_in": (140, "I"), "bytes_unsent": (144, "I"), "min_rtt": (148, "I"),
    "delivery_rate": (160, "Q"), "bytes_sent": (200, "Q"), "send_window": (228, "I"),
}  # fmt: skip
_MICROSECONDS = ("rto", "rtt", "rttvar", "min_rtt")
_NOT_SET = {"ssthresh": 0x7FFFFFFF, "min_rtt": 0xFFFFFFFF}


def tcp_info(sock: socket.socket) -> TcpInfo:
    """The kernel's state of one TCP connection. Raises as save_syn()."""
    return _decode(_linux_tcp(sock, "tcp_info()").getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 512))


def _decode(raw: bytes) -> TcpInfo:
    values: dict[str, Any] = {}
    for name, (offset, kind) in _LAYOUT.items():
        known = offset + struct.calcsize(kind) <= len(raw)
        value = struct.unpack_from("=" + kind, raw, offset)[0] if known else None
        if value == _NOT_SET.get(name, -1):
            value = None
        values[name] = value / 1e6 if value is not None and name in _MICROSECONDS else value
    return TcpInfo(state=STATES.get(raw[0], "?"), **values)


def save_syn(listener: socket.socket) -> None:
    """Ask the kernel to keep the SYN packet of each connection that this listening socket takes from now on.

    Raises NotOnThisSystem outside Linux, ValueError for a closed socket or one that is not TCP.
    """
    _linux_tcp(listener, "save_syn()").setsockopt(socket.IPPROTO_TCP, _TCP_SAVE_SYN, 1)


def saved_syn(connection: socket.socket) -> bytes:
    """The SYN packet that began an accepted connection: its IP and TCP headers as they came.

    Raises NotOnThisSystem outside Linux, ValueError if save_syn() was not told of the listener before.
    """
    _linux_tcp(connection, "saved_syn()")
    if connection not in _saved:  # the kernel hands it out once
        try:
            packet = connection.getsockopt(socket.IPPROTO_TCP, _TCP_SAVED_SYN, 512)
        except OSError:
            packet = b""
        if not packet:
            when = "before the client connects, and saved_syn() with the socket that accept() returned."
            raise ValueError(f"No SYN was kept: call save_syn(listener) {when}")
        _saved[connection] = packet
    return _saved[connection]
