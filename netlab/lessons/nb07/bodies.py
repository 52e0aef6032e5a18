"""Bodies of messages, right and wrong: by length, in chunks, and until the end of the stream."""

from __future__ import annotations

from typing import Any

from ...check.http_replies import chunks

Headers = dict[str, str]
Message = tuple[Headers, bytes, bytes]  # headers, what comes, the body in it

CHUNKED: Headers = {"transfer-encoding": "chunked", "server": "a peer"}


def by_length(body: bytes) -> Message:
    return {"content-length": str(len(body)), "content-type": "text/plain"}, body, body


def by_chunks(body: bytes, *sizes: int, **more: Any) -> Message:
    return CHUNKED, chunks(body, sizes, **more), body


# -- right ones --------------------------------------------------------------------------------------

DECORATED = by_chunks(b"abcdef", 2, 1, extension=';name="a value"', trailers=["Expires: never", "A: b"])
TRAILED = by_chunks(b"abcdef", 4, trailers=["Expires: never"])
LOOKALIKE = b"one\r\n0\r\n\r\ntwo\r\n5\r\n\xff"  # a body with all that ends a chunk, and no text
TRAP = by_chunks(LOOKALIKE * 2, len(LOOKALIKE))
CAPITALS: list[Message] = [
    ({"transfer-encoding": "Chunked"}, b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
    ({"transfer-encoding": "CHUNKED"}, b"0\r\n\r\n", b""),
]
ALPHABETS = b"abcdefghijklmnopqrstuvwxyz" * 20
SIZED = [by_chunks(ALPHABETS, 10, 27, 171, form=form) for form in ("x", "X", "08x", "016X")]

ZEROS = [(CHUNKED, b"5\r\nhello\r\n%b\r\n\r\n" % (b"0" * count), b"hello") for count in (2, 3, 16)]
LONG = by_chunks(b"abcdef", 2, extension=';a;b="c";' + "x" * 400, trailers=["A: " + "b" * 400])
PLAIN: list[Message] = [
    ({"content-length": "5", "connection": "close"}, b"hello", b"hello"),
    ({"content-length": "005"}, b"hello", b"hello"),
    ({"content-length": "010"}, b"hello, you", b"hello, you"),
    ({"te": "chunked", "trailer": "Expires", "content-length": "3"}, b"abc", b"abc"),
]
BLANK = b"\0\r\n hello \r\n\0"

# -- wrong ones: headers, and what comes -------------------------------------------------------------

CONTRADICTIONS: list[tuple[Headers, bytes]] = [
    ({"content-length": "15", "transfer-encoding": "chunked"}, b"5\r\nhello\r\n0\r\n\r\n"),
    ({"transfer-encoding": "chunked", "content-length": "0"}, b"0\r\n\r\n"),
    ({"content-length": "", "transfer-encoding": "chunked"}, b"5\r\nhello\r\n0\r\n\r\n"),
    ({"content-length": "5", "transfer-encoding": ""}, b"hello"),
    ({"content-length": "5", "transfer-encoding": "identity"}, b"hello"),
    ({"content-length": "5, 5"}, b"hello"),
    ({"content-length": "5, 6"}, b"hello!"),
]
LENGTHS = [
    ({"content-length": text}, b"hello hello hello")
    for text in ("+5", "-5", "5_0", "0x5", "5.0", "five", "", "5 5", "-0", "\xb2", "5,", "\xbc", "5;", "0b1")
]
CODINGS = [
    ({"transfer-encoding": text}, b"0\r\n\r\n")
    for text in (
        "gzip", "identity", "gzip, chunked", "chunked, gzip", "chunked, chunked", "x-chunked", "chunked-x",
        "chunked;q=1", "",
    )
]  # fmt: skip
SIZES = [
    (CHUNKED, size + b"\r\nhello\r\n0\r\n\r\n")
    for size in (
        b"0x5", b"+5", b"-5", b" 5", b"", b";a=b", b"hello", b"0_5", b"5 5",
        b"5g", b"g", b"0" * 16 + b"5", b"\xb2",
    )
]  # fmt: skip
SIZES_WITH_BLANKS = [(CHUNKED, b"5%b\r\nhello\r\n0\r\n\r\n" % blank) for blank in (b" ", b"\t", b"\x0b")]
ENDS = [
    (CHUNKED, data)
    for data in (
        b"5\r\nhello0\r\n\r\n", b"5\r\nhello!\r\n0\r\n\r\n", b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n", b"5\r\nhello\r\n0\n\n\r\n\r\n", b"4\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello  0\r\n\r\n", b"5\r\nhello\r\r0\r\n\r\n",
    )
]  # fmt: skip
