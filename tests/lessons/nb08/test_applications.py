"""serve_wsgi and serve_asgi: the learner's own application, run as the specifications say."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
import urllib.request
from wsgiref.validate import validator

import pytest

from netlab import serve_asgi, serve_wsgi
from tests.servers.conftest import nothing_left as nothing_left


def get(server, path="/", method="GET", body=None, **fields):
    client = http.client.HTTPConnection(server.host, server.port, timeout=10)
    try:
        client.request(method, path, body, {name.replace("_", "-"): value for name, value in fields.items()})
        response = client.getresponse()
        return response.status, response.headers, response.read()
    finally:
        client.close()


# -- WSGI --


def tell(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    known = {key: value for key, value in environ.items() if isinstance(value, str)}
    text = json.dumps({"environ": known, "body": body.decode("latin-1")}).encode()
    start_response(
        "200 Fine", [("Content-Type", "application/json"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    )
    return [text]


def test_an_application_is_told_all_about_a_request():
    with serve_wsgi(validator(tell)) as server:
        status, headers, body = get(
            server, "/a%20b/%C3%A9?x=%20", "POST", b"hi", X_One="1", Cookie="c=d", Content_Type="text/x"
        )
        told = json.loads(body)
        assert status == 200 and headers.get_all("Set-Cookie") == ["a=1", "b=2"]
        assert told["body"] == "hi"
        environ = told["environ"]
        assert (
            environ["PATH_INFO"].encode("latin-1").decode() == "/a b/é" and environ["QUERY_STRING"] == "x=%20"
        )
        assert environ["REQUEST_METHOD"] == "POST" and environ["CONTENT_LENGTH"] == "2"
        assert environ["HTTP_X_ONE"] == "1" and environ["HTTP_COOKIE"] == "c=d"
        assert environ["CONTENT_TYPE"] == "text/x" and environ["SERVER_PORT"] == str(server.port)
        told = json.loads(get(server, "/", "POST", iter([b"in ", b"chunks"]))[2])
        assert told["body"] == "in chunks" and "HTTP_TRANSFER_ENCODING" not in told["environ"]


def test_a_field_with_an_underscore_is_not_mistaken_for_another():
    with serve_wsgi(tell) as server, socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX_User: root\r\nConnection: close\r\n\r\n")
        assert b"root" not in b"".join(iter(lambda: sock.recv(65536), b""))


def test_a_body_in_parts_is_chunked_and_closed():
    closed = []

    class Parts:
        def __init__(self, start_response):
            self.start_response = start_response

        def __iter__(self):
            self.start_response("200 OK", [("Content-Type", "text/plain")])  # as late as PEP 3333 allows
            yield b""
            yield b"one "
            yield b"two"

        def close(self):
            closed.append(True)

    with serve_wsgi(lambda environ, start_response: Parts(start_response)) as server:
        _, headers, body = get(server)
        assert headers["Transfer-Encoding"] == "chunked" and body == b"one two"
        assert get(server, method="HEAD")[2] == b""
    assert closed == [True, True]


def test_a_body_that_can_not_be_sent_is_closed_too():
    closed = []

    def split(environ, start_response):
        def parts():
            start_response("200 OK", [])
            try:
                yield "one"
            finally:
                closed.append(True)

        return parts()

    server = serve_wsgi(split)
    assert get(server)[0] == 500
    with pytest.raises(TypeError, match="not str: 'one'"):
        server.stop()
    assert closed == [True]


def test_write_is_there_for_old_applications():
    def old(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written, ")
        return [b"returned"]

    with serve_wsgi(old) as server:
        assert get(server)[2] == b"written, returned"


def no_start(environ, start_response):
    return [b"hello"]


def twice(environ, start_response):
    start_response("200 OK", [])
    start_response("200 OK", [])
    return []


def text(environ, start_response):
    start_response("200 OK", [])
    return "hello"


def number(environ, start_response):
    start_response(200, [])
    return []


def hop_by_hop(environ, start_response):
    start_response("200 OK", [("Transfer-Encoding", "chunked")])
    return []


def line_break(environ, start_response):
    start_response("200 OK", [("X-A", "b\r\nSet-Cookie: c=d")])
    return []


def crash(environ, start_response):
    raise KeyError("a bug")


@pytest.mark.parametrize(
    "application, why",
    [
        (no_start, "without calling start_response"),
        (twice, "second time"),
        (text, "list of bytes"),
        (number, "200"),
        (hop_by_hop, "between client and server"),
        (line_break, "line break"),
        (crash, "a bug"),
    ],
)
def test_a_mistake_of_the_application_is_a_500_and_is_raised(application, why):
    with pytest.raises(Exception, match=why), serve_wsgi(application) as server:
        status, headers, body = get(server)
        assert status == 500 and why.encode() not in body  # not for strangers' eyes


def test_an_error_in_the_middle_of_a_body_is_not_a_complete_answer():
    def breaks(environ, start_response):
        start_response("200 OK", [])
        yield b"half"
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"), serve_wsgi(breaks) as server:
        with pytest.raises(http.client.IncompleteRead):
            get(server)


def test_a_wrong_length_is_noticed():
    def short(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        yield b"half"

    with pytest.raises(ValueError, match="announced 10"), serve_wsgi(short) as server:
        with pytest.raises(http.client.IncompleteRead):
            get(server)


@pytest.mark.parametrize("serve", [serve_wsgi, serve_asgi])
def test_what_is_no_application_is_refused_at_once(serve):
    with pytest.raises(TypeError, match="application is called as"):
        serve("no function")


# -- ASGI --


async def answer(send, body: bytes, status: int = 200, **more):
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
    )
    await send({"type": "http.response.body", "body": body, **more})


async def plain(scope, receive, send):
    assert scope["type"] == "http"
    message = await receive()
    told = {key: value for key, value in scope.items() if isinstance(value, (str, int))}
    told["headers"] = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    await answer(send, json.dumps([told, message["body"].decode()]).encode())


def test_an_asgi_application_is_told_all_about_a_request():
    with serve_asgi(plain) as server:
        told, body = json.loads(get(server, "/a%20b?x=%20", "PUT", b"hi", X_One="1")[2])
        assert (
            told["path"] == "/a b"
            and told["method"] == "PUT"
            and told["http_version"] == "1.1"
            and body == "hi"
        )
        assert ["x-one", "1"] in told["headers"]
        assert not server.errors


def test_send_returns_when_its_bytes_are_with_the_kernel():
    returned = threading.Event()

    async def large(scope, receive, send):
        assert scope["type"] == "http"
        await answer(send, b"x" * 50_000_000)
        returned.set()

    with serve_asgi(large) as server, socket.create_connection(server.address, 10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not returned.wait(0.3)  # nobody reads yet, and no system buffers so much
        taken = 0
        while taken < 50_000_000:
            taken += len(sock.recv(1 << 20))
        assert returned.wait(10)


def test_requests_share_one_event_loop():
    waiting: list[asyncio.Future[None]] = []

    async def meet(scope, receive, send):
        assert scope["type"] == "http"
        if not waiting:
            waiting.append(asyncio.get_running_loop().create_future())
            await waiting[0]
            await answer(send, b"first")
        else:
            waiting[0].set_result(None)
            await answer(send, b"second")

    bodies = []
    with serve_asgi(meet) as server:
        other = threading.Thread(target=lambda: bodies.append(get(server)[2]))
        other.start()
        while not waiting:
            time.sleep(0.001)
        bodies.append(get(server)[2])
        other.join(10)
    assert sorted(bodies) == [b"first", b"second"]


def test_a_stream_comes_as_it_is_sent_and_ends_when_the_client_leaves():
    gone, release = threading.Event(), threading.Event()

    async def stream(scope, receive, send):
        await receive()
        await answer(send, b"one", more_body=True)
        while not release.is_set():
            await asyncio.sleep(0.001)
        await send({"type": "http.response.body", "body": b"two", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        gone.set()

    with serve_asgi(stream) as server:
        with urllib.request.urlopen(server.url, timeout=10) as response:
            assert response.read(3) == b"one"
            release.set()
            assert response.read(3) == b"two"
        assert gone.wait(10)


def test_the_lifespan_is_run():
    seen = []

    async def lively(scope, receive, send):
        if scope["type"] == "lifespan":
            for _ in range(2):
                message = await receive()
                seen.append(message["type"])
                await send({"type": message["type"] + ".complete"})
            return
        await receive()
        await answer(send, b"hello")

    with serve_asgi(lively) as server:
        assert seen == ["lifespan.startup"]
        assert get(server)[2] == b"hello"
    assert seen == ["lifespan.startup", "lifespan.shutdown"]


def test_an_application_that_can_not_start_says_so():
    async def broken(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(RuntimeError, match="no database"):
        serve_asgi(broken)


async def silent(scope, receive, send):
    if scope["type"] == "http":
        return


async def wrong_order(scope, receive, send):
    await send({"type": "http.response.body", "body": b""})


async def too_much(scope, receive, send):
    await answer(send, b"")
    await send({"type": "http.response.body", "body": b"more"})


async def broken(scope, receive, send):
    raise KeyError("a bug")


@pytest.mark.parametrize(
    "application, why",
    [(silent, "before it had sent"), (wrong_order, "had to come"), (broken, "a bug")],
)
def test_a_mistake_of_an_asgi_application_is_a_500_and_is_raised(application, why):
    with pytest.raises(Exception, match=why), serve_asgi(application) as server:
        assert get(server)[0] == 500


def test_what_is_between_client_and_server_is_the_servers_own():
    async def meddles(scope, receive, send):
        assert scope["type"] == "http"
        fields = [(b"connection", b"close"), (b"transfer-encoding", b"gzip"), (b"date", b"once")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": b"hello"})

    with serve_asgi(meddles) as server:
        _, headers, body = get(server)
    assert body == b"hello" and "Transfer-Encoding" not in headers
    assert headers.get_all("Connection") == ["close"] and headers.get_all("Date") == ["once"]


def test_stop_does_not_wait_for_an_application_that_sleeps():
    begun = threading.Event()

    async def sleeps(scope, receive, send):
        assert scope["type"] == "http"
        await receive()
        await answer(send, b"one", more_body=True)
        begun.set()
        await asyncio.sleep(3600)

    server = serve_asgi(sleeps)
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert begun.wait(10)
        server.stop()
        while data := sock.recv(1000):
            assert b"0\r\n\r\n" not in data  # cut short, and it shows
    assert not server.errors


def test_a_taken_port_leaves_no_event_loop():
    with serve_wsgi(tell) as first, pytest.raises(OSError, match="taken"):
        serve_asgi(plain, port=first.port)


def test_strangers_are_not_let_in():
    for serve, application in ((serve_wsgi, tell), (serve_asgi, plain)):
        with serve(application) as server:
            assert get(server, Host="evil.example")[0] == 421
