"""Packets: what a link carried, and what the bytes say. Pure: no I/O, no threads.

decode(data)   bytes of an IP packet -> Packet, or Malformed with the reason; never an exception
PacketEvent    one packet on a link: when it was sent, its fate, when it came out
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import pack

from .headers import PROTOCOLS, UDP, Bad, IPv4, IPv6, parse_ipv4, parse_ipv6, parse_udp
from .icmp import ICMP, ICMPv6, parse_icmp
from .tcp import TCP, parse_tcp
from .tcp import TCPOptions as TCPOptions


@dataclass(slots=True)
class Packet:
    """One IP packet, taken apart.

    `transport` is None if the protocol is another one, or encrypted, or the packet is a later fragment; then
    `payload` is everything after the IP headers.
    """

    data: bytes
    ip: IPv4 | IPv6 | None = None
    transport: TCP | UDP | ICMP | None = None
    payload: bytes = b""
    start: int = 0  # where in `data` the transport header begins
    end: int = 0  # where the IP packet ends; what follows is padding

    @property
    def tcp(self) -> TCP | None:
        return self.transport if isinstance(self.transport, TCP) else None

    @property
    def udp(self) -> UDP | None:
        return self.transport if isinstance(self.transport, UDP) else None

    @property
    def icmp(self) -> ICMP | None:
        """An ICMP or ICMPv6 header."""
        return self.transport if isinstance(self.transport, ICMP) else None

    @property
    def ports(self) -> tuple[int, int] | None:
        """(source, destination) of TCP or UDP; also from the few bytes that an ICMP error carries."""
        ip = self.ip
        if ip is None or ip.protocol not in (6, 17) or ip.fragment_offset or self.end - self.start < 4:
            return None
        both = int.from_bytes(self.data[self.start : self.start + 4], "big")
        return both >> 16, both & 0xFFFF

    @property
    def segment_length(self) -> int:
        """SEG.LEN of RFC 9293: the sequence numbers that a segment takes, SYN and FIN included."""
        tcp = self.tcp
        return len(self.payload) + tcp.syn + tcp.fin if tcp else 0

    @property
    def quoted(self) -> Packet | None:
        """The beginning of the packet that an ICMP error is about, as far as it was sent back."""
        icmp = self.icmp
        return decode(self.payload, quoted=True) if icmp and icmp.is_error else None

    @property
    def checksum_errors(self) -> tuple[str, ...]:
        """A sentence for each checksum that is wrong. Empty: all are right, or can not be checked here.

        (The UDP checksum is optional over IPv4; a fragment's covers the other fragments; a packet captured on
        the machine that sent it may not have its checksum yet, if the network card computes it.)
        """
        return tuple(_checksum_errors(self))

    def __str__(self) -> str:
        """One line: protocol, both ends, and what matters most."""
        ip, transport = self.ip, self.transport
        assert ip is not None
        source, destination = ip.source_address, ip.destination_address
        if self.ports:
            form = "[{}]:{}" if ip.version == 6 else "{}:{}"
            source, destination = form.format(source, self.ports[0]), form.format(destination, self.ports[1])
        words = [PROTOCOLS.get(ip.protocol, f"protocol {ip.protocol}"), source, "→", destination]
        if isinstance(transport, TCP):
            words += [*transport.flag_names, f"seq={transport.sequence_number}"]
            if transport.ack:
                words.append(f"ack={transport.acknowledgment_number}")
            words.append(f"win={transport.window}")
        elif isinstance(transport, ICMP):
            words.append(transport.name)
        if ip.is_fragment:
            words.append(f"fragment at {ip.fragment_offset * 8}")
        return " ".join([*words, f"len={len(self.payload)}"])


@dataclass(slots=True)
class Malformed(Packet):
    """Bytes that break a rule of IP, TCP, UDP or ICMP: `reason` says which. `ip` is there if it was read."""

    reason: str = ""

    def __str__(self) -> str:
        return f"malformed: {self.reason}"


def decode(data: bytes, *, quoted: bool = False) -> Packet:
    """Take an IP packet apart. Never raises for any bytes: what can not be one comes back as Malformed.

    `quoted`: the bytes are the beginning of a packet, as an ICMP error carries it, so it may be cut short.
    """
    if type(data) is not bytes:
        data = bytes(data)
    packet = Packet(data)
    try:
        if not data:
            raise Bad("no bytes")
        version = data[0] >> 4
        if version == 4:
            packet.ip, start, end = parse_ipv4(data, quoted)
        elif version == 6:
            packet.ip, start, end = parse_ipv6(data, quoted)
        else:
            raise Bad(f"an IP packet begins with version 4 or 6, this one with {version}")
        ip = packet.ip
        packet.start = body = start
        packet.end = end
        protocol = ip.protocol
        if ip.fragment_offset == 0 and not (quoted and end - start < (20 if protocol == 6 else 8)):
            if protocol == 6:
                packet.transport, body = parse_tcp(data, start, end)
            elif protocol == 17:
                packet.transport, body, end = parse_udp(data, start, end, quoted or ip.is_fragment)
            elif protocol == (1 if ip.version == 4 else 58):
                packet.transport, body = parse_icmp(data, start, end, ICMP if protocol == 1 else ICMPv6)
        packet.payload = data[body:end]
        return packet
    except Bad as bad:
        return Malformed(data, packet.ip, start=packet.start, end=packet.end, reason=str(bad))


def internet_checksum(data: bytes) -> int:
    """RFC 1071: the complement of the one's complement sum of all 16-bit words.

    An odd last byte is followed by a zero. Over data that contains its right checksum it gives 0.
    """
    if len(data) % 2:
        data += b"\0"
    # One's complement addition is arithmetic modulo 65535, and 65536 is 1 there: so all words add up at once.
    total = int.from_bytes(data, "big")
    return 0xFFFF - (total % 0xFFFF or (0xFFFF if total else 0))


def flip_bit(data: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned over; bit 0 is the highest bit of the first byte."""
    changed = bytearray(data)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)


