"""UDP in the child process of a relay: every datagram meets the weather.

Each datagram carries the IP and UDP headers with which the client sees it, as the packets of a kernel path
do; relaying.py fills in their lengths and checksums.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

from ._courier import BATCH, Courier
from ._log import Log
from ._weather import Both
from .model import LinkState

CLIENTS = 200  # at once; one more takes the place of the one that was silent for longest
BUFFER = 4 << 20  # bytes asked of the system for each socket's buffers; it may give less
UDP = 17


class Client:
    """One client, and the socket with which the relay speaks to the server for it."""

    def __init__(self, upstream: socket.socket, out: bytes, back: bytes) -> None:
        self.upstream, self.headers, self.used = upstream, Both(out, back), monotonic()


class Datagrams(Courier):
    """Decides each datagram and passes it on."""

    def __init__(self, log: Log, weather: Both[LinkState], host: str, target: Any) -> None:
        super().__init__(log, weather)
        self.family, self.target = (socket.AF_INET6 if ":" in host else socket.AF_INET), target
        self.listener = self.open((host, 0))
        self.ready = self.address = self.listener.getsockname()
        self.header = 48 if self.family == socket.AF_INET6 else 28
        self.clients: dict[Any, Client] = {}
        self.onward: dict[bytes, Callable[[bytes], int]] = {}  # headers -> how such a datagram is passed on
        self.reading[self.listener.fileno()] = self.take

    def open(self, address: Any, *, connect: bool = False) -> socket.socket:
        sock = socket.socket(self.family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        (sock.connect if connect else sock.bind)(address)
        return sock

    def client(self, address: Any) -> Client:
        """The client with this address; a new one takes the place of the oldest if there are too many."""
        if known := self.clients.get(address):
            return known
        if len(self.clients) >= CLIENTS:
            self.forget(min(self.clients, key=lambda each: self.clients[each].used))
        upstream = self.open(self.target, connect=True)
        out, back = headers(address, self.address), headers(self.address, address)
        self.onward[out] = upstream.send
        self.onward[back] = lambda data: self.listener.sendto(data, address)
        self.reading[upstream.fileno()] = partial(self.take_back, client := Client(upstream, out, back))
        self.clients[address] = client
        return client

    def forget(self, address: Any) -> None:
        client = self.clients.pop(address)
        del self.reading[client.upstream.fileno()]
        for header in client.headers:
            del self.onward[header]
        client.upstream.close()

    def take(self) -> None:
        """What clients have sent."""
        clients, receive = self.clients, self.listener.recvfrom
        for _ in range(BATCH):
            try:
                data, address = receive(65535)
                client = clients.get(address) or self.client(address)
            except BlockingIOError:
                return
            except OSError:  # Windows says that an answer was refused; or there is no descriptor left
                continue
            self.decide_datagram(client, True, data)

    def take_back(self, client: Client) -> None:
        """What the server has answered to one client."""
        for _ in range(BATCH):
            try:
                data = client.upstream.recv(65535)
            except BlockingIOError:
                return
            except OSError:  # nobody listens there
                continue
            self.decide_datagram(client, False, data)

    def decide_datagram(self, client: Client, out: bool, data: bytes) -> None:
        now = client.used = monotonic()
        packet = client.headers.of(out) + data
        if self.held is not None:
            self.keep(now, out, packet, packet)
            return
        fate = self.weather.of(out).admit(now, len(packet))
        if fate.flip is not None:  # real headers have a checksum: turn a bit of the data, if there is one
            bit = self.header * 8 + fate.flip * len(data) // len(packet)
            fate = fate._replace(flip=bit) if data else fate._replace(flip=None, kind="delivered")
        self.send(now, out, fate, packet, packet)
        if self.heap and self.heap[0][0] <= now:
            self.due()

    def deliver(self, now: float, packet: bytes, start: int, copy: int = 0) -> None:
        onward = self.onward.get(packet[: self.header])
        if onward is not None:
            self.log.deliver(start, copy, now)
            try:
                onward(packet[self.header :])
            except OSError:
                pass  # nobody listens there any more; UDP tells no sender for sure

    def missed(self) -> int:
        if not sys.platform.startswith("linux"):  # only Linux tells
            return 0
        ours = [self.listener, *(client.upstream for client in self.clients.values())]
        ports = {sock.getsockname()[1] for sock in ours}
        with open("/proc/net/udp6" if self.family == socket.AF_INET6 else "/proc/net/udp") as table:
            rows = [line.split() for line in table][1:]
        return sum(int(row[-1]) for row in rows if int(row[1].rpartition(":")[2], 16) in ports)


def headers(source: Any, destination: Any) -> bytes:
    """IP and UDP headers (RFC 791, RFC 8200, RFC 768) without lengths and checksums."""
    version = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    ends = [socket.inet_pton(version, end[0].partition("%")[0]) for end in (source, destination)]
    ports = struct.pack("!HHHH", source[1], destination[1], 0, 0)
    if version == socket.AF_INET6:
        return b"".join([struct.pack("!IHBB", 6 << 28, 0, UDP, 64), *ends, ports])
    return b"".join([struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0x4000, 64, UDP, 0), *ends, ports])
