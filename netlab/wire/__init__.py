"""The microscope: what a program said to the network, and what the kernel knows about it.

Imports nothing of the rest of netlab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .events import Event, Flow, Link, Recording
from .known import opened
from .watch import quiet, standby, unrecorded, watch  # at once: `wire.watch` is the function, not its module

if TYPE_CHECKING:
    from .error_queue import ByteTime, NetworkError, byte_times, network_errors, watch_errors, watch_times
    from .sampling import Samples, sample
    from .sockets import NotOnThisSystem, Queues, TcpInfo, queues, save_syn, saved_syn, tcp_info
    from .table import SocketRow, SocketTable, socket_table

__all__ = [
    "ByteTime",
    "Event",
    "Flow",
    "Link",
    "NetworkError",
    "NotOnThisSystem",
    "Queues",
    "Recording",
    "Samples",
    "SocketRow",
    "SocketTable",
    "TcpInfo",
    "byte_times",
    "network_errors",
    "opened",
    "queues",
    "quiet",
    "sample",
    "save_syn",
    "saved_syn",
    "socket_table",
    "standby",
    "tcp_info",
    "unrecorded",
    "watch",
    "watch_errors",
    "watch_times",
]


def __getattr__(name: str) -> Any:
    """Load what the kernel tells when one of its names is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import error_queue, sampling, sockets, table

    homes = (sockets, table, sampling, error_queue)
    return next(getattr(home, name) for home in homes if hasattr(home, name))
