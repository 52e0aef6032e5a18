"""The chunked transfer coding, taken off (RFC 9112, section 7.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .heads import QUOTED, TOKEN, BadMessage, Field, end_of_head, field_lines

_SIZE = re.compile(rb"[0-9A-Fa-f]+")
_EXTENSIONS = re.compile(
    rb"(?:[ \t]*;[ \t]*%(token)s(?:[ \t]*=[ \t]*(?:%(token)s|%(quoted)s))?)*"
    % {b"token": TOKEN, b"quoted": QUOTED}
)
MOST_DIGITS = 16  # of a size


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
        if len(digits) > MOST_DIGITS:
            raise BadMessage(f"a chunk's size of more than {MOST_DIGITS} digits: {digits[:MOST_DIGITS]}...")
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
