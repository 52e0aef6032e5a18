"""Where a body ends: its length, its codings, its chunks (RFC 9112, sections 6 and 7)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlab.wire.http_messages import BadMessage, ChunkReader, body_length, parse_request, parse_response

CHUNKED = "Transfer-Encoding: chunked\r\n"


def response(start: str, fields: str = "", version: str = "1.1") -> bytes:
    return f"HTTP/{version} {start}\r\n{fields}\r\n".encode("latin-1")


def request(fields: str = "", version: str = "1.1") -> bytes:
    return f"POST / HTTP/{version}\r\nHost: h\r\n{fields}\r\n".encode("latin-1")


@pytest.mark.parametrize(
    "start, fields, method, length",
    [
        ("200 OK", "Content-Length: 5\r\n", "GET", 5),
        ("200 OK", "Content-Length: 0005\r\n", "GET", 5),
        ("200 OK", "Content-Length: " + "0" * 5000 + "\r\n", "GET", 0),
        ("200 OK", "Content-Length: 5\r\n", "HEAD", None),
        ("200 OK", CHUNKED, "HEAD", None),
        ("304 Not Modified", "Content-Length: 5\r\n", "GET", None),
        ("204 No Content", CHUNKED, "GET", None),
        ("103 Early Hints", "", "GET", None),
        ("205 Reset Content", "Content-Length: 0\r\n", "GET", 0),
        ("200 OK", "Transfer-Encoding: Chunked\r\n", "GET", "chunked"),
        ("200 OK", "", "GET", "close"),
        ("200 OK", "", "CONNECT", None),
        ("404 No", "Content-Length: 5\r\n", "CONNECT", 5),
        ("099 Odd", "Content-Length: 5\r\n", "GET", 5),
        ("000 Odd", "Content-Length: 5\r\n", "CONNECT", 5),
        ("999 Denied", "Content-Length: 5\r\n", "CONNECT", 5),
        ("200 OK", "Transfer-Encoding: gzip\r\n", "GET", "close"),
        ("200 OK", "Transfer-Encoding: chunked, gzip\r\n", "GET", "close"),
        ("200 OK", "Transfer-Encoding: identity\r\n", "GET", "close"),
        ("200 OK", "Transfer-Encoding:\r\n", "GET", "close"),
        ("200 OK", "Transfer-Encoding: gzip, chunked\r\n", "GET", "chunked"),
        ("200 OK", "Transfer-Encoding: gzip\r\n" + CHUNKED, "GET", "chunked"),
        ("200 OK", 'Transfer-Encoding: x;a="b, chunked"\r\n', "GET", "close"),
        ("200 OK", 'Transfer-Encoding: x ; a = "b, \\"" , ,chunked,\r\n', "GET", "chunked"),
    ],
)
def test_how_long_the_body_of_a_response_is(start, fields, method, length):
    assert body_length(parse_response(response(start, fields)), answers=method) == length


@pytest.mark.parametrize(
    "fields, length",
    [
        ("", None),
        ("Content-Length: 0\r\n", 0),
        ("content-length:\t42 \r\n", 42),
        ("Content-Length: 0000000000000000000000042\r\n", 42),
        ("Content-Length: 999999999999999999\r\n", 10**18 - 1),
        (CHUNKED, "chunked"),
        ("transfer-ENCODING:chunKED\r\n", "chunked"),
        ("Transfer-Encoding: ,chunked\r\n", "chunked"),
        ("Transfer-Encoding: chunked,\t, \r\n", "chunked"),
        ("Transfer-Encoding:\r\n" + CHUNKED, "chunked"),
    ],
)
def test_how_long_the_body_of_a_request_is(fields, length):
    assert body_length(parse_request(request(fields))) == length


REFUSED = [  # fields, the status for a request, why; a response is refused for the same reason
    ("Content-Length: 1\r\nContent-Length: 1\r\n", 400, "more than once"),
    ("Content-Length: 1\r\ncontent-length: 2\r\n", 400, "more than once"),
    *[
        (f"Content-Length: {length}\r\n", 400, "not a number")
        for length in (
            "1, 1",
            "5,",
            "+1",
            "-1",
            "0x1",
            "1_0",
            "1 0",
            "1.0",
            "1e3",
            "\xb2",
            "",
            "ab",
            "1;a",
            '"1"',
        )
    ],
    ("Content-Length: " + "9" * 19 + "\r\n", 413, "too large"),
    ("Content-Length: " + "9" * 9000 + "\r\n", 413, "too large"),
    ("Content-Length: 1\r\n" + CHUNKED, 400, "both"),
    (CHUNKED + "Content-Length: 1\r\n", 400, "both"),
    ("Content-Length: 1\r\nTransfer-Encoding:\r\n", 400, "both"),
    ("Content-Length: 1\r\nTransfer-Encoding: identity\r\n", 400, "both"),
    ("Transfer-Encoding: chunked, chunked\r\n", 400, "more than once"),
    (CHUNKED + CHUNKED, 400, "more than once"),
    ("Transfer-Encoding: chunked, gzip, chunked\r\n", 400, "more than once"),
    ("Transfer-Encoding: chunked;a=b\r\n", 400, "no parameters"),
    ("Transfer-Encoding: Chunked ; a=b, gzip\r\n", 400, "no parameters"),
    ("Transfer-Encoding: gzip chunked\r\n", 400, "no list"),
    ("Transfer-Encoding: gzip; chunked\r\n", 400, "no list"),
    ('Transfer-Encoding: gzip;a="\r\n' + CHUNKED, 400, "no list"),
    ("Transfer-Encoding: chunked\xa0\r\n", 400, "no list"),
    ("Transfer-Encoding: \x85chunked\r\n", 400, "no list"),
    ('Transfer-Encoding: "chunked"\r\n', 400, "no list"),
]
REFUSED_IN_REQUESTS = [
    ("Transfer-Encoding: gzip\r\n", 400, "last Transfer-Encoding"),
    ("Transfer-Encoding: chunked, gzip\r\n", 400, "last Transfer-Encoding"),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400, "last Transfer-Encoding"),
    ("Transfer-Encoding: xchunked\r\n", 400, "last Transfer-Encoding"),
    ("Transfer-Encoding: identity\r\n", 400, "last Transfer-Encoding"),
    ("Transfer-Encoding:\r\n", 400, "last Transfer-Encoding"),
    ("Transfer-Encoding: ,\r\n", 400, "last Transfer-Encoding"),
    ('Transfer-Encoding: x;a="b, chunked"\r\n', 400, "last Transfer-Encoding"),
    ("Transfer-Encoding: gzip, chunked\r\n", 501, "not known"),
    ("Transfer-Encoding: identity, chunked\r\n", 501, "not known"),
]


@pytest.mark.parametrize("fields, status, why", REFUSED + REFUSED_IN_REQUESTS)
def test_a_request_whose_end_is_not_sure_is_refused(fields, status, why):
    with pytest.raises(BadMessage, match=why) as error:
        parse_request(request(fields))
    assert error.value.status == status


@pytest.mark.parametrize("fields, status, why", REFUSED)
def test_a_response_whose_end_is_not_sure_is_refused(fields, status, why):
    with pytest.raises(BadMessage, match=why):
        body_length(parse_response(response("200 OK", fields)))
    assert body_length(parse_response(response("200 OK", fields)), answers="HEAD") is None


@pytest.mark.parametrize("coding", ["chunked", "gzip", ""])
def test_http_1_0_has_no_transfer_codings(coding):
    fields = f"Transfer-Encoding: {coding}\r\n"
    with pytest.raises(BadMessage, match="HTTP/1.0"):
        parse_request(request(fields, "1.0"))
    with pytest.raises(BadMessage, match="HTTP/1.0"):
        body_length(parse_response(response("200 OK", fields, "1.0")))


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


@pytest.mark.parametrize(
    "line, size",
    [
        (b"5", 5),
        (b"0000000000000005", 5),
        (b"5;a", 5),
        (b"5;a=b;c", 5),
        (b"5 ; a = b\t;\tc", 5),
        (b'5;a="b;c=\\"\xff \t"', 5),
        (b'5;a=""', 5),
        (b"5;!#$%&'*+-.^_`|~=x", 5),
        (b"aBc", 0xABC),
        (b"ffffffffffffffff", 2**64 - 1),
    ],
)
def test_the_line_of_a_chunk(line, size):
    reader = ChunkReader()
    reader.feed(line + b"\r\n")
    assert reader.sizes == [size]
    last = ChunkReader()
    last.feed(b"000" + line.lstrip(b"0123456789abcdefABCDEF") + b"\r\n\r\n")
    assert last.done and last.sizes == [0]


@pytest.mark.parametrize(
    "rest",
    [
        b" ", b"\t", b";", b";;", b"; ", b";a;", b";a=", b";=b", b";a=b c", b";a b", b";a==b", b",a", b" a",
        b"x", b';a="b', b';a="b"c', b';a="b\\"', b';"a"=b', b";a=b=c", b";a\0", b';a="\0"', b';a="\x7f"',
        b';a="\\\0"', b";\xff", b";a=\xff", b";a\r", b'; a="\r"', b";a;b=c ", b"_0", b".0",
        b"h", b"\x0b", b";a\x0b",
    ],
)  # fmt: skip
def test_what_may_not_follow_the_size_of_a_chunk(rest):
    """Neither of a chunk nor of the last one (RFC 9112, section 7.1.1)."""
    for size in (b"5", b"0"):
        with pytest.raises(BadMessage, match="only extensions"):
            ChunkReader().feed(size + rest + b"\r\nhello\r\n0\r\n\r\n")


@pytest.mark.parametrize("size", [b"1" + b"0" * 16, b"f" * 5000, b"0" * 17])
def test_a_size_has_at_most_sixteen_digits(size):
    with pytest.raises(BadMessage, match="more than 16 digits"):
        ChunkReader().feed(size + b"\r\n")


@pytest.mark.parametrize(
    "trailers, why",
    [
        (b" A: b\r\n", "begins with a space"),
        (b"A : b\r\n", "between the name"),
        (b"A\r\n", "without a colon"),
        (b": b\r\n", "not a field name"),
        (b"A: \0\r\n", "control character"),
        (b"A: b\rC: d\r\n", "alone"),
        (b"A: b\nC: d\r\n", "LF alone"),
        (b"A: b\r\n c\r\n", "folded"),
    ],
)
def test_trailers_are_checked_like_fields(trailers, why):
    with pytest.raises(BadMessage, match=why):
        ChunkReader().feed(b"0\r\n" + trailers + b"\r\n")


def test_folded_trailers_of_a_response_are_unfolded():
    reader = ChunkReader(unfold=True)
    reader.feed(b"0\r\nA: b\r\n\tc\r\nD: e\r\n\r\n")
    assert [(each.name, each.value.split()) for each in reader.trailers] == [("A", ["b", "c"]), ("D", ["e"])]


@pytest.mark.parametrize(
    "line",
    [
        b"5" + b";a" * 8000 + b" ",
        b"5;a" + b" " * 16_000 + b"x",
        b'5;a="' + b"\\a" * 8000,
        b"5" + b" ;a =b" * 2700 + b";",
    ],
)
def test_a_long_line_of_extensions_takes_no_long_time(line):
    begun = time.perf_counter()
    with pytest.raises(BadMessage):
        ChunkReader().feed(line + b"\r\n")
    assert time.perf_counter() - begun < 2
