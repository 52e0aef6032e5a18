"""03-5 json_lines: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..registry import mutant, right


@right("json_lines")
def with_a_file(sock: Any) -> Iterator[Any]:
    """makefile('rb'): a file of lines"""
    with sock.makefile("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    value = json.loads(line.decode())
                except ValueError as error:
                    raise ValueError(f"line {number}") from error
                yield value


@right("json_lines")
class ByHand:
    """an iterator without yield"""

    def __init__(self, sock: Any) -> None:
        self.sock, self.data, self.number, self.ended = sock, b"", 0, False

    def __iter__(self) -> ByHand:
        return self

    def __next__(self) -> Any:
        while True:
            while b"\n" not in self.data and not self.ended:
                chunk = self.sock.recv(100)
                self.data, self.ended = self.data + chunk, not chunk
            if not self.data:
                raise StopIteration
            line, _, self.data = self.data.partition(b"\n")
            self.number += 1
            try:
                text = line.decode().strip()
                if text:
                    return json.loads(text)
            except ValueError:
                raise ValueError(f"{self.number}") from None


def _lines(sock: Any, size: int = 4096, last: bool = True) -> Iterator[bytes]:
    data = b""
    while chunk := sock.recv(size):
        data += chunk
        *lines, data = data.split(b"\n")
        yield from lines
    if data and last:
        yield data


def _values(lines: Any) -> Iterator[Any]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                value = json.loads(line if isinstance(line, str) else line.decode())
            except ValueError:
                raise ValueError(f"line {number}") from None
            yield value


@mutant("json_lines", "pieces")
def one_recv_one_value(sock: Any) -> Iterator[Any]:
    """one recv is one value"""
    while data := sock.recv(4096):
        yield json.loads(data)


@mutant("json_lines", "pieces")
def each_piece_for_itself(sock: Any) -> Iterator[Any]:
    """splits each piece for itself"""
    while data := sock.recv(4096):
        for line in data.split(b"\n"):
            if line.strip():
                yield json.loads(line)


@mutant("json_lines", "pieces")
def loses_the_half_line(sock: Any) -> Iterator[Any]:
    """drops the rest after the last newline"""
    while data := sock.recv(4096):
        *lines, _ = data.split(b"\n")
        yield from _values(lines)


@mutant("json_lines", "decode", says="UnicodeDecodeError")
def decodes_each_piece(sock: Any) -> Iterator[Any]:
    """decodes each piece"""
    text = ""
    while data := sock.recv(4096):
        text += data.decode()
        *lines, text = text.split("\n")
        yield from _values(lines)
    yield from _values([text])


@mutant("json_lines", "decode", says="differs")
def decodes_with_replacement(sock: Any) -> Iterator[Any]:
    """errors='replace', to be rid of the error"""
    text = ""
    while data := sock.recv(4096):
        text += data.decode(errors="replace")
        *lines, text = text.split("\n")
        yield from _values(lines)
    yield from _values([text])


@mutant("json_lines", "blank", says="JSONDecodeError")
def no_blank_lines(sock: Any) -> Iterator[Any]:
    """json.loads of a blank line"""
    for line in _lines(sock):
        yield json.loads(line)


@mutant("json_lines", "blank")
def a_blank_line_ends_it(sock: Any) -> Iterator[Any]:
    """a blank line is the end"""
    lines = []
    for line in _lines(sock):
        if not line.strip():
            break
        lines.append(line)
    yield from _values(lines)


@mutant("json_lines", "last")
def without_the_last(sock: Any) -> Iterator[Any]:
    """forgets the line without newline"""
    yield from _values(_lines(sock, last=False))


@mutant("json_lines", "newline")
def with_splitlines(sock: Any) -> Iterator[Any]:
    """str.splitlines()"""
    for number, line in enumerate(_lines(sock), 1):
        try:
            for part in line.decode().splitlines():
                if part.strip():
                    yield json.loads(part)
        except ValueError:
            raise ValueError(f"line {number}") from None


@mutant("json_lines", "values")
def only_true_values(sock: Any) -> Iterator[Any]:
    """if value: yield value"""
    for value in _values(_lines(sock)):
        if value:
            yield value


@mutant("json_lines", "promptly", says="blocked in recv")
def a_list(sock: Any) -> Any:
    """returns a list at the end"""
    return list(_values(_lines(sock)))


@mutant("json_lines", "promptly", says="blocked in recv")
def reads_all_first(sock: Any) -> Iterator[Any]:
    """reads everything, then yields"""
    data = b""
    while chunk := sock.recv(65536):
        data += chunk
    yield from _values(data.split(b"\n"))


@mutant("json_lines", "promptly", says="blocked in")
def one_behind(sock: Any) -> Iterator[Any]:
    """yields a value when the next one has come"""
    nothing = object()
    waiting: Any = nothing
    for value in _values(_lines(sock)):
        if waiting is not nothing:
            yield waiting
        waiting = value
    if waiting is not nothing:
        yield waiting


@mutant("json_lines", "invalid", says="had to raise ValueError, and returned")
def passes_over(sock: Any) -> Iterator[Any]:
    """except ValueError: continue"""
    for line in _lines(sock):
        with suppress(ValueError):
            yield json.loads(line)


@mutant("json_lines", "number", says="line 12 was not JSON in UTF-8")
def names_no_line(sock: Any) -> Iterator[Any]:
    """lets JSONDecodeError out"""
    for line in _lines(sock):
        if line.strip():
            yield json.loads(line)


@mutant("json_lines", "number", says="line 12 was not JSON in UTF-8")
def counts_from_zero(sock: Any) -> Iterator[Any]:
    """the first line is line 0"""
    for number, line in enumerate(_lines(sock)):
        if line.strip():
            try:
                value = json.loads(line)
            except ValueError:
                raise ValueError(f"line {number}") from None
            yield value


@mutant("json_lines", "number", says="line 9 was not JSON in UTF-8")
def counts_values(sock: Any) -> Iterator[Any]:
    """skipped lines do not count"""
    yield from _values(line for line in _lines(sock) if line.strip())


@mutant("json_lines", "number", says="line 14 was not JSON in UTF-8")
def names_no_line_of_bytes(sock: Any) -> Iterator[Any]:
    """decodes outside the try"""
    yield from _values(line.decode() for line in _lines(sock))


@mutant("json_lines", "forever", says="round and round")
def no_last_line(sock: Any) -> Iterator[Any]:
    """ignores b''"""
    data = b""
    while True:
        data += sock.recv(4096)
        *lines, data = data.split(b"\n")
        yield from _values(lines)


@mutant("json_lines", "pause", says="TimeoutError")
def has_no_patience(sock: Any) -> Iterator[Any]:
    """a short timeout"""
    sock.settimeout(0.2)
    yield from _values(_lines(sock))


@mutant("json_lines", "start", says="gave no generator")
def no_values(sock: Any) -> None:
    """pass"""


@mutant("json_lines", "start", says="TypeError")
def bytes_and_text(sock: Any) -> Iterator[Any]:
    """adds bytes to a str"""
    text = ""
    while data := sock.recv(4096):
        text += data
    yield text


def _read(lines: Any, loads: Any) -> Iterator[Any]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                value = loads(line)
            except ValueError:
                raise ValueError(f"line {number}") from None
            yield value


@mutant("json_lines", "strict")
def loads_of_bytes(sock: Any) -> Iterator[Any]:
    """json.loads of bytes"""
    yield from _read(_lines(sock), json.loads)


@mutant("json_lines", "strict")
def with_a_mark(sock: Any) -> Iterator[Any]:
    """utf-8-sig"""
    yield from _read(_lines(sock), lambda line: json.loads(line.decode("utf-8-sig")))


@mutant("json_lines", "strict")
def without_zeros(sock: Any) -> Iterator[Any]:
    """strips zero bytes"""
    yield from _read(_lines(sock), lambda line: json.loads(line.decode().strip("\0")))


@mutant("json_lines", "strict")
def never_final(sock: Any) -> Iterator[Any]:
    """an incremental decoder that is never told of the end"""
    decoder = codecs.getincrementaldecoder("utf-8")

    yield from _read(_lines(sock), lambda line: json.loads(decoder().decode(line)))


@mutant("json_lines", "newline")
def a_cr_ends_a_line(sock: Any) -> Iterator[Any]:
    """universal newlines"""
    yield from _values(part for line in _lines(sock) for part in line.rstrip(b"\r").split(b"\r"))


@mutant("json_lines", "invalid")
def forgives_controls(sock: Any) -> Iterator[Any]:
    """strict=False"""
    yield from _read(_lines(sock), lambda line: json.loads(line.decode(), strict=False))


@mutant("json_lines", "pieces")
def before_the_line_ends(sock: Any) -> Iterator[Any]:
    """yields what is JSON, before its line is complete"""
    data, number = b"", 0
    while chunk := sock.recv(4096):
        *lines, data = (data + chunk).split(b"\n")
        yield from _values(lines)
        number += len(lines)
        with suppress(ValueError):
            value = json.loads(data.decode())
            data = b""
            yield value
    yield from _values([data])


@mutant("json_lines", "promptly")
def when_nothing_is_left(sock: Any) -> Iterator[Any]:
    """waits until what has come ends with a newline"""
    data = b""
    while chunk := sock.recv(4096):
        data += chunk
        if data.endswith(b"\n"):
            yield from _values(data.split(b"\n"))
            data = b""
    yield from _values(data.split(b"\n"))
