"""Notebook 03, lines and JSON lines: other right solutions, and solutions that are wrong as beginners are."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from .registry import mutant, right

# -- 03-3 read_line ----------------------------------------------------------------------------------


@right("read_line")
def byte_by_byte(sock: Any, buffer: bytearray, limit: int) -> Any:
    """recv(1): slow, and never too much"""
    line = bytearray()
    while True:
        if buffer:
            byte = bytes(buffer[:1])
            del buffer[:1]
        else:
            byte = sock.recv(1)
        if byte == b"\n":
            return bytes(line)
        if not byte:
            if line:
                raise EOFError("inside a line")
            return None
        line += byte
        if len(line) > limit:
            raise ValueError("too long")


@right("read_line")
def with_partition(sock: Any, buffer: bytearray, limit: int) -> Any:
    """partition, and a slice assignment"""
    while b"\n" not in buffer:
        if len(buffer) > limit:
            raise ValueError("too long")
        chunk = sock.recv(65536)
        if not chunk and not buffer:
            return None
        if not chunk:
            raise EOFError("inside a line")
        buffer.extend(chunk)
    line, _, rest = buffer.partition(b"\n")
    if len(line) > limit:
        raise ValueError("too long")
    buffer[:] = rest
    return bytes(line)


@right("read_line")
def with_peek(sock: Any, buffer: bytearray, limit: int) -> Any:
    """MSG_PEEK: looks first, and takes this line only"""
    line = b""
    while True:
        seen = sock.recv(4096, socket.MSG_PEEK)
        if not seen:
            if line:
                raise EOFError("inside a line")
            return None
        end = seen.find(b"\n") + 1
        line += sock.recv(end or len(seen))
        if len(line) - bool(end) > limit:
            raise ValueError("too long")
        if end:
            return line[:-1]


def _line(
    sock: Any, buffer: bytearray, limit: int, search: bool = True, half: bool = False, size: int = 4096
) -> Any:
    """The right one, with switches for mutants."""
    while not search or b"\n" not in buffer:
        if len(buffer) > limit:
            raise ValueError("too long")
        chunk = sock.recv(size)
        if not chunk:
            if buffer and half:
                line = bytes(buffer)
                buffer.clear()
                return line
            if buffer:
                raise EOFError("inside a line")
            return None
        buffer += chunk
        search = True
    line, _, buffer[:] = buffer.partition(b"\n")
    if len(line) > limit:
        raise ValueError("too long")
    return bytes(line)


@mutant("read_line", "pieces")
def one_recv_is_one_line(sock: Any, buffer: bytearray, limit: int) -> Any:
    """one recv is one line"""
    data = sock.recv(4096)
    return data.removesuffix(b"\n") if data else None


@mutant("read_line", "rest", says="left      b''")
def drops_the_rest(sock: Any, buffer: bytearray, limit: int) -> Any:
    """split, and drops what comes after"""
    data = b""
    while b"\n" not in data:
        chunk = sock.recv(4096)
        if not chunk:
            if data:
                raise EOFError("inside a line")
            return None
        data += chunk
    return data.split(b"\n")[0]


@mutant("read_line", "rest", says="left      b''")
def with_readline(sock: Any, buffer: bytearray, limit: int) -> Any:
    """makefile and readline, which reads ahead"""
    with sock.makefile("rb") as file:
        line = file.readline()
    if line and not line.endswith(b"\n"):
        raise EOFError("inside a line")
    return line[:-1] if line else None


@mutant("read_line", "rest")
def a_buffer_of_its_own(sock: Any, buffer: bytearray, limit: int) -> Any:
    """buffer = rest: an object that the caller never sees"""
    while b"\n" not in buffer:
        chunk = sock.recv(4096)
        if not chunk:
            if buffer:
                raise EOFError("inside a line")
            return None
        buffer = buffer + chunk
    line, _, buffer = buffer.partition(b"\n")
    return bytes(line)


@mutant("read_line", "rest")
def leaves_its_line(sock: Any, buffer: bytearray, limit: int) -> Any:
    """never takes its line out of buffer"""
    while b"\n" not in buffer:
        chunk = sock.recv(4096)
        if not chunk:
            return None
        buffer += chunk
    return bytes(buffer.partition(b"\n")[0])


@mutant("read_line", "wait", says="blocked in recv")
def receives_first(sock: Any, buffer: bytearray, limit: int) -> Any:
    """receives before it looks into buffer"""
    chunk = sock.recv(4096)
    buffer += chunk
    if not chunk and not buffer:
        return None
    return _line(sock, buffer, limit)


@mutant("read_line", "empty")
def an_empty_line_is_the_end(sock: Any, buffer: bytearray, limit: int) -> Any:
    """None for an empty line"""
    return _line(sock, buffer, limit) or None


@mutant("read_line", "empty")
def skips_empty_lines(sock: Any, buffer: bytearray, limit: int) -> Any:
    """passes over empty lines"""
    while (line := _line(sock, buffer, limit)) == b"":
        pass
    return line


@mutant("read_line", "empty")
def place_zero_is_no_place(sock: Any, buffer: bytearray, limit: int) -> Any:
    """if buffer.find(b'\\n') > 0: an empty line is at place 0"""
    while (end := buffer.find(b"\n")) <= 0:
        if len(buffer) > limit:
            raise ValueError("too long")
        chunk = sock.recv(4096)
        if not chunk:
            if buffer:
                raise EOFError("inside a line")
            return None
        buffer += chunk
    if end > limit:
        raise ValueError("too long")
    line = bytes(buffer[:end])
    del buffer[: end + 1]
    return line


@mutant("read_line", "ended", says="expected  None")
def the_end_is_empty(sock: Any, buffer: bytearray, limit: int) -> Any:
    """b'' at the end of the stream"""
    return _line(sock, buffer, limit) or b""


@mutant("read_line", "ended", says="EOFError")
def the_end_is_an_error(sock: Any, buffer: bytearray, limit: int) -> Any:
    """EOFError at a clean end"""
    line = _line(sock, buffer, limit)
    if line is None:
        raise EOFError("the end")
    return line


@mutant("read_line", "inside", says="had to raise EOFError, and returned")
def half_a_line(sock: Any, buffer: bytearray, limit: int) -> Any:
    """returns the half line before the end"""
    return _line(sock, buffer, limit, half=True)


@mutant("read_line", "forever", says="round and round")
def no_end_to_lines(sock: Any, buffer: bytearray, limit: int) -> Any:
    """ignores b''"""
    while b"\n" not in buffer:
        buffer += sock.recv(4096)
    return _line(sock, buffer, limit)


@mutant("read_line", "bytes")
def text_lines(sock: Any, buffer: bytearray, limit: int) -> Any:
    """returns text"""
    line = _line(sock, buffer, limit)
    return line if line is None else line.decode("latin-1")


@mutant("read_line", "bytes", says="UnicodeDecodeError")
def decodes_its_line(sock: Any, buffer: bytearray, limit: int) -> Any:
    """decodes the line, and encodes it again"""
    line = _line(sock, buffer, limit)
    return line if line is None else line.decode().encode()


@mutant("read_line", "bytes")
def keeps_the_newline(sock: Any, buffer: bytearray, limit: int) -> Any:
    """leaves b'\\n' at the end"""
    line = _line(sock, buffer, limit)
    return line if line is None else line + b"\n"


@mutant("read_line", "bytes")
def strips(sock: Any, buffer: bytearray, limit: int) -> Any:
    """strip(): takes spaces and b'\\r' away, too"""
    line = _line(sock, buffer, limit)
    return line if line is None else line.strip()


@mutant("read_line", "limit", says="had to raise ValueError, and returned")
def no_limit_for_whole_lines(sock: Any, buffer: bytearray, limit: int) -> Any:
    """counts only while there is no newline"""
    while b"\n" not in buffer:
        if len(buffer) > limit:
            raise ValueError("too long")
        chunk = sock.recv(4096)
        if not chunk:
            if buffer:
                raise EOFError("inside a line")
            return None
        buffer += chunk
    line, _, buffer[:] = buffer.partition(b"\n")
    return bytes(line)


@mutant("read_line", "limit", says="ValueError")
def counts_the_newline(sock: Any, buffer: bytearray, limit: int) -> Any:
    """counts b'\\n' into the line"""
    line = _line(sock, buffer, limit)
    if line is not None and len(line) + 1 > limit:
        raise ValueError("too long")
    return line


@mutant("read_line", "limit", says="ValueError")
def refuses_at_the_limit(sock: Any, buffer: bytearray, limit: int) -> Any:
    """refuses when exactly limit bytes have come"""
    while b"\n" not in buffer:
        if len(buffer) >= limit:
            raise ValueError("too long")
        chunk = sock.recv(4096)
        if not chunk:
            if buffer:
                raise EOFError("inside a line")
            return None
        buffer += chunk
    line, _, buffer[:] = buffer.partition(b"\n")
    if len(line) > limit:
        raise ValueError("too long")
    return bytes(line)


@mutant("read_line", "count", says="ValueError")
def counts_all_lines(sock: Any, buffer: bytearray, limit: int) -> Any:
    """compares all that has come with limit"""
    while b"\n" not in buffer:
        chunk = sock.recv(4096)
        if not chunk:
            if buffer:
                raise EOFError("inside a line")
            return None
        buffer += chunk
        if len(buffer) > limit:
            raise ValueError("too long")
    line, _, buffer[:] = buffer.partition(b"\n")
    return bytes(line)


@mutant("read_line", "flood", says="EOFError")
def gathers_for_ever(sock: Any, buffer: bytearray, limit: int) -> Any:
    """looks at limit when the line is whole"""
    line = _line(sock, buffer, 1 << 30, size=65536)
    if line is not None and len(line) > limit:
        raise ValueError("too long")
    return line


@mutant("read_line", "flood", says="bytes before it refused")
def gathers_all_then_refuses(sock: Any, buffer: bytearray, limit: int) -> Any:
    """gathers until the end, then looks at limit"""
    try:
        line = _line(sock, buffer, 1 << 30, size=65536)
    except EOFError:
        if len(buffer) > limit:
            raise ValueError("too long") from None
        raise
    if line is not None and len(line) > limit:
        raise ValueError("too long")
    return line


@mutant("read_line", "pause", says="TimeoutError")
def hasty(sock: Any, buffer: bytearray, limit: int) -> Any:
    """a short timeout"""
    sock.settimeout(0.2)
    return _line(sock, buffer, limit)


@mutant("read_line", "start", says="without `return`")
def no_line(sock: Any, buffer: bytearray, limit: int) -> None:
    """pass"""


# -- 03-5 json_lines ---------------------------------------------------------------------------------


@right("json_lines")
def with_a_file(sock: Any) -> Iterator[Any]:
    """makefile('rb'): a file of lines"""
    with sock.makefile("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    value = json.loads(line)
                except ValueError as error:
                    raise ValueError(f"line {number}") from error
                yield value


@right("json_lines")
class ByHand:
    """an iterator without yield"""

    def __init__(self, sock: Any) -> None:
        self.sock, self.data, self.number, self.ended = sock, b"", 0, False

    def __iter__(self) -> ByHand:
        return self

    def __next__(self) -> Any:
        while True:
            while b"\n" not in self.data and not self.ended:
                chunk = self.sock.recv(100)
                self.data, self.ended = self.data + chunk, not chunk
            if not self.data:
                raise StopIteration
            line, _, self.data = self.data.partition(b"\n")
            self.number += 1
            try:
                text = line.decode().strip()
                if text:
                    return json.loads(text)
            except ValueError:
                raise ValueError(f"{self.number}") from None


def _lines(sock: Any, size: int = 4096, last: bool = True) -> Iterator[bytes]:
    data = b""
    while chunk := sock.recv(size):
        data += chunk
        *lines, data = data.split(b"\n")
        yield from lines
    if data and last:
        yield data


def _values(lines: Any) -> Iterator[Any]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                value = json.loads(line)
            except ValueError:
                raise ValueError(f"line {number}") from None
            yield value


@mutant("json_lines", "pieces")
def one_recv_one_value(sock: Any) -> Iterator[Any]:
    """one recv is one value"""
    while data := sock.recv(4096):
        yield json.loads(data)


@mutant("json_lines", "pieces")
def each_piece_for_itself(sock: Any) -> Iterator[Any]:
    """splits each piece for itself"""
    while data := sock.recv(4096):
        for line in data.split(b"\n"):
            if line.strip():
                yield json.loads(line)


@mutant("json_lines", "pieces")
def loses_the_half_line(sock: Any) -> Iterator[Any]:
    """drops the rest after the last newline"""
    while data := sock.recv(4096):
        *lines, _ = data.split(b"\n")
        yield from _values(lines)


@mutant("json_lines", "decode", says="UnicodeDecodeError")
def decodes_each_piece(sock: Any) -> Iterator[Any]:
    """decodes each piece"""
    text = ""
    while data := sock.recv(4096):
        text += data.decode()
        *lines, text = text.split("\n")
        yield from _values(lines)
    yield from _values([text])


@mutant("json_lines", "decode", says="differs")
def decodes_with_replacement(sock: Any) -> Iterator[Any]:
    """errors='replace', to be rid of the error"""
    text = ""
    while data := sock.recv(4096):
        text += data.decode(errors="replace")
        *lines, text = text.split("\n")
        yield from _values(lines)
    yield from _values([text])


@mutant("json_lines", "blank", says="JSONDecodeError")
def no_blank_lines(sock: Any) -> Iterator[Any]:
    """json.loads of a blank line"""
    for line in _lines(sock):
        yield json.loads(line)


@mutant("json_lines", "blank")
def a_blank_line_ends_it(sock: Any) -> Iterator[Any]:
    """a blank line is the end"""
    lines = []
    for line in _lines(sock):
        if not line.strip():
            break
        lines.append(line)
    yield from _values(lines)


@mutant("json_lines", "last")
def without_the_last(sock: Any) -> Iterator[Any]:
    """forgets the line without newline"""
    yield from _values(_lines(sock, last=False))


@mutant("json_lines", "newline")
def with_splitlines(sock: Any) -> Iterator[Any]:
    """str.splitlines()"""
    for number, line in enumerate(_lines(sock), 1):
        try:
            for part in line.decode().splitlines():
                if part.strip():
                    yield json.loads(part)
        except ValueError:
            raise ValueError(f"line {number}") from None


@mutant("json_lines", "values")
def only_true_values(sock: Any) -> Iterator[Any]:
    """if value: yield value"""
    for value in _values(_lines(sock)):
        if value:
            yield value


@mutant("json_lines", "promptly", says="blocked in recv")
def a_list(sock: Any) -> Any:
    """returns a list at the end"""
    return list(_values(_lines(sock)))


@mutant("json_lines", "promptly", says="blocked in recv")
def reads_all_first(sock: Any) -> Iterator[Any]:
    """reads everything, then yields"""
    data = b""
    while chunk := sock.recv(65536):
        data += chunk
    yield from _values(data.split(b"\n"))


@mutant("json_lines", "promptly", says="blocked in")
def one_behind(sock: Any) -> Iterator[Any]:
    """yields a value when the next one has come"""
    nothing = object()
    waiting: Any = nothing
    for value in _values(_lines(sock)):
        if waiting is not nothing:
            yield waiting
        waiting = value
    if waiting is not nothing:
        yield waiting


@mutant("json_lines", "invalid", says="had to raise ValueError, and returned")
def passes_over(sock: Any) -> Iterator[Any]:
    """except ValueError: continue"""
    for line in _lines(sock):
        with suppress(ValueError):
            yield json.loads(line)


@mutant("json_lines", "number", says="line 12 was not JSON in UTF-8")
def names_no_line(sock: Any) -> Iterator[Any]:
    """lets JSONDecodeError out"""
    for line in _lines(sock):
        if line.strip():
            yield json.loads(line)


@mutant("json_lines", "number", says="line 12 was not JSON in UTF-8")
def counts_from_zero(sock: Any) -> Iterator[Any]:
    """the first line is line 0"""
    for number, line in enumerate(_lines(sock)):
        if line.strip():
            try:
                value = json.loads(line)
            except ValueError:
                raise ValueError(f"line {number}") from None
            yield value


@mutant("json_lines", "number", says="line 9 was not JSON in UTF-8")
def counts_values(sock: Any) -> Iterator[Any]:
    """skipped lines do not count"""
    yield from _values(line for line in _lines(sock) if line.strip())


@mutant("json_lines", "number", says="line 14 was not JSON in UTF-8")
def names_no_line_of_bytes(sock: Any) -> Iterator[Any]:
    """decodes outside the try"""
    yield from _values(line.decode() for line in _lines(sock))


@mutant("json_lines", "forever", says="round and round")
def no_last_line(sock: Any) -> Iterator[Any]:
    """ignores b''"""
    data = b""
    while True:
        data += sock.recv(4096)
        *lines, data = data.split(b"\n")
        yield from _values(lines)


@mutant("json_lines", "pause", says="TimeoutError")
def has_no_patience(sock: Any) -> Iterator[Any]:
    """a short timeout"""
    sock.settimeout(0.2)
    yield from _values(_lines(sock))


@mutant("json_lines", "start", says="gave no generator")
def no_values(sock: Any) -> None:
    """pass"""


@mutant("json_lines", "start", says="TypeError")
def bytes_and_text(sock: Any) -> Iterator[Any]:
    """adds bytes to a str"""
    text = ""
    while data := sock.recv(4096):
        text += data
    yield text
