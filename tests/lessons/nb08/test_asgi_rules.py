"""serve_asgi and the sentences of the ASGI specification, HTTP and its error handling."""

from __future__ import annotations

import asyncio
import socket

import pytest

from netlab import serve_asgi
from netlab.lessons.nb08.exchange import scope as scope_of
from netlab.servers.http.requests import Request
from netlab.wire.http_messages import parse_request
from tests.servers.conftest import nothing_left as nothing_left
from tests.servers.peers import eventually

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
START = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"hello"}


def ask(server, data: bytes = GET) -> bytes:
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(data)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def sends(*messages):
    async def application(scope, receive, send):
        assert scope["type"] == "http"
        for message in messages:
            await send(message)

    return application


def start(**more):
    return {**START, **more}


def body(**more):
    return {**BODY, **more}


@pytest.mark.parametrize(
    "messages, why",
    [
        ([], "returned before it had sent a whole response"),
        ([START], "returned before it had sent a whole response"),
        ([BODY], "got 'http.response.body', but 'http.response.start' had to come"),
        ([START, START], "got 'http.response.start', but 'http.response.body' had to come"),
        ([{"type": "websocket.accept"}], "got 'websocket.accept', but 'http.response.start' had"),
        ([START, {"type": "http.response.trailers"}], "got 'http.response.trailers', but"),
        ([START, {"type": "http.response.pathsend", "path": "/x"}], "got 'http.response.pathsend', but"),
        ([{"type": "unknown"}], "got 'unknown', but"),
        ([{}], "got None, but"),
        (["text"], "takes a dict with a 'type', not 'text'"),
        ([{"type": "http.response.start"}, BODY], "a number from 200 to 599, not None"),
        ([start(status="200"), BODY], "a number from 200 to 599, not '200'"),
        ([start(status=True), BODY], "a number from 200 to 599, not True"),
        ([start(headers=[("a", "b")]), BODY], "both bytes, not"),
        ([start(headers=[(b"a", "b")]), BODY], "both bytes, not"),
        ([start(headers=[b"a"]), BODY], "both bytes, not"),
        ([start(headers={b"a": b"b"}), BODY], "both bytes, not"),
        ([start(headers=None), BODY], "both bytes, not None"),
        ([START, body(body="hello")], "is bytes, not str: 'hello'"),
        ([START, body(body=None)], "is bytes, not NoneType"),
        ([START, body(body=5)], "is bytes, not int"),
        ([START, body(body=[104])], "is bytes, not list"),
    ],
)
def test_what_is_no_message_is_raised_out_of_send(messages, why):
    raised = []

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        for message in messages:
            try:
                await send(message)
            except Exception as error:
                raised.append(error)
                raise

    server = serve_asgi(application)
    assert ask(server).startswith(b"HTTP/1.1 500 ")
    with pytest.raises((RuntimeError, TypeError, ValueError)) as caught:
        server.stop()
    assert why in str(caught.value) and raised in ([], [caught.value])
    assert bool(raised) == (why[:8] != "returned")


@pytest.mark.parametrize(
    "messages, end",
    [
        ([START, body(extra=1)], b"\r\n\r\nhello"),
        ([start(trailers=False, extra=1), BODY], b"\r\n\r\nhello"),
        ([{"type": "http.response.start", "status": 200}, BODY], b"\r\n\r\nhello"),
        ([START, {"type": "http.response.body"}], b"Content-Length: 0\r\nConnection: close\r\n\r\n"),
        ([START, body(body=memoryview(b"view"))], b"\r\n\r\nview"),
        ([START, body(body=bytearray(b"array"))], b"\r\n\r\narray"),
        ([start(headers=([b"a", b"b"],)), BODY], b"\r\n\r\nhello"),
        ([START, body(body=b"", more_body=True), BODY], b"5\r\nhello\r\n0\r\n\r\n"),
    ],
)
def test_what_a_message_may_be(messages, end):
    with serve_asgi(sends(*messages)) as server:
        assert ask(server).endswith(end)


def test_a_message_after_the_end_is_refused():
    server = serve_asgi(sends(START, BODY, BODY))
    assert ask(server).endswith(b"hello")
    with pytest.raises(RuntimeError, match="but the response was complete"):
        server.stop()


def test_two_tasks_may_send_at_once():
    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await send(START)
        await asyncio.wait_for(asyncio.gather(*(send(body(more_body=True)) for _ in range(5))), 5)
        await send(body(body=b""))

    with serve_asgi(application) as server:
        assert ask(server).count(b"hello") == 5


