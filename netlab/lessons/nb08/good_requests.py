"""Requests that are right, in all forms that a contract allows: for 08-3."""

from __future__ import annotations

from .clients import SMUGGLED

Request = tuple[str, str, bytes | None]  # method, target, body
GET, AGAIN = ("GET", "/hello", None), ("GET", "/3?a=b", None)
ANY = bytes(range(256))
MIXED = [
    ("POST", "/", SMUGGLED),
    ("HEAD", "/two", None),
    ("PATCH", "/three", ANY),
    ("GET", "/four", None),
    ("POST", "/", b"\r\n\r\n"),
    ("GET", "/six", None),
]
WITH_BODIES = [
    ("GET", "/one", SMUGGLED),
    ("HEAD", "/two", SMUGGLED),
    ("DELETE", "/three", SMUGGLED),
    ("POST", "/", None),
    ("GET", "/five", None),
]
TOKENS = "!#$%&'*+-.^_`|~09"
METHODS = [(method, "/", None) for method in ("get", "Post", "OPTIONS", "M-SEARCH", TOKENS)]
EVERY = "".join(map(chr, range(0x21, 0x7F)))  # all that a target may have
TARGETS = [("GET", target, None) for target in ("/a%20b", "*", "http://example.org/a?b", EVERY, "x")]
FIELDS = (
    "X-Name: Zo\xeb \x85 \xa0 \xff",  # no text in UTF-8
    "X-Name: Zo\xc3\xab",
    "X-Empty:",
    "X-Blank: \t ",
    "X-Tab: a\tb",
    'X-Time: 12:30, "a: b"',
    f"{TOKENS}: a name",
    "X: 1\r\nX: 2",
    "X-Content-Length: 9",
    "X-Transfer-Encoding: chunked",
    "X-Host: example.org",
)
BODIES = ("POST", "/", b""), ("POST", "/", ANY), GET
OTHERS = GET, ("PUT", "/x", SMUGGLED), ("DELETE", "/", None), AGAIN
POSTED = GET, ("POST", "/", b"some data"), GET
CLOSE = (
    "Connection: close",
    "connection: Close",
    "Connection: keep-alive, close",
    "Connection: x,CLOSE ,y",
    "Connection:x,\tclose",
)
STAY = (
    "Connection: keep-alive",
    "Connection: close-up, x",
    "Connection: enclosed, not-close",
    "X-Connection: close",
    "Proxy-Connection: close",
    "Close: close",
)
