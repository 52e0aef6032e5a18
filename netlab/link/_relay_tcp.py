"""TCP in the child process of a relay: a stream is cut into pieces, and each piece meets the weather."""

from __future__ import annotations

import socket
import struct
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from time import monotonic
from typing import Any

from ._log import NONE, TIME, Log
from ._relay_shape import Shape
from .model import LinkState

CONNECTIONS = 100  # at once, with two descriptors each (macOS allows 256); more wait until one has ended
WAITING = 1 << 20  # bytes on the way in one direction of a connection; then its sender has to wait
READ = 1 << 18  # bytes read at once
LARGEST = 65535  # bytes of a piece that meets weather
STEP = 0.005  # seconds that one piece may take at the link's rate: shorter ones make a smoother stream
FULL = 0.5  # seconds of bytes at the link's rate that wait before the sender has to
GAP = 0.001  # seconds between slices
FIRST = 64  # bytes of each piece that are recorded
DUE = 8  # where the due time stands in an entry of the log
PIECE = struct.Struct("=IIB")  # connection, bytes, what; the first bytes follow
DATA, END, RESET = range(3)
LINGER = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)  # close by RST


class Piece:
    __slots__ = ("data", "due", "start", "what")

    def __init__(self, due: float, what: int, data: bytes | memoryview, start: int) -> None:
        self.due, self.what, self.data, self.start = due, what, data, start


class Streams:
    """All connections. `weather` and `shapes` are [back, out], so that a direction is an index."""

    def __init__(
        self, host: str, target: Any, log: Log, weather: list[LinkState], shapes: list[Shape]
    ) -> None:
        self.family, self.target = (socket.AF_INET6 if ":" in host else socket.AF_INET), target
        self.log, self.weather, self.shapes = log, weather, shapes
        self.listener = socket.create_server((host, 0), family=self.family, backlog=128)
        self.listener.setblocking(False)
        self.address = self.listener.getsockname()
        self.reading: dict[int, Callable[[], None]] = {self.listener.fileno(): self.accept}
        self.writing: dict[int, Callable[[], None]] = {}
        self.heap: list[tuple[float, int, Direction]] = []  # when to look at a direction again
        self.number = self.accepted = 0
        self.connections: set[Connection] = set()
        self.buffer = memoryview(bytearray(READ))
        self.changed()

    def changed(self) -> None:
        """The weather or the shapes are others now."""
        self.plain = [
            state.link.delay == 0 and state.link.rate is None and shape == Shape()
            for state, shape in zip(self.weather, self.shapes)
        ]
        self.limits = [
            WAITING if link.rate is None else min(WAITING, int(link.rate / 8 * (link.delay + FULL)))
            for link in (state.link for state in self.weather)
        ]

    def change(self, shapes: list[Shape]) -> None:
        old, self.shapes[:] = list(self.shapes), shapes
        self.changed()
        for connection in list(self.connections):
            for direction in connection.directions:
                if connection.open and old[direction.out] != shapes[direction.out]:
                    direction.begin()

    def wait(self) -> float | None:
        return max(self.heap[0][0] - monotonic(), 0.0) if self.heap else None

    def due(self) -> None:
        heap = self.heap
        while heap and heap[0][0] <= monotonic():
            heappop(heap)[2].wake()

    def tick(self) -> None: ...

    def missed(self) -> int:
        return 0

    def accept(self) -> None:
        with suppress(OSError):  # it is gone again, or there is no descriptor left
            client, _ = self.listener.accept()
            self.accepted += 1
            Connection(self, client, self.accepted)


