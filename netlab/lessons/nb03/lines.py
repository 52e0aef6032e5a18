"""Peers for the exercises on lines: those of read_line first, then those of json_lines."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from ...check import peers
from ...check.lab import Lab
from ...check.pairs import in_sizes, must_name, must_raise, pair, say, waiting
from ...wire import RECEIVING

LARGEST = 65_536  # read_line may gather so many bytes beyond its limit

# -- 03-3: one line at a time ------------------------------------------------------------------------


def read(lab: Lab, data: bytes, pieces: Iterable[bytes] | None = None, limit: int = 1000) -> None:
    """All the lines of the data, and then the end of the stream."""
    near, far = pair(lab)
    buffer = bytearray()
    lab.beside(say, lab, far, [data] if pieces is None else list(pieces), True)
    *lines, rest = data.split(b"\n")
    for line in lines:
        got = lab.call(near, buffer, limit)
        lab.equal(got, line, hint="start" if got is None and not _taken(lab) else None)
    if rest:
        must_raise(lab, EOFError, "inside", near, buffer, limit)
    else:
        got = lab.call(near, buffer, limit)
        lab.equal(got, None, hint="rest" if got and got == lines[-1] else "ended")


def _taken(lab: Lab) -> int:
    """How many bytes the learner has received in this case."""
    return sum(event.size or 0 for event in lab.recording if event.call in RECEIVING and not event.flags)


def kept(lab: Lab) -> None:
    """What came with the first line is in the buffer, or still in the socket."""
    near, far = pair(lab)
    buffer, later = bytearray(), b"two\nthree\nfo"
    far.sendall(b"one\n" + later)
    lab.equal(lab.call(near, buffer, 100), b"one")
    lab.equal(bytes(buffer) + waiting(near), later, verb="left", hint="rest")


def any_lines(lab: Lab) -> None:
    """In pieces of each size from 1 to 17, and of any."""
    for size in range(1, 21):
        lines = [_line(lab, lab.rng.choice((0, 1, 5, 30))) for _ in range(3)]
        data = b"".join(line + b"\n" for line in lines)
        read(lab, data, in_sizes(data, size) if size <= 17 else peers.sliced(data, lab.rng))


def _line(lab: Lab, size: int) -> bytes:
    return peers.random_bytes(lab.rng, size).replace(b"\n", b"\r")


def every_byte(lab: Lab) -> None:
    read(lab, bytes(range(256)) + b"\r\n" + bytes(range(255, -1, -1)) + b" \t\n")


def whole_lines_wait(lab: Lab) -> None:
    """Two lines in one chunk. The peer sends more when both are answered, and not before."""
    near, far = pair(lab)
    buffer = bytearray()
    far.sendall(b"first\nsecond\n")
    lab.equal(lab.call(near, buffer, 100), b"first")
    lab.equal(lab.call(near, buffer, 100), b"second")
    far.sendall(b"third\n")
    lab.equal(lab.call(near, buffer, 100), b"third")


def hesitant(lab: Lab) -> None:
    near, far = pair(lab)

    def hesitate() -> None:
        far.sendall(b"first this, ")
        lab.pause(0.3)
        far.sendall(b"then that\n")

    lab.beside(hesitate)
    lab.equal(lab.call(near, bytearray(), 100), b"first this, then that")


def many_short(lab: Lab) -> None:
    """The limit is for one line, not for what has come: twenty lines come at once."""
    near, far = pair(lab)
    buffer = bytearray()
    far.sendall(b"short\n" * 20)
    for _ in range(20):
        lab.equal(lab.call(near, buffer, 10), b"short")


def too_long(lab: Lab) -> None:
    """A line of exactly the limit is allowed, and its end may come later. One byte more is not."""
    near, far = pair(lab)
    buffer = bytearray()
    lab.beside(say, lab, far, [b"x" * 100, b"\n" + b"y" * 101 + b"\n"])
    lab.equal(lab.call(near, buffer, 100), b"x" * 100)
    must_raise(lab, ValueError, "limit", near, buffer, 100)


def flooded(lab: Lab) -> None:
    """2 MB without a newline, and then the end."""
    near, far = pair(lab)
    buffer = bytearray()

    def flood() -> None:
        peers.flood(far, b"x" * 50_000, 2_000_000)
        peers.finish(far)

    lab.beside(flood)
    must_raise(lab, ValueError, "flood", near, buffer, 1000)
    taken = _taken(lab)
    if max(taken, len(buffer)) > 1000 + LARGEST:
        lab.wrong(f"your function took {taken} bytes before it refused a line of at most 1000", hint="flood")


# -- 03-5: values as they come -----------------------------------------------------------------------


class Values:
    """Runs the learner's generator and keeps what it yields; a peer can wait for the next value."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.function, self.values = lab, lab.function, []  # type: ignore[var-annotated]
        self.given: Any = None  # what the function returned
        self._came = threading.Semaphore(0)
        lab.function = self._iterate

    def _iterate(self, sock: socket.socket) -> None:
        try:
            self.given = self.function(sock)
            if isinstance(self.given, Iterable):
                for value in self.given:
                    self.values.append(value)
                    self._came.release()
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
        if self.values == expected and json.dumps(self.values) == json.dumps(expected):
            return
        self.lab.equal(_text(self.values), _text(expected))


