"""Exercise 03-5: values, as their lines come."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab
from ...check.peers import END, THINK, Step, Talk, cut_at, in_sizes, sliced
from ...check.timeouts import hastened

CR: dict[type[BaseException], str] = {ValueError: "newline"}
OBJECTS = [{"n": 1}, {"n": 2}, {"n": 3}]
EMOJI = [{"mood": "🙂👋", "von": "Zoë"}, {"名": "李雷", "n": 2}, "🚀" * 3]
THOUGHT = [b'{"first": "this"}\n{"then"', THINK, b': "that"}\n']


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
    yield case("three objects", listed, OBJECTS, hint="pieces")
    yield case("pieces that are not lines", yields, OBJECTS, cut_at(as_lines(OBJECTS), 13, 20), hint="pieces")
    yield case("characters cut in two", halved, hint="decode")
    yield case("pieces of 1 to 17 bytes", in_pieces, hint="pieces")
    yield case("a number cut in two", yields, [12, [3]], [b"1", b"2\n[", b"3]\n"], hint="pieces")
    yield case("lines that end with CR LF", listed, EMOJI, b"\r\n", hint="blank")
    blank, last, separators = b"\n[1]\n\n \t \r\n[2]\n\n \t", b'{"n": 1}\n{"n": 22}', ["one\u2028two\x85", 3]
    yield case("blank lines", yields, [[1], [2]], blank, hint="blank", raises={ValueError: "blank"})
    yield case("no newline after the last line", yields, [{"n": 1}, {"n": 22}], last, hint="last")
    yield case("the stream ends at once", yields, [], b"", hint="last")
    yield case("values that count as false", listed, [0, False, None, "", [], {}, 7], hint="values")
    yield case("a U+2028 inside a text", listed, separators, hint="newline", raises={ValueError: "newline"})
    yield case("a peer that waits for each value", in_turn, hint="promptly")
    yield case("line 12 is not JSON", broken, b'{"n": 1', 12, hint="invalid")
    yield case("line 9 after blank lines", broken, b"{'n': 1}", 9, 3, hint="number")
    yield case("line 14 is not UTF-8", broken, '"Zoë"'.encode("latin-1"), 14, hint="number")
    yield case("half of a surrogate pair", broken, b'"\xed\xa0\x80"', 3, hint="strict")
    yield case("a byte order mark", broken, b"\xef\xbb\xbf[1]", 3, hint="strict")
    yield case("UTF-16", broken, b"1\0", 3, hint="strict")
    yield case("a zero byte at the end", broken, b"[1]\0", 3, hint="strict")
    yield case("the last line ends inside a character", broken, b"[1]\xf0\x9f", 3, 0, b"", hint="strict")
    yield case("the last line ends inside a value", broken, b'{"n": 1', 3, 0, b"", hint="invalid")
    yield case("a comment", broken, b"# [1]", 3, hint="invalid")
    yield case("two values in a line", broken, b"[1] [2]", 3, hint="invalid")
    yield case("a tab inside a text", broken, b'"a\tb"', 3, hint="invalid")
    yield case(
        "a CR between two parts of a value", yields, [[1, 2], 3], b"[1,\r2]\n3\r", hint="newline", raises=CR
    )
    yield case("a peer that stops to think", thinking, hint="pause")


def as_lines(values: list[Any]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def yields(lab: Lab, expected: list[Any], steps: Step) -> None:
    """Everything that the peer says, up to the end of the stream."""
    with Values(lab) as values:
        lab.call(lab.peer(steps, END))
        values.judge(expected)


def listed(lab: Lab, values: list[Any], ending: bytes = b"\n") -> None:
    yields(lab, values, as_lines(values).replace(b"\n", ending))


def halved(lab: Lab) -> None:
    """Cut inside a character each time, and nowhere else."""
    data = as_lines(EMOJI)
    inside = [place for place, byte in enumerate(data) if byte & 0xC0 == 0x80]
    for _ in range(4):
        yields(lab, EMOJI, cut_at(data, *sorted(lab.rng.sample(inside, 3))))


def in_pieces(lab: Lab) -> None:
    """In pieces of each size from 1 to 17, and of any."""
    data = as_lines(EMOJI)
    for size in range(1, 21):
        yields(lab, EMOJI, in_sizes(data, size) if size <= 17 else sliced(data, lab.rng))


def in_turn(lab: Lab) -> None:
    """The peer sends a value, and a part of the next one, when the one before has been yielded."""
    expected = [{"question": number} for number in range(5)]
    data = as_lines(expected)

    def ask(talk: Talk) -> Iterator[Step]:
        for piece in cut_at(data, *(end + 4 for end, byte in enumerate(data[:-1], 1) if byte == 10)):
            yield piece
            values.wait()

    with Values(lab) as values:
        lab.call(lab.peer(ask, END))
        values.judge(expected)


def thinking(lab: Lab) -> None:
    with hastened(lab, 100):
        yields(lab, [{"first": "this"}, {"then": "that"}], THOUGHT)


def broken(lab: Lab, bad: bytes, number: int, blank: int = 0, after: bytes = b'\n{"after": "all"}\n') -> None:
    """This line is bad. Those before it hold a value each, or every second or third one (blank) nothing."""
    before = [
        b"\n" if blank and place % blank == 0 else as_lines([{"n": place}]) for place in range(1, number)
    ]
    near = lab.peer(b"".join(before) + bad + after, END)
    with Values(lab) as values:
        naming = f"line {number} was not JSON in UTF-8"
        lab.raises(ValueError, near, naming=naming, unnamed="number")
    count, got = sum(line != b"\n" for line in before), len(values.values)
    if got != count:
        said = f"{count} good values came before the bad line, and you yielded {got}"
        lab.wrong(said, hint="promptly")


class Values:
    """In the block, runs the learner's generator and keeps what it yields. A peer can wait for the next."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.function = lab, lab.function
        self.given: Any = None  # what the function returned
        self.values: list[Any] = []
        self._came = threading.Semaphore(0)

    def __enter__(self) -> Values:
        self.lab.function = self._iterate
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.function = self.function

    def _iterate(self, sock: socket.socket) -> Any:
        try:
            self.given = self.function(sock)
            if isinstance(self.given, Iterable):
                for value in self.given:
                    self.values.append(value)
                    self._came.release()
            return self.given
        finally:
            self._came.release(1000)  # nobody waits for a generator that has ended

    def wait(self) -> None:
        """Until one value more has come, or the case is over."""
        while not self._came.acquire(timeout=0.02):
            if self.lab.settled:
                raise EOFError

    def judge(self, expected: list[Any]) -> None:
        if not isinstance(self.given, Iterable):
            self.lab.wrong("json_lines(sock) gave no generator", got=self.given, hint="start")
        if self.values != expected or json.dumps(self.values) != json.dumps(expected):
            self.lab.equal(_text(self.values), _text(expected))


def _text(values: list[Any]) -> str:
    with suppress(TypeError, ValueError):
        return "\n".join(json.dumps(value, ensure_ascii=False) for value in values)
    return repr(values)
