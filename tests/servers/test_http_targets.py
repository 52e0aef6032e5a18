"""A target with an authority: that is the host, for every kind of application (RFC 9112, section 3.2.2)."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from netlab import HTTPServer, serve_asgi, serve_wsgi

from .peers import receive_all

ASKED = [
    ("/x", "1.1", ["b.localhost"], "b.localhost"),
    ("http://a.localhost:81/x", "1.1", ["b.localhost"], "a.localhost:81"),
    ("HTTP://A.localhost", "1.1", ["b.localhost"], "A.localhost"),
    ("http://[::1]:81/x", "1.1", ["example.org"], "[::1]:81"),
    ("http://a.localhost/x", "1.1", [""], "a.localhost"),
    ("http://a.localhost/x", "1.0", [], "a.localhost"),
    ("http://a.localhost/x", "1.0", ["b.localhost"], "a.localhost"),
    ("/x", "1.0", [], None),
]


def said(server: Any, target: str, version: str, hosts: list[str]) -> bytes:
    lines = [
        f"GET {target} HTTP/{version}",
        "Connection: close",
        *(f"Host: {host}" for host in hosts),
        "",
        "",
    ]
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall("\r\n".join(lines).encode())
        return receive_all(sock)


@pytest.mark.parametrize("target, version, hosts, host", ASKED)
def test_the_host_of_wsgi_and_asgi_is_that_of_the_target(target, version, hosts, host):
    seen: list[list[str] | str | None] = []

    def wsgi(environ, start_response):
        seen.append(environ.get("HTTP_HOST"))
        start_response("200 OK", [])
        return [b""]

    async def asgi(scope, receive, send):
        assert scope["type"] == "http"
        seen.append([value.decode() for name, value in scope["headers"] if name == b"host"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    for serve, application in ((serve_wsgi, wsgi), (serve_asgi, asgi)):
        with serve(application) as server:
            assert said(server, target, version, hosts).startswith(b"HTTP/1.1 200")
    assert seen == [host, [host] if host else []]


def test_what_came_stays_what_came():
    with HTTPServer() as server:
        answer = said(server, "http://a.localhost/echo", "1.1", ["example.org"])
    assert b"\r\n\r\nGET http://a.localhost/echo HTTP/1.1\r\n" in answer and b"Host: example.org" in answer


@pytest.mark.parametrize("method", ["BREW", "TRACE", "get"])
def test_a_method_that_no_page_has_is_501_on_every_path(method):
    with HTTPServer() as server:
        for path in ("/hello", "/nowhere"):
            asked = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            with socket.create_connection(server.address, timeout=10) as sock:
                sock.sendall(asked.encode())
                assert receive_all(sock).startswith(b"HTTP/1.1 501"), path
