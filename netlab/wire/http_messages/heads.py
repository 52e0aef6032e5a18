"""The first part of a message: its start line and its fields (RFC 9112, sections 2 to 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110, section 5.6.2
QUOTED = rb'"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"'  # section 5.6.4
_REQUEST_LINE = re.compile(rb"(%s) ([\x21-\x7e]+) HTTP/(\d)\.(\d)" % TOKEN)
_STATUS_LINE = re.compile(rb"HTTP/(\d)\.(\d) (\d\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?")
_FIELD = re.compile(
    rb"(%s):[ \t]*(?:([\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*)?" % TOKEN
)
_FOLD = re.compile(rb"\r\n[ \t]+")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_MEMBER = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+')  # a comma in a quoted string parts nothing


class BadMessage(ValueError):
    """Bytes that are no HTTP message: `status` is what a server answers, `at` the byte that is wrong."""

    def __init__(self, why: str, *, status: int = 400, at: int = 0) -> None:
        super().__init__(why)
        self.status, self.at = status, at


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
        """The members of a list-valued field, in lower case (RFC 9110, section 5.6.1)."""
        return [option.lower() for option in members(self.get(name))]

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

    @property
    def status_class(self) -> int:
        """1 to 5; a status outside 100 to 599 is to be treated as 5xx (RFC 9110, section 15)."""
        return self.status // 100 if 100 <= self.status <= 599 else 5


def members(value: str) -> list[str]:
    """The members of a comma-separated list, without the empty ones (RFC 9110, section 5.6.1)."""
    return [member for each in _MEMBER.findall(value) if (member := each.strip(" \t"))]


def end_of_head(data: bytes | bytearray, start: int = 0) -> int:
    """Where the head ends in `data`: the place behind its empty line, or -1 if it is not complete.

    Raises BadMessage for a line end that is not CR LF: nothing that follows could make it right.
    """
    end = data.find(b"\r\n\r\n", max(0, start - 3))
    until = len(data) if end < 0 else end + 4
    if bare := _BARE_LF.search(data, start, until):
        raise BadMessage("a line ends in LF alone: lines end in CR LF", at=bare.start())
    return end + 4 if end >= 0 else -1


def read_request_lines(head: bytes) -> RequestHead:
    """The request line and the fields of a complete head, whatever they mean. Raises BadMessage."""
    line, fields = _split(head)
    if not (matched := _REQUEST_LINE.fullmatch(line)):
        raise _wrong_line(line, "method SP target SP version")
    method, target, major, minor = matched.groups()
    version = _version(major, minor, at=matched.start(3))
    return RequestHead(head, version, fields, method.decode("ascii"), target.decode("ascii"))


def parse_response(head: bytes) -> ResponseHead:
    """Read the head of a response, complete with its empty line. Raises BadMessage.

    A folded field is unfolded, as a user agent has to (RFC 9112, section 5.2).
    """
    line, fields = _split(head, unfold=True)
    if not (matched := _STATUS_LINE.fullmatch(line)):
        raise _wrong_line(line, "version SP status SP reason")
    major, minor, status, reason = matched.groups(b"")
    version = _version(major, minor, at=matched.start(1))
    return ResponseHead(head, version, fields, int(status), reason.decode("latin-1"))


def _version(major: bytes, minor: bytes, at: int) -> tuple[int, int]:
    version = int(major), int(minor)
    if version[0] != 1:
        raise BadMessage("HTTP/{}.{} is not spoken here".format(*version), status=505, at=at)
    return version


def _wrong_line(line: bytes, form: str) -> BadMessage:
    shown = line[:40] + b"..." * (len(line) > 40)
    return BadMessage(f"the first line is not {form}: {shown!r}")


def _split(head: bytes, *, unfold: bool = False) -> tuple[bytes, tuple[Field, ...]]:
    if bare := _BARE_LF.search(head):
        raise BadMessage("a line ends in LF alone: lines end in CR LF", at=bare.start())
    if not head.endswith(b"\r\n\r\n"):
        raise BadMessage("the head does not end in an empty line", at=len(head))
    line, _, lines = head[:-2].partition(b"\r\n")
    if bare := _BARE_CR.search(line):
        raise BadMessage("a CR stands alone: lines end in CR LF", at=bare.start())
    return line, field_lines(lines, len(line) + 2, unfold=unfold)


def field_lines(lines: bytes, at: int = 0, *, unfold: bool = False) -> tuple[Field, ...]:
    """The fields of lines that end in CR LF each: of a head, or of trailers. Raises BadMessage.

    `at` is the place of the first one, for the errors. `unfold`: take obs-fold for spaces, as many as it has
    bytes, so that all keep their places.
    """
    if bare := _BARE_CR.search(lines):
        raise BadMessage("a CR stands alone: lines end in CR LF", at=at + bare.start())
    if unfold:
        lines = _FOLD.sub(lambda fold: b" " * len(fold[0]), lines)
    fields = []
    for line in lines.split(b"\r\n")[:-1]:
        if not (matched := _FIELD.fullmatch(line)):
            raise BadMessage(_wrong_field(line), at=at)
        name, value = matched.groups(b"")
        fields.append(Field(name.decode("ascii"), value.decode("latin-1")))
        at += len(line) + 2
    return tuple(fields)


def _wrong_field(line: bytes) -> str:
    name, colon, _ = line.partition(b":")
    if line[:1] in (b" ", b"\t"):
        return "a line begins with a space or a tab: folded header lines are obsolete (RFC 9112, section 5.2)"
    if not colon:
        return f"a header line without a colon: {line[:40]!r}"
    if name.rstrip() != name:
        return f"a space between the name {name.rstrip()[:40]!r} and its colon (RFC 9112, section 5.1)"
    if not re.fullmatch(TOKEN, name):
        return f"{name[:40]!r} is not a field name"
    return f"the value of {name.decode('ascii')} holds a control character"
