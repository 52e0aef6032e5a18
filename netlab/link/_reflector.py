"""The far side of a kernel path's device: where packets meet the weather. Runs in the child process.

A packet for the far address comes out of the TUN device. It goes back in with source and destination
exchanged, after its delay or never: so one kernel is both ends. The exchange leaves every checksum right,
because a one's complement sum (RFC 1071) does not depend on the order of its words.
"""

from __future__ import annotations

import errno
import os
from heapq import heappop, heappush
from time import monotonic

from ._log import NONE, Log
from .model import Fate, LinkState

BATCH = 64  # packets taken in one go before anything else gets its turn
HELD = 10_000  # packets that may wait for a decision
HEADERS = 80  # bytes in which all that is looked at has its place
FLOWS = 100_000  # port pairs whose direction is remembered
ICMP, FRAGMENT, ICMPV6 = 1, 44, 58


class Reflector:
    """Decides each packet and gives it back. `weather` is [back, out], so that a direction is an index."""

    def __init__(self, tun: int, near: bytes, far: bytes, log: Log, weather: list[LinkState]) -> None:
        self.tun, self.far, self.log, self.weather = tun, far, log, weather
        self.exchanged = far + near  # what every packet gets as source and destination
        ipv6 = len(near) == 16
        self.source = 8 if ipv6 else 12  # where in the header the addresses are, and what follows them
        self.destination = self.source + len(near)
        self.rest = self.destination + len(near)
        self.carries = 6 if ipv6 else 9  # where the header names what it carries
        self.heap: list[tuple[float, int, bytes, int, int]] = []  # due, number, packet, log entry, copy
        self.number = 0
        self.flows: dict[bytes, bool] = {}  # protocol and ports -> out (client to server) or back?
        self.fragmented: tuple[bytes, bool] = b"", True  # identification of the last one, and its direction
        self.held: dict[int, tuple[bytes, int, bool]] | None = None  # None: the weather decides, not a person
        self.behind: tuple[list[tuple[bytes, int]], ...] = [], []
        self.on_held: list[tuple[int, float, bool, bytes]] = []  # held packets that nobody was told of yet

    def wait(self) -> float | None:
        """Seconds until the next packet is due, or None."""
        return max(self.heap[0][0] - monotonic(), 0.0) if self.heap else None

    def take(self) -> None:
        """Read what has left, decide it, and give back at once what has no delay."""
        heap, flows, far, destination, rest = self.heap, self.flows, self.far, self.destination, self.rest
        source, carries, exchanged = self.source, self.carries, self.exchanged
        for _ in range(BATCH):
            try:
                packet = os.read(self.tun, 65535)
            except BlockingIOError:
                return
            if packet[destination:rest] != far:  # what the kernel multicasts by itself
                continue
            now = monotonic()
            out = None
            # The next four bytes are the ports, unless this is IPv4 with options, or a fragment.
            if rest == 40 or (packet[0] == 0x45 and not packet[6] & 0x3F and not packet[7]):
                out = flows.get(packet[carries : carries + 1] + packet[rest : rest + 4])
            if out is None:
                out = self.direction(packet)
            back = packet[:source] + exchanged + packet[rest:]
            if packet[carries] in (ICMP, ICMPV6):
                back = self.exchange_quoted(back)
            seen = packet if out else back  # as the client sees it in both directions: one conversation
            if self.held is not None:
                self.hold(now, out, seen, back)
                continue
            fate = self.weather[out].admit(now, len(packet))
            self.send(now, out, fate, seen, back)
            if heap and heap[0][0] <= now:
                self.deliver_due()

    def send(self, now: float, out: bool, fate: Fate, seen: bytes, packet: bytes) -> None:
        due, flip = fate.due, fate.flip
        start = self.log.add(
            seen, out, fate.kind, now, due[0] if due else NONE, fate.queued, -1 if flip is None else flip
        )
        if flip is not None:
            packet = flip_bit(packet, flip)
        for copy, time in enumerate(due):
            if time <= now and not self.heap:
                self.deliver(now, packet, start, copy)
            else:
                self.number += 1
                heappush(self.heap, (time, self.number, packet, start, copy))

    def deliver_due(self) -> None:
        heap, now = self.heap, monotonic()
        while heap and heap[0][0] <= now:
            _, _, packet, start, copy = heappop(heap)
            self.deliver(now, packet, start, copy)
            now = monotonic()

    def deliver(self, now: float, packet: bytes, start: int, copy: int = 0) -> None:
        self.log.deliver(start, copy, now)
        try:
            os.write(self.tun, packet)
        except OSError as error:
            if error.errno != errno.EINVAL:  # a bit turned in the version field: no IP packet any more
                raise

    def direction(self, packet: bytes) -> bool:
        """True if it goes out, from client to server: the client is who sent the first packet of a flow."""
        packet = packet.ljust(HEADERS, b"\0")  # what an ICMP error quotes may be cut anywhere
        kind, head, offset, more, name = packet[self.carries], self.rest, 0, 0, b""
        if head == 20:  # RFC 791
            head = (packet[0] & 15) * 4
            offset, more, name = int.from_bytes(packet[6:8], "big") & 0x1FFF, packet[6] & 0x20, packet[4:6]
        elif kind == FRAGMENT:  # RFC 8200 section 4.5
            kind, head, name = packet[40], 48, packet[44:48]
            offset, more = int.from_bytes(packet[42:44], "big") >> 3, packet[43] & 1
        if offset:  # only the first fragment has the ports
            return self.fragmented[1] if name == self.fragmented[0] else True
        if kind in (ICMP, ICMPV6):
            quoted = packet[head + 8 :]
            if is_error(kind, packet[head]) and quoted:
                return not self.direction(quoted)
            return packet[head] in (8, 128)  # an echo request
        ports, protocol = packet[head : head + 4], bytes((kind,))
        out = self.flows.setdefault(protocol + ports, True)
        self.flows.setdefault(protocol + ports[2:] + ports[:2], not out)
        while len(self.flows) > FLOWS:
            del self.flows[next(iter(self.flows))]
        if more:
            self.fragmented = name, out
        return out

    def exchange_quoted(self, packet: bytes) -> bytes:
        """Exchange the addresses inside an ICMP error too, or the kernel would not know its own packet."""
        at = self.rest + 8
        if len(packet) < at + self.rest or not is_error(packet[self.carries], packet[self.rest]):
            return packet
        source, destination, rest = at + self.source, at + self.destination, at + self.rest
        return packet[:source] + packet[destination:rest] + packet[source:destination] + packet[rest:]

    def hold(self, now: float, out: bool, seen: bytes, packet: bytes) -> None:
        assert self.held is not None
        if len(self.held) >= HELD:
            self.log.add(seen, out, "queue full", now)
            return
        self.number += 1
        self.held[self.number] = packet, self.log.add(seen, out, "held", now), out
        self.on_held.append((self.number, now, out, seen))

    def decide(self, number: int, decision: str) -> None:
        """Deliver, drop or duplicate a held packet, or put it behind the next one of its direction."""
        if self.held is None or number not in self.held:
            return
        packet, start, out = self.held.pop(number)
        self.log.rename(start, DECISIONS[decision])
        if decision == "behind":
            self.behind[out].append((packet, start))
            return
        for copy in range({"drop": 0, "duplicate": 2}.get(decision, 1)):
            self.deliver(monotonic(), packet, start, copy)
        if decision != "drop":
            self.deliver_behind(out)

    def deliver_behind(self, out: bool) -> None:
        while self.behind[out]:
            packet, start = self.behind[out].pop(0)
            self.deliver(monotonic(), packet, start)

    def release(self) -> None:
        """Deliver what is still held, in order; from now on the weather decides again."""
        for number in list(self.held or ()):
            self.decide(number, "deliver")
        self.deliver_behind(False)
        self.deliver_behind(True)
        self.held = None


DECISIONS = {"deliver": "delivered", "drop": "lost", "duplicate": "duplicated", "behind": "reordered"}


def is_error(kind: int, message: int) -> bool:
    """Does this ICMP message quote the packet that it is about? (RFC 792, RFC 4443)"""
    return message in (3, 11, 12) if kind == ICMP else kind == ICMPV6 and message < 128


def flip_bit(packet: bytes, bit: int) -> bytes:
    turned = bytearray(packet)
    turned[bit >> 3] ^= 0x80 >> (bit & 7)
    return bytes(turned)