def test_receive_tells_of_the_end_when_the_response_is_complete():
    received = []

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await send(START)
        await send(BODY)
        received.extend([await receive(), await receive(), await receive()])

    with serve_asgi(application) as server:
        ask(server, GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\nhi"))
        eventually(lambda: len(received) == 3)
    assert received[0] == {"type": "http.request", "body": b"hi", "more_body": False}
    assert received[1:] == [{"type": "http.disconnect"}] * 2


def test_send_raises_an_oserror_when_the_client_has_gone():
    raised = []

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await receive()
        assert await receive() == {"type": "http.disconnect"}
        await send(START)
        try:
            while True:
                await send(body(more_body=True))
        except OSError as error:
            raised.append(error)

    with serve_asgi(application) as server:
        with socket.create_connection(server.address, timeout=10) as sock:
            sock.sendall(GET)
        eventually(lambda: bool(raised))
    assert not server.errors


def test_an_application_that_forgets_to_answer_a_client_that_has_finished():
    """The client has shut down its sending end; nobody told the application, so it is at fault."""

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await asyncio.sleep(0.2)

    server = serve_asgi(application)
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(GET)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1000).startswith(b"HTTP/1.1 500 ")
    with pytest.raises(RuntimeError, match="before it had sent"):
        server.stop()


def test_the_next_request_does_not_wait_for_what_comes_after_a_response():
    begun = []

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await send(START)
        await send(BODY)
        begun.append(True)
        await asyncio.sleep(3600)

    with serve_asgi(application) as server:
        keep = GET.replace(b"Connection: close\r\n", b"")
        assert ask(server, keep + GET).count(b"HTTP/1.1 200 ") == 2
        eventually(lambda: len(begun) == 2)


# -- scope --


def told_of(conn: socket.socket, address, data: bytes) -> dict:
    head = parse_request(data)
    return scope_of(Request(head, b"", data, (), conn, address), {"a": 1})


def test_the_scope_of_a_request():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        data = b"GET /a%20%C3%A9?x=%20 HTTP/1.0\r\nX-Two: 1\r\nHost: localhost\r\nx-two: 2\r\n\r\n"
        told = told_of(listener, ("127.0.0.1", 5), data)
        assert told == {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.0",
            "method": "GET",
            "scheme": "http",
            "path": "/a é",
            "raw_path": b"/a%20%C3%A9",
            "query_string": b"x=%20",
            "root_path": "",
            "headers": [(b"x-two", b"1"), (b"host", b"localhost"), (b"x-two", b"2")],
            "client": ("127.0.0.1", 5),
            "server": listener.getsockname(),
            "state": {"a": 1},
        }


def test_the_scope_over_ipv6_has_two_of_its_four_parts():
    seen = []

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        seen.append((scope["client"], scope["server"]))
        await send(START)
        await send(BODY)

    try:
        server = serve_asgi(application, host="::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server:
        ask(server)
    ((client, end),) = seen
    assert client[0] == "::1" and len(client) == 2 and tuple(end) == ("::1", server.port)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_the_scope_over_a_unix_socket_has_a_path_and_no_client(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # such a path has at most a hundred bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        told = told_of(listener, "", b"GET / HTTP/1.0\r\n\r\n")
    assert told["client"] is None and told["server"] == ("socket", None)


# -- what it does not serve --


@pytest.mark.parametrize("upgrade", [b"websocket", b"WebSocket", b"h2c, websocket"])
def test_a_websocket_is_refused_in_words(upgrade):
    called = []

    async def application(scope, receive, send):
        called.append(scope["type"])
        raise KeyError

    fields = b"Connection: Upgrade\r\nUpgrade: " + upgrade + b"\r\nSec-WebSocket-Version: 13\r\n"
    with serve_asgi(application) as server:
        got = ask(server, b"GET /chat HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\n")
        assert got.startswith(b"HTTP/1.1 501 ") and b"WebSocket" in got and not server.errors
        assert any("GET /chat" in line and "WebSocket" in line for line in server.log)
    assert called == ["lifespan"]


def test_another_upgrade_is_ignored():
    """Also one of HTTP/1.0, and one that the Connection field does not name (RFC 9110, section 7.8)."""
    with serve_asgi(sends(START, BODY)) as server:
        fields = b"Connection: close, Upgrade\r\nUpgrade: h2c\r\n"
        upgraded = GET.replace(b"Connection: close\r\n", fields)
        assert ask(server, upgraded).endswith(b"hello")
        assert ask(server, upgraded.replace(b"h2c", b"websocket").replace(b"/1.1", b"/1.0")).endswith(
            b"hello"
        )
        assert ask(server, GET.replace(b"Host", b"Upgrade: websocket\r\nHost")).endswith(b"hello")


@pytest.mark.parametrize("application", [lambda scope: None, lambda scope, receive, send: None])
def test_what_is_no_asgi_3_application_fails_at_its_requests(application):
    server = serve_asgi(application)
    assert ask(server).startswith(b"HTTP/1.1 500 ")
    with pytest.raises(TypeError):
        server.stop()
