"""Python's http.server as many programs use it, beside the strict server of the course."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from ...servers import BackgroundServer, HTTPServer, serve

_GET, _POST, _HOST = b"GET /hello HTTP/1.1\r\n", b"POST /echo HTTP/1.1\r\n", b"Host: 127.0.0.1\r\n"
MISTAKES = {
    "a LF alone": b"GET /hello HTTP/1.1\nHost: 127.0.0.1\n\n",
    "no Host": _GET + b"\r\n",
    "a space before a colon": _GET + _HOST + b"Accept : text/plain\r\n\r\n",
    "a folded line": _GET + _HOST + b"A: one\r\n two\r\n\r\n",
    "two lengths": _POST + _HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a length and chunks": _POST
    + _HOST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


class _Handler(BaseHTTPRequestHandler):
    """Answers hello to GET, HEAD and POST. The body of a request has as many bytes as Content-Length says."""

    protocol_version = "HTTP/1.1"
    timeout = 5
    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.requestline)
        with suppress(ValueError):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"hello")

    do_POST = do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


def library_server(seen: list[str]) -> BackgroundServer:
    """A server on a BaseHTTPRequestHandler, which appends each request line that it sees to `seen`."""
    kind = type("Handler", (_Handler,), {"seen": seen})
    return serve(lambda conn, address: kind(conn, address, None))


def answers_to(request: bytes) -> tuple[str, str]:
    """The status (code and reason) that the strict server gives to these bytes, and the one of http.server.

    No more bytes follow: the sender has finished its stream.
    """
    with HTTPServer() as strict, library_server([]) as lenient:
        return _status(_sent(strict.address, request)), _status(_sent(lenient.address, request))


def _sent(address: Any, request: bytes) -> bytes:
    answer = b""
    with socket.create_connection(address, timeout=8) as sock, suppress(ConnectionError):
        sock.sendall(request)
        sock.shutdown(socket.SHUT_WR)
        while part := sock.recv(65536):
            answer += part
    return answer


def _status(answer: bytes) -> str:
    found = re.match(rb"HTTP/[\d.]+ (\d{3})([^\r\n(]*)", answer)
    if found:
        return (found[1] + found[2].rstrip()).decode("latin-1")
    return "a page without a head" if answer else "no answer"
