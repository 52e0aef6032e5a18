"""Cases for functions that connect to one of several addresses: some refuse, some keep silent."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from ...check.lab import Broke, Lab, LeaveOut
from ...wire import unrecorded
from .resolving import CLOSED, NAME, OPEN, SILENT, bound, fill, needed, one_port, reopen, resolving

PER_ADDRESS = 0.2  # seconds that connect_any may wait for one address
MINE = 9.0  # the default timeout of the program: afterwards it has to be so, too


# -- one after another -----------------------------------------------------------------------------


def reached(lab: Lab, places: Sequence[tuple[str, str]], host: str = NAME) -> None:
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


def unreached(lab: Lab, places: Sequence[tuple[str, str]]) -> None:
    """No address answers: connect_any has to raise OSError. No places: nobody knows the name."""
    with one_port(places or [("127.0.0.1", CLOSED)]) as (port, _), resolving(lab, [h for h, _ in places]):
        try:
            got = lab.call(NAME, port, PER_ADDRESS)
        except Broke as broke:
            if isinstance(broke.error, OSError):
                return
            raise
    if isinstance(got, socket.socket):
        got.close()
        lab.wrong("no address answers, and your function returned a socket", hint="connected")
    lab.wrong("no address answers: this asks for an OSError", got=got, hint="none")


def judge_socket(lab: Lab, got: Any, listener: socket.socket, other: str | None = None) -> None:
    """got has to be a usable connection to this listener. other: the hint if it is one to somebody else."""
    address = listener.getsockname()
    if not isinstance(got, socket.socket):
        hint = "none" if got is None else "start"
        lab.wrong("this asks for a connected socket", got=got, hint=hint)
    with got:
        if got.fileno() == -1:
            lab.wrong("the socket that you returned is closed", hint="closed")
        if got.type != socket.SOCK_STREAM:
            lab.wrong("the socket that you returned is one for datagrams: nobody answered it", hint="stream")
        try:
            peer = got.getpeername()
        except OSError:
            lab.wrong("the socket that you returned is not connected", hint="connected")
        if peer[:2] != address[:2]:
            lab.wrong(
                "this address should have been connected", expected=address[:2], got=peer[:2], hint=other
            )
        if got.gettimeout() is not None:
            lab.wrong(
                f"the socket that you returned has a timeout of {got.gettimeout():g} s still", hint="blocking"
            )
        listener.settimeout(lab.left)
        while True:
            conn, client = listener.accept()
            with conn:
                if client != got.getsockname():  # an attempt that was given up, perhaps
                    continue
                conn.sendall(b"?")
                if got.recv(1) != b"?":
                    lab.wrong("the socket that you returned did not get what its peer sent", hint="connected")
                return


# -- a race ----------------------------------------------------------------------------------------


class Course:
    """The addresses of a race, on ports of their own; everything is closed with the case."""

    def __init__(self, lab: Lab, *places: tuple[str, str]) -> None:
        self.lab, self.places, self.stack = lab, places, lab.enter(ExitStack())
        needed(*(host for host, _ in places))
        self.listeners: list[socket.socket] = []
        for host, does in places:
            sock = bound(self.stack, host)
            self.listeners.append(sock)
            if does != CLOSED:
                sock.listen(0 if does == SILENT else 8)
            if does == SILENT:
                fill(self.stack, sock)
        names = [sock.getsockname() for sock in self.listeners]
        self.addresses = [(sock.family, name) for sock, name in zip(self.listeners, names)]

    def attempts(self) -> list[tuple[int, float]]:
        """(which address, when) of each attempt that has begun, in their order."""
        found: dict[int, tuple[float, Any]] = {}
        for event in (*self.lab.recording, *self.lab.recording.pending):
            if event.call in ("connect", "connect_ex") and event.peer is not None:
                began = min(event.started, found.get(event.socket, (event.started,))[0])
                found[event.socket] = (began, event.peer[:2])
        ports = {name[:2]: index for index, (_, name) in enumerate(self.addresses)}
        return [(ports[peer], began) for began, peer in sorted(found.values()) if peer in ports]

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
            if self.places[before][1] == SILENT and then - began < delay / 2:
                lab.wrong(
                    f"you began with address {after + 1} long before {delay:g} s had passed since you began "
                    f"with address {before + 1}",
                    hint="stagger",
                )


def raced(lab: Lab, places: Sequence[tuple[str, str]], delay: float | None) -> None:
    """race has to return a connection to the first open place. delay None: longer than the case may take."""
    delay = lab.seconds + 0.3 if delay is None else delay
    course = Course(lab, *places)
    winner = next(index for index, (_, does) in enumerate(places) if does == OPEN)
    got = lab.call(list(course.addresses), delay)
    course.judge(got, winner, range(winner + 1), delay)


def all_failed(lab: Lab, places: Sequence[tuple[str, str]], delay: float) -> None:
    course = Course(lab, *places)
    try:
        got = lab.call(list(course.addresses), delay)
    except Broke as broke:
        if isinstance(broke.error, OSError):
            return
        raise
    if isinstance(got, socket.socket):
        got.close()
        lab.wrong("no address answers, and your function returned a socket", hint="connected")
    lab.wrong("no address answers: this asks for an OSError", got=got, hint="none")


def late_winner(lab: Lab, delay: float) -> None:
    """The first address answers, but only after the second one, which never does, has been tried."""
    course = Course(lab, ("127.0.0.1", SILENT), ("127.0.0.1", SILENT))
    with unrecorded():
        witness = lab.own(socket.socket())
        witness.setblocking(False)
        witness.connect_ex(course.addresses[0][1])
    run = lab.start(list(course.addresses), delay)
    while len(course.attempts()) < 2 and not run.done.wait(0.02) and not lab.stuck:
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
    course.judge(run.value, 0, (0, 1), delay)
