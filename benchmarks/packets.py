"""Packets decoded, checked, written and read in a second: ours, and scapy and dpkt if they are installed.

    python benchmarks/packets.py

Each number is the median of several rounds, in packets for each second of CPU time. Limit: 200 000 decoded.
"""

from __future__ import annotations

import importlib
import io
import logging
import statistics
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from netlab.wire import PacketEvent, decode, internet_checksum, pcapng

ROUNDS = 7
LIMIT = 200_000


def packet(version: int, protocol: int, body: bytes) -> bytes:
    """An IP packet between documentation addresses, with right checksums."""
    place = 16 if protocol == 6 else 6
    if version == 4:
        near, far = b"\xc0\0\2\1", b"\xc0\0\2\2"
        pseudo = near + far + struct.pack("!BBH", 0, protocol, len(body))
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 7, 0x4000, 64, protocol, 0, near, far)
        ip = ip[:10] + internet_checksum(ip).to_bytes(2, "big") + ip[12:]
    else:
        near, far = (bytes.fromhex("20010db8") + bytes(11) + bytes([k]) for k in (1, 2))
        pseudo = near + far + struct.pack("!IHBB", len(body), 0, 0, protocol)
        ip = struct.pack("!IHBB16s16s", 6 << 28, len(body), protocol, 64, near, far)
    return ip + body[:place] + internet_checksum(pseudo + body).to_bytes(2, "big") + body[place + 2 :]


def segment(options: str, payload: int, flags: int = 0x10) -> bytes:
    raw = bytes.fromhex(options)
    return (
        struct.pack("!HHIIHHHH", 40000, 80, 1, 2, (5 + len(raw) // 4) << 12 | flags, 502, 0, 0)
        + raw
        + bytes(payload)
    )


TIMES = "0101080a0000000100000002"
PACKETS = {
    "TCP data, timestamps": packet(4, 6, segment(TIMES, 1448)),
    "TCP data over IPv6": packet(6, 6, segment(TIMES, 1428)),
    "TCP ACK without options": packet(4, 6, segment("", 0)),
    "TCP ACK with SACK": packet(4, 6, segment(TIMES + "0101050a0000000300000004", 0)),
    "TCP SYN with five options": packet(4, 6, segment("020405b40402080a000000010000000001030307", 0, 2)),
    "UDP, 100 bytes": packet(4, 17, struct.pack("!HHHH", 40000, 53, 108, 0) + bytes(100)),
}


def rate(action: Callable[[], object], count: int) -> float:
    """How many a second, if one action does `count`."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return count / statistics.median(times)


def repeat(function: Callable[[bytes], object], data: bytes, count: int) -> Callable[[], None]:
    def action() -> None:
        for _ in range(count):
            function(data)

    return action


def other(name: str) -> Any:
    logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def main() -> None:
    scapy, dpkt = other("scapy.all"), other("dpkt")
    print(f"{'decoded a second':32}{'netlab':>12}{'scapy':>12}{'dpkt':>12}")
    for name, data in PACKETS.items():
        assert decode(data).checksum_errors == ()
        row = [rate(repeat(decode, data, 20_000), 20_000)]
        six = data[0] >> 4 == 6
        theirs = [scapy and (scapy.IPv6 if six else scapy.IP), dpkt and (dpkt.ip6.IP6 if six else dpkt.ip.IP)]
        row += [rate(repeat(function, data, 500), 500) if function else 0 for function in theirs]
        print(
            f"{name:32}"
            + "".join(f"{n:12,.0f}" if n else f"{'not here':>12}" for n in row)
            + "  below!" * (row[0] < LIMIT)
        )
    data = PACKETS["TCP data, timestamps"]
    print(f"\n{'1500 bytes, in a second':32}{'netlab':>12}")
    verify = repeat(lambda data: decode(data).checksum_errors, data, 5000)
    print(f"{'checksums verified':32}{rate(verify, 5000):12,.0f}")
    events = [
        PacketEvent(k / 1000, k / 1000 + 0.02, "delivered", "out", data, k, k / 1000 + 0.02)
        for k in range(5000)
    ]
    file = pcapng.encode(pcapng.Capture(events))
    print(f"{'written to pcapng':32}{rate(lambda: pcapng.encode(pcapng.Capture(events)), 5000):12,.0f}")
    print(f"{'read from pcapng':32}{rate(lambda: pcapng.decode(file), 5000):12,.0f}")
    if scapy:
        print(f"{'read from pcapng by scapy':32}{rate(lambda: scapy.rdpcap(io.BytesIO(file)), 5000):12,.0f}")


if __name__ == "__main__":
    main()
