"""The strict reader of HTTP messages: what it takes, what it refuses, and that cuts do not matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlab.wire.http_messages import (
    BadMessage,
    ChunkReader,
    body_length,
    end_of_head,
    parse_request,
    parse_response,
    split_target,
)

HOST = b"Host: 127.0.0.1\r\n"


def request(line: bytes = b"GET / HTTP/1.1", fields: bytes = HOST) -> bytes:
    return line + b"\r\n" + fields + b"\r\n"


def test_a_request_is_taken_apart():
    head = parse_request(request(b"PUT /a?b=c HTTP/1.1", HOST + b"x-two:  two words \t\r\nX-TWO:\r\n"))
    assert (head.method, head.target, head.version) == ("PUT", "/a?b=c", (1, 1))
    assert [field.name for field in head.fields] == ["Host", "x-two", "X-TWO"]
    assert head.all("X-Two") == ["two words", ""]
    assert head.get("x-two") == "two words, " and head.get("none", "no") == "no"
    assert split_target(head) == ("", "/a", "b=c")


def test_a_response_is_taken_apart():
    head = parse_response(b"HTTP/1.0 404 Not  here\r\nConnection: Keep-Alive, x\r\n\r\n")
    assert (head.status, head.reason, head.version) == (404, "Not  here", (1, 0))
    assert head.options("connection") == ["keep-alive", "x"] and head.keeps_alive
    assert (
        parse_response(b"HTTP/1.1 200 \r\n\r\n").reason
        == parse_response(b"HTTP/1.1 200\r\n\r\n").reason
        == ""
    )


@pytest.mark.parametrize(
    "head, status, why",
    [
        (request(b"GET /"), 400, "first line"),
        (request(b"GET  / HTTP/1.1"), 400, "first line"),
        (request(b"GET / HTTP/1.1 "), 400, "first line"),
        (request(b"G\xc3T / HTTP/1.1"), 400, "first line"),
        (request(b"GET /\xc3 HTTP/1.1"), 400, "first line"),
        (request(b"GET / http/1.1"), 400, "first line"),
        (request(b" GET / HTTP/1.1"), 400, "first line"),
        (request(b"GET / HTTP/2.0"), 505, "HTTP/2.0"),
        (request(fields=b""), 400, "exactly one Host"),
        (request(fields=HOST + HOST), 400, "exactly one Host"),
        (request(fields=HOST + b"A : b\r\n"), 400, "between the name"),
        (request(fields=HOST + b" folded\r\n"), 400, "folded"),
        (request(fields=HOST + b"A: b\r\n\tfolded\r\n"), 400, "folded"),
        (request(fields=HOST + b"no colon\r\n"), 400, "without a colon"),
        (request(fields=HOST + b": empty\r\n"), 400, "not a field name"),
        (request(fields=HOST + b"A: nul\0l\r\n"), 400, "control character"),
        (request(fields=HOST + b"A: b\n"), 400, "alone"),
        (request(fields=HOST + b"A: b\rC: d\r\n"), 400, "alone"),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400, "LF alone"),
        (b"GET / HTTP/1.1\r\n", 400, "empty line"),
        (request(fields=HOST + b"Content-Length: 1\r\nContent-Length: 1\r\n"), 400, "more than once"),
        (request(fields=HOST + b"Content-Length: 1, 1\r\n"), 400, "not a number"),
        (request(fields=HOST + b"Content-Length: +1\r\n"), 400, "not a number"),
        (request(fields=HOST + b"Content-Length: -1\r\n"), 400, "not a number"),
        (request(fields=HOST + b"Content-Length: 0x1\r\n"), 400, "not a number"),
        (request(fields=HOST + b"Content-Length: \xb2\r\n"), 400, "not a number"),
        (request(fields=HOST + b"Content-Length: 1_0\r\n"), 400, "not a number"),
        (request(fields=HOST + b"Content-Length: " + b"9" * 30 + b"\r\n"), 400, "not a number"),
        (request(fields=HOST + b"Content-Length:\r\n"), 400, "not a number"),
        (request(fields=HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400, "both"),
        (request(fields=HOST + b"Transfer-Encoding: chunked, chunked\r\n"), 501, "transfer coding"),
        (request(fields=HOST + b"Transfer-Encoding: gzip, chunked\r\n"), 501, "transfer coding"),
        (request(fields=HOST + b"Transfer-Encoding: xchunked\r\n"), 501, "transfer coding"),
        (request(b"GET / HTTP/1.0", b"Transfer-Encoding: chunked\r\n"), 400, "HTTP/1.0"),
    ],
)
def test_what_is_refused(head, status, why):
    with pytest.raises(BadMessage, match=why) as error:
        parse_request(head)
    assert error.value.status == status
    assert 0 <= error.value.at <= len(head)


def test_the_place_of_a_mistake_is_told():
    with pytest.raises(BadMessage) as error:
        parse_request(request(fields=HOST + b"Bad Name: x\r\n"))
    assert request(fields=HOST + b"Bad Name: x\r\n")[error.value.at :].startswith(b"Bad Name")


@pytest.mark.parametrize(
    "target, method, parts",
    [
        ("/", "GET", ("", "/", "")),
        ("//evil/x?y?z", "GET", ("", "//evil/x", "y?z")),
        ("http://127.0.0.1:80/a?b", "GET", ("127.0.0.1:80", "/a", "b")),
        ("HTTP://h", "GET", ("h", "/", "")),
        ("http://h?q", "GET", ("h", "/", "q")),
        ("*", "OPTIONS", ("", "*", "")),
        ("h:443", "CONNECT", ("h:443", "", "")),
        ("*", "GET", None),
        ("a/b", "GET", None),
        ("ftp://h/", "GET", None),
        ("http:///x", "GET", None),
        ("/a#b", "GET", None),
    ],
)
def test_targets(target, method, parts):
    head = parse_request(request(f"{method} {target} HTTP/1.1".encode()))
    if parts is None:
        with pytest.raises(BadMessage):
            split_target(head)
    else:
        assert split_target(head) == parts


@pytest.mark.parametrize(
    "start, fields, method, length",
    [
        ("200 OK", "Content-Length: 5\r\n", "GET", 5),
        ("200 OK", "Content-Length: 5\r\n", "HEAD", None),
        ("304 Not Modified", "Content-Length: 5\r\n", "GET", None),
        ("204 No Content", "", "GET", None),
        ("103 Early Hints", "", "GET", None),
        ("200 OK", "Transfer-Encoding: Chunked\r\n", "GET", "chunked"),
        ("200 OK", "", "GET", "close"),
        ("200 OK", "", "CONNECT", None),
    ],
)
def test_how_long_a_body_is(start, fields, method, length):
    head = parse_response(f"HTTP/1.1 {start}\r\n{fields}\r\n".encode())
    assert body_length(head, answers=method) == length


def test_a_request_without_a_length_has_no_body():
    assert body_length(parse_request(request(b"POST / HTTP/1.1"))) is None


def test_the_end_of_a_head_is_found_wherever_the_bytes_were_cut():
    data = request() + b"body\nwith line ends\n"
    for cut in range(len(data)):
        assert (end_of_head(data[:cut]) == len(request())) == (cut >= len(request()))
        if cut < len(request()):
            assert end_of_head(data, cut) == len(request())


@pytest.mark.parametrize("data", [b"\n", b"GET / HTTP/1.1\n", b"GET / HTTP/1.1\r\nA: b\nC"])
def test_a_bare_line_feed_is_refused_at_once(data):
    with pytest.raises(BadMessage, match="LF alone"):
        end_of_head(data)
    for cut in range(len(data)):  # also when it comes later
        if b"\n" not in data[:cut].replace(b"\r\n", b""):
            with pytest.raises(BadMessage, match="LF alone"):
                end_of_head(data, cut)


BODY = b"5;name=value\r\nhello\r\n1\r\n,\r\nA\r\n0123456789\r\n0\r\nDigest: abc\r\nTwo: \r\n\r\nnext"


@given(st.lists(st.integers(0, len(BODY)), max_size=8))
def test_chunks_do_not_depend_on_the_cuts(cuts):
    places = [0, *sorted(cuts), len(BODY)]
    reader = ChunkReader()
    body = b"".join(reader.feed(BODY[a:b]) for a, b in zip(places, places[1:]))
    assert body == b"hello,0123456789" and reader.done and reader.rest == b"next"
    assert reader.sizes == [5, 1, 10, 0]
    assert [(field.name, field.value) for field in reader.trailers] == [("Digest", "abc"), ("Two", "")]


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n",
        b"x\r\n",
        b"-1\r\n",
        b"0x5\r\nhello\r\n",
        b" 5\r\nhello\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello!\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhelloX",
        b"11111111111111111\r\n",
        b"0\r\nno colon\r\n\r\n",
        b"0\r\nA: b\nC: d\r\n\r\n",
        b"5" + b"0" * 20_000,
        b"5;" + b"x" * 20_000,
        b"0\r\nA: " + b"x" * 20_000,
    ],
)
def test_bad_chunks_are_refused(data):
    for size in (1, 7, len(data)):
        reader = ChunkReader()
        with pytest.raises(BadMessage):
            for at in range(0, len(data), size):
                reader.feed(data[at : at + size])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    for read in (parse_request, parse_response, ChunkReader().feed, end_of_head):
        try:
            read(data)
        except BadMessage:
            pass
