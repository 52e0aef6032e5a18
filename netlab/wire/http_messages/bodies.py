"""How long a body is (RFC 9112, section 6), and the chunked transfer coding, taken off (section 7.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from .heads import QUOTED, TOKEN, BadMessage, Field, Head, ResponseHead, end_of_head, field_lines

LENGTH_DIGITS = 18  # at most: a billion gigabytes less one
CHUNK_DIGITS = 16
_PARTS = {b"token": TOKEN, b"quoted": QUOTED}
_CODING = re.compile(  # RFC 9112, section 7: a token, and parameters
    rb"(%(token)s)((?:[ \t]*;[ \t]*%(token)s[ \t]*=[ \t]*(?:%(token)s|%(quoted)s))*)" % _PARTS
)
_SIZE = re.compile(rb"[0-9A-Fa-f]+")
_EXTENSIONS = re.compile(rb"(?:[ \t]*;[ \t]*%(token)s(?:[ \t]*=[ \t]*(?:%(token)s|%(quoted)s))?)*" % _PARTS)


def body_length(head: Head, *, answers: str = "GET") -> int | Literal["chunked", "close"] | None:
    """How the body is framed (RFC 9112, section 6.3): a number of bytes, "chunked", "close", or None.

    "close" is a response's body that ends with its connection. None is no body at all. `answers` is the
    method that a response answers. A chunked response may be coded otherwise, too: under its chunks.
    Raises BadMessage for two lengths, or one that can not be trusted.
    """
    codings, lengths = head.all("Transfer-Encoding"), head.all("Content-Length")
    if isinstance(head, ResponseHead):
        bodiless = answers == "HEAD" or head.status_class == 1 or head.status in (204, 304)
        if bodiless or (answers == "CONNECT" and head.status_class == 2):
            return None
    if codings and lengths:
        raise BadMessage("both Transfer-Encoding and Content-Length: which is true? (RFC 9112, section 6.1)")
    if codings:
        return _coded(head)
    if len(lengths) > 1:
        raise BadMessage("Content-Length more than once (RFC 9112, section 6.3)")
    if lengths:
        return _number(lengths[0])
    return "close" if isinstance(head, ResponseHead) else None


def _coded(head: Head) -> Literal["chunked", "close"]:
    if head.version < (1, 1):
        raise BadMessage("Transfer-Encoding in a message of HTTP/1.0 (RFC 9112, section 6.1)")
    codings = head.options("Transfer-Encoding")
    shown = ", ".join(codings)[:60]
    names = []
    for each in codings:
        if not (matched := _CODING.fullmatch(each.encode("latin-1"))):
            raise BadMessage(f"Transfer-Encoding is no list of codings: {shown!r}")
        if matched[1] == b"chunked" and matched[2]:
            raise BadMessage("Transfer-Encoding: chunked has no parameters (RFC 9112, section 7.1)")
        names.append(matched[1])
    if names.count(b"chunked") > 1:
        raise BadMessage("Transfer-Encoding: chunked more than once (RFC 9112, section 6.1)")
    last = names[-1:] == [b"chunked"]
    if isinstance(head, ResponseHead):
        return "chunked" if last else "close"
    if not last:
        raise BadMessage(f"the last Transfer-Encoding is not chunked, but {shown!r}: how long is the body?")
    if len(names) > 1:
        raise BadMessage(f"the transfer coding {shown!r} is not known here", status=501)
    return "chunked"


def _number(length: str) -> int:
    if not re.fullmatch(r"[0-9]+", length):
        raise BadMessage(f"Content-Length is not a number: {length[:40]!r}")
    if len(length.lstrip("0")) > LENGTH_DIGITS:
        raise BadMessage(f"Content-Length is too large: {length[:40]}...", status=413)
    return int(length.lstrip("0") or "0")


@dataclass
class ChunkReader:
    """Takes the chunked coding off a body (RFC 9112, section 7.1), however the bytes are cut.

    `feed` takes bytes in and gives back those of the body. At `done`, `rest` holds what follows the body, and
    `trailers` the fields behind the last chunk. `sizes` are the sizes of the chunks so far, the last one 0.
    A folded trailer is refused, or with `unfold` unfolded, as in a response (RFC 9112, section 5.2).
    """

    limit: int = 16 * 1024  # bytes of one size line, and of all trailers
    unfold: bool = False
    done: bool = False
    rest: bytes = b""
    sizes: list[int] = field(default_factory=list)
    trailers: tuple[Field, ...] = ()
    _buffer: bytearray = field(default_factory=bytearray)
    _missing: int = 0  # bytes of the current chunk's data that have not come, with the CR LF behind it

    def feed(self, data: bytes) -> bytes:
        """The body bytes in `data`. Raises BadMessage for what is no chunked body."""
        self._buffer += data
        body = bytearray()
        while not self.done and self._step(body):
            pass
        if self.done:
            self.rest, self._buffer = self.rest + bytes(self._buffer), bytearray()
        return bytes(body)

    def _step(self, body: bytearray) -> bool:
        """Go on by one part, if it is there."""
        if self._missing:
            return self._take_data(body)
        if self.sizes and self.sizes[-1] == 0:
            return self._take_trailers()
        if (line := self._line()) is None:
            return False
        if not (matched := _SIZE.match(line)):
            raise BadMessage(f"a chunk begins with its size in hexadecimal digits, not with {line[:20]!r}")
        digits, rest = matched[0].decode(), line[matched.end() :]
        if not _EXTENSIONS.fullmatch(rest):
            raise BadMessage(f"behind a chunk's size only extensions come (;name=value), not {rest[:20]!r}")
        if len(digits) > CHUNK_DIGITS:
            raise BadMessage(f"a chunk's size of more than {CHUNK_DIGITS} digits: {digits[:CHUNK_DIGITS]}...")
        self.sizes.append(int(digits, 16))
        self._missing = self.sizes[-1] and self.sizes[-1] + 2
        return True

    def _take_data(self, body: bytearray) -> bool:
        if (size := self._missing - 2) > 0:
            part = self._buffer[:size]
            del self._buffer[: len(part)]
            self._missing -= len(part)
            body += part
        if self._missing > 2:
            return False
        if not b"\r\n".startswith(bytes(self._buffer[:2])):
            raise BadMessage("a chunk's data is longer than its size says")
        ended = len(self._buffer) >= 2
        if ended:
            del self._buffer[:2]
            self._missing = 0
        return ended

    def _take_trailers(self) -> bool:
        if self._buffer[:2] == b"\r\n":
            del self._buffer[:2]
        else:
            end = end_of_head(self._buffer)
            if (end if end >= 0 else len(self._buffer)) > self.limit:
                raise BadMessage(f"more than {self.limit} bytes of trailers", status=431)
            if end < 0:
                return False
            self.trailers = field_lines(bytes(self._buffer[: end - 2]), unfold=self.unfold)
            del self._buffer[:end]
        self.done = True
        return True

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, self.limit + 1)
        if end < 0 and len(self._buffer) > self.limit:
            raise BadMessage("the line with a chunk's size does not end")
        if end < 0:
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        if not line.endswith(b"\r\n"):
            raise BadMessage("the line with a chunk's size ends in LF alone: lines end in CR LF")
        return line[:-2]
