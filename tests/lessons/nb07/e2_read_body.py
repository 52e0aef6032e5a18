"""07-2 read_body: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Callable
from typing import Any

from ..registry import mutant, right


def _receive(sock: socket.socket, buffer: bytearray, missing: int = 65536) -> None:
    data = sock.recv(65536)
    if not data:
        raise EOFError("cut short")
    buffer += data


def _take(sock: socket.socket, buffer: bytearray, size: int) -> bytes:
    while len(buffer) < size:
        _receive(sock, buffer)
    data = bytes(buffer[:size])
    del buffer[:size]
    return data


def _line(sock: socket.socket, buffer: bytearray) -> bytes:
    while b"\n" not in buffer:
        _receive(sock, buffer)
    line = _take(sock, buffer, buffer.find(b"\n") + 1)
    if not line.endswith(b"\r\n"):
        raise ValueError("LF alone")
    return line[:-2]


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0]
    if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", digits):
        raise ValueError(f"size {digits!r}")
    return int(digits, 16)


def _behind(sock: socket.socket, buffer: bytearray) -> None:
    if _take(sock, buffer, 2) != b"\r\n":
        raise ValueError("no CR LF behind a chunk")


def _trailers(sock: socket.socket, buffer: bytearray) -> None:
    while _line(sock, buffer):
        pass


def _length(text: str) -> int:
    if not re.fullmatch("[0-9]+", text):
        raise ValueError(f"length {text!r}")
    return int(text)


def _coded(headers: dict[str, str]) -> bool:
    coding = headers.get("transfer-encoding")
    if coding is not None and ("content-length" in headers or coding.lower() != "chunked"):
        raise ValueError("transfer-encoding")
    return coding is not None


def _until_the_end(sock: socket.socket, buffer: bytearray) -> bytes:
    while data := sock.recv(65536):
        buffer += data
    return _take(sock, buffer, len(buffer))


def _body(
    sock: socket.socket,
    headers: dict[str, str],
    buffer: bytearray,
    *,
    take: Callable[..., bytes] = _take,
    line: Callable[..., bytes] = _line,
    size: Callable[[bytes], int] = _size,
    behind: Callable[..., None] = _behind,
    trailers: Callable[..., None] = _trailers,
    length: Callable[[str], int] = _length,
    coded: Callable[[dict[str, str]], bool] = _coded,
    end: Callable[..., bytes] = _until_the_end,
) -> bytes:
    """A right reader whose parts can be replaced by wrong ones."""
    if coded(headers):
        body = b""
        while count := size(line(sock, buffer)):
            body += take(sock, buffer, count)
            behind(sock, buffer)
        trailers(sock, buffer)
        return body
    if "content-length" in headers:
        return take(sock, buffer, length(headers["content-length"]))
    return end(sock, buffer)


@right("read_body")
def body_in_parts(sock: Any, headers: Any, buffer: Any) -> bytes:
    """a function for each part"""
    return _body(sock, headers, buffer)


@right("read_body")
def one_byte_at_a_time(sock: Any, headers: Any, buffer: Any) -> bytes:
    """never receives a byte too many"""

    def line(sock: Any, buffer: bytearray) -> bytes:
        text = b""
        while not text.endswith(b"\n"):
            text += take(sock, buffer, 1)
        if text[-2:] != b"\r\n":
            raise ValueError("LF alone")
        return text[:-2]

    def take(sock: Any, buffer: bytearray, count: int) -> bytes:
        data = bytes(buffer[:count])
        del buffer[:count]
        pieces = [data]
        missing = count - len(data)
        while missing:
            piece = sock.recv(min(missing, 100_000))
            if not piece:
                raise EOFError(f"{missing} bytes missing")
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    return _body(sock, headers, buffer, take=take, line=line, behind=lambda *both: _empty(line(*both)))


def _empty(line: bytes) -> None:
    if line:
        raise ValueError("no CR LF behind a chunk")


@mutant("read_body", "start")
def no_body(sock: Any, headers: Any, buffer: Any) -> None:
    """pass"""


@mutant("read_body", "alive", says="blocked in recv")
def reads_until_the_end(sock: Any, headers: Any, buffer: Any) -> bytes:
    """reads until b'', whatever the headers say"""
    while data := sock.recv(4096):
        buffer += data
    return bytes(buffer)


@mutant("read_body", "chunks", says="byte 1 of 10 differs")
def raw_chunks(sock: Any, headers: Any, buffer: Any) -> bytes:
    """returns the chunks with their sizes"""
    if "transfer-encoding" in headers:
        while not buffer.endswith(b"0\r\n\r\n"):
            _receive(sock, buffer)
        return _take(sock, buffer, len(buffer))
    return _body(sock, headers, buffer)


@mutant("read_body", "chunks")
def until_a_short_piece(sock: Any, headers: Any, buffer: Any) -> bytes:
    """a piece of fewer than 4096 bytes is the last"""
    while True:
        data = sock.recv(4096)
        buffer += data
        if len(data) < 4096:
            return _take(sock, buffer, len(buffer))


@mutant("read_body", "empty", says="blocked in recv")
def receives_first(sock: Any, headers: Any, buffer: Any) -> bytes:
    """receives before it looks"""
    buffer += sock.recv(4096)
    return _body(sock, headers, buffer)


@mutant("read_body", "empty")
def nothing_is_no_length(sock: Any, headers: Any, buffer: Any) -> bytes:
    """if length: ... and 0 is false"""
    if headers.get("content-length") == "0":
        return _until_the_end(sock, buffer)
    return _body(sock, headers, buffer)


@mutant("read_body", "buffer")
def forgets_the_buffer(sock: Any, headers: Any, buffer: Any) -> bytes:
    """begins with an empty buffer of its own"""
    return _body(sock, headers, bytearray())


@mutant("read_body", "taken", says="your body was right")
def takes_nothing_out(sock: Any, headers: Any, buffer: Any) -> bytes:
    """buffer[:n], and no del"""
    body = _body(sock, headers, buffer)
    buffer[:0] = body
    return body


@mutant("read_body", "rest", says="left")
def takes_the_next(sock: Any, headers: Any, buffer: Any) -> bytes:
    """what comes behind the body is lost"""
    body = _body(sock, headers, buffer)
    del buffer[:]
    return body


@mutant("read_body", "taken")
def another_buffer(sock: Any, headers: Any, buffer: Any) -> bytes:
    """buffer = buffer[size:] makes a new object"""
    mine = bytearray(buffer)
    body = _body(sock, headers, mine)
    buffer = mine
    return body


@mutant("read_body", "rest")
def with_a_file(sock: Any, headers: Any, buffer: Any) -> bytes:
    """makefile, which reads ahead"""
    with sock.makefile("rb") as file:

        class Reader:
            def recv(self, count: int) -> bytes:
                return file.read1(count)

        mine = bytearray(buffer)
        del buffer[:]
        body = _body(Reader(), headers, mine)  # type: ignore[arg-type]
        buffer += b""
        return body


@mutant("read_body", "pieces")
def one_recv(sock: Any, headers: Any, buffer: Any) -> bytes:
    """one recv for each line and each chunk"""

    def take(sock: Any, buffer: bytearray, count: int) -> bytes:
        if len(buffer) < count:
            buffer += sock.recv(65536)
        data = bytes(buffer[:count])
        del buffer[:count]
        return data

    def line(sock: Any, buffer: bytearray) -> bytes:
        if b"\n" not in buffer:
            buffer += sock.recv(65536)
        return take(sock, buffer, buffer.find(b"\n") + 1)[:-2]

    return _body(sock, headers, buffer, take=take, line=line)


@mutant("read_body", "pieces", says="stopped after byte")
def one_more_recv(sock: Any, headers: Any, buffer: Any) -> bytes:
    """sock.recv(missing) once, for a body by length"""
    if "content-length" in headers and "transfer-encoding" not in headers:
        missing = _length(headers["content-length"]) - len(buffer)
        if missing > 0:
            buffer += sock.recv(min(missing, 65536))
        return _take(sock, buffer, min(len(buffer), _length(headers["content-length"])))
    return _body(sock, headers, buffer)


@mutant("read_body", "hex")
def decimal(sock: Any, headers: Any, buffer: Any) -> bytes:
    """int(size): decimal"""
    return _body(sock, headers, buffer, size=lambda line: int(line.partition(b";")[0]))


@mutant("read_body", "hex")
def one_digit(sock: Any, headers: Any, buffer: Any) -> bytes:
    """takes the first digit for the size"""
    return _body(sock, headers, buffer, size=lambda line: _size(line[:1] if line[:1] != b"0" else b"0"))


@mutant("read_body", "skip")
def no_extensions(sock: Any, headers: Any, buffer: Any) -> bytes:
    """the whole line is the size"""
    return _body(sock, headers, buffer, size=lambda line: int(line, 16))


@mutant("read_body", "skip")
def no_trailers(sock: Any, headers: Any, buffer: Any) -> bytes:
    """b"\\r\\n" behind the last chunk, and nothing else"""
    return _body(sock, headers, buffer, trailers=lambda sock, buffer: _take(sock, buffer, 2))


@mutant("read_body", "data")
def searches_the_end(sock: Any, headers: Any, buffer: Any) -> bytes:
    """b"0\\r\\n" and an empty line end the chunks, wherever they are"""
    if "transfer-encoding" not in headers:
        return _body(sock, headers, buffer)
    while not (found := re.search(rb"(^|\n)0[^\r\n]*\r\n([^\r\n]+\r\n)*\r\n", buffer)):
        _receive(sock, buffer)
    mine = bytearray(_take(sock, buffer, found.end()))
    return _body(sock, headers, mine)


@mutant("read_body", "data")
def splits_lines(sock: Any, headers: Any, buffer: Any) -> bytes:
    """reads a line for the size and a line for the data"""
    if "transfer-encoding" not in headers:
        return _body(sock, headers, buffer)

    def take(sock: Any, buffer: bytearray, count: int) -> bytes:
        return _line(sock, buffer)

    return _body(sock, headers, buffer, take=take, behind=lambda *_: None)


@mutant("read_body", "data", says="UnicodeDecodeError")
def decodes(sock: Any, headers: Any, buffer: Any) -> bytes:
    """decodes each chunk"""
    return _body(sock, headers, buffer, take=lambda *three: _take(*three).decode().encode())


@mutant("read_body", "end", says="none of 5 bytes")
def no_length_no_body(sock: Any, headers: Any, buffer: Any) -> bytes:
    """neither field: no body"""
    return _body(sock, headers, buffer, end=lambda *_: b"")


@mutant("read_body", "end")
def without_the_buffer(sock: Any, headers: Any, buffer: Any) -> bytes:
    """until the end, without what was in buffer"""

    def end(sock: Any, buffer: bytearray) -> bytes:
        return _until_the_end(sock, bytearray())

    return _body(sock, headers, buffer, end=end)


@mutant("read_body", "word")
def small_letters(sock: Any, headers: Any, buffer: Any) -> bytes:
    """== "chunked", in small letters only"""
    return _body(sock, headers, buffer, coded=lambda headers: headers.get("transfer-encoding") == "chunked")


@mutant("read_body", "forever", says="round and round")
def never_sees_the_end(sock: Any, headers: Any, buffer: Any) -> bytes:
    """ignores b''"""

    def take(sock: Any, buffer: bytearray, count: int) -> bytes:
        while len(buffer) < count:
            buffer += sock.recv(65536)
        return _take(sock, buffer, count)

    return _body(sock, headers, buffer, take=take)


@mutant("read_body", "short", says="had to raise EOFError, and returned")
def returns_what_it_has(sock: Any, headers: Any, buffer: Any) -> bytes:
    """returns what came before the end"""

    def take(sock: Any, buffer: bytearray, count: int) -> bytes:
        while len(buffer) < count and (data := sock.recv(65536)):
            buffer += data
        return _take(sock, buffer, min(count, len(buffer)))

    return _body(sock, headers, buffer, take=take)


@mutant("read_body", "short", says="had to raise EOFError, and returned")
def needs_no_last_line(sock: Any, headers: Any, buffer: Any) -> bytes:
    """the end of the stream may stand for the empty line"""

    def trailers(sock: Any, buffer: bytearray) -> None:
        try:
            _trailers(sock, buffer)
        except EOFError:
            pass

    return _body(sock, headers, buffer, trailers=trailers)


@mutant("read_body", "two", says="had to raise ValueError, and returned")
def coding_first(sock: Any, headers: Any, buffer: Any) -> bytes:
    """Transfer-Encoding goes before Content-Length, without a word"""

    def coded(headers: dict[str, str]) -> bool:
        return _coded({name: value for name, value in headers.items() if name != "content-length"})

    return _body(sock, headers, buffer, coded=coded)


@mutant("read_body", "two")
def first_length(sock: Any, headers: Any, buffer: Any) -> bytes:
    """two lengths: takes the first"""
    return _body(sock, headers, buffer, length=lambda text: _length(text.split(",")[0]))


@mutant("read_body", "digits", says="had to raise ValueError, and returned")
def int_of_length(sock: Any, headers: Any, buffer: Any) -> bytes:
    """int(length)"""
    return _body(sock, headers, buffer, length=int)


@mutant("read_body", "coding", says="had to raise ValueError, and returned")
def chunked_in(sock: Any, headers: Any, buffer: Any) -> bytes:
    """ "chunked" in the coding"""

    def coded(headers: dict[str, str]) -> bool:
        found = "chunked" in headers.get("transfer-encoding", "").lower()
        return _coded({**headers, "transfer-encoding": "chunked"}) if found else _coded(headers)

    return _body(sock, headers, buffer, coded=coded)


@mutant("read_body", "size")
def int_of_size(sock: Any, headers: Any, buffer: Any) -> bytes:
    """int(size, 16)"""
    return _body(sock, headers, buffer, size=lambda line: int(line.partition(b";")[0], 16))


@mutant("read_body", "size", says="had to raise ValueError, and returned")
def no_size_is_the_end(sock: Any, headers: Any, buffer: Any) -> bytes:
    """an empty size is 0"""
    return _body(sock, headers, buffer, size=lambda line: _size(line.partition(b";")[0] or b"0"))


@mutant("read_body", "behind")
def two_bytes_of_any_kind(sock: Any, headers: Any, buffer: Any) -> bytes:
    """two bytes behind a chunk, whatever they are"""
    return _body(sock, headers, buffer, behind=lambda sock, buffer: _take(sock, buffer, 2))


@mutant("read_body", "behind", says="had to raise ValueError, and returned")
def any_line_ends(sock: Any, headers: Any, buffer: Any) -> bytes:
    """LF alone ends a line, too"""

    def line(sock: Any, buffer: bytearray) -> bytes:
        while b"\n" not in buffer:
            _receive(sock, buffer)
        return _take(sock, buffer, buffer.find(b"\n") + 1).rstrip(b"\r\n")

    return _body(sock, headers, buffer, line=line)


@mutant("read_body", "pause", says="TimeoutError")
def has_no_patience(sock: Any, headers: Any, buffer: Any) -> bytes:
    """a short timeout"""
    sock.settimeout(0.2)
    return _body(sock, headers, buffer)


@mutant("read_body", "broken", says="had to raise ConnectionError, and returned")
def reset_is_an_end(sock: Any, headers: Any, buffer: Any) -> bytes:
    """a reset is an end"""

    def end(sock: Any, buffer: bytearray) -> bytes:
        try:
            while data := sock.recv(65536):
                buffer += data
        except ConnectionError:
            pass
        return _take(sock, buffer, len(buffer))

    return _body(sock, headers, buffer, end=end)


@mutant("read_body", "reserve")
def receives_all_at_once(sock: Any, headers: Any, buffer: Any) -> bytes:
    """recv(missing), as many as the header says"""

    def take(sock: Any, buffer: bytearray, count: int) -> bytes:
        pieces = [bytes(buffer[:count])]
        del buffer[:count]
        missing = count - len(pieces[0])
        while missing:
            pieces.append(sock.recv(missing))
            missing -= len(pieces[-1])
            if not pieces[-1]:
                raise EOFError
        return b"".join(pieces)

    return _body(sock, headers, buffer, take=take)


@mutant("read_body", "own", says="your function used http.client.HTTPResponse")
def with_http_client(sock: Any, headers: Any, buffer: Any) -> bytes:
    """an HTTPResponse without its head"""
    response = http.client.HTTPResponse(sock)
    with response:
        return response.fp.read(int(headers["content-length"]))


@mutant("read_body", "zeros", says="blocked in recv")
def one_zero(sock: Any, headers: Any, buffer: Any) -> bytes:
    """size == b"0" is the last chunk"""

    def size(line: bytes) -> int:
        return _size(line) or (0 if line[:2] in (b"0", b"0;") else -1)

    return _body(sock, headers, buffer, size=size)


@mutant("read_body", "fields", says="blocked in recv")
def close_goes_first(sock: Any, headers: Any, buffer: Any) -> bytes:
    """Connection: close means until the end"""
    if headers.get("connection") == "close":
        return _until_the_end(sock, buffer)
    return _body(sock, headers, buffer)


@mutant("read_body", "digits", says="your function raised ValueError")
def no_zeros_in_front(sock: Any, headers: Any, buffer: Any) -> bytes:
    """refuses 005"""

    def length(text: str) -> int:
        if not re.fullmatch("0|[1-9][0-9]*", text):
            raise ValueError(text)
        return int(text)

    return _body(sock, headers, buffer, length=length)


@mutant("read_body", "two", says="had to raise ValueError, and returned")
def if_both_are_true(sock: Any, headers: Any, buffer: Any) -> bytes:
    """if coding and length: an empty one is there, too"""

    return _body(sock, {name: value for name, value in headers.items() if value}, buffer)


@mutant("read_body", "coding", says="had to raise ValueError, and returned")
def ends_with_chunked(sock: Any, headers: Any, buffer: Any) -> bytes:
    """coding.endswith("chunked")"""
    if headers.get("transfer-encoding", "").lower() == "x-chunked":
        headers = {**headers, "transfer-encoding": "chunked"}
    return _body(sock, headers, buffer)


@mutant("read_body", "size", says="had to raise ValueError, and returned")
def strips_the_size(sock: Any, headers: Any, buffer: Any) -> bytes:
    """size.strip()"""
    return _body(sock, headers, buffer, size=lambda line: _size(line.partition(b";")[0].rstrip()))


@mutant("read_body", "rest")
def leaves_it_in_the_buffer(sock: Any, headers: Any, buffer: Any) -> bytes:
    """until the end: returns the buffer, and does not empty it"""

    def end(sock: socket.socket, buffer: bytearray) -> bytes:
        body = _until_the_end(sock, buffer)
        buffer[:] = body
        return body

    return _body(sock, headers, buffer, end=end)


@mutant("read_body", "broken", says="and you raised EOFError")
def a_reset_is_cut_short(sock: Any, headers: Any, buffer: Any) -> bytes:
    """turns a reset into EOFError"""
    try:
        return _body(sock, headers, buffer)
    except ConnectionError:
        raise EOFError("reset") from None


@mutant("read_body", "skip", says="your function raised ValueError")
def short_lines_only(sock: Any, headers: Any, buffer: Any) -> bytes:
    """a line has at most 100 bytes"""

    def line(sock: Any, buffer: bytearray) -> bytes:
        text = _line(sock, buffer)
        if len(text) > 100:
            raise ValueError("a long line")
        return text

    return _body(sock, headers, buffer, line=line)


@mutant("read_body", "data")
def strips_chunks(sock: Any, headers: Any, buffer: Any) -> bytes:
    """strips the body"""
    return _body(sock, headers, buffer).strip(b" \r\n\0")


@mutant("read_body", "slow", says="still running")
def one_byte_in_a_recv(sock: Any, headers: Any, buffer: Any) -> bytes:
    """recv(1), for data, too"""

    def take(sock: socket.socket, buffer: bytearray, size: int) -> bytes:
        while len(buffer) < size:
            if not (data := sock.recv(1)):
                raise EOFError("cut short")
            buffer += data
        data = bytes(buffer[:size])
        del buffer[:size]
        return data

    return _body(sock, headers, buffer, take=take)
