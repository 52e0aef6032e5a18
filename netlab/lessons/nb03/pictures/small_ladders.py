"""Several short conversations beside each other, packet by packet, each as a small ladder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ....view.kit import Canvas, Picture, count_bytes
from ....view.kit.theme import CLIENTS, ERROR, FAINT, HEAD, INK, MUTED, NOTE, PAPER, SERVERS, TEXT, text_width
from ....view.ladders.packet_drawing import draw_packet
from ....view.ladders.packets import Room, Row, place, rows_of
from ....view.ladders.painter import draw_words
from ....view.ladders.stack import Lane, Pace
from ....wire import PacketEvent, Step, trace

WIDTH, GAP, TOP, FOOT = 426, 24, 78, 40  # of a panel; between two; room for its head and its last line
LANES = (146, 280)  # x of the client's lane and of the server's
ROOM = Room(line=20, slope=20, near=4, pace=Pace(turn=4))
MOST = 14  # packets in a panel


def small_ladders(
    runs: Mapping[str, Iterable[PacketEvent]],
    *,
    caption: str,
    notes: Sequence[str] = (),
    handshakes: bool = False,
) -> Picture:
    """Draw each run of packets as a small ladder, two beside each other, under its title.

    Time runs down and is not to scale; a cross ends what nobody got, dashed is what was sent again. Packets
    after the fourteenth are counted only. `notes` are words below each ladder, for example what recv gave.
    Without `handshakes` a ladder begins after the third packet of TCP's handshake.
    TypeError for anything but packets, ValueError for no runs, no packets, or as many notes as do not fit.
    """
    if not runs or (notes and len(notes) != len(runs)):
        raise ValueError(f"small_ladders() needs runs, and a note for each or none: got {len(runs)} runs "
                         f"and {len(notes)} notes.")  # fmt: skip
    panels = []
    for (title, packets), note in zip(runs.items(), notes or [""] * len(runs), strict=True):
        steps = trace(packets)
        if not handshakes:
            steps = _after_handshake(steps)
        if not steps:
            raise ValueError(f"There is nothing to draw for {title!r}: no packets.")
        shown = steps[:MOST]
        texts = ["" if step.copy else wording_of(step)[0] for step in shown]
        rows = rows_of([[step] for step in shown], texts, ROOM)
        panels.append((title, note, rows, len(steps) - len(shown)))
    y, tops, heights = 0.0, [], []
    for i in range(0, len(panels), 2):
        pair = panels[i : i + 2]
        lows = [place(rows, ROOM, y + TOP) + 24 + ROOM.line * bool(more) for _, _, rows, more in pair]
        tops += [y] * len(pair)
        heights += [max(lows) + FOOT * bool(notes) - y] * len(pair)
        y += heights[-1] + GAP
    canvas = Canvas(2 * WIDTH + GAP if len(panels) > 1 else WIDTH, y - GAP)
    for i, panel in enumerate(panels):
        _draw(canvas, *panel, i % 2 * (WIDTH + GAP), tops[i], heights[i])
    return canvas.picture(caption)


def _after_handshake(steps: list[Step]) -> list[Step]:
    """Without SYN, SYN-ACK and the ACK that ends the handshake."""
    kept = [step for step in steps if step.tcp and not step.tcp.syn]
    if len(kept) < len(steps) and kept and kept[0].is_ack and kept[0].outward:
        kept = kept[1:]
    return kept


def _draw(
    canvas: Canvas, title: str, note: str, rows: Sequence[Row], more: int, x: float, y: float, height: float
) -> None:
    canvas.box(x + 1, y + 1, WIDTH - 2, height - 2, PAPER, edge=FAINT, round=8, z=0)
    canvas.text(x + WIDTH / 2, y + 22, title, HEAD, INK, align="center", bold=True)
    bottom = y + height - 12 - FOOT * bool(note)
    lanes = Lane("client", -1, CLIENTS[0], x=x + LANES[0]), Lane("server", 1, SERVERS[0], x=x + LANES[1])
    for lane in lanes:
        canvas.text(lane.x, y + 50, lane.name, TEXT, lane.color, align="center", bold=True)
        canvas.line([(lane.x, y + 62), (lane.x, bottom)], lane.color, 2)
    for row in rows:
        near, far = lanes if row.outward else lanes[::-1]
        tcp, (_, bold) = row.first.tcp, wording_of(row.first)
        tint = ERROR if tcp and tcp.rst else MUTED if row.first.is_ack else near.color
        draw_packet(canvas, near, far.x, row, slope=ROOM.slope, small=True)
        draw_words(canvas, near, 10, row.words, row.text, NOTE, tint, bold=bold)
    if more:
        canvas.text(x + WIDTH / 2, bottom - 8, f"and {more} more", NOTE, MUTED, align="center", paper=True)
    if note:
        canvas.text(x + WIDTH / 2, y + height - 24, note, TEXT, INK, align="center", bold=True)


def wording_of(step: Step) -> tuple[str, bool]:
    """A packet in a word or two, short enough for its side; and whether it matters more than an ACK."""
    tcp = step.tcp
    parts = []
    if step.again:
        parts.append("again:")
    if step.size:
        parts.append(count_bytes(step.size))
    if tcp:
        parts += [flag for flag in ("SYN", "FIN", "RST") if getattr(tcp, flag.lower())]
    words = " ".join(parts) or "ACK"
    room = LANES[0] - 16
    while text_width(words, NOTE, bold=True) > room and " " in words:
        words = words.rpartition(" ")[0]
    return words, words != "ACK"
