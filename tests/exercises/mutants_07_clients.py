"""Notebook 07, clients: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import http.client
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

from .registry import mutant, right

# -- 07-3 fetch_all ----------------------------------------------------------------------------------


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


def _split(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


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


@mutant("fetch_all", "close", says="and you asked there again")
def never_closes(address: Any, targets: Any, read_body: Any) -> Any:
    """does not look at Connection"""
    return _fetch(address, targets, read_body, closes=lambda version, _: version == "HTTP/1.0")


@mutant("fetch_all", "close")
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


@mutant("fetch_all", "close")
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


# -- 07-4 cached_get ---------------------------------------------------------------------------------


def _ask(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
    with closing(http.client.HTTPConnection(*address)) as client:
        client.request("GET", target, headers=fields)
        response = client.getresponse()
        return response.status, response.headers, response.read()


def _directives(headers: Any) -> dict[str, str]:
    text = ",".join(headers.get_all("Cache-Control") or []).lower()
    return {each.strip().partition("=")[0]: each.partition("=")[2].strip() for each in text.split(",")}


def _age(headers: Any) -> int:
    return int(headers.get("Age", 0))


def _is_fresh(age: float, lifetime: int) -> bool:
    return age < lifetime


def _cached(
    address: Any,
    target: Any,
    cache: Any,
    now: Any,
    *,
    key: Callable[[Any, str], Any] = lambda address, target: (address, target),
    ask: Callable[..., tuple[int, Any, bytes]] = _ask,
    fresh: Callable[[float, int], bool] = _is_fresh,
    directives: Callable[[Any], dict[str, str]] = _directives,
    age: Callable[[Any], int] = _age,
    tag: Callable[[str], str] = lambda etag: etag,
    stored_statuses: tuple[int, ...] = (200,),
    renew: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] | None = None,
    default: int = 0,
    keep_old: bool = False,
    no_store: str = "no-store",
    no_cache: str = "no-cache",
) -> Any:
    """A right cache whose parts can be replaced by wrong ones."""
    name = key(address, target)
    entry = cache.get(name)
    if entry is not None:
        rules = entry["rules"]
        lifetime = 0 if no_cache in rules else int(rules.get("max-age", default))
        if fresh(now - entry["time"] + entry["age"], lifetime):
            return entry["status"], entry["body"]
    fields = {"If-None-Match": tag(entry["etag"])} if entry and entry["etag"] else {}
    status, headers, body = ask(address, target, fields)
    new = {
        "status": status,
        "body": body,
        "etag": headers["ETag"],
        "rules": directives(headers) if headers["Cache-Control"] else {},
        "time": now,
        "age": age(headers),
    }
    if status == 304 and entry is not None:
        same = {"status": entry["status"], "body": entry["body"], "etag": new["etag"] or entry["etag"]}
        new = {**new, **same, "rules": new["rules"] or entry["rules"]}
        cache[name] = renew(entry, new) if renew else new
        return new["status"], new["body"]
    if status not in stored_statuses:
        return status, body
    if no_store in new["rules"]:
        if not keep_old:
            cache.pop(name, None)
        return status, body
    cache[name] = new
    return status, body


@right("cached_get")
def cache_in_parts(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """a dict of dicts"""
    return _cached(address, target, cache, now)


@right("cached_get")
def by_hand(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """with a socket, and one connection for each request"""

    def ask(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
        lines = [f"GET {target} HTTP/1.1", f"Host: {address[0]}:{address[1]}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        data = bytearray()
        with socket.create_connection(address) as sock:
            sock.sendall("\r\n".join([*lines, "", ""]).encode())
            while b"\r\n\r\n" not in data:
                data += sock.recv(4096)
            head, _, body = bytes(data).partition(b"\r\n\r\n")
            first, _, rest = head.decode("latin-1").partition("\r\n")
            headers = http.client.HTTPMessage()
            for line in filter(None, rest.split("\r\n")):
                headers.add_header(*_split(line))
            status = int(first.split()[1])
            while status != 304 and len(body) < int(headers["Content-Length"]):
                body += sock.recv(4096)
        return status, headers, body

    return _cached(address, target, cache, now, ask=ask, key=lambda address, target: f"{address} {target}")


@mutant("cached_get", "start")
def no_cache_yet(address: Any, target: Any, cache: Any, now: Any) -> None:
    """pass"""


@mutant("cached_get", "start")
def returns_the_body(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """returns the body alone"""
    return _cached(address, target, cache, now)[1]


@mutant("cached_get", "request")
def host_only(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """sends a Host without the port"""
    return _cached(
        address,
        target,
        cache,
        now,
        ask=lambda address, target, fields: _ask(address, target, {**fields, "Host": address[0]}),
    )


@mutant("cached_get", "fresh")
def always_asks(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """asks each time, with the ETag"""
    return _cached(address, target, cache, now, fresh=lambda age, lifetime: False)


@mutant("cached_get", "fresh")
def zero_is_no_time(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """if stored_at: ... and 0.0 is false"""
    entry = cache.get((address, target))
    if entry and not entry["time"]:
        cache.pop((address, target))
    return _cached(address, target, cache, now)


@mutant("cached_get", "stale")
def for_ever(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """what is stored is fresh for ever"""
    return _cached(address, target, cache, now, fresh=lambda age, lifetime: True)


@mutant("cached_get", "stale", says="without asking the server")
def one_second_longer(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """age <= max-age"""
    return _cached(address, target, cache, now, fresh=lambda age, lifetime: age <= lifetime)


@mutant("cached_get", "stale")
def a_minute_by_default(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """60 seconds without max-age"""
    return _cached(address, target, cache, now, default=60)


@mutant("cached_get", "stale")
def looks_at_the_clock(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """time.time() instead of now"""
    return _cached(address, target, cache, now, fresh=lambda age, lifetime: lifetime > 0)


@mutant("cached_get", "once")
def asks_twice_if_changed(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """asks whether it has changed, and then for the page"""

    def ask(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
        status, headers, body = _ask(address, target, fields)
        return _ask(address, target, {}) if fields and status == 200 else (status, headers, body)

    return _cached(address, target, cache, now, ask=ask)


@mutant("cached_get", "tag", says="you sent")
def strips_the_quotes(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """the ETag without its quotes"""
    return _cached(address, target, cache, now, tag=lambda etag: etag.strip('"'))


@mutant("cached_get", "tag")
def strips_weak(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """the ETag without W/"""
    return _cached(address, target, cache, now, tag=lambda etag: etag.removeprefix("W/"))


@mutant("cached_get", "tag")
def asks_without_condition(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """no If-None-Match"""
    return _cached(address, target, cache, now, ask=lambda address, target, fields: _ask(address, target, {}))


@mutant("cached_get", "unchanged", says="the server said 304")
def passes_304_on(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """returns (304, the stored body)"""
    last: list[int] = []

    def ask(*args: Any) -> tuple[int, Any, bytes]:
        answer = _ask(*args)
        last.append(answer[0])
        return answer

    status, body = _cached(address, target, cache, now, ask=ask)
    return (304 if last == [304] else status), body


@mutant("cached_get", "unchanged")
def empty_304(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """returns the empty body of a 304"""
    return _without_body(address, target, cache, now)


def _without_body(address: Any, target: Any, cache: Any, now: Any) -> Any:
    entry = cache.get((address, target))
    asked: list[int] = []

    def ask(*args: Any) -> tuple[int, Any, bytes]:
        answer = _ask(*args)
        asked.append(answer[0])
        return answer

    status, body = _cached(address, target, cache, now, ask=ask)
    return (status, b"") if entry and asked == [304] else (status, body)


@mutant("cached_get", "renew")
def does_not_renew(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """304 changes nothing in the entry"""
    return _cached(address, target, cache, now, renew=lambda old, new: old)


@mutant("cached_get", "renew")
def only_the_time(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """304 sets the time, and its fields are not looked at"""
    return _cached(address, target, cache, now, renew=lambda old, new: {**old, "time": now})


@mutant("cached_get", "renew")
def forgets_the_rules(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """304 without Cache-Control: never fresh again"""
    return _cached(
        address,
        target,
        cache,
        now,
        renew=lambda old, new: {**new, "rules": {} if new["rules"] is old["rules"] else new["rules"]},
    )


@mutant("cached_get", "replace")
def keeps_the_etag(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """200 changes the body and the time of the old entry"""
    old = cache.get((address, target))
    result = _cached(address, target, cache, now)
    new = cache.get((address, target))
    if old and new and new is not old:
        new["etag"] = new["etag"] or old["etag"]
    return result


@mutant("cached_get", "replace")
def keeps_the_old(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """what is stored is never replaced"""
    old = cache.get((address, target))
    result = _cached(address, target, cache, now)
    new = cache.get((address, target))
    if old and new and old["etag"] and new["etag"] != old["etag"] and new["body"] != old["body"]:
        cache[address, target] = {**old, "time": now}
    return result


@mutant("cached_get", "no-store")
def stores_all(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """does not look for no-store"""
    return _cached(address, target, cache, now, no_store="")


@mutant("cached_get", "no-store")
def keeps_the_older(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """no-store does not store, and keeps the older answer"""
    return _cached(address, target, cache, now, keep_old=True)


@mutant("cached_get", "no-cache", says="without asking the server")
def ignores_no_cache(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """does not look for no-cache"""
    return _cached(address, target, cache, now, no_cache="")


@mutant("cached_get", "no-cache")
def no_cache_is_no_store(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """takes no-cache for no-store"""

    def directives(headers: Any) -> dict[str, str]:
        found = _directives(headers)
        return {**found, "no-store": ""} if "no-cache" in found else found

    return _cached(address, target, cache, now, directives=directives)


def _by_pattern(pattern: str, flags: int = 0) -> Callable[[Any], dict[str, str]]:
    def directives(headers: Any) -> dict[str, str]:
        text = ", ".join(headers.get_all("Cache-Control"))
        found = re.search(pattern, text, flags)
        return {**_directives(headers), "max-age": found[1] if found else "0"}

    return directives


@mutant("cached_get", "list")
def max_age_in_small_letters(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """re.search("max-age=([0-9]+)") in small letters"""
    return _cached(address, target, cache, now, directives=_by_pattern("(?:^|[ ,])max-age=([0-9]+)"))


@mutant("cached_get", "list")
def max_age_anywhere(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """finds max-age inside x-max-age"""
    return _cached(address, target, cache, now, directives=_by_pattern("max-age=([0-9]+)", re.I))


@mutant("cached_get", "list")
def first_field_only(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """headers["Cache-Control"]: the first of two fields"""

    def directives(headers: Any) -> dict[str, str]:
        text = headers["Cache-Control"].lower()
        return {each.strip().partition("=")[0]: each.partition("=")[2].strip() for each in text.split(",")}

    return _cached(address, target, cache, now, directives=directives)


@mutant("cached_get", "list")
def no_store_anywhere(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """ "no-store" in the text"""

    def directives(headers: Any) -> dict[str, str]:
        found = _directives(headers)
        return {**found, "no-store": ""} if "no-store" in str(found) else found

    return _cached(address, target, cache, now, directives=directives)


@mutant("cached_get", "age")
def ignores_age(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """does not look at Age"""

    def renew(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        return new

    entry = cache.get((address, target))
    result = _cached(address, target, cache, now, renew=renew)
    new = cache.get((address, target))
    if new is not None and new is not entry and new["etag"] is None:
        new["age"] = 0
    return result


@mutant("cached_get", "other")
def stores_every_status(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """stores 404, too"""
    return _cached(address, target, cache, now, stored_statuses=(200, 404))


@mutant("cached_get", "other")
def forgets_on_error(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """an error throws the stored answer away"""
    status, body = _cached(address, target, cache, now)
    if status >= 400:
        cache.pop((address, target), None)
    return status, body


@mutant("cached_get", "key")
def by_target(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """cache[target]: the same for all servers"""
    return _cached(address, target, cache, now, key=lambda address, target: target)


@mutant("cached_get", "key")
def by_address(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """cache[address]: the same for all targets"""
    return _cached(address, target, cache, now, key=lambda address, target: address)


_EVERYBODYS: dict[Any, Any] = {}


@mutant("cached_get", "key")
def a_cache_of_its_own(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """keeps the pages in a global dict"""
    if now < _EVERYBODYS.get("now", now):
        _EVERYBODYS.clear()  # another case, whose server may have the port of an earlier one
    _EVERYBODYS["now"] = now
    return _cached(address, target, _EVERYBODYS, now)
