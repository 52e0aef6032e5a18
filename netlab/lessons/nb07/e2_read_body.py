"""Exercise 07-2: read_body."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Sequence

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab
from ...check.memory import at_most
from ...check.peers import END, RESET, THINK, Step, drips, in_sizes, random_bytes, sliced
from . import bodies
from .bodies import CHUNKED, Headers, Message, by_chunks, by_length

NEXT = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HUGE = 10**12

MB = 1_000_000


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
    sizes = [*bodies.SIZES, *bodies.SIZES_WITH_BLANKS]
    blanks = by_length(bodies.BLANK), by_chunks(bodies.BLANK, 4)
    hesitant = [b"5\r\nhel", THINK, b"lo\r\n0\r\n\r\n"]
    yield case("five bytes and a peer that waits", whole, five, hint="start", stuck={"recv": "alive"})
    yield case("chunks and a peer that waits", whole, abc, hint="chunks", stuck={"recv": "alive"})
    yield case("bodies of no bytes", whole, none, empty, five, hint="empty", stuck={"recv": "empty"})
    yield case("a body that has come with the head", from_buffer, five, abc, stuck={"recv": "buffer"})
    yield case("other fields", whole, *bodies.PLAIN, hint="digits", stuck={"recv": "fields"})
    yield case("the next answer comes with the body", followed, five, abc, none, empty, hint="rest")
    yield case("the word chunked in capitals", whole, *bodies.CAPITALS, stuck={"recv": "word"}, hint="word")
    yield case("chunks cut at every place", at_every_split, abc, hint="pieces")
    yield case("sizes in all their forms", whole, *bodies.SIZED, hint="hex")
    yield case("a last chunk of several zeros", whole, *bodies.ZEROS, hint="zeros", stuck={"recv": "zeros"})
    yield case("blanks and zeros at both ends", whole, *blanks, hint="data")
    yield case("extensions and trailers", at_every_split, bodies.DECORATED, hint="skip")
    yield case("a long extension and a long trailer", whole, bodies.LONG, hint="skip")
    yield case("data that looks like the end", at_every_split, bodies.TRAP, hint="data")
    yield case("bodies in pieces of 1 to 17 bytes", in_any_pieces, hint="pieces")
    yield case("until the end of the stream", until_the_end, 5, 0, 300, hint="end")
    yield case("1 MB of each kind", large, hint="pieces", stuck={LOOP: "slow"})
    yield case("a length cut short", cut_short, five, hint="short")
    yield case("chunks cut short at every place", cut_short, bodies.TRAILED, hint="short")
    yield case("both fields and two lengths", refused, *bodies.CONTRADICTIONS, hint="two")
    yield case("lengths that are not digits", refused, *bodies.LENGTHS, hint="digits")
    yield case("another transfer coding", refused, *bodies.CODINGS, hint="coding")
    yield case("sizes that are not hexadecimal", refused, *sizes, hint="size")
    yield case("CR LF missing behind a chunk or a size", refused, *bodies.ENDS, hint="behind")
    yield case("a peer that stops to think", in_pieces, [by_chunks(b"hello")], hesitant, hint="pause")
    yield case("a connection that breaks", broken, hint="broken")
    yield case("a length of 10¹² bytes", boasted, hint="reserve")


def reads(
    lab: Lab, body: bytes, near: socket.socket, headers: Headers, buffer: bytearray, hint: str | None = None
) -> None:
    """The learner's function gives this body."""

    def mistake(got: object) -> str | None:
        if not isinstance(got, bytes):
            return "start"
        return "chunks" if has_sizes(got) else hint

    lab.gives(body, near, dict(headers), buffer, hint=mistake)


def left_over(lab: Lab, body: bytes, buffer: bytearray, *near: socket.socket, expected: bytes = b"") -> None:
    """What belongs to the next answer is there, and the body that was returned is not."""
    if body and buffer.startswith(body) and not expected.startswith(body):
        said = "your body was right, and buffer still holds it"
        lab.wrong(said, expected=expected, got=bytes(buffer), hint="taken", verb="left")
    lab.leaves(expected, buffer, *near, hint="rest")


def has_sizes(got: bytes) -> bool:
    """Whether the sizes of chunks are in it."""
    line, _, rest = got.partition(b"\r\n")
    return 0 < len(line) < 8 and all(byte in b"0123456789abcdefABCDEF" for byte in line) and b"\r\n" in rest


# -- whole bodies ------------------------------------------------------------------------------------


def whole(lab: Lab, *messages: Message) -> None:
    """Each body comes at once, and the connection stays open: the peer waits until it is taken."""
    lab.forbids(http.client.HTTPConnection, http.client.HTTPResponse, hint="own")
    near, far = lab.pair()
    buffer = bytearray()
    for headers, data, body in messages:
        far.sendall(data)
        reads(lab, body, near, headers, buffer)
    left_over(lab, body, buffer, near)


