"""Exercise 01-1: does anybody listen there?"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from ...check.peers import HEAR_ALL, Script

MINE = 9.0  # the default timeout of the program: afterwards it has to be so, too


@exercise(
    raises={OSError: "refused", socket.gaierror: "family"},
    stuck={"connect": "timeout", "connect_ex": "timeout", "create_connection": "timeout"},
)
def is_port_open(host: str, port: int, timeout: float) -> Cases:
    """Return True if something accepts connections at (host, port), and False if not.

    False means refused, or silent for timeout seconds. host is an IPv4 or IPv6 address. Send nothing, leave
    no socket open, and leave the timeouts of everybody else alone.
    """
    yield case("a server listens", asked, places.listening, True, hint="backwards")
    yield case("nobody listens there", asked, places.bound, False, hint="refused")
    yield case("a server too busy to call accept", asked, places.busy, True, hint="accepted")
    if places.has_ipv6():
        yield case("a server over IPv6", asked, lambda: places.listening("::1"), True, hint="family")
        yield case(
            "nobody listens there over IPv6", asked, lambda: places.bound("::1"), False, hint="refused"
        )
    yield case("a port that keeps silent", asked, places.silent, False, hint="timeout")
    yield case("not a byte is sent", asked_quietly, hint="quiet")


def asked(lab: Lab, place: Callable[[], AbstractContextManager[Any]], answer: bool) -> None:
    def backwards(got: Any) -> str | None:
        number = isinstance(got, int) and not isinstance(got, bool)  # connect_ex's, perhaps
        return "backwards" if number else None

    socket.setdefaulttimeout(MINE)
    with place() as (host, port):
        lab.gives(answer, host, port, 0.2, none=None, hint=backwards)
    if socket.getdefaulttimeout() != MINE:
        lab.wrong("afterwards the default timeout of the whole program was another", hint="default")


def asked_quietly(lab: Lab) -> None:
    host, port = lab.server(server := Script(HEAR_ALL))
    lab.gives(True, host, port, 0.2, none=None)
    server.join(0.5)
    if server.heard:
        lab.wrong(f"the server got {server.heard!r}", hint="quiet")
