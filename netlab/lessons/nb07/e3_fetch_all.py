"""Exercise 07-3: many requests, one connection, and every way in which it may end."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from ... import servers
from ...check.engine import Cases, case, exercise
from ...check.http_peers import LINGER, Asked, Peer, answer, chunks, head, in_chunks
from ...check.lab import LOOP, Lab, Stuck
from ...check.peers import CLOSE, RESET, Step, drips, random_bytes, sliced
from ...check.report import Wrong
from .bodies import LOOKALIKE
from .given import read_body

Page = tuple[int, bytes, Step]  # what has to be returned, and what the server says


@exercise(
    raises={UnicodeDecodeError: "head", TimeoutError: "pause", TypeError: "start"},
    stuck={LOOP: "forever"},
)
def fetch_all(address: tuple[str, int], targets: list[str], read_body: Any) -> Cases:
    """GET every target from the server at address; return a list of (status, body).

    address is (host, port), targets are texts like "/hello", a status is an int, a body
    is bytes. read_body is the function of exercise 07-2: read_body(sock, headers, buffer).
    (The examiner gives you one that is right.) Speak HTTP/1.1 with the field
    Host: host:port. Use one connection for all: send the next request when the answer
    before it is complete. Open another connection only if

        the answer says Connection: close (in any capitals, perhaps among other options,
            separated by commas), or is of HTTP/1.0, or its body ends with the stream:
            then close, even if the server does not, and go on with the next target;
        a connection that has brought answers ends or breaks before the first byte of
            the next one: then send this request once more, on a new connection.

    Skip the answers 1xx that come before the real one: they have no body. Answers 204
    and 304 have none either, whatever their headers say. Raise EOFError if the stream
    ends inside an answer, or on a new connection before any. Raise ValueError if an
    answer does not begin with HTTP/1. and let out what read_body raises and every
    ConnectionError. Close all your sockets. Do without http.client and urllib.
    """
    yield case("three pages over one connection", fetched, *THREE, hint="start")
    yield case("nothing to fetch", fetched, hint="start")
    yield case("answers byte by byte", fetched, *byte_by_byte(), hint="pieces")
    yield case("heads in other forms", fetched, *odd_heads(), hint="head")
    yield case("100 and 103 before the answer", fetched, *interim(), hint="interim")
    yield case("answers without a body", fetched, *bodiless(), hint="bodiless")
    yield case("bodies that look like answers", fetched, *lookalikes(), hint="rest")
    yield case("answers of any kind in any pieces", any_pages, 10, hint="pieces")
    yield case("answers that say close", each_the_last, *CLOSING, hint="close")
    yield case("answers of HTTP/1.0", each_the_last, *OLD, hint="old")
    yield case("bodies that end with the connection", until_the_end, hint="close")
    yield case("the server closes between two answers", ended_between, CLOSE, hint="again")
    yield case("the server resets between two answers", ended_between, RESET, hint="again")
    yield case("the server has closed before you ask", ended_early, hint="again")
    yield case("new connections that end at once", refused, *AT_ONCE, hint="once")
    yield case("the stream ends inside an answer", refused, *cut_short(), hint="inside")
    yield case("the connection breaks inside an answer", refused, BROKEN, hint="inside")
    yield case("answers that are not HTTP", refused, *GARBAGE, hint="garbage")
    yield case("a body longer than its length", refused, TOO_LONG, hint="rest")
    yield case("answers with two lengths", refused, *TWO_LENGTHS, hint="two")
    yield case("answers of HTTPServer", from_site, hint="one")
    yield case("http.server with HTTP/1.1", from_library, "HTTP/1.1", 1, hint="one")
    yield case("http.server with HTTP/1.0", from_library, "HTTP/1.0", 3, hint="old")


def numbered(count: int) -> list[str]:
    return [f"/{number}" for number in range(1, count + 1)]


def in_turn(*replies: Step) -> Callable[[Asked], Step]:
    """These replies, one for each request; after the last one the peer closes."""
    return lambda asked: replies[asked.number - 1] if asked.number <= len(replies) else CLOSE


# -- what is judged --------------------------------------------------------------------------------------


@contextmanager
def requests_judged(peer: Peer) -> Iterator[None]:
    """Whatever comes of it: the requests have to be right."""
    try:
        yield
    except Stuck as stuck:
        peer.judge()
        if peer.ignored:
            last = peer.asked[-1].target
            raise Wrong(
                f"the answer to {last} was the last one of its connection, and you asked there again"
            ) from stuck
        raise
    finally:
        peer.judge()


def fetched(
    lab: Lab, *pages: Page, replies: Sequence[Step] = (), connections: int = 1, again: Sequence[int] = ()
) -> None:
    """All answers are right, and there were so many connections.

    replies: of the server, if they are not those of the pages; again: numbers of targets asked twice.
    """
    lab.forbids(http.client.HTTPConnection, http.client.HTTPResponse, hint="own")
    peer, targets = Peer(lab, in_turn(*(replies or [steps for *_, steps in pages]))), numbered(len(pages))
    with requests_judged(peer):
        got = lab.call(peer.address, list(targets), read_body)
    wanted = [target for n, target in enumerate(targets, 1) for _ in range(2 if n in again else 1)]
    asked = [each.target for each in peer.asked]
    if asked != wanted[: len(asked)]:
        lab.wrong("not these requests", expected=wanted, got=asked, verb="you sent", hint="order")
    judge(lab, got, [(status, body) for status, body, _ in pages], targets, peer.connections, connections)


def judge(
    lab: Lab,
    got: Any,
    expected: list[tuple[int, bytes]],
    targets: Sequence[str],
    made: int,
    connections: int,
) -> None:
    if not isinstance(got, list):
        lab.wrong("", expected=expected, got=got, hint="start")
    for target, right, given in zip(targets, expected, got):
        if not isinstance(given, tuple) or len(given) != 2:
            lab.wrong(f"the answer to {target}", expected=right, got=given, hint="start")
        if given[0] != right[0]:
            interim = isinstance(given[0], int) and given[0] < 200
            said = f"the status of the answer to {target}"
            lab.wrong(said, expected=right[0], got=given[0], hint="interim" if interim else None)
        lab.equal(given[1], right[1])
    if len(got) != len(expected):
        lab.wrong(f"{len(targets)} targets, and your list has {len(got)}", hint="start")
    if targets and made != connections:
        said = f"{len(targets)} targets took {made} connections, and {connections} would do"
        lab.wrong(said, hint="one" if made > connections else "close")


# -- right answers ---------------------------------------------------------------------------------------


def plain(*bodies: bytes) -> list[Page]:
    return [(200, body, answer(200, body, "Content-Type: text/plain")) for body in bodies]


THREE = plain(b"hello", b"", b"and good bye")


def byte_by_byte() -> list[Page]:
    pages = [*THREE, (200, b"abcdef", in_chunks(200, b"abcdef", 2)), *plain(b"the end")]
    return [(status, body, list(drips(data))) for status, body, data in pages if isinstance(data, bytes)]


def interim() -> list[Page]:
    hints = head(103, "Link: </a.css>; rel=preload", reason="Early Hints")
    return [
        (200, b"after 100", head(100) + answer(200, b"after 100")),
        (404, b"after two", hints + head(100) + answer(404, b"after two")),
        (200, b"after 102", head(102, "Content-Length: 5") + answer(200, b"after 102")),
    ]


def bodiless() -> list[Page]:
    return [
        (204, b"", head(204)),
        (304, b"", head(304, 'ETag: "1"', "Content-Length: 1000")),
        (304, b"", head(304, "Transfer-Encoding: chunked")),
        (200, b"", answer(200, b"")),
        *plain(b"a body"),
    ]


def odd_heads() -> list[Page]:
    return [
        (200, b"abc", b"HTTP/1.1 200 \r\ncontent-length:3\r\n\r\nabc"),
        (200, b"ab", b"HTTP/1.1 200\r\nCONTENT-LENGTH: \t2 \r\nDate: a:b: c\r\n\r\nab"),
        (200, b"a", b"HTTP/1.1 200 All is well, 404 times\r\nX: K\xf6ln\r\nContent-Length: 1\r\n\r\na"),
        (299, b"abc", head(299, "TRANSFER-encoding: CHUNKED", "X-Connection: close") + chunks(b"abc", [1])),
    ]


def lookalikes() -> list[Page]:
    trap = b"\r\n\r\n" + answer(500, b"inside", "Connection: close") + LOOKALIKE
    chunked = in_chunks(200, trap, 5, 20, trailers=["Content-Length: 7", "Connection: close"])
    return [(200, trap, answer(200, trap)), (200, trap, chunked), *plain(b"the next one")]


def any_pages(lab: Lab, count: int) -> None:
    """Answers of every kind, in pieces of any size."""
    pages: list[Page] = []
    for largest in range(1, count + 1):
        status, body = lab.rng.choice((200, 201, 404, 500)), random_bytes(lab.rng, lab.rng.randint(0, 60))
        sizes = [lab.rng.randint(1, 20) for _ in range(3)]
        data = answer(status, body) if lab.rng.random() < 0.5 else in_chunks(status, body, *sizes)
        data = head(100) * lab.rng.randint(0, 1) + data
        pages.append((status, body, list(sliced(data, lab.rng, largest))))
    fetched(lab, *pages)


# -- connections that end --------------------------------------------------------------------------------

HELLO = answer(200, b"hello")
CLOSING = [
    answer(200, b"hello", "Connection: close"),
    answer(200, b"hello", "CONNECTION:Close"),
    answer(200, b"hello", "Connection: Upgrade,\tCLOSE , x"),
    answer(200, b"hello", "Connection: x", "connection: close"),
    in_chunks(200, b"hello", 2).replace(b"\r\n", b"\r\nConnection: close\r\n", 1),
]
OLD = [answer(200, b"hello", version="1.0"), answer(200, b"hello", "Server: a peer", version="1.0")]


def each_the_last(lab: Lab, *answers: bytes) -> None:
    """Each answer is the last one of its connection, and says so. The server leaves the closing to you."""
    fetched(lab, *((200, b"hello", [data, LINGER]) for data in answers), connections=len(answers))


def until_the_end(lab: Lab) -> None:
    bodies = [b"this body ends when I do", b"", LOOKALIKE]
    fetched(lab, *((200, body, [head(200) + body, CLOSE]) for body in bodies), connections=3)


def ended_between(lab: Lab, end: Step) -> None:
    """The server has read the second request, and ends or breaks the connection instead of an answer."""
    hello = (200, b"hello", HELLO)
    fetched(lab, hello, hello, hello, replies=[HELLO, end, HELLO, HELLO], connections=2, again=[2])


def ended_early(lab: Lab) -> None:
    """The server closes right after its first answer, and does not say so."""
    fetched(lab, (200, b"hello", [HELLO, CLOSE]), (200, b"hello", HELLO), connections=2)


# -- what is wrong ---------------------------------------------------------------------------------------

Refusal = tuple[type[Exception], str, list[Step], int, int]  # error, why, replies, targets, connections

AT_ONCE: list[Refusal] = [  # on a new connection: at the beginning, and when a request is sent once more
    (EOFError, "a new connection ended without an answer", [CLOSE], 3, 1),
    (EOFError, "the second try ended too", [HELLO, CLOSE, CLOSE], 3, 2),
]
BROKEN = (ConnectionError, "the connection broke inside an answer", [HELLO, [HELLO[:-2], RESET]], 3, 1)
GARBAGE = [
    (ValueError, f"the server said {data!r}", [HELLO, [data, CLOSE]], 3, 1)
    for data in (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", b"\0\1\2\r\n\r\n", b"ICY 200 OK\r\n\r\n", b"200 OK\r\n\r\n")
]
_LONGER = head(200, "Content-Length: 5") + b"hello, world\r\n\r\n"  # the rest is where the next answer begins
TOO_LONG = (ValueError, "seven bytes too many came before the second answer", [_LONGER, HELLO], 3, 1)
_BOTH = head(200, "Content-Length: 3", "Transfer-Encoding: chunked") + chunks(b"abc", [])
_TWICE = head(200, "Content-Length: 3", "Content-Length: 4") + b"abcd"
TWO_LENGTHS = [
    (ValueError, "an answer with both lengths", [[_BOTH, CLOSE]], 3, 1),
    (ValueError, "an answer with two lengths", [[_TWICE, CLOSE]], 3, 1),
]


def cut_short() -> Iterable[Refusal]:
    whole, chunked = answer(200, b"hello", "Server: a peer"), in_chunks(200, b"hello", 2)
    for data in (whole[:3], whole[:17], whole[:-7], whole[:-1], chunked[:-1], chunked[:-9], head(100)):
        yield EOFError, f"an answer ended after {data[-20:]!r}", [HELLO, [data, CLOSE]], 2, 1


def refused(lab: Lab, *refusals: Refusal) -> None:
    for kind, why, replies, targets, connections in refusals:
        peer = Peer(lab, in_turn(*replies))
        with requests_judged(peer):
            lab.raises(kind, peer.address, numbered(targets), read_body, why=why)
        if peer.connections != connections:
            said = f"{why}: you made {peer.connections} connections before you gave up, not {connections}"
            lab.wrong(said, hint=None if peer.connections > connections else "again")


# -- servers that are no scripts -------------------------------------------------------------------------

SITE = [
    "/hello",
    "/chunked/4",
    "/status/404",
    "/status/204",
    "/close",
    "/bytes/70000",
    "/status/304",
    "/hello",
]


def from_site(lab: Lab) -> None:
    """HTTPServer: its answers, as http.client reads them."""
    server = lab.enter(servers.HTTPServer())

    def connected() -> int:
        return sum(line.endswith("connected") for line in server.log)

    expected = []
    for target in SITE:
        client = http.client.HTTPConnection(server.host, server.port, timeout=lab.left)
        client.request("GET", target)
        with client.getresponse() as response:
            expected.append((response.status, response.read()))
        client.close()
    before = connected()
    got = lab.call(server.address, list(SITE), read_body)
    judge(lab, got, expected, SITE, connected() - before, 2)


def from_library(lab: Lab, version: str, connections: int) -> None:
    """http.server of the standard library. By default it speaks HTTP/1.0, and closes after each answer."""
    made = []

    class Page(BaseHTTPRequestHandler):
        protocol_version = version
        wbufsize = -1  # head and body in one piece
        timeout = lab.left

        def do_GET(self) -> None:
            body = f"You asked for {self.path}.".encode()
            self.send_response(200 if self.path != "/2" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    def handler(conn: socket.socket, address: Any) -> None:
        made.append(address)
        with suppress(OSError):
            Page(conn, address, None)  # type: ignore[arg-type]

    server = lab.enter(servers.serve(handler))
    got = lab.call(server.address, numbered(3), read_body)
    expected = [(404 if number == 2 else 200, f"You asked for /{number}.".encode()) for number in (1, 2, 3)]
    judge(lab, got, expected, numbered(3), len(made), connections)
