"""08-3 serve_connection: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from ..registry import mutant, right

TOKEN = r"[-!#$%&'*+.^_`|~0-9A-Za-z]+"


FIRST = re.compile(rf"({TOKEN}) ([!-~]+) HTTP/1\.([01])")


FIELD = re.compile(rf"({TOKEN}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")


Fields = list[tuple[str, str]]


def _lines(head: bytes) -> list[str]:
    text = head.decode("latin-1")
    if re.search(r"(?<!\r)\n|\r(?!\n)", text):
        raise ValueError
    return text.split("\r\n")[:-2]


def _first(line: str) -> tuple[str, str, str]:
    found = FIRST.fullmatch(line)
    if not found:
        raise ValueError
    return found[1], found[2], found[3]


def _fields(lines: list[str]) -> Fields:
    found = [FIELD.fullmatch(line) for line in lines]
    if None in found:
        raise ValueError
    return [(each[1].lower(), each[2]) for each in found if each]


def _values(fields: Fields, name: str) -> list[str]:
    return [value for each, value in fields if each == name]


def _length(fields: Fields) -> int:
    lengths = _values(fields, "content-length") or ["0"]
    if len(lengths) > 1 or not re.fullmatch("[0-9]+", lengths[0]) or _values(fields, "transfer-encoding"):
        raise ValueError
    return int(lengths[0])


def _hosts(fields: Fields, minor: str) -> None:
    if minor == "1" and len(_values(fields, "host")) != 1:
        raise ValueError


def _last(fields: Fields, minor: str) -> bool:
    options = ",".join(_values(fields, "connection")).lower().split(",")
    return minor == "0" or "close" in [each.strip() for each in options]


def _answer(method: str, target: str, body: bytes, last: bool) -> bytes:
    status, content = "501 Not Implemented", b""
    if method in ("GET", "HEAD", "POST"):
        status, content = "200 OK", body if method == "POST" else target.encode()
    fields = f"Content-Length: {len(content)}\r\n" + "Connection: close\r\n" * last
    return f"HTTP/1.1 {status}\r\n{fields}\r\n".encode() + content * (method != "HEAD")


BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def _bare(data: bytes) -> bool:
    head = data.partition(b"\r\n\r\n")[0]
    return bool(re.search(rb"(?<!\r)\n", head))


def _serve(
    conn: socket.socket,
    lines: Callable[[bytes], list[str]] = _lines,
    first: Callable[[str], tuple[str, str, str]] = _first,
    fields: Callable[[list[str]], Fields] = _fields,
    length: Callable[[Fields], int] = _length,
    hosts: Callable[[Fields, str], None] = _hosts,
    last: Callable[[Fields, str], bool] = _last,
    answer: Callable[[str, str, bytes, bool], bytes] = _answer,
    bare: Callable[[bytes], bool] = _bare,
    end: bytes = b"\r\n\r\n",
    body: Callable[[str, bytes], bytes] = lambda method, body: body,
    keep: Callable[[bytes], bytes] = lambda rest: rest,
    taken: Callable[[str, int], int] = lambda method, size: size,
    on_end: bytes = b"",
    after_bad: bool = False,
    once: bool = False,
    vanishing: type[BaseException] = ConnectionError,
    write: Callable[[socket.socket, bytes], Any] = lambda conn, data: conn.sendall(data),
    all_first: bool = False,
    lets_out: bool = False,
    bad: bytes = BAD,
    early: bool = False,
    over: Callable[[socket.socket], None] = lambda conn: None,
) -> None:
    data = b""
    waiting = b""

    def more() -> bytes:
        piece = conn.recv(65536)
        if not piece:
            raise EOFError
        return piece

    with suppress(vanishing), conn:
        while True:
            try:
                while end not in data and not bare(data):
                    if waiting and not data:
                        write(conn, waiting)
                        waiting = b""
                    data += more()
                if bare(data):
                    raise ValueError
                place = data.index(end) + len(end)
                words, *rest = lines(data[:place])
                method, target, minor = first(words)
                pairs = fields(rest)
                hosts(pairs, minor)
                size = taken(method, length(pairs))
                if early and method not in ("GET", "HEAD", "POST"):
                    write(conn, answer(method, target, b"", last(pairs, minor)))
                while len(data) < place + size:
                    data += more()
            except ValueError:
                write(conn, bad)
                if not after_bad or bare(data):
                    return over(conn)
                data = data.partition(end)[2]
                continue
            except EOFError:
                if data and lets_out:
                    raise
                if data and on_end:
                    write(conn, on_end)
                return
            is_last = last(pairs, minor)
            reply = answer(method, target, body(method, data[place : place + size]), is_last)
            data = keep(data[place + size :])
            if early and b" 501 " in reply:
                continue
            if all_first and not is_last:
                waiting += reply
                continue
            write(conn, reply)
            if is_last or once:
                return over(conn)


@right("serve_connection")
def with_a_buffer(conn: socket.socket) -> None:
    """recv and a buffer of its own"""
    _serve(conn)


@right("serve_connection")
def with_a_graceful_end(conn: socket.socket) -> None:
    """half-closes, and takes what still comes for a second"""

    def over(conn: socket.socket) -> None:
        conn.shutdown(socket.SHUT_WR)
        end = time.monotonic() + 1
        with suppress(TimeoutError):
            while (left := end - time.monotonic()) > 0:
                conn.settimeout(left)
                if not conn.recv(65536):
                    break

    _serve(conn, over=over)


@right("serve_connection")
def with_short_timeouts(conn: socket.socket) -> None:
    """asks again after each timeout, whose end is nobody's"""

    class Patient:
        def __enter__(self) -> None:
            conn.settimeout(0.1)

        def __exit__(self, *error: object) -> None:
            conn.close()

        def recv(self, size: int) -> bytes:
            while True:
                with suppress(TimeoutError):
                    return conn.recv(size)

        def sendall(self, data: bytes) -> None:
            while data:
                with suppress(TimeoutError):
                    data = data[conn.send(data) :]

    _serve(Patient())  # type: ignore[arg-type]


