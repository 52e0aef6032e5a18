"""A relay on loopback that brings weather between a client and a server, on any system, without rights."""

from __future__ import annotations

import os
import socket
import time
import weakref
from dataclasses import asdict, replace
from typing import Any

from ..wire import pcapng
from ._child import PathEnded
from ._recorded import Packets
from ._relay_process import RelayProcess, processes
from ._relay_recorded import Lateness, Piece, Pieces, finished
from ._relay_shape import NAMES, Shape
from ._weather import checked, said
from .hold import Hold
from .model import Link

__all__ = ["Lateness", "PathEnded", "Piece", "Pieces", "Relay", "relay"]

MOST = 32  # relays open at once in one process
MOST_KEPT = 2**30  # bytes of recording
USUAL = Link()
NOT_IN_TCP = ("loss", "duplicate", "reorder", "corrupt", "queue", "mtu")


class Relay:
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
        merge=0.05          what comes within 0.05 s of the first byte goes on together
        stall=(100, 2.0)    after 100 bytes nothing goes on for 2 s
        reset_after=100     after 100 bytes the connection is reset on both sides
        slow_close=1.0      the end of the stream is passed on 1 s late
        only="back"         these five in one direction only, "out" or "back"

    A half-close is passed on; a server that refuses, or resets, shows as a reset. Bytes are counted for each
    connection and direction. `keep` bounds the recording, in bytes.

    The relay runs in a child process. If that is killed, clients see the end of the connection, or silence
    with UDP, and the next use of the relay raises PathEnded. Closing the relay, by the end of `with`, by
    close(), or by dropping the last reference, ends the child and with it every connection.

    Raise ValueError or TypeError, by name, for what can not be honored, and for an address that is not on
    loopback.
    """

    def __init__(
        self,
        address: tuple[Any, ...],
        link: Link | None = None,
        /,
        *,
        back: Link | None = None,
        kind: str = "tcp",
        slice: int | None = None,
        merge: float | None = None,
        stall: tuple[int, float] | None = None,
        reset_after: int | None = None,
        slow_close: float | None = None,
        only: str | None = None,
        keep: int = 64 * 2**20,
        **weather: Any,
    ) -> None:
        if link is not None and weather:
            raise TypeError("Give link.relay() a Link or the parameters of one, not both.")
        if kind not in ("tcp", "udp"):
            raise ValueError(f'kind={kind!r}: give "tcp" or "udp".')
        if not 0 <= keep <= MOST_KEPT:
            raise ValueError(f"keep={keep}: give the bytes of the recording to keep, from 0 to {MOST_KEPT}.")
        self.kind = kind
        host, target = _loopback(address)
        self._link = checked("link", Link() if link is None else link, weather)
        self._back = None if back is None else checked("back", back)
        self._shape, self._only = Shape(slice, merge, stall, reset_after, slow_close), only
        settings = self._settings(self._link, self._back, self._shape, only)
        if len(processes) >= MOST:
            raise RuntimeError(f"{MOST} relays are open already. Close some first; `with` closes its own.")
        self._epoch = time.time()
        self._process = process = RelayProcess(keep, kind, host, target, *settings)
        self._close = weakref.finalize(self, process.close)  # also when dropped, and at exit
        self.address: tuple[Any, ...] = process.address

    # Weather

    @property
    def link(self) -> Link:
        """The weather from client to server, and back unless `back` was given. Assign another at any time.

        What is on its way keeps the fate that it has.
        """
        return self._link

    @link.setter
    def link(self, link: Link) -> None:
        self._set(checked("link", link), self._back, self._shape, self._only)

    @property
    def back(self) -> Link:
        """The weather from server to client."""
        return self._link if self._back is None else self._back

    @back.setter
    def back(self, link: Link) -> None:
        self._set(self._link, checked("back", link), self._shape, self._only)

    def change(self, **weather: Any) -> None:
        """Change some parameters while the relay runs: relay.change(delay=0.1), relay.change(stall=(0, 2.0)).

        Those of the weather change in both directions. When slice, merge, stall, reset_after or slow_close
        changes, every connection begins to count its bytes again, and a stall that was is over.
        """
        shape = replace(self._shape, **{name: weather.pop(name) for name in NAMES if name in weather})
        only = weather.pop("only", self._only)
        back = None if self._back is None else checked("back", self._back, weather)
        self._set(checked("link", self._link, weather), back, shape, only)

    def _set(self, link: Link, back: Link | None, shape: Shape, only: str | None) -> None:
        self._process.ask("change", *self._settings(link, back, shape, only))
        self._link, self._back, self._shape, self._only = link, back, shape, only

    def _settings(self, link: Link, back: Link | None, shape: Shape, only: str | None) -> tuple[Any, Any]:
        """What the child needs: the weather (out, back) and the shapes (back, out). Refuse what is wrong."""
        if only not in (None, "out", "back"):
            raise ValueError(f'only={only!r}: give "out", "back", or None for both directions.')
        if only is not None and not shape.given():
            raise ValueError(f"only={only!r} changes nothing without {', '.join(NAMES)}.")
        links = link, link if back is None else back
        if self.kind == "udp":
            for name, value in shape.given().items():
                raise ValueError(f"{name}={value!r} is for streams of bytes; a datagram stays whole.")
        else:
            for name in NOT_IN_TCP:
                for each in links:
                    if (value := getattr(each, name)) != getattr(USUAL, name):
                        raise ValueError(
                            f"{name}={value!r} happens to packets, and a TCP relay sees a stream of bytes: "
                            'use link.kernel(), where real TCP segments meet it, or kind="udp".'
                        )
            links = replace(links[0], mtu=65535), replace(links[1], mtu=65535)
        shapes = tuple({} if only == other else shape.given() for other in ("out", "back"))
        return tuple(asdict(each) for each in links), shapes

    def hold(self) -> Hold:
        """From now on every datagram waits until you decide what becomes of it. See Hold."""
        if self.kind == "tcp":
            raise ValueError('Inside TCP a relay has no packets to hold: use link.kernel(), or kind="udp".')
        return self._process.hold()

    # What happened

    @property
    def packets(self) -> Packets:
        """Every datagram until now, in both directions, with the IP and UDP headers that the client sees."""
        if self.kind == "tcp":
            raise AttributeError("A TCP relay sees a stream of bytes, not packets: use its `pieces`.")
        packets = self._recorded()
        packets[:] = [replace(event, data=finished(event.data)) for event in packets]
        return packets

    @property
    def pieces(self) -> Pieces:
        """What passed through a TCP relay until now, in both directions."""
        if self.kind == "udp":
            raise AttributeError("A UDP relay passes datagrams on, not pieces: use its `packets`.")
        return Pieces(self._recorded())

    def _recorded(self) -> Packets:
        return Packets(self._process.log(), self._process.began)

    @property
    def lateness(self) -> Lateness:
        """How late the relay was until now; all 0 if nothing came out."""
        late = sorted(event.late for event in self._recorded() if event.late is not None) or [0.0]
        return Lateness(late[len(late) // 2], late[int(len(late) * 0.95)], late[-1])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the datagrams to a pcapng file, which Wireshark opens."""
        comment = said(self._link, self._back)
        pcapng.write(path, self.packets, started=self._epoch, comment=comment)

    # The end

    @property
    def closed(self) -> bool:
        return self._process.error is not None

    @property
    def error(self) -> PathEnded | None:
        """Why the relay ended, if that was not by close()."""
        error = self._process.error
        return error if error is not None and error.unexpected else None

    def close(self) -> None:
        """End every connection and the child process. Harmless when done twice."""
        self._close()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        changes = [f"{name}={value!r}" for name, value in self._shape.given().items()]
        words = [f"{self.kind} relay", said(self._link, self._back), *changes]
        return f"<{', '.join([*words, 'closed'] if self.closed else words)}>"


def _loopback(address: Any) -> tuple[str, tuple[Any, ...]]:
    """The loopback address to listen on, and the server's."""
    if not isinstance(address, tuple) or len(address) not in (2, 4) or not isinstance(address[0], str):
        raise TypeError(f"A relay needs the address of a server, such as server.address, not {address!r}.")
    host, port, *rest = address
    host = "127.0.0.1" if host == "localhost" else host
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise ValueError(f"A relay needs the port that a server has, from 1 to 65535, not {port!r}.")
    for family, own, prefix in (
        (socket.AF_INET, "127.0.0.1", b"\x7f"),
        (socket.AF_INET6, "::1", bytes(15) + b"\1"),
    ):
        try:
            if socket.inet_pton(family, host).startswith(prefix):
                return own, (host, port, *rest)
        except (OSError, ValueError):
            pass  # not an address of this family
    raise ValueError(f'A relay reaches servers on loopback only, such as "127.0.0.1" or "::1", not {host!r}.')


relay = Relay
