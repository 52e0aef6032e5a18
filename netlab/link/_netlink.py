"""Settings of the child's own network, by rtnetlink(7): it allows an ordinary user what older ways do not."""

from __future__ import annotations

import os
import socket
import struct
from time import monotonic, sleep

DEVICE = "link"
QUEUE = 20_000  # packets that the device keeps for us; with its own 500 a burst would lose some, unasked


class Netlink:
    """Sets up the device named DEVICE. Each method raises OSError if the kernel refuses."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.index = socket.if_nametoindex(DEVICE)

    def ask(self, kind: int, flags: int, body: bytes, *attributes: tuple[int, bytes]) -> None:
        for number, data in attributes:
            body += struct.pack("=HH", 4 + len(data), number) + data + bytes(-len(data) % 4)
        self.socket.send(struct.pack("=IHHII", 16 + len(body), kind, 5 | flags, 1, 0) + body)
        code = -struct.unpack_from("=i", self.socket.recv(65536), 16)[0]
        if code:
            raise OSError(code, os.strerror(code))

    def set_device(self, mtu: int) -> None:
        up = struct.pack("=BxHiII", 0, 0, self.index, 1, 1)
        self.ask(16, 0, up, (4, struct.pack("=I", mtu)), (13, struct.pack("=I", QUEUE)))  # RTM_NEWLINK

    def set_address(self, family: int, near: bytes, prefix: int) -> None:
        nodad = 2  # IFA_F_NODAD: nobody else is here, so use it at once
        header = struct.pack("=BBBBI", family, prefix, nodad, 0, self.index)
        self.ask(20, 0x600, header, (2, near), (1, near))  # RTM_NEWADDR: IFA_LOCAL, IFA_ADDRESS

    def wait_for_address(self, near: bytes) -> None:
        """IPv6: the kernel makes the address reachable a moment later; packets before that are lost."""
        deadline = monotonic() + 5
        while monotonic() < deadline:
            with open("/proc/self/net/ipv6_route") as file:
                if any(line.startswith(near.hex() + " 80") for line in file):
                    return
            sleep(0.0005)

    def refuse_shortcut(self, family: int, near: bytes) -> None:
        """Make the near address unreachable for the programs here: packets to it would go around the link.

        The rule has to stand before the one for local addresses, which is number 0; so that one moves to 2.
        """
        self.rule(32, family, 255, 1, 2)
        self.rule(33, family, 255, 1, 0)
        self.rule(32, family, 0, 7, 1, (1, near), (3, b"lo\0"))  # unreachable, from programs, to near

    def rule(
        self, kind: int, family: int, table: int, action: int, place: int, *attributes: tuple[int, bytes]
    ) -> None:
        bits = 8 * len(attributes[0][1]) if attributes else 0
        header = struct.pack("=BBBBBBBBI", family, bits, 0, 0, table, 0, 0, action, 0)
        self.ask(kind, 0x600 if kind == 32 else 0, header, (6, struct.pack("=I", place)), *attributes)
