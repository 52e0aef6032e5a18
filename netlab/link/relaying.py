"""A relay on loopback that brings weather between a client and a server, on any system, without rights."""

from __future__ import annotations

import ipaddress
import struct
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..wire import PacketEvent, internet_checksum
from ._weather import NAMES, Both, Shape
from .carried import Carried, Piece, piece
from .child import Child
from .holding import Hold
from .model import Link
from .path import Path

USUAL = Link()
NOT_IN_TCP = ("loss", "duplicate", "reorder", "corrupt", "queue", "mtu")


class Relay(Path):
    """A relay on loopback: clients connect to its `address`, and it passes on to the server with weather.

        with EchoServer() as server, link.relay(server.address, delay=0.02) as relay:
            sock = socket.create_connection(relay.address)

    The weather is given as for Link, or as a Link; it holds in both directions unless `back` gives the one
    from server to client its own. All clients share it.

    kind="udp"  Every datagram meets the weather: delay, jitter, loss, rate, queue, reorder, duplicate,
                corrupt (in its data), mtu (a datagram that is larger with its 28 bytes of IPv4 and UDP
                headers, or 48 with IPv6, is dropped). `packets` is what passed. 200 clients at once.
    kind="tcp"  delay, jitter and rate (of the bytes that you send, without headers), and what follows. What
                happens to packets, such as loss, is refused: TCP would repair it below the relay.
                `pieces` is what passed. 100 connections at once, more wait.

        slice=3             at most 3 bytes at a time, a millisecond apart
        stall=(100, 2.0)    after 100 bytes nothing goes on for 2 s
        reset_after=100     after 100 bytes the connection is reset on both sides
        only="back"         these three in one direction only, "out" or "back"

    A half-close is passed on; a server that refuses, or resets, shows as a reset. Bytes are counted for each
    connection and direction. `keep` bounds the recording, in bytes.

    Closing the relay, by the end of `with`, by close(), or by dropping the last reference, ends its child
    process and with it every connection. If that is killed, clients see the end of the connection, or silence
    with UDP, and the next use of the relay raises PathEnded.

    Raise ValueError or TypeError, by name, for what can not be honored, such as an address not on loopback.
    """

    _call = "link.relay()"

    def __init__(
        self,
        address: tuple[Any, ...],
        link: Link | None = None,
        /,
        *,
        back: Link | None = None,
        kind: str = "tcp",
        slice: int | None = None,
        stall: tuple[int, float] | None = None,
        reset_after: int | None = None,
        only: str | None = None,
        keep: int = 64 * 2**20,
        **weather: Any,
    ) -> None:
        if kind not in ("tcp", "udp"):
            raise ValueError(f'kind={kind!r}: give "tcp" or "udp".')
        self.kind = kind
        ends = _loopback(address)
        self._shape, self._only = Shape(slice, stall, reset_after), only
        super().__init__(link, back, keep, weather, _Datagrams if kind == "udp" else _Streams, ends)
        self.address: tuple[Any, ...] = self._child.ready

    def change(self, **weather: Any) -> None:
        """Change some parameters while the relay runs: relay.change(delay=0.1), relay.change(stall=(0, 2.0)).

        Those of the weather change in both directions. When slice, stall or reset_after changes, every
        connection begins to count its bytes again, and a stall that was is over.
        """
        before = self._shape, self._only
        shape = {name: weather.pop(name) for name in NAMES if name in weather}
        self._shape, self._only = replace(self._shape, **shape), weather.pop("only", self._only)
        try:
            super().change(**weather)
        except BaseException:
            self._shape, self._only = before
            raise

    def _settings(self, link: Link, back: Link | None) -> tuple[Any, ...]:
        shape, only, given = self._shape, self._only, self._shape.given()
        if only not in (None, *Both._fields):
            raise ValueError(f'only={only!r}: give "out", "back", or None for both directions.')
        if only is not None and not given:
            raise ValueError(f"only={only!r} changes nothing without {', '.join(NAMES)}.")
        (links,) = super()._settings(link, back)
        if self.kind == "udp":
            for name, value in given.items():
                raise ValueError(f"{name}={value!r} is for streams of bytes; a datagram stays whole.")
            return (links,)
        for name, value in [(name, getattr(each, name)) for name in NOT_IN_TCP for each in links]:
            if value != getattr(USUAL, name):
                why = "happens to packets, and a TCP relay sees a stream of bytes"
                instead = 'use link.kernel(), where real TCP segments meet it, or kind="udp"'
                raise ValueError(f"{name}={value!r} {why}: {instead}.")
        shapes = Both(*[shape if only in (None, direction) else Shape() for direction in Both._fields])
        return Both(*[replace(each, mtu=65535) for each in links]), shapes

    def hold(self) -> Hold:
        """From now on every datagram waits until you decide what becomes of it. See Hold."""
        if self.kind == "tcp":
            raise ValueError('Inside TCP a relay has no packets to hold: use link.kernel(), or kind="udp".')
        return super().hold()

    @property
    def packets(self) -> Carried[PacketEvent]:
        """Every datagram until now, in both directions, with the IP and UDP headers that the client sees."""
        if self.kind == "tcp":
            raise AttributeError("A TCP relay sees a stream of bytes, not packets: use its `pieces`.")
        return super().packets

    @property
    def pieces(self) -> Carried[Piece]:
        """What passed through a TCP relay until now in both directions, in the order of reading."""
        if self.kind == "udp":
            raise AttributeError("A UDP relay passes datagrams on, not pieces: use its `packets`.")
        return self._recorded()

    def _named(self) -> list[str]:
        return [f"{self.kind} relay", *(f"{name}={value!r}" for name, value in self._shape.given().items())]


class _Streams(Child):
    kind = "tcp"
    event = staticmethod(piece)


class _Datagrams(Child):
    kind = "udp"

    @staticmethod
    def event(
        sent: float, delivered: float | None, fate: str, direction: str, data: bytes, *more: Any
    ) -> Any:
        return PacketEvent(sent, delivered, fate, direction, finished(data), *more)


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


def _loopback(address: Any) -> tuple[str, tuple[Any, ...]]:
    """The loopback address to listen on, and the server's."""
    if not isinstance(address, tuple) or len(address) not in (2, 4) or not isinstance(address[0], str):
        raise TypeError(f"A relay needs the address of a server, such as server.address, not {address!r}.")
    host, port, *rest = address
    host = "127.0.0.1" if host == "localhost" else host
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise ValueError(f"A relay needs the port that a server has, from 1 to 65535, not {port!r}.")
    for own, network in ("127.0.0.1", "127.0.0.0/8"), ("::1", "::1/128"):
        with suppress(ValueError):  # no address at all
            if ipaddress.ip_address(host) in ipaddress.ip_network(network):
                return own, (host, port, *rest)
    raise ValueError(f'A relay reaches servers on loopback only, such as "127.0.0.1" or "::1", not {host!r}.')


relay = Relay
