"""Exercise 02-3: the first address that answers, one after another."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab, LeaveOut
from ...wire import unrecorded
from .hosts import (
    CLOSED,
    OPEN,
    SECOND,
    SILENT,
    V4,
    V6,
    Place,
    begin,
    bound,
    has,
    judge_socket,
    needed,
    reaches_nobody,
)
from .resolving import NAME, NO_FAMILY, resolving

PER_ADDRESS = 0.2  # seconds that connect_any may wait for one address
MINE = 9.0  # the default timeout of the program: afterwards it has to be so, too


@exercise(
    raises={NameError: "kept", ConnectionError: "next", TimeoutError: "silence", TypeError: "family"},
    stuck={"connect": "timeout", "connect_ex": "timeout", "select": "timeout"},
)
def connect_any(host: str, port: int, timeout: float) -> Cases:
    """Return a TCP socket connected to port at the first of host's addresses that answers.

    Ask socket.getaddrinfo for the addresses, of both families, and try them in its order,
    one after another, each for timeout seconds at most. The socket that you return has no
    timeout (None). Raise an OSError if no address answers, or if nobody knows host. Leave
    no other socket open, and leave the timeouts of everybody else alone. Do it without
    socket.create_connection: that is what you build here.
    """
    yield case("an IPv4 address", reached, [(V4, OPEN)], V4)
    yield case("an IPv6 address", reached, [(V6, OPEN)], V6, hint="family", raises={OSError: "family"})
    yield case("a name with one IPv4 address", reached, [(V4, OPEN)])
    yield case(
        "a name with one IPv6 address", reached, [(V6, OPEN)], hint="family", raises={OSError: "family"}
    )
    yield case("the first of two addresses refuses", reached, two(CLOSED, OPEN), hint="next")
    yield case("the second one would refuse", reached, two(OPEN, CLOSED), hint="first")
    yield case("both answer", reached, two(OPEN, OPEN), hint="first")
    yield case(
        "the first one is of a family that this machine does not speak",
        reached,
        [(NO_FAMILY, CLOSED), (V4, OPEN)],
        hint="unsupported",
        raises={OSError: "unsupported"},
    )
    yield case("the first one keeps silent", reached, two(SILENT, OPEN), hint="silence")
    yield case(
        "two keep silent and the third one answers",
        reached,
        [(SECOND, SILENT), (V6 if has(V6) else "127.0.0.3", SILENT), (V4, OPEN)],
        hint="each",
        raises={OSError: "each"},
    )
    yield case("all refuse", unreached, two(CLOSED, CLOSED), hint="none")
    yield case("nobody knows the name", unreached, [], hint="none")


def two(first: str, then: str) -> list[Place]:
    """Two addresses of this machine: IPv6 first, as most resolvers say it."""
    return [(V6 if has(V6) else SECOND, first), (V4, then)]


def reached(lab: Lab, places: Sequence[Place], host: str = NAME) -> None:
    """connect_any has to reach the first of the places that is open. host: NAME has all of them."""
    first = next(where for where, does in places if does == OPEN)
    with one_port(places) as (port, sockets):
        with resolving(lab, [where for where, _ in places]) as asked:
            socket.setdefaulttimeout(MINE)
            got = lab.call(host, port, PER_ADDRESS)
        if asked.by_create_connection:
            lab.wrong("your function called create_connection", hint="forbidden")
        if socket.getdefaulttimeout() != MINE:
            lab.wrong("afterwards the default timeout of the whole program was another", hint="default")
        judge_socket(lab, got, sockets[first], "first" if len(places) > 1 else None)


def unreached(lab: Lab, places: Sequence[Place]) -> None:
    """No address answers. No places: nobody knows the name."""
    with one_port(places or [(V4, CLOSED)]) as (port, _), resolving(lab, [where for where, _ in places]):
        reaches_nobody(lab, NAME, port, PER_ADDRESS)


@contextmanager
def one_port(places: Sequence[Place]) -> Iterator[tuple[int, dict[str, socket.socket]]]:
    """One port at several hosts, each OPEN, CLOSED or SILENT: yields it and the socket of each host."""
    places = [place for place in places if place[0] != NO_FAMILY]
    needed(*(host for host, _ in places))
    for _ in range(20):
        with ExitStack() as stack:
            sockets, port = {}, 0
            try:
                with unrecorded():
                    for host, _ in places:
                        sockets[host] = bound(stack, host, port)
                        port = sockets[host].getsockname()[1]
            except OSError:  # somebody else has this number at another of the hosts
                continue
            for host, does in places:
                begin(stack, sockets[host], does)
            yield port, sockets
            return
    raise LeaveOut("no port was free at all of the addresses")
