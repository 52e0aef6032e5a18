"""03-3 read_line: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import socket
from typing import Any

from ..registry import mutant, right


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


def _right(sock: Any, buffer: bytearray, limit: int, size: int = 4096) -> Any:
    while (end := buffer.find(b"\n")) == -1 and len(buffer) <= limit:
        if not (chunk := sock.recv(size)):
            if buffer:
                raise EOFError
            return None
        buffer += chunk
    if end == -1 or end > limit:
        raise ValueError
    line = bytes(buffer[:end])
    del buffer[: end + 1]
    return line


@mutant("read_line", "rest")
def in_a_buffer_of_its_own(sock: Any, buffer: bytearray, limit: int, mine: Any = bytearray()) -> Any:  # noqa: B008
    """keeps the rest in a variable of its own"""
    return _right(sock, mine, limit)


@mutant("read_line", "bytes")
def without_blanks_before(sock: Any, buffer: bytearray, limit: int) -> Any:
    """lstrip"""
    line = _right(sock, buffer, limit)
    return line if line is None else line.lstrip(b" ")


@mutant("read_line", "limit")
def no_limit_for_zero(sock: Any, buffer: bytearray, limit: int) -> Any:
    """takes a limit of 0 for none"""
    return _right(sock, buffer, limit or 1 << 30)


@mutant("read_line", "flood", says="bytes before it refused")
def in_large_pieces(sock: Any, buffer: bytearray, limit: int) -> Any:
    """recv(131072)"""
    return _right(sock, buffer, limit, 131_072)


@mutant("read_line", "pause")
def two_seconds(sock: Any, buffer: bytearray, limit: int) -> Any:
    """a timeout of two seconds is the end"""
    sock.settimeout(2)
    try:
        return _right(sock, buffer, limit)
    except TimeoutError:
        return None
