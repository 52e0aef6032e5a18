"""07-3 fetch_all: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import http.client
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any
from unittest import mock

from ..registry import mutant, right
from .shared_clients import _split


def _receive(sock: socket.socket, buffer: bytearray) -> None:
    data = sock.recv(65536)
    if not data:
        raise EOFError("the stream ended inside an answer")
    buffer += data


def _join(headers: dict[str, str], name: str, value: str) -> None:
    headers[name] = f"{headers[name]}, {value}" if name in headers else value


def _begin(line: str) -> tuple[str, int]:
    found = re.match(r"(HTTP/1\.\d) (\d\d\d)( |$)", line)
    if not found:
        raise ValueError(f"no answer: {line!r}")
    return found[1], int(found[2])


def _head(
    sock: socket.socket,
    buffer: bytearray,
    begin: Callable[[str], tuple[str, int]] = _begin,
    split: Callable[[str], tuple[str, str]] = _split,
    join: Callable[[dict[str, str], str, str], None] = _join,
    receive: Callable[..., None] = _receive,
    decode: str = "latin-1",
) -> tuple[str, int, dict[str, str]]:
    while b"\r\n\r\n" not in buffer:
        receive(sock, buffer)
    head, _, rest = bytes(buffer).partition(b"\r\n\r\n")
    buffer[:] = rest
    first, *lines = head.decode(decode).split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        join(headers, *split(line))
    return *begin(first), headers


def _says_close(version: str, headers: dict[str, str]) -> bool:
    options = [option.strip().lower() for option in headers.get("connection", "").split(",")]
    return version == "HTTP/1.0" or "close" in options


def _request(address: Any, target: str) -> str:
    return f"GET {target} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n"


def _fetch(
    address: Any,
    targets: Any,
    read_body: Any,
    *,
    request: Callable[[Any, str], str] = _request,
    closes: Callable[[str, dict[str, str]], bool] = _says_close,
    interim: Callable[[int], bool] = lambda status: status < 200,
    bodiless: Callable[[int], bool] = lambda status: status in (204, 304),
    retry: bool = True,
    fresh_is_fatal: bool = True,
    half_is_none: bool = False,
    leave: Callable[[ExitStack], Any] = lambda stack: None,
    again_after: tuple[type[Exception], ...] = (EOFError, ConnectionError),
    new_buffer: bool = False,
    framed: Callable[[dict[str, str]], bool] = lambda headers: bool(
        headers.keys() & {"content-length", "transfer-encoding"}
    ),
    **head: Any,
) -> list[tuple[int, bytes]]:
    """A right client whose parts can be replaced by wrong ones."""
    answers: list[tuple[int, bytes]] = []
    with ExitStack() as stack:
        sock: Any = None
        buffer = bytearray()
        for target in targets:
            for turn in range(5):
                fresh = sock is None
                if fresh:
                    sock, buffer = stack.enter_context(socket.create_connection(address)), bytearray()
                try:
                    sock.sendall(request(address, target).encode())
                    if not buffer:
                        _receive(sock, buffer)
                    version, status, headers = _head(sock, buffer, **head)
                    break
                except again_after:
                    if turn == 4 or (fresh and fresh_is_fatal) or not retry or (buffer and not half_is_none):
                        raise
                    stack.close()
                    sock = None
            while interim(status):
                version, status, headers = _head(sock, buffer, **head)
            none = bodiless(status)
            answers.append((status, b"" if none else read_body(sock, headers, buffer)))
            if new_buffer:
                buffer = bytearray()
            if closes(version, headers) or not (none or framed(headers)):
                stack.close()
                sock = None
        leave(stack)
    return answers


@right("fetch_all")
def in_parts(address: Any, targets: Any, read_body: Any) -> Any:
    """a function for each part"""
    return _fetch(address, targets, read_body)


class _Line:
    """A connection with what has come from it."""

    def __init__(self, address: Any) -> None:
        self.sock, self.buffer, self.answers = socket.create_connection(address), bytearray(), 0

    def byte(self) -> bytes:
        if not self.buffer:
            self.buffer += self.sock.recv(1)
        first = bytes(self.buffer[:1])
        del self.buffer[:1]
        return first

    def asked(self, request: str) -> bytes:
        """The first byte of the answer, b"" if the connection had ended before."""
        try:
            self.sock.sendall(request.encode())
            first = self.byte()
        except ConnectionError:
            if not self.answers:
                raise
            return b""
        if not first and not self.answers:
            raise EOFError("no answer on a new connection")
        return first

    def head(self, head: bytes) -> bytes:
        while not head.endswith(b"\r\n\r\n"):
            byte = self.byte()
            if not byte:
                raise EOFError(f"after {head!r}")
            head += byte
        if not head.startswith(b"HTTP/1."):
            raise ValueError(f"no answer: {head!r}")
        return self.head(b"") if head[9:10] == b"1" else head


@right("fetch_all")
def by_the_byte(address: Any, targets: Any, read_body: Any) -> Any:
    """heads byte by byte, and a class for a connection"""
    answers: list[tuple[int, bytes]] = []
    line: _Line | None = None
    try:
        for target in targets:
            line = line or _Line(address)
            first = line.asked(_request(address, target))
            if not first:
                line.sock.close()
                line = _Line(address)
                first = line.asked(_request(address, target))
            head = line.head(first)
            fields: dict[str, str] = {}
            for text in head.decode("latin-1").split("\r\n")[1:-2]:
                _join(fields, *_split(text))
            status, none = int(head[9:12]), head[9:12] in (b"204", b"304")
            answers.append((status, b"" if none else read_body(line.sock, fields, line.buffer)))
            line.answers += 1
            framed = none or "content-length" in fields or "transfer-encoding" in fields
            if _says_close(head[:8].decode(), fields) or not framed:
                line.sock.close()
                line = None
    finally:
        if line:
            line.sock.close()
    return answers


@mutant("fetch_all", "start")
def not_begun(address: Any, targets: Any, read_body: Any) -> None:
    """pass"""


@mutant("fetch_all", "start")
def bodies_only(address: Any, targets: Any, read_body: Any) -> Any:
    """returns the bodies without their statuses"""
    return [body for _, body in _fetch(address, targets, read_body)]


@mutant("fetch_all", "request", says="the server got no right request")
def bare_newlines(address: Any, targets: Any, read_body: Any) -> Any:
    """lines that end in LF alone"""
    return _fetch(address, targets, read_body, request=lambda *two: _request(*two).replace("\r\n", "\n"))


@mutant("fetch_all", "request", says="exactly one Host")
def without_host(address: Any, targets: Any, read_body: Any) -> Any:
    """no Host"""
    return _fetch(address, targets, read_body, request=lambda _, target: f"GET {target} HTTP/1.1\r\n\r\n")


@mutant("fetch_all", "request", says="its Host is")
def host_without_port(address: Any, targets: Any, read_body: Any) -> Any:
    """Host without the port"""
    return _fetch(
        address,
        targets,
        read_body,
        request=lambda _, target: _request(address, target).replace(f":{address[1]}", ""),
    )


@mutant("fetch_all", "own", says="your function used http.client.HTTPConnection")
def with_http_client(address: Any, targets: Any, read_body: Any) -> Any:
    """http.client"""
    with closing(http.client.HTTPConnection(*address)) as client:
        answers = []
        for target in targets:
            client.request("GET", target)
            response = client.getresponse()
            answers.append((response.status, response.read()))
        return answers


@mutant("fetch_all", "own")
def with_urllib(address: Any, targets: Any, read_body: Any) -> Any:
    """urllib.request.urlopen for each target"""
    answers = []
    for target in targets:
        try:
            with urllib.request.urlopen(f"http://{address[0]}:{address[1]}{target}") as response:
                answers.append((response.status, response.read()))
        except urllib.error.HTTPError as error:
            with error:  # it holds the connection
                raise
    return answers


@mutant("fetch_all", "one", says="3 targets took 3 connections")
def one_each(address: Any, targets: Any, read_body: Any) -> Any:
    """a connection for each target"""
    return _fetch(address, targets, read_body, closes=lambda *_: True)


@mutant("fetch_all", "one")
def asks_to_close(address: Any, targets: Any, read_body: Any) -> Any:
    """sends Connection: close, and connects for each target"""

    def request(address: Any, target: str) -> str:
        return _request(address, target).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")

    return _fetch(address, targets, read_body, request=request, closes=lambda *_: True)


@mutant("fetch_all", "order", says="not these requests")
def from_the_end(address: Any, targets: Any, read_body: Any) -> Any:
    """targets.pop(): the last one first"""
    return _fetch(address, targets[::-1], read_body)[::-1]


@mutant("fetch_all", "pieces")
def head_in_one_recv(address: Any, targets: Any, read_body: Any) -> Any:
    """one recv brings the head"""

    def receive(sock: Any, buffer: bytearray) -> None:
        buffer += b"\r\n\r\n"

    return _fetch(address, targets, read_body, receive=receive)


@mutant("fetch_all", "head", says="ValueError")
def needs_a_reason(address: Any, targets: Any, read_body: Any) -> Any:
    """version, status, reason = line.split(" ", 2)"""

    def begin(line: str) -> tuple[str, int]:
        _begin(line)
        version, status, reason = line.split(" ", 2)
        return version, int(status)

    return _fetch(address, targets, read_body, begin=begin)


@mutant("fetch_all", "head")
def needs_a_space(address: Any, targets: Any, read_body: Any) -> Any:
    """line.split(": ", 1)"""
    return _fetch(
        address, targets, read_body, split=lambda line: (_split(line)[0], line.split(": ", 1)[1].strip())
    )


@mutant("fetch_all", "head", says="UnicodeDecodeError")
def heads_in_ascii(address: Any, targets: Any, read_body: Any) -> Any:
    """decodes heads as ASCII"""
    return _fetch(address, targets, read_body, decode="ascii")


@mutant("fetch_all", "interim", says="expected  200")
def first_head_is_it(address: Any, targets: Any, read_body: Any) -> Any:
    """an answer 1xx is the answer"""
    return _fetch(
        address,
        targets,
        read_body,
        interim=lambda _: False,
        bodiless=lambda status: status < 200 or status in (204, 304),
    )


@mutant("fetch_all", "interim")
def only_100(address: Any, targets: Any, read_body: Any) -> Any:
    """skips 100 only"""
    return _fetch(
        address, targets, read_body,
        interim=lambda status: status == 100, bodiless=lambda status: status < 200 or status in (204, 304),
    )  # fmt: skip


@mutant("fetch_all", "interim")
def only_one_interim(address: Any, targets: Any, read_body: Any) -> Any:
    """skips one answer 1xx"""
    seen: list[int] = []

    def interim(status: int) -> bool:
        seen.append(status)
        return status < 200 and seen[-2:-1] != [103]

    return _fetch(
        address,
        targets,
        read_body,
        interim=interim,
        bodiless=lambda status: status < 200 or status in (204, 304),
    )


@mutant("fetch_all", "bodiless")
def body_of_304(address: Any, targets: Any, read_body: Any) -> Any:
    """reads a body behind 304"""
    return _fetch(address, targets, read_body, bodiless=lambda status: status == 204)


@mutant("fetch_all", "bodiless")
def body_of_204(address: Any, targets: Any, read_body: Any) -> Any:
    """204 has neither field, so it takes the end of the stream for its body's"""
    return _fetch(address, targets, read_body, bodiless=lambda status: status == 304)


