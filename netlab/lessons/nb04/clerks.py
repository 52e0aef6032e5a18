"""Servers and strangers that a program meets when it asks over UDP (exercise 04-3).

They act when something happens, and count what is sent: nothing here depends on how fast anybody is.
"""

from __future__ import annotations

import _socket
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ...check.lab import Lab, LeaveOut, Stuck
from ...check.report import Wrong
from .postcards import mailbox

PATIENT = 30.0  # seconds: longer than any case, so that nothing is sent a second time
MOMENT = 0.05
RUBBISH = b"rubbish"


# -- the other end -----------------------------------------------------------------------------------


class Clerk:
    """A server beside the learner: notes each datagram, then act(clerk, data, sender) does what it likes.

    tick(clerk): called again and again, 100 times a second, while nothing comes.
    """

    def __init__(
        self,
        lab: Lab,
        act: Callable[[Clerk, bytes, Any], None],
        tick: Callable[[Clerk], None] | None = None,
        sock: socket.socket | None = None,
    ) -> None:
        self.lab, self.act, self.tick = lab, act, tick
        self.sock, self._bye = sock or mailbox(lab), mailbox(lab)
        self.address, self._goodbye = self.sock.getsockname(), self._bye.getsockname()
        self.heard: list[tuple[bytes, Any]] = []
        self._thread = lab.beside(self._work)

    def _work(self) -> None:
        self.sock.settimeout(0.01 if self.tick else self.lab.left)
        while True:
            try:
                data, sender = self.sock.recvfrom(65535)
            except TimeoutError:
                if self.tick is None:
                    return
                self.tick(self)
                continue
            except ConnectionError:  # Windows tells that somebody whom it wrote to has gone
                continue
            if sender in (None, self._goodbye):
                return
            self.heard.append((data, sender))
            self.act(self, data, sender)

    def reply(self, data: bytes, to: Any, words: bytes | None = None) -> None:
        """The answer to this request, or other words with its id."""
        self.sock.sendto(data[:4] + (answer_to(data[4:]) if words is None else words), to)

    def stop(self) -> None:
        """After this, all that was sent to it before is in `heard`."""
        with suppress(OSError):  # at the deadline all sockets were closed
            _socket.socket.sendto(self._bye, b"", self.address)  # the C method: this is not to be recorded
        self._thread.join()


def answer_to(request: bytes) -> bytes:
    return b"answer to " + request if request else b""


def ask(
    lab: Lab,
    clerk: Clerk,
    request: bytes,
    most: int,
    timeout: float = PATIENT,
    tries: int = 40,
    hasty: str = "spends",
) -> None:
    """Call the learner's function with a socket of its own, and judge its sends and its answer."""
    sock = mailbox(lab)
    try:
        got, broke = lab.outcome(sock, clerk.address, request, timeout, tries)
    except Stuck:
        clerk.stop()
        judge_sends(lab, [data for data, _ in clerk.heard], request, most, hasty)
        raise
    clerk.stop()
    judge_sends(lab, [data for data, _ in clerk.heard], request, most, hasty)
    if broke is not None:
        raise broke
    judge_answer(lab, got, answer_to(request), clerk.heard)


def judge_sends(lab: Lab, heard: list[bytes], request: bytes, most: int, hasty: str = "spends") -> None:
    for data in heard:
        if len(data) < 4 or data[4:] != request:
            example = b"\0\0\0\1" + request
            lab.wrong("an id and the request", expected=example, got=data, verb="you sent", hint="format")
    if len({data[:4] for data in heard}) > 1:
        lab.wrong("the tries of one call had different ids", hint="same")
    if len(heard) > most:
        lab.wrong(f"the server got {len(heard)} requests within a timeout that was not over", hint=hasty)


def judge_answer(lab: Lab, got: Any, answer: bytes, heard: list[tuple[bytes, Any]]) -> None:
    if got is None:
        lab.wrong("", expected=answer, got=got, hint="end" if heard else "start")
    if isinstance(got, (bytes, bytearray)) and heard and got == heard[-1][0][:4] + answer != answer:
        lab.wrong("", expected=answer, got=got, hint="answer")
    if not isinstance(got, (bytes, bytearray)):
        lab.wrong("return the answer, as bytes", expected=answer, got=got, hint="answer")
    if got == RUBBISH:
        lab.wrong("this datagram has another id", expected=answer, got=got, hint="id")
    short = answer.startswith(got) and len(answer) > 1000
    lab.equal(got, answer, hint="size" if short else None)


# -- the cases ---------------------------------------------------------------------------------------


def asked(lab: Lab, request: bytes = b"what time is it?") -> None:
    ask(lab, Clerk(lab, Clerk.reply), request, most=1, hasty="patient")


def thinking(lab: Lab) -> None:
    """A server that needs a moment."""

    def act(clerk: Clerk, data: bytes, sender: Any) -> None:
        lab.pause(0.25)
        clerk.reply(data, sender)

    ask(lab, Clerk(lab, act), b"what is the answer?", most=1, hasty="patient")


