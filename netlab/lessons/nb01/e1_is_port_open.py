"""Exercise 01-1: is_port_open."""

from __future__ import annotations

import socket

from ...check import places
from ...check.engine import Cases, case, exercise
from .cases import (
    port_asked,
    port_asked_quietly,
)


@exercise(
    raises={OSError: "refused", socket.gaierror: "family"},
    stuck={"connect": "timeout", "connect_ex": "timeout", "create_connection": "timeout"},
)
def is_port_open(host: str, port: int, timeout: float) -> Cases:
    """Return True if something accepts connections at (host, port), and False if not.

    False means refused, or silent for timeout seconds. host is an IPv4 or IPv6 address. Send nothing, leave
    no socket open, and leave the timeouts of everybody else alone.
    """
    yield case("a server listens", port_asked, places.listening, True, hint="backwards")
    yield case("nobody listens there", port_asked, places.bound, False, hint="refused")
    yield case("a server too busy to call accept", port_asked, places.busy, True, hint="accepted")
    if places.has_ipv6():
        yield case("a server over IPv6", port_asked, lambda: places.listening("::1"), True, hint="family")
        yield case(
            "nobody listens there over IPv6", port_asked, lambda: places.bound("::1"), False, hint="refused"
        )
    yield case("a port that keeps silent", port_asked, places.silent, False, hint="timeout")
    yield case("not a byte is sent", port_asked_quietly, hint="quiet")
