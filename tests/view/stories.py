"""Recordings made by hand, each with one thing to tell. Times are milliseconds."""

from __future__ import annotations

from collections import Counter
from typing import Any

from netlab.wire import Event, Recording
from netlab.wire.events import Snapshot

CLIENT, CLIENT_2, SERVER = ("127.0.0.1", 50001), ("127.0.0.1", 50002), ("127.0.0.1", 40000)
ELSEWHERE = ("127.0.0.2", SERVER[1])  # another host


class _Ended:
    """A tape that has ended with calls still waiting."""

    dropped = 0

    def __init__(self, events: list[Event], pending: list[Event]) -> None:
        self.errors: Counter[str] = Counter()
        self.snapshot = Snapshot(events, pending)

    def now(self) -> float:
        return 1.0

    def version(self) -> int:
        return 1

    def read(self) -> Snapshot:
        return self.snapshot


class Story:
    """Events in the order in which they are told; every call takes 0.02 ms unless it began earlier."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.pending: list[Event] = []
        self.now = 0.0

    def call(self, actor: str, call: str, socket: int, *, began: float | None = None, **known: Any) -> Event:
        self.now += 0.1
        started = self.now - 0.02 if began is None else began
        event = Event(
            time=self.now / 1000, started=started / 1000, actor=actor, call=call, socket=socket, **known
        )
        self.events.append(event)
        return event

    def wait(self, ms: float) -> Story:
        self.now += ms
        return self

    def hangs(self, actor: str, call: str, socket: int, **known: Any) -> Story:
        known.setdefault("time", (self.now + 500) / 1000)
        self.pending.append(Event(started=self.now / 1000, actor=actor, call=call, socket=socket, **known))
        return self

    def listen(self, backlog: int = 5) -> Story:
        for call in ("socket", "bind", "listen"):
            asked = backlog if call == "listen" else None
            self.call("server", call, 1, asked=asked, local=None if call == "socket" else SERVER)
        return self

    def connect(self, actor: str = "client", socket: int = 2, local: Any = CLIENT, **known: Any) -> Story:
        self.call(actor, "connect", socket, local=local, peer=SERVER, **known)
        return self

    def accept(self, accepted: int = 3, peer: Any = CLIENT, began: float | None = None) -> Story:
        self.call("server", "accept", 1, began=began, local=SERVER, peer=peer, accepted=accepted)
        return self

    def conversation(self) -> Story:
        return self.listen().connect().accept()

    def send(
        self, data: bytes, actor: str = "client", socket: int = 2, call: str = "send", **known: Any
    ) -> Story:
        ends = {"local": CLIENT, "peer": SERVER} if actor == "client" else {"local": SERVER, "peer": CLIENT}
        known = {"asked": len(data), "size": len(data), "data": data[:64], **ends, **known}
        self.call(actor, call, socket, **known)
        return self

    def recv(
        self, data: bytes, actor: str = "server", socket: int = 3, asked: int = 1024, **known: Any
    ) -> Story:
        ends = {"local": CLIENT, "peer": SERVER} if actor == "client" else {"local": SERVER, "peer": CLIENT}
        known = {"call": "recv", "size": len(data), "data": data[:64], **ends, **known}
        self.call(actor, known.pop("call"), socket, asked=asked, **known)
        return self

    def close(self, actor: str = "client", socket: int = 2) -> Story:
        self.call(actor, "close", socket)
        return self

    def recording(self) -> Recording:
        if self.pending:
            return Recording(tape=_Ended(self.events, self.pending))
        return Recording(self.events)


def echo() -> Recording:
    story = Story().conversation().send(b"hello").recv(b"hello")
    return story.send(b"hello", "server", 3).recv(b"hello", "client", 2).close().recv(b"").recording()


def three_sends_one_recv() -> Recording:
    story = Story().conversation().send(b"one").send(b"two").send(b"three").wait(20)
    return story.recv(b"onetwothree").recording()


def one_send_four_recvs() -> Recording:
    story = Story().conversation().send(b"abcdefghij", call="sendall")
    for piece in (b"abcd", b"efgh", b"i", b"j"):
        story.recv(piece, asked=4)
    return story.recording()


def refused() -> Recording:
    story = Story()
    story.call("client", "socket", 2)
    return story.connect(error="ConnectionRefusedError: nobody").recording()


def timed_out() -> Recording:
    story = Story().conversation().send(b"hello?").recv(b"hello?")
    began = story.now
    story.wait(200).call("client", "recv", 2, began=began, asked=1024, error="TimeoutError: timed out")
    return story.recording()


def udp_with_a_loss() -> Recording:
    story = Story()
    story.call("server", "socket", 1, stream=False)
    story.call("server", "bind", 1, local=SERVER, stream=False)
    for data, arrives in ((b"first", True), (b"second", False), (b"third", True)):
        story.send(data, call="sendto", stream=False)
        if arrives:
            story.recv(data, socket=1, call="recvfrom", stream=False)
            story.send(data, "server", 1, call="sendto", stream=False)
            story.recv(data, "client", 2, call="recvfrom", stream=False)
    return story.recording()


def megabyte(piece: int = 65536) -> Recording:
    """Echo of 1 000 000 bytes; `piece` is what one recv of the server happens to take."""
    whole, story = 1_000_000, Story().conversation()
    story.send(b"x" * whole, call="sendall")
    for size in [piece] * (whole // piece) + [whole % piece]:
        story.recv(b"x" * size, asked=65536).send(b"x" * size, "server", 3, call="sendall")
    for size in [60000] * 16 + [40000]:
        story.recv(b"x" * size, "client", 2, asked=65536)
    return story.recording()


def drip(n: int = 60) -> Recording:
    story = Story().conversation()
    for i in range(n):
        story.send(bytes([65 + i % 26])).recv(bytes([65 + i % 26]))
    return story.recording()


def sequential_server() -> Recording:
    story = Story().conversation().connect("client 2", 4, CLIENT_2)
    story.send(b"me too", "client 2", 4, local=CLIENT_2)
    story.send(b"hello").recv(b"hello").send(b"hello", "server", 3).recv(b"hello", "client", 2)
    story.close().recv(b"").close("server", 3).accept(5, CLIENT_2)
    story.recv(b"me too", socket=5, peer=CLIENT_2).send(b"me too", "server", 5, peer=CLIENT_2)
    return story.recv(b"me too", "client 2", 4, local=CLIENT_2).recording()


def crowd(clients: int = 5) -> Recording:
    story = Story().listen()
    for i in range(clients):
        name, local = f"client {i + 1}" if i else "client", ("127.0.0.1", 50001 + i)
        lane, ends = f"server · connection {i + 1}", {"local": SERVER, "peer": local}
        story.connect(name, 10 + 2 * i, local).accept(11 + 2 * i, local)
        story.send(b"hello", name, 10 + 2 * i, local=local, peer=SERVER).recv(
            b"hello", lane, 11 + 2 * i, **ends
        )
        story.send(b"hello", lane, 11 + 2 * i, **ends).recv(
            b"hello", name, 10 + 2 * i, local=local, peer=SERVER
        )
    return story.recording()


def both_wait() -> Recording:
    story = Story().conversation()
    return story.hangs("client", "recv", 2, asked=1024).hangs("server", "recv", 3, asked=1024).recording()


def nobody_accepts() -> Recording:
    return Story().listen(1).connect().connect("client 2", 4, CLIENT_2).recording()


def reset() -> Recording:
    story = Story().conversation().send(b"first").send(b"second").recv(b"fir", asked=3).close("server", 3)
    story.call(
        "client", "recv", 2, asked=1024, error="ConnectionResetError: reset", local=CLIENT, peer=SERVER
    )
    story.call("client", "send", 2, asked=5, error="BrokenPipeError: broken", local=CLIENT, peer=SERVER)
    return story.recording()


def one_is_never_accepted() -> Recording:
    """Two clients connect and speak; the server hears the first one and goes."""
    story = Story().listen().connect().connect("client 2", 4, CLIENT_2)
    story.send(b"Anna").send(b"Bert", "client 2", 4, local=CLIENT_2)
    story.accept().recv(b"Anna").close("server", 3).close("server", 1).recv(b"", "client", 2)
    story.call("client 2", "recv", 4, asked=1024, error="ConnectionResetError: reset", local=CLIENT_2)
    return story.recording()


def one_side() -> Recording:
    story = (
        Story().connect().send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").recv(b"HTTP/1.1 200 OK\r\n", "client", 2)
    )
    return story.recv(b"", "client", 2).close().recording()


def socketpair() -> Recording:
    story = Story()
    story.call("end 1", "socketpair", 1, accepted=2)
    story.send(b"hi", "end 1", 1, local=None, peer=None).recv(b"hi", "end 2", 2, local=None, peer=None)
    return story.recording()


ALL = {
    f.__name__: f
    for f in (
        echo, three_sends_one_recv, one_send_four_recvs, refused, timed_out, udp_with_a_loss, megabyte, drip,
        sequential_server, crowd, both_wait, nobody_accepts, reset, one_is_never_accepted, one_side,
        socketpair,
    )
}  # fmt: skip
