"""Scripted peers: the other end of the wire, step by step.

    Script(b"hel", THINK, b"lo", END)               says so, and finishes
    Script(HEAR_LINE, drips(answer), CLOSE)         hears a line, answers byte by byte, closes
    Script(HEAR(1000), b"413 too large", RESET)     takes 1000 bytes, answers, vanishes

The same script plays at one end of a connection (`lab.peer`), as a server with each client (`lab.server`), or
as a client of the learner's server (`lab.visit`). A step is one of these:

    bytes           sent alone: when the learner has taken what came before, so that no two meet in one recv
    a function      called with the Talk; what it returns, or yields, are steps again. None is none
    several steps   a list, or any other iterable, such as `drips(data)`
    THINK, PAUSE(seconds)         silence, when the learner has taken all; it ends with the case
    HEAR(n), HEAR_LINE, HEAR_ALL  take n bytes, a line, all until the end of the stream
    END, CLOSE      half-close and close, at once: what was sent arrives all the same
    RESET           vanish, when the learner has taken all

After its last step a peer is silent; its connection stays open until the case ends. That the other side has
ended is found by hearing: what is said to nobody is no error. At the end of this file are bytes and pieces.
"""

from __future__ import annotations

import _socket
import random
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from time import monotonic, sleep  # ours, whatever becomes of the module
from typing import TYPE_CHECKING, Any, cast

from .sockets import finish, readable, reset

if TYPE_CHECKING:
    from .bench import Bench

PATIENCE = 0.5  # seconds that a script waits for a learner who does not read; then its pieces may meet
PIECE = 65_536  # bytes to take at once

Step = bytes | Iterable[Any] | Callable[[Any], Any] | None


def do(talk: Any, step: Step) -> None:
    """Say these bytes, call this function with the talk and do what it gives, or do several steps."""
    if isinstance(step, (bytes, bytearray)):
        talk.say(bytes(step))
    elif callable(step):
        do(talk, step(talk))
    elif step is not None:
        for each in cast("Iterable[Any]", step):
            do(talk, each)


class Script:
    """Steps, kept. `talks` has one Talk for each connection; `heard` is what came, on all of them."""

    def __init__(self, *steps: Step) -> None:
        self.steps = [list(step) if isinstance(step, Iterator) else step for step in steps]
        self.talks: list[Talk] = []

    @classmethod
    def of(cls, steps: tuple[Any, ...]) -> Script:
        """The one script in there, or a new one of these steps."""
        return steps[0] if len(steps) == 1 and isinstance(steps[0], cls) else cls(*steps)

    @property
    def heard(self) -> bytes:
        """What the learner has said so far: what is on its way to this script is waited for."""
        self.rest()
        return b"".join(bytes(talk.heard) for talk in self.talks)

    def meet(self, lab: Bench, sock: socket.socket) -> Talk:
        """A talk on this connection; its play() begins it."""
        sock.settimeout(lab.left)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk = Talk(lab, sock, self)
        self.talks.append(talk)
        return talk

    def serve(self, lab: Bench, listener: socket.socket) -> None:
        """Play with every client, each in a thread, until the listener is closed."""
        while True:
            lab.beside(self.meet(lab, lab.own(listener.accept()[0])).play)

    def join(self, seconds: float = 60.0) -> None:
        """Wait until all talks so far are over, or the case or this time is; for a first one only briefly."""
        now = monotonic()
        while not self.talks and monotonic() < now + min(seconds, 2 * PATIENCE):
            sleep(0.001)  # a client may be in the listener's queue still
        for talk in self.talks:
            while not talk.over.wait(0.02) and not talk.lab.settled and monotonic() < now + seconds:
                pass

    def rest(self, seconds: float = 2 * PATIENCE) -> None:
        """Wait until every talk is at its end or waits for the learner: all has been said. Not for long."""
        last = monotonic() + seconds
        while not all(talk.rests() for talk in self.talks) and monotonic() < last:
            sleep(0.001)


