"""Conversations as they may happen: a server, some clients, and a kernel that keeps queues and bytes."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st

from netlab.wire import Recording

from .stories import SERVER, Story


class _Connection:
    def __init__(self, number: int) -> None:
        self.client, self.server = 2 + 2 * number, 3 + 2 * number
        self.name = "client" if number == 0 else f"client {number + 1}"
        self.address = ("127.0.0.1", 50001 + number)
        self.lane = "server"
        self.state = "new"  # then "queued", "accepted"
        self.closed: set[str] = set()
        self.on_the_way = {"client": 0, "server": 0}  # bytes for that side
        self.reset = False


class Conversations(Story):
    """A story in which each step is possible or does nothing."""

    def __init__(self, clients: int, *, lanes: bool) -> None:
        super().__init__()
        self.listen()
        self.lanes, self.listening = lanes, True
        self.queue: list[_Connection] = []
        self.connections = [_Connection(i) for i in range(clients)]
        self.accepted = 0

    def step(self, what: str, which: int, amount: int) -> None:
        one = self.connections[which % len(self.connections)]
        if what == "wait":
            self.wait(amount)
        elif what in ("accept", "stop", "connect"):
            if self.listening:
                getattr(self, f"_{what}")(one)
        elif one.state != "new":
            side, _, deed = what.partition(" ")
            self._act(one, side, deed, amount)

    def _stop(self, one: _Connection) -> None:
        self.call("server", "close", 1)
        self.listening = False
        for each in self.queue:
            each.reset = True

    def _connect(self, one: _Connection) -> None:
        if one.state == "new":
            one.state = "queued"
            self.queue.append(one)
            self.connect(one.name, one.client, one.address)

    def _accept(self, one: _Connection) -> None:
        if self.queue:
            one = self.queue.pop(0)
            self.accepted += 1
            one.state = "accepted"
            one.lane = f"server · connection {self.accepted}" if self.lanes else "server"
            self.accept(one.server, one.address)

    def _act(self, one: _Connection, side: str, deed: str, amount: int) -> None:
        other = "server" if side == "client" else "client"
        if side in one.closed or (side == "server" and one.state != "accepted"):
            return
        actor, socket = (one.name, one.client) if side == "client" else (one.lane, one.server)
        here, there = (one.address, SERVER) if side == "client" else (SERVER, one.address)
        ends: dict[str, Any] = {"local": here, "peer": there}
        if deed == "close":
            one.closed.add(side)
            one.reset |= one.on_the_way[side] > 0
            self.call(actor, "close", socket, local=here)
        elif one.reset:
            name = "recv" if deed == "recv" else "send"
            self.call(actor, name, socket, asked=amount, error="ConnectionResetError: reset", **ends)
        elif deed == "send":
            self.send(b"x" * amount, actor, socket, **ends)
            one.on_the_way[other] += amount
            one.reset |= other in one.closed
        elif one.on_the_way[side] or other in one.closed:
            size = min(amount, one.on_the_way[side])
            one.on_the_way[side] -= size
            self.recv(b"x" * size, actor, socket, asked=amount, **ends)


_DEEDS = ["accept", "connect", "connect", "wait", "stop"]
_DEEDS += [
    f"{side} {deed}" for side in ("client", "server") for deed in ("send", "recv", "send", "recv", "close")
]


@st.composite
def conversations(draw: Any, least: int = 0) -> Recording:
    """Recordings of one to four clients of a server that may serve each connection in a lane of its own."""
    story = Conversations(draw(st.integers(1, 4)), lanes=draw(st.booleans()))
    step = st.tuples(st.sampled_from(_DEEDS), st.integers(0, 3), st.sampled_from([1, 4, 30, 2000]))
    for what, which, amount in [
        ("connect", 0, 0),
        ("accept", 0, 0),
        *draw(st.lists(step, min_size=least, max_size=40)),
    ]:
        story.step(what, which, amount)
    return story.recording()