@dataclass(frozen=True, slots=True)
class PacketEvent:
    """One packet on a link, or one copy of a doubled one. Times are seconds since the recording began."""

    sent: float  # when it entered the link
    delivered: float | None  # when it came out; None if it never did
    fate: str  # what the link decided: "delivered", "lost", "queue full" ... (link.model.Fate says all)
    direction: str  # "out" or "back"
    data: bytes  # the IP packet as it was sent
    number: int = 0  # counts the packets of this direction; a copy has the number of its original
    due: float | None = None  # when the link wanted it to come out: delivered - due is how late that was
    queued: float = 0.0  # seconds that it waited in the link's queue
    flip: int | None = None  # the bit that the link turned over
    _packet: list[Packet] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def packet(self) -> Packet:
        """The packet as it was sent, decoded when first asked for."""
        if not self._packet:
            self._packet.append(decode(self.data))
        return self._packet[0]

    @property
    def arrived(self) -> bytes | None:
        """The bytes that came out, with the turned bit; None if nothing did."""
        if self.delivered is None:
            return None
        return self.data if self.flip is None else flip_bit(self.data, self.flip)

    @property
    def late(self) -> float | None:
        """Seconds by which it came out later than the link wanted: the error of the laboratory itself."""
        return None if self.delivered is None or self.due is None else self.delivered - self.due

    def __str__(self) -> str:
        return f"{self.direction} {self.packet}: {self.fate}"


def _checksum_errors(packet: Packet) -> Iterator[str]:
    ip, transport, data = packet.ip, packet.transport, packet.data
    if isinstance(ip, IPv4):
        header = data[: ip.ihl * 4]
        right = internet_checksum(header[:10] + b"\0\0" + header[12:])
        if ip.header_checksum != right and internet_checksum(header):
            yield f"IPv4 header checksum is {ip.header_checksum:#06x}, should be {right:#06x}"
    if ip is None or transport is None or ip.is_fragment:
        return
    start, end = packet.start, packet.end
    if isinstance(transport, UDP):
        end = start + transport.length
        if transport.checksum == 0:
            if ip.version == 6:
                yield "UDP checksum is 0, which IPv6 forbids (RFC 8200)"
            return
    segment = data[start:end]
    pseudo = _pseudo_header(packet, len(segment))
    if pseudo is None or len(segment) != end - start:  # quoted by an ICMP error
        return
    if internet_checksum(pseudo + segment):
        place = {6: 16, 17: 6}.get(ip.protocol, 2)
        right = internet_checksum(pseudo + segment[:place] + b"\0\0" + segment[place + 2 :])
        if isinstance(transport, UDP) and right == 0:
            right = 0xFFFF  # 0 would say: not computed
        yield f"{PROTOCOLS[ip.protocol]} checksum is {transport.checksum:#06x}, should be {right:#06x}"


def _pseudo_header(packet: Packet, length: int) -> bytes | None:
    """What a checksum covers besides the segment (RFC 9293, RFC 8200 section 8.1). None: it can not be known.

    IPv4's has the same words in another order, and fewer zeros: to a sum that is the same.
    """
    ip = packet.ip
    if ip is None or ip.protocol == 1:  # ICMP has none
        return b""
    if isinstance(ip, IPv6) and any(each.type == 43 and each.data[3] for each in ip.extension_headers):
        return None  # it is on a source route: this destination is not the last one
    addresses = packet.data[8:40] if ip.version == 6 else packet.data[12:20]
    return addresses + pack("!II", length, ip.protocol)
