"""serve_wsgi and the sentences of PEP 3333, also the optional ones."""

from __future__ import annotations

import io
import json
import socket
import sys
import threading
from wsgiref.util import request_uri
from wsgiref.validate import validator

import pytest

from netlab import serve_wsgi
from tests.servers.conftest import nothing_left as nothing_left
from tests.servers.peers import eventually

CLOSE = b"Host: localhost\r\nConnection: close\r\n"


def ask(server, line: bytes = b"GET /", fields: bytes = CLOSE, body: bytes = b"") -> bytes:
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(line + b" HTTP/1.1\r\n" + fields + b"\r\n" + body)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def raised(server) -> BaseException:
    with pytest.raises(Exception) as caught:
        server.stop()
    return caught.value


# -- start_response() --


def test_with_exc_info_it_replaces_a_head_that_is_not_out():
    def application(environ, start_response):
        start_response("200 OK", [("X-Kind", "first")])
        yield b""  # an empty part sends no head
        try:
            raise ValueError("no luck")
        except ValueError:
            start_response("503 Later", [("X-Kind", "second")], sys.exc_info())
        yield b"an error page"

    with serve_wsgi(application) as server:
        got = ask(server)
    assert got.startswith(b"HTTP/1.1 503 Later\r\n") and b"second" in got and b"first" not in got
    assert b"an error page" in got


@pytest.mark.parametrize("by_write", [False, True])
def test_with_exc_info_it_raises_that_when_output_is_out(by_write):
    seen = []

    def fails(start_response):
        try:
            raise ValueError("in the middle")
        except ValueError:
            try:
                start_response("500 Oh", [], sys.exc_info())
            except ValueError as error:
                seen.append(error)
                raise

    def parts(environ, start_response):
        start_response("200 OK", [])
        yield b"half"
        fails(start_response)
        yield b"an error page inside a 200"

    def writes(environ, start_response):
        start_response("200 OK", [])(b"half")
        fails(start_response)
        return [b"an error page inside a 200"]

    server = serve_wsgi(writes if by_write else parts)
    got = ask(server)
    error = raised(server)
    assert seen == [error] and got.endswith(b"4\r\nhalf\r\n") and b"page" not in got


def test_twice_is_fatal_also_if_the_first_call_failed():
    def application(environ, start_response):
        try:
            start_response("200 OK", [("X-Name", "a\nb")])
        except ValueError:
            start_response("200 OK", [])
        return [b"hello"]

    server = serve_wsgi(application)
    assert ask(server).startswith(b"HTTP/1.1 500 ")
    assert "a second time without exc_info" in str(raised(server))


@pytest.mark.parametrize(
    "name", ["Connection", "keep-alive", "TE", "Transfer-Encoding", "UPGRADE", "Trailers"]
)
def test_hop_by_hop_fields_are_refused(name):
    def application(environ, start_response):
        with pytest.raises(ValueError, match=f"{name} is between client and server"):
            start_response("200 OK", [(name, "x")])
        raise KeyError("the application knows")

    server = serve_wsgi(application)
    assert ask(server).startswith(b"HTTP/1.1 500 ")
    assert "the application knows" in str(raised(server))


@pytest.mark.parametrize(
    "status", ["200OK", "20 OK", "2000 OK", " 200 OK", "٢٠٠ OK", "", b"200 OK", 200, None]
)
def test_a_status_is_three_digits_and_a_phrase(status):
    server = serve_wsgi(lambda environ, start_response: start_response(status, []))
    assert ask(server).startswith(b"HTTP/1.1 500 ")
    assert 'text such as "200 OK"' in str(raised(server))


@pytest.mark.parametrize(
    "headers", [None, (("A", "b"),), {"A": "b"}, ["A"], [("A", "b", "c")], [("A", 1)], [(b"A", b"b")]]
)
def test_headers_are_a_list_of_pairs_of_text(headers):
    server = serve_wsgi(lambda environ, start_response: start_response("200 OK", headers))
    assert ask(server).startswith(b"HTTP/1.1 500 ")
    assert isinstance(raised(server), TypeError)


@pytest.mark.parametrize("result", [None, 5, "text", b"bytes", {"a": 1}])
def test_what_an_application_may_not_return(result):
    server = serve_wsgi(lambda environ, start_response: (start_response("200 OK", []), result)[1])
    assert ask(server).startswith(b"HTTP/1.1 500 ")
    assert "bytes" in str(raised(server))


def test_a_body_before_start_response():
    server = serve_wsgi(lambda environ, start_response: iter([b"hello"]))
    assert ask(server).startswith(b"HTTP/1.1 500 ")
    assert "without calling start_response() first" in str(raised(server))


def test_an_application_may_be_a_class_or_give_a_sequence():
    class Application:
        def __init__(self, environ, start_response):
            start_response("200 OK", [])

        def __getitem__(self, index):
            return [b"one ", b"two"][index]

    with serve_wsgi(Application) as server:
        assert b"one " in ask(server) and b"two" in ask(server)


# -- the body --


def test_write_sends_at_once():
    read = threading.Event()

    def application(environ, start_response):
        write = start_response("200 OK", [])
        write(b"one")
        write(b"two" if read.wait(10) else b"too late")
        return [b"three"]

    with serve_wsgi(application) as server, socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n")
        got = b""
        while b"one" not in got:
            got += sock.recv(1000)
        read.set()
        got += b"".join(iter(lambda: sock.recv(1000), b""))
        assert got.endswith(b"3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n")


