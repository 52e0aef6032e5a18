"""The byte ruler: one stream of bytes, with what was sent above it and what was received below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ....view.kit import Canvas, Picture, count_bytes, number, plural, round_step
from ....view.kit.theme import (
    CLIENTS,
    CODE,
    FAINT,
    FIELDS,
    FINE,
    HEAD,
    INK,
    MUTED,
    NOTE,
    PAPER,
    SERVERS,
    TEXT,
    text_width,
)
from ....wire import Recording
from .ruler_rows import Calls, Rows, Span, describe_ruler, rows_of

WIDTH, LEFT, RIGHT, END = 890, 150, 28, 76
TALL, STRIP, GAP, TOP = 46, 34, 34, 14  # heights: a bracket with its words, the bytes, between, above
CELL, WIDE = 9, 15  # CSS pixels from which on each byte is drawn by itself; from which on hex fits
LINE = 17  # from one line of words to the next
THIN = 5  # a send's bytes have a ground of their own from this width on


def byte_ruler(
    what: Recording | tuple[Calls, Calls], packets: Iterable[Any] = (), *, caption: str | None = None
) -> Picture:
    """Draw a stream of bytes as one ruler: above it what each send gave, below it what each recv took.

    `what` is a recording of watch(), of which the direction with the most bytes is drawn, or a pair
    (sends, recvs): lists of bytes, or of sizes, in the order of the calls; a last recv of b"" is the end of
    the stream. `packets` are those of the same conversation on a kernel path, or the pieces of a relay: they
    stand between, with their sequence numbers (the SYN is 0, so the first byte is 1).

    Where brackets are too narrow for words, neighbors share theirs. `caption` replaces the one that is made.
    TypeError for anything else, ValueError if no byte was sent, or more was received than sent.
    """
    rows = rows_of(what, packets)
    ruler = _Ruler(rows)
    return ruler.draw().picture(caption or describe_ruler(rows))


class _Ruler:
    """A canvas with a scale: x of each byte."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.room = WIDTH - LEFT - RIGHT - (END if rows.ended else 0)
        self.each = self.room / rows.total
        self.strip = TOP + TALL + GAP
        self.middle = self.strip + STRIP + 26
        below = self.middle + (TALL - 8 + 14 if rows.middle else 0)
        self.lower = below + 20
        self.canvas = Canvas(WIDTH, self.lower + TALL + 14)

    def x(self, byte: float) -> float:
        return LEFT + byte * self.each

    def draw(self) -> Canvas:
        rows, canvas = self.rows, self.canvas
        self._name(TOP + TALL / 2, _calls(len(rows.sends), "send"), CLIENTS[0])
        self._name(self.strip + STRIP / 2, "bytes", INK)
        self._name(self.lower + TALL / 2, _calls(len(rows.recvs), "recv"), SERVERS[0])
        self._bytes()
        self._brackets(rows.sends, TOP, CLIENTS[0], self.strip, "send")
        if rows.middle:
            self._name(self.middle + TALL / 2 - 4, _calls(len(rows.middle), rows.kind), MUTED)
            self._segments()
        self._brackets(rows.recvs, self.lower, SERVERS[0], self.strip + STRIP, "recv")
        unread = max(span.end for span in rows.sends) - rows.read
        if unread > 0:
            left, wide = self.x(rows.read), unread * self.each
            canvas.box(left, self.lower, wide, TALL, PAPER, edge=MUTED, round=5, dashed=True)
            self._words(left, wide, self.lower, [("not read", count_bytes(unread)), ("not read",)], MUTED)
        if rows.ended:
            at = self.x(rows.total) + 8
            canvas.line([(at, self.lower), (at, self.lower + TALL)], SERVERS[0], 4)
            canvas.text(at + 10, self.lower + 14, "b''", CODE, SERVERS[0], mono=True, bold=True)
            canvas.text(at + 10, self.lower + 33, "the end", FINE, SERVERS[0])
        return canvas

    def _name(self, y: float, words: str, color: str) -> None:
        fitting = [size for size in (HEAD - 1, TEXT) if text_width(words, size, bold=True) < LEFT - 18]
        size = [*fitting, FINE][0]
        self.canvas.text(LEFT - 16, y, words, size, color, align="right", bold=True)

    def _bytes(self) -> None:
        """The strip: every byte by itself where there is room; each send's bytes have their own ground."""
        canvas, rows, y = self.canvas, self.rows, self.strip
        grounds = (FIELDS[0], "#ffffff")
        for i, span in enumerate(rows.sends):
            wide = span.size * self.each
            if wide >= THIN or len(rows.sends) == 1:
                canvas.box(self.x(span.start), y, wide, STRIP, grounds[i % 2], z=1)
            if self.each >= CELL and span.data is not None and len(span.data) >= span.size:
                for offset, value in enumerate(span.data[: span.size]):
                    x = self.x(span.start + offset)
                    sign = chr(value) if 33 <= value < 127 else "␣" if value == 32 else f"{value:02x}"
                    if len(sign) == 2 and self.each < WIDE:
                        sign = "·"
                    size = CODE if self.each >= 22 or (len(sign) == 1 and self.each >= WIDE) else FINE
                    canvas.text(x + self.each / 2, y + STRIP / 2, sign, size, INK, align="center", mono=True)
        if self.each >= CELL:
            for byte in range(1, rows.total):
                canvas.line([(self.x(byte), y), (self.x(byte), y + STRIP)], FAINT, 1, z=1.5)
        canvas.line([(LEFT, y), (self.x(rows.total), y)], INK, 2)
        canvas.line([(LEFT, y + STRIP), (self.x(rows.total), y + STRIP)], INK, 2)
        for byte in _ticks(rows.total, self.room):
            x = self.x(byte)
            canvas.line([(x, y + STRIP), (x, y + STRIP + 5)], INK, 1.4)
            canvas.text(x, y + STRIP + 14, number(byte), FINE, MUTED, align="center", paper=True, z=6)

    def _brackets(self, spans: Sequence[Span], y: float, color: str, toward: float, name: str) -> None:
        """Boxes with words, and a line from each border to the strip, so that the eye can compare borders."""
        canvas = self.canvas
        near = y + TALL if toward > y else y
        for run in _gathered(spans, self.each):
            left, wide = self.x(run[0].start), sum(span.size for span in run) * self.each
            for x in {left, self.x(run[-1].end)}:
                canvas.line([(x, near), (x, toward)], color, 2, dashed=name == "send", z=3)
            several = len(run) > 1
            cut = not several and run[0].offered is not None
            inset, ground = min(1.5, wide / 8), PAPER if several else color
            canvas.box(left + inset, y, wide - 2 * inset, TALL, ground, edge=color, round=4)
            for span in run[1:]:  # so many narrow ones that they look like a comb
                if span.size * self.each >= 2.5:
                    x, top = self.x(span.start), y + TALL - 8 if toward > y else y
                    canvas.line([(x, top), (x, top + 8)], color, 1.2, z=3)
            aside = (-4 if toward > y else 4) if several else 0  # away from the comb
            self._words(left, wide, y + aside, _labels(run, name, cut), color if several else PAPER)

    def _segments(self) -> None:
        canvas, y, tall = self.canvas, self.middle, TALL - 8
        for run in _gathered(self.rows.middle, self.each):
            left, wide = self.x(run[0].start), sum(span.size for span in run) * self.each
            inset = min(2.5, wide / 6)
            canvas.box(left + inset, y, wide - 2 * inset, tall, PAPER, edge=MUTED, round=4, z=4)
            labels = _labels(run, self.rows.kind, False)
            if len(run) == 1 and run[0].seq is not None:
                size, seq = run[0].size, number(run[0].seq)
                labels = [(f"seq {seq}", count_bytes(size)), (f"seq {seq}", f"{number(size)} B"), (seq,)]
            self._words(left, wide, y, labels, INK, tall)

    def _words(
        self, left: float, wide: float, y: float, choices: Sequence[tuple[str, ...]], color: str,
        tall: float = TALL,
    ) -> None:  # fmt: skip
        """The first choice that fits; none if none does."""
        for lines in choices:
            looks = [
                (line, TEXT if i == 0 else NOTE, {"mono": line.startswith(("b'", 'b"')), "bold": i == 0})
                for i, line in enumerate(lines)
            ]
            if max(text_width(line, size, **style) for line, size, style in looks) <= wide - 12:
                at = y + tall / 2 - LINE * (len(lines) - 1) / 2
                for line, size, style in looks:
                    self.canvas.text(left + wide / 2, at, line, size, color, align="center", z=8, **style)
                    at += LINE
                return


