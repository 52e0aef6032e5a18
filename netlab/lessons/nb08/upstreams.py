"""Servers behind a reverse proxy, and what a case needs to look at both of its sides."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ... import servers
from ...check import peers
from ...check.http_clients import Answer, Client, conversation
from ...check.http_peers import answer
from ...check.lab import Lab
from ...wire.http_messages import BadMessage, Head, RequestHead, body_length, end_of_head, parse_request

PATIENT, HURRIED = 30.0, 0.2  # seconds
HELLO = answer(200, b"hello", "Content-Type: text/plain")
HOP = {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}
Talk = Callable[[socket.socket], Any]


@dataclass
class Upstream:
    """The server behind the proxy: takes one request on each connection, and then `talk`s.

    What came is in `head` and `body`, the latter while it comes.
    """

    lab: Lab
    talk: Talk
    head: RequestHead | None = None
    body: bytearray = field(default_factory=bytearray)
    connections: int = 0
    complete: int = 0  # requests that came to their end
    problem: str = ""
    reset: bool = False

    def __post_init__(self) -> None:
        self.address: tuple[str, int] = self.lab.enter(servers.serve(self._converse)).address

    def _converse(self, conn: socket.socket, address: Any) -> None:
        self.connections += 1
        with suppress(OSError):
            conn.settimeout(self.lab.left)
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                if self._read(conn):
                    self.complete += 1
                    self.talk(conn)
            except BadMessage as error:
                self.problem = str(error)
                conn.sendall(answer(400, self.problem.encode()))
            if self.reset:
                peers.reset(conn)

    def _read(self, conn: socket.socket) -> bool:
        buffer = bytearray()
        while (end := end_of_head(buffer)) < 0:
            data = conn.recv(65536)
            if not data:
                return False
            buffer += data
        self.head = parse_request(bytes(buffer[:end]))
        length = body_length(self.head)
        if not isinstance(length, int) and length is not None:
            raise BadMessage("its body is chunked, and had a Content-Length")
        self.body += buffer[end:]
        while len(self.body) < (length or 0):
            data = conn.recv(65536)
            if not data:
                return False
            self.body += data
        return True


@contextmanager
def through(
    lab: Lab, talk: Talk | None = None, seconds: float = PATIENT, reset: bool = False
) -> Iterator[tuple[Client, Upstream]]:
    """A client, the learner's proxy, and a server behind it."""
    upstream = Upstream(lab, talk or said(HELLO), reset=reset)
    with conversation(lab, upstream.address, seconds, read_head) as client:
        yield client, upstream


def read_head(file: BinaryIO) -> tuple[str, str, list[tuple[str, str]], int]:
    """The head of one request, strictly: (method, target, fields, length of the body).

    Raises ValueError if it is none, EOFError if the stream ends before it does.
    """
    data = bytearray()
    while end_of_head(data) < 0:
        line = file.readline(65537)
        if not line:
            raise EOFError("the stream ended before a whole head")
        data += line
    head = parse_request(bytes(data))
    if head.all("Transfer-Encoding"):
        raise BadMessage("Transfer-Encoding is not taken here")
    return (
        head.method,
        head.target,
        [(each.name, each.value) for each in head.fields],
        int(body_length(head) or 0),
    )


def said(*pieces: bytes) -> Talk:
    """Says these pieces."""
    return lambda conn: conn.sendall(b"".join(pieces))


def arrived(upstream: Upstream, count: int = 1) -> RequestHead:
    """The request that the server got, if it got it once."""
    lab = upstream.lab
    if upstream.problem:
        lab.wrong(f"upstream got no right request: {upstream.problem}", hint="request")
    if upstream.head is None or upstream.complete != count:
        lab.wrong(f"upstream got {upstream.complete} complete requests, and there was one", hint="request")
    return upstream.head


def complete(client: Client, method: str, status: int, body: bytes, hint: str | None) -> Answer:
    """The whole answer, and the end behind it."""
    lab = client.lab
    got = client.answer(f"{method} request", method, hint)
    lab.equal(got.status, status, said="the status", hint="status" if status != 200 else hint)
    lab.equal(got.body, body, said="the body of the answer", hint=hint)
    if got.cut:
        lab.wrong("the connection ended before the end of the answer", hint="framing")
    if not got.head.all("Content-Length") and not got.head.all("Transfer-Encoding") and body:
        lab.wrong("nobody can see whether this is all: no Content-Length, no chunks", hint="framing")
    if "close" not in got.head.options("Connection"):
        lab.wrong("your answer does not say Connection: close", hint="closing")
    client.ends(hint or "closing")
    return got


def fields_of(message: Head, *without: str) -> list[tuple[str, str]]:
    return [(each.name.lower(), each.value) for each in message.fields if each.name.lower() not in without]


def mute(conn: socket.socket) -> None:
    """Says nothing until the other side has gone."""
    peers.read_all(conn)


def half_said(conn: socket.socket) -> None:
    """Begins, and says no more."""
    conn.sendall(b"HTTP/1.1 200 O")
    peers.read_all(conn)