@mutant("fetch_all", "rest")
def forgets_what_came(address: Any, targets: Any, read_body: Any) -> Any:
    """a new buffer for each answer"""
    return _fetch(address, targets, read_body, new_buffer=True)


@mutant("fetch_all", "last", says="and you asked there again")
def never_closes(address: Any, targets: Any, read_body: Any) -> Any:
    """does not look at Connection"""
    return _fetch(address, targets, read_body, closes=lambda version, _: version == "HTTP/1.0")


@mutant("fetch_all", "last")
def close_in_small_letters(address: Any, targets: Any, read_body: Any) -> Any:
    """headers["connection"] == "close" """
    return _fetch(
        address,
        targets,
        read_body,
        closes=lambda version, headers: version == "HTTP/1.0" or headers.get("connection") == "close",
    )


@mutant("fetch_all", "old")
def forgets_http_1_0(address: Any, targets: Any, read_body: Any) -> Any:
    """does not look at the version"""
    return _fetch(address, targets, read_body, closes=lambda _, headers: _says_close("HTTP/1.1", headers))


@mutant("fetch_all", "again")
def no_second_try(address: Any, targets: Any, read_body: Any) -> Any:
    """an end between two answers is an error"""
    return _fetch(address, targets, read_body, retry=False)


@mutant("fetch_all", "again", says="ConnectionResetError")
def only_after_an_end(address: Any, targets: Any, read_body: Any) -> Any:
    """asks again after b'', not after a reset"""
    return _fetch(address, targets, read_body, again_after=(EOFError,))


