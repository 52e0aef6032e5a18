"""Clients before a door: an experiment with a real listener, drawn."""

from __future__ import annotations

import select
import socket
from contextlib import ExitStack

from ...view.kit import Picture
from .pictures import accept_queue

SETTLED = 0.01  # s; on loopback a handshake is over before connect_ex() returns


def waiting_line(backlog: int = 3, clients: int = 8, accepts: int = 2) -> Picture:
    """Let `clients` connect one after another to a listener of this `backlog` that accepts the first few.

    Counts are what the sockets say: a connect that is not over knocks in vain.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listener, ExitStack() as doors:
        crowd: list[socket.socket] = []
        accepted = 0
        for _ in range(clients):
            crowd.append(doors.enter_context(socket.socket()))
            crowd[-1].setblocking(False)
            crowd[-1].connect_ex(listener.getsockname())
            if accepted < accepts:
                doors.enter_context(listener.accept()[0])
                accepted += 1
        connected = len(select.select([], crowd, [], SETTLED)[1]) if crowd else 0
    return accept_queue(
        accepted=accepted, waiting=connected - accepted, knocking=clients - connected, backlog=backlog
    )