def from_buffer(lab: Lab, *messages: Message) -> None:
    """All or a part of it has come with the head. The peer sends the rest, and nothing of its own."""
    near, far = lab.pair()
    for headers, data, body in messages:
        for size in (len(data), len(data) // 2):
            buffer = bytearray(data[:size])
            far.sendall(data[size:])
            reads(lab, body, near, headers, buffer, "buffer")
            left_over(lab, body, buffer, near)


def followed(lab: Lab, *messages: Message) -> None:
    """The next answer comes with the body: first from the socket, then in the buffer, then half and half."""
    for headers, data, body in messages:
        stream = data + NEXT
        for size in (0, len(data) + 20, len(stream), 2):
            near, far = lab.pair()
            buffer = bytearray(stream[:size])
            far.sendall(stream[size:])
            reads(lab, body, near, headers, buffer, "rest")
            left_over(lab, body, buffer, near, expected=NEXT)


def large(lab: Lab) -> None:
    """1 MB of each kind."""
    body = random_bytes(lab.rng, MB)
    for headers, data, _ in (by_length(body), by_chunks(body, *[65_536] * 15), ({}, body, body)):
        reads(lab, body, lab.peer(data, END), headers, bytearray(), "pieces")


# -- bodies in pieces --------------------------------------------------------------------------------


def in_pieces(lab: Lab, messages: Sequence[Message], pieces: Step) -> None:
    """All bodies on one connection, cut like this."""
    near, buffer = lab.peer(pieces), bytearray()
    for headers, _, body in messages:
        reads(lab, body, near, headers, buffer)
    lab.leaves(b"", buffer, near, hint="rest")


def at_every_split(lab: Lab, message: Message) -> None:
    """In two pieces, cut behind the first byte, the second, and so on; then byte by byte."""
    _, data, _ = message
    halves = [part for place in range(1, len(data)) for part in (data[:place], data[place:])]
    in_pieces(lab, [message] * len(data), [halves, drips(data)])


def in_any_pieces(lab: Lab, size: int = 40) -> None:
    """Bodies of any size, by length and in chunks, in pieces of each size from 1 to 17 and of any."""
    for largest in range(1, 20):
        messages = []
        for _ in range(2):
            body = random_bytes(lab.rng, lab.rng.randint(0, size))
            messages += [by_length(body), by_chunks(body, *[lab.rng.randint(1, 20) for _ in range(4)])]
        data = b"".join(data for _, data, _ in messages)
        in_pieces(lab, messages, in_sizes(data, largest) if largest <= 17 else sliced(data, lab.rng))


def until_the_end(lab: Lab, *sizes: int) -> None:
    """Neither field: the end of the stream is the end of the body. Its first bytes came with the head."""
    for size in sizes:
        body = random_bytes(lab.rng, size)
        near, buffer = lab.peer(drips(body[7:67]), body[67:], END), bytearray(body[:7])
        reads(lab, body, near, {"server": "a peer"}, buffer, "end")
        lab.leaves(b"", buffer, hint="rest")


# -- what is wrong -----------------------------------------------------------------------------------


def cut_short(lab: Lab, message: Message) -> None:
    """The stream ends before the body does, after each of its bytes."""
    headers, data, _ = message
    for place in range(len(data)):
        in_buffer = lab.rng.randint(0, place)
        near, why = lab.peer(data[in_buffer:place], END), f"the stream ended after {data[:place]!r}"
        lab.raises(EOFError, near, dict(headers), bytearray(data[:in_buffer]), why=why)


def refused(lab: Lab, *messages: tuple[Headers, bytes]) -> None:
    """Headers or chunks that nobody may guess about."""
    for headers, data in messages:
        why = f"for {data[:40]!r}" if headers is CHUNKED else f"for {headers}"
        lab.raises(ValueError, lab.peer(data, END), dict(headers), bytearray(), why=why)


def broken(lab: Lab) -> None:
    """The connection is reset in the middle of a body of each kind."""
    for headers in ({}, {"content-length": "100"}, CHUNKED):
        near = lab.peer(b"5\r\nhello\r\n5\r\nhe", RESET)
        lab.raises(ConnectionError, near, dict(headers), bytearray(), why="the connection was reset")


def boasted(lab: Lab) -> None:
    """A length of 10¹² bytes, five of which come; and one of 10³⁰."""
    for headers, data in (
        ({"content-length": str(HUGE)}, b"hello"),
        ({"content-length": "1" + "0" * 30}, b"hello"),
        (CHUNKED, f"{HUGE:x}\r\nhello".encode()),
        (CHUNKED, b"f" * 16 + b"\r\nhello"),
    ):
        near = lab.peer(data, END)
        with at_most(lab, 20 * MB, "reserve"):
            lab.raises(EOFError, near, dict(headers), bytearray(), why="only 5 of the announced bytes came")
