"""Exercise 03-5: json_lines."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import lines
from .cases import EMOJI


@exercise(
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
