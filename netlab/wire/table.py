"""All sockets of a port or of this process, as the kernel lists them."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .known import opened_at
from .sockets import STATES, NotOnThisSystem
from .threads import unrecorded

_STATE_ORDER = ["LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"]  # then the closing ones, by name
_FIN_SENT = {"FIN-WAIT-1", "CLOSING", "LAST-ACK"}
_PASSING = {"SYN-RECEIVED", *_FIN_SENT}  # an acknowledgment ends them
_FIN_UNREAD = {"CLOSE-WAIT", "CLOSING", "LAST-ACK"}
_PSUTIL_STATES = {
    "SYN_RECV": "SYN-RECEIVED", "FIN_WAIT1": "FIN-WAIT-1", "FIN_WAIT2": "FIN-WAIT-2", "CLOSE": "CLOSED",
    "NONE": "",
}  # fmt: skip
_TIME_WAIT = 60.0  # seconds, TCP_TIMEWAIT_LEN of net/tcp.h; the same for an orphan's FIN-WAIT-2

_Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class SocketRow:
    """One socket as the kernel lists it. Counts are None where the system does not tell them."""

    protocol: str  # "TCP", "UDP"
    local: _Address
    peer: _Address | None
    state: str  # RFC 9293's name for TCP; "" for UDP, which has no states
    unsent: int | None = None  # bytes the peer's kernel has not acknowledged
    unread: int | None = None  # bytes that wait for recv
    waiting: int | None = None  # LISTEN only: connections that wait for accept
    holder: str = ""  # "this process", "another process", "the kernel", "" if not known


class SocketTable(tuple[SocketRow, ...]):
    """Rows in a stable order; print it for a table."""

    __slots__ = ()

    def __str__(self) -> str:
        if not self:
            return "(no socket)"
        lines: list[tuple[str, ...]] = [("", "local", "peer", "state", "unsent", "unread", "held by")]
        for row in self:
            unread = row.unread if row.waiting is None else f"{row.waiting} to accept"
            counts = ("" if count is None else str(count) for count in (row.unsent, unread))
            lines.append((row.protocol, _show(row.local), _show(row.peer), row.state, *counts, row.holder))
        wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
        form = "  ".join(f"{{:{'>' if i in (4, 5) else '<'}{width}}}" for i, width in enumerate(wide))
        return "\n".join(form.format(*line).rstrip() for line in lines)

    __repr__ = __str__


def _show(address: _Address | None) -> str:
    if address is None:
        return "*"
    return f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"


def _rank(row: SocketRow, port: int | None) -> Any:
    state = [*_STATE_ORDER, row.state].index(row.state)
    # Ephemeral ports differ from run to run: they decide last.
    return row.protocol, state, row.state, row.local[1] != port, row.holder, row.local, row.peer or ("", 0)


def socket_table(port: int | None = None, *, settle: float = 0.3) -> SocketTable:
    """The TCP and UDP sockets of this process; with `port`, all of the machine with that port at either end.

    With `port` on Linux, also those that no process holds: connections that wait for accept, and what is
    left of closed ones (TIME-WAIT, FIN-WAIT-2), unless older than `opened(port)`. There `unsent`, `unread`,
    `waiting` and `holder` are known. Elsewhere psutil tells the states; macOS only those of this process.
    A state that passes by itself, such as FIN-WAIT-1 until the delayed acknowledgment comes, is given up to
    `settle` seconds to pass, so that the same program sees the same table.
    Raises ValueError for a port outside 0 to 65535, NotOnThisSystem where the system tells nothing.
    """
    if port is not None and not 0 <= port <= 65535:
        raise ValueError(f"A port is a number from 0 to 65535, not {port}.")
    read = _linux_rows if sys.platform == "linux" else _psutil_rows
    rows, deadline = read(port), time.monotonic() + settle
    while port is not None and any(row.state in _PASSING for row in rows) and time.monotonic() < deadline:
        time.sleep(0.005)
        rows = read(port)
    return SocketTable(sorted(rows, key=lambda row: _rank(row, port)))


def _linux_rows(port: int | None) -> list[SocketRow]:
    ours = set()
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            ours.add(os.readlink(f"/proc/self/fd/{name}"))
    rows: dict[tuple[str, ...], SocketRow] = {}
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line, now in _lines(f"/proc/self/net/{kind}"):
            if port is not None and f":{port:04X} " not in line:
                continue  # quickly: a busy machine has thousands
            fields = line.split()
            local, peer, inode = _kernel_address(fields[1]), _kernel_address(fields[2]), fields[9]
            mine = f"socket:[{inode}]" in ours
            with_port = port in (local[1], peer[1]) and not _older(fields[5], now, port or 0)
            if mine if port is None else with_port:
                holder = "this process" if mine else "the kernel" if inode == "0" else "another process"
                # The kernel lists a socket again if others come or go while we read.
                rows[kind, *fields[1:3], inode] = _linux_row(kind[:3].upper(), local, peer, fields, holder)
    return list(rows.values())


def _lines(path: str) -> Iterator[tuple[str, float]]:
    """The lines after the heading, each with the time.monotonic() at which it was read."""
    try:
        with open(path, "rb", buffering=0) as file:
            heading, rest = True, b""
            while piece := file.read(65536):
                now = time.monotonic()
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines[heading:]:
                    yield line.decode("ascii"), now
                heading = False
    except FileNotFoundError:
        pass  # a kernel without IPv6
    except OSError as error:
        raise NotOnThisSystem(f"This system does not show its sockets: {error}.") from error


def _older(timer: str, now: float, port: int) -> bool:
    """Whether the row is what is left ("03:" and how long) of a connection from before opened(port)."""
    kind, _, ticks = timer.partition(":")
    ended = now - _TIME_WAIT + int(ticks, 16) / os.sysconf("SC_CLK_TCK")
    return kind == "03" and ended < opened_at.get(port, 0) - 0.02  # the kernel's ticks have 1 to 10 ms


def _linux_row(protocol: str, local: _Address, peer: _Address, fields: list[str], holder: str) -> SocketRow:
    state = STATES.get(int(fields[3], 16), "?") if protocol == "TCP" else ""
    unsent, unread = (int(queue, 16) for queue in fields[4].split(":"))
    far = peer if peer[1] else None
    if state == "LISTEN":  # there the receive queue counts connections
        return SocketRow(protocol, local, None, state, waiting=unread, holder=holder)
    if state == "TIME-WAIT":  # only a timer is left
        return SocketRow(protocol, local, far, state, holder=holder)
    # The kernel counts a FIN like a byte: it has a sequence number (RFC 9293, section 3.4). It is none.
    unsent -= state in _FIN_SENT and unsent > 0
    unread -= state in _FIN_UNREAD and unread > 0
    return SocketRow(protocol, local, far, state, unsent, unread, None, holder)


def _kernel_address(text: str) -> _Address:
    """ "0100007F:1F90", 32-bit words in the machine's byte order, as ("127.0.0.1", 8080)."""
    host, _, port = text.partition(":")
    words = [int(host[i : i + 8], 16) for i in range(0, len(host), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed), int(port, 16)


def _psutil_rows(port: int | None) -> list[SocketRow]:
    try:
        import psutil
    except ImportError:
        raise NotOnThisSystem("Outside Linux socket_table() needs psutil: pip install psutil.") from None

    process = psutil.Process()
    with unrecorded():  # psutil tries a socket of its own
        try:
            everybody = port is not None and sys.platform == "win32"
            found = (psutil if everybody else process).net_connections(kind="inet")
        except (psutil.Error, OSError) as error:
            raise NotOnThisSystem(f"This system does not show its sockets to you: {error}.") from error
    rows = []
    for c in found:
        local, peer = tuple(c.laddr)[:2], tuple(c.raddr)[:2] or None
        if not local or (port is not None and port not in (local[1], peer[1] if peer else None)):
            continue
        tcp = c.type == socket.SOCK_STREAM
        state = _PSUTIL_STATES.get(c.status, str(c.status).replace("_", "-")) if tcp else ""
        pid = getattr(c, "pid", process.pid)
        holder = "this process" if pid == process.pid else "the kernel" if not pid else "another process"
        rows.append(SocketRow("TCP" if tcp else "UDP", local, peer, state, holder=holder))
    return rows