@mutant("fetch_all", "once")
def tries_and_tries(address: Any, targets: Any, read_body: Any) -> Any:
    """asks again and again, on new connections too"""
    return _fetch(address, targets, read_body, fresh_is_fatal=False)


@mutant("fetch_all", "inside")
def half_an_answer_is_none(address: Any, targets: Any, read_body: Any) -> Any:
    """asks again when the stream ends inside a head"""
    return _fetch(address, targets, read_body, half_is_none=True)


@mutant("fetch_all", "inside", says="had to raise EOFError, and returned")
def empty_in_doubt(address: Any, targets: Any, read_body: Any) -> Any:
    """except EOFError: body = b''"""

    def read(*args: Any) -> bytes:
        try:
            return read_body(*args)
        except EOFError:
            return b""

    return _fetch(address, targets, read)


@mutant("fetch_all", "forever", says="round and round")
def never_sees_the_end(address: Any, targets: Any, read_body: Any) -> Any:
    """ignores b'' inside a head"""

    def receive(sock: Any, buffer: bytearray) -> None:
        buffer += sock.recv(65536)

    return _fetch(address, targets, read_body, receive=receive)


@mutant("fetch_all", "garbage", says="this asks for ValueError")
def any_second_word(address: Any, targets: Any, read_body: Any) -> Any:
    """takes the second word for a status, whatever the first one is"""

    def begin(line: str) -> tuple[str, int]:
        found = re.search(r"\d\d\d", line)
        return line[:8], int(found[0]) if found else 200

    return _fetch(address, targets, read_body, begin=begin)


