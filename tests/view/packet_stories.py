"""Packets made by hand: what the tests of packet pictures draw."""

from __future__ import annotations

import struct
from socket import inet_aton

from netlab.wire.packets import PacketEvent

FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}
ISN = {"out": 0xFFFFFF00, "back": 5000}  # the client's wraps after 256 bytes
DELAY = 0.02


def ip(protocol: int, body: bytes, out: bool) -> bytes:
    ends = (inet_aton("192.0.2.1"), inet_aton("192.0.2.2"))
    source, destination = ends if out else ends[::-1]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0, source, destination)
    return head + body


class Story:
    """tcp() and udp() add packets; `packets` are the events. Times in seconds, numbers relative.

    `size` is how many zeros a segment carries, or its bytes.
    """

    def __init__(self) -> None:
        self.packets: list[PacketEvent] = []
        self.count = {"out": 0, "back": 0}

    def tcp(self, sent: float, way: str, flags: str, seq: int, ack: int = 0, size: int | bytes = 0, *,
            fate: str = "delivered", sack: tuple[int, int] | None = None, port: int = 40000,
            window: int = 1000) -> Story:  # fmt: skip
        out = way == "out"
        other = ISN["back" if out else "out"]
        bits = sum(FLAGS[flag] for flag in flags)
        options = b""
        if sack:
            options = b"\1\1\5\x0a" + struct.pack("!II", *((other + edge) % 2**32 for edge in sack))
        ports = (port, 80) if out else (80, port)
        number = (ISN[way] + seq) % 2**32
        answer = (other + ack) % 2**32 if "A" in flags else 0
        offset = (5 + len(options) // 4) << 12 | bits
        head = struct.pack("!HHIIHHHH", *ports, number, answer, offset, window, 0, 0)
        return self.add(sent, way, ip(6, head + options + bytes(size), out), fate)

    def udp(self, sent: float, way: str, data: bytes, *, fate: str = "delivered") -> Story:
        out = way == "out"
        ports = (40000, 53) if out else (53, 40000)
        return self.add(sent, way, ip(17, struct.pack("!HHHH", *ports, 8 + len(data), 0) + data, out), fate)

    def add(self, sent: float, way: str, data: bytes, fate: str) -> Story:
        self.count[way] += 1
        gone = fate in ("lost", "queue full", "too big", "held")
        for copy in range(2 if fate == "duplicated" else 1):
            late = 0.05 if fate == "reordered" else 0.001 * copy
            delivered = None if gone else sent + DELAY + late
            self.packets.append(
                PacketEvent(sent, delivered, fate, way, data, self.count[way],
                            flip=300 if fate == "corrupted" else None)
            )  # fmt: skip
        return self


def handshake(at: float = 0.0) -> Story:
    story = Story()
    story.tcp(at, "out", "S", 0).tcp(at + 0.021, "back", "SA", 0, 1).tcp(at + 0.042, "out", "A", 1, 1)
    return story


def conversation() -> Story:
    """A handshake, five bytes each way, and the end."""
    story = handshake()
    story.tcp(0.043, "out", "PA", 1, 1, 5).tcp(0.064, "back", "A", 1, 6).tcp(0.065, "back", "PA", 1, 6, 5)
    story.tcp(0.086, "out", "A", 6, 6).tcp(0.087, "out", "FA", 6, 6).tcp(0.108, "back", "FA", 6, 7)
    return story.tcp(0.129, "out", "A", 7, 7)


def lost_syn() -> Story:
    story = Story().tcp(0.0, "out", "S", 0, fate="lost").tcp(1.02, "out", "S", 0)
    return story.tcp(1.041, "back", "SA", 0, 1).tcp(1.062, "out", "A", 1, 1)


def fast_retransmit() -> Story:
    """Six segments of 100 bytes; the second is lost, and the ACKs of the others ask for it."""
    story = handshake()
    for i in range(6):
        story.tcp(0.050 + i / 1e4, "out", "A", 1 + 100 * i, 1, 100, fate="lost" if i == 1 else "delivered")
    story.tcp(0.071, "back", "A", 1, 101)
    for i in range(4):
        story.tcp(0.072 + i / 1e4, "back", "A", 1, 101, sack=(201, 301 + 100 * i))
    story.tcp(0.093, "out", "A", 101, 1, 100).tcp(0.114, "back", "A", 1, 601)
    return story


def timeout() -> Story:
    """The last segment is lost, and nobody says so: a timer."""
    story = handshake().tcp(0.050, "out", "PA", 1, 1, 100, fate="lost")
    return story.tcp(0.270, "out", "PA", 1, 1, 100).tcp(0.291, "back", "A", 1, 101)


def bulk(segments: int = 80) -> Story:
    """Many segments, each acknowledged; every fifteenth ACK is lost."""
    story = handshake()
    for i in range(segments):
        story.tcp(0.05 + i * 0.001, "out", "A", 1 + 100 * i, 1, 100)
        fate = "lost" if i % 15 == 14 else "delivered"
        story.tcp(0.0705 + i * 0.001, "back", "A", 1, 101 + 100 * i, fate=fate)
    return story
