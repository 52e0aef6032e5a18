"""TCP in the child process of a relay: a stream is cut into pieces, and each piece meets the weather.

Rules
  - Bytes come out whole, in order, never before they are due. The end of a stream comes after its last byte.
  - Nothing here blocks. A receiver that does not read makes its sender wait, as without a relay.
  - A reset, or a server that refuses, resets the other side. What was on its way may be lost, as in TCP.

How it works
  A client's connection is a Connection: its socket, a socket to the server, and a Direction for each way.
  What a Direction reads from its source becomes Pieces: bytes, the end, or a reset, each with the time when
  it is due. They wait in a queue, and flush() gives them to the sink. Times in a queue never go back: a piece
  is due no earlier than the one before (`last`), nor before `not_before`, which a stall or a slice moves.

  Three things wake a Direction. The source can be read: read() takes bytes, and admit() cuts them and asks
  the link when each piece is due; it cuts where a shape wants something to happen, so that "after 100 bytes"
  is exact. Something is due: Streams takes it from its heap and calls wake(). The sink was full, and takes
  bytes again: unblock().

  Back pressure: a Direction with more than `limit` bytes waiting does not read its source. The system's
  buffers fill, and TCP tells the sender. `limit` is what the link's delay and half a second of its rate hold.

  Without weather and shape (`plain`) what was read is sent on at once: no copy, no heap. A piece that the
  sink made late has no due time in the recording, so that lateness is the relay's own.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from time import monotonic
from typing import Any

from ._courier import Carrier
from ._log import DATA, END, PIECE, RESET, Log
from ._weather import Both, Shape
from .model import Link, LinkState

CONNECTIONS = 100  # at once, with two descriptors each (macOS allows 256); more wait until one has ended
WAITING = 1 << 20  # bytes on the way in one direction of a connection; then its sender has to wait
READ = 1 << 18  # bytes read at once
LARGEST = 65535  # bytes of a piece that meets weather
STEP = 0.005  # seconds that one piece may take at the link's rate: shorter ones make a smoother stream
FULL = 0.5  # seconds of bytes at the link's rate that wait before the sender has to
GAP = 0.001  # seconds between slices
FIRST = 64  # bytes of each piece that are recorded
LINGER = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)  # close by RST


@dataclass(slots=True)
class Piece:
    due: float
    what: int
    data: bytes | memoryview
    start: int  # of its entry in the log


class Way:
    """What one direction of every connection meets."""

    def __init__(self, out: bool, state: LinkState, shape: Shape) -> None:
        self.out, self.state = out, state
        self.set(shape)

    def set(self, shape: Shape) -> None:
        """The shape, and perhaps the weather, are others now."""
        link, self.shape = self.state.link, shape
        self.plain = link.delay == 0 and link.rate is None and self.shape == Shape()
        self.limit = WAITING if link.rate is None else min(WAITING, int(link.rate / 8 * (link.delay + FULL)))


class Streams(Carrier):
    """All connections."""

    def __init__(
        self, log: Log, weather: Both[LinkState], host: str, target: Any, shapes: Both[Shape]
    ) -> None:
        super().__init__(log, weather)
        self.family, self.target = (socket.AF_INET6 if ":" in host else socket.AF_INET), target
        self.ways = Both(Way(True, weather.out, shapes.out), Way(False, weather.back, shapes.back))
        self.listener = socket.create_server((host, 0), family=self.family, backlog=128)
        self.listener.setblocking(False)
        self.ready = self.listener.getsockname()
        self.reading[self.listener.fileno()] = self.accept
        self.accepted = 0
        self.connections: set[Connection] = set()
        self.buffer = memoryview(bytearray(READ))

    def change(self, links: Both[Link], shapes: Both[Shape]) -> None:  # type: ignore[override]
        super().change(links)
        changed = [way for way, shape in zip(self.ways, shapes, strict=True) if way.shape != shape]
        for way, shape in zip(self.ways, shapes, strict=True):
            way.set(shape)
        for connection in list(self.connections):
            for direction in connection.directions:
                if connection.open and direction.way in changed:
                    direction.begin()

    def due(self) -> None:
        heap = self.heap
        while heap and heap[0][0] <= monotonic():
            heappop(heap)[2].wake()

    def accept(self) -> None:
        with suppress(OSError):  # it is gone again, or there is no descriptor left
            client, _ = self.listener.accept()
            self.accepted += 1
            Connection(self, client, self.accepted)


class Connection:
    def __init__(self, streams: Streams, client: socket.socket, number: int) -> None:
        self.streams, self.number, self.client, self.open = streams, number, client, False
        self.server = server = socket.socket(streams.family, socket.SOCK_STREAM)
        for sock in (client, server):
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways, out, back = streams.ways, (client, server), (server, client)
        self.directions = Both(Direction(self, ways.out, *out), Direction(self, ways.back, *back))
        streams.connections.add(self)
        if len(streams.connections) >= CONNECTIONS:
            del streams.reading[streams.listener.fileno()]
        server.connect_ex(streams.target)
        streams.writing[server.fileno()] = self.connected

    def connected(self) -> None:
        """Connected to the server, or refused: then the client sees a reset."""
        del self.streams.writing[self.server.fileno()]
        if self.server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.close(reset=True)
            return
        self.open = True
        for direction in self.directions:
            direction.begin()

    def close(self, *, reset: bool = False) -> None:
        streams = self.streams
        for direction in self.directions:
            direction.queue.clear()
        for sock in (self.client, self.server):
            if sock.fileno() != -1:
                streams.reading.pop(sock.fileno(), None)
                streams.writing.pop(sock.fileno(), None)
                if reset:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
                sock.close()
        streams.connections.discard(self)
        streams.reading[streams.listener.fileno()] = streams.accept


class Direction:
    """One direction of a connection: what was read from `source` goes to `sink`, in order."""

    def __init__(self, connection: Connection, way: Way, source: socket.socket, sink: socket.socket) -> None:
        self.connection, self.streams, self.log = connection, connection.streams, connection.streams.log
        self.way, self.source, self.sink = way, source, sink
        self.queue: deque[Piece] = deque()
        self.waiting = 0  # bytes in the queue
        self.passed = 0  # bytes since the shape was set
        self.not_before = self.last = 0.0  # when the next piece may come out; when the last one does
        self.opened = 0.0  # when the sink last took bytes again
        self.armed = float("inf")  # when the heap will wake this direction
        self.done = False  # no more is read
        self.ended = False  # its end was passed on

    def begin(self) -> None:
        """Start, or start counting again because the shape is another one."""
        now, shape = monotonic(), self.way.shape
        if self.not_before > now:  # what a stall kept back
            for piece in self.queue:
                piece.due = min(piece.due, now + self.way.state.link.delay)
        self.passed, self.not_before, self.last = 0, now, max([now, *(piece.due for piece in self.queue)])
        if shape.stall and shape.stall[0] == 0:
            self.not_before = now + shape.stall[1]
        if shape.reset_after == 0 and not self.done:
            self.put(RESET, b"", now, now)
        self.wake()

    def read(self) -> None:
        buffer, way = self.streams.buffer, self.way
        try:
            size = self.source.recv_into(buffer, min(READ, way.limit - self.waiting + 1))
        except BlockingIOError:
            return
        except OSError:
            size = -1
        now = monotonic()
        if size > 0 and way.plain and not self.queue:
            self.put(DATA, buffer[:size], now, now)
            self.flush()
        elif size > 0:
            self.admit(now, bytes(buffer[:size]))
            self.wake()
        else:
            due = max(now + way.state.link.delay, self.last, self.not_before)
            self.put(RESET if size < 0 else END, b"", now, due)
            self.wake()

    def put(self, what: int, data: bytes | memoryview, now: float, due: float, queued: float = 0.0) -> None:
        head = PIECE.pack(self.connection.number, len(data), what) + data[:FIRST]
        start = self.log.add(head, self.way.out, "delivered", now, due, queued)
        self.queue.append(Piece(due, what, data, start))
        self.waiting += len(data)
        self.last = due
        self.done = self.done or what != DATA

    def admit(self, now: float, data: bytes) -> None:
        """Give what was read to the link, in pieces."""
        state, shape = self.way.state, self.way.shape
        most = shape.slice or LARGEST
        if state.link.rate is not None:
            most = min(most, max(int(state.link.rate * STEP / 8), 1))
        turns = [n for n in (shape.reset_after, shape.stall and shape.stall[0]) if n is not None]
        at = 0
        while at < len(data) and not self.done:
            size = min([most, LARGEST, *(n - self.passed for n in turns if n > self.passed)])
            piece = data[at : at + size]
            fate = state.admit(now, len(piece))
            due = max(fate.due[0], self.not_before, self.last)
            self.put(DATA, piece, now, due, fate.queued)
            at += len(piece)
            self.passed += len(piece)
            if shape.slice:
                self.not_before = due + GAP
            if shape.stall and self.passed == shape.stall[0]:
                self.not_before = due + shape.stall[1]
            if self.passed == shape.reset_after:
                self.put(RESET, b"", now, due)

    def wake(self) -> None:
        """Do what is due now, and see to it that the rest will be done."""
        now = monotonic()
        if self.sink.fileno() not in self.streams.writing:
            self.flush()
        if self.sink.fileno() == -1:
            return
        self.listen()
        if not self.queue or self.sink.fileno() in self.streams.writing:
            return
        due = self.queue[0].due
        if due < self.armed or self.armed <= now:
            self.armed = due
            self.streams.number += 1
            heappush(self.streams.heap, (self.armed, self.streams.number, self))

    def listen(self) -> None:
        """Read on, or let the sender wait."""
        if self.done or self.waiting > self.way.limit:
            self.streams.reading.pop(self.source.fileno(), None)
        else:
            self.streams.reading[self.source.fileno()] = self.read

    def flush(self) -> None:
        queue, log = self.queue, self.log
        while queue and queue[0].due <= monotonic():
            piece = queue[0]
            if piece.what == DATA:
                try:
                    sent = self.sink.send(piece.data)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    self.connection.close(reset=True)
                    return
                self.waiting -= sent
                if sent < len(piece.data):
                    piece.data = bytes(piece.data[sent:])
                    self.streams.writing[self.sink.fileno()] = self.unblock
                    return
            queue.popleft()
            if piece.due < self.opened:
                log.excuse(piece.start)
            log.deliver(piece.start, 0, monotonic())
            if piece.what == END:
                with suppress(OSError):  # it may be gone
                    self.sink.shutdown(socket.SHUT_WR)
                self.ended = True
            if piece.what == RESET or (self.ended and all(d.ended for d in self.connection.directions)):
                self.connection.close(reset=piece.what == RESET)

    def unblock(self) -> None:
        """The sink takes bytes again."""
        del self.streams.writing[self.sink.fileno()]
        self.opened = monotonic()
        self.armed = float("inf")
        self.wake()
