"""The headers of IPv4 and IPv6 (transport.py has those they carry). Pure: bytes in, small objects out.

The fields have the names of the RFCs, in lower case. Each parser raises Bad, with a sentence that says why,
when the bytes break the header's own rules; packets.decode() turns that into a Malformed packet. It raises
Cut when the header goes on behind the bytes that are here: `sent` is where the packet, or what a header
belongs to, ended when it was sent, and that may be beyond them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from socket import AF_INET6, inet_ntoa, inet_ntop
from struct import Struct
from typing import NamedTuple

PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}
ANY = 1 << 40  # a place that no packet reaches: how long it was is not known


class Bad(Exception):
    """These bytes can not be this header; the text says why."""


class Cut(Exception):
    """Only the beginning of this header is here; the text says how much."""


def demand(rule: str, needed: int, here: int, sent: int) -> None:
    """Raise Bad if less than a header's bytes were sent, Cut if they were but are not here."""
    if sent < needed:
        raise Bad(f"{rule}, here are {sent}")
    if here < needed:
        raise Cut(f"{rule}, here are only {here}")


def flag(bit: int) -> property:
    """Is this bit of the header's `flags` set?"""
    return property(lambda header: bool(header.flags & bit))


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

    more_fragments, dont_fragment = flag(1), flag(2)

    @property
    def is_fragment(self) -> bool:
        return bool(self.fragment_offset or self.flags & 1)

    @property
    def is_source_routed(self) -> bool:
        """Does it go by way of other addresses first, as its options say, so that this is not the last?"""
        place = 0
        while place + 2 < len(self.options) and self.options[place]:
            kind, length, pointer = self.options[place : place + 3]
            if kind in (131, 137):  # loose and strict source route
                return pointer <= length
            place += 1 if kind == 1 else max(2, length)  # 1 is padding
        return False


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


_IPV4 = Struct("!BBHHHBBH4s4s")
_IPV6 = Struct("!IHBB16s16s")


@lru_cache(maxsize=1024)  # a conversation has two addresses
def _address(data: bytes) -> str:
    return inet_ntoa(data) if len(data) == 4 else inet_ntop(AF_INET6, data)


def parse_ipv4(data: bytes, sent: int) -> tuple[IPv4, int, int, int]:
    """The header, where its payload begins, where that ended when it was sent, and where the datagram ends.

    Of a header that is cut in its options there are those that are here. What does not fit into a first
    fragment is in the others: its datagram ends anywhere.
    """
    size = len(data)
    if size < 20:
        demand("an IPv4 header has 20 bytes or more", 20, size, sent)
    first, tos, total, number, where, ttl, protocol, checksum, source, target = _IPV4.unpack_from(data)
    ihl = first & 15
    header = ihl * 4
    if header < 20:
        raise Bad(f"IPv4: IHL {ihl} is below 5, the shortest header")
    if header > sent:
        raise Bad(f"IPv4: IHL says {header} bytes of header, here are {sent}")
    # 0: the network card was to cut this into packets and to fill in their lengths (segmentation offload).
    end = total or (sent if sent < ANY else max(header, size))
    if end < header:
        raise Bad(f"IPv4: total length {total} is less than the header's {header} bytes")
    if end > sent:
        raise Bad(f"IPv4: total length says {total} bytes, here are {sent}")
    near, far = _address(source), _address(target)
    flags, offset, options = where >> 13, where & 0x1FFF, data[20:header]
    ip = IPv4(
        ihl, tos >> 2, tos & 3, total, number, flags, offset, ttl, protocol, checksum, near, far, options
    )
    return ip, header, end, (ANY if flags & 1 else end)


def parse_ipv6(data: bytes, sent: int) -> tuple[IPv6, int, int, int]:
    """What parse_ipv4() gives, but for the extension headers."""
    size = len(data)
    if size < 40:
        demand("an IPv6 header has 40 bytes", 40, size, sent)
    first, length, protocol, hops, source, target = _IPV6.unpack_from(data)
    end = 40 + length
    if length == 0 and protocol != 59:  # behind "no next header" there is nothing
        end = sent if sent < ANY else size  # a jumbogram (RFC 2675), or left to the network card as in IPv4
    if end > sent:
        raise Bad(f"IPv6: payload length says {end - 40} bytes, here are {sent - 40}")
    near, far = _address(source), _address(target)
    ip = IPv6(first >> 20 & 255, first & 0xFFFFF, length, protocol, hops, near, far, protocol)
    return ip, 40, end, end


# Hop-by-hop, routing, fragment, authentication, destination, mobility, HIP, shim6. (50 encrypts the rest.)
_EXTENSIONS = frozenset((0, 43, 44, 51, 60, 135, 139, 140))


def parse_extensions(ip: IPv6, data: bytes, end: int, sent: int) -> tuple[int, int]:
    """Skip the extension headers (RFC 8200 section 4), of which `ip` tells.

    Return where the payload begins, and where the datagram ends, as parse_ipv4() does. If Cut is raised, `ip`
    knows those before, and `ip.protocol` is the number of the one that is cut.
    """
    start = 40
    while ip.protocol in _EXTENSIONS and not ip.fragment_offset:  # a later fragment has no further headers
        kind, here, there = ip.protocol, end - start, sent - start
        if here < 8:
            demand(f"IPv6: extension header {kind} needs 8 bytes or more", 8, here, there)
        units = data[start + 1]
        length = 8 if kind == 44 else (units + 2) * 4 if kind == 51 else (units + 1) * 8
        if length > here:
            demand(f"IPv6: extension header {kind} says {length} bytes", length, here, there)
        ip.protocol = data[start]
        if kind == 44:
            where = int.from_bytes(data[start + 2 : start + 4], "big")
            ip.fragment_offset, ip.more_fragments = where >> 3, bool(where & 1)
            ip.identification = int.from_bytes(data[start + 4 : start + 8], "big")
        ip.extension_headers += (ExtensionHeader(kind, data[start : start + length]),)
        start += length
    return start, (ANY if ip.more_fragments else sent)
