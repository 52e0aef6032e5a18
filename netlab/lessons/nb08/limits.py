"""Requests within limits and beyond them: for 08-4."""

from __future__ import annotations

from .bad_requests import broken
from .clients import SMUGGLED, request

HEAD, BODY = 300, 2000  # most_head, most_body


def head_of(size: int, *fields: str) -> bytes:
    """A head of exactly this many bytes."""
    short = request("GET", "/", *fields, "X-Filler: ")
    return request("GET", "/", *fields, "X-Filler: " + "x" * (size - len(short)))


def announced(size: int) -> bytes:
    """The head of a request with a body of this size."""
    return broken("POST / HTTP/1.1", "Host: example.org", f"Content-Length: {size}")


POSTED = request("POST", body=b"some data")
FORMS = [
    POSTED.replace(b"Content-Length: 9", form)
    for form in (
        b"content-length: 9",
        b"CONTENT-LENGTH:9",
        b"Content-length:\t9 \t",
        b"cOnTeNt-LeNgTh:   009",
    )
]
LIKE = "X-Content-Length: 2", "Content-Length-X: 2", "X-Note: Content-Length: 2", "Length: 2", "Content: 2"
SIMILAR = [
    *[
        request("POST", "/", field, body=b"some data").replace(b"9\r\n", f"9\r\n{field}\r\n".encode())
        for field in LIKE
    ],
    request("GET", "/", *LIKE),
    request("POST", "/?content-length:2", body=b"some data"),
    request("POST", body=b"x\r\nContent-Length: 2\r\n\r\nContent-Length: 3\r\nx"),
]
ANY = bytes(range(33)) + bytes(range(200, 256)) + b" \t\r\n"
ANYTHING = [request(method, body=ANY) for method in ("POST", "PUT", "GET", "DELETE")]
BEHIND = (POSTED, SMUGGLED), (request("GET"), POSTED)
FULL = head_of(HEAD), head_of(HEAD, "Content-Length: 500") + bytes(500)
LONG = head_of(HEAD + 1), head_of(HEAD + 1, "Content-Length: 500") + bytes(500)
