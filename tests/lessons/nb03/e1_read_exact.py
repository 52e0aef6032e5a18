"""03-1 read_exact: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import socket
from typing import Any

from ..registry import mutant, right


@right("read_exact")
def with_recv_into(sock: Any, n: int) -> bytes:
    """recv_into a buffer of n bytes"""
    buffer = bytearray(n)
    view, start = memoryview(buffer), 0
    while start < n:
        count = sock.recv_into(view[start:])
        if count == 0:
            raise EOFError(f"got {start} of {n} bytes: {n - start} missing")
        start += count
    return bytes(buffer)


@right("read_exact")
def with_an_unbuffered_file(sock: Any, n: int) -> bytes:
    """makefile without a buffer, in a loop"""
    pieces = []
    with sock.makefile("rb", buffering=0) as file:
        while n:
            piece = file.read(n)
            if not piece:
                raise EOFError(str(n))
            pieces.append(piece)
            n -= len(piece)
    return b"".join(pieces)


@right("read_exact")
def recursive(sock: Any, n: int) -> bytes:
    """one byte at a time"""
    data = []
    for missing in range(n, 0, -1):
        data.append(sock.recv(min(missing, 1)) if n < 1000 else sock.recv(n, socket.MSG_WAITALL))
        if not data[-1]:
            raise EOFError(f"{missing} bytes missing")
        if len(data[-1]) == n:
            break
    return b"".join(data)


@mutant("read_exact", "pieces", says="stopped after byte 1 of 10")
def one_recv(sock: Any, n: int) -> bytes:
    """return sock.recv(n)"""
    return sock.recv(n)


@mutant("read_exact", "pieces", says="stopped after byte 1 of 10")
def until_a_short_piece(sock: Any, n: int) -> bytes:
    """a piece shorter than asked for is the last"""
    data = b""
    while True:
        chunk = sock.recv(n - len(data))
        data += chunk
        if len(chunk) < n:
            return data


@mutant("read_exact", "pieces", says="stopped after byte 1 of 10")
def until_less_than_1024(sock: Any, n: int) -> bytes:
    """stops when a recv gives fewer than 1024 bytes"""
    data = b""
    while len(data) < n:
        chunk = sock.recv(min(1024, n - len(data)))
        data += chunk
        if len(chunk) < 1024:
            break
    return data


@mutant("read_exact", "pieces")
def two_recvs(sock: Any, n: int) -> bytes:
    """a second recv for the rest"""
    data = sock.recv(n)
    return data + sock.recv(n - len(data)) if len(data) < n else data


@mutant("read_exact", "more", says="too many, from here on")
def asks_for_n_each_time(sock: Any, n: int) -> bytes:
    """recv(n) inside the loop"""
    data = b""
    while len(data) < n:
        chunk = sock.recv(n)
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
    return data


@mutant("read_exact", "more", says="left      b''")
def takes_all_and_cuts(sock: Any, n: int) -> bytes:
    """recv(4096), and returns the first n bytes"""
    data = b""
    while len(data) < n:
        chunk = sock.recv(4096)
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
    return data[:n]


@mutant("read_exact", "more", says="left      b''")
def with_a_buffered_file(sock: Any, n: int) -> bytes:
    """makefile, which reads ahead"""
    with sock.makefile("rb") as file:
        data = file.read(n)
    if len(data) < n:
        raise EOFError(f"{n - len(data)} bytes missing")
    return data


@mutant("read_exact", "forever", says="round and round")
def never_sees_the_end(sock: Any, n: int) -> bytes:
    """ignores b''"""
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data


@mutant("read_exact", "missing", says="had to raise EOFError, and returned")
def returns_what_it_has(sock: Any, n: int) -> bytes:
    """returns what came before the end"""
    data = b""
    while len(data) < n and (chunk := sock.recv(n - len(data))):
        data += chunk
    return data


@mutant("read_exact", "missing", says="3 bytes were missing")
def says_what_came(sock: Any, n: int) -> bytes:
    """says how many bytes came, not how many are missing"""
    data = b""
    while len(data) < n:
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise EOFError(f"only {len(data)} bytes")
        data += chunk
    return data


@mutant("read_exact", "missing", says="ConnectionError")
def another_error(sock: Any, n: int) -> bytes:
    """raises ConnectionError at the end of the stream"""
    data = b""
    while len(data) < n:
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise ConnectionError(f"{n - len(data)} bytes missing")
        data += chunk
    return data


@mutant("read_exact", "missing", says="had to raise EOFError, and returned")
def with_waitall(sock: Any, n: int) -> bytes:
    """MSG_WAITALL, and no look at what came"""
    return sock.recv(n, socket.MSG_WAITALL) if n else b""


@mutant("read_exact", "zero", says="blocked in recv")
def receives_before_it_counts(sock: Any, n: int) -> bytes:
    """receives first and counts then"""
    data = b""
    while True:
        chunk = sock.recv(max(1, n - len(data)))
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
        if len(data) >= n:
            return data


@mutant("read_exact", "zero", says="EOFError")
def takes_nothing_for_the_end(sock: Any, n: int) -> bytes:
    """recv(0) gives b'', and it takes that for the end"""
    data = b""
    while True:
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
        if len(data) == n:
            return data


@mutant("read_exact", "pause")
def impatient(sock: Any, n: int) -> bytes:
    """a timeout is the end"""
    sock.settimeout(0.2)
    data = b""
    while len(data) < n:
        try:
            chunk = sock.recv(n - len(data))
        except TimeoutError:
            chunk = b""
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
    return data


@mutant("read_exact", "bytes", says="UnicodeDecodeError")
def decodes(sock: Any, n: int) -> Any:
    """decodes each piece, and encodes it again"""
    data = ""
    while len(data) < n:
        chunk = sock.recv(n - len(data)).decode()
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
    return data.encode()


@mutant("read_exact", "bytes", says="TypeError")
def adds_to_str(sock: Any, n: int) -> Any:
    """adds bytes to a str"""
    data = ""
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data


@mutant("read_exact", "start", says="without `return`")
def gives_nothing(sock: Any, n: int) -> None:
    """pass"""


@mutant("read_exact", "pause", says="EOFError")
def five_seconds(sock: Any, n: int) -> bytes:
    """a timeout of five seconds is the end"""
    sock.settimeout(5)
    data = b""
    while len(data) < n:
        try:
            chunk = sock.recv(n - len(data))
        except TimeoutError:
            chunk = b""
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
    return data


@mutant("read_exact", "pieces")
def strips(sock: Any, n: int) -> bytes:
    """strips what it got"""
    return with_recv_into(sock, n).strip()


@right("read_exact")
def one_byte_at_a_time(sock: Any, n: int) -> bytes:
    """recv(1)"""
    data = bytearray()
    for missing in range(n, 0, -1):
        chunk = sock.recv(1)
        if not chunk:
            raise EOFError(f"{missing} bytes missing")
        data += chunk
    return bytes(data)


@right("read_exact")
def asks_again_after_a_timeout(sock: Any, n: int) -> bytes:
    """a timeout, after which it asks again"""
    sock.settimeout(0.5)
    data = b""
    while len(data) < n:
        try:
            chunk = sock.recv(n - len(data))
        except TimeoutError:
            continue
        if not chunk:
            raise EOFError(f"{n - len(data)} bytes missing")
        data += chunk
    return data
