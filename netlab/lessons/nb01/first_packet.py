"""The first packet of a connection, byte for byte."""

from __future__ import annotations

from ...view import hexdump
from ...view.messages.hexdumps import Hexdump

# RFC 791, section 3.1, and RFC 9293, section 3.1; IPv4 without options.
FIELDS = (
    ("IP: version, length, id", 8),
    ("time to live", 1),
    ("protocol 6: TCP", 1),
    ("IP checksum", 2),
    ("from", 4),
    ("to", 4),
    ("from port", 2),
    ("to port", 2),
    ("sequence number", 4),
    ("acknowledgment", 4),
    ("header length, flags", 2),
    ("window", 2),
    ("TCP checksum", 2),
    ("urgent", 2),
)
HEADERS = sum(length for _, length in FIELDS)


def syn_anatomy(packet: bytes) -> Hexdump:
    """Show a SYN over IPv4, as saved_syn() gives it, with the meaning of each part.

    ValueError for a packet of another form.
    """
    if len(packet) < HEADERS or packet[0] != 0x45 or packet[9] != 6:
        raise ValueError("syn_anatomy() shows a TCP packet over IPv4 without IP options.")
    return hexdump(packet, [*FIELDS, ("options", len(packet) - HEADERS)])
