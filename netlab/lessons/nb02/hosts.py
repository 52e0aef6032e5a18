"""Addresses of this machine that answer, refuse or keep silent, and what has to come of connecting there."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from ...check.lab import Lab, LeaveOut
from ...check.places import fill
from ...check.sockets import family_of
from ...wire import unrecorded

V4, V6, SECOND = "127.0.0.1", "::1", "127.0.0.2"
OPEN, CLOSED, SILENT = "open", "closed", "silent"
NO_FAMILY = "a family without sockets"  # as an address: one for which socket.socket() fails
NO_LINK = "fe80::1"  # connect fails at once, with another error than a refusal: on which link should it be?
NOWHERE = (NO_FAMILY, NO_LINK)
Place = tuple[str, str]  # a host, and what it does


@lru_cache
def has(host: str) -> bool:
    """Whether this machine has the address: 127.0.0.2 not everywhere, ::1 not everywhere."""
    try:
        with unrecorded(), socket.socket(family_of(host)) as sock:
            sock.bind((host, 0))
        return True
    except OSError:
        return False


def needed(*hosts: str) -> None:
    """Leave the case out unless this machine has all these addresses."""
    if NO_LINK in hosts and sys.platform != "linux":
        raise LeaveOut("this system looks for a link itself")
    for host in hosts:
        if host not in NOWHERE and not has(host):
            raise LeaveOut("this machine has no IPv6" if ":" in host else f"this machine has no {host}")


def answer(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    """(family, sockaddr) as getaddrinfo gives it."""
    if host == NO_FAMILY:
        return 127, ("::1", port, 0, 0)
    if ":" in host:
        return socket.AF_INET6, (host, port, 0, 0)
    return socket.AF_INET, (host, port)


def attempts(lab: Lab, addresses: Sequence[tuple[Any, ...]]) -> list[tuple[int, float]]:
    """(which address, when) of each attempt of the learner's that has begun, in their order."""
    found: dict[int, tuple[float, Any]] = {}
    for event in (*lab.recording, *lab.recording.pending):
        if event.call in ("connect", "connect_ex") and event.peer is not None:
            began = min(event.started, found.get(event.socket, (event.started,))[0])
            found[event.socket] = (began, event.peer[:2])
    which = {name[:2]: index for index, name in enumerate(addresses)}
    return [(which[peer], began) for began, peer in sorted(found.values()) if peer in which]


def bound(stack: ExitStack, host: str, port: int = 0) -> socket.socket:
    """A bound socket, closed with the stack. At an IPv6 address it is for IPv6 only."""
    sock = stack.enter_context(socket.socket(family_of(host)))
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind((host, port))
    return sock


def begin(stack: ExitStack, sock: socket.socket, does: str) -> None:
    """Let a bound socket be OPEN, CLOSED or SILENT."""
    if does != CLOSED:
        with unrecorded():
            sock.listen(0 if does == SILENT else 8)
    if does == SILENT:
        fill(stack, sock)


# -- what has to come of it --------------------------------------------------------------------------


def judge_socket(lab: Lab, got: Any, listener: socket.socket, other: str | None = None) -> None:
    """got has to be a usable connection to this listener. other: the hint if it is one to somebody else."""
    address = listener.getsockname()
    if not isinstance(got, socket.socket):
        hint = "none" if got is None else "start"
        lab.wrong("this asks for a connected socket", got=got, hint=hint)
    with got:
        if got.fileno() == -1:
            lab.wrong("the socket that you returned is closed", hint="closed")
        if got.type != socket.SOCK_STREAM:
            lab.wrong("the socket that you returned is one for datagrams: nobody answered it", hint="stream")
        try:
            peer = got.getpeername()
        except OSError:
            lab.wrong("the socket that you returned is not connected", hint="connected")
        if peer[:2] != address[:2]:
            said = "this address should have been connected"
            lab.wrong(said, expected=address[:2], got=peer[:2], hint=other)
        if (timeout := got.gettimeout()) is not None:
            said = f"the socket that you returned has a timeout of {timeout:g} s still"
            lab.wrong(said, hint="blocking")
        listener.settimeout(lab.left)
        while True:
            conn, client = listener.accept()
            with conn:
                if client != got.getsockname():  # an attempt that was given up, perhaps
                    continue
                conn.sendall(b"?")
                if got.recv(1) != b"?":
                    lab.wrong("the socket that you returned did not get what its peer sent", hint="connected")
                return


def reaches_nobody(lab: Lab, *args: Any) -> None:
    """No address answers: the learner's function has to raise OSError."""
    got, broke = lab.outcome(*args)
    if broke is None:
        if isinstance(got, socket.socket):
            got.close()
            lab.wrong("no address answers, and your function returned a socket", hint="connected")
        lab.wrong("no address answers: this asks for an OSError", got=got, hint="none")
    if not isinstance(broke.error, OSError):
        raise broke
