"""Recordings written by hand."""

from __future__ import annotations

from typing import Any

from netlab.wire import Event

CLIENT, SERVER = ("127.0.0.1", 50000), ("127.0.0.1", 8080)


class Story:
    """Events one after the other, a millisecond apart."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, thread: int, call: str, socket: int, **fields: Any) -> Event:
        time = fields.pop("time", len(self.events) / 1000 + 0.001)
        started = fields.pop("started", time - 0.0005)
        event = Event(time, started, fields.pop("actor", ""), call, socket, thread=thread, **fields)
        self.events.append(event)
        return event

    def send(self, thread: int, socket: int, data: bytes, **fields: Any) -> Event:
        return self.add(thread, "send", socket, asked=len(data), size=len(data), data=data, **fields)

    def recv(self, thread: int, socket: int, data: bytes, asked: int = 1024, **fields: Any) -> Event:
        return self.add(thread, "recv", socket, asked=asked, size=len(data), data=data, **fields)

    def connection(
        self, client: int, server: int, sockets: tuple[int, int, int], local: Any = CLIENT, peer: Any = SERVER
    ) -> None:
        """Threads of client and server; numbers of the client's, the listening and the accepted socket."""
        self.add(client, "connect", sockets[0], local=local, peer=peer)
        self.add(server, "accept", sockets[1], local=peer, peer=local, accepted=sockets[2])
