"""Exercise 07-2: read_body."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import bodies
from .bodies import by_chunks, by_length


@exercise(
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
