"""Exercise 00-1: my_port."""

from __future__ import annotations

import socket

from ...check import places
from ...check.engine import Cases, case, exercise
from .cases import (
    port_of_client,
    port_of_server,
)


@exercise(raises={ValueError: "four"})
def my_port(sock: socket.socket) -> Cases:
    """Return the port number of your own end of sock, as an int.

    sock is a connected TCP socket, over IPv4 or IPv6. Leave it open and connected.
    """
    yield case("a client over IPv4", port_of_client, "127.0.0.1")
    yield case("a second client of the same server", port_of_client, "127.0.0.1", 2)
    yield case("a client that chose its port before it connected", port_of_client, "127.0.0.1", 1, True)
    yield case("the server's end of a connection", port_of_server)
    if places.has_ipv6():
        yield case("a client over IPv6", port_of_client, "::1", hint="four")