@mutant("serve_connection", "goes on", says="as request 2")
def one_and_done(conn: socket.socket) -> None:
    """one request, then the end"""
    _serve(conn, once=True)


@mutant("serve_connection", "start", says="says Connection: close")
def says_close(conn: socket.socket) -> None:
    """announces the end each time"""
    _serve(conn, answer=lambda m, t, b, last: _answer(m, t, b, True))


@mutant("serve_connection", "rest")
def drops_the_rest(conn: socket.socket) -> None:
    """forgets what came too early"""
    _serve(conn, keep=lambda rest: b"")


@mutant("serve_connection", "rest")
def a_file_each_time(conn: socket.socket) -> None:
    """makes a new file for each request"""
    with conn, suppress(ConnectionError):
        while True:
            head = b""
            with conn.makefile("rb") as file:
                while not head.endswith(b"\r\n\r\n"):
                    line = file.readline()
                    if not line:
                        return
                    head += line
            conn.sendall(_answer("GET", head.split()[1].decode(), b"", False))


@mutant("serve_connection", "head")
def head_with_body(conn: socket.socket) -> None:
    """answers HEAD as it answers GET"""
    _serve(conn, answer=lambda m, t, b, last: _answer("GET" if m == "HEAD" else m, t, b, last))


@mutant("serve_connection", "head", says="Content-Length: 0")
def head_of_nothing(conn: socket.socket) -> None:
    """says that HEAD has no bytes"""
    _serve(conn, answer=lambda m, t, b, last: _answer(m, "" if m == "HEAD" else t, b, last))


@mutant("serve_connection", "body")
def no_bodies(conn: socket.socket) -> None:
    """never takes a body"""
    _serve(conn, taken=lambda method, size: 0)


