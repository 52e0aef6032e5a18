"""Responses: what an application answers, and how it is written on a connection (RFC 9110, RFC 9112).

Every response goes through a ResponseWriter, whole or in parts: start() takes the head, write() a part of
the body. The head is sent with the first part. What is wrong is an exception before that, if it can be: then
there is still time for a 500.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, Protocol

from netlab.wire.http_messages import TOKEN, RequestHead

from .requests import ClientDisconnected

Fields = list[tuple[str, str]]
TEXT = ("Content-Type", "text/plain; charset=utf-8")
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding"}  # RFC 9110, 7.6.1
NO_CONTENT = {204, 205, 304}  # RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5

PHRASES = {each.value: each.phrase for each in HTTPStatus} | {
    413: "Content Too Large",  # Python before 3.13 has older words for these (RFC 9110, section 15.5)
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}

_NAME = re.compile(TOKEN.decode("ascii"))
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110, section 5.5
_date = lru_cache(maxsize=1)(partial(formatdate, usegmt=True))  # the same for a second


class Answer(Protocol):
    """What an application returns: it sends itself."""

    def send(self, writer: ResponseWriter) -> None: ...


@dataclass
class Response:
    """What to answer. `body` is bytes, or an iterable whose length is not known yet.

    An iterable is sent as it comes: chunked, or with `close` until the connection ends. `trailers` are called
    when it has ended; it is closed if it can be, sent or not. Fields that are between client and server only
    are left out: they are written here.
    """

    status: int = 200
    fields: Fields = field(default_factory=list)
    body: bytes | Iterable[bytes] = b""
    trailers: Callable[[], Fields] = list
    close: bool = False
    reason: str | None = None

    def send(self, writer: ResponseWriter) -> None:
        whole, parts = (self.body, ()) if isinstance(self.body, (bytes, bytearray)) else (b"", self.body)
        if close := getattr(self.body, "close", None):
            writer.at_the_end.callback(close)
        writer.start(self.status, self.fields, reason=self.reason, close=self.close)
        for part in parts:
            writer.write(part)
            if writer.silent:
                break
        writer.write(whole, last=True, trailers=[] if writer.silent else self.trailers())


def refusal(status: int, why: str, *fields: tuple[str, str], close: bool = True) -> Response:
    """A response that says in plain text what was wrong, and ends the connection."""
    body = f"{status} {PHRASES.get(status, '')}: {why}\n".encode()
    return Response(status, [TEXT, *fields], body, close=close)


@dataclass
class ResponseWriter:
    """Writes the response to the request with this head (None: one that is none) on its connection.

    Raises ValueError or TypeError for what is no response, and ClientDisconnected when the client does not
    take it. `note` is told of the response in one line, `log` what else is worth a line. `at_the_end` runs
    when no more of the response is wanted, sent or not.
    """

    conn: socket.socket
    head: RequestHead | None
    seconds: float
    note: Callable[[str], None]
    log: Callable[[str], None]
    status: int = 0  # of the head, when it has been taken
    begun: bool = False  # the head has been sent
    complete: bool = False  # everything has
    keeps: bool = False  # the connection goes on
    silent: bool = False  # a response without a body
    at_the_end: ExitStack = field(default_factory=ExitStack)

    def start(self, status: int, fields: Fields, *, reason: str | None = None, close: bool = False) -> None:
        """Take the head. Again, it takes the place of the one before, as long as that has not been sent."""
        if self.begun:
            raise RuntimeError("a second head of a response, and the first one has been sent")
        self.status = 0  # nothing holds if what follows raises
        self.fields, self.reason = checked_fields(fields), checked_reason(status, reason)
        self.announced = announced_length(self.fields)
        self.closes, self.chunked, self.size = close, False, 0
        self.status = int(status)
        self.silent = status in NO_CONTENT or bool(self.head and self.head.method == "HEAD")

    def write(self, part: bytes, *, last: bool = False, trailers: Fields | None = None) -> None:
        """Send a part of the body, and the head with the first one, an empty one too.

        Nothing comes after the last one. If that is the first too, its length is announced.
        """
        if self.complete or not self.status:
            when = "after the response was complete" if self.complete else "before the head of its response"
            raise RuntimeError(f"a part of a body came {when}")
        if not isinstance(part, (bytes, bytearray, memoryview)):
            raise TypeError(f"the body of a response is bytes, not {type(part).__name__}: {part!r:.60}")
        data, ending = bytes(part), written(checked_fields(trailers)) if trailers else b""
        if data and self.status in NO_CONTENT and not self.size:
            self.log(f"{self._asked}: a response with {self.status} has no content; what came is not sent")
        self.size += len(data)
        most = self.size if self.silent or self.announced is None else self.announced
        wrong = None
        if self.size > most or (last and self.size < most):
            wrong = ValueError(f"the response announced {most} bytes of body, and had {self.size}")
        if wrong and not self.begun:
            raise wrong
        data = data[: max(0, most - self.size + len(data))]  # never more than announced
        out = b"" if self.begun else self._first(whole=last)
        if self.chunked and not self.silent:
            out += b"%x\r\n%b\r\n" % (len(data), data) if data else b""
            out += b"0\r\n" + ending + b"\r\n" if last else b""
        elif not self.silent:
            out += data
        self._send(out)
        if wrong:
            raise wrong
        self.complete = last

    @property
    def _asked(self) -> str:
        return f"{self.head.method} {self.head.target[:200]}" if self.head else "a bad request"

    def _first(self, *, whole: bool) -> bytes:
        """The head, with what says where the body ends and whether the connection goes on."""
        version = self.head.version if self.head else (1, 1)
        names = {name.lower() for name, _ in self.fields}
        ours = HOP_BY_HOP | ({"content-length"} if self.status in (204, 205) else set())
        fields = [(name, value) for name, value in self.fields if name.lower() not in ours]
        if "date" not in names:
            fields.insert(0, ("Date", _date(int(time.time()))))
        closes = self.closes
        if "connection" in names:
            options = ",".join(value for name, value in self.fields if name.lower() == "connection")
            closes = closes or "close" in map(str.strip, options.lower().split(","))
        if self.status == 205:
            fields.append(("Content-Length", "0"))
        elif self.status not in NO_CONTENT and self.announced is None:
            if whole and (self.size or not self.silent):  # HEAD: only if it is what GET would get
                fields.append(("Content-Length", str(self.size)))
            elif not whole and version >= (1, 1) and not self.closes:
                self.chunked = True
                fields.append(("Transfer-Encoding", "chunked"))
            elif not self.silent:
                closes = True
        self.keeps = bool(self.head and self.head.keeps_alive) and not closes
        connection = [] if self.keeps else ["close"]
        if self.keeps and version == (1, 0):
            connection.append("keep-alive")
        if "upgrade" in names:  # RFC 9110, section 7.8
            connection.append("Upgrade")
        if connection:
            fields.append(("Connection", ", ".join(connection)))
        self.note(f"{self._asked}: {self.status}")
        return f"HTTP/1.1 {self.status} {self.reason}\r\n".encode("latin-1") + written(fields) + b"\r\n"

    def _send(self, data: bytes) -> None:
        if not data:
            return
        self.begun = True
        try:
            self.conn.settimeout(self.seconds)
            self.conn.sendall(data)
        except OSError as error:
            why = f"the client does not take the response: {type(error).__name__}: {error}"
            raise ClientDisconnected(why) from error


def checked_reason(status: Any, reason: str | None = None) -> str:
    """The reason phrase of a final response. Raises ValueError if there is no such response."""
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError(f"the status of a response is a number from 200 to 599, not {status!r}")
    return PHRASES.get(status, "") if reason is None else _checked_text(reason, "the reason phrase")


def checked_fields(fields: Iterable[Any]) -> Fields:
    """Header fields that can be sent. Raises ValueError or TypeError with the name of one that can not."""
    checked = []
    for pair in fields:
        match pair:
            case str(name), str(value) if _NAME.fullmatch(name):
                checked.append((str.__str__(name), _checked_text(value, name)))
            case str(name), str(_):
                raise ValueError(f"{name[:40]!r} is not the name of a header field (RFC 9110, section 5.1)")
            case _:
                raise TypeError(f"a header field is a name and a value, both text, not {pair!r:.80}")
    return checked


def _checked_text(text: str, what: str) -> str:
    if not _VALUE.fullmatch(text):
        if "\r" in text or "\n" in text:
            why = "holds a line break: that would be another field"
        elif wide := [character for character in text if character > "\xff"]:
            why = f"holds {wide[0]!r}, and ISO-8859-1 does not: encode it (RFC 9110, section 5.5)"
        else:
            why = "holds a control character (RFC 9110, section 5.5)"
        raise ValueError(f"{what} can not be sent: it {why}")
    return str.__str__(text)  # a subclass may format itself in another way


def announced_length(fields: Fields) -> int | None:
    """The Content-Length that an application gives. Raises ValueError if it is not one number."""
    values = [value.strip(" \t") for name, value in fields if name.lower() == "content-length"]
    if len(values) > 1 or not all(re.fullmatch(r"[0-9]{1,18}", value) for value in values):
        raise ValueError(f"Content-Length is one number, not {', '.join(values)!r} (RFC 9110, section 8.6)")
    return int(values[0]) if values else None


def written(fields: Fields) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("latin-1")