class Talk:
    """One connection of a script: what a step that is a function is called with."""

    def __init__(self, lab: Bench, sock: socket.socket, script: Script) -> None:
        self.lab, self.sock, self.script = lab, sock, script
        self.heard = bytearray()  # on this connection
        self.over = threading.Event()
        self._hearing = False  # it waits for the learner
        self._patient = True

    def play(self) -> None:
        """All steps, in this thread. Raises what a socket raises; a connection that has ended is no error."""
        try:
            do(self, self.script.steps)
        finally:
            self.over.set()

    def say(self, data: bytes) -> None:
        if data:
            self.wait_until_taken()
            with suppress(ConnectionError):
                self.sock.sendall(data)

    def hear(self, size: int, piece: int = PIECE) -> bytes:
        """Take `size` bytes, `piece` at once, or fewer if the stream ends before. A reset is an end, too."""
        start = len(self.heard)
        while (missing := start + size - len(self.heard)) > 0 and self.take(min(piece, missing)):
            pass
        return bytes(self.heard[start:])

    def take(self, size: int = PIECE) -> bytes:
        """What has come, or comes next: b"" at the end."""
        try:
            self._hearing = True
            _socket.socket.recv(self.sock, 1, socket.MSG_PEEK)  # the C method: a look is not to be recorded
            self._hearing = False  # before it is taken: nothing is ever between the socket and `heard`
            data = self.sock.recv(size)
        except ConnectionError:
            data = b""
        self._hearing = False
        self.heard += data
        return data

    def rests(self) -> bool:
        """It is at its end, or waits for the learner and nothing has come."""
        return self.over.is_set() or (self._hearing and not readable(self.sock))

    def think(self, seconds: float) -> None:
        self.wait_until_taken()
        self.lab.pause(seconds)

    def wait_until_taken(self) -> None:
        """Until the learner has taken all that was said. Who does not read holds it up once, briefly."""
        other, last = self.lab.other_end(self.sock), monotonic() + PATIENCE
        while self._patient and other is not None and not self.lab.settled and readable(other):
            self._patient = monotonic() < last
            sleep(0.0002)


def PAUSE(seconds: float) -> Callable[[Any], None]:
    """Silence."""
    return lambda talk: talk.think(seconds)


def HEAR(size: int, piece: int = PIECE) -> Callable[[Talk], None]:
    """Take `size` bytes, or all until the end of the stream; `piece` is how many at once, at most."""

    def step(talk: Talk) -> None:
        talk.hear(size, piece)

    return step


THINK = PAUSE(0.3)
HEAR_ALL = HEAR(1 << 24)


def HEAR_LINE(talk: Talk) -> None:
    """Take all up to a newline, and no byte more."""
    while talk.take(1) not in (b"\n", b""):
        pass


def END(talk: Talk) -> None:
    """Half-close: "I have said all", and still listening."""
    finish(talk.sock)


def CLOSE(talk: Talk) -> None:
    """Close, at once."""
    talk.sock.close()


def RESET(talk: Talk) -> None:
    """Vanish: the learner sees a reset connection, behind all that was said."""
    talk.wait_until_taken()
    reset(talk.sock)


def random_bytes(rng: random.Random, size: int) -> bytes:
    """Bytes of every value: not text, and not to be decoded."""
    return rng.getrandbits(8 * size).to_bytes(size, "big") if size else b""


def sliced(data: bytes, rng: random.Random, largest: int = 17) -> Iterator[bytes]:
    """The data in pieces of 1 to `largest` bytes."""
    start = 0
    while start < len(data):
        end = start + rng.randint(1, largest)
        yield data[start:end]
        start = end


def drips(data: bytes) -> Iterator[bytes]:
    """The data, one byte at a time."""
    return (data[i : i + 1] for i in range(len(data)))


def cut_at(data: bytes, *places: int) -> Iterator[bytes]:
    """The data cut at these places: in the middle of a character, of a header, of a frame."""
    edges = [0, *places, len(data)]
    return (data[a:b] for a, b in zip(edges, edges[1:], strict=False))


def in_sizes(data: bytes, size: int) -> Iterator[bytes]:
    """The data in pieces of this size; the last one may be shorter."""
    return cut_at(data, *range(size, len(data), size))
