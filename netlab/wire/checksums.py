"""The checksums of IPv4, TCP, UDP and ICMP: the sum, and whether those of a packet are right. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack

from .headers import PROTOCOLS, UDP, IPv4, IPv6
from .icmp import ICMP
from .tcp import TCP


def internet_checksum(data: bytes) -> int:
    """RFC 1071: the complement of the one's complement sum of all 16-bit words.

    An odd last byte is followed by a zero. Over data that contains its right checksum it gives 0.
    """
    if len(data) % 2:
        data += b"\0"
    # One's complement addition is arithmetic modulo 65535, and 65536 is 1 there: so all words add up at once.
    total = int.from_bytes(data, "big")
    return 0xFFFF - (total % 0xFFFF or (0xFFFF if total else 0))


def checksum_errors(
    data: bytes, ip: IPv4 | IPv6, transport: TCP | UDP | ICMP | None, start: int, payload_length: int
) -> Iterator[str]:
    """A sentence for each checksum that is wrong, and can be known to be so.

    `data` is the packet, without padding, as far as it was captured; `start` is where the transport's header
    begins. The UDP checksum is optional over IPv4. What was cut off, or is in other fragments, counts too.
    A packet captured on the machine that sent it does not have its checksums yet if the network card computes
    them: then a length or the header's checksum is 0, or the sum of the pseudo-header stands alone.
    """
    if not (ip.total_length if isinstance(ip, IPv4) else ip.payload_length):
        return
    if isinstance(ip, IPv4) and ip.header_checksum and len(data) >= ip.ihl * 4:
        if internet_checksum(header := data[: ip.ihl * 4]):
            right = internet_checksum(header[:10] + b"\0\0" + header[12:])
            yield f"IPv4 header checksum is {ip.header_checksum:#06x}, should be {right:#06x}"
    if transport is None or ip.is_fragment:
        return
    size = payload_length + (transport.data_offset * 4 if isinstance(transport, TCP) else 8)
    segment, pseudo = data[start : start + size], _pseudo_header(data, ip, size)
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
