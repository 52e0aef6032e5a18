"""What notebook 05 counts and measures: readings on their way, and what became of their packets."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ...link.recordings import Run
from ...wire import PacketEvent

READING = struct.Struct("!Id")  # as the notebook packs it: a number, and when it was sent
LATE = 1.5  # times the way there: a reading that is older when it comes is late

Readings = Sequence[tuple[int, float, float]]  # number, sent, heard (s)


def round_trips(seconds: float, rtt: float) -> int:
    """How many whole round trips of `rtt` seconds fit into a time. A busy machine is late, never early."""
    return int(seconds / rtt + 0.01)


def carry(
    path: Any, send: Callable[[], Any], hear: Callable[[], Iterable[tuple[int, float, float]]]
) -> list[tuple[int, float, float]]:
    """Run send() in a thread and hear() here. What hear() gives: (number, sent, heard) for each reading.

    Both times come in time.monotonic() seconds and leave in seconds since the path's recording began.
    """
    zero = path.packets.began
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        heard = [(number, round(sent - zero, 4), round(at - zero, 4)) for number, sent, at in hear()]
        sending.result()
    return heard


def ages_of(readings: Readings) -> list[float]:
    """How old each reading was when the program got it, in seconds."""
    return [heard - sent for _, sent, heard in readings]


def late_ones(readings: Readings, trip: float) -> set[int]:
    """The numbers of the readings that were older than 1.5 trips of `trip` seconds each."""
    return {number for number, sent, heard in readings if heard - sent > LATE * trip}


def lost_first(packets: Iterable[PacketEvent]) -> set[int]:
    """The numbers of the readings whose segment or datagram was lost when it was first sent.

    Several readings may share a segment.
    """
    tried: set[int] = set()
    lost: set[int] = set()
    for event in packets:
        if event.direction == "out" and len(event.packet.payload) % READING.size == 0:
            numbers = {number for number, _ in READING.iter_unpack(event.packet.payload)} - tried
            tried |= numbers
            lost |= numbers if event.delivered is None else set()
    return lost


def kernel_arrivals(run: Run) -> dict[int, float]:
    """When all bytes of each reading had arrived in the receiver's kernel: A_j, in seconds.

    `run` is a TCP run whose stream is made of readings, from the SYN on.
    """
    base = run[0].packet.tcp.sequence_number + 1  # type: ignore[union-attr]
    arrived: dict[int, float] = {}  # by the place of the byte in the stream
    for event in run:
        if event.direction == "out" and event.delivered is not None and event.packet.tcp:
            start = (event.packet.tcp.sequence_number - base) % 2**32
            for place in range(start, start + len(event.packet.payload)):
                arrived[place] = min(event.delivered, arrived.get(place, event.delivered))
    size = READING.size
    own = {number: range(number * size, (number + 1) * size) for number, _, _ in run.result}
    return {number: max(arrived[place] for place in places) for number, places in own.items()}


def late_with(streams: int, run: Run, trip: float) -> set[int]:
    """The readings that come late if they are dealt to `streams` streams, each in an order of its own."""
    arrivals, handed_out, readings = kernel_arrivals(run), [0.0] * streams, []
    for number, sent, _ in run.result:
        mine = number % streams
        handed_out[mine] = max(handed_out[mine], arrivals[number])
        readings.append((number, sent, handed_out[mine]))
    return late_ones(readings, trip)


def before_first_ack(packets: Sequence[PacketEvent]) -> int:
    """How many segments with data the client sent before it heard of the first one."""
    data = [p for p in packets if p.direction == "out" and p.packet.payload]
    first = data[0].packet.tcp.sequence_number  # type: ignore[union-attr]
    news = min(
        p.delivered
        for p in packets
        if p.direction == "back" and p.delivered and p.packet.tcp
        and (p.packet.tcp.acknowledgment_number - first) % 2**32 in range(1, 2**31)
    )  # fmt: skip
    return sum(p.sent < news for p in data)


def sent_until(packets: Iterable[PacketEvent]) -> tuple[list[int], list[float]]:
    """For each packet that arrived: the bytes sent until then, headers and all, and the seconds it took."""
    so_far, sizes, seconds, begun = 0, [], [], None
    for event in packets:
        begun = event.sent if begun is None else begun
        so_far += len(event.data)
        if event.delivered is not None:
            sizes.append(so_far)
            seconds.append(event.delivered - begun)
    return sizes, seconds
