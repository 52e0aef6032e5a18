"""Exercise 02-2: format_address."""

from __future__ import annotations

from typing import Any

from ...check.engine import Cases, case, exercise
from . import addressing


@exercise(raises={ValueError: "four", TypeError: "four", IndexError: "two"})
def format_address(sockaddr: tuple[Any, ...] | str) -> Cases:
    """Return a socket's address as text: "127.0.0.1:80", or "[::1]:80" for IPv6.

    sockaddr is what Python's sockets give and take: (host, port) for IPv4;
    (host, port, flowinfo, scope_id) for IPv6, where the last two may be missing; a str for
    a Unix socket, which you return as it is. A scope id other than 0 goes behind the host:
    "[fe80::1%2]:80". Nothing else of host changes, and flowinfo is left out.
    """
    yield case("(IPv4) both ends of a connection", addressing.both_ends, "127.0.0.1")
    yield case("(IPv4) what recvfrom says", addressing.from_whom, "127.0.0.1")
    yield case("(IPv6) both ends of a connection", addressing.both_ends, "::1", hint="four")
    yield case("(IPv6) what recvfrom says", addressing.from_whom, "::1", hint="four")
    yield case("an IPv4 client of a server for both", addressing.mapped, hint="mapped")
    yield case("what getaddrinfo says", addressing.from_getaddrinfo, hint="scope")
    yield case("any addresses", addressing.any_address, hint="scope")
    yield case(
        "an IPv6 address with two or three parts",
        addressing.short_of_four,
        hint="two",
        raises={ValueError: "two"},
    )
    yield case("the two ends of a Unix socket", addressing.unix, hint="unix", raises={Exception: "unix"})
