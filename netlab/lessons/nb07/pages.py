"""Pages for fetch_all: what it has to return for each, and how the server says it."""

from __future__ import annotations

import random
from collections.abc import Iterable

from ...check.http_replies import answer, chunks, head
from ...check.peers import CLOSE, Step, drips, random_bytes, sliced
from .bodies import LOOKALIKE

Page = tuple[int, bytes, Step]  # status, body, and what the server says


def plain(*bodies: bytes) -> list[tuple[int, bytes, bytes]]:
    return [(200, body, answer(200, body, "Content-Type: text/plain")) for body in bodies]


def in_chunks(status: int, body: bytes, *sizes: int, trailers: Iterable[str] = ()) -> bytes:
    """An answer in chunks."""
    return head(status, "Transfer-Encoding: chunked") + chunks(body, sizes, trailers=trailers)


def any_page(rng: random.Random, largest: int) -> Page:
    """An answer of any kind, in pieces of 1 to `largest` bytes."""
    status, body = rng.choice((200, 201, 404, 500)), random_bytes(rng, rng.randint(0, 60))
    sizes = [rng.randint(1, 20) for _ in range(3)]
    data = answer(status, body) if rng.random() < 0.5 else in_chunks(status, body, *sizes)
    return status, body, list(sliced(head(100) * rng.randint(0, 1) + data, rng, largest))


THREE = plain(b"hello", b"", b"and good bye")
BYTE_BY_BYTE: list[Page] = [
    (status, body, list(drips(data)))
    for status, body, data in (*THREE, (200, b"abcdef", in_chunks(200, b"abcdef", 2)), *plain(b"the end"))
]
ODD_HEADS: list[Page] = [
    (200, b"abc", b"HTTP/1.1 200 \r\ncontent-length:3\r\n\r\nabc"),
    (200, b"ab", b"HTTP/1.1 200\r\nCONTENT-LENGTH: \t2 \r\nDate: a:b: c\r\n\r\nab"),
    (200, b"a", b"HTTP/1.1 200 All is well, 404 times\r\nX: K\xf6ln\r\nContent-Length: 1\r\n\r\na"),
    (299, b"abc", head(299, "TRANSFER-encoding: CHUNKED", "X-Connection: close") + chunks(b"abc", [1])),
]
EARLY_HINTS = head(103, "Link: </a.css>; rel=preload", reason="Early Hints")
INTERIM: list[Page] = [
    (200, b"after 100", head(100) + answer(200, b"after 100")),
    (404, b"after two", EARLY_HINTS + head(100) + answer(404, b"after two")),
    (200, b"after 102", head(102, "Content-Length: 5") + answer(200, b"after 102")),
    (200, b"in chunks", head(103, "Content-Length: 5") + in_chunks(200, b"in chunks", 4)),
    (200, b"after ten", EARLY_HINTS * 10 + answer(200, b"after ten")),
]
OTHER_STATUSES = [
    (status, b"%d has a body" % status, answer(status, b"%d has a body" % status))
    for status in (201, 202, 203, 206, 300, 301, 302, 303, 307, 308, 400, 403, 404, 410, 500, 503)
]
BODILESS: list[Page] = [
    (204, b"", head(204)),
    (304, b"", head(304, 'ETag: "1"', "Content-Length: 1000")),
    (304, b"", head(304, "Transfer-Encoding: chunked")),
    (200, b"", answer(200, b"")),
    *plain(b"a body"),
]
TRAP = b"\r\n\r\n" + answer(500, b"inside", "Connection: close") + LOOKALIKE
LOOKALIKES: list[Page] = [
    (200, TRAP, answer(200, TRAP)),
    (200, TRAP, in_chunks(200, TRAP, 5, 20, trailers=["Content-Length: 7", "Connection: close"])),
    *plain(b"the next one"),
]

# -- answers that are the last ones of their connections: each says hello ----------------------------

KEPT: list[Page] = [
    (200, b"hello", answer(200, b"hello", *fields))
    for fields in (
        ["Connection: close-up"], ["Connection: not-close, enclosed"], ["Connection: keep-alive"],
        ["Proxy-Connection: close"], ["Keep-Alive: close"], ["Connection: x", "X-Connection: close"],
    )
]  # fmt: skip
CLOSING = [
    answer(200, b"hello", "Connection: close"),
    answer(200, b"hello", "CONNECTION:Close"),
    answer(200, b"hello", "Connection: Upgrade,\tCLOSE , x"),
    answer(200, b"hello", "Connection: x", "connection: close"),
    answer(200, b"hello", "Connection: x,close,y"),
    answer(200, b"hello", "Connection: keep-alive, close"),
    in_chunks(200, b"hello", 2).replace(b"\r\n", b"\r\nConnection: close\r\n", 1),
]
OLD = [answer(200, b"hello", version="1.0"), answer(200, b"hello", "Server: a peer", version="1.0")]
OLD += [answer(200, b"hello", "Connection: keep-alive", version="1.0")]

# -- answers that are wrong, each after what was said before

HELLO = answer(200, b"hello")
LONGER = head(200, "Content-Length: 5") + b"hello, world\r\n\r\n"  # the rest is where the next answer begins
BOTH = head(200, "Content-Length: 3", "Transfer-Encoding: chunked") + chunks(b"abc", [])
TWICE = head(200, "Content-Length: 3", "Content-Length: 4") + b"abcd"
TOO_LONG = {"seven bytes too many came before the second answer": [LONGER, HELLO]}
TWO_LENGTHS = {"an answer with both lengths": [[BOTH, CLOSE]], "an answer with two lengths": [[TWICE, CLOSE]]}
NO_HTTP = [
    b"HTTP/2.0",
    b"HTTP/0.9",
    b"http/1.1",
    b"HTTP/11",
    b"XHTTP/1.1",
    b"HTTPS/1.1",
    b"x HTTP/1.1",
    b"\r\nHTTP/1.1",
]
GARBAGE = {
    f"the server said {data!r}": [HELLO, [data, CLOSE]]
    for data in (
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n", b"\0\1\2\r\n\r\n", b"ICY 200 OK\r\n\r\n", b"200 OK\r\n\r\n",
        *(line + b" 200 OK\r\nContent-Length: 0\r\n\r\n" for line in NO_HTTP),
    )
}  # fmt: skip
