"""08-4 limited_server: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..registry import mutant, right

LENGTH = rb"(?i)\r\nContent-Length:[ \t]*(\d+)"


Result = tuple[int, bytes]


def _answer(status: int, body: bytes = b"", fields: str = "Connection: close\r\n") -> bytes:
    return f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body


@right("limited_server")
def with_a_selector(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """a non-blocking socket and a selector"""
    data, sent, waits_until = bytearray(), False, time.monotonic() + seconds

    def status() -> Result | None:
        end = data.find(b"\r\n\r\n") + 4
        if end > most_head or (end == 3 and len(data) > most_head):
            return 431, b"too long"
        if end == 3:
            return None
        found = re.search(LENGTH, data[:end])
        size = int(found[1]) if found else 0
        if size > most_body:
            return 413, b"too large"
        return (200, bytes(data[end : end + size])) if len(data) >= end + size else None

    with conn, selectors.DefaultSelector() as selector, suppress(OSError):
        conn.setblocking(False)
        selector.register(conn, selectors.EVENT_READ)
        while True:
            left = waits_until - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            reply = None if ready or sent or left > 0 else (408, b"")
            if ready:
                piece = conn.recv(65536)
                if not piece:
                    return
                if not sent:
                    data += piece
                    reply = status()
            elif left <= 0 and sent:
                return
            if reply is not None and not sent:
                conn.setblocking(True)
                conn.sendall(_answer(*reply))
                conn.shutdown(socket.SHUT_WR)
                conn.setblocking(False)
                sent, waits_until = True, time.monotonic() + seconds


def _receive(conn: socket.socket, end: float) -> bytes:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    conn.settimeout(left)
    return _or_end(conn.recv(4096))


def _or_end(data: bytes) -> bytes:
    if not data:
        raise EOFError
    return data


def _drain(conn: socket.socket, seconds: float) -> None:
    conn.shutdown(socket.SHUT_WR)
    end = time.monotonic() + seconds
    with suppress(EOFError, TimeoutError):
        while True:
            _receive(conn, end)


def _limit(
    conn: socket.socket,
    most_head: int,
    most_body: int,
    seconds: float,
    receive: Callable[[socket.socket, float], bytes] = _receive,
    endless: Callable[[bytes, int], bool] = lambda data, most: len(data) > most,
    complete: Callable[[bytes, int, int], bool] = lambda data, end, most: end > most,
    large: Callable[[int, int], bool] = lambda size, most: size > most,
    length: bytes = LENGTH,
    wait: Callable[[Callable[[], bytes], int, int], bytes] | None = None,
    whole_first: bool = False,
    answer: Callable[[int, bytes], bytes] = _answer,
    drain: Callable[[socket.socket, float], None] = _drain,
    at_end: bytes = b"",
    forgives: tuple[type[BaseException], ...] = (OSError,),
) -> None:
    end = time.monotonic() + seconds
    data = b""

    def judge() -> Result:
        nonlocal data
        while (place := data.find(b"\r\n\r\n") + 4) == 3:
            if endless(data, most_head):
                return 431, b""
            data += receive(conn, end)
        if complete(data, place, most_head):
            return 431, b""
        found = re.search(length, data[:place])
        size = int(found[1]) if found else 0
        if not whole_first and large(size, most_body):
            return 413, b""
        while len(data) < place + size:
            data += receive(conn, end)
        if large(size, most_body):
            return 413, b""
        return 200, data[place : place + size]

    with suppress(*forgives), conn:
        try:
            status, body = judge()
        except TimeoutError:
            status, body = 408, b""
        except EOFError:
            if at_end:
                conn.sendall(at_end)
            return
        conn.settimeout(None)
        conn.sendall(answer(status, body))
        drain(conn, seconds)


@mutant("limited_server", "pieces")
def one_recv(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """one recv is the request"""
    pieces = []

    def receive(conn: socket.socket, end: float) -> bytes:
        pieces.append(_receive(conn, end))
        return pieces[-1] + b"\r\n\r\n" if b"\r\n\r\n" not in pieces[-1] else pieces[-1]

    _limit(conn, most_head, most_body, seconds, receive=receive)


@mutant("limited_server", "names")
def one_spelling(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """Content-Length in this spelling only"""
    _limit(conn, most_head, most_body, seconds, length=rb"\r\nContent-Length:[ \t]*(\d+)")


@mutant("limited_server", "edge")
def one_less(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """>= instead of >"""
    _limit(conn, most_head, most_body, seconds, complete=lambda data, end, most: end >= most)


@mutant("limited_server", "edge")
def body_in_the_head(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """counts the body that came with the head"""
    _limit(conn, most_head, most_body, seconds, complete=lambda data, end, most: len(data) > most)


@mutant("limited_server", "edge")
def one_body_less(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """>= for the body"""
    _limit(conn, most_head, most_body, seconds, large=lambda size, most: size >= most)


@mutant("limited_server", "complete")
def only_while_waiting(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """looks at the length while the empty line is missing"""
    _limit(conn, most_head, most_body, seconds, complete=lambda data, end, most: False)


@mutant("limited_server", "431", says="blocked in recv")
def only_afterwards(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """looks at the length when the empty line has come"""
    _limit(conn, most_head, most_body, seconds, endless=lambda data, most: False)


@mutant("limited_server", "431")
def some_more(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """a head may be 8 kB at least"""
    _limit(conn, most_head, most_body, seconds, endless=lambda data, most: len(data) > max(most, 8192))


@mutant("limited_server", "413")
def no_body_limit(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """believes every Content-Length"""
    _limit(conn, most_head, most_body, seconds, large=lambda size, most: False)


@mutant("limited_server", "413", says="blocked in recv")
def reads_it_first(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """takes the body, and then says that it is too large"""
    _limit(conn, most_head, most_body, seconds, whole_first=True)


@mutant("limited_server", "408")
def no_timeout(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """waits for ever"""

    def receive(conn: socket.socket, end: float) -> bytes:
        conn.settimeout(None)
        return _or_end(conn.recv(4096))

    _limit(conn, most_head, most_body, seconds, receive=receive)


@mutant("limited_server", "408")
def hangs_up(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """closes without a 408"""

    def receive(conn: socket.socket, end: float) -> bytes:
        try:
            return _receive(conn, end)
        except TimeoutError:
            raise EOFError from None

    _limit(conn, most_head, most_body, seconds, receive=receive)


@mutant("limited_server", "total")
def per_byte(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """a timeout for each recv"""

    def receive(conn: socket.socket, end: float) -> bytes:
        conn.settimeout(seconds)
        return _or_end(conn.recv(4096))

    _limit(conn, most_head, most_body, seconds, receive=receive)


@mutant("limited_server", "total")
def head_only(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """a total time for the head, and a timeout for each recv of the body"""
    seen = b""

    def receive(conn: socket.socket, end: float) -> bytes:
        nonlocal seen
        if b"\r\n\r\n" in seen:
            conn.settimeout(seconds)
            return _or_end(conn.recv(4096))
        data = _receive(conn, end)
        seen += data
        return data

    _limit(conn, most_head, most_body, seconds, receive=receive)


@mutant("limited_server", "framing")
def no_close(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """does not say Connection: close"""
    _limit(conn, most_head, most_body, seconds, answer=lambda status, body: _answer(status, body, ""))


@mutant("limited_server", "framing")
def no_length(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """no Content-Length"""

    def answer(status: int, body: bytes) -> bytes:
        return _answer(status, body).replace(b"Content-Length", b"X-Length")

    _limit(conn, most_head, most_body, seconds, answer=answer)


@mutant("limited_server", "linger", says="not yet ended")
def closes_at_once(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """answers, and closes"""
    _limit(conn, most_head, most_body, seconds, drain=lambda conn, seconds: None)


@mutant("limited_server", "linger")
def only_shutdown(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """half-closes, and closes"""
    _limit(conn, most_head, most_body, seconds, drain=lambda c, seconds: c.shutdown(socket.SHUT_WR))


@mutant("limited_server", "linger")
def one_more_recv(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """takes one piece more, and closes"""

    def drain(conn: socket.socket, seconds: float) -> None:
        conn.shutdown(socket.SHUT_WR)
        conn.settimeout(seconds)
        conn.recv(4096)

    _limit(conn, most_head, most_body, seconds, drain=drain)


@mutant("limited_server", "half-close", says="waits for its end")
def no_half_close(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """waits for the client's end, and does not say its own"""

    def drain(conn: socket.socket, seconds: float) -> None:
        conn.settimeout(seconds)
        with suppress(TimeoutError):
            while conn.recv(4096):
                pass

    _limit(conn, most_head, most_body, seconds, drain=drain)


