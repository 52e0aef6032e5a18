"""Real TCP and UDP of the Linux kernel through a link of your own making, without root."""

from __future__ import annotations

import os
import platform
import socket as sockets
import sys
import time
import weakref
from dataclasses import asdict, dataclass
from socket import socket as Socket
from typing import Any, ClassVar

from ..wire import NotOnThisSystem, pcapng
from ._child import Child, PathEnded, children
from ._recorded import Lateness, Packets
from ._weather import checked, said
from .hold import Hold
from .model import Link

__all__ = ["Availability", "KernelPath", "Lateness", "NotOnThisSystem", "Packets", "PathEnded", "kernel"]

MOST_KEPT = 2**30  # bytes of packets
MOST = 32  # paths open at once in one process
ADDRESSES = {  # RFC 5737 and RFC 3849: for documentation, routed nowhere
    False: (sockets.AF_INET, "192.0.2.1", "192.0.2.2", 24),
    True: (sockets.AF_INET6, "2001:db8::1", "2001:db8::2", 64),
}
TCP_LEAST_MTU = 88  # Linux fills no segment with less than 48 bytes (tcp_min_snd_mss)
IPV6_LEAST_MTU = 1280  # RFC 8200 section 5
TCP_CONGESTION = 13


@dataclass(frozen=True)
class Availability:
    """Is a kernel path possible here? True or false in an `if`; printed, it says yes or why not."""

    works: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.works

    def __str__(self) -> str:
        return "yes" if self.works else self.reason


