"""Exercise 08-4: limited_server."""

from __future__ import annotations

import select
import socket
import time
from contextlib import AbstractContextManager, suppress
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab, Stuck
from ...check.peers import drips, reset
from .clients import Client, by_library, conversation, drip, request
from .limits import (
    ANYTHING,
    BEHIND,
    BODY,
    FORMS,
    FULL,
    HEAD,
    LONG,
    POSTED,
    SIMILAR,
    announced,
    head_of,
)

PATIENT = 30.0  # seconds; more than any case lasts: there a 408 can not be right, and nobody waits for it
HURRIED = 0.2
PAUSE = 0.01  # of a client that drips, in seconds
ENOUGH = 0.8  # seconds in which everybody has noticed that HURRIED is over
MOST_DRIPS = 55
WHY = {431: "a head too long", 413: "a body too large"}


@exercise(stuck={LOOP: "forever"})
def limited_server(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> Cases:
    r"""Answer one request on conn, within limits, and close it.

    A request is a head, up to and with its empty line (b"\r\n\r\n"), and a body of as
    many bytes as its Content-Length says (none without it). The name of this field may
    come in any capitals. Nothing can be wrong with the request but this:

        431  the head has more than most_head bytes: answer when you have more of it,
             even if the empty line has not come
        413  the Content-Length is more than most_body: answer before any of it comes
        408  it is not complete seconds after your function was called, even if now and
             then a byte comes, or if none comes at all
        200  else; the body of the answer is the body of the request

    Answer in HTTP/1.1, with Content-Length and "Connection: close"; the first three
    have any body. If the client ends its stream inside its request, or vanishes, do not
    answer.

    The answer has to reach the client. If you close conn while bytes of the client lie
    unread in it, or still come, the kernel resets the connection, and may destroy the
    answer. So say by half-close that this was all, and throw away what still comes,
    until the client ends its stream, too, but for no more than seconds. Then close
    conn. Raise nothing.
    """
    yield case("http.client asks", by_http_client, "GET", None, hint="start")
    yield case("http.client sends", by_http_client, "POST", b"some data", hint="start")
    yield case("one byte at a time", in_drips, POSTED, hint="pieces")
    yield case("a client that thinks", thinking, hint="pause")
    yield case("Content-Length in any form", answered, *FORMS, hint="names")
    yield case("what is no Content-Length", answered, *SIMILAR, hint="similar")
    yield case("a body of any bytes and any method", answered, *ANYTHING, hint="body")
    yield case("more behind the request", more_behind, *BEHIND, hint="behind")
    yield case("a client that has finished", finished, POSTED, request("GET"), hint="finished")
    yield case("a head of most_head bytes", answered, *FULL, hint="edge")
    yield case("a body of most_body bytes", answered, request("POST", body=bytes(BODY)), hint="edge")
    yield case("a head that is one byte too long", refused, 431, *LONG, hint="complete")
    no_end = head_of(HEAD)[:-4] + b"xxxxx"
    yield case("a head too long and no empty line yet", refused, 431, no_end, hint="431")
    yield case("a head without an end", endless_head, hint="431")
    yield case("a body one byte too large is announced", refused, 413, announced(BODY + 1), hint="413")
    yield case("a body of 100 million TB is announced", refused, 413, announced(10**20), hint="413")
    large = request(body=bytes(100_000))
    yield case("no body at all is allowed", bodiless, hint="edge")
    yield case("larger limits", in_larger_limits, hint="larger")
    yield case("a body too large has come", has_come, 413, large, "a body of 100 kB", hint="linger")
    yield case("a head too long has come", has_come, 431, head_of(100_000), "a head of 100 kB", hint="linger")
    yield case("a body too large is coming", still_coming, hint="linger")
    yield case("a client that leaves", leaving, hint="leaves")
    yield case("a client that vanishes", vanishing, hint="vanish")
    yield case("a client that says nothing", late, "nothing at all", b"", b"", hint="408")
    yield case("a request in drips", late, "a request in drips", b"x", POSTED[:20], hint="total")
    yield case("a head and a body that take their time", in_two_parts, hint="total")
    attempts = (200, POSTED, b""), (413, announced(10**9), bytes(4096))
    yield case("a client that never ends", never_ending, *attempts, hint="stop")


def served(
    lab: Lab, seconds: float = PATIENT, most: tuple[int, int] = (HEAD, BODY), **more: Any
) -> AbstractContextManager[Client]:
    return conversation(lab, *most, seconds, **more)


def expect(
    client: Client, status: int, body: bytes | None = None, why: str = "a request", hint: str | None = None
) -> None:
    """The only answer, its status, and its body."""
    lab = client.lab
    answer = client.answer(why, hint=hint)
    client.in_1_1(answer.head, why)
    lab.equal(answer.status, status, said=f"the status for {why}", hint=hint)
    if not answer.head.all("Content-Length") or answer.cut:
        lab.wrong(f"the answer to {why} has no right Content-Length", hint=hint or "framing")
    if "close" not in answer.head.options("Connection"):
        lab.wrong(f"the answer to {why} does not say Connection: close", hint="framing")
    if body is not None:
        lab.equal(answer.body, body, said=f"the body of the answer to {why}", hint=hint)


def farewell(client: Client, stays: bool = False, seconds: float = PATIENT) -> None:
    """The end of the server's stream comes first, in order; then the client ends its own.

    stays: the client takes its time, and the server has to be there until then, for so many seconds.
    """
    lab = client.lab
    try:
        client.ends("linger", clean=True)
    except Stuck as stuck:
        said = f"the client has its answer, and waits for its end: your function is {stuck}"
        lab.wrong(said, hint="half-close")
    if stays:
        client.say(b"still here")
        if not client.is_taken():
            lab.wrong("you have answered, and do not take what the client still sends", hint="linger")
        if seconds == PATIENT:
            client.hesitate(0.15)
        else:
            lab.pause(seconds / 3)
        if lab.run is not None and lab.run.done.is_set():
            lab.wrong("you closed conn, and the client had not yet ended its stream", hint="linger")
    client.finish()


# -- within all limits -----------------------------------------------------------------------------------


def by_http_client(lab: Lab, method: str, body: bytes | None) -> None:
    with served(lab) as client:
        lab.equal(by_library(client, method, "/", body), (200, body or b""))
        client.sock.close()


def answered(lab: Lab, *requests: bytes, alone: bool = False) -> None:
    """Each on a connection of its own."""
    for data in requests:
        head, _, body = data.partition(b"\r\n\r\n")
        with served(lab) as client:
            client.say(*(drips(data) if alone else [data]), alone=alone)
            expect(
                client,
                200,
                body,
                f"a request with {head.splitlines()[1:]}" if len(head) < 99 else "a request",
            )
            farewell(client, stays=alone)


def in_drips(lab: Lab, data: bytes) -> None:
    answered(lab, data, alone=True)


def thinking(lab: Lab) -> None:
    """There is time: seconds are many."""
    with served(lab) as client:
        client.say(POSTED[:-4])
        client.hesitate(0.25)
        client.say(POSTED[-4:])
        expect(client, 200, POSTED[-9:])
        farewell(client)


def more_behind(lab: Lab, *requests: tuple[bytes, bytes]) -> None:
    """One request is answered, and what is behind it is taken and thrown away."""
    for data, more in requests:
        with served(lab) as client:
            client.say(data + more)
            expect(client, 200, data.partition(b"\r\n\r\n")[2], "the first of two requests")
            farewell(client)


def finished(lab: Lab, *requests: bytes) -> None:
    """The request is complete, and then the client ends its stream: it waits for its answer."""
    for data in requests:
        with served(lab, before=data, finished=True) as client:
            why = "a request of a client that has ended its stream"
            expect(client, 200, data.partition(b"\r\n\r\n")[2], why)
            client.ends("linger", clean=True)


def bodiless(lab: Lab) -> None:
    """most_body is 0."""
    for data, status in (
        (request("POST", body=b""), 200),
        (request("POST", body=b"x"), 413),
        (request(), 200),
    ):
        with served(lab, most=(HEAD, 0)) as client:
            client.say(data)
            expect(client, status, why="a request where most_body is 0")
            farewell(client)


def in_larger_limits(lab: Lab) -> None:
    """A head that is no single recv, and an answer that is no single send."""
    data = request("POST", "/", f"X-Long: {'x' * 80_000}", body=bytes(700_000))
    with served(lab, most=(100_000, 1_000_000), SO_SNDBUF=4096) as client:
        lab.beside(client.say, data)
        expect(client, 200, bytes(700_000), "a large request within its limits", "larger")
        farewell(client)


# -- too much --------------------------------------------------------------------------------------------


def refused(lab: Lab, status: int, *requests: bytes) -> None:
    """The client sends this, and waits."""
    for data in requests:
        with served(lab) as client:
            client.say(data)
            expect(client, status, why=WHY[status])
            farewell(client)


def endless_head(lab: Lab) -> None:
    """The client looks for an answer from time to time."""
    with served(lab) as client:
        client.say(request()[:-2])
        drip(client, [b"X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"] * 1000, 0.001)
        expect(client, 431, why="a head without an end")
        farewell(client)


def has_come(lab: Lab, status: int, data: bytes, why: str) -> None:
    """All of it lies in conn before the function begins. Its answer has to reach the client all the same."""
    with served(lab, before=data, SO_RCVBUF=1 << 18) as client:
        expect(client, status, why=why)
        farewell(client)


def still_coming(lab: Lab) -> None:
    """The client sends all of its body before it looks for an answer."""
    data = request("POST", "/", body=bytes(3_000_000))
    with served(lab) as client:
        try:
            client.sock.sendall(data)
        except ConnectionError:
            lab.wrong("the connection was reset while the client was still sending")
        expect(client, 413, why="a body of 3 MB", hint="413")
        farewell(client, stays=True)


# -- too long --------------------------------------------------------------------------------------------


def late(lab: Lab, why: str, piece: bytes, *begins: bytes) -> None:
    """The client says the beginning, and then a piece now and then: the time for all of it passes."""
    for begin in begins:
        began = time.monotonic()
        with served(lab, HURRIED) as client:
            client.say(begin)
            sent = drip(client, [piece] * MOST_DRIPS if piece else [], PAUSE)
            if piece and sent == MOST_DRIPS * len(piece):
                lab.wrong(f"the client took its time for {sent} bytes more, and got no answer")
            expect(client, 408, why=why)
            if (waited := time.monotonic() - began) < HURRIED - 0.02:
                lab.wrong(f"your 408 came after {waited:.2f} s, and seconds are {HURRIED}", hint="early")
            farewell(client)


def in_two_parts(lab: Lab) -> None:
    """The time for all passes inside the body; from the end of the head it would not."""
    for last in (False, True):
        with served(lab, 2 * HURRIED) as client:
            client.say(POSTED[:30])
            lab.pause(1.2 * HURRIED)
            client.say(POSTED[30:-1])
            on_time = bool(select.select([client.sock], [], [], 1.7 * HURRIED)[0])
            if not on_time:
                client.say(POSTED[-1:])
            answer = client.answer()
            if on_time and answer.status == 408:
                return farewell(client, stays=True, seconds=2 * HURRIED)
            client.finish()
        if last:  # not by the chance that this machine was busy
            lab.equal(answer.status, 408, said="the status for a request whose head and body took their time")
            lab.wrong("seconds had passed, and your 408 came only behind the next byte", hint="408")


def never_ending(lab: Lab, *attempts: tuple[int, bytes, bytes]) -> None:
    """The client has its answer, and does not end its stream: it waits for ever, or it sends on and on."""
    for status, data, piece in attempts:
        with served(lab, HURRIED) as client:
            client.say(data)
            expect(client, status, why=WHY.get(status, "a request"))
            client.ends("linger", clean=True)
            assert lab.run is not None
            last = time.monotonic() + ENOUGH
            with suppress(ConnectionError):
                while piece and not lab.run.done.is_set() and time.monotonic() < last:
                    client.sock.sendall(piece)
            if not lab.run.done.wait(max(0.0, last - time.monotonic())):
                lab.wrong("the client has its answer, and you still wait for the end of its stream")


# -- gone ------------------------------------------------------------------------------------------------


def leaving(lab: Lab) -> None:
    """The client ends its stream inside its request."""
    whole = request("POST", "/", body=b"0123456789")
    for data in (b"", whole[:9], whole[:-10], whole[:-1]):
        with served(lab) as client:
            client.say(data)
            client.finish()
            client.ends()


def vanishing(lab: Lab) -> None:
    """The client resets the connection inside its request, and instead of taking its answer."""
    whole = request("POST", "/", body=b"0123456789")
    for data in (b"", whole[:9], whole[:-1]):
        with served(lab) as client:
            client.say(data, alone=True)
            reset(client.sock)
    with served(lab) as client:
        client.say(announced(1_000_000))
        client.head("a request")
        reset(client.sock)
    with served(lab, most=(HEAD, 1_000_000), SO_SNDBUF=4096) as client:
        lab.beside(client.say, request("POST", body=bytes(1_000_000)))
        client.head("a request")
        reset(client.sock)
