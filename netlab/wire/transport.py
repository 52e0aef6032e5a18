"""The headers of TCP and its options, UDP and ICMP. Pure: bytes in, small objects out."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from .headers import ANY, Bad, demand, flag

FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")  # from the lowest bit up
_TCP, _TIMESTAMPS, _UDP, _ICMP = Struct("!HHIIHHHH"), Struct("!II"), Struct("!HHHH"), Struct("!BBH4s")


@dataclass(slots=True)
class TCPOptions:
    """The options of RFC 9293 (MSS), RFC 7323 (window scale, timestamps) and RFC 2018 (SACK)."""

    maximum_segment_size: int | None = None
    window_scale: int | None = None  # the window counts units of 2 ** window_scale bytes
    sack_permitted: bool = False
    sack: tuple[tuple[int, int], ...] = ()  # blocks that arrived: (first number, the one after the last)
    timestamps: tuple[int, int] | None = None  # (TSval, TSecr)
    others: tuple[tuple[int, bytes], ...] = ()  # (kind, data)


@dataclass(slots=True)
class TCP:
    """RFC 9293."""

    source_port: int
    destination_port: int
    sequence_number: int
    acknowledgment_number: int
    data_offset: int  # header length in words of 4 bytes
    reserved: int
    flags: int  # the control bits, from FIN = 1 to CWR = 128
    window: int  # as on the wire, not scaled
    checksum: int
    urgent_pointer: int
    options: TCPOptions

    @property
    def flag_names(self) -> tuple[str, ...]:
        """The control bits that are set: ("SYN", "ACK")."""
        return tuple(name for bit, name in enumerate(FLAGS) if self.flags >> bit & 1)

    fin, syn, rst = flag(1), flag(2), flag(4)
    ack = flag(16)  # the number itself is `acknowledgment_number`


def parse_tcp(data: bytes, start: int, end: int, sent: int) -> tuple[TCP, int]:
    """The header and where the payload begins. `end`: of what is here; of a header cut in its options there
    are those that are here.
    """
    here, there = end - start, sent - start
    if here < 20:
        demand("a TCP header has 20 bytes or more", 20, here, there)
    source, target, sequence, acked, bits, window, checksum, urgent = _TCP.unpack_from(data, start)
    offset = bits >> 12
    header = offset * 4
    if header < 20:
        raise Bad(f"TCP: data offset {offset} is below 5, the shortest header")
    if header > there:
        raise Bad(f"TCP: data offset says {header} bytes of header, here are {there}")
    if header == 20:
        options = TCPOptions()
    elif header == 32 <= here and data.startswith(b"\1\1\x08\x0a", start + 20):
        options = TCPOptions(
            timestamps=_TIMESTAMPS.unpack_from(data, start + 24)
        )  # as in nearly every segment
    else:
        last = end if header > here else start + header
        options = parse_tcp_options(data[start + 20 : last], header - 20)
    reserved, flags = bits >> 8 & 15, bits & 255
    tcp = TCP(source, target, sequence, acked, offset, reserved, flags, window, checksum, urgent, options)
    return tcp, start + header


def parse_tcp_options(data: bytes, sent: int) -> TCPOptions:
    """Raise Bad for a length that leaves the header or is not the one that the option's RFC gives.

    `sent`: how many bytes they were; what is not here of them is left out.
    """
    size, place, options = len(data), 0, TCPOptions()
    while place < size:
        kind = data[place]
        if kind == 1:  # no operation: padding
            place += 1
            continue
        if kind == 0:  # the end of the list
            break
        length = data[place + 1] if place + 1 < size else 0
        end = place + length
        if length < 2 or end > size:
            if place + 1 == size < sent or 2 <= length <= sent - place:
                break  # it was cut off
            raise Bad(f"TCP: option {kind} says {length} bytes, here are {sent - place}")
        if kind == 8 and length == 10:
            options.timestamps = _TIMESTAMPS.unpack_from(data, place + 2)
        elif kind == 5 and length in _SACKS:
            edges = _SACKS[length].unpack_from(data, place + 2)
            options.sack = tuple(zip(edges[::2], edges[1::2]))
        elif kind == 2 and length == 4:
            options.maximum_segment_size = data[place + 2] << 8 | data[place + 3]
        elif kind == 3 and length == 3:
            options.window_scale = data[place + 2]
        elif kind == 4 and length == 2:
            options.sack_permitted = True
        elif kind in _KNOWN:
            raise Bad(f"TCP: option {kind} can not be {length} bytes long")
        else:
            options.others += ((kind, data[place + 2 : end]),)
        place = end
    return options


_KNOWN = frozenset((2, 3, 4, 5, 8))
_SACKS = {2 + 8 * blocks: Struct(f"!{2 * blocks}I") for blocks in (1, 2, 3, 4)}


@dataclass(slots=True)
class UDP:
    """RFC 768."""

    source_port: int
    destination_port: int
    length: int  # bytes, header and payload
    checksum: int  # 0 over IPv4: the sender did not compute one


def parse_udp(data: bytes, start: int, end: int, sent: int) -> tuple[UDP, int, int]:
    """The header, where the payload begins, and where it ended when it was sent. `end`: of what is here."""
    here, there = end - start, sent - start
    if here < 8:
        demand("a UDP header has 8 bytes", 8, here, there)
    udp = UDP(*_UDP.unpack_from(data, start))
    length = udp.length or (there if 0xFFFF < there < ANY else 0)  # of a jumbogram it is 0 (RFC 2675)
    if length < 8:
        raise Bad(f"UDP: length {length} is less than the header's 8 bytes")
    if length > there:
        raise Bad(f"UDP: length says {length} bytes, here are {there}")
    return udp, start + 8, start + length


@dataclass(slots=True)
class ICMP:
    """RFC 792. What the four bytes `rest` mean depends on the type: see the properties."""

    type: int
    code: int
    checksum: int
    rest: bytes

    ECHO: ClassVar = (8, 0)
    ERRORS: ClassVar = {
        3: "destination unreachable",
        5: "redirect",
        11: "time exceeded",
        12: "parameter problem",
    }
    OTHERS: ClassVar = {0: "echo reply", 8: "echo request"}
    CODES: ClassVar = {
        (3, 0): "net", (3, 1): "host", (3, 2): "protocol", (3, 3): "port", (3, 4): "fragmentation needed",
        (11, 0): "in transit", (11, 1): "in reassembly",
    }  # fmt: skip
    TOO_BIG: ClassVar = (3, 4)

    @property
    def is_error(self) -> bool:
        """Does it report the fate of another packet, whose beginning it carries?"""
        return self.type in self.ERRORS

    @property
    def name(self) -> str:
        """Type and code in words: "destination unreachable (port)"."""
        name = self.ERRORS.get(self.type) or self.OTHERS.get(self.type) or f"type {self.type}"
        code = self.CODES.get((self.type, self.code), f"code {self.code}" if self.code else "")
        return f"{name} ({code})" if code else name

    @property
    def identifier(self) -> int | None:
        """Of an echo request or reply."""
        return int.from_bytes(self.rest[:2], "big") if self.type in self.ECHO else None

    @property
    def sequence_number(self) -> int | None:
        """Of an echo request or reply."""
        return int.from_bytes(self.rest[2:], "big") if self.type in self.ECHO else None

    @property
    def mtu(self) -> int | None:
        """What the next link can carry (RFC 1191, RFC 4443), from "too big" errors."""
        return int.from_bytes(self.rest, "big") if (self.type, self.code) == self.TOO_BIG else None


class ICMPv6(ICMP):
    """RFC 4443."""

    __slots__ = ()

    ECHO: ClassVar = (128, 129)
    ERRORS: ClassVar = {
        1: "destination unreachable", 2: "packet too big", 3: "time exceeded", 4: "parameter problem",
    }  # fmt: skip
    OTHERS: ClassVar = {
        128: "echo request", 129: "echo reply", 133: "router solicitation", 134: "router advertisement",
        135: "neighbor solicitation", 136: "neighbor advertisement",
    }  # fmt: skip
    CODES: ClassVar = {
        (1, 0): "no route", (1, 1): "prohibited", (1, 3): "address", (1, 4): "port",
        (3, 0): "in transit", (3, 1): "in reassembly",
    }  # fmt: skip
    TOO_BIG: ClassVar = (2, 0)


def parse_icmp(data: bytes, start: int, end: int, sent: int, kind: type[ICMP]) -> tuple[ICMP, int]:
    """The header and where the payload begins. `end`: of what is here."""
    if end - start < 8:
        demand(f"an {kind.__name__} header has 8 bytes", 8, end - start, sent - start)
    return kind(*_ICMP.unpack_from(data, start)), start + 8