@mutant("limited_server", "leaves")
def answers_nobody(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """400 for a client that has left"""
    _limit(conn, most_head, most_body, seconds, at_end=_answer(400))


@mutant("limited_server", "vanish", says="ConnectionResetError")
def shocked(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """catches nothing"""
    _limit(conn, most_head, most_body, seconds, forgives=())


@mutant("limited_server", "stop", says="still wait")
def polite_for_ever(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """waits for the client's end without a limit"""

    def drain(conn: socket.socket, seconds: float) -> None:
        conn.shutdown(socket.SHUT_WR)
        conn.settimeout(None)
        while conn.recv(4096):
            pass

    _limit(conn, most_head, most_body, seconds, drain=drain)


@mutant("limited_server", "stop")
def patience_for_each(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """waits as long as something comes"""

    def drain(conn: socket.socket, seconds: float) -> None:
        conn.shutdown(socket.SHUT_WR)
        conn.settimeout(seconds)
        with suppress(TimeoutError):
            while conn.recv(65536):
                pass

    _limit(conn, most_head, most_body, seconds, drain=drain)


@mutant("limited_server", "forever")
def never_asks(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """does not look for b''"""

    def drain(conn: socket.socket, seconds: float) -> None:
        conn.shutdown(socket.SHUT_WR)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            conn.recv(4096)

    _limit(conn, most_head, most_body, seconds, drain=drain)


@mutant("limited_server", "close", says="left conn open")
def leaves_it_open(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """does not close conn"""
    with socket.socket(fileno=_copy(conn)) as other:
        _limit(other, most_head, most_body, seconds)


def _copy(conn: socket.socket) -> int:
    return conn.dup().detach()


# -- words of the contract that are easily passed over ---------------------------------------------------


def _mutant(hint: str, name: str, says: str = "", **wrong: Any) -> None:
    """Right but for this."""

    def limited_server(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
        _limit(conn, most_head, most_body, seconds, **wrong)

    limited_server.__doc__, limited_server.__name__ = name, name.replace(" ", "_")
    mutant("limited_server", hint, says)(limited_server)


def _changed(change: Callable[[bytes], bytes]) -> Callable[[int, bytes], bytes]:
    return lambda status, body: _answer(status, change(body))


def _draining(enough: Callable[[int, float], bool]) -> Callable[[socket.socket, float], None]:
    """Until enough(bytes, seconds) have come."""

    def drain(conn: socket.socket, seconds: float) -> None:
        conn.shutdown(socket.SHUT_WR)
        began, size = time.monotonic(), 0
        with suppress(EOFError, TimeoutError):
            while not enough(size, time.monotonic() - began):
                size += len(_receive(conn, began + seconds))

    return drain


def _at_most(most: float) -> Callable[[socket.socket, float], None]:
    return lambda conn, seconds: _drain(conn, min(seconds, most))


def _asleep(conn: socket.socket, seconds: float) -> None:
    conn.shutdown(socket.SHUT_WR)
    time.sleep(min(seconds, 0.2))


def _both_ways(conn: socket.socket, seconds: float) -> None:
    conn.shutdown(socket.SHUT_RDWR)


def _within(most: float) -> Callable[[socket.socket, float], bytes]:
    def receive(conn: socket.socket, end: float) -> bytes:
        return _receive(conn, min(end, time.monotonic() + most))

    return receive


def _between(conn: socket.socket, end: float) -> bytes:
    """Looks at the clock when something has come."""
    data = _or_end(conn.recv(4096))
    if time.monotonic() > end:
        raise TimeoutError
    return data


_NAME = rb"(?i)Content-Length:[ \t]*(\d+)"
_mutant("names", "a space behind the colon", "CONTENT-LENGTH:9", length=rb"(?i)\r\nContent-Length: (\d+)")
_mutant("names", "spaces and no tabs", "\\t9", length=rb"(?i)\r\nContent-Length: *(\d+)")
_mutant("similar", "Content-Length anywhere", "X-Content-Length", length=_NAME)
_mutant("similar", "names that begin so", "Length-X", length=rb"(?i)\r\nContent-Length[^:]*:[ \t]*(\d+)")
_mutant("similar", "the first line too", length=rb"(?i)[\n?]Content-Length:[ \t]*(\d+)")
_mutant("body", "a body without spaces at its ends", answer=_changed(bytes.strip))
_mutant("body", "a body of text", answer=_changed(lambda body: body.decode("utf-8", "replace").encode()))
_mutant("edge", "no limit if it is 0", large=lambda size, most: most > 0 and size > most)
_mutant("larger", "never more than 64 kB of a head", complete=lambda data, end, most: end > min(most, 65536))
_mutant("pause", "0.2 s for each recv", "408", receive=_within(0.2))
_mutant("pause", "a second for each recv", "408", receive=_within(1))
_mutant("408", "looks at the clock between two recvs", receive=_between)
_mutant("linger", "a third of a second to the client's end", "not yet ended", drain=_at_most(0.33))
_mutant("linger", "1 MB to the client's end", drain=_draining(lambda size, seconds: size > 1_000_000))
_mutant("linger", "sleeps in place of taking", drain=_asleep)
_mutant("linger", "shuts down both ways", drain=_both_ways)
_mutant("version", "HTTP/1.0", answer=lambda *args: _answer(*args).replace(b"HTTP/1.1", b"HTTP/1.0"))


@mutant("limited_server", "behind")
def all_that_came(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """whatever is behind the head is its body"""
    came = []

    def receive(conn: socket.socket, end: float) -> bytes:
        came.append(_receive(conn, end))
        return came[-1]

    def answer(status: int, body: bytes) -> bytes:
        return _answer(status, b"".join(came).partition(b"\r\n\r\n")[2] if status == 200 else body)

    _limit(conn, most_head, most_body, seconds, receive=receive, answer=answer)


@mutant("limited_server", "finished")
def looks_for_the_end(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """no answer for who has ended its stream"""

    def receive(conn: socket.socket, end: float) -> bytes:
        data = _receive(conn, end)
        conn.setblocking(False)
        with suppress(BlockingIOError):
            _or_end(conn.recv(1, socket.MSG_PEEK))
        return data

    _limit(conn, most_head, most_body, seconds, receive=receive)


@mutant("limited_server", "early")
def in_a_hurry(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """a tenth of the time"""
    _limit(conn, most_head, most_body, seconds, receive=_within(seconds / 10))


@mutant("limited_server", "total")
def begins_anew(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """seconds for the head, and seconds for the body"""
    ends: list[float] = []
    heard = b""

    def receive(conn: socket.socket, end: float) -> bytes:
        nonlocal heard
        if b"\r\n\r\n" in heard and not ends:
            ends.append(time.monotonic() + seconds)
        data = _receive(conn, *(ends or [end]))
        heard += data
        return data

    _limit(conn, most_head, most_body, seconds, receive=receive)


@mutant("limited_server", "larger")
def one_send(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> None:
    """send in place of sendall"""

    class Conn(socket.socket):
        def sendall(self, data: Any, flags: int = 0) -> None:
            self.setblocking(False)
            self.send(data, flags)

    with conn, Conn(fileno=_copy(conn)) as other:
        _limit(other, most_head, most_body, seconds)
