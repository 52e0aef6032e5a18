"""The exercises of notebook 07: a request's head, a body's end, many requests, a cache, a download."""

from __future__ import annotations

import socket
from collections.abc import Generator

from ..engine import Case, case, exercise
from ..lab import LOOP
from . import bodies, heads, hints
from .bodies import by_chunks, by_length
from .e3_fetch_all import fetch_all as fetch_all
from .hints import ANATOMY, END
from .twice import cached_get as cached_get
from .twice import resume as resume

Cases = Generator[Case, None, None]
HELLO = heads.request()
BROWSER = heads.request(b"User-Agent: a browser", b"Accept: text/html", b"Connection: keep-alive")


# -- 07-1 --------------------------------------------------------------------------------------------


@exercise(
    "07-1",
    reread=ANATOMY,
    hints=hints.PARSE_REQUEST,
    outline="end = data.find(b'\\r\\n\\r\\n'); split the lines; one pattern each for request line and field.",
)
def parse_request(data: bytes) -> Cases:
    r"""Read the head of a request. data is what has come so far: perhaps only a part.

    The head ends with its empty line, b"\r\n\r\n". Return None while that has not come.
    Then return (method, target, headers, rest). method and target are text. headers is
    a dict: each field's name in lower case, and its value as text (ISO-8859-1) without
    the spaces and tabs around it. The values of a name that comes several times are
    joined by ", ", in their order. rest is the bytes behind the head, whatever they are.

    Raise ValueError for a head that is not exactly this (RFC 9112):

        every line ends in CR LF; no CR and no LF stands alone
        the first line is: method, one space, target, one space, HTTP/1. and one digit
        every other line is: name, colon, value; none begins with a space or tab
        a method or a name is one or more of the letters and digits of ASCII
            and !#$%&'*+-.^_`|~ (so no space comes before the colon)
        a target is one or more characters from "!" to "~"
        a value may be empty, and has no control character but the tab (0x00 to 0x1f, 0x7f)
        from HTTP/1.1 on there is exactly one Host

    Raise it at once if a LF stands alone, even if the empty line has not come yet: it
    may never come. The other mistakes may wait until the head is complete.
    """
    yield case("a complete request", heads.read, HELLO, hint="start")
    yield case("a request at every split", heads.split, BROWSER, hint="part")
    yield case("a body and a next request behind the head", heads.split, *heads.FOLLOWED, hint="rest")
    yield case("names in any capitals", heads.read, *heads.CAPITALS, hint="name")
    yield case("colons and spaces and nothing in values", heads.read, *heads.VALUED, hint="value")
    yield case("bytes from 0x80 on in values", heads.read, *heads.LATIN, hint="latin")
    yield case("a name that comes three times", heads.read, *heads.REPEATED, hint="several")
    yield case("HTTP/1.0 and HTTP/1.2", heads.read, *heads.VERSIONS, hint="version")
    yield case("no Host and two Hosts", heads.read, *heads.HOSTS, hint="host")
    yield case("lines that end in LF alone", heads.read, *heads.BARE, hint="newline")
    yield case("LF alone and no empty line ever", heads.read, *heads.ENDLESS, hint="never")
    yield case("a folded line", heads.read, *heads.FOLDED, hint="folded")
    yield case("a space before the colon", heads.read, *heads.SPACED, hint="spaced")
    yield case("first lines that are none", heads.read, *heads.FIRST, hint="line")
    yield case("names that are none", heads.read, *heads.NAMELESS, hint="token")
    yield case("control characters and a CR alone", heads.read, *heads.CONTROLS, hint="control")
    yield case("any requests at any splits", heads.any_split, 40, hint="grammar")
    yield case("any requests with one byte changed", heads.mutated, 1500, hint="grammar")


# -- 07-2 --------------------------------------------------------------------------------------------


