"""HTTP/1.1 messages, read strictly from bytes (RFC 9110: what they mean; RFC 9112: how they are written).

Pure: no sockets, no clocks. Where RFC 9112 lets a reader guess, this one refuses: two readers that guess
differently are how requests are smuggled (RFC 9112, section 11.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110, section 5.6.2
_REQUEST_LINE = re.compile(rb"(%s) ([\x21-\x7e]+) HTTP/(\d)\.(\d)" % TOKEN)
_STATUS_LINE = re.compile(rb"HTTP/(\d)\.(\d) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?")
_FIELD = re.compile(
    rb"(%s):[ \t]*(?:([\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*)?" % TOKEN
)
_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(;[\t\x20-\x7e\x80-\xff]*)?")


class BadMessage(ValueError):
    """Bytes that are no HTTP message: `status` is what a server answers, `at` the byte that is wrong."""

    def __init__(self, why: str, *, status: int = 400, at: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.at = at


@dataclass(frozen=True)
class Field:
    """One header field or trailer field, as text (ISO-8859-1)."""

    name: str
    value: str


@dataclass(frozen=True)
class Head:
    """What comes before the body: the start line and the fields. `raw` is all of it, with the empty line."""

    raw: bytes
    version: tuple[int, int]
    fields: tuple[Field, ...]

    def all(self, name: str) -> list[str]:
        """The values of every field with this name, in order; names are compared without case."""
        name = name.lower()
        return [each.value for each in self.fields if each.name.lower() == name]

    def get(self, name: str, default: str = "") -> str:
        """The values of a field, joined by commas (RFC 9110, section 5.3); `default` if it is not there."""
        values = self.all(name)
        return ", ".join(values) if values else default

    def options(self, name: str) -> list[str]:
        """The comma-separated members of a list-valued field, in lower case."""
        return [option.strip().lower() for option in self.get(name).split(",") if option.strip()]

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection stays open after this message (RFC 9112, section 9.3)."""
        options = self.options("Connection")
        return "close" not in options and (self.version >= (1, 1) or "keep-alive" in options)


@dataclass(frozen=True)
class RequestHead(Head):
    """The first part of a request."""

    method: str
    target: str


@dataclass(frozen=True)
class ResponseHead(Head):
    """The first part of a response."""

    status: int
    reason: str


def end_of_head(data: bytes | bytearray, start: int = 0) -> int:
    """Where the head ends in `data`: the place behind its empty line, or -1 if it is not complete.

    Raises BadMessage for a line end that is not CR LF: nothing that follows could make it right.
    """
    end = data.find(b"\r\n\r\n", max(0, start - 3))
    until = len(data) if end < 0 else end + 4
    if bare := _BARE_LF.search(data, start, until):
        raise BadMessage("a line ends in LF alone: lines end in CR LF", at=bare.start())
    return end + 4 if end >= 0 else -1


def parse_request(head: bytes) -> RequestHead:
    """Read the head of a request, complete with its empty line. Raises BadMessage."""
    line, fields = _split(head)
    if not (matched := _REQUEST_LINE.fullmatch(line)):
        raise _wrong_line(line, "method SP target SP version")
    method, target, major, minor = matched.groups()
    version = (int(major), int(minor))
    if version[0] != 1:
        raise BadMessage("HTTP/{}.{} is not spoken here".format(*version), status=505, at=matched.start(3))
    request = RequestHead(head, version, fields, method.decode("ascii"), target.decode("ascii"))
    if len(request.all("Host")) != 1 and version >= (1, 1):
        raise BadMessage("a request of HTTP/1.1 has exactly one Host field")
    body_length(request)
    return request


def parse_response(head: bytes) -> ResponseHead:
    """Read the head of a response, complete with its empty line. Raises BadMessage."""
    line, fields = _split(head)
    if not (matched := _STATUS_LINE.fullmatch(line)):
        raise _wrong_line(line, "version SP status SP reason")
    major, minor, status, reason = matched.groups()
    text = (reason or b"").decode("latin-1")
    return ResponseHead(head, (int(major), int(minor)), fields, int(status), text)


def _wrong_line(line: bytes, form: str) -> BadMessage:
    shown = line[:40] + b"..." * (len(line) > 40)
    return BadMessage(f"the first line is not {form}: {shown!r}")


def _split(head: bytes) -> tuple[bytes, tuple[Field, ...]]:
    if bare := _BARE_CR.search(head) or _BARE_LF.search(head):
        raise BadMessage("a line ends in CR or LF alone: lines end in CR LF", at=bare.start())
    if not head.endswith(b"\r\n\r\n"):
        raise BadMessage("the head does not end in an empty line", at=len(head))
    line, *rest = head[:-4].split(b"\r\n")
    return line, tuple(_fields(rest, len(line) + 2))


def _fields(lines: list[bytes], at: int) -> Iterator[Field]:
    for line in lines:
        matched = _FIELD.fullmatch(line)
        if not matched:
            raise BadMessage(_wrong_field(line), at=at)
        name, value = matched.groups()
        yield Field(name.decode("ascii"), (value or b"").decode("latin-1"))
        at += len(line) + 2


def _wrong_field(line: bytes) -> str:
    name, colon, _ = line.partition(b":")
    if line[:1] in (b" ", b"\t"):
        return "a line begins with a space: folded header lines are obsolete (RFC 9112, section 5.2)"
    if not colon:
        return f"a header line without a colon: {line[:40]!r}"
    if name.rstrip() != name:
        return f"a space between the name {name.rstrip()[:40]!r} and its colon (RFC 9112, section 5.1)"
    if not re.fullmatch(TOKEN, name):
        return f"{name[:40]!r} is not a field name"
    return f"the value of {name.decode('ascii')} holds a control character"


