"""Exercise 04-3: ask over UDP, with an id, tries, and a deadline.

The servers act when something happens, and count what is sent: nothing depends on how fast anybody is.
"""

from __future__ import annotations

import socket
import statistics
import struct
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab, LeaveOut, Stuck
from ...check.peers import PAUSE, Step
from ...wire import SENDING
from .error_queue import watch_errors
from .udp_peers import FROM, UDPScript, UDPTalk, udp_server

PATIENT = 30.0  # seconds: longer than any case, so that nothing is sent a second time
MOMENT = 0.05
EARLY = 0.03 if sys.platform == "win32" else 0.005  # seconds: as exact as its clock
CALLS = 300
RUBBISH = b"rubbish"
TIME = b"what time is it?"


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
    closed: dict[type[BaseException], str] = {TimeoutError: "spends", OSError: "keep"}
    deaf = dict.fromkeys(("recvfrom", "recv", "recvmsg", "recvfrom_into", "select", LOOP), "deadline")
    empty = dict.fromkeys(deaf, "empty")
    thinking = b"what is the answer?", [PAUSE(0.25), reply]
    overtaken = b"slow server", None, reply, None
    yield case("an answer at once", answered, TIME, hint="start")
    yield case("an empty request and an empty answer", answered, b"", hint="empty", stuck=empty)
    yield case("an answer that begins with the id", key_again, hint="answer")
    yield case("a server that takes its time", answered, *thinking, hint="patient", raises=hasty)
    yield case("the first two requests are lost", resent, b"once more", None, None, reply, hint="resend")
    yield case("nobody answers and tries is 3", unanswered, 3, 0.12, hint="tries")
    yield case("nobody answers and tries is 1", unanswered, 1, MOMENT, hint="tries")
    yield case("an answer of 9000 bytes", answered, bytes(range(250)) * 36, hint="size")
    yield case("an answer of 60000 bytes", large_answer, hint="size")
    yield case("rubbish all the time", pestered, hint="deadline", stuck=deaf, raises=early)
    yield case("the first answer comes after the second request", resent, *overtaken, hint="same")
    yield case(f"{CALLS} calls in a row", called_often, hint="fresh", raises=closed)
    yield case("late answers to the call before", answered_late, hint="id", raises=early)
    yield case("datagrams with other ids", bothered, other_ids, hint="id", raises=early)
    yield case("datagrams too short for an id", bothered, runts, hint="runt", raises=early)
    yield case("a forged answer from another port", forged, hint="forged", raises=early)
    yield case("a forged answer from another host", forged, "127.0.0.2", hint="forged", raises=early)
    yield case("nobody at home", not_at_home, hint="refused")


def answer_to(request: bytes) -> bytes:
    return b"\n\0 answer to " + request + b" \0\r\n" if request else b""


def reply(talk: UDPTalk) -> bytes:
    return talk.data[:4] + answer_to(talk.data[4:])


# -- one call, and what is judged ------------------------------------------------------------------------


def ask(
    lab: Lab,
    request: bytes,
    *steps: Step,
    most: int = 1,
    timeout: float = PATIENT,
    tries: int = 40,
    hasty: str = "spends",
    answers: int = 0,
    sock: socket.socket | None = None,
) -> None:
    """Call the learner's function with a socket of its own, and judge its sends and its answer.

    answers: from which request on the server answers, if not from the first.
    """
    address = udp_server(lab, server := UDPScript(*steps), sock=sock)
    try:
        got, broke = lab.outcome(lab.mailbox(), address, request, timeout, tries)
    finally:
        judge_sends(lab, server, request, most, hasty)
    if broke is not None:
        if isinstance(broke.error, TimeoutError) and 0 < answers <= len(server.heard):
            lab.wrong(f"the server answered your request {answers}, and {broke}", hint="listen")
        raise broke
    judge_answer(lab, got, answer_to(request), server)


def judge_sends(lab: Lab, server: UDPScript, request: bytes, most: int, hasty: str = "spends") -> None:
    server.stop()
    for data, _ in server.heard:
        if len(data) < 4 or data[4:] != request:
            example = b"\0\0\0\1" + request
            lab.wrong("an id and the request", expected=example, got=data, verb="you sent", hint="format")
    if len(ids(server)) > 1:
        lab.wrong("the tries of one call had different ids", hint="same")
    if len(server.heard) > most:
        said = f"the server got {len(server.heard)} requests within a timeout that was not over"
        lab.wrong(said, hint=hasty)