def unanswered(lab: Lab, tries: int) -> None:
    clerk, sock = Clerk(lab, lambda clerk, data, sender: None), mailbox(lab)
    try:
        got, broke = lab.outcome(sock, clerk.address, b"hello?", MOMENT, tries)
    except Stuck:
        clerk.stop()
        if len(clerk.heard) > tries:
            lab.wrong(f"tries was {tries}, and you sent at least {len(clerk.heard)} times", hint="tries")
        raise
    clerk.stop()
    heard = [data for data, _ in clerk.heard]
    if broke is not None and not isinstance(broke.error, TimeoutError):
        raise broke
    judge_sends(lab, heard, b"hello?", most=len(heard))
    if len(heard) != tries:
        lab.wrong(f"tries was {tries}, and you sent {len(heard)} times", hint="tries")
    if broke is None:
        lab.wrong("no answer came: expected TimeoutError", got=got, hint="end")


def waiting(sock: socket.socket) -> list[bytes]:
    """What has been sent to this socket."""
    datagrams, patience = [], sock.gettimeout()
    sock.settimeout(MOMENT)
    with suppress(OSError):
        while True:
            datagrams.append(sock.recvfrom(65535)[0])
    sock.settimeout(patience)
    return datagrams


def lost_twice(lab: Lab) -> None:
    def act(clerk: Clerk, data: bytes, sender: Any) -> None:
        if len(clerk.heard) > 2:
            clerk.reply(data, sender)

    ask(lab, Clerk(lab, act), b"once more", most=40, timeout=MOMENT)


def overtaken(lab: Lab) -> None:
    """The answer to the first request comes when the second one is there, and no other answer ever."""

    def act(clerk: Clerk, data: bytes, sender: Any) -> None:
        if len(clerk.heard) == 2:
            clerk.reply(*clerk.heard[0])

    ask(lab, Clerk(lab, act), b"slow server", most=30, timeout=MOMENT, tries=30)


def late(lab: Lab) -> None:
    """Call 1 is given up. Its answers come, twice, and wait in the socket when call 2 asks the same."""
    server, sock, request = mailbox(lab), mailbox(lab), b"what time is it?"
    got, broke = lab.outcome(sock, server.getsockname(), request, MOMENT, 2)
    if broke is None or not isinstance(broke.error, TimeoutError):
        raise broke or Wrong("no answer came to call 1: expected TimeoutError", got=got, hint="end")
    first = waiting(server)
    for data in first:
        server.sendto(data[:4] + b"it is noon", sock.getsockname())
    now = b"it is one o'clock"
    clerk = Clerk(lab, lambda clerk, data, sender: clerk.reply(data, sender, now), sock=server)
    got, broke = lab.outcome(sock, clerk.address, request, PATIENT, 2)
    clerk.stop()
    heard = [data for data, _ in clerk.heard]
    if {data[:4] for data in heard} & {data[:4] for data in first}:
        lab.wrong("two calls had the same id", expected=now, got=got, hint="fresh")
    judge_sends(lab, heard, request, most=1)
    if broke is not None:
        raise broke
    judge_answer(lab, got, now, clerk.heard)


def bothered(lab: Lab, others: Callable[[bytes], list[bytes]]) -> None:
    """First come datagrams that are no answer, then the answer: one send is enough."""

    def act(clerk: Clerk, data: bytes, sender: Any) -> None:
        for other in others(data[:4]):
            clerk.sock.sendto(other, sender)
        clerk.reply(data, sender)

    ask(lab, Clerk(lab, act), b"and you?", most=1, tries=3)


def other_ids(key: bytes) -> list[bytes]:
    number = int.from_bytes(key, "big")
    near = [number ^ 1, number ^ 1 << 31, (number + 1) % (1 << 32), number ^ 0xFF00, number ^ 0xFF0000]
    return [other.to_bytes(4, "big") + b"an answer to something else" for other in near]


def runts(key: bytes) -> list[bytes]:
    return [b"", key[:1], key[:3], b"\0"]


def forged(lab: Lab, host: str = "127.0.0.1") -> None:
    """The forger knows the id, and is faster. On another host it has even the port of the server."""
    server = mailbox(lab)
    forger = lab.own(socket.socket(type=socket.SOCK_DGRAM))
    try:
        forger.bind((host, server.getsockname()[1] if host != "127.0.0.1" else 0))
    except OSError:
        raise LeaveOut(f"this system has no address {host}") from None

    def act(clerk: Clerk, data: bytes, sender: Any) -> None:
        forger.sendto(data[:4] + b"send all your money", sender)
        clerk.reply(data, sender)

    ask(lab, Clerk(lab, act, sock=server), b"where is my money?", most=1, tries=3)


def pestered(lab: Lab) -> None:
    """The first request gets rubbish, 100 times a second, until a second request comes."""

    def act(clerk: Clerk, data: bytes, sender: Any) -> None:
        if len(clerk.heard) > 1:
            clerk.reply(data, sender)

    def tick(clerk: Clerk) -> None:
        if len(clerk.heard) == 1:
            clerk.reply(b"????", clerk.heard[0][1], RUBBISH)

    ask(lab, Clerk(lab, act, tick), b"is it quiet there?", most=4, timeout=0.4, tries=4)


def not_at_home(lab: Lab) -> None:
    """The server's socket is closed: some systems report it, some keep silent."""
    sock, gone = mailbox(lab), mailbox(lab)
    address = gone.getsockname()
    gone.close()
    got, broke = lab.outcome(sock, address, b"hello?", MOMENT, 3)
    if broke is None:
        lab.wrong("nobody was there: expected TimeoutError", got=got, hint="end")
    elif not isinstance(broke.error, TimeoutError):
        raise broke
