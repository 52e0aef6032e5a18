"""The TCP header and its options. Pure: bytes in, small objects out."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from .headers import Bad, demand, flag

FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")  # from the lowest bit up


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


_TCP = Struct("!HHIIHHHH")
_TIMESTAMPS = Struct("!II")


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
    if header > 20:
        last = end if header > here else start + header
        options = parse_tcp_options(data[start + 20 : last], header - 20)
    else:
        options = TCPOptions()
    reserved, flags = bits >> 8 & 15, bits & 255
    tcp = TCP(source, target, sequence, acked, offset, reserved, flags, window, checksum, urgent, options)
    return tcp, start + header


def parse_tcp_options(data: bytes, sent: int) -> TCPOptions:
    """Raise Bad for a length that leaves the header or is not the one that the option's RFC gives.

    `sent`: how many bytes they were; what is not here of them is left out.
    """
    size = len(data)
    if size == sent == 12 and data.startswith(b"\1\1\x08\x0a"):  # nearly every segment (RFC 7323 appendix A)
        return TCPOptions(timestamps=_TIMESTAMPS.unpack_from(data, 4))
    options = TCPOptions()
    place = 0
    while place < size:
        kind = data[place]
        if kind == 1:  # no operation: padding
            place += 1
            continue
        if kind == 0:  # the end of the list
            break
        if place + 1 == size < sent:
            break
        length = data[place + 1] if place + 1 < size else 0
        if length < 2 or place + length > sent:
            raise Bad(f"TCP: option {kind} says {length} bytes, here are {sent - place}")
        if place + length > size:
            break
        if kind == 8 and length == 10:
            options.timestamps = _TIMESTAMPS.unpack_from(data, place + 2)
        elif kind == 5 and length in _SACKS:
            edges = _SACKS[length].unpack_from(data, place + 2)
            options.sack = tuple(zip(edges[::2], edges[1::2], strict=True))
        elif kind == 2 and length == 4:
            options.maximum_segment_size = data[place + 2] << 8 | data[place + 3]
        elif kind == 3 and length == 3:
            options.window_scale = data[place + 2]
        elif kind == 4 and length == 2:
            options.sack_permitted = True
        elif kind in _KNOWN:
            raise Bad(f"TCP: option {kind} can not be {length} bytes long")
        else:
            options.others += ((kind, data[place + 2 : place + length]),)
        place += length
    return options


_KNOWN = frozenset((2, 3, 4, 5, 8))
_SACKS = {2 + 8 * blocks: Struct(f"!{2 * blocks}I") for blocks in (1, 2, 3, 4)}
