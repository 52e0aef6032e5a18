"""Exercise 04-1: one datagram, and all of it."""

from __future__ import annotations

import socket
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Broke, Lab, LeaveOut
from ...check.peers import random_bytes

RECEIVING = ("recvfrom", "recv", "recvmsg", "recvfrom_into")


@exercise(
    raises={BlockingIOError: "wait", TimeoutError: "wait"},
    stuck={**dict.fromkeys(RECEIVING, "one"), LOOP: "empty"},
)
def receive_whole(sock: socket.socket, size: int) -> Cases:
    """Wait for one datagram of at most size bytes, and return (data, address).

    sock is a bound UDP socket; size is 0 or more. address is the sender's, as recvfrom gives it.
    A datagram of no bytes is a datagram: return (b"", address). If the datagram was longer than size
    bytes, raise ValueError: never return a part of it. The next call gives the next datagram.
    """
    yield case("b'hello'", received, [b"hello"], 100)
    yield case("one byte longer than size", received, [101], 100, hint="cut")
    yield case("ten times as long as size", received, [1000], 100, hint="cut")
    yield case("exactly size bytes", received, [100], 100, hint="exact")
    yield case("a datagram of no bytes", received, [b""], 100, hint="empty")
    yield case("no bytes and size 0", received, [b""], 0, hint="empty")
    yield case("two datagrams wait", received, [b"first", b"second"], 100, hint="one")
    yield case("the datagram after one too long", received, [300, b"next", 101, b"last"], 100)
    yield case("a datagram that comes later", awaited, hint="wait")
    yield case("two senders in turn", received, [b"from one", b"from another"], 100, 2)
    yield case("a sender who writes later", two_calls, hint="tied", stuck=dict.fromkeys(RECEIVING, "tied"))
    yield case("blanks and zeros at both ends", received, [b"\0\r\n hi \r\n\0", b" \xff\t"], 100, hint="same")
    yield case("9000 bytes and 9001 bytes", received, [9000, 9001], 9000, hint="exact")
    yield case("60000 bytes and 60001 bytes", received, [60_000, 60_001], 60_000, hint="exact")
    if places.has_ipv6():
        yield case("a sender over IPv6", received, [b"hello"], 5, 1, "::1", hint="address")


def received(
    lab: Lab, datagrams: list[bytes | int], size: int, senders: int = 1, host: str = "127.0.0.1"
) -> None:
    """The datagrams (a number stands for so many random bytes) wait in the socket: one call for each."""
    sock, before = lab.mailbox(host), None
    ends = [lab.mailbox(host, SO_SNDBUF=1 << 17) for _ in range(senders)]
    sent = [random_bytes(lab.rng, each) if isinstance(each, int) else each for each in datagrams]
    for index, data in enumerate(sent):
        try:
            ends[index % senders].sendto(data, sock.getsockname())
        except OSError:  # macOS has a limit of its own
            raise LeaveOut(f"this system sends no datagram of {len(data)} bytes") from None
    for index, data in enumerate(sent):
        judge(lab, sock, size, data, ends[index % senders].getsockname(), before)
        before = data if len(data) > size else None


def judge(lab: Lab, sock: socket.socket, size: int, data: bytes, sender: Any, before: bytes | None) -> None:
    """before: the datagram that came before, if it was too long."""
    got, broke = lab.outcome(sock, size)
    empty = "exact" if data else "empty"
    if broke is not None:
        if not isinstance(broke.error, ValueError) or isinstance(broke.error, UnicodeError):
            raise broke
        if len(data) <= size:
            said = f"a datagram of {len(data)} bytes came, which is not longer than {size}, and {broke}"
            four = "address" if len(sender) == 4 else empty  # perhaps it took the address for a pair
            lab.wrong(said, hint=four if before is None else "next")
        return
    if got is None and len(data) <= size:
        lab.wrong("", expected=(data, sender), got=got, hint="start" if data else "empty")
    if not isinstance(got, tuple) or len(got) != 2:
        if len(data) > size:
            lab.wrong("the datagram was too long: expected ValueError", got=got, hint="cut")
        lab.wrong("return (data, address)", expected=(data, sender), got=got, hint="address")
    if before is not None and bytes(got[0] or b"") in (before[: size or None], before[size:]):
        lab.wrong("this is the datagram before", expected=data[:20], got=got[0], hint="next")
    if len(data) > size:
        lab.wrong(f"the datagram had {len(data)} bytes: expected ValueError", got=got[0], hint="cut")
    lab.equal(got[0], data, hint="empty" if not data else None if before is None else "next")
    lab.equal(got[1], sender, hint="address")


def two_calls(lab: Lab) -> None:
    """The second sender writes when the first one's datagram has been taken."""
    sock = lab.mailbox()
    for data, end in ((b"first", lab.mailbox()), (b"second", lab.mailbox())):
        end.sendto(data, sock.getsockname())
        judge(lab, sock, 100, data, end.getsockname(), None)


class Hurried(socket.socket):
    """A socket whose timeouts are over after 0.1 s, however long they are: so nobody waits for them."""

    asked: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        self.asked = seconds
        super().settimeout(min(seconds, 0.1) if seconds else seconds)


def awaited(lab: Lab) -> None:
    """The datagram comes when any timeout of the learner's own is over."""
    sock, end = Hurried(socket.AF_INET, socket.SOCK_DGRAM), lab.mailbox()
    lab.own(sock)
    sock.bind(("127.0.0.1", 0))
    lab.start(sock, 100)
    lab.pause(0.2)
    end.sendto(b"I am late", sock.getsockname())
    try:
        got = lab.result()
    except Broke as broke:
        if not isinstance(broke.error, TimeoutError):
            raise
        said = f"a datagram came when your timeout of {sock.asked:g} s was over, and {broke}"
        lab.wrong(said, first=True, happened=[])
    lab.equal(got, (b"I am late", end.getsockname()))
