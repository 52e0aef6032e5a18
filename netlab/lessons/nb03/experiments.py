"""Experiments of notebook 03 that count and wait more than they talk."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from ...view.kit import Picture
from ...wire import PacketEvent, tcp_info
from .buffers import queues
from .pictures.byte_rulers import byte_ruler

Ends = tuple[socket.socket, socket.socket]


def pipe() -> Ends:
    """The two ends of a new connection on this machine: client, server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


def far_pipe(path: Any, **buffers: int) -> Ends:
    """Like pipe(), over the line of a kernel path. `buffers` are those of path.listen() and path.socket()."""
    with path.listen(**buffers) as listener:
        client = path.socket(**buffers)
        client.connect((path.far, listener.getsockname()[1]))
        return client, listener.accept()[0]


def wait_for(sock: socket.socket, count: int) -> None:
    """Wait until `count` bytes lie ready for recv. Take none."""
    while len(sock.recv(count, socket.MSG_PEEK)) < count:
        time.sleep(0.001)


def sent_sizes(packets: Sequence[PacketEvent]) -> list[int]:
    """The bytes of yours in each segment that the client sent; segments without any are left out."""
    return [len(p.packet.payload) for p in packets if p.direction == "out" and p.packet.payload]


def fill(ends: Ends) -> int:
    """How many bytes the two kernels take while nobody reads. Closes both ends."""
    client, server = ends
    with client, server:
        client.setblocking(False)
        given = 0
        try:
            while True:
                given += client.send(bytes(65536))
        except BlockingIOError:
            return given


def in_the_pipe(client: socket.socket, server: socket.socket) -> tuple[int, int]:
    """The bytes that lie in the two kernels, on the way there and on the way back.

    NotOnThisSystem where the kernel does not tell.
    """
    here, there = queues(client), queues(server)
    return here.unsent + there.unread, there.unsent + here.unread


def stopped_reader(path: Any) -> dict[str, Any]:
    """A writer goes on writing, and the reader begins to read when the window has been closed for a while.

    Returns the bytes that send() took and recv() gave, when the reader began (s), and a story: rows of
    time (s), unsent and unread bytes, and the window that the writer's kernel knows (bytes).
    """
    client, server = far_pipe(path, send_buffer=4096, receive_buffer=4096)
    with client, server:
        client.setblocking(False)
        story: list[tuple[float, int, int, int]] = []
        given = taken = closed_for = 0
        full_at = read_at = None
        begun = time.monotonic()
        while not given or taken < given:
            now = round(time.monotonic() - begun, 3)
            if closed_for > 10 or len(story) > 110:
                read_at = read_at if read_at is not None else now
                taken += len(server.recv(1500))
            else:
                try:
                    given += client.send(bytes(2000))
                except BlockingIOError:
                    full_at = full_at if full_at is not None else now
            window = tcp_info(client).send_window or 0
            closed_for += window == 0
            story.append((now, queues(client).unsent, queues(server).unread, window))
            time.sleep(0.01)
    return {"given": given, "taken": taken, "full_at": full_at, "read_at": read_at, "story": story}


def share_split(size: int, piece: int, count: int = 100, *, dice: random.Random) -> float:
    """The share of `count` messages of `size` bytes that recv(piece) cuts, in a stream that is full.

    Each message stands at a random place, behind a gap of 0 to piece - 1 bytes.
    """
    stream, starts = bytearray(), []
    for _ in range(count):
        stream += bytes(dice.randrange(piece))
        starts.append(len(stream))
        stream += b"x" * size
    client, server = pipe()
    with client, server:
        client.sendall(stream)
        wait_for(server, len(stream))
        cuts, position = set(), 0
        while position < len(stream):
            position += len(server.recv(piece))
            cuts.add(position)
    return sum(any(cut in cuts for cut in range(s + 1, s + size)) for s in starts) / count


FLIGHT = 2500  # bytes that each connection of flights() gives to its kernel


def flights(path: Any) -> int:
    """24 connections with receive buffers of many sizes; each gives its kernel FLIGHT bytes at once.

    Returns how many kernels took all of them.
    """
    with ExitStack() as stack:
        pairs = []
        for number in range(24):
            listener = stack.enter_context(path.listen(receive_buffer=1200 + 180 * number))
            client = stack.enter_context(path.socket())
            client.setblocking(False)
            client.connect_ex((path.far, listener.getsockname()[1]))
            pairs.append((listener, client))
        accepted = [stack.enter_context(listener.accept()[0]) for listener, _ in pairs]
        given = [client.send(bytes(FLIGHT)) for _, client in pairs]
        for conn in accepted:
            wait_for(conn, 1)
    return given.count(FLIGHT)


def first_flights(packets: Sequence[PacketEvent]) -> list[tuple[int, int]]:
    """For each connection the window in its SYN-ACK, and the bytes that left before any was acknowledged."""
    by_port: dict[int, list[PacketEvent]] = {}
    for p in packets:
        tcp = p.packet.tcp
        assert tcp is not None
        # A client's port can be given twice; each connection has a listener of its own.
        port = tcp.destination_port if p.direction == "out" else tcp.source_port
        by_port.setdefault(port, []).append(p)
    found = []
    for mine in by_port.values():
        syn_ack, first_ack = [p for p in mine if p.direction == "back"][:2]
        assert syn_ack.packet.tcp is not None and first_ack.delivered is not None
        out = [p for p in mine if p.direction == "out" and p.sent < first_ack.delivered]
        found.append((syn_ack.packet.tcp.window, sum(len(p.packet.payload) for p in out)))
    return sorted(found)


def six_messages(message_size: int = 10, recv_size: int = 16, slice: int = 0) -> Picture:
    """Six messages of `message_size` bytes, read with recv(recv_size), as a byte ruler.

    With `slice` 0 all bytes have arrived before the first recv; else a relay hands over so many at a time.
    """
    from ... import link, servers

    sent = [bytes([65 + n]) * message_size for n in range(6)]

    def talk(conn: socket.socket, address: Any) -> None:
        for message in sent:
            conn.send(message)

    def read(address: Any) -> list[bytes]:
        received: list[bytes] = []
        with socket.create_connection(address) as client:
            if not slice:
                wait_for(client, 6 * message_size)
            while not received or received[-1]:
                received.append(client.recv(recv_size))
        return received

    with servers.serve(talk) as server:
        if not slice:
            return byte_ruler((sent, read(server.address)))
        with link.relay(server.address, slice=slice, only="back") as relay:
            return byte_ruler((sent, read(relay.address)), relay.pieces)
