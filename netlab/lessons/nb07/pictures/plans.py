"""A page as it would be fetched: computed, so that sliders can move it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush

from ....view import chunked_body
from ....view.kit import Picture, dress, noun, plot
from ....view.kit.theme import COLORS, DASHES, PAPER, POINT
from .waterfalls import Exchange, waterfall

MARKERS = "o", "s", "^"


def planned_page(
    objects: int, connections: int, *, rtt: float, kept: bool, size: float = 0, rate: float = 1e9
) -> list[Exchange]:
    """The exchanges of a page and its objects over so many connections at once, kept or one for each request.

    A connect and a request cost a round trip (`rtt`, s) each. The line carries one object after the other,
    `size` bytes at `rate` bits per second; the page itself has none. TCP's slow start is left out.
    """
    found = [Exchange(1, "/page", 0.0, rtt, 2 * rtt, 2 * rtt)]
    free = [(2 * rtt, 1 if kept else 0)]  # when, and the number of an open connection
    made, line = 1, 0.0
    for _ in range(connections - 1):
        heappush(free, (2 * rtt, 0))
    for number in range(1, objects + 1):
        begun, connection = heappop(free)
        new = connection == 0
        if new:
            made += 1
            connection = made
        sent = begun + rtt * new
        first = max(sent + rtt, line)
        line = last = first + size * 8 / rate
        found.append(Exchange(connection, f"/picture/{number}", begun if new else None, sent, first, last))
        heappush(free, (last, connection if kept else 0))
    return found


def page_plan(
    round_trip_ms: int = 80,
    objects: int = 6,
    connections: int = 1,
    kept_alive: bool = False,
    kilobytes: int = 0,
    megabits: int = 6,
) -> Picture:
    """The waterfall of planned_page(): objects of so many kilobytes on a line of so many Mbit/s."""
    rtt, size, rate = round_trip_ms / 1000, kilobytes * 1000.0, megabits * 1e6

    def plan(size: float) -> list[Exchange]:
        return planned_page(objects, connections, rtt=rtt, kept=kept_alive, size=size, rate=rate)

    rows = plan(size)
    whole, trips = (max(row.last for row in plan(each)) for each in (size, 0))
    used = len({row.connection for row in rows})
    said = f"A page and {noun(objects, 'object')} over {noun(used, 'connection')}: {1000 * whole:.0f} ms. "
    said += f"{round(trips / rtt)} round trips wait for one another: {1000 * trips:.0f} ms. "
    said += f"The bytes add {1000 * (whole - trips):.0f} ms. (Computed; TCP's slow start is left out.)"
    return waterfall(rows, caption=said)


def in_chunks(text: str = "hello", chunk_size: int = 5, wrong_by: int = 0, bytes_lost: int = 0) -> Picture:
    """chunked_body() of this text in chunks of this size. The first says a size that is wrong by so much, and
    the last bytes are lost."""
    data = text.encode()
    pieces = [data[at : at + chunk_size] for at in range(0, len(data), chunk_size)]
    sizes = [max(0, len(piece) + wrong_by * (n == 0)) for n, piece in enumerate(pieces)]
    coded = b"".join(b"%x\r\n%b\r\n" % pair for pair in zip(sizes, pieces, strict=True)) + b"0\r\n\r\n"
    return chunked_body(coded[: max(1, len(coded) - bytes_lost)])


def page_times(
    measured: Mapping[str, Sequence[tuple[int, float]]],
    formulas: Mapping[str, Callable[[int], float]],
    *,
    caption: str,
) -> Picture:
    """Draw the time of a page over its number of objects: each way's formula as a line, its pages as marks.

    `measured` has (objects, seconds) for each way, `formulas` its time in seconds. ValueError for no ways.
    """
    if not measured or measured.keys() != formulas.keys():
        raise ValueError("page_times() needs measurements and a formula for each way.")
    with plot() as (figure, (axes,)):
        for i, (name, pages) in enumerate(measured.items()):
            xs = sorted({n for n, _ in pages})
            line = [1000 * formulas[name](n) for n in xs]
            axes.plot(xs, line, color=COLORS[i], ls=DASHES[i], lw=2.2 * POINT)
            axes.plot([n for n, _ in pages], [1000 * took for _, took in pages], MARKERS[i], ms=9 * POINT,
                      mfc=COLORS[i], mec=PAPER, mew=1.2 * POINT, label=name)  # fmt: skip
        dress(axes, "number of objects n", "time of the page T (ms)")
    return Picture(figure, caption)
