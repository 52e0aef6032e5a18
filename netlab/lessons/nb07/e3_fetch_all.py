"""Exercise 07-3: many requests, one connection, and every way in which it may end."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any, cast

from ... import servers
from ...check.engine import Cases, case, exercise
from ...check.http_replies import answer, head
from ...check.lab import LOOP, Lab
from ...check.peers import CLOSE, END, RESET, THINK, Step, Talk
from . import pages
from .bodies import LOOKALIKE
from .given import read_body
from .pages import Page, in_chunks
from .peers import LINGER, Peer, in_turn, requests_judged

HELLO = pages.HELLO


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
    slow = [(200, b"hello", [HELLO[:40], THINK, HELLO[40:]]), (200, b"hello", HELLO)]
    yield case("three pages over one connection", fetched, *pages.THREE, hint="start")
    yield case("nothing to fetch", fetched, hint="start")
    yield case("answers byte by byte", fetched, *pages.BYTE_BY_BYTE, hint="pieces")
    yield case("heads in other forms", fetched, *pages.ODD_HEADS, hint="head")
    yield case("100 and 103 before the answer", fetched, *pages.INTERIM, hint="interim")
    yield case("a server that stops to think", fetched, *slow, hint="pause")
    yield case("answers of other statuses", fetched, *pages.OTHER_STATUSES, hint="bodiless")
    yield case("answers without a body", fetched, *pages.BODILESS, hint="bodiless")
    yield case("bodies that look like answers", fetched, *pages.LOOKALIKES, hint="rest")
    yield case("answers of any kind in any pieces", any_pages, 10, hint="pieces")
    yield case("answers that do not say close", kept, *pages.KEPT, hint="options")
    yield case("answers that say close", each_the_last, *pages.CLOSING, hint="last")
    yield case("answers of HTTP/1.0", each_the_last, *pages.OLD, hint="old")
    yield case("bodies that end with the connection", until_the_end, hint="last")
    yield case("the server closes between two answers", ended_between, CLOSE, hint="again")
    yield case("the server resets between two answers", ended_between, RESET, hint="again")
    yield case("the server has closed before you ask", ended_early, CLOSE, hint="again")
    yield case("the server has reset before you ask", ended_early, RESET, hint="again")
    yield case("new connections that end at once", ended_at_once, hint="once")
    yield case("the stream ends inside an answer", cut_short, hint="inside")
    yield case("the connection breaks inside an answer", broken, hint="inside")
    yield case("answers that are not HTTP", refused, ValueError, pages.GARBAGE, hint="garbage")
    yield case("a body longer than its length", refused, ValueError, pages.TOO_LONG, hint="rest")
    yield case("answers with two lengths", refused, ValueError, pages.TWO_LENGTHS, hint="two")
    yield case("answers of HTTPServer", from_site, hint="one")
    yield case("http.server with HTTP/1.1", from_library, KeptPage, 1, hint="one")
    yield case("http.server with HTTP/1.0", from_library, OldPage, 3, hint="old")


def numbered(count: int) -> list[str]:
    return [f"/{number}" for number in range(1, count + 1)]


# -- answers that are right --------------------------------------------------------------------------


def fetched(
    lab: Lab,
    *pages: Page,
    replies: Sequence[Step] = (),
    asked: Sequence[str] = (),
    connections: int = 1,
    reader: Any = read_body,
    many: str = "one",
) -> None:
    """All pages are right, and there were so many connections.

    replies and asked: what the server says, and its targets, if some pages are asked for twice.
    """
    lab.forbids(http.client.HTTPConnection, http.client.HTTPResponse, hint="own")
    peer, targets = Peer(lab, in_turn(*(replies or [steps for *_, steps in pages]))), numbered(len(pages))
    with requests_judged(peer):
        got = lab.call(peer.address, list(targets), reader)
    wanted, sent = list(asked or targets), [each.target for each in peer.asked]
    if sent != wanted[: len(sent)]:
        lab.wrong("not these requests", expected=wanted, got=sent, verb="you sent", hint="order")
    judge(lab, got, [(status, body) for status, body, _ in pages], targets)
    if peer.left:
        lab.wrong(peer.left, hint="last")
    if peer.ignored:
        said = "you asked on a connection whose last answer you had"
        lab.wrong(said, hint="last")
    judge_connections(lab, len(targets), peer.connections, connections, many)


def judge(lab: Lab, got: Any, expected: Sequence[tuple[int, bytes]], targets: Sequence[str]) -> None:
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


def judge_connections(lab: Lab, targets: int, made: int, enough: int, many: str = "one") -> None:
    if targets and made != enough:
        said = f"{targets} targets took {made} connections, and {enough} would do"
        lab.wrong(said, hint=many if made > enough else "last")


def any_pages(lab: Lab, count: int) -> None:
    fetched(lab, *(pages.any_page(lab.rng, largest) for largest in range(1, count + 1)))


# -- connections that end ----------------------------------------------------------------------------


def kept(lab: Lab, *pages: Page) -> None:
    """Words that look like close are no reason to connect again."""
    fetched(lab, *pages, many="options")


def each_the_last(lab: Lab, *answers: bytes) -> None:
    """Each answer is the last one of its connection, and says so. The server leaves the closing to you."""
    replies = [(200, b"hello", [closed_before, data, LINGER]) for data in [*answers, answers[0]]]
    fetched(lab, *replies, connections=len(replies))


def closed_before(talk: Talk) -> None:
    """The connections before this one are closed."""
    peer = cast("Peer", talk.script)
    for other in peer.talks:
        if not peer.left and other is not talk and not other.over.wait(0.5):
            peer.left = "you asked on another connection, and the one before was over and still open"


def until_the_end(lab: Lab) -> None:
    """The server half-closes: again it leaves the closing to you."""
    bodies = [b"this body ends when I do", b"", LOOKALIKE]
    replies = [(200, body, [closed_before, head(200) + body, END, LINGER]) for body in bodies]
    fetched(lab, *replies, connections=3)


def ended_between(lab: Lab, end: Step) -> None:
    """The server has read the second request, and ends or breaks the connection instead of an answer."""
    replies, asked = [HELLO, end, HELLO, HELLO], ["/1", "/2", "/2", "/3"]
    fetched(lab, *[(200, b"hello", HELLO)] * 3, replies=replies, asked=asked, connections=2)


def ended_early(lab: Lab, end: Step) -> None:
    """The server ends or breaks the connection right after its first answer, and does not say so.

    read_body takes its time, so that the learner's next request finds a connection that has ended.
    """

    def slowly(sock: socket.socket, headers: dict[str, str], buffer: bytearray) -> bytes:
        body = read_body(sock, headers, buffer)
        lab.pause(0.05)
        return body

    pages = (200, b"hello", [HELLO, end]), (200, b"hello", HELLO)
    fetched(lab, *pages, connections=2, reader=slowly)


# -- what is wrong -----------------------------------------------------------------------------------


def refused(
    lab: Lab,
    kind: type[Exception],
    situations: Mapping[str, Sequence[Step]],
    targets: int = 3,
    connections: int = 1,
) -> None:
    """Such an error after so many connections. situations: what asks for it, and the replies before."""
    for why, replies in situations.items():
        peer = Peer(lab, in_turn(*replies))
        with requests_judged(peer):
            lab.raises(kind, peer.address, numbered(targets), read_body, why=why)
        if peer.connections != connections:
            said = f"{why}: you made {peer.connections} connections before you gave up, not {connections}"
            lab.wrong(said, hint=None if peer.connections > connections else "again")


def ended_at_once(lab: Lab) -> None:
    """On a new connection: at the beginning, and when a request is sent once more."""
    refused(lab, EOFError, {"a new connection ended without an answer": [CLOSE]})
    refused(lab, EOFError, {"the second try ended too": [HELLO, CLOSE, CLOSE]}, connections=2)
    refused(lab, ConnectionError, {"a new connection was reset": [RESET]})
    refused(lab, ConnectionError, {"the second try was reset": [HELLO, RESET, RESET]}, connections=2)


def cut_short(lab: Lab) -> None:
    whole, chunked = answer(200, b"hello", "Server: a peer"), in_chunks(200, b"hello", 2)
    for data in (whole[:3], whole[:17], whole[:-7], whole[:-1], chunked[:-1], chunked[:-9], head(100)):
        why = f"an answer ended after {data[-20:]!r}"
        refused(lab, EOFError, {why: [HELLO, [data, CLOSE]]}, targets=2)


def broken(lab: Lab) -> None:
    for said in (HELLO[:-2], HELLO[:10], head(100)):
        replies = [HELLO, [said, RESET]]
        refused(lab, ConnectionError, {f"the connection broke after {said!r}": replies})


# -- servers that are no scripts ---------------------------------------------------------------------

SITE = ["/hello", "/chunked/4", "/status/404", "/status/204"]
SITE += ["/close", "/bytes/70000", "/status/304", "/hello"]


def as_http_client(lab: Lab, server: Any, targets: Sequence[str], connections: int) -> None:
    """The answers of this server are those that http.client reads."""
    lab.enter(server)

    def connected() -> int:
        return sum(line.endswith("connected") for line in server.log)

    expected = []
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=lab.left)) as client:
        for target in targets:
            client.request("GET", target)
            with client.getresponse() as response:
                expected.append((response.status, response.read()))
    before = connected()
    judge(lab, lab.call(server.address, list(targets), read_body), expected, targets)
    judge_connections(lab, len(targets), connected() - before, connections)


def from_site(lab: Lab) -> None:
    as_http_client(lab, servers.HTTPServer(), SITE, 2)


def from_library(lab: Lab, page: type[BaseHTTPRequestHandler], connections: int) -> None:
    def handler(conn: socket.socket, address: Any) -> None:
        with suppress(OSError):
            page(conn, address, None)  # type: ignore[arg-type]

    as_http_client(lab, servers.serve(handler), numbered(3), connections)


class OldPage(BaseHTTPRequestHandler):
    """http.server of the standard library. By default it speaks HTTP/1.0, and closes after each answer."""

    wbufsize = -1  # head and body in one piece

    def do_GET(self) -> None:
        body = f"You asked for {self.path}.".encode()
        self.send_response(200 if self.path != "/2" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class KeptPage(OldPage):
    protocol_version = "HTTP/1.1"