class KernelPath:
    """A path between two ends, both in this machine's kernel, with the weather of a Link in between. Linux.

        with link.kernel(delay=0.02, loss=0.05, seed=7) as path:
            listener = path.listen()
            client = path.socket()
            client.connect((path.far, listener.getsockname()[1]))

    The weather is given as for Link, or as a Link; it holds in both directions unless `back` gives the one
    from server to client its own. Servers listen on `near`, clients connect to `far`: "192.0.2.1" and
    "192.0.2.2", or with ipv6=True "2001:db8::1" and "2001:db8::2". The sockets are ordinary ones of this
    process; they reach each other and nothing else.

    `keep` bounds the recording, in bytes. `congestion_controls` names what this kernel offers.

    Closing a path, by the end of `with`, by close(), or by dropping the last reference, shuts all its sockets
    down: what waits in recv() or accept() returns at once, and nothing can be sent any more. The same happens
    if the child process of the path is killed; then `error` says so.

    Raise NotOnThisSystem (an OSError) where the system does not allow it; see available().
    """

    _works: ClassVar[bool] = False  # here, as a path has shown

    def __init__(
        self,
        link: Link | None = None,
        /,
        *,
        back: Link | None = None,
        ipv6: bool = False,
        keep: int = 64 * 2**20,
        **weather: Any,
    ) -> None:
        if link is not None and weather:
            raise TypeError("Give link.kernel() a Link or the parameters of one, not both.")
        self._link = checked("link", Link() if link is None else link, weather)
        self._back = None if back is None else checked("back", back)
        self._ipv6 = ipv6
        self._check_mtu(self._link, self._back)
        if not 0 <= keep <= MOST_KEPT:
            raise ValueError(f"keep={keep}: give the bytes of packets to keep, from 0 to {MOST_KEPT}.")
        if reason := _switched_off():
            raise NotOnThisSystem(f"A kernel path is not possible here: {reason}.")
        if len(children) >= MOST:
            raise RuntimeError(f"{MOST} kernel paths are open already: close some first.")
        self._family, self.near, self.far, prefix = ADDRESSES[ipv6]
        self._epoch, self._began = time.time(), time.monotonic()
        self._final: Packets | None = None
        self._child = child = Child(keep, int(self._family), self.near, self.far, prefix, *self._weather())
        self._close = weakref.finalize(self, child.close)  # also when dropped, and at exit
        self.congestion_controls: tuple[str, ...] = child.congestion_controls
        KernelPath._works = True

    @classmethod
    def available(cls) -> Availability:
        """Is a kernel path possible here? Until one has worked, each call tries, in about 50 ms."""
        if reason := _switched_off():
            return Availability(False, reason)
        if not cls._works:
            try:
                cls(keep=4096).close()
            except NotOnThisSystem as error:
                return Availability(False, str(error).partition(": ")[2].rstrip("."))
            except OSError as error:
                return Availability(False, str(error))
        return Availability(True)

    # Sockets

    def listen(
        self,
        port: int = 0,
        *,
        backlog: int = 128,
        congestion: str | None = None,
        send_buffer: int | None = None,
        receive_buffer: int | None = None,
    ) -> Socket:
        """A TCP socket that listens on (near, port); port 0 picks a free one. Options as for socket()."""
        sock = self.socket(congestion=congestion, send_buffer=send_buffer, receive_buffer=receive_buffer)
        try:
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
            sock.bind((self.near, port))
            sock.listen(backlog)
        except BaseException:
            sock.close()
            raise
        return sock

    def socket(
        self,
        *,
        congestion: str | None = None,
        send_buffer: int | None = None,
        receive_buffer: int | None = None,
    ) -> Socket:
        """A TCP socket, to connect to (far, port).

        congestion      name of the congestion control, one of `congestion_controls`
        send_buffer     bytes of SO_SNDBUF, receive_buffer of SO_RCVBUF; Linux doubles them for its own needs
        Raise ValueError, with the name, for one that this kernel can not honor.
        """
        options: list[tuple[int, int, int | bytes]] = []
        if congestion is not None:
            if congestion not in self.congestion_controls:
                names = ", ".join(self.congestion_controls)
                raise ValueError(f"congestion={congestion!r}: this kernel has {names}.")
            options.append((sockets.IPPROTO_TCP, TCP_CONGESTION, congestion.encode()))
        return self._socket(sockets.SOCK_STREAM, options, send_buffer, receive_buffer)

    def datagram_socket(
        self, port: int | None = None, *, send_buffer: int | None = None, receive_buffer: int | None = None
    ) -> Socket:
        """A UDP socket; bound to (near, port) if a port is given (0 picks a free one)."""
        sock = self._socket(sockets.SOCK_DGRAM, [], send_buffer, receive_buffer)
        try:
            if port is not None:
                sock.bind((self.near, port))
        except BaseException:
            sock.close()
            raise
        return sock

    def _socket(
        self, kind: int, options: list[tuple[int, int, int | bytes]], send: int | None, receive: int | None
    ) -> Socket:
        sizes = [("send_buffer", sockets.SO_SNDBUF, send), ("receive_buffer", sockets.SO_RCVBUF, receive)]
        options += [(sockets.SOL_SOCKET, option, size) for _, option, size in sizes if size is not None]
        descriptor = self._child.ask("socket", int(self._family), int(kind), options)
        assert descriptor is not None
        sock = Socket(self._family, kind, 0, descriptor)
        for name, option, size in sizes:
            if size is not None and (most := sock.getsockopt(sockets.SOL_SOCKET, option) // 2) < size:
                sock.close()
                raise ValueError(f"{name}={size}: this kernel allows {most} bytes at most.")
        return sock

    # Weather

    @property
    def link(self) -> Link:
        """The weather from client to server, and back unless `back` was given. Assign another at any time.

        Packets on their way keep the fate that they have.
        """
        return self._link

    @link.setter
    def link(self, link: Link) -> None:
        self._set(checked("link", link), self._back)

    @property
    def back(self) -> Link:
        """The weather from server to client."""
        return self._link if self._back is None else self._back

    @back.setter
    def back(self, link: Link) -> None:
        self._set(self._link, checked("back", link))

    def change(self, **weather: Any) -> None:
        """Change some parameters of the weather, in both directions: path.change(loss=0.3)."""
        self._set(
            checked("link", self._link, weather),
            None if self._back is None else checked("back", self._back, weather),
        )

    def _set(self, link: Link, back: Link | None) -> None:
        self._check_mtu(link, back)
        before = self._link, self._back
        self._link, self._back = link, back
        try:
            self._child.ask("weather", *self._weather())
        except BaseException:
            self._link, self._back = before
            raise

    def _weather(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return asdict(self._link), asdict(self.back)

    def _check_mtu(self, link: Link, back: Link | None) -> None:
        if back is not None and back.mtu != link.mtu:
            raise ValueError(f"mtu={back.mtu} back, but {link.mtu} out: a kernel path has one MTU for both.")
        if link.mtu < TCP_LEAST_MTU:
            raise ValueError(f"mtu={link.mtu}: the kernel's TCP needs {TCP_LEAST_MTU} bytes or more.")
        if self._ipv6 and link.mtu < IPV6_LEAST_MTU:
            raise ValueError(f"mtu={link.mtu}: IPv6 needs {IPV6_LEAST_MTU} bytes or more (RFC 8200).")

    def hold(self) -> Hold:
        """From now on every packet waits until you decide: deliver, drop, duplicate, put behind the next."""
        return self._child.hold()

    # What happened

    @property
    def packets(self) -> Packets:
        """Every packet until now, in both directions, with the addresses that the client sees."""
        if self._final is not None:
            return self._final
        closed = self.closed
        packets = Packets(self._child.log(), self._began)
        if closed:
            self._final = packets
        return packets

    @property
    def lateness(self) -> Lateness:
        """How much later than asked packets came out, until now."""
        return self.packets.lateness

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the packets to a pcapng file, which Wireshark opens."""
        system = f"{platform.system()} {platform.release()}"
        pcapng.write(
            path, self.packets, started=self._epoch, system=system, comment=said(self._link, self._back)
        )

    # The end

    @property
    def closed(self) -> bool:
        return self._child.error is not None

    @property
    def error(self) -> PathEnded | None:
        """Why the path ended, if that was not by close()."""
        error = self._child.error
        return error if error is not None and error.unexpected else None

    def close(self) -> None:
        """Shut every socket of the path down and end its child process. Harmless when done twice."""
        self._close()

    def __enter__(self) -> KernelPath:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = ", closed" if self.closed else ""
        return f"<kernel path {self.near} – {self.far}, {said(self._link, self._back)}{closed}>"


def _switched_off() -> str:
    """Why a kernel path is not even tried here; empty if it is."""
    if os.environ.get("NETLAB_KERNEL", "").lower() == "off":
        return "the environment variable NETLAB_KERNEL=off switches it off"
    if not sys.platform.startswith("linux"):
        return f"it needs Linux, and this is {platform.system() or sys.platform}"
    return ""


kernel = KernelPath
