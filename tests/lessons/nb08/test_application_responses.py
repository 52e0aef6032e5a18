"""Every response is checked on one way, whole or in parts, from WSGI, from ASGI, or a plain function."""

from __future__ import annotations

import socket
import threading

import pytest

from netlab import serve_asgi, serve_wsgi
from netlab.servers.http import HTTPApplicationServer
from netlab.servers.http.responses import Response
from tests.servers.conftest import nothing_left as nothing_left
from tests.servers.peers import eventually


def wsgi_whole(status, fields, parts):
    return serve_wsgi(lambda environ, start: (start(status, list(fields)), parts)[1])


def wsgi_parts(status, fields, parts):
    return serve_wsgi(lambda environ, start: (start(status, list(fields)), iter([b"", *parts]))[1])


def wsgi_write(status, fields, parts):
    def application(environ, start_response):
        write = start_response(status, list(fields))
        for part in parts:
            write(part)
        return []

    return serve_wsgi(application)


def asgi(messages):
    def serve(status, fields, parts):
        async def application(scope, receive, send):
            assert scope["type"] == "http"
            pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
            await send({"type": "http.response.start", "status": int(status[:3]), "headers": pairs})
            for message in messages(parts):
                await send({"type": "http.response.body", **message})

        return serve_asgi(application)

    return serve


asgi_whole = asgi(lambda parts: [{"body": b"".join(parts)}])
asgi_parts = asgi(lambda parts: [*({"body": part, "more_body": True} for part in parts), {}])


def plain(body):
    def serve(status, fields, parts):
        def application(request):
            return Response(int(status[:3]), list(fields), body(parts), reason=status[4:])

        return HTTPApplicationServer(application, host="127.0.0.1", port=0, limits=None)

    return serve


plain_whole, plain_parts = plain(b"".join), plain(iter)

WAYS = [wsgi_whole, wsgi_parts, wsgi_write, asgi_whole, asgi_parts, plain_whole, plain_parts]
WHOLE = [wsgi_whole, asgi_whole, plain_whole]
NAMES = ["wsgi list", "wsgi iterator", "wsgi write()", "asgi", "asgi more_body", "plain", "plain iterator"]
ways = pytest.mark.parametrize("serve", WAYS, ids=NAMES)


def exchange(server, method: str = "GET", count: int = 2, version: str = "1.1") -> bytes:
    """What comes back for so many requests, sent at once, until the end of the connection."""
    request = f"{method} / HTTP/{version}\r\nHost: localhost\r\n\r\n".encode()
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(request * count)
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def fields_of(answer: bytes) -> list[bytes]:
    return answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")[1:]


@ways
def test_the_right_length(serve):
    with serve("200 Fine", [("Content-Length", "5")], [b"hel", b"lo"]) as server:
        got = exchange(server)
    assert got.count(b"HTTP/1.1 200 ") == 2 and got.count(b"\r\n\r\nhello") == 2
    assert fields_of(got).count(b"content-length: 5") == 1 and b"chunked" not in got


@ways
@pytest.mark.parametrize("length", ["0", "3", "4"])
def test_a_length_that_is_too_small(serve, length):
    """Never a byte more than announced: it would be the begin of the next response."""
    server = serve("200 OK", [("Content-Length", length)], [b"hel", b"lo"])
    got = exchange(server)
    with pytest.raises(ValueError, match=f"announced {length} bytes of body, and had [35]"):
        server.stop()
    assert got.count(b"HTTP/1.1 ") == 1  # and the connection ends
    if serve in WHOLE or length == "0":
        assert got.startswith(b"HTTP/1.1 500 ")
    else:
        assert got.partition(b"\r\n\r\n")[2] == b"hello"[: int(length)]


@ways
def test_a_length_that_is_too_large(serve):
    server = serve("200 OK", [("Content-Length", "10")], [b"hel", b"lo"])
    got = exchange(server)
    with pytest.raises(ValueError, match="announced 10 bytes of body, and had 5"):
        server.stop()
    assert got.count(b"HTTP/1.1 ") == 1
    assert got.startswith(b"HTTP/1.1 500 ") if serve in WHOLE else got.endswith(b"\r\n\r\nhello")


