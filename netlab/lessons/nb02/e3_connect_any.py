"""Exercise 02-3: the first address that answers, one after another."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from ...check.places import one_port as one_port_at
from ...check.timeouts import left_alone
from .hosts import (
    CLOSED,
    NO_FAMILY,
    NO_LINK,
    NOWHERE,
    OPEN,
    SECOND,
    SILENT,
    V4,
    V6,
    Place,
    answer,
    attempts,
    begin,
    has,
    judge_socket,
    needed,
    reaches_nobody,
)
from .resolving import NAME, resolving

LATE = 0.25  # seconds more than the timeout that a connect may take on a slow machine


@exercise(
    raises={NameError: "kept", ConnectionError: "next", TimeoutError: "silence", TypeError: "family"},
    stuck={"connect": "timeout", "connect_ex": "timeout", "select": "timeout"},
)
def connect_any(host: str, port: int, timeout: float) -> Cases:
    """Return a TCP socket connected to port at the first of host's addresses that answers.

    Ask socket.getaddrinfo for the addresses, of both families, and try them in its order,
    one after another, until one answers: wait up to timeout seconds for each. The socket
    that you return has no timeout (None). Raise an OSError if no address answers, or if
    nobody knows host. Leave no other socket open, and leave the timeouts of everybody else
    alone. Do it without socket.create_connection: that is what you build here.
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
    yield case("both answer and IPv4 comes first", reached, two(OPEN, OPEN)[::-1], hint="first")
    yield case(
        "the first one is of a family that this machine does not speak",
        reached,
        [(NO_FAMILY, CLOSED), (V4, OPEN)],
        hint="unsupported",
        raises={OSError: "unsupported"},
    )
    yield case("the first one keeps silent", reached, two(SILENT, OPEN), NAME, 0.3, hint="silence")
    yield case(
        "two keep silent and the third one answers",
        reached,
        [(SECOND, SILENT), (V6 if has(V6) else "127.0.0.3", SILENT), (V4, OPEN)],
        NAME,
        0.1,
        hint="each",
        raises={OSError: "each"},
    )
    yield case("four refuse and the fifth one answers", many, hint="next")
    yield case(
        "the first one cannot be reached at all",
        reached,
        [(NO_LINK, CLOSED), (V4, OPEN)],
        hint="unsupported",
        raises={OSError: "unsupported"},
    )
    yield case("all refuse", unreached, two(CLOSED, CLOSED), hint="none")
    yield case("nobody knows the name", unreached, [], hint="none")


def two(first: str, then: str) -> list[Place]:
    """Two addresses of this machine: IPv6 first, as most resolvers say it."""
    return [(V6 if has(V6) else SECOND, first), (V4, then)]


def reached(lab: Lab, places: Sequence[Place], host: str = NAME, timeout: float = 0.2) -> None:
    """connect_any has to reach the first of the places that is open. host: NAME has all of them."""
    winner = next(index for index, (_, does) in enumerate(places) if does == OPEN)
    with one_port(places) as (port, sockets):
        with resolving(lab, [where for where, _ in places]) as asked, left_alone(lab, "default"):
            got = lab.call(host, port, timeout)
        if asked.by_create_connection:
            lab.wrong("your function called create_connection", hint="forbidden")
        judge_socket(lab, got, sockets[places[winner][0]], "first" if len(places) > 1 else None)
        if not asked.count:
            lab.wrong("your function asked getaddrinfo for nothing", hint="asks")
        judge_attempts(lab, places, winner, port, timeout)


def judge_attempts(lab: Lab, places: Sequence[Place], winner: int, port: int, timeout: float) -> None:
    """In their order, up to the winner, and each silent one for as long as timeout says."""
    seen = attempts(lab, [answer(host, port)[1] for host, _ in places])
    tried = list(dict.fromkeys(index for index, _ in seen))
    right = [index for index, (host, _) in enumerate(places[: winner + 1]) if host != NO_FAMILY]
    if tried != right:
        said, wanted = ([f"address {index + 1}" for index in which] for which in (tried, right))
        lab.wrong(
            "", expected=wanted, got=said, verb="you tried", hint="first" if len(places) == 2 else "order"
        )
    waits = [then - began for (_, began), (_, then) in zip(seen, seen[1:])]
    waits = [wait for wait, (index, _) in zip(waits, seen) if places[index][1] == SILENT]
    if waits and not 0.9 * timeout < min(waits) < timeout + LATE:
        slow = f"timeout was {timeout} s, and you waited {min(waits):.2f} s for an address that kept silent"
        lab.wrong(slow, hint="seconds")


def many(lab: Lab) -> None:
    """In an order that no sorting gives."""
    hosts = [f"127.0.0.{number}" for number in range(2, 6)]
    lab.rng.shuffle(hosts)
    if hosts in (sorted(hosts), sorted(hosts, reverse=True)):
        hosts[0], hosts[1] = hosts[1], hosts[0]
    reached(lab, [*((host, CLOSED) for host in hosts), (V4, OPEN)])


def unreached(lab: Lab, places: Sequence[Place]) -> None:
    """No address answers. No places: nobody knows the name."""
    with one_port(places or [(V4, CLOSED)]) as (port, _), resolving(lab, [where for where, _ in places]):
        reaches_nobody(lab, NAME, port, 0.2)


@contextmanager
def one_port(places: Sequence[Place]) -> Iterator[tuple[int, dict[str, socket.socket]]]:
    """One port at several hosts, each OPEN, CLOSED or SILENT: yields it and the socket of each host."""
    needed(*(host for host, _ in places))
    with ExitStack() as stack:
        real = [(host, does) for host, does in places if host not in NOWHERE]
        port, sockets = stack.enter_context(one_port_at(*(host for host, _ in real)))
        for host, does in real:
            begin(stack, sockets[host], does)
        yield port, sockets
