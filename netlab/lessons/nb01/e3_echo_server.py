"""Exercise 01-3: echo_server."""

from __future__ import annotations

import functools
import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import clients


@exercise(
    raises={
        ConnectionError: "vanish",
        TimeoutError: "pause",
        OSError: "next",
        TypeError: "bytes",
        UnicodeDecodeError: "bytes",
    },
    stuck={"accept": "close", LOOP: "forever", "returned": "next", "idle": "start"},
)
def echo_server(listener: socket.socket) -> Cases:
    """Serve one client after another, for ever: send back every byte, as it comes.

    listener is a listening TCP socket. When a client has finished sending, close its connection and serve
    the next one. A client that vanishes must not end your server. It ends when accept raises OSError,
    because somebody has closed listener: let the error out, or return.
    """
    yield case("a client says hello and finishes", clients.echoed, b"hello", hint="same")
    yield case("a client in twelve rounds", clients.dialogue, hint="pieces", stuck={"recv": "promptly"})
    yield case("bytes that are not text", clients.echoed, bytes(range(256)), hint="same")
    yield case("300 single bytes", clients.dripped, hint="pieces")
    yield case(
        "100 kB from a client that listens later", clients.echoed, bytes(range(256)) * 400, hint="pieces"
    )
    yield case("1 MB from a client that listens meanwhile", clients.meanwhile, 1_000_000, hint="pieces")
    yield case("a client that stops to think", clients.pausing, 0.3, hint="pause")
    yield case("two clients in turn", clients.in_turn, hint="next", stuck={"recv": "next"})
    yield case("a client after one that left", clients.after_a_leaver, hint="next")
    yield case(
        "a client after one that vanished",
        clients.after_a_vanisher,
        hint="vanish",
        stuck={"returned": "vanish"},
    )
    yield case(
        "a slow reader and a timeout",
        functools.partial(clients.meanwhile, piece=512, SO_SNDBUF=2048, TCP_MAXSEG=100),
        200_000,
        hint="all",
    )
