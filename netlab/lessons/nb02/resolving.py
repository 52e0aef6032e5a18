"""A name with several addresses: what getaddrinfo says is made up, what happens at connect is real."""

from __future__ import annotations

import _socket
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...check.lab import Lab
from .hosts import answer

NAME = "localhost"  # whoever goes around getaddrinfo does not reach the Internet with it


class Asked:
    """What the learner's function asked for."""

    def __init__(self) -> None:
        self.count = 0
        self.by_create_connection = False


@contextmanager
def resolving(lab: Lab, hosts: Sequence[str]) -> Iterator[Asked]:
    """While the block runs, the learner's getaddrinfo gives these addresses for NAME, in this order.

    As a real one it gives each of them for TCP and for UDP, unless one type is asked for. No hosts: the
    name is unknown. Numeric addresses get the real answer. Everybody else gets the real answers, always.
    """
    real: Callable[..., Any] = _socket.getaddrinfo
    asked = Asked()

    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        if not lab.watchman.is_learners_thread():
            return real(host, port, family, type, proto, flags)
        asked.count += 1
        asked.by_create_connection |= _called_by(socket.create_connection)
        if host not in (NAME, NAME.encode()):
            return real(host, port, family, type, proto, flags)
        found = [
            (*entry, "", sockaddr)
            for own, sockaddr in (answer(address, int(port or 0)) for address in hosts)
            for entry in (
                (own, socket.SOCK_STREAM, socket.IPPROTO_TCP),
                (own, socket.SOCK_DGRAM, socket.IPPROTO_UDP),
            )
            if all(want in (0, has) for want, has in zip((family, type, proto), entry))
        ]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    # Here, and not in the module socket: `from socket import getaddrinfo` has to find it too.
    _socket.getaddrinfo = getaddrinfo
    try:
        yield asked
    finally:
        _socket.getaddrinfo = real


def _called_by(function: Callable[..., Any]) -> bool:
    """Whether this thread is inside a call of this function."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code is function.__code__:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
