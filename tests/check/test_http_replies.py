"""Replies are what they say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netlab.check.http_replies import answer, chunks, head
from netlab.wire.http_messages import ChunkReader, body_length, end_of_head, parse_response


@given(st.binary(max_size=60), st.lists(st.integers(1, 30), max_size=5), st.sampled_from(["x", "X", "04x"]))
def test_chunks_are_read_as_the_body(body: bytes, sizes: list[int], form: str) -> None:
    data = chunks(body, sizes, form=form, extension=";a=b", trailers=["X: y"])
    reader = ChunkReader()
    assert b"".join(reader.feed(data[place : place + 1]) for place in range(len(data))) == body
    assert reader.done and not reader.rest
    assert [each.name for each in reader.trailers] == ["X"]


def test_answers_are_answers() -> None:
    for data, framing in (
        (answer(404, b"no", "A: b"), 2),
        (head(200, "Transfer-Encoding: chunked") + chunks(b"abc", [1]), "chunked"),
        (head(200), "close"),
    ):
        parsed = parse_response(data[: end_of_head(data)])
        assert body_length(parsed) == framing
    assert parse_response(head(103, reason="Early Hints")).reason == "Early Hints"
    assert parse_response(head(200, version="1.0")).version == (1, 0)
