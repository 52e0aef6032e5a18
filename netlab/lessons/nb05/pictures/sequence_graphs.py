"""The time–sequence graph: every segment of a stream where it stands in time and in the stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from ....view.kit import Picture, count_bytes, dress, plot, scaled
from ....view.kit.theme import CLIENTS, ERROR, MUTED, PAPER, POINT, SERVERS
from ....view.ladders.packet_words import source, summary
from ....wire import PacketEvent, Step, trace

SHORTEST = 0.004  # of the height: shorter segments are drawn as long as this


def sequence_graph(
    packets: Iterable[PacketEvent],
    *,
    direction: Literal["out", "back"] | None = None,
    caption: str | None = None,
) -> Picture:
    """Draw one direction of a TCP connection over time, as seen at the sender.

    Each segment is a stroke from its first byte to its last; the line below is what the receiver has
    acknowledged, the line above how far its window lets the sender go. (After W. R. Stevens, "TCP/IP
    Illustrated", volume 1.) Without `direction` it is the one that carried more bytes, and of several
    connections the one with the most.
    TypeError for anything but packets, ValueError if no TCP segment carried bytes.
    """
    if not isinstance(packets, list):
        packets = list(packets)
    steps = trace(packets)
    data, acks = _chosen(steps, direction)
    steps = [step for step in steps if step.flow == data[0].flow]
    start = steps[0].event.sent
    foot = " · ".join(part for part in (summary(steps), source(packets)) if part)
    times = [*(step.event.sent - start for step in data), *_heard(acks, start)]
    by, second = scaled(times, "s")
    top = max(step.end or 0 for step in data)
    per, unit = scaled([top], "bytes")
    with plot(height=480, foot=foot) as (figure, (axes,)):
        least = top * SHORTEST
        once = [step for step in data if not step.again]
        axes.vlines(
            [(step.event.sent - start) * by for step in once],
            [_low(step) * per for step in once],
            [max(step.end or 0, _low(step) + least) * per for step in once],
            color=CLIENTS[0], lw=3 * POINT, label="segment sent", zorder=3,
        )  # fmt: skip
        if again := [step for step in data if step.again]:
            axes.plot([(step.event.sent - start) * by for step in again],
                      [(_low(step) + step.size / 2) * per for step in again], "D", ms=8 * POINT, mfc=PAPER,
                      mec=SERVERS[0], mew=2.2 * POINT, label="sent again", zorder=4)  # fmt: skip
        lost = [step for step in data if step.trouble]
        if lost:
            axes.plot([(step.event.sent - start) * by for step in lost],
                      [(_low(step) + step.size / 2) * per for step in lost], "X", ms=11 * POINT, mfc=ERROR,
                      mec=PAPER, mew=1.2 * POINT, label="lost", zorder=5)  # fmt: skip
        _lines(axes, acks, start, by, per, top)
        wide = max(*times, 1e-6) * by
        axes.set_xlim(-0.02 * wide, 1.02 * wide)
        axes.set_ylim(-0.03 * top * per, top * per * 1.06)
        where = f"position in the stream ({unit})"
        dress(axes, f"time since the first packet ({second})", where, bottom=None)
    return Picture(figure, caption or describe_sequence(data, acks))


def _low(step: Step) -> int:
    return step.seq or 0


def _heard(acks: Sequence[Step], start: float) -> list[float]:
    return [step.event.delivered - start for step in acks if step.event.delivered is not None]


def _lines(axes: Any, acks: Sequence[Step], start: float, by: float, per: float, top: int) -> None:
    """What was acknowledged, and the window above it; both change when an ACK arrives at the sender."""
    times, acked, edges, high, edge = [], [], [], 0, 0
    arrived = sorted(((step.event.delivered or 0.0, step) for step in acks), key=lambda pair: pair[0])
    for time, step in arrived:
        high, edge = max(high, step.ack or 0), max(edge, (step.ack or 0) + (step.window or 0))
        times.append((time - start) * by)
        acked.append(high * per)
        edges.append(edge * per)
    if times:
        style = {"drawstyle": "steps-post", "color": MUTED, "zorder": 2}
        axes.plot(times, acked, lw=1.8 * POINT, label="acknowledged", **style)
        if min(edges) < top * per * 1.06:  # else it is above the picture all the time
            axes.plot(times, edges, lw=1.6 * POINT, ls=(0, (4, 2)), label="end of the window", **style)


def _chosen(steps: Sequence[Step], direction: str | None) -> tuple[list[Step], list[Step]]:
    """The segments with bytes, and the ACKs that arrived from the other side."""
    if direction not in (None, "out", "back"):
        raise ValueError(f'direction={direction!r}: "out" is client to server, "back" the other way.')
    carried: Counter[tuple[int, str]] = Counter()
    for step in steps:
        if step.tcp and step.size and direction in (None, step.event.direction):
            carried[step.flow, step.event.direction] += step.size
    if not carried:
        raise ValueError("There is nothing to draw: no TCP segment carried bytes this way.")
    flow, way = max(carried, key=lambda key: carried[key])
    mine = [step for step in steps if step.flow == flow]
    data = [step for step in mine if step.event.direction == way and step.size and not step.copy]
    acks = [s for s in mine if s.event.direction != way and s.ack is not None and not s.trouble]
    return data, [step for step in acks if step.event.delivered is not None]


def describe_sequence(data: Sequence[Step], acks: Sequence[Step]) -> str:
    """What the graph shows, in sentences that do not depend on times. Pure."""
    sender, receiver = ("client", "server") if data[0].outward else ("server", "client")
    end = max(step.seq + step.size for step in data if step.seq is not None)
    acked = max((step.ack or 0 for step in acks), default=0)
    size = count_bytes(sum(step.fresh for step in data))
    whole = "acknowledged all of them" if acked >= end else f"acknowledged {count_bytes(max(0, acked - 1))}"
    words = [f"The {sender} sent {size}, the {receiver} {whole}."]
    if any(step.trouble for step in data):
        healed = acked >= end and any(step.again for step in data)
        until = ", until it was sent again" if healed else ""
        words.append(f"Where a segment was lost, the acknowledged position stood still{until}.")
    elif any(step.again for step in data):
        words.append("Segments were sent again although none was lost.")
    if any(step.window == 0 for step in acks):
        words.append("The receiver's window was closed for a while.")
    return " ".join(words)
