"""Readings over TCP and over UDP: who came late and why, the law of order, and streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .... import link
from ....link import Link
from ....link.recordings import Run
from ....view.kit import Picture, dress, plot
from ....view.kit.theme import CLIENTS, INK, MUTED, PAPER, POINT, SERVERS
from ..experiments import ages_of, kernel_arrivals, late_ones, late_with, lost_first
from .arrivals import ages, shares

STAIRS = (
    "Over TCP each lost reading stops those behind it, and all come late, in a staircase. "
    "Over UDP the lost ones are holes, and nobody waits for them."
)


def reading_ages(tcp: Run, udp: Run, *, trip: float, count: int, caption: str = STAIRS) -> Picture:
    """How old each of `count` readings was over both protocols: in time, lost and sent again, waiting, gone.

    `trip` is the way there in seconds. How many came late and how many are missing stands in the picture.
    """
    lost, late = lost_first(tcp), late_ones(tcp.result, trip)
    kinds: dict[str, list[tuple[float, float | None]]] = {
        "in time": [], "lost, sent again": [], "waited behind it": []
    }  # fmt: skip
    for number, sent, heard in tcp.result:
        own = "lost, sent again" if number in lost else "waited behind it" if number in late else "in time"
        kinds[own].append((sent, heard - sent))
    arrived = {number: (sent, heard - sent) for number, sent, heard in udp.result}
    number, (sent, _) = next(iter(arrived.items()))
    every = (max(s for s, _ in arrived.values()) - sent) / max(1, max(arrived) - number)
    gone: list[tuple[float, float | None]] = [
        (sent + (n - number) * every, None) for n in range(count) if n not in arrived
    ]
    panels = {
        f"TCP: {len(lost)} lost, {len(late)} late": kinds,
        f"UDP: {len(gone)} missing, {len(late_ones(udp.result, trip))} late": {
            "in time": list(arrived.values()), "never arrived": gone
        },
    }  # fmt: skip
    return ages(panels, least=trip, caption=caption)


def law_of_order(run: Run, *, caption: str) -> Picture:
    """The age of each reading of a TCP run: when it arrived in the kernel, by the law, and in the program."""
    arrivals, handed_out = kernel_arrivals(run), 0.0
    rows: list[tuple[float, ...]] = []
    for number, sent, heard in run.result:
        handed_out = max(handed_out, arrivals[number])
        rows.append((number, *(1000 * (time - sent) for time in (arrivals[number], handed_out, heard))))
    numbers, arrived, law, program = zip(*rows, strict=True)
    with plot() as (figure, (axes,)):
        axes.plot(numbers, law, color=CLIENTS[0], lw=2.2 * POINT, zorder=2, drawstyle="steps-mid",
                  label="by the law: $D_i$")  # fmt: skip
        axes.plot(numbers, arrived, "o", ms=8 * POINT, mfc=PAPER, mec=MUTED, mew=1.6 * POINT, zorder=3,
                  label="in the kernel: $A_i$")  # fmt: skip
        axes.plot(numbers, program, "D", ms=5.5 * POINT, mfc=SERVERS[0], mec="none", zorder=4,
                  label="in the program, measured")  # fmt: skip
        dress(axes, "number of the reading i", "age (ms)")
    return Picture(figure, caption)


def late_by_streams(run: Run, *, trip: float, most: int = 12, caption: str) -> Picture:
    """How many readings of a TCP run come late, if they are dealt to 1, 2, ... `most` streams.

    Each column is split: those whose own segment was lost, and those that waited for another one.
    """
    lost = lost_first(run)
    streams = range(1, most + 1)
    late = [late_with(count, run, trip) for count in streams]
    own, waited = [len(those & lost) for those in late], [len(those - lost) for those in late]
    some = [n for n, count in enumerate(waited) if count]  # of the others not even a line is seen
    with plot(height=360) as (figure, (axes,)):
        axes.bar(streams, own, 0.66, color=SERVERS[0], label="lost, sent again")
        axes.bar([streams[n] for n in some], [waited[n] for n in some], 0.66, bottom=[own[n] for n in some],
                 color=PAPER, edgecolor=CLIENTS[0], hatch="///", label="waited for another one")  # fmt: skip
        for count, those in zip(streams, late, strict=True):
            axes.annotate(str(len(those)), (count, len(those)), (0, 3), textcoords="offset points",
                          ha="center", color=INK)  # fmt: skip
        dress(axes, "number of streams", "readings that came late")
        axes.set_xticks(list(streams))
        axes.set_ylim(0, 1.15 * max(map(len, late), default=1) + 1)
    return Picture(figure, caption)


def weather_playground(
    over_tcp: Callable[[Any, int], Any], over_udp: Callable[[Any, int], Any], recorded: Mapping[str, Run]
) -> Callable[..., Picture]:
    """An experiment for Playground(): fifty readings over both protocols, at once, each on a new line.

    `recorded` has the runs {"TCP": ..., "UDP": ...} at 5 % loss and 30 ms: they stand in where there are no
    kernel paths.
    """
    usual = Link(delay=0.03)

    def weather(loss: int = 5, place: Link = usual) -> Picture:
        rtt, note = round(2000 * place.delay), ""

        def live(job: Callable[[Any, int], Any]) -> Any:
            out = Link(delay=place.delay, jitter=place.jitter, rate=place.rate, loss=loss / 100, seed=55)
            with link.kernel(out, back=place) as path:
                return job(path, 50)

        if link.kernel.available():
            with ThreadPoolExecutor(2) as pool:
                results = dict(zip(recorded, pool.map(live, (over_tcp, over_udp)), strict=True))
        else:
            results = {name: run.result[:50] for name, run in recorded.items()}
            if loss != 5 or place != usual:
                note = " (A recording: 5 % loss, 60 ms there and back.)"
        curves = {name: ages_of(readings) for name, readings in results.items()}
        words = f"Fifty readings over each protocol at {loss} % loss, {rtt} ms there and back.{note}"
        return shares({"": curves}, sent=50, least_end=0.6, caption=words)

    return weather
