"""The exercises of notebook 03: exact counts, frames, lines, a half-close, and text in pieces."""

from __future__ import annotations

import socket

from ..engine import Cases, case, exercise
from ..lab import LOOP
from . import hints, lines, uploads
from .e1_read_exact import read_exact as read_exact
from .e2_exchange import exchange as exchange
from .hints import ENDINGS, FRAMES

EMOJI = [{"mood": "🙂👋", "von": "Zoë"}, {"名": "李雷", "n": 2}, "🚀" * 3]


# -- 03-3 --------------------------------------------------------------------------------------------


@exercise(
    "03-3",
    reread=FRAMES,
    hints=hints.READ_LINE,
    outline="while no b'\\n' in buffer: check limit, recv, extend. Then cut: line, and del buffer[:end + 1].",
    raises={UnicodeDecodeError: "bytes", TypeError: "bytes", TimeoutError: "pause"},
    stuck={LOOP: "forever", "recv": "rest", "readline": "rest"},
)
def read_line(sock: socket.socket, buffer: bytearray, limit: int) -> Cases:
    r"""Return the next line from sock, as bytes, without the b"\n" that ends it.

    buffer is a bytearray that the caller keeps from call to call, empty at first: the
    place for what has come from sock and belongs to later lines. Use it first, and do
    not wait for sock while a whole line is in it. An empty line is b"". Only b"\n"
    ends a line: b"\r" is a byte like any other.

    If the stream ends after a whole line, return None. If it ends inside a line, raise
    EOFError. If the line is longer than limit bytes (without its b"\n"), raise
    ValueError, and do not gather more than limit + 65 536 bytes to find that out.
    """
    yield case("one line and the end", lines.read, b"hello\n", hint="bytes", raises={EOFError: "ended"})
    yield case("a line in three pieces", lines.read, b"hello\n", [b"he", b"ll", b"o\n"], hint="pieces")
    yield case("three and a half lines in one chunk", lines.kept, hint="rest")
    yield case("empty lines and the end", lines.read, b"\n\nx\n\n", hint="empty", raises={Exception: "empty"})
    yield case("bytes of every value", lines.every_byte, hint="bytes")
    yield case("pieces of 1 to 17 bytes", lines.any_lines, hint="pieces")
    yield case("two lines have come and the peer waits", lines.whole_lines_wait, stuck={"recv": "wait"})
    yield case("the stream ends inside a line", lines.read, b"one\ntw", hint="inside")
    yield case("twenty short lines at once", lines.many_short, hint="count", raises={ValueError: "count"})
    yield case(
        "lines of limit and of limit + 1 bytes", lines.too_long, hint="limit", raises={ValueError: "limit"}
    )
    yield case("a flood without a newline", lines.flooded, hint="flood", raises={EOFError: "flood"})
    yield case("a peer that stops to think", lines.hesitant, hint="pause")


# -- 03-4 --------------------------------------------------------------------------------------------


