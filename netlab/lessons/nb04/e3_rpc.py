"""Exercise 04-3: rpc."""

from __future__ import annotations

import socket
import struct

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import clerks


@exercise(
    raises={
        TimeoutError: "resend",
        ConnectionError: "refused",
        struct.error: "runt",
        IndexError: "runt",
        TypeError: "format",
    },
    stuck={"recvfrom": "timeout", "recv": "timeout", "recvmsg": "timeout", "select": "timeout"},
)
def rpc(sock: socket.socket, address: tuple[str, int], request: bytes, timeout: float, tries: int) -> Cases:
    """Send request to the server at address over UDP, and return its answer, as bytes.

    sock is a UDP socket, address the server's (host, port). Each datagram, there and back, is a 4-byte id
    (network byte order) and then the payload; request and answer may be empty. Choose a new id for
    each call, and use it for all tries of this call. The answer is a datagram from address with your id:
    ignore any other, whether late, forged or too short to have an id, and go on waiting.

    If no answer has come timeout seconds after a send, send again, at most tries sends in all; then raise
    TimeoutError. What is ignored must not make the wait longer. A ConnectionError is no answer either.
    """
    early: dict[type[BaseException], str] = {TimeoutError: "spends"}
    hasty: dict[type[BaseException], str] = {TimeoutError: "patient"}
    deaf = dict.fromkeys(("recvfrom", "recv", "recvmsg", "recvfrom_into", "select", LOOP), "deadline")
    empty = dict.fromkeys(deaf, "empty")
    yield case("an answer at once", clerks.asked, hint="start")
    yield case("an empty request and an empty answer", clerks.asked, b"", hint="empty", stuck=empty)
    yield case("an answer of 8000 bytes", clerks.asked, bytes(range(250)) * 32, hint="size")
    yield case("a server that takes its time", clerks.thinking, hint="patient", raises=hasty)
    yield case("nobody answers and tries is 3", clerks.unanswered, 3, hint="tries")
    yield case("nobody answers and tries is 1", clerks.unanswered, 1, hint="tries")
    yield case("the first two requests are lost", clerks.lost_twice, hint="resend")
    yield case("rubbish all the time", clerks.pestered, hint="deadline", stuck=deaf, raises=early)
    yield case("the first answer comes after the second request", clerks.overtaken, hint="same")
    yield case("late answers to the call before", clerks.late, hint="id", raises=early)
    yield case("datagrams with other ids", clerks.bothered, clerks.other_ids, hint="id", raises=early)
    yield case("datagrams too short for an id", clerks.bothered, clerks.runts, hint="runt", raises=early)
    yield case("a forged answer from another port", clerks.forged, hint="forged", raises=early)
    yield case("a forged answer from another host", clerks.forged, "127.0.0.2", hint="forged", raises=early)
    yield case("nobody at home", clerks.not_at_home, hint="refused")
