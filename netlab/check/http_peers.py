"""Hostile HTTP servers: they answer with every kind of body, too early, too late, too much or too little.

`Peer` serves: it reads each request strictly, notes it, and asks a function of the case for the reply. The
functions around it make replies, right ones and wrong ones.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import servers
from ..wire.http_messages import BadMessage, RequestHead, end_of_head, parse_request
from . import peers
from .lab import Lab

MOST = 65_536  # bytes of one request; learners' requests are short
End = Literal["keep", "close", "reset", "linger"]


@dataclass
class Asked:
    """One request as it came, and on which connection (1, 2, 3 ...); `number` counts all requests from 1."""

    number: int
    connection: int
    head: RequestHead

    @property
    def target(self) -> str:
        return self.head.target

    def get(self, name: str) -> str | None:
        """The value of a field, or None if the request has none of this name."""
        return self.head.get(name) if self.head.all(name) else None


@dataclass
class Reply:
    """What the peer says, and what it does then.

    `pieces` are sent one after another; `alone`: each when the learner has taken the one before. `end`:
    "keep" the connection, "close" it, "reset" it when the learner has taken all, or "linger": read on, and
    answer no more, until the learner closes. Without pieces it does that instead of an answer.
    """

    pieces: Iterable[bytes] = ()
    end: End = "keep"
    alone: bool = False


@dataclass
class Peer:
    """A server on a port of its own, until the case ends. Its requests are in `asked`.

    `reply(asked)` is called in a thread for each connection, for one request at a time.
    """

    lab: Lab
    reply: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    ignored: int = 0  # requests that came when the peer had said that it would answer no more
    problem: str = ""  # what was wrong with a request

    def __post_init__(self) -> None:
        self._server = self.lab.enter(servers.serve(self._converse))
        self.address: tuple[str, int] = self._server.address
        self.host = f"{self.address[0]}:{self.address[1]}"

    def judge(self) -> None:
        """Fails the case if a request was not one."""
        if self.problem:
            self.lab.wrong(self.problem, hint="request")

    def _converse(self, conn: socket.socket, address: Any) -> None:
        with suppress(OSError):
            conn.settimeout(self.lab.left)
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            connection, buffer = self.connections, bytearray()
            while (head := self._read(conn, buffer)) is not None:
                asked = Asked(len(self.asked) + 1, connection, head)
                self.asked.append(asked)
                if not self._say(conn, self.reply(asked)):
                    return

    def _read(self, conn: socket.socket, buffer: bytearray) -> RequestHead | None:
        """The next request, or None at the end of the stream, or if it was none."""
        try:
            while (end := end_of_head(buffer)) < 0:
                if len(buffer) > MOST:
                    raise BadMessage("it has no end")
                data = conn.recv(4096)
                if not data:
                    if buffer:
                        raise BadMessage("the stream ended inside it")
                    return None
                buffer += data
            head = parse_request(bytes(buffer[:end]))
            if head.method != "GET":
                raise BadMessage("it is no GET")
            if head.get("Host") != self.host and head.get("Host").lower() != f"localhost:{self.address[1]}":
                raise BadMessage(f"its Host is {head.get('Host')!r}, and the server is {self.host}")
        except BadMessage as error:
            self.problem = self.problem or f"the server got no right request: {error}"
            conn.sendall(answer(400, str(error).encode()))
            return None
        del buffer[:end]
        return head

    def _say(self, conn: socket.socket, reply: Reply) -> bool:
        """Say it; returns whether the conversation goes on."""
        if reply.alone or reply.end == "reset":
            peers.send_alone(conn, reply.pieces, self.lab)
        else:
            conn.sendall(b"".join(reply.pieces))
        if reply.end == "reset":
            peers.reset(conn)
        elif reply.end == "linger":
            while data := conn.recv(4096):
                self.ignored += data.count(b"\r\n\r\n")
        return reply.end == "keep"


# -- replies -----------------------------------------------------------------------------------------


def head(status: int = 200, *fields: str, version: str = "1.1", reason: str | None = None) -> bytes:
    """The head of an answer."""
    phrase = http.client.responses.get(status, "") if reason is None else reason
    lines = [f"HTTP/{version} {status} {phrase}", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answer(status: int = 200, body: bytes = b"", *fields: str, **more: Any) -> bytes:
    """An answer with a Content-Length."""
    return head(status, *fields, f"Content-Length: {len(body)}", **more) + body


def chunks(
    body: bytes, sizes: Iterable[int], *, extension: str = "", trailers: Iterable[str] = (), form: str = "x"
) -> bytes:
    """A body in chunks of these sizes, the rest in a last one. `form`: of the sizes, as for format()."""
    data, start = bytearray(), 0
    for size in [*sizes, len(body)]:
        part = body[start : start + size]
        start += size
        if part:
            data += f"{len(part):{form}}{extension}\r\n".encode() + part + b"\r\n"
    ends = "".join(f"{line}\r\n" for line in trailers)
    return bytes(data) + f"0{extension}\r\n{ends}\r\n".encode()


def in_chunks(status: int, body: bytes, *sizes: int, trailers: Iterable[str] = ()) -> bytes:
    """An answer in chunks."""
    return head(status, "Transfer-Encoding: chunked") + chunks(body, sizes, trailers=trailers)


# -- by hand -----------------------------------------------------------------------------------------


@contextmanager
def by_hand(lab: Lab) -> Iterator[None]:
    """Fails if the learner's function uses http.client, directly or through urllib."""
    used: list[str] = []
    watched: tuple[Any, ...] = (http.client.HTTPConnection, http.client.HTTPResponse)
    originals = [kind.__init__ for kind in watched]

    def noted(original: Callable[..., None], name: str) -> Callable[..., None]:
        def init(*args: Any, **kwargs: Any) -> None:
            if lab.watchman.is_learners_thread():
                used.append(name)
            original(*args, **kwargs)

        return init

    for kind, original in zip(watched, originals, strict=True):
        kind.__init__ = noted(original, kind.__name__)
    try:
        yield
    finally:
        for kind, original in zip(watched, originals, strict=True):
            kind.__init__ = original
        if used:
            lab.wrong(f"your function used http.client.{used[0]}", hint="own")
