"""HTTP messages as they are on the wire: every byte in its place, every part with its name."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

from ...wire.http_messages import (
    BadMessage,
    ChunkReader,
    Head,
    RequestHead,
    ResponseHead,
    body_length,
    end_of_head,
    parse_request,
    parse_response,
)
from ..kit import Picture, Swatch, count_bytes, listing, noun, number, shorten, upper
from .http_rows import (
    BODY,
    CR_LF,
    END,
    FIRST,
    NAME,
    PLAIN,
    VALUE,
    WRONG,
    Chip,
    Row,
    as_text,
    chip,
    draw_rows,
    escaped,
    measured,
)

MOST_FIELDS, MOST_LINES = 24, 5  # rows drawn of the fields, and of the body
ENDS = {b"\r\n": "CR LF", b"\n": "LF", b"": ""}


def message_anatomy(data: bytes, *, answers: str = "GET", caption: str | None = None) -> Picture:
    """Draw the bytes of one HTTP/1.1 message part by part, line ends visible, and mark its first mistake.

    A message that begins with HTTP/ is a response (to the method `answers`), any other one a request. It is
    read strictly (RFC 9112); what a strict reader refuses is framed, and the words below say why, and which
    status answers it. Long lines are shortened. TypeError for what is not bytes, ValueError for no bytes.
    """
    data = _bytes(data, "message_anatomy")
    rows, head_end = _head_rows(data)
    head, error = _read(data)
    body: int | str | None = None
    try:
        body = None if head is None else body_length(head, answers=answers)
    except BadMessage as wrong:
        error = wrong
    if error is not None:
        _mark(rows, error)
    if head_end is not None and head_end < len(data):
        rows += _body_rows(data, head_end, body if error is None else None, error is not None)
    words = _says(data, head, body, error)
    missing = body - (len(data) - (head_end or 0)) if isinstance(body, int) else 0
    if missing > 0:
        rows.append(Row("missing", len(data), len(data), [(f"{count_bytes(missing)} to come", PLAIN, "")]))
        words += f" {upper(count_bytes(missing))} of it {'is' if missing == 1 else 'are'} missing."
    foot = ""
    if error is not None:
        foot = f"A strict reader answers {error.status}: {error}."
    elif head is None:
        foot = "The empty line has not come: a reader waits for more."
    return draw_rows(rows, foot, error is not None).picture(caption or words)


def chunked_body(data: bytes, *, caption: str | None = None) -> Picture:
    """Draw a chunked body (RFC 9112, section 7.1) chunk by chunk, and below it what its reader gets.

    Each row begins with the place of its first byte. A mistake is framed, and so is what has not come. Long
    chunks are shortened. TypeError for what is not bytes, ValueError for no bytes.
    """
    data = _bytes(data, "chunked_body")
    reader, body, error = dechunked(data)
    rows = _chunk_rows(data, reader, error)
    chunks = [size for size in reader.sizes if size]
    chips, more = measured(body, 76, BODY)
    rows.append(Row("reader gets", 0, 0, chips, aside=more))
    words = upper(noun(len(chunks), "chunk"))
    if chunks:
        words += f" of {_sizes(chunks)} {'byte' if chunks == [1] else 'bytes'}"
    if reader.done:
        words += ", the last chunk of size 0"
        if reader.trailers:
            words += f", and {noun(len(reader.trailers), 'trailer field')}"
    words += f". The reader gets {count_bytes(len(body))}."
    foot = "" if reader.done else "The last chunk has not come: a reader waits for more."
    if error is not None:
        foot = f"A strict reader refuses it: {error}."
    words = f"{words} {foot}".rstrip()
    return draw_rows(rows, foot, error is not None, places=True).picture(caption or words)


def dechunked(data: bytes) -> tuple[ChunkReader, bytes, BadMessage | None]:
    """The reader of a chunked body, what it got, and what it refused; in time in proportion to the bytes."""
    reader = ChunkReader()
    with suppress(BadMessage):
        return reader, reader.feed(data), None
    reader, body = ChunkReader(), bytearray()
    for at in range(len(data)):  # one by one: what comes before a mistake is still read
        try:
            body += reader.feed(data[at : at + 1])
        except BadMessage as wrong:
            return reader, bytes(body), wrong
    return reader, bytes(body), None


def _bytes(data: bytes, who: str) -> bytes:
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError(f"{who}() needs the bytes of a message, not {type(data).__name__}.")
    if not data:
        raise ValueError("There is nothing to draw: the message has no bytes.")
    return bytes(data)


def _read(data: bytes) -> tuple[Head | None, BadMessage | None]:
    """The head if it is complete and right, or what is wrong with it; (None, None) if more must come."""
    try:
        end = end_of_head(data)
        if end < 0:
            return None, None
        read = parse_response if data.startswith(b"HTTP/") else parse_request
        return read(data[:end]), None
    except BadMessage as error:
        return None, error


def _says(data: bytes, head: Head | None, body: int | str | None, error: BadMessage | None) -> str:
    kind = "response" if data.startswith(b"HTTP/") else "request"
    if error is not None:
        return f"A {kind} that a strict reader refuses with {error.status}: {error}."
    if head is None:
        return f"A {kind} that is not complete: its empty line has not come."
    if isinstance(head, RequestHead):
        first = f"method {head.method}, target {shorten(head.target, 60)[0]}"
    else:
        first = f"status {head.status}" if isinstance(head, ResponseHead) else ""
    fields = noun(len(head.fields), "field").replace("no field", "no fields")
    framed = {None: "no body", "chunked": "a chunked body", "close": "a body until the end of the stream"}
    what = f"a body of {count_bytes(body)}" if isinstance(body, int) else framed[body]
    return f"A {kind}: {first}, {fields}, the empty line, {what}."


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
            label = "status line" if data.startswith(b"HTTP/") else "request line"
            row = Row(label, at, end, _first_chips(text) + tail)
        elif not text:
            rows.append(Row("empty line", at, end, tail))
            return rows, end
        else:
            row = _field_row(text, at, end, tail)
        rows.append(row)
        at = end
    _fold(rows, MOST_FIELDS, MOST_FIELDS + 2, "more")
    return rows, None


def _fold(rows: list[Row], keep: int, most: int, words: str) -> None:
    """Where there are more than `most` rows, one stands for all but the first ones and the last."""
    if len(rows) > most:
        left = rows[keep:-1]
        rows[keep:-1] = [Row("", left[0].start, left[-1].end, [(f"{len(left)} {words}", PLAIN, "")])]


def _first_chips(text: bytes) -> list[Chip]:
    response = text.startswith(b"HTTP/")
    parts = text.split(b" ", 2) if response else text.split(b" ")
    names = ("version", "status", "reason") if response else ("method", "target", "version")
    if len(parts) != 3 or not all(parts[: 2 + (not response)]):
        return [chip(text, 70)]
    room = (10, 5, 50) if response else (70, 50, 10)
    return [chip(part, most, FIRST, name) for part, most, name in zip(parts, room, names, strict=True)]


def _field_row(text: bytes, at: int, end: int, tail: list[Chip]) -> Row:
    name, colon, value = text.partition(b":")
    if not colon or text[:1] in (b" ", b"\t"):
        return Row("", at, end, [chip(text, 70), *tail])
    known = name.decode("latin-1")
    chips, more = measured(value.strip(b" \t"), 62 - min(len(known), 40), VALUE)
    spaced = as_text(name) if name == name.strip() else as_text(name).replace(" ", "␣")
    chips = [(shorten(spaced, 40)[0], NAME, ""), (":", PLAIN, ""), *chips, *tail]
    return Row("field", at, end, chips, name=known.strip().lower(), aside=more)


def _body_rows(data: bytes, at: int, body: int | str | None, refused: bool) -> list[Row]:
    end = min(len(data), at + body) if isinstance(body, int) else len(data) if body else at
    rows = _lines("body", data, at, end)
    if end < len(data):
        rows += _lines("not read" if refused else "what follows", data, end, len(data), PLAIN)
    return rows


def _lines(label: str, data: bytes, at: int, end: int, kind: Swatch = BODY) -> list[Row]:
    rows: list[Row] = []
    for line in data[at:end].splitlines(keepends=True) if end > at else []:
        if len(rows) == MOST_LINES - 1 and at + len(line) < end:
            rows.append(Row("", at, end, [(f"{count_bytes(end - at)} more", PLAIN, "")]))
            break
        text = line.rstrip(b"\r\n")
        chips, more = measured(text, 76, kind)
        if ending := ENDS.get(line[len(text) :], "CR"):
            chips.append((ending, END, ""))
        rows.append(Row(label if not rows else "", at, at + len(line), chips, aside=more))
        at += len(line)
    return rows


def _chunk_rows(data: bytes, reader: ChunkReader, error: BadMessage | None) -> list[Row]:
    rows: list[Row] = []
    at = 0
    for i, size in enumerate(reader.sizes):
        line = data.find(b"\r\n", at)
        row = Row(f"chunk {i + 1}" if size else "last chunk", at, line + 2)
        row.chips = [chip(data[at:line], 30, NAME), CR_LF]
        if size:
            body = data[line + 2 : line + 2 + size]
            chips, more = measured(body, 60 - min(30, line - at), BODY)
            row.chips += chips
            row.end = line + 2 + size
            if data[row.end : row.end + 2] == b"\r\n":
                row.chips.append(CR_LF)
                row.end += 2
            row.aside = more or f"= {count_bytes(size)}"
            if len(body) < size:
                row.aside = f"{len(body)} of {number(size)}"
        rows.append(row)
        at = row.end
    _fold(rows, 10, 12, "more chunks")
    stop = len(data) - len(reader.rest)
    if error is None and reader.sizes[-1:] == [0]:
        for part in data[at:stop].split(b"\r\n")[: -1 if reader.done else None]:
            end = at + len(part) + 2
            if part:
                rows.append(_field_row(part, at, end, [CR_LF]))
                rows[-1].label = "trailer"
            elif reader.done:
                rows.append(Row("empty line", at, end, [CR_LF]))
            at = end
    if at < stop and not reader.done:
        label = "wrong here" if error else "so far"
        rows.append(Row(label, at, stop, escaped(data[at:stop]), wrong=error is not None))
    if reader.rest:
        rows.append(Row("what follows", stop, len(data), escaped(reader.rest)))
    return rows


def _mark(rows: list[Row], error: BadMessage) -> None:
    """Frame the rows that the error is about: by its place, or else by the field that it names."""
    for name in ("Transfer-Encoding", "Content-Length", "Host"):
        if name in str(error):
            about = [row for row in rows if row.name == name.lower()]
            if "both" in str(error):
                about += [row for row in rows if row.name == "content-length"]
            for row in about or rows[-1:]:
                row.wrong = True
            if about or name == "Host":
                return
    for row in rows:
        row.wrong = row.start <= error.at < row.end
    if rows and not any(row.wrong for row in rows):
        rows[-1].wrong = True


def _sizes(chunks: list[int]) -> str:
    sizes = [number(size) for size in chunks]
    return f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 5 else listing(sizes)
