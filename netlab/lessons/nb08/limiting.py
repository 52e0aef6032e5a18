"""Clients without measure, for the exercise on limits; every function that takes a lab is a case.

PATIENT is more than any case lasts: there a 408 can not be right, and nobody waits for it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import Any

from ...check import peers
from ...check.bad_requests import broken
from ...check.http_clients import Answer, Client, by_library, conversation, drip, request
from ...check.lab import Lab, Stuck

HEAD, BODY = 300, 2000  # most_head, most_body
PATIENT, HURRIED = 30.0, 0.2  # seconds
PAUSE = 0.01  # of a client that drips, in seconds
ENOUGH = 1.0  # seconds in which everybody has noticed that HURRIED is over
MOST_DRIPS = 110  # nearly the deadline of a case


def head_of(size: int, *fields: str) -> bytes:
    """A head of exactly this many bytes."""
    short = request("GET", "/", *fields, "X-Filler: ")
    return request("GET", "/", *fields, "X-Filler: " + "x" * (size - len(short)))


def expect(
    client: Client, status: int, body: bytes | None = None, why: str = "a request", hint: str | None = None
) -> Answer:
    """The only answer, its status, and the end behind it."""
    lab = client.lab
    answer = client.answer(why, hint=hint)
    lab.equal(answer.status, status, said=f"the status for {why}", hint=hint)
    if not answer.head.all("Content-Length") or answer.cut:
        lab.wrong(f"the answer to {why} has no right Content-Length", hint="framing")
    if "close" not in answer.head.options("Connection"):
        lab.wrong(f"the answer to {why} does not say Connection: close", hint="framing")
    if body is not None:
        lab.equal(answer.body, body, said=f"the body of the answer to {why}", hint=hint)
    return answer


def farewell(client: Client, stays: bool = False) -> None:
    """The end of the server's stream comes first, in order; then the client ends its own.

    stays: the client takes its time, and the server has to be there until then.
    """
    lab = client.lab
    try:
        client.ends("linger", clean=True)
    except Stuck as stuck:
        lab.wrong(
            f"the client has its answer, and waits for its end: your function is {stuck}", hint="linger"
        )
    if stays and lab.run is not None and lab.run.done.wait(0.15):
        lab.wrong("you closed conn, and the client had not yet ended its stream", hint="linger")
    client.finish()


# -- within all limits -------------------------------------------------------------------------------


def asked(lab: Lab, method: str, body: bytes | None) -> None:
    """http.client."""
    with conversation(lab, HEAD, BODY, PATIENT) as client:
        lab.equal(by_library(client, method, "/", body), (200, body or b""))
        client.sock.close()


def fine(lab: Lab, *requests: bytes, alone: bool = False, hint: str | None = None) -> None:
    """Requests within all limits, each on a connection of its own."""
    for data in requests:
        with conversation(lab, HEAD, BODY, PATIENT) as client:
            client.say(*(peers.drips(data) if alone else [data]), alone=alone)
            expect(client, 200, data.partition(b"\r\n\r\n")[2], hint=hint)
            farewell(client)


# -- beyond ------------------------------------------------------------------------------------------


def too_much(lab: Lab, status: int, *requests: bytes, why: str) -> None:
    """The client sends this, and waits."""
    for data in requests:
        with conversation(lab, HEAD, BODY, PATIENT) as client:
            client.say(data)
            expect(client, status, why=why)
            farewell(client)


def endless_head(lab: Lab) -> None:
    """A head without an end, and a client that looks for an answer from time to time."""
    with conversation(lab, HEAD, BODY, PATIENT) as client:
        client.say(request()[:-2])
        drip(client, [b"X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"] * 1000, 0.001)
        expect(client, 431, why="a head without an end", hint="431")
        farewell(client)


def has_come(lab: Lab, status: int, data: bytes, why: str) -> None:
    """All of it lies in conn before the function begins. Its answer has to reach the client all the same."""
    with conversation(lab, HEAD, BODY, PATIENT, before=data, SO_RCVBUF=1 << 18) as client:
        expect(client, status, why=why, hint="linger")
        farewell(client, stays=True)


def still_coming(lab: Lab) -> None:
    """The client sends all of its body before it looks for an answer."""
    data = request("POST", "/", body=bytes(3_000_000))
    with conversation(lab, HEAD, BODY, PATIENT) as client:
        try:
            client.sock.sendall(data)
        except ConnectionError:
            lab.wrong("the connection was reset while the client was still sending", hint="linger")
        expect(client, 413, why="a body of 3 MB", hint="413")
        farewell(client, stays=True)


def late(lab: Lab, why: str, hint: str, *begins: bytes, piece: bytes = b"x") -> None:
    """The client says the beginning, and then a piece now and then: the time for all of it passes."""
    for begin in begins:
        with conversation(lab, HEAD, BODY, HURRIED) as client:
            client.say(begin)
            sent = drip(client, [piece] * MOST_DRIPS if piece else [], PAUSE)
            if piece and sent == MOST_DRIPS * len(piece):
                lab.wrong(f"the client took its time for {sent} bytes more, and got no answer", hint=hint)
            expect(client, 408, why=why, hint=hint)
            farewell(client)


def no_end(lab: Lab, *attempts: tuple[int, bytes, bytes]) -> None:
    """The client has its answer, and does not end its stream: it waits for ever, or it sends on and on."""
    for status, data, piece in attempts:
        with conversation(lab, HEAD, BODY, HURRIED) as client:
            client.say(data)
            expect(client, status, why="a body too large" if status == 413 else "a request")
            client.ends("linger", clean=True)
            assert lab.run is not None
            last = time.monotonic() + ENOUGH
            with suppress(ConnectionError):
                while piece and not lab.run.done.is_set() and time.monotonic() < last:
                    client.sock.sendall(piece)
            if not lab.run.done.wait(max(0.0, last - time.monotonic())):
                lab.wrong(
                    "the client has its answer, and you still wait for the end of its stream", hint="stop"
                )


# -- gone --------------------------------------------------------------------------------------------


def left(lab: Lab) -> None:
    """The client ends its stream inside its request."""
    whole = request("POST", "/", body=b"0123456789")
    for data in (b"", whole[:9], whole[:-10], whole[:-1]):
        with conversation(lab, HEAD, BODY, PATIENT) as client:
            client.say(data)
            client.finish()
            client.ends("leaves")


def vanished(lab: Lab) -> None:
    """The client resets the connection inside its request, and instead of taking its answer."""
    whole = request("POST", "/", body=b"0123456789")
    for data in (b"", whole[:9], whole[:-1]):
        with conversation(lab, HEAD, BODY, PATIENT) as client:
            client.say(data, alone=True)
            peers.reset(client.sock)
    with conversation(lab, HEAD, BODY, PATIENT) as client:
        client.say(broken("POST / HTTP/1.1", "Host: x", "Content-Length: 1000000"))
        client.head("a request")
        peers.reset(client.sock)


# -- all of them -------------------------------------------------------------------------------------


def announced(size: int) -> bytes:
    """The head of a request with a body of this size."""
    return broken("POST / HTTP/1.1", "Host: example.org", f"Content-Length: {size}")


POSTED = request("POST", body=b"some data")
CAPITALS = [POSTED.replace(b"Content-Length", name) for name in (b"content-length", b"CONTENT-LENGTH")]
FULL = [head_of(HEAD), head_of(HEAD, "Content-Length: 500") + bytes(500)]
LONG = [head_of(HEAD + 1), head_of(HEAD + 1, "Content-Length: 500") + bytes(500)]
too_long, too_large = partial(too_much, why="a head too long"), partial(too_much, why="a body too large")
CASES: list[tuple[Any, ...]] = [  # (what is the case, hint, function, its arguments)
    ("http.client asks", "start", asked, "GET", None),
    ("http.client sends", "start", asked, "POST", b"some data"),
    ("one byte at a time", "pieces", partial(fine, alone=True), POSTED),
    ("Content-Length in any capitals", "names", fine, *CAPITALS),
    ("a head of most_head bytes", "edge", fine, *FULL),
    ("a body of most_body bytes", "edge", fine, request("POST", body=bytes(BODY))),
    ("a head that is one byte too long", "complete", too_long, 431, *LONG),
    ("a head too long and no empty line yet", "431", too_long, 431, head_of(HEAD)[:-4] + b"xxxxx"),
    ("a head without an end", "431", endless_head),
    ("a body one byte too large is announced", "413", too_large, 413, announced(BODY + 1)),
    ("a body of 100 million TB is announced", "413", too_large, 413, announced(10**20)),
    ("a body too large has come", "linger", has_come, 413, request(body=bytes(100_000)), "a body of 100 kB"),
    ("a head too long has come", "linger", has_come, 431, head_of(100_000), "a head of 100 kB"),
    ("a body too large is coming", "linger", still_coming),
    ("a client that leaves", "leaves", left),
    ("a client that vanishes", "vanish", vanished),
    ("a client that says nothing", "408", partial(late, piece=b""), "nothing at all", "408", b""),
    ("a request in drips", "total", late, "a request in drips", "total", POSTED[:20], announced(1000)),
    ("a client that never ends", "stop", no_end, (200, POSTED, b""), (413, announced(10**9), bytes(4096))),
]
