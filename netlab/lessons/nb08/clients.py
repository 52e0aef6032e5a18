"""Hostile HTTP clients: in single bytes, all at once, without an end, with two lengths, gone in the middle.

`conversation` runs the learner's function(conn, ...) at one end and gives a `Client` at the other. It reads
answers strictly, byte for byte, so a body too many or a byte too few is found. Requests that are none are in
bad_requests.py.
"""

from __future__ import annotations

import http.client
import select
import socket
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ...check.lab import Broke, Lab
from ...check.peers import Script, finish
from ...check.report import Wrong
from ...check.sockets import readable
from ...wire.http_messages import (
    BadMessage,
    ChunkReader,
    ResponseHead,
    body_length,
    end_of_head,
    parse_response,
)

MOST = 65_536  # bytes of an answer's head; learners' answers are short
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: example.org\r\n\r\n"


def request(
    method: str = "GET",
    target: str = "/",
    *fields: str,
    body: bytes | None = None,
    version: str = "1.1",
    host: str | None = "example.org",
) -> bytes:
    """A request; with a body, even an empty one, it has a Content-Length."""
    lines = [f"{method} {target} HTTP/{version}"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += fields
    lines += [f"Content-Length: {len(body)}"] if body is not None else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


@dataclass
class Answer:
    """One answer, read to its end. `cut`: its stream ended too early."""

    head: ResponseHead
    body: bytes
    cut: bool = False

    @property
    def status(self) -> int:
        return self.head.status


class Client:
    """The other end of conn: says bytes, and reads answers strictly.

    What is wrong with an answer fails the case: `hint` is for that, None for the hint of the case.
    """

    def __init__(self, lab: Lab, sock: socket.socket, near: socket.socket) -> None:
        self.lab, self.sock, self._talk, self._near = lab, sock, Script().meet(lab, sock), near
        self.buffer = bytearray()
        self.said, self.heard = bytearray(), bytearray()  # all of it, for the report
        self.reset = False  # the connection was reset, instead of ended

    def say(self, *pieces: bytes, alone: bool = False) -> None:
        """Send the pieces. If `alone`, wait behind each one until the learner has taken it."""
        self.said += b"".join(pieces)
        with suppress(ConnectionError):  # that the connection has ended is found by reading
            for piece in pieces if alone else [b"".join(pieces)]:
                self.sock.sendall(piece)
                if alone:
                    self._talk.wait_until_taken()

    def finish(self) -> None:
        """Half-close."""
        finish(self.sock)

    def hesitate(self, least: float = 0.35) -> None:
        """Say nothing, for so many seconds, or for longer than a short timeout of the learner's own."""
        self._talk.wait_until_taken()  # by then it has set its timeout
        timeout = self._near.gettimeout() or 0.0
        self.lab.pause(max(least, timeout + 0.1) if timeout < 1.2 else least)

    def is_taken(self) -> bool:
        """Whether the learner takes all that was said: soon, or at least goes on taking."""
        self._talk.wait_until_taken()
        seen, recording = -1, self.lab.recording
        while readable(self._near) and (calls := len(recording) + recording.dropped) != seen:
            seen = calls
            self.lab.pause(0.1)
        return not readable(self._near)

    def in_1_1(self, head: ResponseHead, to: str) -> None:
        """Fails if an answer is in another version."""
        if head.version != (1, 1):
            said = "HTTP/{}.{}".format(*head.version)
            self.lab.wrong(f"the answer to {to} is in {said}, and HTTP/1.1 is asked for", hint="version")

    def answer(self, to: str = "GET request", method: str = "GET", hint: str | None = None) -> Answer:
        """The next answer, whatever frames its body. `to` is what it answers, for the report."""
        return self.body(self.head(to, hint), to, method)

    def body(self, head: ResponseHead, to: str, method: str = "GET") -> Answer:
        """What follows this head."""
        try:
            length = body_length(head, answers=method)
        except BadMessage as error:
            self.lab.wrong(f"the answer to {to} is wrong: {error}", hint="framing")
        if length == "chunked":
            return self._chunked(head, to)
        body = self._up_to(length or 0) if length != "close" else self._rest()
        return Answer(head, body, cut=isinstance(length, int) and len(body) < length)

    def head(self, to: str, hint: str | None = None) -> ResponseHead:
        """The head of the next answer."""
        try:
            while (end := end_of_head(self.buffer)) < 0:
                if len(self.buffer) > MOST:
                    raise BadMessage("its head has no end")
                if not self.receive():
                    said = f"inside the answer to {to}" if self.buffer else f"before an answer to {to}"
                    self.lab.wrong(f"the connection {self.ended} {said}", hint=hint)
            head = parse_response(bytes(self.buffer[:end]))
        except BadMessage as error:
            start = bytes(self.buffer[:60])
            self.lab.wrong(f"the answer to {to} is no answer: {error}. It begins {start!r}", hint=hint)
        del self.buffer[:end]
        return head

    @property
    def ended(self) -> str:
        return "was reset" if self.reset else "ended"

    def ends(self, hint: str | None = None, clean: bool = False) -> None:
        """The stream has to end here. clean: and not by a reset."""
        if self.buffer or self.receive():
            self.lab.wrong(
                "the connection had to end, and more came: " + repr(bytes(self.buffer[:60])), hint=hint
            )
        if clean and self.reset:
            self.lab.wrong("the connection was reset behind your answer", hint=hint)

    def receive(self) -> bool:
        """Take what comes into the buffer; False at the end of the stream, or if it was reset."""
        run = self.lab.run
        while True:
            over = run is not None and run.done.is_set()  # before we look: what it sent is there then
            self.sock.settimeout(0.05)
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                if self.lab.stuck:
                    raise self.lab.stuck from None
                if over and run is not None:
                    if run.error is not None:
                        raise Broke(run) from None
                    self.lab.wrong("your function returned, and left conn open", hint="close")
                continue
            except ConnectionError:
                self.reset = True
                return False
            finally:
                with suppress(OSError):
                    self.sock.settimeout(self.lab.left)
            if not data and self.lab.stuck:  # the end is the watchdog's
                raise self.lab.stuck
            self.buffer += data
            self.heard += data
            return bool(data)

    def text(self) -> list[str]:
        """What was said and heard, as lines of a report."""
        both = {"the client sent": self.said, "and got": self.heard}
        return [line for what, data in both.items() if data for line in _shown(f"{what}  ", bytes(data))]

    def _up_to(self, size: int) -> bytes:
        while len(self.buffer) < size and self.receive():
            pass
        body = bytes(self.buffer[:size])
        del self.buffer[:size]
        return body

    def _rest(self) -> bytes:
        while self.receive():
            pass
        body = bytes(self.buffer)
        self.buffer.clear()
        return body

    def _chunked(self, head: ResponseHead, to: str) -> Answer:
        reader, body = ChunkReader(), bytearray()
        try:
            while True:
                body += reader.feed(bytes(self.buffer))
                self.buffer.clear()
                if reader.done:
                    self.buffer += reader.rest
                    return Answer(head, bytes(body))
                if not self.receive():
                    return Answer(head, bytes(body), cut=True)
        except BadMessage as error:
            self.lab.wrong(f"the answer to {to} has wrong chunks: {error}", hint="framing")


@contextmanager
def conversation(
    lab: Lab, *args: Any, before: bytes = b"", finished: bool = False, host: str = "", **options: int
) -> Iterator[Client]:
    """The learner's function(conn, *args) runs while the block does, and has to end after it.

    before: what has come before the function begins; finished: and the end of the stream.
    host: the address of the client, if there is such a one; else 127.0.0.1.
    options: of the learner's end, like SO_SNDBUF=4096.
    """
    near, far = _distant(lab, host) if host else lab.pair(**options)
    if before:
        far.sendall(before)
    if finished:
        finish(far)
    lab.start(near, *args)
    client = Client(lab, far, near)
    try:
        yield client
        lab.result()
        if near.fileno() != -1:
            lab.wrong("your function returned, and left conn open", hint="close")
    except Wrong as wrong:  # the text decides, and not how many bytes it has
        wrong.details += client.text()
        raise


def _shown(what: str, data: bytes) -> list[str]:
    text = repr(data) if len(data) <= 400 else f"{data[:240]!r} ... {data[-80:]!r}, {len(data)} bytes"
    return textwrap.wrap(
        what + text, 90, subsequent_indent=" " * 4, break_on_hyphens=False, drop_whitespace=False
    )


def _distant(lab: Lab, host: str) -> tuple[socket.socket, socket.socket]:
    try:
        with socket.create_server((host, 0)) as listener:
            near = lab.client(listener.getsockname())
            return near, lab.own(listener.accept()[0])
    except OSError:  # macOS has 127.0.0.1 only
        return lab.pair()


def by_library(
    client: Client,
    method: str = "GET",
    target: str = "/",
    body: bytes | None = None,
    said: str = "http.client",
) -> tuple[int, bytes]:
    """http.client asks on this connection, and leaves it open: (status, body). said: who met an error."""
    lab, connection = client.lab, http.client.HTTPConnection("example.org")
    connection.sock = client.sock
    connection.request(method, target, body)
    try:
        with closing(connection.getresponse()) as response:
            return response.status, response.read()
    except (http.client.HTTPException, OSError) as error:
        if lab.stuck:
            raise lab.stuck from error
        lab.wrong(f"{said} met {type(error).__name__}: {error}")


def drip(client: Client, pieces: Iterable[bytes], every: float) -> int:
    """Send a piece `every` so many seconds, until an answer or the end comes: how many bytes went."""
    sent = 0
    for piece in pieces:
        if client.lab.settled or select.select([client.sock], [], [], every)[0]:
            break
        try:
            client.sock.sendall(piece)
        except ConnectionError:
            break
        sent += len(piece)
    return sent