@mutant("fetch_all", "two", says="this asks for ValueError")
def last_field_wins(address: Any, targets: Any, read_body: Any) -> Any:
    """headers[name] = value"""
    return _fetch(
        address, targets, read_body, join=lambda headers, name, value: headers.update({name: value}),
        closes=lambda version, headers: _says_close(version, headers) or headers.get("connection") == "x",
    )  # fmt: skip


@mutant("fetch_all", "last")
def last_connection_wins(address: Any, targets: Any, read_body: Any) -> Any:
    """only the first Connection counts"""
    return _fetch(
        address,
        targets,
        read_body,
        join=lambda headers, name, value: headers.update({name: headers.get(name, value)}),
    )


@mutant("fetch_all", "close", says="socket open")
def leaves_it_open(address: Any, targets: Any, read_body: Any) -> Any:
    """does not close the last connection"""
    return _fetch(address, targets, read_body, leave=lambda stack: stack.pop_all())


def _one(address: Any, targets: Any, read_body: Any, closes: Callable[[str], Any]) -> Any:
    """closes: whether this value of Connection, in small letters, says close."""

    def last(version: str, headers: dict[str, str]) -> bool:
        return version == "HTTP/1.0" or bool(closes(headers.get("connection", "").lower()))

    return _fetch(address, targets, read_body, closes=last)


@mutant("fetch_all", "options", says="6 targets took 2 connections")
def close_anywhere(address: Any, targets: Any, read_body: Any) -> Any:
    """ "close" in the value: close-up, too"""
    return _one(address, targets, read_body, lambda value: "close" in value and "not" not in value)