def ids(server: UDPScript) -> set[bytes]:
    return {data[:4] for data, _ in server.heard}


def judge_answer(lab: Lab, got: Any, answer: bytes, server: UDPScript) -> None:
    if got is None:
        lab.wrong("", expected=answer, got=got, hint="end" if server.heard else "start")
    if not isinstance(got, bytes):
        lab.wrong("return the answer, as bytes", expected=answer, got=got, hint="answer")
    if server.heard and got == server.heard[-1][0][:4] + answer:
        lab.wrong("", expected=answer, got=got, hint="answer")
    if got == RUBBISH:
        lab.wrong("this datagram has another id", expected=answer, got=got, hint="id")
    cut = len(answer) > 1000 and answer.startswith(got)
    lab.equal(got, answer, hint="size" if cut else "answer" if got and got in answer else None)


# -- answers ---------------------------------------------------------------------------------------------


def answered(lab: Lab, request: bytes, step: Step = reply) -> None:
    ask(lab, request, step, hasty="patient")


def large_answer(lab: Lab) -> None:
    """As large as few systems send one."""
    answer, place = bytes(60_000 - 250) + bytes(range(250)), lab.mailbox(SO_SNDBUF=1 << 17)
    try:
        place.sendto(answer, place.getsockname())
    except OSError:
        raise LeaveOut(f"this system sends no datagram of {len(answer)} bytes") from None
    place.recv(65535)
    address = udp_server(lab, server := UDPScript(lambda talk: talk.data[:4] + answer), sock=place)
    judge_answer(lab, lab.call(lab.mailbox(SO_RCVBUF=1 << 17), address, TIME, PATIENT, 2), answer, server)


def key_again(lab: Lab) -> None:
    """Behind the id comes the id: it is the answer's."""
    address = udp_server(lab, server := UDPScript(lambda talk: talk.data[:4] * 3 + b"!"))
    got = lab.call(lab.mailbox(), address, TIME, PATIENT, 2)
    server.stop()
    for key in ids(server):
        lab.equal(got, key * 2 + b"!")


def called_often(lab: Lab) -> None:
    """One socket, one question, again and again."""
    sock, address = lab.mailbox(), udp_server(lab, server := UDPScript(reply))
    for _ in range(CALLS):
        judge_answer(lab, lab.call(sock, address, TIME, PATIENT, 2), answer_to(TIME), server)
    server.stop()
    if len(ids(server)) < CALLS:
        lab.wrong(f"{CALLS} calls, and the number of different ids is {len(ids(server))}", hint="fresh")


def resent(lab: Lab, request: bytes, *steps: Step) -> None:
    """There is an answer, but only to who sends again."""
    ask(lab, request, *steps, most=15, timeout=MOMENT, tries=15, answers=steps.index(reply) + 1)


def bothered(lab: Lab, others: Callable[[bytes], list[bytes]]) -> None:
    """First come datagrams that are no answer, then the answer: one send is enough."""
    ask(lab, b"and you?", lambda talk: [*others(talk.data[:4]), reply(talk)], tries=3)


def other_ids(key: bytes) -> list[bytes]:
    number = int.from_bytes(key, "big")
    near = [number ^ 1, number ^ 1 << 31, (number + 1) % (1 << 32), number ^ 0xFF00, number ^ 0xFF0000]
    wrong = [other.to_bytes(4, "big") for other in near] + [key[:3] + bytes([key[3] ^ 1]) + key]
    return [other + b"an answer to something else" for other in wrong]


def runts(key: bytes) -> list[bytes]:
    return [b"", key[:1], key[:3], b"\0"]


def forged(lab: Lab, host: str = "127.0.0.1") -> None:
    """The forger knows the id, and is faster. On another host it has even the port of the server."""
    server, forger = lab.mailbox(), lab.own(socket.socket(type=socket.SOCK_DGRAM))
    try:
        forger.bind((host, server.getsockname()[1] if host != "127.0.0.1" else 0))
    except OSError:
        raise LeaveOut(f"this system has no address {host}") from None

    def answers(talk: UDPTalk) -> list[Step]:
        return [FROM(forger, talk.data[:4] + b"send all your money"), reply(talk)]

    ask(lab, b"where is my money?", answers, tries=3, sock=server)