@mutant("serve_connection", "body")
def strips_bodies(conn: socket.socket) -> None:
    """strips the body"""
    _serve(conn, body=lambda method, body: body.strip())


@mutant("serve_connection", "body", says="UnicodeDecodeError")
def decodes_bodies(conn: socket.socket) -> None:
    """takes a body for text"""
    _serve(conn, body=lambda method, body: body.decode().encode())


@mutant("serve_connection", "body")
def other_bodies(conn: socket.socket) -> None:
    """leaves the body of an unknown method"""
    _serve(conn, taken=lambda method, size: size if method == "POST" else 0)


@mutant("serve_connection", "other", says="answered by 200")
def any_method(conn: socket.socket) -> None:
    """200 for every method"""
    _serve(conn, answer=lambda m, t, b, last: _answer(m if m in ("HEAD", "POST") else "GET", t, b, last))


@mutant("serve_connection", "other")
def other_is_bad(conn: socket.socket) -> None:
    """400 for an unknown method"""

    def first(line: str) -> tuple[str, str, str]:
        if line.split()[0] not in ("GET", "HEAD", "POST"):
            raise ValueError
        return _first(line)

    _serve(conn, first=first)


@mutant("serve_connection", "pieces")
def one_recv(conn: socket.socket) -> None:
    """one recv is one request"""
    with conn, suppress(ConnectionError):
        rest = b""
        while data := rest or conn.recv(65536):
            head, _, rest = data.partition(b"\r\n\r\n")
            try:
                words, *lines = _lines(head + b"\r\n\r\n")
                method, target, minor = _first(words)
                size = _length(_fields(lines))
            except ValueError:
                conn.sendall(BAD)
                return
            body, rest = rest[:size], rest[size:]
            conn.sendall(_answer(method, target, body, False))


@mutant("serve_connection", "pieces")
def body_in_one(conn: socket.socket) -> None:
    """one recv for the rest of the body"""
    data = b""
    with conn, suppress(ConnectionError):
        while True:
            while b"\r\n\r\n" not in data:
                piece = conn.recv(65536)
                if not piece:
                    return
                data += piece
            head, _, data = data.partition(b"\r\n\r\n")
            words, *lines = _lines(head + b"\r\n\r\n")
            method, target, minor = _first(words)
            size = _length(_fields(lines))
            if len(data) < size:
                data += conn.recv(size - len(data))
            conn.sendall(_answer(method, target, data[:size], False))
            data = data[size:]


@mutant("serve_connection", "at once")
def answers_together(conn: socket.socket) -> None:
    """collects answers while there is something to read"""
    _serve(conn, all_first=True)


@mutant("serve_connection", "names")
def one_spelling(conn: socket.socket) -> None:
    """knows Content-Length in this spelling only"""

    def fields(lines: list[str]) -> Fields:
        found = _fields(lines)
        if any(line.lower().startswith("content-length") for line in lines):
            return [p for p in found if p[0] != "content-length" or "Content-Length:" in "".join(lines)]
        return found

    _serve(conn, fields=fields)


@mutant("serve_connection", "names")
def colon_and_space(conn: socket.socket) -> None:
    """every colon has a space behind it"""

    def fields(lines: list[str]) -> Fields:
        if any(": " not in line for line in lines):
            raise ValueError
        return _fields(lines)

    _serve(conn, fields=fields)


@mutant("serve_connection", "framing")
def no_length(conn: socket.socket) -> None:
    """no Content-Length"""
    length = rb"Content-Length: \d+\r\n"
    _serve(conn, answer=lambda m, t, b, last: re.sub(length, b"", _answer(m, t, b, last)))


