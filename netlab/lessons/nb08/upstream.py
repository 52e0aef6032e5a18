"""A server behind the learner's reverse proxy, a client in front of it, and what comes through. For 08-5."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...check.http_replies import answer
from ...check.lab import Lab
from ...check.peers import CLOSE, Script, Step, Talk
from ...wire.http_messages import BadMessage, Head, RequestHead, body_length, end_of_head, parse_request
from .clients import Client, conversation
from .given import read_head

PATIENT, HURRIED = 30.0, 0.2  # seconds
HI = b"hello"
HELLO = answer(200, HI, "Content-Type: text/plain")


class Upstream(Script):
    """Reads one request on each connection, then plays its steps, and closes.

    What came is in `head` and `body`, the latter while it comes.
    """

    def __init__(self, lab: Lab, *says: Step) -> None:
        super().__init__(self._converse)
        self.lab, self.says = lab, says
        self.head: RequestHead | None = None
        self.body = bytearray()
        self.complete = 0  # requests that came to their end
        self.problem = ""  # what was wrong with a request
        self.address: tuple[str, int] = lab.server(self)

    def arrived(self) -> RequestHead:
        """The request that it got, if it got it once; else the case fails."""
        if self.problem:
            self.lab.wrong(f"upstream got no right request: {self.problem}", hint="request")
        if self.head is None or self.complete != 1:
            said = f"upstream got {self.complete} complete requests, and there was one"
            self.lab.wrong(said, hint="request")
        return self.head

    def _converse(self, talk: Talk) -> Iterator[Step]:
        try:
            if self._read(talk):
                self.complete += 1
                yield self.says
        except BadMessage as error:
            self.problem = str(error)
            yield answer(400, self.problem.encode())
        yield CLOSE

    def _read(self, talk: Talk) -> bool:
        """Whether a whole request has come."""
        while (end := end_of_head(talk.heard)) < 0:
            if not talk.take():
                return False
        self.head = parse_request(bytes(talk.heard[:end]))
        length = body_length(self.head)
        if not isinstance(length, int) and length is not None:
            raise BadMessage("its body is chunked, and had a Content-Length")
        self.body += talk.heard[end:]
        while len(self.body) < (length or 0):
            data = talk.take()
            if not data:
                return False
            self.body += data
        return True


@contextmanager
def through(
    lab: Lab, *says: Step, seconds: float = PATIENT, host: str = ""
) -> Iterator[tuple[Client, Upstream]]:
    """A client, the learner's proxy, and a server behind it. host: of the client, where there is this one."""
    upstream = Upstream(lab, *says or [HELLO])
    with conversation(lab, upstream.address, seconds, read_head, host=host) as client:
        yield client, upstream


def complete(
    client: Client, method: str, status: int, body: bytes, beyond: str = "closing", by_end: bool = False
) -> Head:
    """The whole answer, and the end behind it. beyond: the hint if something comes there.

    by_end: the body may end with the stream.
    """
    lab = client.lab
    got = client.answer(f"{method} request", method)
    lab.equal(got.status, status, said="the status", hint="status" if status != 200 else None)
    lab.equal(got.body, body, said="the body of the answer")
    if got.cut:
        lab.wrong("the connection ended before the end of the answer", hint="framing")
    framed = by_end or got.head.all("Content-Length") or got.head.all("Transfer-Encoding")
    if body and not framed:
        lab.wrong("nobody can see whether this is all: no Content-Length, no chunks", hint="framing")
    if "close" not in got.head.options("Connection"):
        lab.wrong("your answer does not say Connection: close", hint="closing")
    client.ends(beyond)
    return got.head


def fields_of(message: Head, *without: str) -> list[tuple[str, str]]:
    return [(each.name.lower(), each.value) for each in message.fields if each.name.lower() not in without]
