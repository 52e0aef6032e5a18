"""The far side of a kernel path's device: where packets meet the weather. Runs in the child process.

A packet for the far address comes out of the TUN device. It goes back in with source and destination
exchanged, after its delay or never: so one kernel is both ends. The exchange leaves every checksum right,
because a one's complement sum (RFC 1071) does not depend on the order of its words.
"""

from __future__ import annotations

import errno
import os
from time import monotonic

from ._courier import BATCH, Courier
from ._log import Log
from ._weather import Both
from .model import LinkState

HEADERS = 80  # bytes in which all that is looked at has its place
FLOWS = 100_000  # port pairs whose direction is remembered
ICMP, FRAGMENT, ICMPV6 = 1, 44, 58


class Tun(Courier):
    """Decides each packet that comes out of the device, and gives it back."""

    def __init__(self, log: Log, weather: Both[LinkState], device: int, near: bytes, far: bytes) -> None:
        super().__init__(log, weather)
        self.device, self.far = device, far
        self.reading[device] = self.take
        self.exchanged = far + near  # what every packet gets as source and destination
        ipv6 = len(near) == 16
        self.source = 8 if ipv6 else 12  # where in the header the addresses are, and what follows them
        self.destination = self.source + len(near)
        self.rest = self.destination + len(near)
        self.carries = 6 if ipv6 else 9  # where the header names what it carries
        self.flows: dict[bytes, bool] = {}  # protocol and ports -> out (client to server) or back?
        self.fragmented: tuple[bytes, bool] = b"", True  # identification of the last one, and its direction

    def take(self) -> None:
        """Read what has left, decide it, and give back at once what has no delay."""
        heap, flows, far, destination, rest = self.heap, self.flows, self.far, self.destination, self.rest
        source, carries, exchanged = self.source, self.carries, self.exchanged
        for _ in range(BATCH):
            try:
                packet = os.read(self.device, 65535)
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
                self.keep(now, out, seen, back)
                continue
            fate = self.weather.of(out).admit(now, len(packet))
            self.send(now, out, fate, seen, back)
            if heap and heap[0][0] <= now:
                self.due()

    def deliver(self, now: float, packet: bytes, start: int, copy: int = 0) -> None:
        self.log.deliver(start, copy, now)
        try:
            os.write(self.device, packet)
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


def is_error(kind: int, message: int) -> bool:
    """Does this ICMP message quote the packet that it is about? (RFC 792, RFC 4443)"""
    return message in (3, 11, 12) if kind == ICMP else kind == ICMPV6 and message < 128
