"""The recording of a relay, as the notebook sees it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from ..wire import PacketEvent, internet_checksum
from ._recorded import Packets
from ._relay_tcp import PIECE


class Lateness(NamedTuple):
    """How much later than asked the bytes came out, in seconds: the error of the laboratory itself."""

    median: float
    p95: float
    max: float


@dataclass(frozen=True)
class Piece:
    """Bytes that a TCP relay passed on together. Times are seconds since the relay began.

    TCP has no messages: where one piece ends and the next begins is the relay's doing, and the system's.
    """

    sent: float  # when the relay had read it
    delivered: float | None  # when the system had taken it for the other end; None if it never did
    fate: str  # "delivered", "end" (of the stream), "reset"; "waiting" if it has not come out
    direction: str  # "out" (client to server) or "back"
    size: int  # bytes
    data: bytes  # the first 64 of them
    connection: int  # counts from 1
    number: int  # counts the pieces of this direction
    due: float | None  # when it was to come out; None if the receiver was not ready then
    queued: float = 0.0  # seconds that it waited for the link's rate

    @property
    def late(self) -> float | None:
        """Seconds by which it came out later than asked."""
        return None if self.delivered is None or self.due is None else self.delivered - self.due


class Pieces(list[Piece]):
    """What a TCP relay carried until now, in the order in which it was read. A list.

    `dropped` counts pieces that were carried but not recorded, because the recording was full.
    """

    def __init__(self, packets: Packets) -> None:
        super().__init__(map(_piece, packets))
        self.dropped = packets.dropped


def _piece(event: PacketEvent) -> Piece:
    connection, size, what = PIECE.unpack_from(event.data)
    return Piece(
        sent=event.sent,
        delivered=event.delivered,
        fate="waiting" if event.delivered is None else ("delivered", "end", "reset")[what],
        direction=event.direction,
        size=size,
        data=event.data[PIECE.size :],
        connection=connection,
        number=event.number,
        due=event.due,
        queued=event.queued,
    )


def finished(data: bytes) -> bytes:
    """A datagram with the lengths and checksums that its headers still need (RFC 791, RFC 8200, RFC 768)."""
    ipv6 = data[0] >> 4 == 6
    start = 40 if ipv6 else 20
    packet, length = bytearray(data), len(data) - start
    struct.pack_into("!H", packet, 4 if ipv6 else 2, length if ipv6 else len(data))
    struct.pack_into("!H", packet, start + 4, length)
    pseudo = packet[8 if ipv6 else 12 : start] + struct.pack("!II", length, 17)
    struct.pack_into("!H", packet, start + 6, internet_checksum(bytes(pseudo + packet[start:])) or 0xFFFF)
    if not ipv6:
        struct.pack_into("!H", packet, 10, internet_checksum(bytes(packet[:20])))
    return bytes(packet)
