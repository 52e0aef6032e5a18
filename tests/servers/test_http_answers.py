"""Every answer of every page is a message that the strict reader takes, and that goes with its request."""

from __future__ import annotations

import itertools
import socket

import pytest

from netlab import HTTPServer
from netlab.servers.http.routes import METHODS, ROUTES
from netlab.wire.http_messages import ChunkReader, ResponseHead, body_length, end_of_head, parse_response

from .peers import receive_all

PATHS = [route.example for route in ROUTES]
MORE = ["/nowhere", "*", "/status/204", "/status/205", "/status/304", "/bytes/0", "/chunked/0"]
NEEDED = {
    401: "WWW-Authenticate",
    405: "Allow",
    407: "Proxy-Authenticate",
    426: "Upgrade",
    206: "Content-Range",
}


def answer(
    server: HTTPServer, method: str, target: str, version: str, *fields: str
) -> tuple[ResponseHead, bytes]:
    """The only answer on a connection, strictly read, and the bytes of its body without their framing."""
    lines = [f"{method} {target} HTTP/{version}", "Host: localhost", "Connection: close", "", ""]
    with socket.create_connection(server.address, timeout=10) as sock:
        sock.sendall("\r\n".join(lines).encode())
        data = receive_all(sock)
    end = end_of_head(data)
    head, rest = parse_response(data[:end]), data[end:]
    length = body_length(head, answers=method)
    if length == "chunked":
        reader = ChunkReader(unfold=True)
        body = reader.feed(rest)
        assert reader.done and not reader.rest
        return head, body
    assert length == "close" or len(rest) == (length or 0)
    return head, rest


@pytest.mark.parametrize("target", [*PATHS, *MORE, *(f"/status/{code}" for code in NEEDED)])
def test_an_answer_goes_with_its_request(target):
    with HTTPServer() as server:
        for method, version in itertools.product([*METHODS, "TRACE"], ["1.0", "1.1"]):
            if target == "*" and method != "OPTIONS":
                continue
            head, body = answer(server, method, target, version)
            said = f"{method} {target} HTTP/{version}: {head.raw!r}"
            assert head.version == (1, 1) and len(head.all("Date")) == 1, said
            assert head.options("Connection")[:1] == ["close"], said
            assert method != "HEAD" or not body, said
            assert version == "1.1" or not head.all("Transfer-Encoding"), said
            assert head.status not in (204, 205, 304) or (not body and not head.all("Transfer-Encoding")), (
                said
            )
            assert head.status != 204 or not head.all("Content-Length"), said
            assert head.status not in NEEDED or head.get(NEEDED[head.status]), said
            assert (head.status == 501) == (method == "TRACE"), said
            if method == "HEAD":
                same, _ = answer(server, "GET", target, version)
                assert (head.status, names(head)) == (same.status, names(same)), said
    assert not server.errors


def names(head: ResponseHead) -> set[str]:
    """Which fields it has. Those about the length may be left out for HEAD (RFC 9110, section 9.3.2)."""
    return {field.name for field in head.fields} - {"Content-Length", "Transfer-Encoding"}
