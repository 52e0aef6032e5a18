"""Exercise 03-4: all of the data there, all of the answer back."""

from __future__ import annotations

import socket
import time
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab, Stuck
from ...check.peers import CLOSE, END, HEAR, HEAR_ALL, RESET, THINK, Script, Step, Talk, random_bytes
from ...check.timeouts import hastened

MB = 1_000_000
# The whole pipe holds some 250 kB then, on Linux; without these options it may hold 3 MB.
NARROW: Any = {"SO_SNDBUF": 16384, "SO_RCVBUF": 16384, "TCP_MAXSEG": 1000}
BLANKS = b" \0\r\n in the middle \n\0\t "
UNREAD = {"join": "unread", "sendall": "unread", "send": "unread", "result": "unread", "__exit__": "unread"}
BLOCKS = [bytes(1024)] * 3


@exercise(
    raises={OSError: "half", TimeoutError: "pause", TypeError: "bytes"},
    stuck={"sendall": "both", "send": "both", "join": "both", "recv": "finish", LOOP: "forever"},
)
def upload(address: tuple[str, int], data: bytes) -> Cases:
    """Send data to the server at address, and return all that it answers, as bytes.

    address is (host, port), over IPv4 or IPv6. Send all of data, then say by half-close that this was
    all: some servers answer only then. Others answer while they read, and stop reading
    while nobody takes their answer: so receive while you send. The answer is complete
    when the server ends its stream, even if it has not read everything yet.

    If the connection breaks, let the ConnectionError out: half an answer is none.
    Close your socket, and leave no thread running.
    """
    yield case("a server that answers after the end", answered, b"hello", b"stored", hint="half")
    yield case("an answer in drips", answered, b"hello", b"s", b"to", b"r", b"ed", hint="pieces")
    yield case("nothing to send", answered, b"", b"0 bytes stored", hint="half")
    yield case("nothing to answer", answered, bytes(range(256)))
    yield case("1 MB of any bytes", large, hint="all")
    yield case("blanks at both ends", answered, BLANKS, BLANKS, hint="same")
    yield case("an answer in blocks of 1024 bytes", answered, b"hello", *BLOCKS, b"!", hint="short")
    yield case("a server that stops to think", thinking, hint="pause")
    yield case("a server that vanishes early", broken_off, 1000, 4 * MB, hint="broken")
    yield case("a server that vanishes late", broken_off, 5001, 5000, hint="broken")
    yield case("a server that answers early", answered_early, hint="early", raises={Exception: "early"})
    if places.has_ipv6():
        yield case("a server over IPv6", over_ipv6, hint="family", raises={OSError: "family"})
    yield case("4 MB to a server that echoes while it reads", echoed, hint="both")
    yield case("a server that answers early and reads no more", unread, hint="unread", stuck=UNREAD)


def answered(lab: Lab, data: bytes | int, *answer: Step, host: str = "127.0.0.1") -> None:
    """The server hears until the end of the data, and only then answers."""
    data = random_bytes(lab.rng, data) if isinstance(data, int) else data
    expected = b"".join(piece for piece in answer if isinstance(piece, bytes))
    ends: list[float] = []

    def note_the_end(talk: Talk) -> None:
        ends.append(time.monotonic())

    server = Script(HEAR_ALL, note_the_end, *answer, CLOSE)
    try:
        got = lab.call(lab.server(server, host=host, **NARROW)[:2], data)
    except Stuck as stuck:
        if server.heard == data and not (ends and ends[0] < stuck.when):
            said = f"the server has all {len(data)} bytes, and waits for their end: {stuck}"
            lab.wrong(said, hint="finish")
        raise
    if got is None:
        lab.equal(got, expected, hint="start")
    server.join(1.0)
    hint = "all" if server.heard and data.startswith(server.heard) else "same"
    lab.equal(server.heard, data, verb="you sent", hint=hint)
    lab.equal(got, expected)


def over_ipv6(lab: Lab) -> None:
    answered(lab, b"hello", b"stored", host="::1")


def large(lab: Lab) -> None:
    """Where sockets have a timeout, send() takes only a part: as it may, anywhere."""
    socket.setdefaulttimeout(30.0)
    answered(lab, MB, b"stored")


def thinking(lab: Lab) -> None:
    with hastened(lab, 10):
        answered(lab, b"hello", b"sto", THINK, b"red")


def broken_off(lab: Lab, after: int, size: int) -> None:
    """The server vanishes in the middle of its answer, after so many bytes of the data."""
    address = lab.server(HEAR(after), b"200 stored, your number is 12", RESET, **NARROW)
    lab.raises(ConnectionError, address, bytes(size), hint="broken")


def answered_early(lab: Lab) -> None:
    """The server has its answer after 1000 bytes, finishes, and reads the rest to be polite."""
    address = lab.server(HEAR(1000), b"413 too large", END, HEAR_ALL, CLOSE, **NARROW)
    lab.gives(b"413 too large", address, bytes(4 * MB), none=None)


def unread(lab: Lab) -> None:
    """The server has its answer after 1000 bytes, finishes, and reads no more: nobody waits for the rest."""
    address = lab.server(HEAR(1000), b"413 too large", END, **NARROW)
    lab.gives(b"413 too large", address, bytes(4 * MB), none=None)


def echoed(lab: Lab) -> None:
    """The server sends back what it reads, and reads no more while nobody takes it."""
    data = random_bytes(lab.rng, 4 * MB)

    def echo(talk: Talk) -> None:
        while piece := talk.take():
            talk.sock.sendall(piece)

    lab.gives(data, lab.server(echo, CLOSE, **NARROW), data, none=None)