@mutant("serve_connection", "framing")
def no_length_of_501(conn: socket.socket) -> None:
    """no Content-Length with 501"""

    def answer(method: str, target: str, body: bytes, last: bool) -> bytes:
        data = _answer(method, target, body, last)
        return data.replace(b"Content-Length: 0\r\n", b"") if b" 501 " in data else data

    _serve(conn, answer=answer)


@mutant("serve_connection", "all", says="took only")
def only_send(conn: socket.socket) -> None:
    """send instead of sendall"""
    conn.settimeout(30)
    _serve(conn, write=lambda conn, data: conn.send(data))


@mutant("serve_connection", "closing", says="does not say Connection: close")
def never_closes(conn: socket.socket) -> None:
    """does not look at Connection"""
    _serve(conn, last=lambda fields, minor: minor == "0")


@mutant("serve_connection", "closing")
def close_alone(conn: socket.socket) -> None:
    """Connection is one word"""
    is_close = lambda fields: "".join(_values(fields, "connection")).lower() == "close"  # noqa: E731
    _serve(conn, last=lambda fields, minor: minor == "0" or is_close(fields))


@mutant("serve_connection", "closing")
def closes_in_silence(conn: socket.socket) -> None:
    """closes, and does not say so"""
    _serve(conn, answer=lambda m, t, b, last: _answer(m, t, b, False))


@mutant("serve_connection", "old")
def keeps_1_0(conn: socket.socket) -> None:
    """HTTP/1.0 is kept alive"""
    _serve(conn, last=lambda fields, minor: _last(fields, "1"))


@mutant("serve_connection", "old", says="400")
def host_in_1_0(conn: socket.socket) -> None:
    """Host is needed always"""
    _serve(conn, hosts=lambda fields, minor: _hosts(fields, "1"))


@mutant("serve_connection", "options")
def close_inside(conn: socket.socket) -> None:
    """looks for close anywhere in Connection"""
    _serve(conn, last=lambda f, minor: minor == "0" or "close" in ",".join(_values(f, "connection")).lower())


@mutant("serve_connection", "leaves")
def answers_nobody(conn: socket.socket) -> None:
    """400 when the stream has ended"""
    _serve(conn, on_end=BAD)


@mutant("serve_connection", "leaves", says="EOFError")
def lets_it_out(conn: socket.socket) -> None:
    """EOFError inside a request"""
    _serve(conn, lets_out=True)


@mutant("serve_connection", "forever")
def asks_for_ever(conn: socket.socket) -> None:
    """waits for an empty line that never comes"""
    data = b""
    with conn:
        while True:
            while b"\r\n\r\n" not in data:
                data += conn.recv(65536)
            head, _, data = data.partition(b"\r\n\r\n")
            conn.sendall(_answer("GET", head.split()[1].decode(), b"", False))


@mutant("serve_connection", "vanish", says="ConnectionResetError")
def shocked(conn: socket.socket) -> None:
    """does not catch ConnectionError"""
    _serve(conn, vanishing=ZeroDivisionError)


@mutant("serve_connection", "bare")
def any_line_end(conn: socket.socket) -> None:
    """splitlines"""
    _serve(
        conn,
        bare=lambda data: b"\n\n" in data.partition(b"\r\n\r\n")[0],
        lines=lambda head: head.decode("latin-1").rstrip("\r\n").splitlines(),
    )


@mutant("serve_connection", "bare", says="blocked in recv")
def waits_for_the_line(conn: socket.socket) -> None:
    """looks at the line ends when the empty line has come"""
    _serve(conn, bare=lambda data: b"\n\n" in data.partition(b"\r\n\r\n")[0])


@mutant("serve_connection", "two", says="different Content-Lengths")
def the_last_length(conn: socket.socket) -> None:
    """keeps fields in a dict"""
    _serve(conn, length=lambda fields: _length(list(dict(fields).items())))


@mutant("serve_connection", "two", says="the same Content-Length twice")
def equal_lengths(conn: socket.socket) -> None:
    """two equal lengths are fine"""
    _serve(conn, length=lambda fields: _length(list(set(fields))))


