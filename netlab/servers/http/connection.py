"""One HTTP/1.1 connection on the server's side: requests in, responses out, one after another.

An application is a function: a Request in, a Response out.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from netlab.wire.http_messages import BadMessage

from .requests import Limits, Request, RequestReader

Fields = list[tuple[str, str]]


@dataclass
class Response:
    """What to answer. `body` is bytes, or an iterable whose length is not known yet.

    An iterable is sent as it comes: chunked, or with `close` until the connection ends. `trailers` are called
    when it has ended. Fields that are between client and server only are left out: they are written here.
    """

    status: int = 200
    fields: Fields = field(default_factory=list)
    body: bytes | Iterable[bytes] = b""
    trailers: Callable[[], Fields] | None = None
    close: bool = False
    reason: str | None = None


Application = Callable[[Request], Response]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}  # RFC 9110, section 7.6.1


def converse(
    conn: socket.socket, address: Any, application: Application, limits: Limits, note: Callable[[str], None]
) -> None:
    """Answer one request after another until the client leaves, or must.

    An exception of the application is answered with 500 and raised. A BadMessage is the client's doing, and
    is answered with the status that it names.
    """
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = RequestReader(conn, address, limits)
    while True:
        request: Request | None = None
        try:
            request = reader.request()
            if request is None:
                return
            response = application(request)
        except BadMessage as error:
            response = refusal(error.status, str(error))
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            _send(conn, request, refusal(500, "the application failed; its server knows why"), limits, note)
            raise
        if not _send(conn, request, response, limits, note):
            return _say_goodbye(conn, reader)


def refusal(status: int, why: str, fields: Fields | None = None) -> Response:
    """A response that says in plain text what was wrong, and ends the connection."""
    phrase = _phrase(status)
    text = [("Content-Type", "text/plain; charset=utf-8")]
    return Response(status, text + (fields or []), f"{status} {phrase}: {why}\n".encode(), close=True)


def _send(
    conn: socket.socket,
    request: Request | None,
    response: Response,
    limits: Limits,
    note: Callable[[str], None],
) -> bool:
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
    reason = response.reason if response.reason is not None else _phrase(status)
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in fields), "", ""]
    start = "\r\n".join(lines).encode("latin-1")
    note(f"{request.method} {request.head.target[:200]}: {status}" if request else f"a bad request: {status}")
    conn.settimeout(limits.seconds)
    if isinstance(body, bytes):
        conn.sendall(start if silent else start + body)
        return keeps
    try:
        if silent:
            conn.sendall(start)
        else:
            sent = _stream(conn, start, body, chunked, response.trailers)
            announced = next((value for name, value in fields if name.lower() == "content-length"), sent)
            if int(announced) != sent:
                raise ValueError(f"the response announced {announced} bytes of body, and had {sent}")
    finally:
        if (close := getattr(body, "close", None)) is not None:
            close()
    return keeps


def _stream(
    conn: socket.socket,
    start: bytes,
    body: Iterable[bytes],
    chunked: bool,
    trailers: Callable[[], Fields] | None,
) -> int:
    """Send a body as it comes; returns its size."""
    size = 0
    for part in body:
        size += len(part)
        if part or start:
            conn.sendall(start + (b"%x\r\n%b\r\n" % (len(part), part) if chunked and part else part))
        start = b""
    end = b""
    if chunked:
        last = trailers() if trailers else []
        end = b"0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in last).encode("latin-1") + b"\r\n"
    if start or end:
        conn.sendall(start + end)
    return size


# Python before 3.13 has older words for these (RFC 9110, section 15.5).
PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def _phrase(status: int) -> str:
    if status in PHRASES:
        return PHRASES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _say_goodbye(conn: socket.socket, reader: RequestReader) -> None:
    """End a connection so that the client can still read the last answer.

    Closing with unread bytes would send a reset, and that may destroy the answer on its way. So finish
    sending, and take what the client is still sending, for a while.
    """
    try:
        conn.shutdown(socket.SHUT_WR)
    except OSError:  # the client has gone already
        return
    end, taken = time.monotonic() + min(1.0, reader.limits.seconds), 0
    while (left := end - time.monotonic()) > 0 and taken < 2 * reader.limits.body:
        conn.settimeout(left)
        try:
            data = conn.recv(65536)
        except OSError:
            return
        if not data:
            return
        taken += len(data)