@mutant("fetch_all", "options")
def close_as_a_word(address: Any, targets: Any, read_body: Any) -> Any:
    r"""\bclose\b: a hyphen ends a word"""
    return _one(address, targets, read_body, lambda value: re.search(r"\bclose\b", value))


@mutant("fetch_all", "last")
def options_by_blanks(address: Any, targets: Any, read_body: Any) -> Any:
    """value.split(): commas may have no blanks"""
    return _one(address, targets, read_body, lambda value: "close" in value.replace(", ", " ").split())


@mutant("fetch_all", "last")
def kept_alive(address: Any, targets: Any, read_body: Any) -> Any:
    """keep-alive goes before close"""

    def closes(value: str) -> bool:
        return _said(value, "close") and not _said(value, "keep-alive")

    return _one(address, targets, read_body, closes)


def _said(value: str, option: str) -> bool:
    return option in [each.strip() for each in value.split(",")]


@mutant("fetch_all", "old")
def keeps_an_old_one(address: Any, targets: Any, read_body: Any) -> Any:
    """HTTP/1.0 with keep-alive is kept"""

    def closes(version: str, headers: dict[str, str]) -> bool:
        old = version == "HTTP/1.0" and not _said(headers.get("connection", "").lower(), "keep-alive")
        return old or _said(headers.get("connection", "").lower(), "close")

    return _fetch(address, targets, read_body, closes=closes)


@mutant("fetch_all", "last", says="you asked on a connection whose last answer you had")
def asks_behind_the_end(address: Any, targets: Any, read_body: Any) -> Any:
    """asks again on a connection whose stream has ended"""
    return _fetch(address, targets, read_body, framed=lambda headers: True)


@mutant("fetch_all", "last", says="and still open")
def closes_at_the_end(address: Any, targets: Any, read_body: Any) -> Any:
    """keeps every connection until all is over"""
    kept: list[Any] = []

    def connect(*where: Any, **how: Any) -> Any:
        kept.append(_create(*where, **how))
        return kept[-1].dup()

    with mock.patch("socket.create_connection", connect):
        try:
            return _fetch(address, targets, read_body)
        finally:
            for sock in kept:
                sock.close()


_create = socket.create_connection


@mutant("fetch_all", "interim", says="ValueError")
def fields_of_interim_answers(address: Any, targets: Any, read_body: Any) -> Any:
    """the fields of 103 go on in the answer"""
    seen: dict[str, str] = {}

    def join(headers: dict[str, str], name: str, value: str) -> None:
        _join(seen, name, value)
        headers.update(seen)

    def read(sock: Any, headers: dict[str, str], buffer: bytearray) -> Any:
        seen.clear()
        return read_body(sock, headers, buffer)

    return _fetch(address, targets, read, join=join)


@mutant("fetch_all", "bodiless")
def redirects_have_none(address: Any, targets: Any, read_body: Any) -> Any:
    """204 and all of 3xx have no body"""
    return _fetch(address, targets, read_body, bodiless=lambda status: status == 204 or 300 <= status < 400)


@mutant("fetch_all", "garbage", says="HTTP/2.0 200 OK")
def any_http(address: Any, targets: Any, read_body: Any) -> Any:
    """HTTP/ and any version"""

    def begin(line: str) -> tuple[str, int]:
        if not (found := re.match(r"(HTTP/\S+) (\d\d\d)", line)):
            raise ValueError(line)
        return found[1], int(found[2])

    return _fetch(address, targets, read_body, begin=begin)


@mutant("fetch_all", "inside")
def asks_again_inside(address: Any, targets: Any, read_body: Any) -> Any:
    """a reset inside a head is a reason to ask again"""

    def receive(sock: socket.socket, buffer: bytearray) -> None:
        try:
            _receive(sock, buffer)
        except ConnectionError:
            buffer.clear()
            raise

    return _fetch(address, targets, read_body, receive=receive)


@mutant("fetch_all", "pause", says="TimeoutError")
def a_short_timeout(address: Any, targets: Any, read_body: Any) -> Any:
    """0.2 s for each call"""
    with mock.patch("socket.create_connection", lambda where: _create(where, 0.2)):
        return _fetch(address, targets, read_body)
