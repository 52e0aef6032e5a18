"""Addresses where something is the case: somebody listens, nobody does, nobody answers.

Each is a context manager that makes it so and yields the (host, port) to connect to.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache, partial
from typing import Any

from .. import servers
from ..wire import unrecorded
from .lab import LeaveOut
from .sockets import family_of


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[Any]:
    """A server that listens and answers: connected."""
    with servers.EchoServer(host=host) as server:
        yield server.address


@contextmanager
def bound(host: str = "127.0.0.1", queue: int | None = None, full: bool = False) -> Iterator[Any]:
    """An address that is taken, so that nobody else can listen there, but where nobody listens: refused.

    With a queue somebody listens and never calls accept, and it may be full.
    """
    with ExitStack() as stack, socket.socket(family_of(host)) as sock:
        sock.bind((host, 0))
        if queue is not None:
            sock.listen(queue)
        if full:
            fill(stack, sock)
        yield sock.getsockname()[:2]


busy = partial(bound, queue=5)  # a server that never calls accept: the kernel connects all the same
silent = partial(bound, queue=0, full=True)  # one that never answers; LeaveOut where a full queue refuses


@contextmanager
def one_port(*hosts: str) -> Iterator[tuple[int, dict[str, socket.socket]]]:
    """One port at each of these hosts, where nobody listens yet: yields it, and the bound socket of each."""
    for _ in range(20):
        with ExitStack() as stack:
            sockets, port = {}, 0
            try:
                with unrecorded():
                    for host in hosts:
                        sock = sockets[host] = stack.enter_context(socket.socket(family_of(host)))
                        if sock.family == socket.AF_INET6:
                            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                        sock.bind((host, port))
                        port = sock.getsockname()[1]
            except OSError:  # somebody else has this number at another of the hosts
                continue
            yield port, sockets
            return
    raise LeaveOut("no port was free at all of the addresses")


@contextmanager
def at_another_address() -> Iterator[Any]:
    """A server listens at this port of 127.0.0.1, and this is ::1: refused."""
    with one_port("127.0.0.1", "::1") as (port, sockets):
        sockets["127.0.0.1"].listen()
        yield ("::1", port)


def fill(stack: ExitStack, listener: socket.socket) -> None:
    """Fill the queue of a listener, so that it keeps silent. LeaveOut where a full queue refuses."""
    if sys.platform == "win32":
        raise LeaveOut("on Windows a full queue refuses instead of keeping silent")
    with unrecorded(), suppress(OSError):
        for _ in range(8):
            filler = stack.enter_context(socket.socket(listener.family))
            filler.settimeout(0.05)
            try:
                filler.connect(listener.getsockname())
            except TimeoutError:
                filler.close()
                return
    raise LeaveOut("on this system a full queue refuses instead of keeping silent")


@lru_cache
def has_ipv6() -> bool:
    """Whether this machine has the address ::1."""
    with suppress(OSError), bound("::1"):
        return True
    return False
