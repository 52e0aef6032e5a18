"""HTTPServer: what its pages answer, and how one connection carries many requests."""

from __future__ import annotations

import hashlib
import http.client
import http.cookiejar
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from netlab import HTTPServer
from netlab.servers.http import HTTPApplicationServer
from netlab.servers.http.responses import Response
from netlab.servers.http.routes import ROUTES

from .peers import ask, receive_all


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer() as running:
        yield running


@pytest.fixture
def client(server: HTTPServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    yield connection
    connection.close()


def exchange(server, data: bytes, *, finish: bool = True) -> bytes:
    """Send bytes, finish sending, and return all that comes back."""
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(data)
        if finish:
            sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def test_its_url_is_what_urllib_takes(server):
    with urllib.request.urlopen(server.url + "/hello", timeout=10) as response:
        assert response.read() == b"hello" and response.headers["Content-Type"].startswith("text/plain")
    assert server.requests[-1] == "GET /hello: 200"


def test_over_ipv6():
    try:
        six = HTTPServer(host="::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with six, urllib.request.urlopen(six.url + "/hello", timeout=10) as response:
        assert response.read() == b"hello" and "[::1]" in six.url


def test_every_page_of_the_index_answers(server, client):
    _, index = ask(client, "GET", "/")
    assert len(ROUTES) >= 16
    for route in ROUTES:
        assert f'"{route.example}"'.encode() in index
        method = "GET" if "GET" in route.methods else "POST"
        response, body = ask(client, method, route.example)
        assert response.status < 400 or route.example == "/status/418", (route.example, body)
        if method == "GET":
            head, nothing = ask(client, "HEAD", route.example)
            assert head.status == response.status and nothing == b""
        options, _ = ask(client, "OPTIONS", route.example)
        assert options.headers["Allow"].split(", ") == list(route.methods)


def test_one_connection_carries_many_requests(server, client):
    for n in range(20):
        ask(client, "GET", "/page/1" if n % 2 else "/hello")
    where = client.sock.getsockname()
    ask(client, "POST", "/upload", b"x" * 1000)
    assert client.sock.getsockname() == where


def test_a_connection_ends_when_asked(server, client):
    response, _ = ask(client, "GET", "/hello", Connection="close")
    assert response.headers["Connection"] == "close" and client.sock is None
    assert exchange(server, b"GET /hello HTTP/1.0\r\n\r\n", finish=False).endswith(b"\r\n\r\nhello")
    stays = exchange(server, b"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2)
    assert stays.count(b"200 OK") == 2 and b"Connection: keep-alive" in stays


def test_a_body_that_ends_with_its_connection(server):
    answer = exchange(server, b"GET /close HTTP/1.1\r\nHost: localhost\r\n\r\n", finish=False)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b"This body ends when I do.\n"
    assert b"Length" not in head and b"chunked" not in head and head.count(b"Connection: close") == 1


def test_pipelined_requests_are_answered_in_order(server):
    one = b"GET /status/%d HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answers = exchange(server, b"".join(one % status for status in (200, 404, 503, 201)))
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200", b"404", b"503", b"201"]


@pytest.mark.parametrize("size", range(1, 8))
def test_a_request_in_pieces(server, size):
    data = b"\r\nPOST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    data += b"3\r\nabc\r\n0\r\nA: b\r\n\r\n"
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), size):
            sock.sendall(data[at : at + size])
        sock.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert json.loads(answer.split(b"\r\n\r\n")[1])["trailers"] == {"A": "b"}


def test_echo_is_the_request_byte_for_byte(server):
    data = b"POST /echo?x HTTP/1.1\r\nhost:   localhost \r\nX-A:b\r\n"
    data += b"Transfer-Encoding: chunked\r\n\r\n2;q\r\nhi\r\n0\r\n\r\n"
    assert exchange(server, data).split(b"\r\n\r\n", 1)[1] == data


def test_an_expectation_is_answered_before_the_body_comes(server):
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall(
            b"PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"hi")
        assert b"200 OK" in sock.recv(1000)
    too_much = b"PUT /upload HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: 99999999\r\n"
    too_much += b"Expect: 100-continue\r\n\r\n"
    assert exchange(server, too_much).startswith(b"HTTP/1.1 413")
    for version, expectation, answer in (
        (b"1.1", b"cake", b" 417 "),
        (b"1.1", b"100-continue, cake", b" 417 "),
        (b"1.1", b",100-Continue , 100-continue", b" 200 "),
        (b"1.0", b"100-continue", b"HTTP/1.1 200 "),
    ):
        asked = b"PUT /upload HTTP/%b\r\nHost: localhost\r\nExpect: %b\r\nContent-Length: 1\r\n\r\n1"
        assert answer in exchange(server, asked % (version, expectation)), expectation


def test_forms_and_uploads(server, client):
    kind = "application/x-www-form-urlencoded"
    _, body = ask(client, "POST", "/form", "a=1&a=2&empty=&%C3%A9=+x", Content_Type=kind)
    assert json.loads(body)["fields"] == [["a", "1"], ["a", "2"], ["empty", ""], ["é", " x"]]
    file = bytes(range(256))
    parts = (
        b'--B\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnna\r\n'
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + file + b"\r\n--B--\r\n"
    )
    _, body = ask(client, "POST", "/form", parts, Content_Type="multipart/form-data; boundary=B")
    found = json.loads(body)
    assert found["fields"] == [["name", "Anna"]]
    assert found["files"][0]["filename"] == "a.bin" and found["files"][0]["bytes"] == 256
    response, _ = ask(client, "POST", "/form", b"{}", Content_Type="application/json")
    assert response.status == 415
    _, body = ask(client, "PUT", "/upload", file * 1000)
    assert json.loads(body)["sha256"] == hashlib.sha256(file * 1000).hexdigest()


def test_status_of_choice(server, client):
    for code in (200, 204, 304, 404, 429, 500, 503):
        response, body = ask(client, "GET", f"/status/{code}")
        assert response.status == code and bool(body) == (code not in (204, 304))


@pytest.mark.parametrize(
    "code, field, value",
    [
        (206, "Content-Range", "bytes 0-18/19"),
        (401, "WWW-Authenticate", "Bearer"),
        (405, "Allow", "GET, HEAD"),
        (407, "Proxy-Authenticate", "Bearer"),
        (416, "Content-Range", "bytes */"),
        (426, "Upgrade", "HTTP/2.0"),
    ],
)
def test_a_status_comes_with_the_field_that_it_must_have(client, code, field, value):
    response, body = ask(client, "GET", f"/status/{code}")
    assert response.headers[field].startswith(value)
    assert code != 206 or len(body) == 19


def test_no_content_where_none_may_be(server):
    for code, length in ((204, None), (205, b"0"), (304, None)):
        answer = exchange(server, b"GET /status/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % code)
        head, _, body = answer.partition(b"\r\n\r\n")
        fields = dict(line.split(b": ") for line in head.split(b"\r\n")[1:])
        assert body == b"" and fields.get(b"Content-Length") == length
        assert b"Transfer-Encoding" not in fields


def test_redirects(server):
    with urllib.request.urlopen(server.url + "/redirect/3", timeout=10) as response:
        assert response.read() == b"hello" and response.url.endswith("/hello")
    with pytest.raises(urllib.error.HTTPError, match="infinite loop") as caught:
        urllib.request.urlopen(server.url + "/redirect/loop", timeout=10)
    caught.value.close()  # the error is the response


def test_cookies_come_back(server):
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
    )
    assert json.loads(opener.open(server.url + "/cookies/set?color=blue&n=2", timeout=10).read()) == {
        "color": "blue",
        "n": "2",
    }
    two = b"GET /cookies HTTP/1.1\r\nHost: localhost\r\nCookie: a=1; b=2\r\nCookie: c=3\r\n\r\n"
    assert json.loads(exchange(server, two).split(b"\r\n\r\n")[1]) == {"a": "1", "b": "2", "c": "3"}
    for query in ("a=b%0d%0aX:%20y", "%E6%9D%8E=1", "a=%E6%9D%8E", "a=%D9%A3", "%C3%A4=1", "a=1&=2"):
        with pytest.raises(urllib.error.HTTPError, match="400") as caught:
            opener.open(server.url + "/cookies/set?" + query, timeout=10)
        caught.value.close()
    assert not server.errors


def test_chunks_and_their_trailer(server):
    answer = exchange(server, b"GET /chunked/3 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head and b"Trailer: Content-SHA256" in head
    assert body.count(b"A line of this page") == 3 and b"\r\n0\r\nContent-SHA256: " in body
    old = exchange(server, b"GET /chunked/3 HTTP/1.0\r\n\r\n")
    assert b"chunked" not in old and old.endswith(b"something to send.\n")


def test_a_stream_comes_as_it_is_made():
    read = threading.Event()

    def parts():
        yield b"line 1 of 2\n"
        yield b"line 2 of 2\n" if read.wait(10) else b"too late"

    def application(request):
        return Response(200, [], parts())

    with HTTPApplicationServer(application) as server, socket.create_connection(server.address, 10) as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        data = b""
        while b"line 1 of 2" not in data:
            data += sock.recv(65536)
        assert b"line 2" not in data
        read.set()
        assert receive_all(sock).endswith(b"line 2 of 2\n")


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/hello", 405),
        ("BREW", "/hello", 501),
        ("GET", "/bytes/99999999999999999999", 400),
        ("GET", "/chunked/99999999", 400),
        ("GET", "/status/999", 404),
        ("GET", "/bytes/%D9%A3", 404),
    ],
)
def test_what_is_not_there_is_said(server, client, method, path, status):
    response, body = ask(client, method, path)
    assert response.status == status and body.startswith(
        b"there is no page" if status == 404 else b"%d " % status
    )
    assert status != 405 or response.headers["Allow"] == "GET, HEAD, OPTIONS"
    ask(client, "GET", "/hello")


def test_stop_ends_what_is_being_answered():
    server = HTTPServer()
    with socket.socket() as slow, socket.create_connection(server.address) as idle:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(10)
        slow.connect(server.address)
        slow.sendall(b"GET /bytes/10000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(4) == b"HTTP"  # and no more: the server waits in sendall for its time limit
        idle.sendall(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"hello" in idle.recv(1000)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 5  # not the ten seconds
        assert idle.recv(100) == b""
        assert len(receive_all(slow)) < 10_000_000
    assert not server.errors
