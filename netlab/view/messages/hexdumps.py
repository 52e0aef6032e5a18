"""Bytes as people read them: offset, hex and text, with the fields of a message told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import cycle

from ..kit import count_bytes, number
from ..kit.theme import FIELDS, INK

ROW = 16  # bytes in a line


@dataclass(frozen=True)
class Field:
    """Bytes start .. end-1 of a message, and what they mean."""

    name: str
    start: int
    end: int
    color: str

    @property
    def span(self) -> str:
        """`0`, `1-2`, or `none`."""
        if self.start == self.end:
            return "none"
        return f"{self.start}" if self.end == self.start + 1 else f"{self.start}-{self.end - 1}"

    def chip(self, text: str) -> str:
        """The text as HTML, in the field's color."""
        style = f"background-color: {self.color}; color: {INK}"
        return f'<span style="{style}" title="{escape(self.name)}">{escape(text)}</span>'


class Hexdump:
    """What `hexdump()` gives: text everywhere, colored fields in JupyterLab."""

    def __init__(self, data: bytes, fields: tuple[Field, ...], limit: int) -> None:
        self.data, self.fields, self.limit = data, fields, limit

    def __str__(self) -> str:
        lines = [f"{start:04x}  {_spaced(row, 0):48}  |{_printable(row)}|" for start, row in self._rows()]
        lines += self._rest()
        if self.fields:
            names = max(len(field.name) for field in self.fields)
            spans = max(len(field.span) for field in self.fields)
            lines.append("")
            lines += [
                f"{i:2}  {field.name:{names}}  {field.span:{spans}}  {self._value(field)}".rstrip()
                for i, field in enumerate(self.fields, 1)
            ]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        mono = "font-family: var(--jp-code-font-family, monospace); font-size: 12.5px; line-height: 1.5"
        pre = f'<pre style="margin: 0; white-space: pre; word-break: normal; {mono}">'
        table = ""
        if self.fields:
            head = "".join(f'<th style="text-align: left">{t}</th>' for t in ("", "field", "bytes", "value"))
            rows = ""
            for i, field in enumerate(self.fields, 1):
                cells = (field.chip(f" {i} "), escape(field.name), field.span, escape(self._value(field)))
                style = "text-align: left; white-space: pre"
                rows += "<tr>" + "".join(f'<td style="{style}">{c}</td>' for c in cells) + "</tr>"
            table = f'<table style="margin: 0.7em 0 0.3em 0; {mono}"><thead><tr>{head}</tr></thead>'
            table += f"<tbody>{rows}</tbody></table>"
        dump = "\n".join(self._html_lines())
        return f'<div class="netlab-hexdump" style="overflow-x: auto; {mono}">{pre}{dump}</pre>{table}</div>'

    def _rows(self) -> Iterable[tuple[int, bytes]]:
        shown = self.data[: self.limit]
        return ((start, shown[start : start + ROW]) for start in range(0, len(shown), ROW))

    def _html_lines(self) -> Iterable[str]:
        for start, row in self._rows():
            end = start + len(row)
            hexes = texts = names = ""
            for a, b, field in self._pieces(start, end):
                piece = self.data[a:b]
                hexed = _spaced(piece, a - start)
                gap = "" if b == end else "  " if b - start == 8 else " "
                name = ""  # under its bytes; its number where the name is too long
                if field and field.start == a:
                    fits = len(field.name) <= len(hexed)
                    name = field.name if fits else str(self.fields.index(field) + 1)[: len(hexed)]
                hexes += (field.chip(hexed) if field else escape(hexed)) + gap
                texts += field.chip(_printable(piece)) if field else escape(_printable(piece))
                names += escape(name) + " " * (len(hexed) - len(name) + len(gap))
            padding = " " * (48 - len(_spaced(row, 0)))
            yield f"{start:04x}  {hexes}{padding}  |{texts}|"
            if names.strip():
                yield f'{"":4}  <span style="opacity: 0.8">{names.rstrip()}</span>'
        yield from self._rest()

    def _rest(self) -> list[str]:
        """What is said about bytes that are not shown, or not there."""
        if not self.data:
            return ["(no bytes)"]
        left = len(self.data) - self.limit
        return [f"... and {count_bytes(left)} more ({number(len(self.data))} in all)"] if left > 0 else []

    def _pieces(self, start: int, end: int) -> Iterable[tuple[int, int, Field | None]]:
        at = start
        for field in self.fields:
            a, b = max(field.start, start), min(field.end, end)
            if a >= b:
                continue
            if at < a:
                yield at, a, None
            yield a, b, field
            at = b
        if at < end:
            yield at, end, None

    def _value(self, field: Field) -> str:
        data = self.data[field.start : field.end]
        return data[:8].hex(" ") + (" ..." if len(data) > 8 else "")


def hexdump(
    data: bytes,
    fields: Iterable[tuple[str, int] | tuple[str, int, int]] | None = None,
    *,
    limit: int = 512,
) -> Hexdump:
    """Show bytes as offset, hex and text; with `fields`, what each part of a message means.

    A field is (name, length), which begins where the one before it ends, or (name, start, end) with the
    end not included, as in a slice. At most `limit` bytes are shown; a last line says how many are left.
    TypeError for data that is not bytes; ValueError for a field that overlaps another or leaves the data.
    """
    if isinstance(data, str) or not isinstance(data, (bytes, bytearray, memoryview)):
        hint = ", for example with .encode()" if isinstance(data, str) else ""
        raise TypeError(f"hexdump() shows bytes, not {type(data).__name__}: make bytes of it first{hint}.")
    if limit < 1:
        raise ValueError(f"hexdump() cannot show {limit} bytes: give limit= a number of at least 1.")
    data = bytes(data)
    return Hexdump(data, _check(data, fields or ()), limit)


def _check(data: bytes, fields: Iterable[tuple[str, int] | tuple[str, int, int]]) -> tuple[Field, ...]:
    checked: list[Field] = []
    at = 0
    for entry, color in zip(fields, cycle(FIELDS), strict=False):
        if not (isinstance(entry, tuple) and len(entry) in (2, 3) and isinstance(entry[0], str)):
            raise TypeError(f"A field is (name, length) or (name, start, end), not {entry!r}.")
        name = entry[0]
        start, end = (at, at + entry[1]) if len(entry) == 2 else (entry[1], entry[2])
        if not 0 <= start <= end:
            raise ValueError(f"Field {name!r} cannot reach from byte {start} to byte {end}.")
        if end > len(data):
            raise ValueError(
                f"Field {name!r} ends at byte {end}, but there are only {count_bytes(len(data))}."
            )
        for other in checked:
            if start < other.end and other.start < end:
                there = f"{other.name!r} ({other.start} to {other.end})"
                raise ValueError(f"Field {name!r} ({start} to {end}) overlaps {there}.")
        checked.append(Field(name, start, end, color))
        at = end
    return tuple(sorted(checked, key=lambda field: (field.start, field.end)))


def _printable(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)


def _spaced(piece: bytes, column: int) -> str:
    """In hex, with a wider gap after the eighth byte of a line; the piece begins in this column."""
    parts = piece[: max(0, 8 - column)], piece[max(0, 8 - column) :]
    return "  ".join(part.hex(" ") for part in parts if part)