@ways
@pytest.mark.parametrize(
    "fields",
    [
        [("Content-Length", "5"), ("content-length", "5")],
        [("Content-Length", "5"), ("Content-Length", "6")],
        *(
            [("Content-Length", text)]
            for text in ("five", "+5", "-5", "5, 5", "0x5", "5_0", "", "5" * 20, "5.0")
        ),
        [("X-Name", "a\r\nSet-Cookie: b=c")],
        [("X-Name", "a\nb")],
        [("X-Name", "a\0b")],
        [("X Name", "a")],
        [("", "a")],
        [("X-Name:", "a")],
        [("X-Name\r\nSet-Cookie", "a")],
    ],
    ids=str,
)
def test_fields_that_can_not_be_sent(serve, fields):
    server = serve("200 OK", fields, [b"hel", b"lo"])
    got = exchange(server)
    assert (
        got.startswith(b"HTTP/1.1 500 ") and got.count(b"HTTP/1.1 ") == 1 and b"set-cookie" not in got.lower()
    )
    with pytest.raises(ValueError, match="RFC 9110|line break"):
        server.stop()


@pytest.mark.parametrize("serve", [wsgi_whole, wsgi_parts, plain_whole, plain_parts])
@pytest.mark.parametrize(
    "status, fields",
    [("200 OK", [("X-Name", "李")]), ("200 Žluť", []), ("200 a\r\nX: b", []), ("200 OK", [("X-李", "a")])],
)
def test_text_that_no_header_can_hold(serve, status, fields):
    server = serve(status, fields, [b"hel", b"lo"])
    assert exchange(server).startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    with pytest.raises(ValueError, match="X-Name|the reason phrase|X-李"):
        server.stop()


@ways
@pytest.mark.parametrize("status", ["100", "103", "199", "600", "999"])
def test_a_status_that_ends_no_exchange(serve, status):
    server = serve(f"{status} X", [], [b"hello"])
    assert exchange(server).startswith(b"HTTP/1.1 500 ")
    with pytest.raises(ValueError, match=f"from 200 to 599, not {status}"):
        server.stop()


@pytest.mark.parametrize("serve", [way for way in WAYS if way not in (asgi_whole, plain_whole)])
@pytest.mark.parametrize("part", ["text", 5, None])
def test_a_body_that_is_not_bytes(serve, part):
    server = serve("200 OK", [], [part])
    assert exchange(server).startswith(b"HTTP/1.1 500 ")
    with pytest.raises(TypeError, match="is bytes, not"):
        server.stop()


@ways
@pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content", "304 Not Modified"])
def test_a_status_without_content(serve, status):
    """What the application gives is not sent, as it would be the next response, and the log says so."""
    with serve(status, [("Content-Length", "5")], [b"hel", b"lo"]) as server:
        got = exchange(server)
        assert "has no content; what came is not sent" in "\n".join(server.log)
    assert got.count(b"HTTP/1.1 " + status[:3].encode()) == 2 and b"hel" not in got.replace(b"hello", b"")
    lengths = [field for field in fields_of(got) if field.startswith(b"content-length")]
    assert lengths == {"204": [], "205": [b"content-length: 0"], "304": [b"content-length: 5"]}[status[:3]]
    assert b"hello" not in got


@ways
def test_head_has_the_fields_and_no_body(serve):
    with serve("200 OK", [("Content-Length", "5")], [b"hel", b"lo"]) as server:
        got = exchange(server, "HEAD")
    assert got.count(b"HTTP/1.1 200") == 2 and got.count(b"Content-Length: 5") == 2 and b"hello" not in got
    with serve("200 OK", [("Content-Length", "1000")], []) as server:  # the length that GET would get
        assert exchange(server, "HEAD").count(b"Content-Length: 1000") == 2


@ways
def test_head_is_not_told_a_length_that_nobody_knows(serve):
    with serve("200 OK", [], []) as server:
        assert b"content-length" not in exchange(server, "HEAD").lower()