def _number(check: Callable[[str], int]) -> Callable[[Fields], int]:
    def length(fields: Fields) -> int:
        values = _values(fields, "content-length") or ["0"]
        if len(values) > 1 or "," in values[0] or _values(fields, "transfer-encoding"):
            raise ValueError
        return check(values[0])

    return length


@mutant("serve_connection", "digits")
def anything_for_int(conn: socket.socket) -> None:
    """int()"""
    _serve(conn, length=_number(int))


@mutant("serve_connection", "digits", says="superscript")
def isdigit(conn: socket.socket) -> None:
    """isdigit, which knows more digits than int"""

    def check(value: str) -> int:
        if not value.isdigit():
            raise ValueError
        try:
            return int(value)
        except ValueError:
            return 2

    _serve(conn, length=_number(check))


@mutant("serve_connection", "digits", says="empty Content-Length")
def empty_is_zero(conn: socket.socket) -> None:
    """an empty length is 0"""
    _serve(conn, length=_number(lambda value: _length([("content-length", value or "0")])))


@mutant("serve_connection", "coding")
def ignores_codings(conn: socket.socket) -> None:
    """never looks for Transfer-Encoding"""
    _serve(conn, length=lambda fields: _length([p for p in fields if p[0] != "transfer-encoding"]))


@mutant("serve_connection", "coding", says="identity")
def chunked_only(conn: socket.socket) -> None:
    """refuses chunked, and nothing else"""
    _serve(conn, length=lambda f: _length([p for p in f if p != ("transfer-encoding", "identity")]))


def _loose(*patterns: tuple[str, str]) -> Callable[[list[str]], Fields]:
    def fields(lines: list[str]) -> Fields:
        text = "\n".join(lines)
        for pattern, new in patterns:
            text = re.sub(pattern, new, text, flags=re.M)
        return _fields(text.split("\n") if text else [])

    return fields


@mutant("serve_connection", "fields", says="folded line")
def unfolds(conn: socket.socket) -> None:
    """puts folded lines together"""
    _serve(conn, fields=_loose((r"\n[ \t]+", " ")))


@mutant("serve_connection", "fields", says="a space before a colon")
def strips_names(conn: socket.socket) -> None:
    """strips names"""
    _serve(conn, fields=_loose((r"[ \t]+:", ":")))


@mutant("serve_connection", "fields")
def skips_lines(conn: socket.socket) -> None:
    """skips lines without a colon"""
    _serve(conn, fields=lambda lines: _fields([line for line in lines if ":" in line]))


@mutant("serve_connection", "fields", says="NUL")
def any_value(conn: socket.socket) -> None:
    """any bytes in a value"""
    _serve(conn, fields=_loose((r"[\x00-\x08\x0b-\x1f]", "?")))


@mutant("serve_connection", "host", says="no Host")
def no_host(conn: socket.socket) -> None:
    """does not look for Host"""
    _serve(conn, hosts=lambda fields, minor: None)


@mutant("serve_connection", "host", says="two Hosts")
def some_host(conn: socket.socket) -> None:
    """any number of Hosts but 0"""
    _serve(conn, hosts=lambda fields, minor: _hosts([*dict(fields).items()], minor))


@mutant("serve_connection", "first line")
def splits(conn: socket.socket) -> None:
    """split()"""

    def first(line: str) -> tuple[str, str, str]:
        method, target, version = line.split()
        return _first(f"{method} {target} {version}")

    _serve(conn, first=first)


@mutant("serve_connection", "first line", says="a version to come")
def any_version(conn: socket.socket) -> None:
    """any version"""
    _serve(conn, first=lambda line: _first(re.sub(r"HTTP/[2-9]\.\d$", "HTTP/1.1", line)))


