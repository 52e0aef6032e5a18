"""The strict reader of HTTP messages: which heads it takes, which it refuses, and where they end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlab.wire.http_messages import (
    BadMessage,
    ChunkReader,
    end_of_head,
    members,
    parse_request,
    parse_response,
    read_request_lines,
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
        (request(b"GET / HTTP/1.0", HOST + HOST), 400, "exactly one Host"),
        (request(b"GET http://localhost/ HTTP/1.1", b""), 400, "exactly one Host"),
        (request(b"GET / HTTP/0.9", HOST), 505, "HTTP/0.9"),
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
    "head, status, why",
    [
        (b"HTTP/2.0 200 OK\r\n\r\n", 505, "HTTP/2.0"),
        (b"HTTP/0.9 200 OK\r\n\r\n", 505, "HTTP/0.9"),
        (b"HTTP/1.1 20 OK\r\n\r\n", 400, "first line"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", 400, "first line"),
        (b"HTTP/1.1  200 OK\r\n\r\n", 400, "first line"),
        (b"HTTP/1.10 200 OK\r\n\r\n", 400, "first line"),
        (b"http/1.1 200 OK\r\n\r\n", 400, "first line"),
        (b"HTTP/1.1 200 O\0K\r\n\r\n", 400, "first line"),
        (b"HTTP/1.1 200 O\rK\r\n\r\n", 400, "alone"),
        (b"HTTP/1.1 200 OK\r\n A: b\r\n\r\n", 400, "begins with a space"),
        (b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", 400, "between the name"),
        (b"HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", 400, "control character"),
        (b"HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", 400, "alone"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\x0bc\r\n\r\n", 400, "without a colon"),
        (b"HTTP/1.1 200 OK\nA: b\n\n", 400, "LF alone"),
        (b"HTTP/1.1 200 OK\r\n", 400, "empty line"),
    ],
)
def test_what_is_refused_in_a_response(head, status, why):
    """What a request's reader checks, the other one checks too."""
    with pytest.raises(BadMessage, match=why) as error:
        parse_response(head)
    assert error.value.status == status and 0 <= error.value.at <= len(head)


@pytest.mark.parametrize("status, kind", [(100, 1), (299, 2), (599, 5), (600, 5), (999, 5), (99, 5), (0, 5)])
def test_a_status_out_of_range_counts_as_5xx(status, kind):
    assert parse_response(b"HTTP/1.1 %03d \r\n\r\n" % status).status_class == kind


@pytest.mark.parametrize(
    "lines, values",
    [
        (b"X: one\r\n two\r\n", ["one", "two"]),
        (b"X: one\r\n\t two\r\n   three\r\n", ["one", "two", "three"]),
        (b"X:\r\n one\r\n", ["one"]),
        (b"X: one\r\n \r\n", ["one"]),
        (b"X: one\r\n Y: two\r\n", ["one", "Y:", "two"]),
    ],
)
def test_a_folded_field_of_a_response_is_unfolded(lines, values):
    head = parse_response(b"HTTP/1.1 200 OK\r\nA: b\r\n" + lines + b"C: d\r\n\r\n")
    assert head.get("X").split() == values and set(head.get("X")) <= set("".join(values) + " ")
    assert [each.name for each in head.fields] == ["A", "X", "C"]
    with pytest.raises(BadMessage, match="folded"):
        parse_request(request(fields=HOST + lines))


def test_a_mistake_behind_a_fold_has_its_place():
    head = b"HTTP/1.1 200 OK\r\nX: one\r\n two\r\nBad Name: x\r\n\r\n"
    with pytest.raises(BadMessage) as error:
        parse_response(head)
    assert head[error.value.at :].startswith(b"Bad Name")


@pytest.mark.parametrize(
    "value, found",
    [
        ("a, b", ["a", "b"]),
        (",a ,\t,b,", ["a", "b"]),
        ("", []),
        (" , ", []),
        ('a;x="1,2", b', ['a;x="1,2"', "b"]),
        (r'"a\"," , b', [r'"a\","', "b"]),
        ('a="open, b', ['a="open, b']),
        ("a\xa0,\x85b", ["a\xa0", "\x85b"]),
    ],
)
def test_the_members_of_a_list(value, found):
    """Empty ones are none; only spaces and tabs around one are not its own (RFC 9110, section 5.6)."""
    assert members(value) == found


def test_options_have_no_case_and_no_other_blanks():
    head = parse_response(b"HTTP/1.1 200 OK\r\nConnection: ,Close,x\r\nTE: close\xa0\r\n\r\n")
    assert head.options("connection") == ["close", "x"] and not head.keeps_alive
    assert head.options("te") == ["close\xa0"]


def test_the_lines_of_a_request_are_read_whatever_they_mean():
    head = read_request_lines(b"GET * HTTP/1.1\r\nHost: no host\r\nContent-Length: x\r\n\r\n")
    assert (head.method, head.target, head.get("Host")) == ("GET", "*", "no host")


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


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    for read in (
        parse_request,
        parse_response,
        ChunkReader().feed,
        ChunkReader(unfold=True).feed,
        end_of_head,
    ):
        try:
            read(data)
        except BadMessage:
            pass
