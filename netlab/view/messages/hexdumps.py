"""Bytes as people read them: offset, hex and text, with the fields of a message told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import cycle

from ..kit import count_bytes, number
from ..kit.theme import FIELDS

ROW = 16  # bytes in a line


@dataclass(frozen=True)
class Field:
    """Bytes start .. end-1 of a message, and what they mean."""

    name: str
    start: int
    end: int
    color: str = ""


class Hexdump:
    """What `hexdump()` gives: text everywhere, colored fields in JupyterLab."""

    def __init__(self, data: bytes, fields: tuple[Field, ...], limit: int) -> None:
        self.data, self.fields, self.limit = data, fields, limit

    def __str__(self) -> str:
        lines = [
            f"{start:04x}  {_hex(row[:8]):23}  {_hex(row[8:]):23}  |{_printable(row)}|"
            for start, row in self._rows()
        ]
        lines += self._rest()
        if self.fields:
            names = max(len(field.name) for field in self.fields)
            spans = max(len(_span(field)) for field in self.fields)
            lines.append("")
            lines += [
                f"{i:2}  {field.name:{names}}  {_span(field):{spans}}  {self._value(field)}".rstrip()
                for i, field in enumerate(self.fields, 1)
            ]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        mono = "font-family: var(--jp-code-font-family, monospace); font-size: 12.5px; line-height: 1.5"
        parts = [f'<div class="netlab-hexdump" style="overflow-x: auto; {mono}">']
        parts += [
            f'<pre style="margin: 0; white-space: pre; word-break: normal; {mono}">'
            + "\n".join(self._html_lines())
            + "</pre>"
        ]
        if self.fields:
            parts.append(f'<table style="margin: 0.7em 0 0.3em 0; {mono}"><thead><tr>')
            parts += [f'<th style="text-align: left">{t}</th>' for t in ("", "field", "bytes", "value")]
            parts.append("</tr></thead><tbody>")
            for i, field in enumerate(self.fields, 1):
                cells = (_chip(field, f" {i} "), escape(field.name), _span(field), escape(self._value(field)))
                style = "text-align: left; white-space: pre"
                parts.append("<tr>" + "".join(f'<td style="{style}">{c}</td>' for c in cells) + "</tr>")
            parts.append("</tbody></table>")
        return "".join([*parts, "</div>"])

    def _rows(self) -> Iterable[tuple[int, bytes]]:
        shown = self.data[: self.limit]
        return ((start, shown[start : start + ROW]) for start in range(0, len(shown), ROW))

    def _html_lines(self) -> Iterable[str]:
        for start, row in self._rows():
            end = start + len(row)
            hexes, texts, names = [], [], []
            for a, b, field in self._pieces(start, end):
                piece = self.data[a:b]
                hexes.append(_colored(field, _spaced(piece, a - start)))
                hexes.append(_gap(b - start) if b < end else "")
                texts.append(_colored(field, _printable(piece)))
                width = 3 * (b - a) - 1 + (a - start < 8 < b - start)
                names.append(
                    _label(field, self._number(field), width, starts=field is not None and field.start == a)
                )
                names.append(" " * len(_gap(b - start)) if b < end else "")
            padding = " " * (49 - 1 - (3 * len(row) - 1 + (len(row) > 8)))
            yield f"{start:04x}  {''.join(hexes)}{padding}  |{''.join(texts)}|"
            if any(name.strip() for name in names):
                yield f'{"":4}  <span style="opacity: 0.8">{"".join(names).rstrip()}</span>'
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

    def _number(self, field: Field | None) -> int:
        return self.fields.index(field) + 1 if field else 0

    def _value(self, field: Field) -> str:
        data = self.data[field.start : field.end]
        return _hex(data[:8]) + (" ..." if len(data) > 8 else "")


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


def _hex(data: bytes) -> str:
    return data.hex(" ")


def _printable(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)


def _span(field: Field) -> str:
    if field.start == field.end:
        return "none"
    return f"{field.start}" if field.end == field.start + 1 else f"{field.start}-{field.end - 1}"


def _spaced(piece: bytes, column: int) -> str:
    # Like `_hex`, with the wider gap after the eighth byte of a line.
    if column < 8 < column + len(piece):
        return f"{_hex(piece[: 8 - column])}  {_hex(piece[8 - column :])}"
    return _hex(piece)


def _gap(column: int) -> str:
    return "  " if column == 8 else " "


def _colored(field: Field | None, text: str) -> str:
    return _chip(field, text) if field else escape(text)


def _chip(field: Field, text: str) -> str:
    style = f"background-color: {field.color}; color: #1b2733"
    return f'<span style="{style}" title="{escape(field.name)}">{escape(text)}</span>'


def _label(field: Field | None, number: int, width: int, *, starts: bool) -> str:
    """The field's name under its bytes; its number where the name is too long."""
    if field is None or not starts:
        return " " * width
    text = field.name if len(field.name) <= width else str(number)[:width]
    return escape(text) + " " * (width - len(text))
