"""The pictures of HTTP: what is named, what is framed as wrong, whose request went over which connection."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from netlab.view import Picture, chunked_body, message_anatomy
from netlab.view.kit.theme import WIDEST
from netlab.view.messages import chunk_pictures
from netlab.view.messages.chunk_pictures import dechunked
from netlab.view.messages.http_pictures import _head_rows, _mark, _read
from netlab.wire.http_messages import ChunkReader

GET = b"GET /hello HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n"
ANSWER = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot\nhere\n"
CHUNKS = b"9\r\nNotebook \r\n5\r\nseven\r\n0\r\nX-Sum: 12\r\n\r\n"
LONG = b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: a\r\nUser-Agent: " + b"b" * 200 + b"\r\n\r\n"


def words(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.figure.findobj(Text) if text.get_text()]


def overlaps(picture: Picture) -> list[tuple[str, str]]:
    FigureCanvasAgg(picture.figure).draw()
    found = [text for text in picture.figure.findobj(Text) if text.get_text()]
    placed = [(text.get_text(), text.get_window_extent()) for text in found]
    return [(a, b) for (a, one), (b, other) in combinations(placed, 2) if one.overlaps(other)]


def outside(picture: Picture) -> list[str]:
    """The words that are not all on the paper."""
    wide, high = picture.figure.canvas.get_width_height()
    boxes = [(text.get_window_extent(), text.get_text()) for text in picture.figure.findobj(Text)]
    return [w for b, w in boxes if not (b.x0 >= -1 and b.x1 <= wide + 1 and b.y0 >= -1 and b.y1 <= high + 1)]


def framed(data: bytes) -> list[str]:
    rows, _ = _head_rows(data)
    *_, error = _read(data)
    assert error is not None
    _mark(rows, error)
    return [data[row.start : row.end].decode() for row in rows if row.wrong]


def test_the_parts_of_a_request_are_named() -> None:
    picture = message_anatomy(GET)
    assert repr(picture) == "A request: method GET, target /hello, two fields, the empty line, no body."
    shown = words(picture)
    for word in ("request line", "method", "target", "version", "GET", "/hello", "Host", "empty line"):
        assert word in shown
    assert shown.count("CR LF") == 4


def test_the_parts_of_a_response_are_named() -> None:
    picture = message_anatomy(ANSWER)
    assert repr(picture) == "A response: status 404, one field, the empty line, a body of 9 bytes."
    shown = words(picture)
    for word in ("status line", "status", "reason", "Not Found", "body", "not", "here"):
        assert word in shown
    assert shown.count("LF") == 2


def test_a_body_that_is_too_short_or_too_long() -> None:
    short = message_anatomy(ANSWER[:-2])
    assert short.caption.endswith("Two bytes of it are missing.") or "2 bytes" in short.caption
    assert "2 bytes to come" in words(short)
    assert "what follows" in words(message_anatomy(ANSWER + b"HTTP/1.1 200 OK\r\n"))
    assert "body" not in words(message_anatomy(ANSWER[:-9], answers="HEAD"))


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (GET.replace(b"\r\n", b"\n", 1), ["GET /hello HTTP/1.1\n"]),
        (GET.replace(b"a\r\n", b"a\n"), ["Host: a\n"]),
        (GET.replace(b"GET /", b"GET  /"), ["GET  /hello HTTP/1.1\r\n"]),
        (GET.replace(b"Accept:", b"Accept :"), ["Accept : text/html\r\n"]),
        (GET.replace(b"Accept:", b" more"), [" more text/html\r\n"]),
        (GET.replace(b"Host: a\r\n", b""), ["\r\n"]),
        (GET.replace(b"Accept: text/html", b"Host: b"), ["Host: a\r\n", "Host: b\r\n"]),
        (
            GET.replace(b"Accept: text/html", b"Content-Length: 1\r\nContent-Length: 2"),
            ["Content-Length: 1\r\n", "Content-Length: 2\r\n"],
        ),
        (
            GET.replace(b"Accept: text/html", b"Content-Length: 1\r\nTransfer-Encoding: chunked"),
            ["Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n"],
        ),
    ],
)
def test_a_mistake_is_framed_where_it_is(data: bytes, wrong: list[str]) -> None:
    assert framed(data) == wrong
    picture = message_anatomy(data)
    assert picture.caption.startswith("A request that a strict reader refuses with 400: ")
    assert words(picture).count("✗") == len(wrong)
    assert not overlaps(picture)


def test_an_incomplete_head_is_no_mistake() -> None:
    picture = message_anatomy(GET[:-2])
    assert repr(picture) == "A request that is not complete: its empty line has not come."
    assert "✗" not in words(picture)


def test_chunks_are_drawn_with_their_places_and_what_the_reader_gets() -> None:
    picture = chunked_body(CHUNKS)
    assert repr(picture) == (
        "Two chunks of 9 and 5 bytes, the last chunk of size 0, and one trailer field. "
        "The reader gets 14 bytes."
    )
    shown = words(picture)
    for word in ("chunk 1", "chunk 2", "last chunk", "trailer", "X-Sum", "Notebook seven", "14", "24"):
        assert word in shown


def test_a_wrong_and_a_cut_chunk() -> None:
    wrong = chunked_body(b"5\r\nseven!\r\n0\r\n\r\n")
    assert "A strict reader refuses it: a chunk's data is longer" in wrong.caption
    assert "✗" in words(wrong)
    cut = chunked_body(CHUNKS[:18])
    assert cut.caption.endswith("The last chunk has not come: a reader waits for more.")
    assert "✗" not in words(cut)
    assert "what follows" in words(chunked_body(CHUNKS + b"HTTP/1.1"))
    assert repr(chunked_body(b"0\r\n\r\n")) == "No chunks, the last chunk of size 0. The reader gets 0 bytes."


def test_no_byte_of_a_body_copies_those_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    copied = [0]

    class Piece(bytes):
        def __radd__(self, other: object) -> object:  # asked first, when something grows by a piece
            copied[0] += len(other) if isinstance(other, bytes) else 0
            return NotImplemented

    class Reader(ChunkReader):
        def feed(self, data: bytes) -> bytes:
            return Piece(super().feed(data))

    monkeypatch.setattr(chunk_pictures, "ChunkReader", Reader)
    size = 10_000
    right = f"{size:x}\r\n".encode() + bytes(size) + b"\r\n"
    for data in (right, right + b"no size\r\n"):  # what is wrong is read byte by byte
        _, body, error = dechunked(data)
        assert body == bytes(size) and (error is None) == (data == right)
    assert copied[0] < 10 * size


@pytest.mark.parametrize("draw", [message_anatomy, chunked_body])
def test_bad_input(draw: type[Picture]) -> None:
    with pytest.raises(TypeError, match="needs the bytes of a message, not str"):
        draw("GET")  # type: ignore[arg-type, call-arg]
    with pytest.raises(ValueError, match="nothing to draw"):
        draw(b"")  # type: ignore[arg-type, call-arg]


def test_any_bytes_can_be_drawn() -> None:
    for data in (
        b"\x00",
        b"\n",
        b"\r\n\r\n",
        b"HTTP/",
        bytes(range(256)) * 3,
        b"A: b\r\n" * 60,
        b"0",
        b"fffff\r\n",
    ):
        for draw in (message_anatomy, chunked_body):
            picture = draw(data)
            assert picture.caption and picture.width <= WIDEST
            picture.png()


@pytest.mark.parametrize("count", [1, 12, 60])
def test_nothing_overlaps_nor_leaves_the_paper(count: int) -> None:
    many = b"".join(b"5\r\nhello\r\n" for _ in range(count)) + b"0\r\n\r\n"
    fields = b"".join(b"Field-%d: value\r\n" % n for n in range(count))
    pictures = [
        message_anatomy(LONG),
        message_anatomy(GET[:-2] + fields + b"\r\n"),
        message_anatomy(b"HTTP/1.1 200 OK\r\n\r\n" + b"line\n" * count),
        chunked_body(many),
    ]
    for picture in pictures:
        assert not overlaps(picture) and not outside(picture)
