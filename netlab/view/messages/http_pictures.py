"""HTTP messages as they are on the wire: every byte in its place, every part with its name."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from io import BytesIO

from ...wire import http_messages as http
from ...wire.http_messages import BadMessage, Head
from ..kit import Canvas, Picture, Swatch, count_bytes, noun, number, shorten, upper
from ..kit.theme import CLIENTS, ERROR, FIELDS, FINE, INK, MUTED, NOTE, PAPER, SERVERS, TEXT, text_width

WIDTH, LEFT, RIGHT, TOP = 880, 142, 16, 10
ROW, CHIP, MONO = 31, 24, 14  # heights in CSS pixels, and the size of the bytes' letters
MOST_FIELDS, MOST_LINES = 24, 12  # rows that are drawn of each

PLAIN = Swatch(PAPER, MUTED, round=4)
FIRST = Swatch(FIELDS[0], CLIENTS[0], round=4)
NAME = Swatch(FIELDS[2], CLIENTS[2], round=4)
VALUE = Swatch(FIELDS[4], SERVERS[2], round=4)
BODY = Swatch(FIELDS[1], SERVERS[0], round=4)
END = Swatch(PAPER, MUTED, ink=MUTED, dashed=True, round=4)
WRONG = Swatch(PAPER, ERROR, ink=ERROR, round=4)

Chip = tuple[str, Swatch, str]  # bytes, how they look, what stands above
CR_LF: Chip = ("CR LF", END, "")
STATUS_LINE = ("version", 10), ("status", 5), ("reason", 50)  # and the most letters of each
REQUEST_LINE = ("method", 70), ("target", 50), ("version", 10)
ENDS = {b"\r\n": "CR LF", b"\n": "LF", b"": ""}


@dataclass
class Row:
    """Bytes start .. end-1 on a line of their own: its chips."""

    label: str
    start: int
    end: int
    chips: list[Chip] = field(default_factory=list)
    name: str = ""  # of a field
    aside: str = ""
    wrong: bool = False


def message_anatomy(data: bytes, *, answers: str = "GET", caption: str | None = None) -> Picture:
    """Draw the bytes of one HTTP/1.1 message part by part, line ends visible, and mark its first mistake.

    A message that begins with HTTP/ is a response (to the method `answers`), any other one a request. It is
    read strictly (RFC 9112); what a strict reader refuses is framed, and the words below say why, and which
    status answers it. Long lines are shortened. TypeError for what is not bytes, ValueError for no bytes.
    """
    data = bytes_of(data, "message_anatomy")
    rows, at = _head_rows(data)
    head, body, error = _read(data, answers)
    words, foot = _says(data, head, body), ""
    if error is not None:
        _mark(rows, error)
        words = f"A {_kind(data)} that a strict reader refuses with {error.status}: {error}."
        foot = f"A strict reader answers {error.status}: {error}."
    elif head is None:
        foot = "The empty line has not come: a reader waits for more."
    if at is not None:
        end = min(len(data), at + body) if isinstance(body, int) else len(data) if body else at
        rows += _lines("body", data[:end], at)
        rows += _lines("not read" if error is not None else "what follows", data, end, PLAIN)
        if isinstance(body, int) and (missing := at + body - len(data)) > 0:
            rows.append(Row("missing", end, end, said(f"{count_bytes(missing)} to come")))
            words += f" {upper(count_bytes(missing))} of it {'is' if missing == 1 else 'are'} missing."
    return drawn(rows, foot, error is not None).picture(caption or words)


def bytes_of(data: bytes, who: str) -> bytes:
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError(f"{who}() needs the bytes of a message, not {type(data).__name__}.")
    if not data:
        raise ValueError("There is nothing to draw: the message has no bytes.")
    return bytes(data)


def _kind(data: bytes) -> str:
    return "response" if data.startswith(b"HTTP/") else "request"


def _read(data: bytes, answers: str = "GET") -> tuple[Head | None, int | str | None, BadMessage | None]:
    """The head and the length of the body, or what is wrong; three times None if more of it must come."""
    try:
        if (end := http.end_of_head(data)) < 0:
            return None, None, None
        read = http.parse_response if _kind(data) == "response" else http.parse_request
        head: Head = read(data[:end])
        return head, http.body_length(head, answers=answers), None
    except BadMessage as error:
        return None, None, error


def _says(data: bytes, head: Head | None, body: int | str | None) -> str:
    if head is None:
        return f"A {_kind(data)} that is not complete: its empty line has not come."
    first = f"status {head.status}" if isinstance(head, http.ResponseHead) else ""
    if isinstance(head, http.RequestHead):
        first = f"method {head.method}, target {shorten(head.target, 60)[0]}"
    fields = noun(len(head.fields), "field").replace("no field", "no fields")
    framed = {None: "no body", "chunked": "a chunked body", "close": "a body until the end of the stream"}
    what = f"a body of {count_bytes(body)}" if isinstance(body, int) else framed[body]
    return f"A {_kind(data)}: {first}, {fields}, the empty line, {what}."


def text_of(data: bytes, most: int) -> tuple[str, str]:
    """Printable ASCII as it is, anything else as an escape; and how much it was, if it had to be cut."""
    text = "".join(chr(c) if 32 <= c < 127 else "\\t" if c == 9 else f"\\x{c:02x}" for c in data)
    return shorten(text, most)


def chips_of(data: bytes, most: int, kind: Swatch) -> tuple[list[Chip], str]:
    """The same as a chip; none for no bytes."""
    shown, more = text_of(data, most)
    return [(shown, kind, "")] if shown else [], more


def said(words: str) -> list[Chip]:
    return [(shorten(words, 70)[0], PLAIN, "")]


def _head_rows(data: bytes) -> tuple[list[Row], int | None]:
    """The lines up to the empty one, also if they are wrong; and where the body begins, None if nowhere."""
    rows: list[Row] = []
    at = 0
    for line in BytesIO(data):
        end = at + len(line)
        text = line.removesuffix(b"\r\n" if line.endswith(b"\r\n") else b"\n")
        ending = line[len(text) :]
        tail = [(ENDS[ending], WRONG if ending == b"\n" else END, "")] if ending else []
        if not rows:
            label = "status line" if _kind(data) == "response" else "request line"
            rows.append(Row(label, at, end, _first_chips(text) + tail))
        elif not text:
            return [*rows, Row("empty line", at, end, tail)], end
        else:
            rows.append(field_row(text, at, end, tail))
        at = end
    fold(rows, MOST_FIELDS, "more")
    return rows, None


def fold(rows: list[Row], keep: int, words: str) -> None:
    """Where there are more than two above `keep`, one row stands for all but the first ones and the last."""
    if len(rows) > keep + 2:
        left = rows[keep:-1]
        rows[keep:-1] = [Row("", left[0].start, left[-1].end, said(f"{len(left)} {words}"))]


def _first_chips(text: bytes) -> list[Chip]:
    response = text.startswith(b"HTTP/")
    parts = text.split(b" ", 2 if response else -1)
    if len(parts) != 3 or not all(parts[: 2 + (not response)]):
        return [(text_of(text, 70)[0], PLAIN, "")]
    names = STATUS_LINE if response else REQUEST_LINE
    return [(text_of(part, most)[0], FIRST, name) for part, (name, most) in zip(parts, names)]


def field_row(text: bytes, at: int, end: int, tail: list[Chip]) -> Row:
    name, colon, value = text.partition(b":")
    if not colon or text[:1] in (b" ", b"\t"):
        return Row("", at, end, [(text_of(text, 70)[0], PLAIN, ""), *tail])
    known = name.decode("latin-1")
    chips, more = chips_of(value.strip(b" \t"), 62 - min(len(known), 40), VALUE)
    shown = text_of(name, 40)[0]
    shown = shown if name == name.strip() else shown.replace(" ", "␣")
    chips = [(shown, NAME, ""), (":", PLAIN, ""), *chips, *tail]
    return Row("field", at, end, chips, name=known.strip().lower(), aside=more)


def _lines(label: str, data: bytes, at: int, kind: Swatch = BODY) -> list[Row]:
    """The bytes from `at` on line by line, as many as are drawn."""
    rows: list[Row] = []
    for line in data[at:].splitlines(keepends=True):
        if len(rows) == MOST_LINES - 1 and at + len(line) < len(data):
            return [*rows, Row("", at, len(data), said(f"{count_bytes(len(data) - at)} more"))]
        text = line.rstrip(b"\r\n")
        chips, more = chips_of(text, 76, kind)
        if ending := ENDS.get(line[len(text) :], "CR"):
            chips.append((ending, END, ""))
        rows.append(Row("" if rows else label, at, at + len(line), chips, aside=more))
        at += len(line)
    return rows


def _mark(rows: list[Row], error: BadMessage) -> None:
    """Frame the rows that the error is about: the fields that it names, or else its place."""
    names = [name for name in ("Transfer-Encoding", "Content-Length", "Host") if name in str(error)]
    about = [row for row in rows if row.name.title() in names]
    if not about and "Host" not in names:
        about = [row for row in rows if row.start <= error.at < row.end]
    for row in about or rows[-1:]:
        row.wrong = True


def drawn(rows: list[Row], foot: str, refused: bool, *, places: bool = False) -> Canvas:
    """The rows one below the other, and `foot` in words below them; `places` adds each row's first byte.

    With `places` the last row stands apart: it is what the reader gets.
    """
    above = [15 if any(over for _, _, over in row.chips) else 0 for row in rows]
    feet = textwrap.wrap(foot, 96)
    gap = 14 if places else 0  # before what the reader gets
    canvas = Canvas(WIDTH, TOP + len(rows) * ROW + sum(above) + gap + 22 * len(feet) + 14)
    y = float(TOP)
    for i, row in enumerate(rows):
        last = places and i == len(rows) - 1
        y += above[i] + gap * last
        if last:
            canvas.line([(LEFT - 126, y - 5), (WIDTH - RIGHT, y - 5)], INK, 1.2)
        middle, x = y + ROW / 2, float(LEFT)
        if row.wrong:
            canvas.box(8, y + 1, WIDTH - 16, ROW - 2, PAPER, edge=ERROR, round=5, z=1)
            canvas.text(22, middle, "✗", TEXT, ERROR, align="center", bold=True)
        color = ERROR if row.wrong else SERVERS[0] if last else CLIENTS[0] if row.label else MUTED
        canvas.text(LEFT - 12, middle, row.label, NOTE, color, align="right", bold=True)
        if places and not last and not row.wrong:
            canvas.text(14, middle, number(row.start), FINE, MUTED)
        for text, kind, over in row.chips:
            size = FINE if kind in (END, WRONG) else MONO
            wide = max(text_width(text, size, mono=True) + 10, 14)
            if kind == PLAIN and text == ":":
                canvas.text(x + wide / 2, middle, text, size, INK, align="center", mono=True)
            else:
                kind.chip(canvas, x, middle - CHIP / 2, wide, CHIP, text, size, mono=True)
            if over:
                canvas.text(x + 1, y - 5, over, FINE, CLIENTS[0], bold=True)
            slot = max(wide, text_width(over, FINE, bold=True) + 4)
            x += slot + (8 if kind == FIRST and over != "reason" else 4)
        if row.aside:
            canvas.text(x + 6, middle, row.aside, FINE, MUTED)
        y += ROW
    for line in feet:
        canvas.text(LEFT, y + 16, line, NOTE, ERROR if refused else MUTED, bold=refused)
        y += 22
    return canvas
