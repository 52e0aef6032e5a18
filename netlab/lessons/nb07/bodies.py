"""Cases for read_body (07-2): bodies by length, in chunks and until the end, on a connection of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...check import peers
from ...check.http_peers import by_hand, chunks
from ...check.lab import Lab
from ...check.pairs import MB, at_most, in_sizes, pair, say, waiting

CHUNKED = {"transfer-encoding": "chunked", "server": "a peer"}
NEXT = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HUGE = 10**12

Message = tuple[dict[str, str], bytes, bytes]  # headers, what comes, the body in it


def by_length(body: bytes) -> Message:
    return {"content-length": str(len(body)), "content-type": "text/plain"}, body, body


def by_chunks(body: bytes, *sizes: int, **more: Any) -> Message:
    return CHUNKED, chunks(body, sizes, **more), body


DECORATED = by_chunks(b"abcdef", 2, 1, extension=';name="a value"', trailers=["Expires: never", "A: b"])
TRAILED = by_chunks(b"abcdef", 4, trailers=["Expires: never"])
LOOKALIKE = b"one\r\n0\r\n\r\ntwo\r\n5\r\n\xff"  # a body with all that ends a chunk, and no text
TRAP = by_chunks(LOOKALIKE * 2, len(LOOKALIKE))
CAPITALS: list[Message] = [
    ({"transfer-encoding": "Chunked"}, b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
    ({"transfer-encoding": "CHUNKED"}, b"0\r\n\r\n", b""),
]
CONTRADICTIONS: list[tuple[dict[str, str], bytes]] = [
    ({"content-length": "15", "transfer-encoding": "chunked"}, b"5\r\nhello\r\n0\r\n\r\n"),
    ({"transfer-encoding": "chunked", "content-length": "0"}, b"0\r\n\r\n"),
    ({"content-length": "5, 5"}, b"hello"),
    ({"content-length": "5, 6"}, b"hello!"),
]
LENGTHS = [
    ({"content-length": text}, b"hello hello hello")
    for text in ("+5", "-5", "5_0", "0x5", "5.0", "five", "", "5 5", "-0", "\xb2")
]
CODINGS = [
    ({"transfer-encoding": text}, b"0\r\n\r\n")
    for text in ("gzip", "identity", "gzip, chunked", "chunked, chunked")
]
SIZES = [
    (CHUNKED, line + b"\r\nhello\r\n0\r\n\r\n")
    for line in (
        b"0x5",
        b"+5",
        b"-5",
        b" 5",
        b"",
        b";a=b",
        b"hello",
        b"0_5",
        b"5 5",
        b"5g",
        b"0" * 16 + b"5",
        b"\xb2",
    )
]
ENDS = [
    (CHUNKED, data)
    for data in (
        b"5\r\nhello0\r\n\r\n", b"5\r\nhello!\r\n0\r\n\r\n", b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n", b"5\r\nhello\r\n0\n\n\r\n\r\n", b"4\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello  0\r\n\r\n", b"5\r\nhello\r\r0\r\n\r\n",
    )
]  # fmt: skip


def sizes() -> list[Message]:
    """Small and capital letters, zeros in front, and a size of more than one digit."""
    body = b"abcdefghijklmnopqrstuvwxyz" * 20
    return [by_chunks(body, 10, 27, 171, form=form) for form in ("x", "X", "08x", "016X")]


def _judge(lab: Lab, got: Any, body: bytes, hint: str | None = None) -> None:
    if not isinstance(got, (bytes, bytearray)):
        lab.wrong("", expected=body, got=got, hint="start")
    if got != body and _is_raw(bytes(got)):
        hint = "chunks"
    lab.equal(got, body, hint=hint)


def _is_raw(got: bytes) -> bool:
    """Whether the chunks' sizes are in it."""
    line, _, rest = got.partition(b"\r\n")
    return 0 < len(line) < 8 and all(byte in b"0123456789abcdefABCDEF" for byte in line) and b"\r\n" in rest


# -- one after another -------------------------------------------------------------------------------


def whole(lab: Lab, *messages: Message) -> None:
    """Each body comes at once, and the connection stays open: the peer waits until it is taken."""
    near, far = pair(lab)
    buffer = bytearray()
    with by_hand(lab):
        for headers, data, body in messages:
            far.sendall(data)
            _judge(lab, lab.call(near, dict(headers), buffer), body)
    left = bytes(buffer) + waiting(near)
    lab.equal(left, b"", hint="rest", verb="left")


def in_pieces(lab: Lab, messages: Sequence[Message], pieces: Iterable[bytes]) -> None:
    """All bodies on one connection, cut like this."""
    near, far = pair(lab)
    buffer = bytearray()
    lab.beside(say, lab, far, pieces)
    for headers, _, body in messages:
        _judge(lab, lab.call(near, dict(headers), buffer), body)
    lab.equal(bytes(buffer) + waiting(near), b"", hint="rest", verb="left")


def at_every_split(lab: Lab, message: Message) -> None:
    """In two pieces, cut behind the first byte, the second, and so on; then byte by byte."""
    data = message[1]
    pieces = [part for place in range(1, len(data)) for part in (data[:place], data[place:])]
    in_pieces(lab, [message] * len(data), [*pieces, *peers.drips(data)])