@ways
@pytest.mark.parametrize("connection", ["close", "Close", "x, CLOSE ", "close,x"])
def test_an_application_may_end_the_connection(serve, connection):
    server = serve("200 OK", [("CONNECTION", connection)], [b"hel", b"lo"])
    got = exchange(server)
    assert got.count(b"HTTP/1.1 ") == 1 and fields_of(got).count(b"connection: close") == 1
    if serve in (wsgi_whole, wsgi_parts, wsgi_write):
        with pytest.raises(ValueError, match="between client and server"):
            server.stop()
    else:
        server.stop()
        assert got.startswith(b"HTTP/1.1 200")


def test_an_upgrade_is_an_option_of_the_connection():
    with plain_whole("426 Upgrade Required", [("Upgrade", "h2c")], [b"no"]) as server:
        assert b"connection: upgrade" in fields_of(exchange(server))


@ways
def test_http_1_0_gets_no_chunks(serve):
    with serve("200 OK", [], [b"hel", b"lo"]) as server:
        got = exchange(server, version="1.0", count=1)
    assert got.endswith(b"\r\n\r\nhello") and b"chunked" not in got and b"connection: close" in fields_of(got)


def test_a_text_of_another_class_is_sent_as_what_it_holds():
    class Loud(str):
        def __str__(self) -> str:
            return "LOUD"

        def __format__(self, spec: str) -> str:
            return "LOUD"

    with wsgi_whole(Loud("200 fine"), [(Loud("X-Name"), Loud("quiet"))], [b""]) as server:
        got = exchange(server)
    assert got.startswith(b"HTTP/1.1 200 fine\r\n") and b"X-Name: quiet" in got


def test_trailers_are_checked_too():
    def application(request):
        return Response(200, [], iter([b"hello"]), trailers=lambda: [("X", "a\r\nY: b")])

    server = HTTPApplicationServer(application, host="127.0.0.1", port=0, limits=None)
    assert exchange(server).endswith(b"5\r\nhello\r\n")  # not complete, and it shows
    with pytest.raises(ValueError, match="line break"):
        server.stop()


@pytest.mark.parametrize("answer", [None, b"hello", (200, [], b"")])
def test_an_application_that_returns_no_response(answer):
    server = HTTPApplicationServer(lambda request: answer, host="127.0.0.1", port=0, limits=None)
    assert exchange(server).startswith(b"HTTP/1.1 500 ")
    with pytest.raises(TypeError, match="an application returns a Response"):
        server.stop()


@pytest.mark.parametrize("error", [KeyError(), ConnectionResetError(), TimeoutError(), SystemExit(1)])
@pytest.mark.parametrize("moment", ["call", "first", "second", "close"])
def test_what_a_plain_application_raises(error, moment):
    class Parts:
        def __iter__(self):
            if moment == "first":
                raise error
            yield b"half"
            if moment == "second":
                raise error

        def close(self):
            if moment == "close":
                raise error

    def application(request):
        if moment == "call":
            raise error
        return Response(200, [], Parts())

    server = HTTPApplicationServer(application, host="127.0.0.1", port=0, limits=None)
    got = exchange(server)
    assert got.startswith(b"HTTP/1.1 500 " if moment in ("call", "first") else b"HTTP/1.1 200 ")
    assert got.count(b"HTTP/1.1 ") == 1
    (kept,) = server.errors
    assert error in (kept, kept.__cause__)
    with pytest.raises(type(kept)):
        server.stop()


def test_a_streaming_application_is_told_of_head_only_by_its_end():
    """send() does not fail before the application has sent all, though nothing of it goes out."""
    finished = threading.Event()

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"part", "more_body": True})
        await send({"type": "http.response.body"})
        finished.set()

    with serve_asgi(application) as server, socket.create_connection(server.address, 10) as sock:
        sock.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert finished.wait(10)
        assert b"part" not in sock.recv(1000)


def test_an_endless_stream_ends_when_the_client_of_head_leaves():
    ended = []

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"part", "more_body": True})
        finally:
            ended.append(True)

    with serve_asgi(application) as server:
        with socket.create_connection(server.address, 10) as sock:
            sock.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200 OK" in sock.recv(1000)
        eventually(lambda: bool(ended))
