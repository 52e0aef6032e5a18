"""Exercise 01-1: does anybody listen there?"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from ...check.peers import HEAR_ALL, Script
from ...check.timeouts import left_alone


@exercise(
    raises={OSError: "refused", TimeoutError: "silent", socket.gaierror: "family"},
    stuck={"connect": "timeout", "connect_ex": "timeout", "create_connection": "timeout"},
)
def is_port_open(host: str, port: int, timeout: float) -> Cases:
    """Return True if something accepts connections at (host, port), and False if not.

    False means refused, or silent for timeout seconds: wait so long, and no longer. host is an IPv4 or IPv6
    address. Send nothing, leave no socket open, and leave the timeouts of everybody else alone.
    """
    yield case("a server listens", asked, places.listening, True, hint="backwards")
    yield case("nobody listens there", asked, places.bound, False, hint="refused")
    yield case("a server too busy to call accept", asked, places.busy, True, hint="accepted")
    yield case("a port where somebody begins to listen and ends", opened_and_closed, hint="again")
    if places.has_ipv6():
        yield case("a server over IPv6", asked, lambda: places.listening("::1"), True, hint="family")
        yield case(
            "nobody listens there over IPv6", asked, lambda: places.bound("::1"), False, hint="refused"
        )
        other = "a server at 127.0.0.1 and the question is ::1"
        yield case(other, asked, places.at_another_address, False, hint="address")
    yield case("a port that keeps silent", asked_in_silence, hint="silent")
    yield case("not a byte is sent", asked_quietly, hint="quiet")


def asked(lab: Lab, place: Callable[[], AbstractContextManager[Any]], answer: bool) -> None:
    with place() as address:
        ask(lab, address, 30.0, answer)


def ask(lab: Lab, address: Any, timeout: float, answer: bool) -> None:
    def backwards(got: Any) -> str | None:
        number = isinstance(got, int) and not isinstance(got, bool)  # connect_ex's, perhaps
        return "backwards" if number else None

    with left_alone(lab, "default"):
        lab.gives(answer, *address[:2], timeout, none=None, hint=backwards)


def opened_and_closed(lab: Lab) -> None:
    """The answer is that of now."""
    with places.one_port("127.0.0.1") as (port, sockets):
        listener, address = sockets["127.0.0.1"], ("127.0.0.1", port)
        ask(lab, address, 30.0, False)
        listener.listen()
        ask(lab, address, 30.0, True)
        listener.close()
        ask(lab, address, 30.0, False)


def asked_in_silence(lab: Lab) -> None:
    """It waits as long as timeout says. Who waits too long may have been kept waiting: once more, then."""
    with places.silent() as address:
        for timeout in (0.05, 0.3):
            for last in (False, True):
                began = time.monotonic()
                ask(lab, address, timeout, False)
                waited = time.monotonic() - began
                if waited < 0.9 * timeout:
                    lab.wrong(
                        f"timeout was {timeout} s, and you gave up after {waited:.2f} s", hint="timeout"
                    )
                if waited < timeout + 0.2:
                    break
                if last or waited > 0.7:
                    lab.wrong(f"timeout was {timeout} s, and you waited {waited:.2f} s", hint="timeout")


def asked_quietly(lab: Lab) -> None:
    host, port = lab.server(server := Script(HEAR_ALL))
    lab.gives(True, host, port, 0.2, none=None)
    if not server.talks:
        server.join(0.5)
    if server.heard:
        lab.wrong(f"the server got {server.heard!r}", hint="quiet")
