"""What the exercises of 08 are examined with: does it do what it says?"""

from __future__ import annotations

import io
import socket
from typing import Any

import pytest

from netlab.check.lab import Lab
from netlab.check.worker import Watchman
from netlab.lessons.nb08 import bad_requests
from netlab.lessons.nb08 import clients as http_clients
from netlab.lessons.nb08 import e1_router as e1
from netlab.lessons.nb08 import e4_limited_server as e4
from netlab.lessons.nb08.clients import request
from netlab.lessons.nb08.given import read_head
from netlab.lessons.nb08.upstream import HELLO, Upstream
from netlab.wire.http_messages import parse_request

pytestmark = pytest.mark.usefixtures("leaves_nothing")
BAD = [(why, data) for requests in bad_requests.BAD.values() for why, data in requests.items()]
NOBODY: e1.Answer = (404, None, {}, "")


def found(handler: str, **parameters: str) -> e1.Answer:
    return 200, handler, parameters, ""


def options(status: int, allow: str) -> e1.Answer:
    return status, None, {}, allow


ROUTED: list[tuple[e1.Routes, dict[str, e1.Answer]]] = [
    (
        {"/a/{x}": {"GET": "one"}, "/{y}/b": {"POST": "two"}},
        {
            "GET /a/b?c": found("one", x="b"),
            "POST /a/b": options(405, "GET, HEAD, OPTIONS"),
            "POST /c/b": found("two", y="c"),
            "OPTIONS /c/b": options(204, "OPTIONS, POST"),
            "GET /": NOBODY,
        },
    ),
    (
        e1.USERS,
        {
            "GET /": found("home"),
            "GET /users": found("list"),
            "POST /users": found("add"),
            "GET /users/42": found("show", id="42"),
            "DELETE /users/7": found("remove", id="7"),
            "GET /users/7/photos/3": found("photo", id="7", number="3"),
            "GET /users?": found("list"),
            "GET /users/42?full=1": found("show", id="42"),
            "GET /users?next=/users/7": found("list"),
            "GET /users/42?a=b?c": found("show", id="42"),
            **{f"GET {path}": NOBODY for path in e1.NOBODY.split()[1:]},
            **{f"GET {path}": NOBODY for path in e1.SLASHES.split()[1:]},
            "GET /files/a%2Fb": found("file", name="a/b"),
            "GET /files/%2F..%2F": found("file", name="/../"),
            "GET /files/a%3Fb": found("file", name="a?b"),
            "GET /users%2F42": NOBODY,
            "GET /users/Zo%C3%AB": found("show", id="Zoë"),
            "GET /caf%C3%A9": found("menu"),
            "GET /files/two%20words": found("file", name="two words"),
            "GET /files/%2541": found("file", name="%41"),
            "GET /files/100%": found("file", name="100%"),
            "GET /files/1+1": found("file", name="1+1"),
            "GET /users/%7Bid%7D": found("show", id="{id}"),
            "GET /users/{id}": found("show", id="{id}"),
            "PUT /users": options(405, "GET, HEAD, OPTIONS, POST"),
            "POST /users/42": options(405, "DELETE, GET, HEAD, OPTIONS, PUT"),
            "get /users": options(405, "GET, HEAD, OPTIONS, POST"),
        },
    ),
    (
        e1.OVERLAPPING,
        {
            "GET /users/me": found("me"),
            "GET /users/you": found("show", id="you"),
            "GET /pages/new": found("new"),
            "GET /pages/%6Eew": found("new"),
        },
    ),
    (
        e1.CROSSED,
        {"GET /a/b/c/d": found("first", x="b", y="c", z="d"), "GET /x/b/c/d": found("second", w="x")},
    ),
    (e1.BEHIND, {"GET /a/b/c": found("first", x="a", z="c"), "GET /a/x/c": found("second", x="a", y="x")}),
    (
        e1.TREE,
        {
            "GET /a/b/c": found("one"),
            "GET /a/b/d": found("two", y="b"),
            "GET /a/b/e": found("three", x="a", z="e"),
            "GET /1/b": found("four", u="1"),
            "GET /1/c": found("five", v="1"),
            "GET /1/d": NOBODY,
        },
    ),
    (
        e1.DIVIDED,
        {
            "DELETE /users/me": options(405, "GET, HEAD, OPTIONS"),
            "DELETE /users/7": found("remove", id="7"),
            "HEAD /pages/new": options(405, "OPTIONS, POST"),
        },
    ),
    (e1.UNUSUAL, {"GET /~ada": found("ada"), "GET /%C3%A9t%C3%A9": found("summer")}),
    (e1.PERCENTS, {"GET /100%25": found("name", name="100%"), "GET /100%2525": found("text")}),
    (
        e1.HANDLERS,
        {
            "GET /none": (200, None, {}, ""),
            "HEAD /two": (200, 0, {}, ""),
            "GET /nothing": options(405, "OPTIONS"),
        },
    ),
    (e1.NAMED, {"get /named": found("small"), "GET /named": options(405, "OPTIONS, PURGE, get")}),
    ({}, {"OPTIONS /": NOBODY}),
    (
        e1.HEADS,
        {
            "HEAD /page": found("page"),
            "HEAD /own": found("head"),
            "HEAD /in": options(405, "OPTIONS, POST"),
            "PUT /own": options(405, "GET, HEAD, OPTIONS"),
        },
    ),
    (
        e1.OPTIONS,
        {
            "OPTIONS /page": options(204, "GET, HEAD, OPTIONS"),
            "OPTIONS /own": found("mine"),
            "PUT /own": options(405, "OPTIONS, POST"),
            "OPTIONS /nobody": NOBODY,
        },
    ),
]


@pytest.mark.parametrize("routes, answers", ROUTED)
def test_the_contract_of_the_router_in_examples(routes: e1.Routes, answers: dict[str, Any]) -> None:
    for asked, answer in answers.items():
        method, _, target = asked.partition(" ")
        assert e1.by_contract(method, target, routes) == answer, asked


def test_heads_are_of_the_size_asked_for() -> None:
    for size in (100, e4.HEAD, 5000):
        assert len(e4.head_of(size)) == size
        parse_request(e4.head_of(size))


def test_the_head_reader_given_to_learners_is_strict() -> None:
    for _, data in BAD:
        with pytest.raises(ValueError):
            read_head(io.BytesIO(data + http_clients.SMUGGLED))


def test_the_head_reader_given_to_learners_reads_one_head() -> None:
    file = io.BytesIO(request("POST", "/x", "A: b", body=b"hello") + http_clients.SMUGGLED)
    method, target, fields, length = read_head(file)
    assert (method, target, length) == ("POST", "/x", 5)
    assert fields == [("Host", "example.org"), ("A", "b"), ("Content-Length", "5")]
    assert file.read(5) == b"hello"
    with pytest.raises(EOFError):
        read_head(io.BytesIO(b"GET / HTTP/1.1\r\nHost: x\r\n"))


def test_the_server_behind_a_proxy_notes_what_came() -> None:
    with Watchman() as watchman:
        lab = Lab("a case", None, "7", 5.0, watchman)  # type: ignore[arg-type]
        try:
            upstream = Upstream(lab, HELLO)
            with socket.create_connection(upstream.address) as sock:
                sock.sendall(request("POST", "/x", body=b"hello"))
                assert sock.makefile("rb").read().endswith(b"\r\n\r\nhello")
            assert upstream.head is not None and upstream.head.target == "/x"
            assert (bytes(upstream.body), upstream.complete, len(upstream.talks)) == (b"hello", 1, 1)
        finally:
            lab.close()