@exercise(
    "07-2",
    reread=END,
    hints=hints.READ_BODY,
    outline="A helper that receives until buffer has n bytes, and one for lines; the rest is cutting.",
    raises={
        UnicodeDecodeError: "data",
        TimeoutError: "pause",
        MemoryError: "reserve",
        OverflowError: "reserve",
    },
    stuck={LOOP: "forever", "recv": "alive"},
)
def read_body(sock: socket.socket, headers: dict[str, str], buffer: bytearray) -> Cases:
    r"""Return the body of a response, as bytes. Its head has been read already.

    headers is a dict as parse_request makes it: names in lower case, several values
    joined by ", ". buffer is a bytearray: bytes that came from sock behind the head.
    Use them first. When you return, buffer (the same object) holds what you received
    and what belongs to the next response, and sock still has all that you did not
    receive. Never wait for bytes behind the body.

        transfer-encoding: chunked    chunks: a size in hexadecimal digits, perhaps an
                                      extension from ";" on, CR LF, as many bytes, CR LF.
                                      Size 0 is the last one: it has no bytes and no CR LF
                                      of its own. Then trailers: lines like header fields,
                                      perhaps none; and an empty line. Skip extensions
                                      and trailers. The word may come in capital letters.
        content-length: 1000          so many bytes
        neither                       all bytes until the end of the stream

    Raise ValueError if both fields are there, if the content-length is not only digits
    (two of them come as "5, 5"), for any other transfer-encoding, for a size that is not
    hexadecimal digits only (at most 16), and if CR LF is missing behind a chunk or a size.
    Raise EOFError if the stream ends before the body does. Let a ConnectionError out.
    Do not reserve memory for bytes that have not come. Do without http.client.

    (An answer to HEAD and an answer 1xx, 204 or 304 have no body, whatever their headers
    say. The caller knows that, and does not ask you.)
    """
    five, none = by_length(b"hello"), by_length(b"")
    abc, empty = by_chunks(b"abcdefghij", 4, 3), by_chunks(b"")
    yield case("five bytes and a peer that waits", bodies.whole, five, hint="start", stuck={"recv": "alive"})
    yield case("chunks and a peer that waits", bodies.whole, abc, hint="chunks", stuck={"recv": "alive"})
    yield case("bodies of no bytes", bodies.whole, none, empty, five, hint="empty", stuck={"recv": "empty"})
    yield case("a body that has come with the head", bodies.from_buffer, five, abc, stuck={"recv": "buffer"})
    yield case("the next answer comes with the body", bodies.followed, five, abc, none, empty, hint="rest")
    yield case(
        "the word chunked in capitals", bodies.whole, *bodies.CAPITALS, stuck={"recv": "word"}, hint="word"
    )
    yield case("chunks cut at every place", bodies.at_every_split, abc, hint="pieces")
    yield case("sizes in all their forms", bodies.whole, *bodies.sizes(), hint="hex")
    yield case("extensions and trailers", bodies.at_every_split, bodies.DECORATED, hint="skip")
    yield case("data that looks like the end", bodies.at_every_split, bodies.TRAP, hint="data")
    yield case("bodies in pieces of 1 to 17 bytes", bodies.in_any_pieces, hint="pieces")
    yield case("until the end of the stream", bodies.until_the_end, 5, 0, 300, hint="end")
    yield case("a length cut short", bodies.cut_short, five, hint="short")
    yield case("chunks cut short at every place", bodies.cut_short, bodies.TRAILED, hint="short")
    yield case("both fields and two lengths", bodies.refused, *bodies.CONTRADICTIONS, hint="two")
    yield case("lengths that are not digits", bodies.refused, *bodies.LENGTHS, hint="digits")
    yield case("another transfer coding", bodies.refused, *bodies.CODINGS, hint="coding")
    yield case("sizes that are not hexadecimal", bodies.refused, *bodies.SIZES, hint="size")
    yield case("CR LF missing behind a chunk or a size", bodies.refused, *bodies.ENDS, hint="behind")
    yield case("a peer that stops to think", bodies.hesitant, hint="pause")
    yield case("a connection that breaks", bodies.broken, {}, hint="broken")
    yield case("a length of 10¹² bytes", bodies.boasted, hint="reserve")
    yield case("1 MB of each kind", bodies.large, hint="pieces")
