"""Datagrams for the learner's socket: lost, doubled, overtaken (04-4)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from ...check import peers
from ...check.lab import Lab

SILENCE = 0.02  # seconds: everything waits in the socket before the learner begins, so nothing is in a hurry


# -- 04-4 loss_meter -----------------------------------------------------------------------------------


def numbered(lab: Lab, number: int | bytes) -> bytes:
    """A datagram with this number and a payload of any size; bytes are sent as they are."""
    if isinstance(number, bytes):
        return number
    return struct.pack("!I", number) + peers.random_bytes(lab.rng, lab.rng.randint(0, 30))


def measured(lab: Lab, count: int, arrivals: Iterable[int | bytes]) -> None:
    """The datagrams wait in the socket, in this order, before the measurement begins."""
    arrivals, sock, end = list(arrivals), lab.mailbox(SO_RCVBUF=1 << 17), lab.mailbox()
    for number in arrivals:
        end.sendto(numbered(lab, number), sock.getsockname())
    got = lab.call(sock, count, SILENCE)
    early = [counts(arrivals[:place], count) for place in range(count - 1, len(arrivals))]
    if got in early and not any(isinstance(number, bytes) for number in arrivals):
        lab.wrong("you stopped before silence", expected=counts(arrivals, count), got=got, hint="enough")
    judge_counts(lab, got, count, arrivals)


def stormy(lab: Lab) -> None:
    """Losses, copies and detours by chance."""
    arrivals = [number for number in range(60) if lab.rng.random() > 0.2]
    arrivals += lab.rng.choices(arrivals, k=10)
    arrivals.sort(key=lambda number: number + lab.rng.uniform(0, 8))
    measured(lab, 60, arrivals)


def streamed(lab: Lab) -> None:
    """One every 20 ms, for twice as long as timeout, with a pause in the middle shorter than timeout."""
    sock, end, count = lab.mailbox(), lab.mailbox(), 36
    run = lab.start(sock, count, 0.4)
    for number in range(count):
        end.sendto(numbered(lab, number), sock.getsockname())
        lab.pause(0.15 if number == count // 2 else 0.02)
        if run.done.is_set():
            break
    judge_counts(lab, lab.result(), count, range(count))


def counts(arrivals: Iterable[int | bytes], count: int) -> dict[str, int]:
    numbers = [number for number in arrivals if isinstance(number, int)]
    fresh = list(dict.fromkeys(numbers))
    return {
        "received": len(fresh),
        "lost": count - len(fresh),
        "doubled": len(numbers) - len(fresh),
        "late": sum(number < max(fresh[: place + 1]) for place, number in enumerate(fresh)),
    }


def judge_counts(lab: Lab, got: Any, count: int, arrivals: Iterable[int | bytes]) -> None:
    expected = counts(arrivals, count)
    if got is None:
        lab.wrong("", expected=expected, got=got, hint="start")
    if not isinstance(got, dict) or got.keys() != expected.keys():
        lab.wrong("a dict with these four keys", expected=expected, got=got, hint="keys")
    shown = " ".join(str(n) if isinstance(n, int) else repr(n) for n in arrivals)
    story = [f"came in this order: {shown or 'nothing'}"[:300], f"count was {count}"]
    lab.equal(dict(got), expected, happened=story)
