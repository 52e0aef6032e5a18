"""One HTTP/1.1 connection on the server's side: requests in, responses out, one after another.

An application is a function: a Request in, a Response out.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from netlab.wire.http_messages import BadMessage

from .requests import Limits, Request, RequestReader

Fields = list[tuple[str, str]]
TEXT = ("Content-Type", "text/plain; charset=utf-8")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}  # RFC 9110, section 7.6.1

PHRASES = {each.value: each.phrase for each in HTTPStatus} | {
    413: "Content Too Large",  # Python before 3.13 has older words for these (RFC 9110, section 15.5)
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


@dataclass
class Response:
    """What to answer. `body` is bytes, or an iterable whose length is not known yet.

    An iterable is sent as it comes: chunked, or with `close` until the connection ends. `trailers` are called
    when it has ended, `over` when no more of it is wanted, sent or not. Fields that are between client and
    server only are left out: they are written here.
    """

    status: int = 200
    fields: Fields = field(default_factory=list)
    body: bytes | Iterable[bytes] = b""
    trailers: Callable[[], Fields] = list
    over: Callable[[], object] | None = None
    close: bool = False
    reason: str | None = None


Application = Callable[[Request], Response]


def refusal(status: int, why: str, *fields: tuple[str, str], close: bool = True) -> Response:
    """A response that says in plain text what was wrong, and ends the connection."""
    body = f"{status} {PHRASES.get(status, '')}: {why}\n".encode()
    return Response(status, [TEXT, *fields], body, close=close)


@dataclass
class Conversation:
    """The requests and responses of one connection. `note` is told of each, in one line."""

    conn: socket.socket
    address: Any
    application: Application
    limits: Limits
    note: Callable[[str], None]

    def hold(self) -> None:
        """Answer one request after another until the client leaves, or must.

        An exception of the application is answered with 500 and raised. A BadMessage is the client's doing,
        and is answered with the status that it names.
        """
        self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader, goes_on = RequestReader(self.conn, self.address, self.limits), True
        while goes_on:
            request: Request | None = None
            try:
                request = reader.request()
                if request is None:
                    return
                response = self.application(request)
            except BadMessage as error:
                response = refusal(error.status, str(error))
            except (ConnectionError, TimeoutError):
                raise
            except Exception:
                self._send(request, refusal(500, "the application failed; its server knows why"))
                raise
            try:
                goes_on = self._send(request, response)
            finally:
                if response.over:
                    response.over()
        self._say_goodbye()

    def _send(self, request: Request | None, response: Response) -> bool:
        """Send a response; returns whether the connection goes on."""
        head = request.head if request else None
        version = head.version if head else (1, 1)
        closing = (name.lower() == "connection" and "close" in value for name, value in response.fields)
        keeps = bool(head and head.keeps_alive) and not response.close and not any(closing)
        fields = [(name, value) for name, value in response.fields if name.lower() not in HOP_BY_HOP]
        names = {name.lower() for name, _ in fields}
        if "date" not in names:
            fields.insert(0, ("Date", formatdate(usegmt=True)))
        status, body = response.status, response.body
        bodiless = status < 200 or status in (204, 304)
        silent = bodiless or bool(head and head.method == "HEAD")
        chunked = False
        if not bodiless and "content-length" not in names:
            if isinstance(body, bytes):
                fields.append(("Content-Length", str(len(body))))
            elif version >= (1, 1) and not response.close:
                chunked = True
                fields.append(("Transfer-Encoding", "chunked"))
            else:
                keeps = False
        if not keeps:
            fields.append(("Connection", "close"))
        elif version == (1, 0):
            fields.append(("Connection", "keep-alive"))
        if any("\r" in text or "\n" in text for pair in fields for text in pair):
            raise ValueError("a header field of the response holds a line break: that would be another field")
        reason = response.reason if response.reason is not None else PHRASES.get(status, "")
        lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in fields), "", ""]
        start = "\r\n".join(lines).encode("latin-1")
        asked = f"{request.method} {request.head.target[:200]}" if request else "a bad request"
        self.note(f"{asked}: {status}")
        self.conn.settimeout(self.limits.seconds)
        if silent:
            self.conn.sendall(start)
        elif isinstance(body, bytes):
            self.conn.sendall(start + body)
        else:
            sent = self._stream(start, body, response.trailers if chunked else None)
            announced = next((value for name, value in fields if name.lower() == "content-length"), sent)
            if int(announced) != sent:
                raise ValueError(f"the response announced {announced} bytes of body, and had {sent}")
        return keeps

    def _stream(self, start: bytes, body: Iterable[bytes], trailers: Callable[[], Fields] | None) -> int:
        """Send a body as it comes, in chunks if it may have trailers; returns its size."""
        size = 0
        for part in body:
            size += len(part)
            if part or start:
                chunk = b"%x\r\n%b\r\n" % (len(part), part) if trailers and part else part
                self.conn.sendall(start + chunk)
            start = b""
        if trailers:
            last = "".join(f"{name}: {value}\r\n" for name, value in trailers())
            start += b"0\r\n" + last.encode("latin-1") + b"\r\n"
        if start:
            self.conn.sendall(start)
        return size

    def _say_goodbye(self) -> None:
        """End the connection so that the client can still read the last answer.

        Closing with unread bytes would send a reset, and that may destroy the answer on its way. So finish
        sending, and take what the client is still sending, for a while.
        """
        end, taken = time.monotonic() + min(1.0, self.limits.seconds), 0
        with suppress(OSError):  # the client has gone already
            self.conn.shutdown(socket.SHUT_WR)
            while (left := end - time.monotonic()) > 0 and taken < 2 * self.limits.body:
                self.conn.settimeout(left)
                if not (data := self.conn.recv(65536)):
                    return
                taken += len(data)
