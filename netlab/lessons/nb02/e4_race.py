"""Exercise 02-4: several attempts at once, and the first that is connected."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Broke, Lab, LeaveOut
from ...wire import unrecorded
from .hosts import (
    CLOSED,
    NO_FAMILY,
    NO_LINK,
    NOWHERE,
    OPEN,
    SILENT,
    V4,
    V6,
    Place,
    answer,
    attempts,
    begin,
    bound,
    judge_socket,
    needed,
    reaches_nobody,
)

LATE = 0.3  # seconds more than delay that a slow machine may take


@exercise(
    raises={BlockingIOError: "begun", OSError: "fails", TypeError: "family"},
    stuck={"connect": "wait", "connect_ex": "wait", "join": "losers", "sleep": "asleep", LOOP: "wait"},
)
def race(addresses: list[tuple[int, Any]], delay: float) -> Cases:
    """Connect to several addresses in a staggered race: return the TCP socket that wins.

    addresses is a list of (family, sockaddr), not empty. Begin with the first. Begin with
    the next when delay seconds have passed since you began with the one before, or at once
    when an attempt fails: socket.socket and connect may fail at once, too. Attempts under
    way go on meanwhile. The first that is connected wins: begin no more, close all the
    others, return the winner with no timeout (None). If all fail, raise an OSError. Leave
    no thread. (Happy Eyeballs: RFC 8305, section 5.)
    """
    yield case("one address which answers", raced, [(V4, OPEN)], 0.2)
    yield case("the first of three answers", raced, [(V4, OPEN)] * 3, None, hint="stagger")
    yield case(
        "the first one refuses",
        raced,
        [(V4, CLOSED), (V4, OPEN)],
        None,
        hint="fails",
        stuck={"select": "refused", "wait": "refused", "get": "refused"},
    )
    yield case("an IPv6 address", raced, [(V6, OPEN)], 0.2, hint="family")
    yield case("all refuse", all_failed, [(V4, CLOSED)] * 3, 0.05, hint="none")
    yield case("the first one keeps silent", raced, [(V4, SILENT), (V4, OPEN)], 0.4, hint="wait")
    yield case(
        "a silent one and one that refuses and a silent one",
        raced,
        [(V4, SILENT), (V4, CLOSED), (V4, SILENT), (V4, OPEN)],
        0.05,
        hint="wait",
    )
    yield case(
        "the first one answers late and the last one refuses",
        late_winner,
        0.1,
        hint="patience",
        raises={OSError: "patience"},
        stuck={"select": "patience", "connect": "patience"},
    )
    yield case(
        "three fail before they begin",
        raced,
        [(NO_FAMILY, CLOSED), (NO_LINK, CLOSED), (NO_FAMILY, CLOSED), (V4, OPEN)],
        None,
        hint="atonce",
        stuck={"select": "atonce", "wait": "atonce", "get": "atonce", "sleep": "atonce"},
        raises={OSError: "atonce"},
    )


def raced(lab: Lab, places: Sequence[Place], delay: float | None) -> None:
    """race has to return a connection to the first open place. delay None: longer than the case may take."""
    delay = lab.seconds + 0.3 if delay is None else delay
    course = Course(lab, *places)
    winner = next(index for index, (_, does) in enumerate(places) if does == OPEN)
    got = lab.call(list(course.addresses), delay)
    course.judge(got, winner, [i for i in range(winner + 1) if places[i][0] != NO_FAMILY], delay)


def all_failed(lab: Lab, places: Sequence[Place], delay: float) -> None:
    reaches_nobody(lab, list(Course(lab, *places).addresses), delay)


def late_winner(lab: Lab, delay: float) -> None:
    """The first address answers, but only after the others were tried: one is silent, one has refused."""
    course = Course(lab, (V4, SILENT), (V4, SILENT), (V4, CLOSED))
    with unrecorded():
        witness = lab.own(socket.socket())
        witness.setblocking(False)
        witness.connect_ex(course.addresses[0][1])
    run = lab.start(list(course.addresses), delay)
    while len(course.attempts()) < 3 and not run.done.wait(0.02) and not lab.stuck:
        pass
    reopen(course.stack, course.listeners[0])  # the kernel asks again after a second
    while not run.done.wait(0.05) and not lab.stuck:
        pass
    if lab.stuck:
        try:
            witness.getpeername()
        except OSError:
            raise LeaveOut("this system asks an address again too late for this case") from None
        raise lab.stuck
    if run.error is not None:
        raise Broke(run)
    course.judge(run.value, 0, (0, 1, 2), delay)


def reopen(stack: ExitStack, listener: socket.socket) -> None:
    """Make room in the queue: whoever asks again is connected now."""
    with unrecorded():
        listener.listen(8)
        listener.setblocking(False)
        try:
            while True:
                stack.enter_context(listener.accept()[0])
        except BlockingIOError:
            pass


class Course:
    """The addresses of a race, on ports of their own; everything is closed with the case."""

    def __init__(self, lab: Lab, *places: Place) -> None:
        self.lab, self.places, self.stack = lab, places, lab.enter(ExitStack())
        needed(*(host for host, _ in places))
        self.listeners: list[socket.socket] = []
        self.addresses: list[tuple[int, Any]] = []
        for host, does in places:
            sock = bound(self.stack, V4 if host in NOWHERE else host)
            self.listeners.append(sock)
            if host in NOWHERE:
                self.addresses.append(answer(host, sock.getsockname()[1]))
                continue
            begin(self.stack, sock, does)
            self.addresses.append((sock.family, sock.getsockname()))

    def attempts(self) -> list[tuple[int, float]]:
        return attempts(self.lab, [name for _, name in self.addresses])

    def judge(self, got: Any, winner: int, tried: Sequence[int], delay: float) -> None:
        """The winner is connected, and these were tried, in this order, none of them before its time."""
        lab, seen = self.lab, self.attempts()
        order = [index for index, _ in seen]
        as_far_as_it_goes = list(tried)[: len(order)]  # where it ends too early, no connection came of it
        if isinstance(got, socket.socket) and order != as_far_as_it_goes:
            got.close()
            said, right = ([f"address {index + 1}" for index in which] for which in (order, tried))
            if order == list(range(len(order))):
                why, hint = f"address {winner + 1} was connected already, and you began with more", "stagger"
            else:
                why, hint = "you began with the addresses in another order", "order"
            lab.wrong(why, expected=right, got=said, verb="you tried", hint=hint)
        judge_socket(lab, got, self.listeners[winner])
        for (before, began), (after, then) in zip(seen, seen[1:]):
            if self.places[before][1] == SILENT and not 0.9 * delay < then - began < delay + LATE:
                when = f"{then - began:.2f} s after address {before + 1}, which kept silent, you began with "
                when += f"address {after + 1}: delay was {delay:g} s"
                lab.wrong(when, hint="stagger" if then - began < delay else "delay")