def split_target(head: RequestHead) -> tuple[str, str, str]:
    """(authority, path, query) of a request's target, undecoded (RFC 9112, section 3.2). Raises BadMessage.

    The authority is empty unless the target is in absolute form, or that of CONNECT.
    """
    target = head.target
    if "#" in target:
        raise BadMessage("a fragment (#) is the client's own and is never sent")
    if head.method == "CONNECT":
        return target, "", ""
    if target == "*" and head.method == "OPTIONS":
        return "", "*", ""
    authority = ""
    if not target.startswith("/"):
        scheme, _, rest = target.partition("://")
        if scheme.lower() not in ("http", "https") or not rest or rest[0] in "/?":
            raise BadMessage(f"the target {target[:40]!r} does not begin with / and is no URL either")
        cut = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=len(rest))
        authority, target = rest[:cut], rest[cut:] if rest[cut : cut + 1] == "/" else "/" + rest[cut:]
    path, _, query = target.partition("?")
    return authority, path, query


def body_length(head: Head, *, answers: str = "GET") -> int | Literal["chunked", "close"] | None:
    """How the body is framed (RFC 9112, section 6.3): a number of bytes, "chunked", "close", or None.

    "close" is a response's body that ends with its connection. None is no body at all. `answers` is the
    method that a response answers. Raises BadMessage for two lengths, or one that can not be trusted.
    """
    codings, lengths = head.all("Transfer-Encoding"), head.all("Content-Length")
    if isinstance(head, ResponseHead):
        bodiless = answers == "HEAD" or head.status < 200 or head.status in (204, 304)
        if bodiless or (answers == "CONNECT" and head.status < 300):
            return None
    if codings and lengths:
        why = "both Transfer-Encoding and Content-Length: which one is true? (RFC 9112, section 6.1)"
        raise BadMessage(why)
    if codings:
        if head.version < (1, 1):
            raise BadMessage("Transfer-Encoding in a message of HTTP/1.0")
        if [coding.lower() for coding in codings] == ["chunked"]:
            return "chunked"
        raise BadMessage(f"the transfer coding {', '.join(codings)!r} is not known here", status=501)
    if len(lengths) > 1:
        raise BadMessage("Content-Length more than once (RFC 9112, section 6.3)")
    if lengths:
        if not re.fullmatch(r"[0-9]{1,18}", lengths[0]):
            raise BadMessage(f"Content-Length is not a number: {lengths[0][:40]!r}")
        return int(lengths[0])
    return "close" if isinstance(head, ResponseHead) else None


@dataclass
class ChunkReader:
    """Takes the chunked coding off a body (RFC 9112, section 7.1), however the bytes are cut.

    `feed` takes bytes in and gives back those of the body. At `done`, `rest` holds what follows the body, and
    `trailers` the fields behind the last chunk. `sizes` are the sizes of the chunks so far, the last one 0.
    """

    limit: int = 16 * 1024  # bytes of one size line, and of all trailers
    done: bool = False
    rest: bytes = b""
    sizes: list[int] = field(default_factory=list)
    trailers: tuple[Field, ...] = ()
    _buffer: bytearray = field(default_factory=bytearray)
    _missing: int = 0  # bytes of the current chunk's data that have not come, with the CR LF behind it

    def feed(self, data: bytes) -> bytes:
        """The body bytes in `data`. Raises BadMessage for what is no chunked body."""
        if self.done:
            self.rest += data
            return b""
        self._buffer += data
        body = bytearray()
        while not self.done and self._step(body):
            pass
        if self.done:
            self.rest, self._buffer = bytes(self._buffer), bytearray()
        return bytes(body)

    def _step(self, body: bytearray) -> bool:
        """Go on by one part, if it is there."""
        if self._missing:
            return self._take_data(body)
        if self.sizes and self.sizes[-1] == 0:
            return self._take_trailers()
        if (line := self._line()) is None:
            return False
        matched = _CHUNK_SIZE.fullmatch(line)
        if not matched:
            raise BadMessage(f"a chunk begins with its size in hexadecimal digits, not with {line[:20]!r}")
        self.sizes.append(int(matched.group(1), 16))
        self._missing = self.sizes[-1] + 2 if self.sizes[-1] else 0
        return True

    def _take_data(self, body: bytearray) -> bool:
        if self._missing > 2:
            part = self._buffer[: self._missing - 2]
            del self._buffer[: len(part)]
            self._missing -= len(part)
            body += part
        if self._missing == 2 and not b"\r\n".startswith(bytes(self._buffer[:2])):
            raise BadMessage("a chunk's data is longer than its size says")
        if self._missing > 2 or len(self._buffer) < 2:
            return False
        del self._buffer[:2]
        self._missing = 0
        return True

    def _take_trailers(self) -> bool:
        if self._buffer[:2] == b"\r\n":
            del self._buffer[:2]
        else:
            end = end_of_head(self._buffer)
            if (end if end >= 0 else len(self._buffer)) > self.limit:
                raise BadMessage(f"more than {self.limit} bytes of trailers", status=431)
            if end < 0:
                return False
            block = bytes(self._buffer[:end])
            if bare := _BARE_CR.search(block):
                raise BadMessage("a line ends in CR alone", at=bare.start())
            self.trailers = tuple(_fields(block[:-4].split(b"\r\n"), 0))
            del self._buffer[:end]
        self.done = True
        return True

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, self.limit + 1)
        if end < 0:
            if len(self._buffer) > self.limit:
                raise BadMessage("the line with a chunk's size does not end")
            return None
        if end == 0 or self._buffer[end - 1 : end] != b"\r":
            raise BadMessage("the line with a chunk's size ends in LF alone: lines end in CR LF")
        line = bytes(self._buffer[: end - 1])
        del self._buffer[: end + 1]
        return line