@exercise(
    "03-4",
    reread=ENDINGS,
    hints=hints.UPLOAD,
    outline="A thread sends and then shuts down SHUT_WR; meanwhile you receive until b''; join; return.",
    raises={OSError: "half", TimeoutError: "pause", TypeError: "bytes"},
    stuck={"sendall": "both", "send": "both", "join": "both", "recv": "finish", LOOP: "forever"},
)
def upload(address: tuple[str, int], data: bytes) -> Cases:
    """Send data to the server at address, and return all that it answers, as bytes.

    address is (host, port). Send all of data, then say by half-close that this was
    all: some servers answer only then. Others answer while they read, and stop reading
    while nobody takes their answer: so receive while you send. The answer is complete
    when the server ends its stream, even if it has not read everything yet.

    If the connection breaks, let the ConnectionError out: half an answer is none.
    Close your socket, and leave no thread running.
    """
    yield case("a server that answers after the end", uploads.answered, b"hello", [b"stored"], hint="half")
    yield case("an answer in drips", uploads.answered, b"hello", [b"s", b"to", b"r", b"ed"], hint="pieces")
    yield case("nothing to send", uploads.answered, b"", [b"0 bytes stored"], hint="half")
    yield case("nothing to answer", uploads.answered, bytes(range(256)), [])
    yield case("1 MB of any bytes", uploads.answered, 1_000_000, [b"stored"], hint="all")
    yield case(
        "an answer in blocks of 1024 bytes",
        uploads.answered,
        b"hello",
        [bytes(1024)] * 3 + [b"!"],
        hint="short",
    )
    yield case(
        "a server that stops to think", uploads.answered, b"hello", [b"sto", b"red"], 0.3, hint="pause"
    )
    yield case("a server that vanishes early", uploads.broke_off, 1000, uploads.MUCH, hint="broken")
    yield case("a server that vanishes late", uploads.broke_off, 5001, 5000, hint="broken")
    yield case(
        "a server that answers early", uploads.answered_early, hint="early", raises={Exception: "early"}
    )
    yield case("4 MB to a server that echoes while it reads", uploads.echoed, uploads.MUCH, hint="both")


# -- 03-5 --------------------------------------------------------------------------------------------


@exercise(
    "03-5",
    reread=FRAMES,
    hints=hints.JSON_LINES,
    outline="Keep bytes in a buffer; for each b'\\n' in it: cut the line, decode it, json.loads, yield.",
    raises={UnicodeDecodeError: "decode", ValueError: "pieces", TypeError: "start", TimeoutError: "pause"},
    stuck={LOOP: "forever", "recv": "promptly", "read": "promptly"},
)
def json_lines(sock: socket.socket) -> Cases:
    r"""Yield the values of a stream of JSON lines, until it ends: a generator.

    Each line is one JSON value in UTF-8, ended by b"\n" or b"\r\n"; the last one may be
    ended by the end of the stream. Skip lines of nothing but spaces. Yield each value
    as soon as its line is complete: the peer may wait for that before it sends more.

    If a line is not JSON in UTF-8, raise ValueError, with the number of the line in its
    text: ValueError("line 12: ..."). The first line is 1, and skipped lines count.
    """
    yield case("three objects", lines.listed, [{"n": 1}, {"n": 2}, {"n": 3}], hint="pieces")
    yield case("pieces that are not lines", lines.merged, hint="pieces")
    yield case("characters cut in two", lines.halved, EMOJI, hint="decode")
    yield case("pieces of 1 to 17 bytes", lines.in_pieces, EMOJI, hint="pieces")
    yield case("lines that end with CR LF", lines.listed, EMOJI, b"\r\n", hint="blank")
    yield case(
        "blank lines",
        lines.yielded,
        b"\n[1]\n\n \t \r\n[2]\n\n",
        [[1], [2]],
        hint="blank",
        raises={ValueError: "blank"},
    )
    yield case(
        "no newline after the last line",
        lines.yielded,
        b'{"n": 1}\n{"n": 22}',
        [{"n": 1}, {"n": 22}],
        hint="last",
    )
    yield case("the stream ends at once", lines.yielded, b"", [], hint="last")
    yield case("values that count as false", lines.listed, [0, False, None, "", [], {}, 7], hint="values")
    yield case(
        "a U+2028 inside a text",
        lines.listed,
        ["one\u2028two\x85", 3],
        hint="newline",
        raises={ValueError: "newline"},
    )
    yield case("a peer that waits for each value", lines.in_turn, hint="promptly")
    yield case("line 12 is not JSON", lines.broken, b'{"n": 1', 12, lines.numbered, 11, hint="invalid")
    yield case(
        "line 9 after blank lines", lines.broken, b"{'n': 1}", 9, lines.numbered_or_blank, 6, hint="number"
    )
    yield case(
        "line 14 is not UTF-8", lines.broken, '"Zoë"'.encode("latin-1"), 14, lines.numbered, 13, hint="number"
    )
    yield case("a peer that stops to think", lines.thinking, hint="pause")