class Connection:
    def __init__(self, streams: Streams, client: socket.socket, number: int) -> None:
        self.streams, self.number, self.client, self.open = streams, number, client, False
        self.server = socket.socket(streams.family, socket.SOCK_STREAM)
        for sock in (client, self.server):
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.directions = (
            Direction(streams, self, False, self.server, client),
            Direction(streams, self, True, client, self.server),
        )
        streams.connections.add(self)
        if len(streams.connections) >= CONNECTIONS:
            del streams.reading[streams.listener.fileno()]
        self.server.connect_ex(streams.target)
        streams.writing[self.server.fileno()] = self.connected

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
            direction.gathered.clear()
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

    def __init__(
        self, streams: Streams, connection: Connection, out: bool, source: socket.socket, sink: socket.socket
    ) -> None:
        self.streams, self.connection, self.out = streams, connection, out
        self.source, self.sink, self.log = source, sink, streams.log
        self.queue: deque[Piece] = deque()
        self.gathered, self.until = bytearray(), 0.0  # bytes that merge holds together, and how long
        self.waiting = 0  # bytes in the queue
        self.passed = 0  # bytes since the shape was set
        self.not_before = self.last = 0.0  # when the next piece may come out; when the last one does
        self.opened = 0.0  # when the sink last took bytes again
        self.armed = float("inf")  # when the heap will wake this direction
        self.done = False  # no more is read
        self.ended = False  # its end was passed on

    def begin(self) -> None:
        """Start, or start counting again because the shape is another one."""
        now, shape = monotonic(), self.streams.shapes[self.out]
        if self.not_before > now:  # what a stall kept back
            for piece in self.queue:
                piece.due = min(piece.due, now + self.streams.weather[self.out].link.delay)
        self.passed, self.not_before, self.last = 0, now, max([now, *(piece.due for piece in self.queue)])
        if shape.stall and shape.stall[0] == 0:
            self.not_before = now + shape.stall[1]
        if shape.reset_after == 0 and not self.done:
            self.put(RESET, b"", now, now)
        self.wake()

    def read(self) -> None:
        streams, buffer = self.streams, self.streams.buffer
        try:
            size = self.source.recv_into(buffer, min(READ, streams.limits[self.out] - self.waiting + 1))
        except BlockingIOError:
            return
        except OSError:
            size = -1
        now = monotonic()
        if size > 0 and streams.plain[self.out] and not self.queue and not self.gathered:
            self.put(DATA, buffer[:size], now, now)
            self.flush()
        elif size > 0:
            if not self.gathered:
                self.until = now + (streams.shapes[self.out].merge or 0.0)
            self.gathered += buffer[:size]
            self.wake()
        else:
            self.admit(now)
            due = max(now + streams.weather[self.out].link.delay, self.last, self.not_before)
            slow = streams.shapes[self.out].slow_close or 0.0
            self.put(RESET if size < 0 else END, b"", now, due if size < 0 else due + slow)
            self.wake()

    def put(self, what: int, data: bytes | memoryview, now: float, due: float, queued: float = 0.0) -> None:
        head = PIECE.pack(self.connection.number, len(data), what) + data[:FIRST]
        self.queue.append(Piece(due, what, data, self.log.add(head, self.out, "delivered", now, due, queued)))
        self.waiting += len(data)
        self.last = due
        self.done = self.done or what != DATA

    def admit(self, now: float) -> None:
        """Give what was gathered to the link, in pieces."""
        state, shape = self.streams.weather[self.out], self.streams.shapes[self.out]
        data, self.gathered = bytes(self.gathered), bytearray()
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
        if self.gathered and (now >= self.until or len(self.gathered) >= self.streams.limits[self.out]):
            self.admit(now)
        if self.sink.fileno() not in self.streams.writing:
            self.flush()
        if self.sink.fileno() == -1:
            return
        self.listen()
        times = [self.until] if self.gathered else []
        if self.queue and self.sink.fileno() not in self.streams.writing:
            times.append(self.queue[0].due)
        if times and (min(times) < self.armed or self.armed <= now):
            self.armed = min(times)
            self.streams.number += 1
            heappush(self.streams.heap, (self.armed, self.streams.number, self))

    def listen(self) -> None:
        """Read on, or let the sender wait."""
        if self.done or self.waiting > self.streams.limits[self.out]:
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
            if piece.start and piece.due < self.opened:  # the receiver made it late, not we
                TIME.pack_into(log.memory, piece.start + DUE, NONE)
            log.deliver(piece.start, 0, monotonic())
            if piece.what == END:
                with suppress(OSError):  # it may be gone
                    self.sink.shutdown(socket.SHUT_WR)
                self.ended = True
            if piece.what == RESET or all(direction.ended for direction in self.connection.directions):
                self.connection.close(reset=piece.what == RESET)

    def unblock(self) -> None:
        """The sink takes bytes again."""
        del self.streams.writing[self.sink.fileno()]
        self.opened = monotonic()
        self.armed = float("inf")
        self.wake()