@mutant("serve_connection", "first line", says="no token")
def any_words(conn: socket.socket) -> None:
    """any three words"""

    def first(line: str) -> tuple[str, str, str]:
        found = re.fullmatch(r"(\S+) ([!-~]+) HTTP/1\.([01])", line)
        if not found:
            raise ValueError
        return found[1], found[2], found[3]

    _serve(conn, first=first)


@mutant("serve_connection", "smuggled", says="more came")
def goes_on_after_400(conn: socket.socket) -> None:
    """400, and then the next one"""
    _serve(conn, after_bad=True)


@mutant("serve_connection", "close", says="left conn open")
def never_closed(conn: socket.socket) -> None:
    """leaves conn open"""

    class Conn:
        def __enter__(self) -> None: ...
        def __exit__(self, *error: object) -> None: ...

        def recv(self, size: int) -> bytes:
            return conn.recv(size)

        def sendall(self, data: bytes) -> None:
            conn.sendall(data)

    _serve(Conn())  # type: ignore[arg-type]


# -- words of the contract that are easily passed over ---------------------------------------------------


def _mutant(hint: str, name: str, says: str = "", **wrong: Any) -> None:
    """Right but for this."""

    def serve_connection(conn: socket.socket) -> None:
        _serve(conn, **wrong)

    serve_connection.__doc__, serve_connection.__name__ = name, name.replace(" ", "_")
    mutant("serve_connection", hint, says)(serve_connection)


def _as_1_0(method: str, target: str, body: bytes, last: bool) -> bytes:
    return _answer(method, target, body, last).replace(b"HTTP/1.1", b"HTTP/1.0" if last else b"HTTP/1.1")


def _decoded(method: str, target: str, body: bytes, last: bool) -> bytes:
    return _answer(method, unquote(target), body, last)


def _in_capitals(line: str) -> tuple[str, str, str]:
    method, target, minor = _first(line)
    return method.upper(), target, minor


def _paths_only(line: str) -> tuple[str, str, str]:
    method, target, minor = _first(line)
    if not target.startswith("/"):
        raise ValueError
    return method, target, minor


def _pattern(pattern: str) -> Callable[[str], tuple[str, str, str]]:
    def first(line: str) -> tuple[str, str, str]:
        found = re.fullmatch(pattern, line)
        if not found:
            raise ValueError
        return found[1], found[2], found[3]

    return first


def _refuse(
    pattern: str, within: Callable[[bytes], bytes] = lambda head: head
) -> Callable[[bytes], list[str]]:
    def lines(head: bytes) -> list[str]:
        if re.search(pattern.encode("latin-1"), within(head)):
            raise ValueError
        return _lines(head)

    return lines


def _short_lines(head: bytes) -> list[str]:
    if len(head) > 8192:
        raise ValueError
    return _lines(head)


def _few_lines(head: bytes) -> list[str]:
    lines = _lines(head)
    if len(lines) > 100:
        raise ValueError
    return lines


def _utf8_lines(head: bytes) -> list[str]:
    head.decode()
    return _lines(head)


def _without_twins(fields: Fields) -> int:
    if len(dict(fields)) < len(fields):
        raise ValueError
    return _length(fields)


def _similar_length(fields: Fields) -> int:
    return _length([(name.removeprefix("x-") if "length" in name else name, value) for name, value in fields])


def _full_codings(fields: Fields) -> int:
    return _length([(name, value) for name, value in fields if value or name != "transfer-encoding"])


def _without_twin_hosts(fields: Fields, minor: str) -> None:
    _hosts(sorted(set(fields)), minor)


def _any_host(fields: Fields, minor: str) -> None:
    _hosts([(name.removeprefix("x-"), value) for name, value in fields], minor)


def _named_host(fields: Fields, minor: str) -> None:
    _hosts([(name, value) for name, value in fields if value], minor)


def _kept_alive(fields: Fields, minor: str) -> bool:
    return _last(fields, "1") or (minor == "0" and "keep-alive" not in _values(fields, "connection"))


