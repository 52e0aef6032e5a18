"""03-2 exchange: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import socket
import struct
from typing import Any

from ..registry import mutant, right


def _exactly(sock: Any, n: int) -> bytes:
    data = b""
    while len(data) < n:
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
    return data


def _answer(sock: Any, limit: int) -> Any:
    """The right second half, for mutants that get the first half wrong."""
    first = sock.recv(1)
    if not first:
        return None
    length = int.from_bytes(first + _exactly(sock, 3), "big")
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    return _exactly(sock, length)


def _send(sock: Any, payload: bytes) -> None:
    sock.sendall(len(payload).to_bytes(4, "big") + payload)


@right("exchange")
def with_two_sends(sock: Any, payload: bytes, limit: int) -> Any:
    """header and payload in two sends, pieces in a list"""
    sock.sendall(struct.pack(">L", len(payload)))
    sock.sendall(payload)
    first = sock.recv(1)
    if first == b"":
        return None
    (length,) = struct.unpack(">L", first + _exactly(sock, 3))
    if not length <= limit:
        raise ValueError("too long")
    pieces, missing = [], length
    while missing:
        pieces.append(sock.recv(min(missing, 1000)))
        if not pieces[-1]:
            raise EOFError
        missing -= len(pieces[-1])
    return b"".join(pieces)


@right("exchange")
def with_send_in_a_loop(sock: Any, payload: bytes, limit: int) -> Any:
    """send() in a loop, recv_into a buffer of the length announced"""
    rest = memoryview(len(payload).to_bytes(4, "big") + payload)
    while rest:
        rest = rest[sock.send(rest) :]

    def fill(size: int) -> tuple[bytearray, int]:
        buffer, start = bytearray(size), 0
        while start < size and (count := sock.recv_into(memoryview(buffer)[start:])):
            start += count
        return buffer, start

    header, came = fill(4)
    if came == 0:
        return None
    if came < 4:
        raise EOFError("header")
    length = int.from_bytes(header, "big")
    if length > limit:
        raise ValueError("limit")
    body, came = fill(length)
    if came < length:
        raise EOFError("body")
    return bytes(body)


@mutant("exchange", "order", says="byte 1 of 8 differs")
def native_order(sock: Any, payload: bytes, limit: int) -> Any:
    """struct '=I': the order of this processor"""
    sock.sendall(struct.pack("<I", len(payload)) + payload)  # what '=I' is on nearly all of them
    header = _exactly(sock, 4)
    (length,) = struct.unpack("<I", header)
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    return _exactly(sock, length)


@mutant("exchange", "order")
def native_long(sock: Any, payload: bytes, limit: int) -> Any:
    """struct 'q': 8 bytes, in the order of this processor"""
    sock.sendall(struct.pack("<q", len(payload)) + payload)
    return _answer(sock, limit)


@mutant("exchange", "frame")
def without_a_length(sock: Any, payload: bytes, limit: int) -> Any:
    """sends the payload alone"""
    sock.sendall(payload)
    return _answer(sock, limit)


@mutant("exchange", "frame")
def length_as_text(sock: Any, payload: bytes, limit: int) -> Any:
    """writes the length as text"""
    sock.sendall(f"{len(payload):4}".encode() + payload)
    return _answer(sock, limit)


@mutant("exchange", "frame")
def counts_the_header(sock: Any, payload: bytes, limit: int) -> Any:
    """counts the header into the length"""
    sock.sendall((len(payload) + 4).to_bytes(4, "big") + payload)
    return _answer(sock, limit)


@mutant("exchange", "header")
def one_recv_for_the_header(sock: Any, payload: bytes, limit: int) -> Any:
    """recv(4) once for the header"""
    _send(sock, payload)
    header = sock.recv(4)
    if not header:
        return None
    length = int.from_bytes(header, "big")
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    return _exactly(sock, length)


@mutant("exchange", "header", says="unpack requires")
def one_recv_and_unpack(sock: Any, payload: bytes, limit: int) -> Any:
    """recv(4) once, and struct.unpack"""
    _send(sock, payload)
    header = sock.recv(4)
    if not header:
        return None
    (length,) = struct.unpack("!I", header)
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    return _exactly(sock, length)


def _header(sock: Any) -> int:
    return int.from_bytes(_exactly(sock, 4), "big")


@mutant("exchange", "pieces")
def one_recv_for_the_body(sock: Any, payload: bytes, limit: int) -> Any:
    """recv(length) once for the payload"""
    _send(sock, payload)
    length = _header(sock)
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    return sock.recv(length)


@mutant("exchange", "header")
def one_recv_for_all(sock: Any, payload: bytes, limit: int) -> Any:
    """one recv, without a look at the length"""
    _send(sock, payload)
    return sock.recv(65536)[4:]


@mutant("exchange", "next", says="left      b''")
def takes_the_next_one_too(sock: Any, payload: bytes, limit: int) -> Any:
    """recv(4096) until there is enough, and drops the rest"""
    _send(sock, payload)
    data = b""
    while len(data) < 4 or len(data) < 4 + int.from_bytes(data[:4], "big"):
        chunk = sock.recv(4096)
        if not chunk:
            raise EOFError("end")
        data += chunk
    return data[4 : 4 + int.from_bytes(data[:4], "big")]


@mutant("exchange", "next", says="left      b''")
def reads_ahead(sock: Any, payload: bytes, limit: int) -> Any:
    """makefile, which reads ahead"""
    _send(sock, payload)
    with sock.makefile("rb") as file:
        return file.read(int.from_bytes(file.read(4), "big"))


@mutant("exchange", "empty", says="expected  b''")
def nothing_is_none(sock: Any, payload: bytes, limit: int) -> Any:
    """takes an empty payload for no answer"""
    _send(sock, payload)
    return _answer(sock, limit) or None


@mutant("exchange", "empty", says="EOFError")
def nothing_is_the_end(sock: Any, payload: bytes, limit: int) -> Any:
    """receives once more for an empty payload"""
    _send(sock, payload)
    length, data = _header(sock), b""
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    while True:
        chunk = sock.recv(length - len(data))
        if not chunk:
            raise EOFError("end")
        data += chunk
        if len(data) == length:
            return data


@mutant("exchange", "clean", says="EOFError")
def each_end_is_an_error(sock: Any, payload: bytes, limit: int) -> Any:
    """EOFError at a clean end, too"""
    _send(sock, payload)
    length = _header(sock)
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    return _exactly(sock, length)


@mutant("exchange", "clean")
def an_end_is_empty(sock: Any, payload: bytes, limit: int) -> Any:
    """b'' at a clean end"""
    _send(sock, payload)
    answer = _answer(sock, limit)
    return b"" if answer is None else answer


@mutant("exchange", "middle", says="had to raise EOFError, and returned")
def each_end_is_none(sock: Any, payload: bytes, limit: int) -> Any:
    """None at every end"""
    _send(sock, payload)
    try:
        return _answer(sock, limit)
    except EOFError:
        return None


@mutant("exchange", "middle", says="had to raise EOFError, and returned")
def returns_half_a_body(sock: Any, payload: bytes, limit: int) -> Any:
    """returns what came of the payload"""
    _send(sock, payload)
    first = sock.recv(1)
    if not first:
        return None
    length = int.from_bytes(first + _exactly(sock, 3), "big")
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    data = b""
    while len(data) < length and (chunk := sock.recv(length - len(data))):
        data += chunk
    return data


@mutant("exchange", "forever", says="round and round")
def ignores_the_end(sock: Any, payload: bytes, limit: int) -> Any:
    """ignores b''"""
    _send(sock, payload)
    header = b""
    while len(header) < 4:
        header += sock.recv(4 - len(header))
    length, data = int.from_bytes(header, "big"), b""
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    while len(data) < length:
        data += sock.recv(length - len(data))
    return data


@mutant("exchange", "limit", says="had to raise ValueError, and returned")
def without_a_limit(sock: Any, payload: bytes, limit: int) -> Any:
    """ignores limit"""
    _send(sock, payload)
    return _answer(sock, 1 << 40)


@mutant("exchange", "limit", says="ValueError")
def off_by_one(sock: Any, payload: bytes, limit: int) -> Any:
    """>= instead of >"""
    _send(sock, payload)
    return _answer(sock, limit - 1)


@mutant("exchange", "limit", says="left      b''")
def receives_then_looks(sock: Any, payload: bytes, limit: int) -> Any:
    """receives the body, then compares it with limit"""
    _send(sock, payload)
    answer = _answer(sock, 1 << 40)
    if answer is not None and len(answer) > limit:
        raise ValueError("too long")
    return answer


@mutant("exchange", "reserve", says="reserved 64 MB of memory")
def reserves_then_looks(sock: Any, payload: bytes, limit: int) -> Any:
    """bytearray(length) before it compares with limit"""
    _send(sock, payload)
    first = sock.recv(1)
    if not first:
        return None
    length = int.from_bytes(first + _exactly(sock, 3), "big")
    body = bytearray(length)
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    view, start = memoryview(body), 0
    while start < length:
        count = sock.recv_into(view[start:])
        if not count:
            raise EOFError("end")
        start += count
    return bytes(body)


@mutant("exchange", "unsigned")
def signed(sock: Any, payload: bytes, limit: int) -> Any:
    """struct '!i': a signed length"""
    _send(sock, payload)
    first = sock.recv(1)
    if not first:
        return None
    (length,) = struct.unpack("!i", first + _exactly(sock, 3))
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    return _exactly(sock, length)


@mutant("exchange", "all", says="stopped after byte")
def send_once(sock: Any, payload: bytes, limit: int) -> Any:
    """send instead of sendall"""
    sock.send(len(payload).to_bytes(4, "big") + payload)
    return _answer(sock, limit)


@mutant("exchange", "pause", says="TimeoutError")
def no_patience(sock: Any, payload: bytes, limit: int) -> Any:
    """a short timeout"""
    sock.settimeout(0.2)
    _send(sock, payload)
    return _answer(sock, limit)


@mutant("exchange", "bytes", says="TypeError")
def adds_str(sock: Any, payload: bytes, limit: int) -> Any:
    """text and bytes together"""
    sock.sendall(str(len(payload)) + payload)  # type: ignore[operator]


@mutant("exchange", "start", says="without `return`")
def no_exchange(sock: Any, payload: bytes, limit: int) -> None:
    """pass"""


@mutant("exchange", "own")
def limits_the_request(sock: Any, payload: bytes, limit: int) -> Any:
    """compares its own payload with limit"""
    if len(payload) > limit:
        raise ValueError("too long")
    _send(sock, payload)
    return _answer(sock, limit)


@mutant("exchange", "limit")
def no_limit_for_zero(sock: Any, payload: bytes, limit: int) -> Any:
    """takes a limit of 0 for none"""
    _send(sock, payload)
    return _answer(sock, limit or 1 << 32)


@mutant("exchange", "unsigned")
def without_the_first_bit(sock: Any, payload: bytes, limit: int) -> Any:
    """masks the first bit away"""
    _send(sock, payload)
    first = sock.recv(1)
    if not first:
        return None
    length = int.from_bytes(first + _exactly(sock, 3), "big") & 0x7FFFFFFF
    if length > limit:
        raise ValueError(f"{length} > {limit}")
    return _exactly(sock, length)


@mutant("exchange", "pause", says="TimeoutError")
def thirty_seconds(sock: Any, payload: bytes, limit: int) -> Any:
    """a timeout of thirty seconds"""
    sock.settimeout(30)
    _send(sock, payload)
    return _answer(sock, limit)


@right("exchange")
def with_waitall(sock: Any, payload: bytes, limit: int) -> Any:
    """MSG_WAITALL"""
    _send(sock, payload)
    header = sock.recv(4, socket.MSG_WAITALL)
    if not header:
        return None
    length = int.from_bytes(header, "big")
    if len(header) == 4 and length > limit:
        raise ValueError("limit")
    body = sock.recv(length, socket.MSG_WAITALL) if len(header) == 4 and length else b""
    if len(header) < 4 or len(body) < length:
        raise EOFError("end")
    return body
