"""A chunked body as it is on the wire, chunk by chunk."""

from __future__ import annotations

from ...wire.http_messages import BadMessage, ChunkReader
from ..kit import Picture, count_bytes, listing, noun, number, upper
from .http_pictures import BODY, CR_LF, NAME, Row, bytes_of, chips_of, drawn, field_row, fold, said, text_of

MOST_CHUNKS = 10  # rows


def chunked_body(data: bytes, *, caption: str | None = None) -> Picture:
    """Draw a chunked body (RFC 9112, section 7.1) chunk by chunk, and below it what its reader gets.

    Each row begins with the place of its first byte. A mistake is framed, and so is what has not come. Long
    chunks are shortened. TypeError for what is not bytes, ValueError for no bytes.
    """
    data = bytes_of(data, "chunked_body")
    reader, body, error = dechunked(data)
    chips, more = chips_of(body, 76, BODY)
    rows = [*_chunk_rows(data, reader, error), Row("reader gets", 0, 0, chips, aside=more)]
    chunks = [size for size in reader.sizes if size]
    sizes = [number(size) for size in chunks]
    listed = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 5 else listing(sizes) if sizes else ""
    words = upper(noun(len(chunks), "chunk"))
    words += f" of {listed} {'byte' if chunks == [1] else 'bytes'}" if chunks else ""
    words += ", the last chunk of size 0" if reader.done else ""
    words += f", and {noun(len(reader.trailers), 'trailer field')}" if reader.trailers else ""
    words += f". The reader gets {count_bytes(len(body))}."
    foot = "" if reader.done else "The last chunk has not come: a reader waits for more."
    if error is not None:
        foot = f"A strict reader refuses it: {error}."
    words = f"{words} {foot}".rstrip()
    return drawn(rows, foot, error is not None, places=True).picture(caption or words)


def dechunked(data: bytes) -> tuple[ChunkReader, bytes, BadMessage | None]:
    """The reader of a chunked body, what it got, and what it refused; in time in proportion to the bytes."""
    error = None
    for size in (len(data), 1):  # one by one if something is wrong: what comes before is still read
        reader, body = ChunkReader(), bytearray()
        try:
            for at in range(0, len(data), size):
                body += reader.feed(data[at : at + size])
            break
        except BadMessage as wrong:
            error = wrong
    return reader, bytes(body), error


def _chunk_rows(data: bytes, reader: ChunkReader, error: BadMessage | None) -> list[Row]:
    rows: list[Row] = []
    at = 0
    for i, size in enumerate(reader.sizes, 1):
        line = data.find(b"\r\n", at)
        row = Row(f"chunk {i}" if size else "last chunk", at, line + 2)
        row.chips = [(text_of(data[at:line], 30)[0], NAME, ""), CR_LF]
        if size:
            body = data[line + 2 : line + 2 + size]
            chips, more = chips_of(body, 60 - min(30, line - at), BODY)
            row.end += size
            ended = data[row.end : row.end + 2] == b"\r\n"
            row.chips += [*chips, *[CR_LF] * ended]
            row.end += 2 * ended
            row.aside = more or f"= {count_bytes(size)}"
            if len(body) < size:
                row.aside = f"{len(body)} of {number(size)}"
        rows.append(row)
        at = row.end
    fold(rows, MOST_CHUNKS, "more chunks")
    stop = len(data) - len(reader.rest)
    if error is None and reader.sizes[-1:] == [0]:
        for part in data[at:stop].split(b"\r\n")[: -1 if reader.done else None]:
            end = at + len(part) + 2
            if part:
                rows.append(field_row(part, at, end, [CR_LF]))
                rows[-1].label = "trailer"
            elif reader.done:
                rows.append(Row("empty line", at, end, [CR_LF]))
            at = end
    if at < stop and not reader.done:
        label = "wrong here" if error else "so far"
        rows.append(Row(label, at, stop, said(repr(data[at:stop])[2:-1]), wrong=error is not None))
    if reader.rest:
        rows.append(Row("what follows", stop, len(data), said(repr(reader.rest)[2:-1])))
    return rows
