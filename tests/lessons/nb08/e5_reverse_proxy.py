"""08-5 reverse_proxy: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import http
import http.client
import re
import socket
import time
import urllib.error
from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext, suppress
from typing import Any

from ..registry import mutant, right

Fields = list[tuple[str, str]]
Address = tuple[str, int]
HOP = {"connection", "keep-alive", "proxy-connection", "te", "upgrade", "transfer-encoding"}


def _end_to_end(fields: Iterable[tuple[str, str]]) -> Fields:
    fields = list(fields)
    named = ",".join(value for name, value in fields if name.lower() == "connection").lower()
    hop = HOP | {option.strip() for option in named.split(",")}
    return [(name, value) for name, value in fields if name.lower() not in hop]


def _standard(fields: Iterable[tuple[str, str]]) -> Fields:
    return [(name, value) for name, value in fields if name.lower() not in HOP]


@right("reverse_proxy")
def by_hand(conn: socket.socket, upstream: Address, seconds: float, read_head: Callable[[Any], Any]) -> None:
    """two sockets, without http.client; each read copies what is there"""

    def say(status: str) -> None:
        conn.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    def text(first: str, fields: Fields) -> bytes:
        lines = [first, *(f"{name}: {value}" for name, value in fields), "Connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1")

    with suppress(OSError, EOFError), conn, conn.makefile("rb") as file:
        try:
            method, target, fields, length = read_head(file)
        except ValueError:
            return say("400 Bad Request")
        via = [value for name, value in fields if name.lower() == "x-forwarded-for"]
        fields = [p for p in _end_to_end(fields) if p[0].lower() != "x-forwarded-for"]
        fields.append(("X-Forwarded-For", ", ".join([*via, conn.getpeername()[0]])))
        try:
            server = socket.create_connection(upstream, timeout=seconds)
        except OSError:
            return say("502 Bad Gateway")
        with server, server.makefile("rb") as answer:
            server.sendall(text(f"{method} {target} HTTP/1.1", fields))
            while length:
                piece = file.read1(length)
                if not piece:
                    raise EOFError
                server.sendall(piece)
                length -= len(piece)
            try:
                lines = [answer.readline()]
                while lines[-1].strip():
                    lines.append(answer.readline())
            except TimeoutError:
                return say("504 Gateway Timeout")
            except OSError:
                return say("502 Bad Gateway")
            words = lines[0].decode("latin-1").split(None, 2)
            if not words or not words[0].startswith("HTTP/1."):
                return say("502 Bad Gateway")
            pairs = [line.decode("latin-1").strip().split(":", 1) for line in lines[1:-1]]
            got = [(name, value.strip()) for name, value in pairs]
            plain = {name.lower(): value for name, value in got}
            bodiless = method == "HEAD" or words[1] in ("204", "304")
            chunked = not bodiless and "content-length" not in plain
            more = [("Transfer-Encoding", "chunked")] if chunked else []
            conn.sendall(text(" ".join(words).strip(), _end_to_end(got) + more))
            if bodiless:
                return
            if "chunked" in plain.get("transfer-encoding", ""):  # as they come, byte for byte
                size = -1
                while size:
                    line = answer.readline()
                    if not line:
                        raise EOFError
                    size = int(line, 16)
                    conn.sendall(line)
                    rest = size + 2 if size else 0
                    while rest:
                        piece = answer.read1(rest)
                        if not piece:
                            raise EOFError
                        conn.sendall(piece)
                        rest -= len(piece)
                conn.sendall(b"\r\n")  # without trailers
                return
            while piece := answer.read1(65536):
                conn.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            conn.sendall(b"0\r\n\r\n" if chunked else b"")


Ask = Callable[[http.client.HTTPConnection, str, Any, str, str, Fields, int], Any]


def _head(
    server: Any,
    address: str,
    method: str,
    target: str,
    fields: Fields,
    clean: Callable[[Iterable[tuple[str, str]]], Fields] = _end_to_end,
) -> None:
    server.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in clean(fields):
        if name.lower() == "x-forwarded-for":
            address = f"{value}, {address}"
        else:
            server.putheader(name, value)
    server.putheader("X-Forwarded-For", address)
    server.endheaders()


def _body(server: Any, file: Any, length: int) -> None:
    while length:
        piece = file.read1(length)
        if not piece:
            raise EOFError
        server.send(piece)
        length -= len(piece)


def _pass_pieces(conn: socket.socket, answer: Any, chunked: bool) -> None:
    while piece := answer.read1(65536):
        conn.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
    conn.sendall(b"0\r\n\r\n" if chunked else b"")


def _proxy(
    conn: socket.socket,
    upstream: Address,
    seconds: float | None,
    read_head: Callable[[Any], Any],
    head: Callable[[Any, str, str, str, Fields], None] = _head,
    body: Callable[[Any, Any, int], None] = _body,
    back: Callable[[Iterable[tuple[str, str]]], Fields] = _end_to_end,
    pieces: Callable[[socket.socket, Any, bool], None] = _pass_pieces,
    framing: Callable[[str, Any], bool] = lambda method, answer: answer.length is None,
    close: str = "Connection: close",
    first: Callable[[Any], str] = lambda answer: f"HTTP/1.1 {answer.status} {answer.reason}",
    invalid: int = 400,
    failed: int = 502,
    late: int = 504,
    failures: tuple[type[BaseException], ...] = (OSError, http.client.HTTPException),
    early: bool = False,
    own: str = "Content-Length: 0",
    gone: tuple[type[BaseException], ...] = (EOFError, OSError, http.client.HTTPException),
    closes: bool = True,
) -> None:
    def say(*lines: str) -> None:
        conn.sendall("\r\n".join([*lines, *filter(None, [close]), "", ""]).encode("latin-1"))

    server = http.client.HTTPConnection(*upstream, timeout=seconds)
    with suppress(*gone), closing(server) if closes else nullcontext(), conn, conn.makefile("rb") as file:
        try:
            if early:
                server.connect()
            method, target, fields, length = read_head(file)
            head(server, conn.getpeername()[0], method, target, fields)
            body(server, file, length)
            answer = server.getresponse()
        except ValueError:
            return say(f"HTTP/1.1 {invalid} x", own)
        except TimeoutError:
            return say(f"HTTP/1.1 {late} x", own)
        except failures:
            return say(f"HTTP/1.1 {failed} x", own)
        chunked = framing(method, answer)
        lines = [f"{name}: {value}" for name, value in back(answer.getheaders())]
        say(first(answer), *lines, *["Transfer-Encoding: chunked"] * chunked)
        pieces(conn, answer, chunked)


def _mutant(hint: str, name: str, says: str = "", **wrong: Any) -> None:
    """A proxy that is right but for this."""

    def proxy(conn: Any, upstream: Any, seconds: float, read_head: Any) -> None:
        _proxy(conn, upstream, **{"seconds": seconds, **wrong}, read_head=read_head)

    proxy.__doc__ = name
    proxy.__name__ = name.replace(" ", "_")
    mutant("reverse_proxy", hint, says)(proxy)


def _path_only(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    _head(server, address, method, target.partition("?")[0], fields)


def _always_get(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    _head(server, address, "POST" if method == "POST" else "GET", target, fields)


_mutant("target", "loses the query", "/a%2Fb", head=_path_only)
_mutant("target", "asks with GET", "DELETE", head=_always_get)


def _as_dict(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    _head(server, address, method, target, list(dict(fields).items()))


def _own_defaults(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    server.putrequest(method, target, skip_host=True)
    for name, value in _end_to_end(fields):
        server.putheader(name, value)
    server.putheader("X-Forwarded-For", address)
    server.endheaders()


_mutant("fields", "keeps fields in a dict", "fields at upstream", head=_as_dict)
_mutant("fields", "adds Accept-Encoding", "accept-encoding", head=_own_defaults)
_mutant("fields", "loses one of two cookies", "set-cookie", back=lambda f: list(dict(_end_to_end(f)).items()))


def _two_hosts(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    server.putrequest(method, target, skip_accept_encoding=True)
    for name, value in _end_to_end(fields):
        server.putheader(name, value)
    server.endheaders()


_mutant("request", "adds a second Host", "exactly one Host", head=_two_hosts)


def _cleaned(clean: Callable[[Iterable[tuple[str, str]]], Fields]) -> Callable[..., None]:
    return lambda *args: _head(*args, clean=clean)


_mutant("hop", "passes everything on", "for one connection only", head=_cleaned(list))
_mutant(
    "hop",
    "compares names with their capitals",
    "for one connection only",
    head=_cleaned(lambda fields: [p for p in fields if p[0] not in {name.title() for name in HOP} | {"TE"}]),
)
_mutant("named", "does not read Connection", "x-for-you", head=_cleaned(_standard))
_mutant("hop back", "passes everything back", "for one connection only", back=_standard)


def _silent(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    server.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in _end_to_end(fields):
        server.putheader(name, value)
    server.endheaders()


def _replaces(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    _head(server, address, method, target, [p for p in fields if p[0].lower() != "x-forwarded-for"])


def _one_more(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    server.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in [*_end_to_end(fields), ("X-Forwarded-For", address)]:
        server.putheader(name, value)
    server.endheaders()


_mutant("forwarded", "does not say who has asked", "X-Forwarded-For", head=_silent)
_mutant("forwarded", "replaces the old value", "192.0.2.7", head=_replaces)
_mutant("forwarded", "adds a second field", "192.0.2.7", head=_one_more)


def _no_body(server: Any, file: Any, length: int) -> None:
    file.read(length)


def _as_text(server: Any, file: Any, length: int) -> None:
    server.send(file.read(length).decode("latin-1").encode())


def _whole(server: Any, file: Any, length: int) -> None:
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    server.send(data)


def _once(server: Any, file: Any, length: int) -> None:
    if length:
        server.send(file.read1(length) if length < 1000 else file.read1(65536))
        if length < 1000:
            return


def _half_is_fine(server: Any, file: Any, length: int) -> None:
    while length and (piece := file.read1(length)):
        server.send(piece)
        length -= len(piece)


_mutant("body", "loses the body", body=_no_body)
_mutant("body", "takes the body for text", body=_as_text)
_mutant("large", "one piece of the body", body=_once)
_mutant("stream up", "waits for the whole body", body=_whole)


def _read_all(conn: socket.socket, answer: Any, chunked: bool) -> None:
    data = answer.read()
    conn.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data) if chunked and data else data)
    if chunked and not data:
        conn.sendall(b"0\r\n\r\n")


def _raw(conn: socket.socket, answer: Any, chunked: bool) -> None:
    while piece := answer.read1(65536):
        conn.sendall(piece)


def _one_piece(conn: socket.socket, answer: Any, chunked: bool) -> None:
    piece = answer.read1(65536)
    conn.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(piece), piece) if chunked else piece)


_mutant("stream down", "waits for the whole answer", pieces=_read_all)
_mutant("large", "one piece of the answer", pieces=_one_piece)
_mutant("framing", "says chunked and sends none", pieces=_raw)
_mutant("framing", "no length at all", "no chunks", framing=lambda method, answer: False)
_mutant(
    "framing",
    "passes Transfer-Encoding back and takes the chunks off",
    back=lambda f: [p for p in f if p[0].lower() == "transfer-encoding"] + _end_to_end(f),
    framing=lambda method, answer: False,
)
_mutant("framing", "no length of its own answers", own="X-Length: 0")
_mutant("closing", "does not say close", "Connection: close", close="")
_mutant("status", "always 200", first=lambda answer: f"HTTP/1.1 {max(200, min(answer.status, 204))} x")
_mutant(
    "bodiless", "chunks where there is no body", framing=lambda m, a: a.getheader("Content-Length") is None
)


@mutant("reverse_proxy", "status")
def with_urllib(
    conn: socket.socket, upstream: Address, seconds: float, read_head: Callable[[Any], Any]
) -> None:
    """an exception for every status above 299"""

    def first(answer: Any) -> str:
        if answer.status >= 400:
            raise urllib.error.URLError(answer.reason)
        return f"HTTP/1.1 {answer.status} {answer.reason}"

    _proxy(conn, upstream, seconds, read_head, first=first)


def _ends_well(conn: socket.socket, answer: Any, chunked: bool) -> None:
    try:
        while piece := answer.read1(65536):
            conn.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
    except (OSError, http.client.HTTPException):
        pass
    conn.sendall(b"0\r\n\r\n" if chunked else b"")


_mutant("broken", "the last chunk whatever has happened", "looks complete", pieces=_ends_well)
_mutant("invalid", "502 for a bad request", invalid=502)
_mutant("invalid", "connects before it reads", "upstream heard", early=True)
_mutant("502", "catches no HTTPException", failures=(OSError,), gone=(EOFError, OSError))
_mutant("502", "lets the refusal out", failures=(http.client.HTTPException,))
_mutant("502", "says 500", failed=500)
_mutant("504", "waits for ever", "blocked", seconds=None)
_mutant("504", "says 502 for silence", late=502)
_mutant("leaves", "does not notice the end", body=_half_is_fine)
_mutant("leaves", "lets EOFError out", "EOFError", gone=(OSError, http.client.HTTPException))


@mutant("reverse_proxy", "forever")
def never_ends(
    conn: socket.socket, upstream: Address, seconds: float, read_head: Callable[[Any], Any]
) -> None:
    """goes on at the end of the answer"""

    def pieces(conn: socket.socket, answer: Any, chunked: bool) -> None:
        missing = 5
        while missing or not chunked:
            piece = answer.read1(65536)
            missing -= len(piece)
            if piece:
                conn.sendall(piece)

    _proxy(conn, upstream, seconds, read_head, pieces=pieces)


_mutant("close", "does not close the connection to upstream", "1 socket open", closes=False)


# -- words of the contract that are easily passed over ---------------------------------------------------


@right("reverse_proxy")
def raw_to_the_end(conn: Any, upstream: Any, seconds: float, read_head: Any) -> None:
    """a body that ends with upstream's stream ends with ours, too"""

    def framing(method: str, answer: Any) -> bool:
        return answer.chunked and method != "HEAD"

    _proxy(conn, upstream, seconds, read_head, framing=framing)


