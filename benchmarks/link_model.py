"""How quickly the link decides packets and the virtual clock runs, and how near the model is to theory.

    python benchmarks/link_model.py

Times are CPU time, medians of several rounds. Limits: 2 s for 1 000 000 packets decided, and 2 s for 100 000
packets of go-back-N.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from netlab.link import Context, Link, simulate

ROUNDS = 5
PACKETS = 1_000_000
MESSAGES = 100_000

WEATHER = {
    "nothing": Link(),
    "delay": Link(delay=0.02),
    "delay, loss": Link(delay=0.02, loss=0.05),
    "delay, loss, rate, queue": Link(delay=0.02, loss=0.02, rate=10_000_000, queue=20),
    "everything": Link(0.02, 0.005, 0.05, 10_000_000, 20, 0.01, 0.01, 0.01),
}


def median(action: Callable[[], object]) -> float:
    """Seconds that the action takes."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return statistics.median(times)


def decide(link: Link) -> None:
    admit = link.start().admit
    for k in range(PACKETS):
        admit(k * 0.001, 1000)


class GoBackN:
    def __init__(self, window: int) -> None:
        self.window, self.base, self.next = window, 0, 0

    def on_start(self, net: Context) -> None:
        while self.next < min(self.base + self.window, MESSAGES):
            net.send(("data", self.next), size=1000)
            self.next += 1
        if self.base < MESSAGES:
            net.set_timer(0.1)
        else:
            net.cancel_timer()

    def on_packet(self, net: Context, packet: Any) -> None:
        if packet[1] > self.base:
            self.base = packet[1]
            self.on_start(net)

    def on_timer(self, net: Context, name: str) -> None:
        self.next = self.base
        self.on_start(net)


class Receiver:
    expected = 0

    def on_packet(self, net: Context, packet: Any) -> None:
        if packet[1] == self.expected:
            self.expected += 1
            net.deliver(packet[1])
        net.send(("ack", self.expected), size=40)


def go_back_n(window: int, link: Link) -> None:
    run = simulate(GoBackN(window), Receiver(), link=link)
    assert run.delivered == list(range(MESSAGES))


def sigmas(loss: float) -> float:
    """How far the lost fraction of a million packets is from the asked one, in standard deviations."""
    fates = Link(loss=loss).fates((0.0, 100) for _ in range(PACKETS))
    lost = sum(not fate.due for fate in fates) / PACKETS
    return (lost - loss) / math.sqrt(loss * (1 - loss) / PACKETS)


def rate_error(rate: float, size: int) -> float:
    """Seconds between the last of a million packets, back to back, and where the rate says it must be."""
    state = Link(rate=rate).start()
    for _ in range(PACKETS):
        fate = state.admit(0.0, size)
    return fate.due[0] - PACKETS * size * 8 / rate


def main() -> None:
    print(f"{'deciding 1 000 000 packets':42}{'seconds':>10}{'ns a packet':>13}")
    for name, link in WEATHER.items():
        seconds = median(lambda link=link: decide(link))  # type: ignore[misc]
        print(f"{name:42}{seconds:10.2f}{seconds / PACKETS * 1e9:13.0f}")
    print(f"\n{'go-back-N, 100 000 packets, virtual clock':42}{'seconds':>10}{'us a packet':>13}")
    for window, loss in ((16, 0.0), (16, 0.01), (1, 0.0)):
        link = Link(delay=0.02, rate=10_000_000, loss=loss)
        seconds = median(lambda w=window, link=link: go_back_n(w, link))  # type: ignore[misc]
        print(
            f"{f'window {window}, {loss:.0%} lost a way':42}{seconds:10.2f}{seconds / MESSAGES * 1e6:13.2f}"
        )
    print(f"\n{'model against theory, 1 000 000 packets':42}{'error':>14}")
    for asked in (0.01, 0.3):
        print(f"{f'lost: {asked:.0%}':42}{sigmas(asked):+8.2f} sigma")
    for rate in (1e6, 1e7, 1e8):
        print(f"{f'rate {rate / 1e6:g} Mbit/s, 1500 bytes':42}{rate_error(rate, 1500) * 1e9:+11.3f} ns")


if __name__ == "__main__":
    main()
