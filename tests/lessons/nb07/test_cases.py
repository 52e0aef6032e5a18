"""The cases of notebook 07 are made of what they say, and what its learners are given is right."""

from __future__ import annotations

import random
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netlab.check.http_replies import chunks
from netlab.check.peers import CLOSE
from netlab.lessons.nb07 import bodies, e1_parse_request, e5_resume, heads, visits
from netlab.lessons.nb07 import given as gifts
from netlab.wire.http_messages import BadMessage, ChunkReader, end_of_head, parse_response

pytestmark = pytest.mark.usefixtures("leaves_nothing")

# -- what learners are given -------------------------------------------------------------------------


def given_body(data: bytes, headers: dict[str, str], buffered: int) -> tuple[bytes, bytes]:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(data[buffered:])
        far.shutdown(socket.SHUT_WR)
        near.settimeout(5)
        buffer = bytearray(data[:buffered])
        body = gifts.read_body(near, headers, buffer)
        return body, bytes(buffer) + near.recv(1000)


@given(st.binary(max_size=40), st.integers(0, 80), st.binary(max_size=10), st.integers(1, 20))
def test_the_given_read_body_reads_all_kinds(body: bytes, buffered: int, rest: bytes, size: int) -> None:
    assert given_body(body + rest, {"content-length": str(len(body))}, buffered) == (body, rest)
    assert given_body(chunks(body, [size]) + rest, {"transfer-encoding": "Chunked"}, buffered) == (body, rest)
    assert given_body(body + rest, {}, buffered) == (body + rest, b"")


def test_the_given_read_body_refuses() -> None:
    for headers, data in (*bodies.CONTRADICTIONS, *bodies.LENGTHS, *bodies.CODINGS, *bodies.ENDS):
        with pytest.raises(ValueError):
            given_body(data, headers, 3)
    for headers, data, _ in (bodies.by_length(b"hello"), bodies.TRAILED):
        for place in range(len(data)):
            with pytest.raises(EOFError):
                given_body(data[:place], headers, place // 2)
    near, far = socket.socketpair()
    with near, far:
        for arguments in (
            (near, {"Content-Length": "1"}, bytearray()),
            (near, {}, b""),
            (None, {}, bytearray()),
        ):
            with pytest.raises(TypeError):
                gifts.read_body(*arguments)  # type: ignore[arg-type]


# -- what the cases are made of ----------------------------------------------------------------------


@given(st.integers(0, 2**32))
def test_any_request_is_right(seed: int) -> None:
    message = heads.any_request(random.Random(seed))
    assert heads.parsed(message) is not None


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_the_beginnings_of_right_requests_are_not_hopeless(seed: int) -> None:
    message = heads.any_request(random.Random(seed))
    end = message.index(b"\r\n\r\n")
    assert not any(heads.hopeless(message[:place]) for place in range(end + 4))


def test_what_no_request_begins_with_is_hopeless() -> None:
    first = b"GET / HTTP/1.1\r\n"
    for data in (b" ", b"GET  ", b"GET / HTTP/2", first + b" x", first + b"A :", first + b"A: b\rc"):
        assert heads.hopeless(data)


def test_changed_requests_are_right_and_wrong() -> None:
    rng, wrong = random.Random(1), 0
    for _ in range(500):
        message = heads.one_byte_changed(rng, heads.any_request(rng))
        try:
            heads.parsed(message)
        except BadMessage:
            wrong += 1
    assert 50 < wrong < 450


@pytest.mark.parametrize(
    "name",
    ["FOLLOWED", "CAPITALS", "VALUED", "LATIN", "REPEATED", "VERSIONS", "LENGTHS", "TOKENS", "TARGETS"],
)
def test_heads_that_are_right(name: str) -> None:
    for message in getattr(e1_parse_request, name):
        assert heads.parsed(message) is not None


@pytest.mark.parametrize(
    "name",
    [
        "BARE",
        "ENDLESS",
        "FOLDED",
        "SPACED",
        "LINES",
        "FALSE_VERSIONS",
        "FALSE_TARGETS",
        "NO_TOKENS",
        "CONTROLS",
    ],
)
def test_heads_that_are_wrong(name: str) -> None:
    for message in getattr(e1_parse_request, name):
        with pytest.raises(BadMessage):
            heads.parsed(message)


def test_bad_chunks_are_bad_to_the_strict_reader() -> None:
    for _, data in (*bodies.SIZES, *bodies.ENDS):
        reader = ChunkReader()
        with pytest.raises(BadMessage):
            reader.feed(data)
            raise AssertionError(f"{data!r} was read as {reader}")
    for message in (*bodies.SIZED, bodies.DECORATED, bodies.TRAP, bodies.TRAILED, bodies.LONG, *bodies.ZEROS):
        reader = ChunkReader()
        assert reader.feed(message[1]) == message[2] and reader.done


def test_pages_and_parts_are_answers() -> None:
    said: list[Any] = [visits.page(b"one", tag='"a"'), visits.unchanged(tag='"a"', control="max-age=5")]
    said += [e5_resume.whole(), e5_resume.part(1000, 2000), e5_resume.unsatisfied(5)]
    statuses = [parse_response(data[: end_of_head(data)]).status for data in said]
    assert statuses == [200, 304, 200, 206, 416]
    cut, end = e5_resume.part(1000, cut=10)  # type: ignore[misc, union-attr]
    assert cut.endswith(b"\r\n\r\n" + e5_resume.FILE[1000:1010]) and end is CLOSE
    assert b"bytes 1000-4999/5000" in cut