def _labels(run: Sequence[Span], name: str, cut: bool) -> list[tuple[str, ...]]:
    """Words for a bracket, or for several that stand together, from long to short."""
    sizes = [span.size for span in run]
    if len(run) > 1:
        many, same = number(len(run)), len(set(sizes)) == 1
        each = (
            f"{count_bytes(sizes[0])} each" if same else f"{number(min(sizes))} to {count_bytes(max(sizes))}"
        )
        short = [(f"{many} ×", number(sizes[0]))] if same else []
        return [(_calls(len(run), name, many), each), *short, (f"{many} ×",), (many,)]
    span = run[0]
    size = count_bytes(span.size)
    if cut:
        offered = number(span.offered or 0)
        return [(f"took {number(span.size)}", f"of {offered} bytes"), (number(span.size), f"of {offered}"),
                (number(span.size),)]  # fmt: skip
    choices: list[tuple[str, ...]] = [(span.literal, size)] if span.literal else []
    return [*choices, (size,), (f"{number(span.size)} B",), (number(span.size),)]


def _calls(count: int, name: str, many: str = "") -> str:
    """'1 send', '3 sends', '2 recv calls'."""
    many = many or number(count)
    if name == "recv":
        return f"{many} {plural(count, 'recv call')}" if count else "no recv"
    return f"{many} {plural(count, name)}"


def _gathered(spans: Sequence[Span], each: float) -> list[list[Span]]:
    """Spans one by one where at least their size fits into them; neighbors that are narrower together."""
    runs: list[list[Span]] = []
    open_run = False
    for span in spans:
        wide = span.size * each
        narrow = wide - 12 < text_width(number(span.size), TEXT, bold=True)
        joins = narrow and open_run and span.start == runs[-1][-1].end
        if joins:
            runs[-1].append(span)
        else:
            runs.append([span])
        open_run = narrow
    return runs


def _ticks(total: int, room: float) -> list[int]:
    """Round numbers along the axis, and its end; never so near that two would touch."""
    most = max(2, int(room / (text_width(number(total), FINE) + 26)))
    step = round_step(total, most)
    ticks = list(range(0, total, step))
    if total - ticks[-1] < step * 0.7 and len(ticks) > 1:
        ticks.pop()
    return [*ticks, total]
