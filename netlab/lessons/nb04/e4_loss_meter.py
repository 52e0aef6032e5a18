"""Exercise 04-4: what became of numbered datagrams: lost, doubled, overtaken."""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from ...check.peers import random_bytes
from ...check.sockets import readable

EARLY = 0.03 if sys.platform == "win32" else 0.005  # seconds: as exact as its clock
SILENCE = 0.02  # seconds: everything waits in the socket before the learner begins, so nothing is in a hurry


@exercise(
    raises={TimeoutError: "silence", struct.error: "runt"},
    stuck={"recvfrom": "timeout", "recv": "timeout", "recvmsg": "timeout"},
)
def loss_meter(sock: socket.socket, count: int, timeout: float) -> Cases:
    """Measure what became of count numbered datagrams: return a dict of four counts.

    The sender numbers them 0, 1, ..., count - 1: the number is the first 4 bytes (network byte order).
    sock is a bound UDP socket. Receive until timeout seconds have passed without a datagram.

        "received"  how many different numbers came
        "lost"      how many numbers never came
        "doubled"   how many datagrams had a number that had come before
        "late"      how many numbers came first after a higher one (RFC 4737); a copy is never late

    Ignore datagrams shorter than 4 bytes.
    """
    yield case("20 in order", measured, 20, range(20))
    yield case("the first three are lost", measured, 10, range(3, 10), hint="holes")
    yield case("holes in the middle", measured, 10, [0, 1, 4, 5, 7, 9], hint="holes")
    yield case("the last five are lost", measured, 10, range(5), hint="end")
    yield case("nothing comes at all", measured, 10, [], hint="end")
    yield case("three come twice", measured, 6, [0, 1, 1, 2, 3, 3, 4, 5, 5], hint="doubled")
    yield case("copies that come very late", measured, 150, [*range(120), 0, 7], hint="copy")
    yield case("many copies and few numbers", measured, 6, [0, 0, 0, 1, 1, 1, 4, 5], hint="doubled")
    yield case("one is overtaken", measured, 6, [0, 1, 3, 4, 2, 5], hint="holes")
    yield case("number 0 is overtaken", measured, 3, [1, 0, 2], hint="late")
    yield case("three are overtaken by one", measured, 6, [0, 4, 1, 2, 3, 5], hint="late")
    yield case("a copy of an old one", measured, 5, [0, 1, 2, 3, 1, 4], hint="copy")
    yield case("a copy of a late one", measured, 5, [0, 3, 1, 1, 4], hint="copy")
    yield case("numbers above 255", measured, 600, [*range(250, 262), 1], hint="order")
    yield case("numbers above 65535", measured, 70_000, [*range(65_530, 65_540), 1, 65_536], hint="order")
    yield case("an empty one and a short one", measured, 4, [0, b"", 1, b"\0\0\1", 3], hint="runt")
    yield case("all weathers at once", measured_in_all_weathers, hint="start")
    yield case("a stream longer than timeout", measured_while_sent, hint="silence")


def measured(lab: Lab, count: int, arrivals: Sequence[int | bytes]) -> None:
    """The datagrams wait in the socket, in this order, before the measurement begins."""
    sock, end = lab.mailbox(SO_RCVBUF=1 << 17), lab.mailbox()
    for number in arrivals:
        end.sendto(numbered(lab, number), sock.getsockname())
    began = time.monotonic()
    got = lab.call(sock, count, SILENCE)
    waited = time.monotonic() - began
    numbers_only = not any(isinstance(number, bytes) for number in arrivals)
    if isinstance(got, dict) and got != counts(arrivals, count) and numbers_only and readable(sock):
        said = "you stopped before silence: more datagrams had come"
        lab.wrong(said, expected=counts(arrivals, count), got=got, hint="enough")
    judge(lab, got, count, arrivals)
    if waited > 20 * SILENCE and waited > 20 * pause_of(lab, SILENCE):
        lab.wrong(f"timeout was {SILENCE:g} s, and you returned after {waited:.2f} s", hint="silence")


def pause_of(lab: Lab, seconds: float) -> float:
    """How long a pause of so many seconds takes on this machine, which may be busy."""
    began = time.monotonic()
    lab.pause(seconds)
    return time.monotonic() - began


def measured_in_all_weathers(lab: Lab) -> None:
    """Losses, copies and detours by chance."""
    arrivals = [number for number in range(60) if lab.rng.random() > 0.2]
    arrivals += lab.rng.choices(arrivals, k=10)
    arrivals.sort(key=lambda number: number + lab.rng.uniform(0, 8))
    measured(lab, 60, arrivals)


def measured_while_sent(lab: Lab) -> None:
    """One every 20 ms, for twice as long as timeout: most are copies, with a pause shorter than timeout."""
    sock, end, count, timeout = lab.mailbox(), lab.mailbox(), 12, 0.4
    numbers = [*range(8), *[7] * 26, *range(8, count)]
    run = lab.start(sock, count, timeout)
    for place, number in enumerate(numbers):
        end.sendto(numbered(lab, number), sock.getsockname())
        last = time.monotonic()
        lab.pause(0.15 if place == 5 else 0.02)
        if run.done.is_set():
            break
    got = lab.result()
    waited = time.monotonic() - last
    judge(lab, got, count, numbers)
    if not timeout - EARLY < waited < 1.7 * timeout:
        said = f"timeout was {timeout:g} s, and you returned {waited:.2f} s after the last datagram"
        lab.wrong(said, hint="silence")


def numbered(lab: Lab, number: int | bytes) -> bytes:
    """A datagram with this number and a payload, one in three without; bytes are sent as they are."""
    if isinstance(number, bytes):
        return number
    return struct.pack("!I", number) + random_bytes(lab.rng, lab.rng.randint(1, 30) if number % 3 else 0)


def counts(arrivals: Iterable[int | bytes], count: int) -> dict[str, int]:
    numbers = [number for number in arrivals if isinstance(number, int)]
    fresh = list(dict.fromkeys(numbers))
    return {
        "received": len(fresh),
        "lost": count - len(fresh),
        "doubled": len(numbers) - len(fresh),
        "late": sum(number < max(fresh[: place + 1]) for place, number in enumerate(fresh)),
    }


def judge(lab: Lab, got: Any, count: int, arrivals: Iterable[int | bytes]) -> None:
    expected = counts(arrivals, count)
    if got is None:
        lab.wrong("", expected=expected, got=got, hint="start")
    if not isinstance(got, dict) or got.keys() != expected.keys():
        lab.wrong("a dict with these four keys", expected=expected, got=got, hint="keys")
    shown = " ".join(str(n) if isinstance(n, int) else repr(n) for n in arrivals)
    story = [f"came in this order: {shown or 'nothing'}"[:300], f"count was {count}"]
    if not all(isinstance(number, int) for number in got.values()):
        lab.wrong("each of the four is an int", expected=expected, got=got, hint="keys")
    longer = [n for n in arrivals if isinstance(n, bytes) or n % 3]  # others are a number and nothing else
    four = got == counts(longer, count) and all(isinstance(n, int) for n in arrivals)
    lab.equal(dict(got), expected, hint="four" if four else None, happened=story)