def _text(values: list[Any]) -> str:
    with suppress(TypeError, ValueError):
        return "\n".join(json.dumps(value, ensure_ascii=False) for value in values)
    return repr(values)


def yielded(lab: Lab, data: bytes, expected: list[Any], pieces: Iterable[bytes] | None = None) -> None:
    near, far = pair(lab)
    values = Values(lab)
    lab.beside(say, lab, far, [data] if pieces is None else list(pieces), True)
    lab.call(near)
    values.judge(expected)
    lab.function = values.function


def as_lines(values: list[Any], ascii_only: bool = False) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=ascii_only) + "\n" for value in values).encode()


def listed(lab: Lab, values: list[Any], ending: bytes = b"\n") -> None:
    yielded(lab, as_lines(values).replace(b"\n", ending), values)


def halved(lab: Lab, values: list[Any]) -> None:
    """Cut inside a character each time, and nowhere else."""
    data = as_lines(values)
    inside = [place for place, byte in enumerate(data) if byte & 0xC0 == 0x80]
    for _ in range(4):
        yielded(lab, data, values, peers.cut_at(data, *sorted(lab.rng.sample(inside, 3))))


def in_pieces(lab: Lab, values: list[Any]) -> None:
    """In pieces of each size from 1 to 17, and of any."""
    data = as_lines(values)
    for size in range(1, 21):
        yielded(lab, data, values, in_sizes(data, size) if size <= 17 else peers.sliced(data, lab.rng))


def merged(lab: Lab) -> None:
    """One and a half lines, then the rest: no piece is a line."""
    values = [{"n": 1}, {"n": 2}, {"n": 3}]
    data = as_lines(values)
    yielded(lab, data, values, peers.cut_at(data, 13, 20))


def in_turn(lab: Lab) -> None:
    """The peer sends a value when the one before has been yielded."""
    near, far = pair(lab)
    values, expected = Values(lab), [{"question": number} for number in range(5)]

    def ask() -> None:
        for value in expected:
            far.sendall(as_lines([value]))
            values.wait()
        peers.finish(far)

    lab.beside(ask)
    lab.call(near)
    values.judge(expected)


def thinking(lab: Lab) -> None:
    near, far = pair(lab)
    values = Values(lab)

    def hesitate() -> None:
        far.sendall(b'{"first": "this"}\n{"then"')
        lab.pause(0.3)
        far.sendall(b': "that"}\n')
        peers.finish(far)

    lab.beside(hesitate)
    lab.call(near)
    values.judge([{"first": "this"}, {"then": "that"}])


def broken(lab: Lab, bad: bytes, number: int, before: Callable[[int], bytes], count: int) -> None:
    """Line `number` is bad. Those before it are good or blank, and `count` of them hold a value."""
    near, far = pair(lab)
    values = Values(lab)
    data = b"".join(before(place) for place in range(1, number)) + bad
    lab.beside(say, lab, far, [data + b"\n" + as_lines([{"after": "all"}])], True)
    error = must_raise(lab, ValueError, "invalid", near)
    must_name(lab, error, number, "line {} was not JSON in UTF-8", "number")
    if len(values.values) != count:
        said = f"{count} good values came before the bad line, and you yielded {len(values.values)}"
        lab.wrong(said, hint="promptly")


def numbered(place: int) -> bytes:
    return as_lines([{"n": place}])


def numbered_or_blank(place: int) -> bytes:
    return b"\n" if place % 3 == 0 else numbered(place)
