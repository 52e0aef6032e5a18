"""Bytes as people read them: offset, hex and text, with the fields of a message told apart."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import cycle
from typing import NamedTuple

from ..kit import count_bytes, number
from ..kit.theme import FIELDS, INK

ROW, MOST = 16, 512  # bytes in a line, and in all
DUMP, FIELD = "netlab-hexdump", "netlab-field-"
MONO = "font-family: var(--jp-code-font-family, monospace); font-size: 12.5px; line-height: 1.5"


class Field(NamedTuple):
    """Bytes start .. end-1 of a message, and what they mean; without a color: what no field covers."""

    name: str
    start: int
    end: int
    color: str = ""
    number: int = 0  # from 1; all that belongs to a field lights up together

    @property
    def span(self) -> str:
        """`0`, `1-2`, or `none`."""
        last = self.end - 1
        return "none" if last < self.start else f"{last}" if last == self.start else f"{self.start}-{last}"

    def chip(self, text: str) -> str:
        """The text as HTML, in the field's color."""
        if not self.color:
            return escape(text)
        style = f"background-color: {self.color}; color: {INK}"
        mark = f'class="{FIELD}{self.number}" style="{style}" title="{escape(self.name)}"'
        return f"<span {mark}>{escape(text)}</span>"


class Hexdump:
    """What `hexdump()` gives: text everywhere, colored fields in JupyterLab."""

    def __init__(self, data: bytes, fields: list[Field]) -> None:
        self.data, self.fields = data, fields
        starts = range(0, min(len(data), MOST), ROW)
        self._rows = [(start, data[start : min(start + ROW, MOST)]) for start in starts]
        left = len(data) - MOST
        more = f"... and {count_bytes(left)} more ({number(len(data))} in all)"
        self._rest = ["(no bytes)"] if not data else [more] if left > 0 else []

    def __str__(self) -> str:
        lines = [f"{start:04x}  {_spaced(row, 0):48}  |{_printable(row)}|" for start, row in self._rows]
        lines += self._rest
        if self.fields:
            names, spans = (max(map(len, words)) for words in zip(*((f.name, f.span) for f in self.fields)))
            lines.append("")
            for i, field in enumerate(self.fields, 1):
                lines.append(
                    f"{i:2}  {field.name:{names}}  {field.span:{spans}}  {self._value(field)}".rstrip()
                )
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        pre = f'<pre style="margin: 0; white-space: pre; word-break: normal; {MONO}">'
        table = ""
        if self.fields:
            head = "".join(f'<th style="text-align: left">{t}</th>' for t in ("", "field", "bytes", "value"))
            table = f'<table style="margin: 0.7em 0 0.3em 0; {MONO}"><thead><tr>{head}</tr></thead><tbody>'
            for i, field in enumerate(self.fields, 1):
                cells = (field.chip(f" {i} "), escape(field.name), field.span, escape(self._value(field)))
                style = "text-align: left; white-space: pre"
                row = "".join(f'<td style="{style}">{c}</td>' for c in cells)
                table += f'<tr class="{FIELD}{i}" tabindex="0">{row}</tr>'
            table += "</tbody></table>"
        dump = "\n".join([*self._html_lines(), *self._rest])
        lights = "".join(_light(field.number) for field in self.fields)
        css = f"<style>{lights}</style>" if lights else ""
        look = f"overflow-x: auto; {MONO}"
        return f'{css}<div class="{DUMP}" style="{look}">{pre}{dump}</pre>{table}</div>'

    def _html_lines(self) -> Iterable[str]:
        covered = self.fields[-1].end if self.fields else 0
        fields = [*self.fields, Field("", covered, len(self.data))]
        for start, row in self._rows:
            end = start + len(row)
            hexes = texts = names = ""
            for i, field in enumerate(fields, 1):
                a, b = max(field.start, start), min(field.end, end)
                if a >= b:
                    continue
                hexed, text = _spaced(self.data[a:b], a - start), _printable(self.data[a:b])
                gap = "" if b == end else "  " if b - start == 8 else " "
                name = ""  # under its bytes; its number where the name is too long
                if field.start == a:
                    name = field.name if len(field.name) <= len(hexed) else str(i)[: len(hexed)]
                hexes += field.chip(hexed) + gap
                texts += field.chip(text)
                names += escape(name) + " " * (len(hexed) - len(name) + len(gap))
            padding = " " * (48 - len(_spaced(row, 0)))
            yield f"{start:04x}  {hexes}{padding}  |{texts}|"
            if names.strip():
                yield f'{"":4}  <span style="opacity: 0.8">{names.rstrip()}</span>'

    def _value(self, field: Field) -> str:
        data = self.data[field.start : field.end]
        return data[:8].hex(" ") + (" ..." if len(data) > 8 else "")


def hexdump(data: bytes, fields: Iterable[tuple[str, int]] = ()) -> Hexdump:
    """Show bytes as offset, hex and text; with `fields`, what each part of a message means.

    A field is (name, length); it begins where the one before it ends. Of more than 512 bytes a last line says
    how many are left. TypeError for data that is not bytes; ValueError for a field that leaves the data.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        hint = ", for example with .encode()" if isinstance(data, str) else ""
        raise TypeError(f"hexdump() shows bytes, not {type(data).__name__}: make bytes of it first{hint}.")
    data, found, at = bytes(data), list[Field](), 0
    for entry, color in zip(fields, cycle(FIELDS)):
        if not (isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str)):
            raise TypeError(f"A field is (name, length), not {entry!r}.")
        name, end = entry[0], at + entry[1]
        if end < at:
            raise ValueError(f"Field {name!r} cannot have {entry[1]} bytes.")
        if end > len(data):
            said = f"Field {name!r} ends at byte {end}, but there are only {count_bytes(len(data))}."
            raise ValueError(said)
        found.append(Field(name, at, end, color, len(found) + 1))
        at = end
    return Hexdump(data, found)


def _light(number: int) -> str:
    """The CSS by which bytes, text and row of a field light up together, under the mouse or focused."""
    field = f".{FIELD}{number}"
    return f".{DUMP}:has({field}:hover, {field}:focus) {field} {{ outline: 2px solid #b3261e }}\n"


def _printable(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)


def _spaced(piece: bytes, column: int) -> str:
    """In hex, with a wider gap after the eighth byte of a line; the piece begins in this column."""
    parts = piece[: max(0, 8 - column)], piece[max(0, 8 - column) :]
    return "  ".join(part.hex(" ") for part in parts if part)
