"""Scripted peers for UDP. Each step of a script answers one datagram, the last one all others, too.

UDPScript(None, None, b"hi")       the first two are lost, all others answered
UDPScript([THINK, b"hi", b"hi"])   late, and twice; it hears meanwhile
UDPScript(lambda talk: [FROM(other, b"lies"), talk.data.upper()])   from another socket; made of what came
"""

from __future__ import annotations

import _socket
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic  # ours, whatever becomes of the module
from typing import Any

from ...check.lab import Lab
from ...check.peers import Script, Step, do


def udp_server(lab: Lab, *steps: Any, sock: socket.socket | None = None) -> Any:
    """The address of a UDP socket that plays the UDPScript (or its steps) until the case ends."""
    first = steps[0] if len(steps) == 1 else None
    script = first if isinstance(first, UDPScript) else UDPScript(*steps)
    return script.begin(lab, sock or lab.mailbox())


class UDPScript:
    """A UDP peer. `heard` has (data, sender) of each datagram, as soon as it has come."""

    def __init__(self, *steps: Step) -> None:
        self.steps = Script(*steps).steps
        self.heard: list[tuple[bytes, Any]] = []
        self._answered = 0

    def begin(self, lab: Lab, sock: socket.socket) -> Any:
        """Play at this socket, in a thread, until the case ends: its address."""
        self._lab, self._sock, self.address = lab, sock, sock.getsockname()
        self._bye = lab.own(socket.socket(sock.family, socket.SOCK_DGRAM))
        self._bye.bind((self.address[0], 0))
        self._goodbye = self._bye.getsockname()
        self._thread = lab.beside(self._play)
        return self.address

    def stop(self) -> None:
        """It hears no more. What was sent to it before is in `heard`."""
        with suppress(OSError):  # at the deadline all sockets were closed
            _socket.socket.sendto(self._bye, b"", self.address)  # the C method: this is not to be recorded
        self._thread.join()

    def _play(self) -> None:
        while True:
            while self._answered == len(self.heard):
                self.hear(self._lab.left)
            data, sender = self.heard[self._answered]
            step = self.steps[min(self._answered, len(self.steps) - 1)] if self.steps else None
            self._answered += 1
            do(UDPTalk(self, data, sender), step)

    def hear(self, seconds: float) -> None:
        """Wait so long for one datagram more. EOFError at the end."""
        self._sock.settimeout(max(seconds, 0.0001))
        try:
            data, sender = self._sock.recvfrom(65535)
        except (TimeoutError, ConnectionError):  # Windows tells that somebody whom it wrote to has gone
            return
        if sender in (None, self._goodbye):
            raise EOFError
        self.heard.append((data, sender))

    def say(self, data: bytes, to: Any, sock: socket.socket | None = None) -> None:
        (sock or self._sock).sendto(data, to)


class UDPTalk:
    """One datagram of a UDPScript: what a step that is a function is called with."""

    def __init__(self, script: UDPScript, data: bytes, sender: Any) -> None:
        self.script, self.data, self.sender = script, data, sender

    def say(self, data: bytes) -> None:
        self.script.say(data, self.sender)

    def think(self, seconds: float) -> None:
        last = monotonic() + seconds
        while (left := last - monotonic()) > 0:
            self.script.hear(left)


def FROM(sock: socket.socket, data: bytes) -> Callable[[UDPTalk], None]:
    """Answer from another socket."""
    return lambda talk: talk.script.say(data, talk.sender, sock)