def _ends_with_close(fields: Fields, minor: str) -> bool:
    options = ",".join(_values(fields, "connection")).lower().split(",")
    return minor == "0" or any(each.strip().endswith("close") for each in options)


def _any_connection(fields: Fields, minor: str) -> bool:
    return _last([(name.removeprefix("proxy-"), value) for name, value in fields], minor)


_mutant("body", "HEAD has no body", taken=lambda method, size: 0 if method == "HEAD" else size)
_mutant("other", "methods in any capitals", "get /", first=_in_capitals)
_mutant("leaves", "501 before the body has come", early=True)
_mutant("target", "decodes the target", "a%20b", answer=_decoded)
_mutant("target", "a target begins with a slash", first=_paths_only)
_mutant("version", "answers HTTP/1.0 in HTTP/1.0", "HTTP/1.0", answer=_as_1_0)
_mutant("old", "keeps HTTP/1.0 alive if asked to", "keep-alive", last=_kept_alive)
_mutant(
    "closing", "501 says nothing", "PUT", answer=lambda m, t, b, last: _answer(m, t, b, last and m != "PUT")
)
_mutant("framing", "no Content-Length with 400", bad=BAD.replace(b"Content-Length: 0\r\n", b""))
_mutant("framing", "a wrong Content-Length with 400", bad=BAD.replace(b"Length: 0", b"Length: 1"))
_mutant("long", "8 kB at most", "20001 characters", lines=_short_lines)
_mutant("long", "100 fields at most", lines=_few_lines)
_mutant("any", "ASCII alone", "Zo", lines=_refuse("[\x80-\xff]"))
_mutant("any", "UTF-8", "Zo", lines=_utf8_lines)
_mutant("any", "no field without a value", "X-Empty", lines=_refuse("X-[A-Z][a-z]+:[ \\t]*\r"))
_mutant("any", "one colon in a line", "12:30", lines=_refuse("X-Time:.*:"))
_mutant("any", "no field twice", "X: 2", length=_without_twins)
_mutant("any", "X-Content-Length is one", "X-Transfer-Encoding", length=_similar_length)
_mutant("any", "a Host has a name", "empty Host", hosts=_named_host)
_mutant("names", "no zeros in front", lines=_refuse("(?i)content-length:[ \t]*0[0-9]"))
_mutant("coding", "an empty coding is none", "an empty Transfer-Encoding", length=_full_codings)
_mutant("fields", "DEL in a value", "a DEL", lines=lambda head: _lines(head.replace(b"blue\x7f", b"blue")))
_mutant("host", "two equal Hosts", "the same Host twice", hosts=_without_twin_hosts)
_mutant("host", "X-Host is one", hosts=_any_host)
_mutant("options", "close at the end", "not-close", last=_ends_with_close)
_mutant("options", "Proxy-Connection", "Proxy-Connection", last=_any_connection)
_mutant(
    "first line", "any HTTP/1.x", "between 1.1 and 2", first=_pattern(rf"({TOKEN}) ([!-~]+) HTTP/1\.(\d)")
)
_mutant("first line", "a dot that is any character", first=_pattern(rf"({TOKEN}) ([!-~]+) HTTP/1.([01])"))
_mutant("first line", "spaces at the end", first=_pattern(rf"({TOKEN}) ([!-~]+) HTTP/1\.([01]) *"))
_mutant("first line", "empty lines before it", lines=lambda head: _lines(head.lstrip(b"\r\n")))


@mutant("serve_connection", "pause")
def impatient(conn: socket.socket) -> None:
    """takes silence for the end"""
    conn.settimeout(0.3)
    _serve(conn, vanishing=OSError)


@mutant("serve_connection", "pause")
def less_impatient(conn: socket.socket) -> None:
    """takes a second of silence for the end"""
    conn.settimeout(1)
    _serve(conn, vanishing=OSError)
