"""What hello costs: two ladders on one time axis, and measured values for each protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .... import link
from ....view.kit import Picture, dress, plot
from ....view.kit.theme import COLORS, DASHES, PAPER, POINT
from ....view.ladders.packet_drawing import packet_ladder
from ....wire import PacketEvent
from ..experiments import round_trips
from .pairs import pair

MARKS = ("s", "o", "D", "^")  # so that no protocol is told by its color alone
TWO = (
    "On one time axis: TCP spends a round trip on SYN and SYN-ACK before the question leaves. "
    "UDP's first packet is the question."
)


def two_hellos(tcp: Sequence[PacketEvent], udp: Sequence[PacketEvent], *, caption: str = TWO) -> Picture:
    """The ladders of a conversation over TCP and over UDP beside each other, until the last answer."""
    shown = [_until_answered(packets) for packets in (tcp, udp)]
    until = 1.1 * max(_took(packets) for packets in shown) + 0.01
    ladders = [packet_ladder(packets, until=until) for packets in shown]
    return pair(*ladders, titles=("TCP", "UDP"), caption=caption)


def hello_playground(
    over_tcp: Callable[[Any, int], Any],
    over_udp: Callable[[Any, int], Any],
    recorded: tuple[Sequence[PacketEvent], Sequence[PacketEvent]],
) -> Callable[..., Picture]:
    """An experiment for Playground(): delay (ms each way) and questions over one connection.

    Without kernel paths it shows the `recorded` run, one question at 50 ms, and says so.
    """

    def hello(delay: int = 50, questions: int = 1) -> Picture:
        note, shown = "", recorded
        if link.kernel.available():
            shown = tuple(_carried(ask, delay, questions) for ask in (over_tcp, over_udp))  # type: ignore[assignment]
        elif (delay, questions) != (50, 1):
            delay, note = 50, " (A recording: one question, 50 ms.)"
        trips = [round_trips(_took(_until_answered(packets)), delay / 500) for packets in shown]
        words = f"{delay} ms each way. Round trips until the last answer: TCP {trips[0]}, UDP {trips[1]}."
        return two_hellos(*shown, caption=words + note)

    return hello


def _carried(ask: Callable[[Any, int], Any], delay: int, questions: int) -> list[PacketEvent]:
    with link.kernel(delay=delay / 1000) as path:
        ask(path, questions)
        return path.packets


def _until_answered(packets: Sequence[PacketEvent]) -> list[PacketEvent]:
    last = max(p.delivered for p in packets if p.direction == "back" and p.packet.payload and p.delivered)
    return [p for p in packets if p.sent <= last]


def _took(packets: Sequence[PacketEvent]) -> float:
    return max(p.delivered or 0.0 for p in packets if p.direction == "back") - packets[0].sent


def by_protocol(
    measured: Mapping[str, Iterable[tuple[float, float]]],
    formulas: Mapping[str, Callable[[float], float]],
    *,
    xlabel: str,
    ylabel: str,
    caption: str,
) -> Picture:
    """Measured (x, y) for each protocol with a mark of its own, on the line of its formula.

    A formula of another name is a line without dots. ValueError if nothing was measured.
    """
    points = {name: sorted(pairs) for name, pairs in measured.items()}
    xs = [x for pairs in points.values() for x, _ in pairs]
    if not xs:
        raise ValueError("by_protocol() needs one measurement or more.")
    low, high = min(0.0, *xs), 1.04 * max(xs)
    at = [low + (high - low) * i / 100 for i in range(101)]
    with plot() as (figure, (axes,)):
        for i, name in enumerate(dict.fromkeys([*points, *formulas])):
            color = COLORS[i % len(COLORS)]
            if name in formulas:
                axes.plot(at, [formulas[name](x) for x in at], color=color, ls=DASHES[i % len(DASHES)],
                          lw=2.2 * POINT, label=f"{name}: formula", zorder=2)  # fmt: skip
            if pairs := points.get(name):
                axes.plot(*zip(*pairs, strict=True), MARKS[i % len(MARKS)], ms=10 * POINT, mfc=color,
                          mec=PAPER, mew=1.2 * POINT, label=f"{name}: measured", zorder=4)  # fmt: skip
        dress(axes, xlabel, ylabel)
        axes.set_xlim(low, high)
    return Picture(figure, caption)
