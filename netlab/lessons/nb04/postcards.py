"""Datagrams for the learner's socket: whole, too long, empty, lost, doubled, overtaken (04-1 and 04-4)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from typing import Any

from ...check import peers, places
from ...check.lab import Lab, LeaveOut

SILENCE = 0.02  # seconds: everything waits in the socket before the learner begins, so nothing is in a hurry


def mailbox(lab: Lab, host: str = "127.0.0.1", **options: int) -> socket.socket:
    """A bound UDP socket with a deadline; closed after the case."""
    sock = lab.own(socket.socket(places.family_of(host), socket.SOCK_DGRAM))
    for name, value in options.items():
        sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    sock.bind((host, 0))
    sock.settimeout(lab.left)
    return sock


# -- 04-1 receive_whole --------------------------------------------------------------------------------


def received(
    lab: Lab, datagrams: list[bytes | int], size: int, senders: int = 1, host: str = "127.0.0.1"
) -> None:
    """The datagrams (a number stands for so many random bytes) wait in the socket: one call for each."""
    sock = mailbox(lab, host)
    ends = [mailbox(lab, host, SO_SNDBUF=1 << 17) for _ in range(senders)]
    sent = [peers.random_bytes(lab.rng, d) if isinstance(d, int) else d for d in datagrams]
    for index, data in enumerate(sent):
        try:
            ends[index % senders].sendto(data, sock.getsockname())
        except OSError:  # macOS has a limit of its own
            raise LeaveOut(f"this system sends no datagram of {len(data)} bytes") from None
    for index, data in enumerate(sent):
        judge_received(lab, sock, size, data, ends[index % senders].getsockname(), sent[:index])


def judge_received(
    lab: Lab, sock: socket.socket, size: int, data: bytes, sender: Any, earlier: list[bytes]
) -> None:
    got, broke = lab.outcome(sock, size)
    after = bool(earlier) and len(earlier[-1]) > size
    if broke is not None:
        if not isinstance(broke.error, ValueError) or isinstance(broke.error, UnicodeError):
            raise broke
        if len(data) <= size:
            said = f"a datagram of {len(data)} bytes is not longer than {size}, and you raised ValueError"
            lab.wrong(said, hint="next" if after else ("exact" if data else "empty"))
        return
    if got is None and len(data) <= size:
        lab.wrong("", expected=(data, sender), got=got, hint="empty" if not data else "start")
    if not isinstance(got, tuple) or len(got) != 2:
        if len(data) > size:
            lab.wrong("the datagram was too long: expected ValueError", got=got, hint="cut")
        lab.wrong("return (data, address)", expected=(data, sender), got=got, hint="address")
    if after and bytes(got[0] or b"") in (earlier[-1][: size or None], earlier[-1][size:]):
        lab.wrong("this is the datagram before", expected=data[:20], got=got[0], hint="next")
    if len(data) > size:
        lab.wrong(f"the datagram had {len(data)} bytes: expected ValueError", got=got[0], hint="cut")
    lab.equal(got[0], data, hint="empty" if not data else ("next" if after else None))
    lab.equal(got[1], sender, hint="address")


def awaited(lab: Lab) -> None:
    sock, end = mailbox(lab), mailbox(lab)
    lab.start(sock, 100)
    lab.pause(0.2)
    end.sendto(b"I am late", sock.getsockname())
    lab.equal(lab.result(), (b"I am late", end.getsockname()))


# -- 04-4 loss_meter -----------------------------------------------------------------------------------


def numbered(lab: Lab, number: int | bytes) -> bytes:
    """A datagram with this number and a payload of any size; bytes are sent as they are."""
    if isinstance(number, bytes):
        return number
    return struct.pack("!I", number) + peers.random_bytes(lab.rng, lab.rng.randint(0, 30))


def measured(lab: Lab, count: int, arrivals: Iterable[int | bytes]) -> None:
    """The datagrams wait in the socket, in this order, before the measurement begins."""
    arrivals, sock, end = list(arrivals), mailbox(lab, SO_RCVBUF=1 << 17), mailbox(lab)
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
    sock, end, count = mailbox(lab), mailbox(lab), 36
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