def _from_socket(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    _head(server, "127.0.0.1", method, target, fields)


def _known(server: Any, address: str, method: str, target: str, fields: Fields) -> None:
    _head(server, address, method, target if target.startswith("/") else "/", fields)


def _named_once(fields: Iterable[tuple[str, str]]) -> Fields:
    fields = list(fields)
    named = {name.lower(): value.lower() for name, value in fields}.get("connection", "")
    return [p for p in _standard(fields) if p[0].lower() not in [each.strip() for each in named.split(",")]]


def _with_value(fields: Iterable[tuple[str, str]]) -> Fields:
    return [(name, value) for name, value in _end_to_end(fields) if value]


def _similar(fields: Iterable[tuple[str, str]]) -> Fields:
    return [
        (name, value) for name, value in _end_to_end(fields) if not re.match("(?i)upgrade|x-conn|proxy", name)
    ]


def _all_that_comes(server: Any, file: Any, length: int) -> None:
    while length > 0:
        piece = file.read1(65536)
        if not piece:
            raise EOFError
        server.send(piece)
        length -= len(piece)


def _phrase(answer: Any) -> str:
    return f"HTTP/1.1 {answer.status} {http.HTTPStatus(answer.status).phrase}"


_mutant("forwarded", "its own address", "127.0.0.2", head=_from_socket)
_mutant("target", "a target begins with a slash", head=_known)
_mutant("named", "the last Connection field", "secret", head=_cleaned(_named_once))
_mutant("fields", "no field without a value", head=_cleaned(_with_value))
_mutant("fields", "names that begin so", head=_cleaned(_similar))
_mutant("behind", "whatever follows the head", body=_all_that_comes)
_mutant("status", "the phrases that Python knows", first=_phrase)


@mutant("reverse_proxy", "slow")
def impatient(conn: socket.socket, upstream: Address, seconds: float, read_head: Any) -> None:
    """a timeout for the client, too"""
    conn.settimeout(seconds)
    _proxy(conn, upstream, seconds, read_head)


@mutant("reverse_proxy", "silence")
def one_end(conn: socket.socket, upstream: Address, seconds: float, read_head: Any) -> None:
    """seconds for all of the answer"""

    def pieces(conn: socket.socket, answer: Any, chunked: bool) -> None:
        end = time.monotonic() + seconds / 2
        while piece := answer.read1(65536):
            if time.monotonic() > end and seconds < 1:
                return
            conn.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        conn.sendall(b"0\r\n\r\n" if chunked else b"")

    _proxy(conn, upstream, seconds, read_head, pieces=pieces)


@mutant("reverse_proxy", "finished")
def looks_for_the_end(conn: socket.socket, upstream: Address, seconds: float, read_head: Any) -> None:
    """no answer for who has ended its stream"""

    def body(server: Any, file: Any, length: int) -> None:
        _body(server, file, length)
        time.sleep(0.01)
        conn.setblocking(False)
        try:
            if not conn.recv(1, socket.MSG_PEEK):
                raise EOFError
        except BlockingIOError:
            conn.setblocking(True)

    _proxy(conn, upstream, seconds, read_head, body=body)


@mutant("reverse_proxy", "framing")
def nothing_with_400(conn: socket.socket, upstream: Address, seconds: float, read_head: Any) -> None:
    """400 without Content-Length"""

    def strict(file: Any) -> Any:
        try:
            return read_head(file)
        except ValueError:
            conn.sendall(b"HTTP/1.1 400 x\r\nConnection: close\r\n\r\n")
            raise EOFError from None

    _proxy(conn, upstream, seconds, strict)


@mutant("reverse_proxy", "escapes", says="ConnectionResetError")
def shocked(conn: socket.socket, upstream: Address, seconds: float, read_head: Any) -> None:
    """lets a reset of upstream out"""
    _proxy(conn, upstream, seconds, read_head, gone=(EOFError, http.client.HTTPException, TimeoutError))


@mutant("reverse_proxy", "bodiless", says="Content-Length: 0")
def of_nothing(conn: socket.socket, upstream: Address, seconds: float, read_head: Any) -> None:
    """Content-Length: 0 with HEAD"""
    asked = []

    def noted(file: Any) -> Any:
        asked.extend(head := read_head(file))
        return head

    def back(fields: Iterable[tuple[str, str]]) -> Fields:
        kept = [p for p in _end_to_end(fields) if asked[0] != "HEAD" or p[0] != "Content-Length"]
        return [*kept, ("Content-Length", "0")] if asked[0] == "HEAD" else kept

    _proxy(conn, upstream, seconds, noted, back=back)
