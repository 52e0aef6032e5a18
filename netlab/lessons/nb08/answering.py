"""Answers on their way back through a reverse proxy; every function that takes a lab is a case."""

from __future__ import annotations

import socket
import threading
from typing import Any

from ...check import peers, places
from ...check.http_clients import conversation, request
from ...check.http_peers import answer, chunks, head
from ...check.lab import Lab
from .upstreams import (
    HOP,
    HURRIED,
    PATIENT,
    Talk,
    Upstream,
    arrived,
    complete,
    fields_of,
    read_head,
    said,
    through,
)


def came_back(
    lab: Lab,
    *pieces: bytes,
    status: int = 200,
    body: bytes = b"hello",
    method: str = "GET",
    fields: tuple[str, ...] = (),
    hint: str | None = None,
) -> None:
    """Upstream's answer comes to the client with this body and these fields."""
    with through(lab, said(*pieces)) as (client, upstream):
        client.say(request(method, "/"))
        got = complete(client, method, status, body, hint)
    arrived(upstream)
    expected = [(name.lower(), value) for name, _, value in (each.partition(": ") for each in fields)]
    framing = ("connection", "transfer-encoding", "content-length")
    for name, value in fields_of(got.head, *framing):
        if name in HOP or name.startswith("x-for-you"):
            lab.wrong(f"the client got {name}: {value}, which is for one connection only", hint="hop back")
    lab.equal(fields_of(got.head, *framing), expected, said="the fields at the client", hint="fields")


def framed(lab: Lab, body: bytes = b"hello, and good bye") -> None:
    """The three ways to say where a body ends."""
    came_back(lab, answer(200, body), body=body, hint="framing")
    chunked = head(200, "Transfer-Encoding: chunked") + chunks(body, (3, 7), trailers=["X-Sum: 1"])
    came_back(lab, chunked, body=body, hint="framing")
    came_back(lab, head(200) + body, body=body, hint="framing")


def bodiless(lab: Lab) -> None:
    """A length, and no body: answers to HEAD, 204 and 304."""
    came_back(lab, head(200, "Content-Length: 5"), method="HEAD", body=b"", hint="bodiless")
    came_back(lab, head(200, "Transfer-Encoding: chunked"), method="HEAD", body=b"", hint="bodiless")
    came_back(lab, head(204), status=204, body=b"", hint="bodiless")
    came_back(lab, head(304, "Content-Length: 5"), status=304, body=b"", hint="bodiless")


def streamed_down(lab: Lab) -> None:
    """The rest of the answer comes only when the client has its beginning."""
    for begin, rest in (
        (head(200, "Content-Length: 5") + b"~", b"1234"),
        (head(200, "Transfer-Encoding: chunked") + b"1\r\n~\r\n", b"4\r\n1234\r\n0\r\n\r\n"),
        (head(200) + b"~", b"1234"),
    ):
        seen = threading.Event()

        def talk(conn: socket.socket, begin: bytes = begin, rest: bytes = rest, seen: Any = seen) -> None:
            conn.sendall(begin)
            while not seen.wait(0.02) and not lab.settled:
                pass
            conn.sendall(rest)

        with through(lab, talk) as (client, _):
            client.say(request())
            start = client.head("GET request", "stream down")
            while b"~" not in client.buffer and client.receive():
                pass
            seen.set()
            lab.equal(client.body(start, "GET request").body, b"~1234", said="the body", hint="stream down")


def broken_off(lab: Lab) -> None:
    """The answer breaks off in the middle: the client must not take it for complete."""
    chunked = head(200, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n"
    for begin in (head(200, "Content-Length: 9") + b"hello", chunked, chunked + b"9\r\nand"):
        for reset, silent in ((False, False), (True, False), (False, True)):

            def talk(conn: socket.socket, begin: bytes = begin, silent: bool = silent) -> None:
                peers.send_alone(conn, [begin], lab)
                if silent:
                    peers.read_all(conn)

            with through(lab, talk, HURRIED if silent else PATIENT, reset=reset) as (client, _):
                client.say(request())
                got = client.answer(hint="broken")
                if got.status == 200 and not got.cut:
                    framing = got.head.get("Transfer-Encoding") or "no length at all"
                    lab.wrong(
                        f"upstream broke off, and the client got what looks complete ({framing}): "
                        f"{got.body[:40]!r}",
                        hint="broken",
                    )


# -- nobody, nonsense, nothing -----------------------------------------------------------------------


def failed(lab: Lab, status: int, talk: Talk | None, seconds: float = PATIENT, reset: bool = False) -> None:
    """The answer is the proxy's own. talk: None for an upstream where nobody listens."""
    address = lab.enter(places.bound()) if talk is None else Upstream(lab, talk, reset=reset).address
    hint = str(status)
    with conversation(lab, address, seconds, read_head) as client:
        client.say(request())
        got = client.answer(hint=hint)
        lab.equal(got.status, status, said="the status", hint=hint)
        if not got.head.all("Content-Length"):
            lab.wrong(f"your {status} has no Content-Length", hint="framing")
        client.ends(hint)