def in_any_pieces(lab: Lab, size: int = 40) -> None:
    """Bodies of any size, by length and in chunks, in pieces of each size from 1 to 17 and of any."""
    for largest in range(1, 20):
        messages = []
        for _ in range(2):
            body = peers.random_bytes(lab.rng, lab.rng.randint(0, size))
            sizes = [lab.rng.randint(1, 20) for _ in range(4)]
            messages += [by_length(body), by_chunks(body, *sizes)]
        data = b"".join(data for _, data, _ in messages)
        in_pieces(lab, messages, in_sizes(data, largest) if largest <= 17 else peers.sliced(data, lab.rng))


def from_buffer(lab: Lab, *messages: Message) -> None:
    """All or a part of it has come with the head. The peer sends the rest, and nothing of its own."""
    near, far = pair(lab)
    for headers, data, body in messages:
        for size in (len(data), len(data) // 2):
            buffer = bytearray(data[:size])
            if size < len(data):
                far.sendall(data[size:])
            _judge(lab, lab.call(near, dict(headers), buffer), body, "buffer")
            lab.equal(bytes(buffer) + waiting(near), b"", hint="rest", verb="left")


def followed(lab: Lab, *messages: Message) -> None:
    """The next answer comes with the body: first from the socket, then in the buffer, then half and half."""
    for headers, data, body in messages:
        for size in (0, len(data) + 20, len(data) + len(NEXT), 2):
            near, far = pair(lab)
            stream = data + NEXT
            buffer = bytearray(stream[:size])
            far.sendall(stream[size:])
            _judge(lab, lab.call(near, dict(headers), buffer), body, "rest")
            lab.equal(bytes(buffer) + waiting(near), NEXT, hint="rest", verb="left")


def until_the_end(lab: Lab, *sizes: int) -> None:
    """Neither field: the end of the stream is the end of the body."""
    for size in sizes:
        near, far = pair(lab)
        body = peers.random_bytes(lab.rng, size)
        cut = min(7, size)
        lab.beside(say, lab, far, [*peers.drips(body[cut : cut + 60]), body[cut + 60 :]], True)
        _judge(lab, lab.call(near, {"server": "a peer"}, bytearray(body[:cut])), body, "end")


def large(lab: Lab) -> None:
    """1 MB of each kind."""
    body = peers.random_bytes(lab.rng, MB)
    kinds = [by_length(body), by_chunks(body, *[65_536] * 15), ({}, body, body)]
    for headers, data, _ in kinds:
        near, far = pair(lab)
        with peers.sending(far, data):
            _judge(lab, lab.call(near, dict(headers), bytearray()), body, "pieces")


def hesitant(lab: Lab) -> None:
    near, far = pair(lab)

    def hesitate() -> None:
        far.sendall(b"5\r\nhel")
        lab.pause(0.3)
        far.sendall(b"lo\r\n0\r\n\r\n")

    lab.beside(hesitate)
    _judge(lab, lab.call(near, dict(CHUNKED), bytearray()), b"hello", "pause")


# -- what is wrong -----------------------------------------------------------------------------------


def _must_raise(lab: Lab, kind: type[Exception], why: str, *args: Any) -> None:
    """The learner's function has to raise this because of that."""
    got, broke = lab.outcome(*args)
    if broke is not None:
        if isinstance(broke.error, kind):
            return
        if isinstance(broke.error, (EOFError, ValueError, ConnectionError)):
            name, text = type(broke.error).__name__, str(broke.error)
            lab.wrong(f"{why}: this asks for {kind.__name__}, and you raised {name}: {text}")
        raise broke
    lab.wrong(f"{why}: your function had to raise {kind.__name__}, and returned", got=got)


def cut_short(lab: Lab, message: Message) -> None:
    """The stream ends before the body does, after each of its bytes."""
    headers, data, _ = message
    for place in range(len(data)):
        near, far = pair(lab)
        in_buffer = lab.rng.randint(0, place)
        far.sendall(data[in_buffer:place])
        peers.finish(far)
        why = f"the stream ended after {data[:place]!r}"
        _must_raise(lab, EOFError, why, near, dict(headers), bytearray(data[:in_buffer]))


def broken(lab: Lab, headers: dict[str, str]) -> None:
    """The connection is reset in the middle of the body."""
    near, far = pair(lab)

    def vanish() -> None:
        peers.send_alone(far, [b"5\r\nhello\r\n5\r\nhe"], lab)
        peers.reset(far)

    lab.beside(vanish)
    _must_raise(lab, ConnectionError, "the connection was reset", near, dict(headers), bytearray())


def refused(lab: Lab, *messages: tuple[dict[str, str], bytes]) -> None:
    """Headers or chunks that nobody may guess about."""
    for headers, data in messages:
        near, far = pair(lab)
        far.sendall(data)
        peers.finish(far)
        shown = {key: value for key, value in headers.items() if key != "server"}
        why = f"for {data[:40]!r}" if headers is CHUNKED else f"for {shown}"
        _must_raise(lab, ValueError, why, near, dict(headers), bytearray())


def boasted(lab: Lab) -> None:
    """A length of 10¹² bytes, five of which come."""
    for headers, data in (
        ({"content-length": str(HUGE)}, b"hello"),
        (CHUNKED, f"{HUGE:x}\r\nhello".encode()),
    ):
        near, far = pair(lab)
        far.sendall(data)
        peers.finish(far)
        with at_most(lab, 20 * MB, "reserve"):
            _must_raise(lab, EOFError, "5 of 10¹² bytes came", near, dict(headers), bytearray())
