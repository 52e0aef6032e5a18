"""The headers of IPv4, IPv6 and UDP (TCP and ICMP have their own files). Pure: bytes in, small objects out.

The fields have the names of the RFCs, in lower case. Each parser raises Bad, with a sentence that says why,
when the bytes break the header's own rules; packets.decode() turns that into a Malformed packet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from socket import AF_INET6, inet_ntoa, inet_ntop
from struct import Struct
from typing import NamedTuple

PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}


class Bad(Exception):
    """These bytes can not be this header; the text says why."""


@dataclass(slots=True)
class IPv4:
    """RFC 791, with DSCP and ECN as in RFC 2474 and RFC 3168."""

    ihl: int  # header length in words of 4 bytes
    dscp: int
    ecn: int
    total_length: int  # bytes, header and payload
    identification: int
    flags: int  # 2: don't fragment, 1: more fragments
    fragment_offset: int  # in units of 8 bytes
    time_to_live: int
    protocol: int
    header_checksum: int
    source_address: str
    destination_address: str
    options: bytes
    version = 4

    @property
    def dont_fragment(self) -> bool:
        return bool(self.flags & 2)

    @property
    def more_fragments(self) -> bool:
        return bool(self.flags & 1)

    @property
    def is_fragment(self) -> bool:
        return bool(self.fragment_offset or self.flags & 1)


class ExtensionHeader(NamedTuple):
    """One IPv6 extension header: its number among the protocols, and all its bytes."""

    type: int
    data: bytes


@dataclass(slots=True)
class IPv6:
    """RFC 8200. The fields from `protocol` on summarize the extension headers."""

    traffic_class: int
    flow_label: int
    payload_length: int  # bytes after the first 40
    next_header: int
    hop_limit: int
    source_address: str
    destination_address: str
    protocol: int  # of what follows the last extension header
    extension_headers: tuple[ExtensionHeader, ...] = ()
    fragment_offset: int = 0  # in units of 8 bytes
    more_fragments: bool = False
    identification: int | None = None  # only a fragment has one
    version = 6

    @property
    def is_fragment(self) -> bool:
        return bool(self.fragment_offset or self.more_fragments)


@dataclass(slots=True)
class UDP:
    """RFC 768."""

    source_port: int
    destination_port: int
    length: int  # bytes, header and payload
    checksum: int  # 0 over IPv4: the sender did not compute one


_IPV4 = Struct("!BBHHHBBH4s4s")
_IPV6 = Struct("!IHBB16s16s")
_UDP = Struct("!HHHH")


@lru_cache(maxsize=1024)  # a conversation has two addresses
def _address(data: bytes) -> str:
    return inet_ntoa(data) if len(data) == 4 else inet_ntop(AF_INET6, data)


def parse_ipv4(data: bytes, cut: bool = False) -> tuple[IPv4, int, int]:
    """The header, where its payload begins, and where it ends. `cut`: the packet may be incomplete."""
    size = len(data)
    if size < 20:
        raise Bad(f"an IPv4 header has 20 bytes or more, here are {size}")
    first, tos, total, number, where, ttl, protocol, checksum, source, target = _IPV4.unpack_from(data)
    ihl = first & 15
    header = ihl * 4
    if header < 20:
        raise Bad(f"IPv4: IHL {ihl} is below 5, the shortest header")
    if header > size:
        raise Bad(f"IPv4: IHL says {header} bytes of header, here are {size}")
    if total < header:
        raise Bad(f"IPv4: total length {total} is less than the header's {header} bytes")
    if total > size and not cut:
        raise Bad(f"IPv4: total length says {total} bytes, here are {size}")
    source, target = _address(source), _address(target)
    flags, offset, options = where >> 13, where & 0x1FFF, data[20:header]
    ip = IPv4(
        ihl, tos >> 2, tos & 3, total, number, flags, offset, ttl, protocol, checksum, source, target, options
    )
    return ip, header, min(total, size)


def parse_ipv6(data: bytes, cut: bool = False) -> tuple[IPv6, int, int]:
    """The header, where the payload after its extension headers begins, and where it ends."""
    size = len(data)
    if size < 40:
        raise Bad(f"an IPv6 header has 40 bytes, here are {size}")
    first, length, protocol, hops, source, target = _IPV6.unpack_from(data)
    end = 40 + length
    if end > size and not cut:
        raise Bad(f"IPv6: payload length says {length} bytes, here are {size - 40}")
    source, target = _address(source), _address(target)
    ip = IPv6(first >> 20 & 255, first & 0xFFFFF, length, protocol, hops, source, target, protocol)
    end = min(end, size)
    return ip, _parse_extensions(ip, data, end) if protocol in _EXTENSIONS else 40, end


# Hop-by-hop, routing, fragment, authentication, destination, mobility, HIP, shim6. (50 encrypts the rest.)
_EXTENSIONS = frozenset((0, 43, 44, 51, 60, 135, 139, 140))


def _parse_extensions(ip: IPv6, data: bytes, end: int) -> int:
    """Skip the extension headers (RFC 8200 section 4); return where the payload begins."""
    start = 40
    found = []
    while ip.protocol in _EXTENSIONS and not ip.fragment_offset:  # a later fragment has no further headers
        kind = ip.protocol
        if end - start < 8:
            raise Bad(f"IPv6: extension header {kind} needs 8 bytes or more, here are {end - start}")
        units = data[start + 1]
        length = 8 if kind == 44 else (units + 2) * 4 if kind == 51 else (units + 1) * 8
        if length > end - start:
            raise Bad(f"IPv6: extension header {kind} says {length} bytes, here are {end - start}")
        ip.protocol = data[start]
        if kind == 44:
            where = int.from_bytes(data[start + 2 : start + 4], "big")
            ip.fragment_offset, ip.more_fragments = where >> 3, bool(where & 1)
            ip.identification = int.from_bytes(data[start + 4 : start + 8], "big")
        found.append(ExtensionHeader(kind, data[start : start + length]))
        start += length
    ip.extension_headers = tuple(found)
    return start


def parse_udp(data: bytes, start: int, end: int, cut: bool = False) -> tuple[UDP, int, int]:
    """The header, where the payload begins and where it ends. `cut`: the rest may be in other fragments."""
    size = end - start
    if size < 8:
        raise Bad(f"a UDP header has 8 bytes, here are {size}")
    udp = UDP(*_UDP.unpack_from(data, start))
    if udp.length < 8:
        raise Bad(f"UDP: length {udp.length} is less than the header's 8 bytes")
    if udp.length > size and not cut:
        raise Bad(f"UDP: length says {udp.length} bytes, here are {size}")
    return udp, start + 8, min(end, start + udp.length)
