"""The headers of links: where the IP packet begins in a frame. Pure. (draft-ietf-opsawg-pcaplinktype)"""

from __future__ import annotations

RAW = 101  # link type: the frame is an IP packet

# Bytes of the header: BSD loopback (0, 108), Ethernet (1), raw IP, Linux "any" (113, 276).
_HEADERS = {0: 4, 1: 14, 12: 0, 14: 0, RAW: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20}
_ETHERTYPES = {1: 12, 113: 14, 276: 0}  # where the EtherType stands
_IP_TYPES = (b"\x08\x00", b"\x86\xdd")
_VLAN_TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_FAMILIES = (2, 10, 23, 24, 28, 30)  # AF_INET, and AF_INET6 of Linux, Windows, NetBSD, FreeBSD, macOS


def ip_begins(link: int, frame: bytes) -> int | str:
    """Where the IP packet begins; or, in words, why no packet is read from this frame."""
    if link not in _HEADERS:
        return f"link type {link} is not read here"
    header = _HEADERS[link]
    if header == 0:
        return 0
    if link not in _ETHERTYPES:
        if len(frame) < header:
            return "cut inside the link's header"
        # In the byte order of the machine that captured it, whichever that was.
        families = int.from_bytes(frame[:4], "big"), int.from_bytes(frame[:4], "little")
        return header if set(families) & set(_FAMILIES) else "the link's header does not say IP"
    place = _ETHERTYPES[link]
    while link == 1 and frame[place : place + 2] in _VLAN_TAGS:
        place, header = place + 4, header + 4
    if len(frame) < place + 2:
        return "cut inside the link's header"
    return header if frame[place : place + 2] in _IP_TYPES else "the link's header does not say IP"
