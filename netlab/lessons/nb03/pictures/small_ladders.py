"""Several short conversations beside each other, packet by packet, each as a small ladder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ....view.kit import Canvas, Picture, count_bytes
from ....view.kit.theme import CLIENTS, ERROR, FAINT, HEAD, INK, MUTED, NOTE, PAPER, SERVERS, TEXT, text_width
from ....wire import PacketEvent, Step, trace

WIDTH, GAP, TOP, FOOT = 426, 24, 84, 40  # of a panel; between two; room for its head and its last line
LANES = (146, 280)  # x of the client's lane and of the server's
LINE, SLOPE, STEP = 20, 20, 4
MOST = 14  # packets in a panel


@dataclass
class _Panel:
    title: str
    note: str
    steps: list[Step]
    left_out: int = 0
    marks: dict[int, tuple[float, float]] = field(default_factory=dict)  # y of sending and of arriving
    height: float = 0


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
    for i, (title, packets) in enumerate(runs.items()):
        steps = trace(packets)
        if not handshakes:
            steps = _after_handshake(steps)
        if not steps:
            raise ValueError(f"There is nothing to draw for {title!r}: no packets.")
        panel = _Panel(title, notes[i] if notes else "", steps[:MOST], max(0, len(steps) - MOST))
        _place(panel)
        panels.append(panel)
    pairs = [panels[i : i + 2] for i in range(0, len(panels), 2)]
    heights = [max(panel.height for panel in pair) for pair in pairs]
    canvas = Canvas(2 * WIDTH + GAP if len(panels) > 1 else WIDTH, sum(heights) + GAP * (len(pairs) - 1))
    y = 0.0
    for pair, height in zip(pairs, heights, strict=True):
        for column, panel in enumerate(pair):
            _draw(canvas, panel, column * (WIDTH + GAP), y, height)
        y += height + GAP
    return canvas.picture(caption)


def _after_handshake(steps: list[Step]) -> list[Step]:
    """Without SYN, SYN-ACK and the ACK that ends the handshake."""
    kept = [step for step in steps if step.tcp and not step.tcp.syn]
    if len(kept) < len(steps) and kept and kept[0].is_ack and kept[0].outward:
        kept = kept[1:]
    return kept


def _place(panel: _Panel) -> None:
    """A y for the sending and the arriving of each packet, in the order of time, with room for the words."""
    moments = [(step.event.sent, 1, i) for i, step in enumerate(panel.steps)]
    moments += [
        (step.event.delivered, 0, i) for i, step in enumerate(panel.steps) if step.event.delivered is not None
    ]
    y, labels = float(TOP), {True: TOP - LINE + 4.0, False: TOP - LINE + 4.0}
    sent: dict[int, float] = {}
    for _, sending, i in sorted(moments):
        out = panel.steps[i].outward
        if sending:
            y = max(y + STEP, labels[out] + LINE)
            sent[i] = labels[out] = y
            panel.marks[i] = (y, y + SLOPE * 0.62)  # for one that never arrives: how far its arrow goes
        else:
            y = max(y + STEP, sent.get(i, y) + SLOPE)
            panel.marks[i] = (sent.get(i, y), y)
    panel.height = max(max(pair) for pair in panel.marks.values()) + 24 + FOOT * bool(panel.note)
    panel.height += LINE * bool(panel.left_out)


def _draw(canvas: Canvas, panel: _Panel, x: float, y: float, height: float) -> None:
    canvas.box(x + 1, y + 1, WIDTH - 2, height - 2, PAPER, edge=FAINT, round=8, z=0)
    canvas.text(x + WIDTH / 2, y + 22, panel.title, HEAD, INK, align="center", bold=True)
    bottom = y + height - 12 - FOOT * bool(panel.note)
    for lane, (name, color) in zip(LANES, (("client", CLIENTS[0]), ("server", SERVERS[0])), strict=True):
        canvas.text(x + lane, y + 50, name, TEXT, color, align="center", bold=True)
        canvas.line([(x + lane, y + 62), (x + lane, bottom)], color, 2)
    for i, step in enumerate(panel.steps):
        _arrow(canvas, step, x, y, panel.marks[i])
    if panel.left_out:
        words = f"and {panel.left_out} more"
        canvas.text(x + WIDTH / 2, bottom - 8, words, NOTE, MUTED, align="center", paper=True)
    if panel.note:
        canvas.text(x + WIDTH / 2, y + height - 24, panel.note, TEXT, INK, align="center", bold=True)


def _arrow(canvas: Canvas, step: Step, x: float, y: float, marks: tuple[float, float]) -> None:
    start, end = (x + LANES[0], x + LANES[1]) if step.outward else (x + LANES[1], x + LANES[0])
    color = (CLIENTS if step.outward else SERVERS)[0]
    lost = step.event.delivered is None
    stop = start + (end - start) * (0.62 if lost else 1.0)
    here, there = y + marks[0], y + marks[1]
    plain = step.is_ack
    if step.again or lost:
        canvas.line([(start, here), (stop, there)], color, 2.2, dashed=step.again, z=3)
        if not lost:
            canvas.arrow(
                [(start + (stop - start) * 0.9, here + (there - here) * 0.9), (stop, there)], color, 2
            )
    else:
        canvas.arrow([(start, here), (stop, there)], color, 1.4 if plain else 2.4)
    if lost:
        canvas.dot(stop, there, ERROR, mark="X", size=12)
    words, bold = wording_of(step)
    tint = ERROR if step.tcp and step.tcp.rst else MUTED if plain else color
    side = -1 if step.outward else 1
    canvas.text(start + side * 10, here, words, NOTE, tint, align="right" if side < 0 else "left", bold=bold)


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
