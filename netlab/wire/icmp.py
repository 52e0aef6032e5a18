"""ICMP and ICMPv6: what the network tells a sender. Pure: bytes in, small objects out."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from .headers import demand

_ICMP = Struct("!BBH4s")


@dataclass(slots=True)
class ICMP:
    """RFC 792. What the four bytes `rest` mean depends on the type: see the properties."""

    type: int
    code: int
    checksum: int
    rest: bytes

    ECHO: ClassVar = (8, 0)
    ERRORS: ClassVar = {
        3: "destination unreachable",
        5: "redirect",
        11: "time exceeded",
        12: "parameter problem",
    }
    OTHERS: ClassVar = {0: "echo reply", 8: "echo request"}
    CODES: ClassVar = {
        (3, 0): "net", (3, 1): "host", (3, 2): "protocol", (3, 3): "port", (3, 4): "fragmentation needed",
        (11, 0): "in transit", (11, 1): "in reassembly",
    }  # fmt: skip
    TOO_BIG: ClassVar = (3, 4)

    @property
    def is_error(self) -> bool:
        """Does it report the fate of another packet, whose beginning it carries?"""
        return self.type in self.ERRORS

    @property
    def name(self) -> str:
        """Type and code in words: "destination unreachable (port)"."""
        name = self.ERRORS.get(self.type) or self.OTHERS.get(self.type) or f"type {self.type}"
        code = self.CODES.get((self.type, self.code), f"code {self.code}" if self.code else "")
        return f"{name} ({code})" if code else name

    @property
    def identifier(self) -> int | None:
        """Of an echo request or reply."""
        return int.from_bytes(self.rest[:2], "big") if self.type in self.ECHO else None

    @property
    def sequence_number(self) -> int | None:
        """Of an echo request or reply."""
        return int.from_bytes(self.rest[2:], "big") if self.type in self.ECHO else None

    @property
    def mtu(self) -> int | None:
        """What the next link can carry (RFC 1191, RFC 4443), from "too big" errors."""
        return int.from_bytes(self.rest, "big") if (self.type, self.code) == self.TOO_BIG else None


class ICMPv6(ICMP):
    """RFC 4443."""

    __slots__ = ()

    ECHO: ClassVar = (128, 129)
    ERRORS: ClassVar = {
        1: "destination unreachable", 2: "packet too big", 3: "time exceeded", 4: "parameter problem",
    }  # fmt: skip
    OTHERS: ClassVar = {
        128: "echo request", 129: "echo reply", 133: "router solicitation", 134: "router advertisement",
        135: "neighbor solicitation", 136: "neighbor advertisement",
    }  # fmt: skip
    CODES: ClassVar = {
        (1, 0): "no route", (1, 1): "prohibited", (1, 3): "address", (1, 4): "port",
        (3, 0): "in transit", (3, 1): "in reassembly",
    }  # fmt: skip
    TOO_BIG: ClassVar = (2, 0)


def parse_icmp(data: bytes, start: int, end: int, sent: int, kind: type[ICMP]) -> tuple[ICMP, int]:
    """The header and where the payload begins. `end`: of what is here."""
    if end - start < 8:
        demand(f"an {kind.__name__} header has 8 bytes", 8, end - start, sent - start)
    return kind(*_ICMP.unpack_from(data, start)), start + 8