def test_write_past_the_announced_length_raises_each_time():
    """And an application that does not care sends not a byte more."""
    raised_here = []

    def application(environ, start_response):
        write = start_response("200 OK", [("Content-Length", "6")])
        for part in (b"half", b"and more", b"x" * 10, b"x" * 100):
            try:
                write(part)
            except ValueError:
                raised_here.append(part[:1])
        return []

    server = serve_wsgi(application)
    assert ask(server).partition(b"\r\n\r\n")[2] == b"halfan"
    assert raised_here == [b"a", b"x", b"x"]
    assert "announced 6 bytes of body, and had 122" in str(raised(server))


def test_close_is_called_once_on_every_way():
    closed = []

    class Parts(list):
        def close(self):
            closed.append(self.way)

    def application(environ, start_response):
        way = environ["PATH_INFO"][1:]
        parts = {"text": Parts(["text"]), "endless": Parts([bytes(1 << 20)] * 100)}.get(
            way, Parts([b"a", b"b"])
        )
        parts.way = way
        if way != "not begun":
            start_response("200 OK" if way != "no content" else "204 No", [])
        return parts if way == "list" else _Iterable(parts)

    class _Iterable:
        def __init__(self, parts):
            self.parts, self.close = parts, parts.close

        def __iter__(self):
            return iter(self.parts)

    ways = ["list", "iterator", "text", "not%20begun", "no%20content", "head"]
    server = serve_wsgi(application)
    for way in ways:
        ask(server, (b"HEAD /" if way == "head" else b"GET /") + way.encode())
    assert closed == [way.replace("%20", " ") for way in ways]
    with socket.create_connection(server.address, timeout=10) as sock:  # and away
        sock.sendall(b"GET /endless HTTP/1.1\r\n" + CLOSE + b"\r\n")
    eventually(lambda: closed[-1] == "endless")
    assert len(closed) == len(ways) + 1
    assert isinstance(raised(server), (TypeError, RuntimeError))


def test_the_file_wrapper():
    files = []

    def application(environ, start_response):
        start_response("200 OK", [])
        files.append(io.BytesIO(b"x" * 100_000))
        return environ["wsgi.file_wrapper"](files[0])

    with serve_wsgi(application) as server:
        assert ask(server).count(b"x") == 100_000
    assert files[0].closed


# -- environ --


LINES = [b"one\n", b"two\n", b"three"]


@pytest.mark.parametrize(
    "read, what",
    [
        (lambda file: [file.read()], [b"one\ntwo\nthree"]),
        (
            lambda file: [file.read(5), file.read(0), file.read(100), file.read(1)],
            [b"one\nt", b"", b"wo\nthree", b""],
        ),
        (
            lambda file: [file.readline(), file.readline(2), file.readline(9), file.readline()],
            [b"one\n", b"tw", b"o\n", b"three"],
        ),
        (lambda file: file.readlines(), LINES),
        (lambda file: file.readlines(1), [b"one\n"]),
        (lambda file: list(file), LINES),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_the_input(read, what, chunked):
    seen = []

    def application(environ, start_response):
        assert environ["CONTENT_LENGTH"] == "13" and environ["wsgi.input_terminated"] is True
        assert "HTTP_TRANSFER_ENCODING" not in environ
        seen.extend(read(environ["wsgi.input"]))
        start_response("200 OK", [])
        return [b""]

    body = b"one\ntwo\nthree"
    framing = b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: 13\r\n"
    with serve_wsgi(application) as server:
        ask(server, b"POST /", CLOSE + framing, b"d\r\n" + body + b"\r\n0\r\n\r\n" if chunked else body)
    assert seen == what


@pytest.mark.parametrize("host, name", [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_the_names_of_both_ends(host, name):
    def application(environ, start_response):
        known = {key: environ[key] for key in ("SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR")}
        bare = {key: value for key, value in environ.items() if key != "HTTP_HOST"}
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [json.dumps([known, request_uri(environ), request_uri(bare)]).encode()]

    try:
        server = serve_wsgi(validator(application), host=host)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server:
        got = ask(server, b"GET /a?b=c").partition(b"\r\n\r\n")[2]
    known, uri, bare = json.loads(got[got.index(b"[") : got.rindex(b"]") + 1])
    assert known == {"SERVER_NAME": name, "SERVER_PORT": str(server.port), "REMOTE_ADDR": host}
    assert uri == "http://localhost/a?b=c" and bare == f"http://{name}:{server.port}/a?b=c"


def test_both_ends_keep_the_rules_as_the_validator_sees_them():
    def application(environ, start_response):
        environ["wsgi.errors"].write("one\n")
        environ["wsgi.errors"].flush()
        text = environ["wsgi.input"].read(3)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"", text, b"def"])

    with serve_wsgi(validator(application)) as server:
        assert b"abc" in ask(server, b"POST /", CLOSE + b"Content-Length: 3\r\n", b"abc")
        assert ask(server, b"HEAD /", CLOSE + b"Content-Length: 3\r\n", b"abc").startswith(b"HTTP/1.1 200")
        assert "one" in server.log and not server.errors