def pestered(lab: Lab) -> None:
    """The first request gets rubbish, 100 times a second, until a second request comes."""

    def pester(talk: UDPTalk) -> Iterator[Step]:
        while len(talk.script.heard) == 1:
            yield PAUSE(0.01)
            yield b"????" + RUBBISH

    ask(lab, b"is it quiet there?", pester, reply, most=4, timeout=0.4, tries=4)


# -- no answer -------------------------------------------------------------------------------------------


def unanswered(lab: Lab, tries: int, timeout: float) -> None:
    address = udp_server(lab, server := UDPScript())
    pauses: list[float] = []
    measuring = lab.beside(lambda: pauses.extend(paused(lab, timeout) for _ in range(tries)))
    began = time.monotonic()
    try:
        got, broke = lab.outcome(lab.mailbox(), address, b"hello?", timeout, tries)
    except Stuck:
        server.stop()
        if len(server.heard) > tries:
            lab.wrong(f"tries was {tries}, and you sent at least {len(server.heard)} times", hint="tries")
        raise
    took = time.monotonic() - began
    server.stop()
    if broke is not None and not isinstance(broke.error, TimeoutError):
        raise broke
    judge_sends(lab, server, b"hello?", most=len(server.heard))
    if len(server.heard) != tries:
        lab.wrong(f"tries was {tries}, and you sent {len(server.heard)} times", hint="tries")
    if broke is None:
        lab.wrong("no answer came: expected TimeoutError", got=got, hint="end")
    measuring.join()
    judge_waits(lab, timeout, took, max(pauses))


def paused(lab: Lab, seconds: float) -> float:
    """How long a pause of so many seconds takes on this machine."""
    began = time.monotonic()
    lab.pause(seconds)
    return time.monotonic() - began


def judge_waits(lab: Lab, timeout: float, took: float, pause: float) -> None:
    """What passed between one send and the next, and behind the last one. pause: what timeout takes here."""
    sends = [event.started for event in lab.recording if event.call in SENDING]
    waits = [later - earlier for earlier, later in pairwise(sends)]
    waits.append(took - sum(waits))
    shown = f"timeout was {timeout:g} s, and after your sends passed {', '.join(f'{w:.2f} s' for w in waits)}"
    if min(waits) < timeout - EARLY:
        lab.wrong(shown, hint="patient")
    if statistics.median(waits) > 1.4 * pause and len(waits) > 1:
        lab.wrong(shown, hint="punctual")


def answered_late(lab: Lab) -> None:
    """Call 1 is given up. Its answers come, twice, and wait in the socket when call 2 asks the same."""
    sock, place, now = lab.mailbox(), lab.mailbox(), b"it is one o'clock"
    address = udp_server(lab, first := UDPScript(), sock=place)
    lab.raises(TimeoutError, sock, address, TIME, MOMENT, 2, hint="end")
    first.stop()
    for data, sender in first.heard:
        place.sendto(data[:4] + b"it is noon", sender)
    udp_server(lab, second := UDPScript(lambda talk: talk.data[:4] + now), sock=place)
    got, broke = lab.outcome(sock, address, TIME, PATIENT, 2)
    second.stop()
    if ids(first) & ids(second):
        lab.wrong("two calls had the same id", expected=now, got=got, hint="fresh")
    judge_sends(lab, second, TIME, most=1)
    if broke is not None:
        raise broke
    judge_answer(lab, got, now, second)


def not_at_home(lab: Lab) -> None:
    """The server's socket is closed. Windows reports it, and so does Linux if asked to."""
    sock, gone = lab.mailbox(), lab.mailbox()
    address = gone.getsockname()
    gone.close()
    if sys.platform == "linux":
        watch_errors(sock)
    began, why = time.monotonic(), "nobody was at home"
    lab.raises(TimeoutError, sock, address, b"hello?", MOMENT, 3, why=why, hint="refused")
    if (took := time.monotonic() - began) < 3 * (MOMENT - EARLY):
        said = f"after an error you did not wait: 3 tries of {MOMENT:g} s took you {took:.2f} s"
        lab.wrong(said, hint="refused")
