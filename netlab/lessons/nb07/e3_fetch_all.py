"""Exercise 07-3: fetch_all."""

from __future__ import annotations

from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import endings, fetching


@exercise(
    raises={UnicodeDecodeError: "head", TimeoutError: "pause", TypeError: "start"}, stuck={LOOP: "forever"}
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
    yield case("three pages over one connection", fetching.replied, *fetching.THREE, hint="start")
    yield case("nothing to fetch", fetching.replied, hint="start")
    yield case("answers byte by byte", fetching.drips, hint="pieces")
    yield case("heads in other forms", fetching.replied, *fetching.odd_heads(), hint="head")
    yield case("100 and 103 before the answer", fetching.replied, *fetching.interim(), hint="interim")
    yield case("answers without a body", fetching.replied, *fetching.bodiless(), hint="bodiless")
    yield case("bodies that look like answers", fetching.replied, *fetching.lookalikes(), hint="rest")
    yield case("answers of any kind in any pieces", fetching.any_answers, 10, hint="pieces")
    yield case("answers that say close", endings.said_close, *endings.CLOSING, hint="close")
    yield case("answers of HTTP/1.0", endings.said_close, *endings.OLD, hint="old")
    yield case("bodies that end with the connection", endings.until_the_end, hint="close")
    yield case("the server closes between two answers", endings.ended_between, "close", hint="again")
    yield case("the server resets between two answers", endings.ended_between, "reset", hint="again")
    yield case("the server has closed before you ask", endings.ended_early, hint="again")
    yield case("new connections that end at once", endings.ended_at_once, hint="once")
    yield case("the stream ends inside an answer", endings.ended_inside, hint="inside")
    yield case("the connection breaks inside an answer", endings.broke_inside, hint="inside")
    yield case("answers that are not HTTP", endings.garbage, hint="garbage")
    yield case("a body longer than its length", endings.too_long, hint="rest")
    yield case("answers with two lengths", endings.contradicted, hint="two")
    yield case("answers of HTTPServer", fetching.from_site, hint="one")
    yield case("http.server with HTTP/1.1", fetching.from_library, "HTTP/1.1", 1, hint="one")
    yield case("http.server with HTTP/1.0", fetching.from_library, "HTTP/1.0", 3, hint="old")
