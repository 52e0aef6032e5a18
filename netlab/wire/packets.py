"""Packets: what a link carried, and what the bytes say. Pure: no I/O, no threads.

decode(data)   bytes of an IP packet -> Packet, or Malformed with the reason; never an exception
PacketEvent    one packet on a link: when it was sent, its fate, when it came out
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import pack

from .headers import ANY, PROTOCOLS, Bad, Cut, IPv4, IPv6, parse_extensions, parse_ipv4, parse_ipv6
from .transport import ICMP, TCP, UDP, ICMPv6, parse_icmp, parse_tcp, parse_udp
from .transport import TCPOptions as TCPOptions


@dataclass(slots=True)
class Packet:
    """One IP packet, taken apart.

    `transport` is None if the protocol is another one, or encrypted, or the packet is a later fragment; then
    `payload` is everything after the IP headers. Where only the beginning of a packet is in `data`, `payload`
    is what is there of it, and `payload_length` what the headers say.
    """

    data: bytes
    ip: IPv4 | IPv6 | None = None  # None if not even this header is there
    transport: TCP | UDP | ICMP | None = None
    payload: bytes = b""
    start: int = 0  # where in `data` the transport header begins
    end: int = 0  # where the IP packet ends; what follows is padding
    payload_length: int = 0  # bytes of payload as it was sent
    cut: str = ""  # which header is not there to its end, and so not read; "" if all are
    offloaded: bool = False  # its checksums are the network card's work: they can not be judged

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
        return self.payload_length + tcp.syn + tcp.fin if tcp else 0

    @property
    def quoted(self) -> Packet | None:
        """The beginning of the packet that an ICMP error is about, as far as it was sent back."""
        icmp = self.icmp
        return decode(self.payload, quoted=True) if icmp and icmp.is_error else None

    @property
    def checksum_errors(self) -> tuple[str, ...]:
        """A sentence for each checksum that is wrong. Empty: all are right, or can not be checked here."""
        return () if self.ip is None or self.offloaded else tuple(_checksum_errors(self, self.ip))

    def __str__(self) -> str:
        """One line: protocol, both ends, and what matters most."""
        ip, transport = self.ip, self.transport
        if ip is None:
            return f"cut short: {self.cut}"
        source, destination = ip.source_address, ip.destination_address
        if self.ports:
            form = "[{}]:{}" if ip.version == 6 else "{}:{}"
            source, destination = form.format(source, self.ports[0]), form.format(destination, self.ports[1])
        words = [PROTOCOLS.get(ip.protocol, f"protocol {ip.protocol}"), source, "→", destination]
        if isinstance(transport, TCP):
            acked = [f"ack={transport.acknowledgment_number}"] if transport.ack else []
            words += [
                *transport.flag_names,
                f"seq={transport.sequence_number}",
                *acked,
                f"win={transport.window}",
            ]
        elif isinstance(transport, ICMP):
            words.append(transport.name)
        if ip.is_fragment:
            words.append(f"fragment at {ip.fragment_offset * 8}")
        words.append(f"len={self.payload_length}")
        if len(self.payload) < self.payload_length:
            words.append(f"captured={len(self.payload)}")
        return " ".join([*words, f"({self.cut})"] if self.cut else words)


@dataclass(slots=True)
class Malformed(Packet):
    """Bytes that break a rule of IP, TCP, UDP or ICMP: `reason` says which. `ip` is there if it was read."""

    reason: str = ""

    def __str__(self) -> str:
        return f"malformed: {self.reason}"


def decode(
    data: bytes, *, original_length: int | None = None, quoted: bool = False, offloaded: bool = False
) -> Packet:
    """Take an IP packet apart. Never raises for any bytes: what can not be one comes back as Malformed.

    `original_length`: how many bytes the packet had, if only its beginning was captured. `quoted`: the same,
    but nobody knows how many, as in an ICMP error. `offloaded`: do not judge its checksums.
    A packet that is cut is not malformed: its headers are read as far as they are there; see Packet.cut.
    A length field of 0 was left to the network card (segmentation offload): then all that is there is the
    packet; so is an IPv6 jumbogram (RFC 2675).
    """
    if type(data) is not bytes:
        data = bytes(data)
    packet, size = Packet(data), len(data)
    if offloaded:
        packet.offloaded = True
    sent = ANY if quoted else size if original_length is None else max(original_length, size)
    try:
        if not data:
            raise Cut("no bytes") if sent else Bad("no bytes")
        version = data[0] >> 4
        ip: IPv4 | IPv6
        if version == 4:
            ip, start, whole, last = parse_ipv4(data, sent)
        elif version == 6:
            ip, start, whole, last = parse_ipv6(data, sent)
        else:
            raise Bad(f"an IP packet begins with version 4 or 6, this one with {version}")
        packet.ip, packet.start, packet.payload_length = ip, start, whole - start
        packet.end = end = whole if whole < size else size
        if start > size:
            raise Cut(f"IPv4: IHL says {start} bytes of header, here are only {size}")
        if isinstance(ip, IPv6):
            start, last = parse_extensions(ip, data, end, whole)
            packet.start, packet.payload_length = start, whole - start
        protocol, body = ip.protocol, start
        if ip.fragment_offset == 0:
            if protocol == 6:
                packet.transport, body = parse_tcp(data, start, end, last)
            elif protocol == 17:
                packet.transport, body, last = parse_udp(data, start, end, last)
                whole = last if last < whole else whole
            elif protocol == (1 if version == 4 else 58):
                packet.transport, body = parse_icmp(data, start, end, last, ICMP if protocol == 1 else ICMPv6)
            packet.payload_length = whole - body if whole > body else 0
        packet.payload = data[body:whole]
        return packet
    except Cut as cut:
        packet.cut, packet.payload = str(cut), data[packet.start : packet.end]
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


def _checksum_errors(packet: Packet, ip: IPv4 | IPv6) -> Iterator[str]:
    """A sentence for each checksum that is wrong, and can be known to be so.

    The UDP checksum is optional over IPv4. What was cut off, or is in other fragments, counts too. A packet
    captured on the machine that sent it does not have its checksums yet if the network card computes them:
    then a length or the header's checksum is 0, or the sum of the pseudo-header stands alone.
    """
    data, transport = packet.data[: packet.end], packet.transport
    if not (ip.total_length if isinstance(ip, IPv4) else ip.payload_length):
        return
    if isinstance(ip, IPv4) and ip.header_checksum and len(data) >= ip.ihl * 4:
        if internet_checksum(header := data[: ip.ihl * 4]):
            right = internet_checksum(header[:10] + b"\0\0" + header[12:])
            yield f"IPv4 header checksum is {ip.header_checksum:#06x}, should be {right:#06x}"
    if transport is None or ip.is_fragment:
        return
    size = packet.payload_length + (transport.data_offset * 4 if isinstance(transport, TCP) else 8)
    segment, pseudo = data[packet.start : packet.start + size], _pseudo_header(data, ip, size)
    if isinstance(transport, UDP) and transport.checksum == 0:
        if ip.version == 6:
            yield "UDP checksum is 0, which IPv6 forbids (RFC 8200)"
    elif pseudo is not None and len(segment) == size and internet_checksum(pseudo + segment):
        # Some systems leave the length to the card, too.
        partial = {0xFFFF - internet_checksum(each) for each in (pseudo, pseudo[:-4]) if pseudo}
        place = {6: 16, 17: 6}.get(ip.protocol, 2)
        right = internet_checksum(pseudo + segment[:place] + b"\0\0" + segment[place + 2 :])
        if isinstance(transport, UDP):
            right = right or 0xFFFF  # 0 would say: not computed
        if transport.checksum not in partial:
            yield f"{PROTOCOLS[ip.protocol]} checksum is {transport.checksum:#06x}, should be {right:#06x}"


def _pseudo_header(data: bytes, ip: IPv4 | IPv6, length: int) -> bytes | None:
    """What a checksum covers besides the segment (RFC 9293, RFC 8200 section 8.1). None: it can not be known.

    IPv4's has the same words in another order, and fewer zeros: to a sum that is the same.
    """
    if ip.protocol == 1:  # ICMP has none
        return b""
    if isinstance(ip, IPv6):
        on_its_way = any(each.type == 43 and each.data[3] for each in ip.extension_headers)
    else:
        on_its_way = ip.is_source_routed
    if on_its_way:  # this destination is not the last one
        return None
    addresses = data[8:40] if ip.version == 6 else data[12:20]
    return addresses + pack("!HHI", 0, ip.protocol, length)


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
    data: bytes  # the IP packet as it was sent, or its beginning
    number: int = 0  # counts the packets of this direction; a copy has the number of its original
    due: float | None = None  # when the link wanted it to come out: delivered - due is how late that was
    queued: float = 0.0  # seconds that it waited in the link's queue
    flip: int | None = None  # the bit that the link turned over
    original_length: int | None = None  # bytes of the whole packet, if `data` is only its beginning
    offload: int = 0  # bits 9 to 11 of pcapng's epb_flags: what the network card does for the checksums
    _packet: list[Packet] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def packet(self) -> Packet:
        """The packet as it was sent, decoded when first asked for."""
        if not self._packet:
            packet = decode(self.data, original_length=self.original_length, offloaded=bool(self.offload))
            self._packet.append(packet)
        return self._packet[0]

    @property
    def arrived(self) -> bytes | None:
        """The bytes that came out, with the turned bit; as far as `data` goes. None if nothing did."""
        if self.delivered is None:
            return None
        beyond = self.flip is None or self.flip >= len(self.data) * 8  # what is there was not damaged
        return self.data if beyond else flip_bit(self.data, self.flip or 0)

    @property
    def late(self) -> float | None:
        """Seconds by which it came out later than the link wanted: the error of the laboratory itself."""
        return None if self.delivered is None or self.due is None else self.delivered - self.due

    def __str__(self) -> str:
        return f"{self.direction} {self.packet}: {self.fate}"
