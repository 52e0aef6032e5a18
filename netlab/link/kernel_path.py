"""Real TCP and UDP of the Linux kernel through a link of your own making, without root."""

from __future__ import annotations

import _socket  # the C class: its calls are ours, so watch() must not record them
import errno
import os
import platform
import socket as sockets
import struct
import sys
from contextlib import closing, suppress
from socket import socket as Socket
from typing import Any, ClassVar

from ..wire import NotOnThisSystem
from .child import Child, PathEnded
from .model import Link
from .path import Path

ADDRESSES = {  # RFC 5737 and RFC 3849: for documentation, routed nowhere
    False: (sockets.AF_INET, "192.0.2.1", "192.0.2.2", 24),
    True: (sockets.AF_INET6, "2001:db8::1", "2001:db8::2", 64),
}
TCP_LEAST_MTU = 88  # Linux fills no segment with less than 48 bytes (tcp_min_snd_mss)
IPV6_LEAST_MTU = 1280  # RFC 8200 section 5
TCP_CONGESTION = 13
NETNS_COOKIE = 71  # SO_NETNS_COOKIE
Option = tuple[int, int, int | bytes]  # level, name, value


class Availability(str):
    """Is a kernel path possible here? True or false in an `if`; printed, it says yes or why not."""

    def __bool__(self) -> bool:
        return self == "yes"


class KernelPath(Path):
    """A path between two ends, both in this machine's kernel, with the weather of a Link in between. Linux.

        with link.kernel(delay=0.02, loss=0.05, seed=7) as path:
            listener = path.listen()
            client = path.socket()
            client.connect((path.far, listener.getsockname()[1]))

    The weather is given as for Link, or as a Link; it holds in both directions unless `back` gives the one
    from server to client its own. Servers listen on `near`, clients connect to `far`: "192.0.2.1" and
    "192.0.2.2", or with ipv6=True "2001:db8::1" and "2001:db8::2". The sockets are ordinary ones of this
    process; they reach each other and nothing else. `keep` bounds the recording, in bytes.

    Closing a path, by the end of `with`, by close(), or by dropping the last reference, shuts all its sockets
    down: what waits in recv() or accept() returns at once, and nothing can be sent any more. The same happens
    if its child process is killed; then `error` says so.

    Raise NotOnThisSystem (an OSError) where the system does not allow it; see available().
    """

    _call = "link.kernel()"
    _works: ClassVar[bool] = False  # here, as a path has shown
    _child: _NamespaceChild

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
        self._ipv6 = ipv6
        self._family, self.near, self.far, _ = ADDRESSES[ipv6]
        super().__init__(link, back, keep, weather, _NamespaceChild, ADDRESSES[ipv6])
        self.congestion_controls: tuple[str, ...] = tuple(self._child.ready[1])  # what this kernel offers
        KernelPath._works = True

    def _settings(self, link: Link, back: Link | None) -> tuple[Any, ...]:
        if back is not None and back.mtu != link.mtu:
            raise ValueError(f"mtu={back.mtu} back, but {link.mtu} out: a kernel path has one MTU for both.")
        if link.mtu < TCP_LEAST_MTU:
            raise ValueError(f"mtu={link.mtu}: the kernel's TCP needs {TCP_LEAST_MTU} bytes or more.")
        if self._ipv6 and link.mtu < IPV6_LEAST_MTU:
            raise ValueError(f"mtu={link.mtu}: IPv6 needs {IPV6_LEAST_MTU} bytes or more (RFC 8200).")
        return super()._settings(link, back)

    @classmethod
    def available(cls) -> Availability:
        """Is a kernel path possible here? Until one has worked, each call tries, in about 50 ms."""
        try:
            if not cls._works or _switched_off():
                cls(keep=4096).close()
        except NotOnThisSystem as error:
            return Availability(str(error).partition(": ")[2].rstrip("."))
        except OSError as error:
            return Availability(error)
        return Availability("yes")

    def listen(self, port: int = 0, *, backlog: int = 128, **options: Any) -> Socket:
        """A TCP socket that listens on (near, port); port 0 picks a free one. Options as for socket()."""
        return self._socket(sockets.SOCK_STREAM, port=port, backlog=backlog, **options)

    def socket(self, *, congestion: str = "", send_buffer: int = 0, receive_buffer: int = 0) -> Socket:
        """A TCP socket, to connect to (far, port).

        congestion      name of the congestion control, one of `congestion_controls`
        send_buffer     bytes of SO_SNDBUF, receive_buffer of SO_RCVBUF; Linux doubles them for its own needs
        Raise ValueError, with the name, for one that this kernel can not honor.
        """
        return self._socket(sockets.SOCK_STREAM, send_buffer, receive_buffer, congestion)

    def datagram_socket(
        self, port: int | None = None, *, send_buffer: int = 0, receive_buffer: int = 0
    ) -> Socket:
        """A UDP socket; bound to (near, port) if a port is given (0 picks a free one)."""
        return self._socket(sockets.SOCK_DGRAM, send_buffer, receive_buffer, port=port)

    def _socket(
        self,
        kind: int,
        send_buffer: int = 0,
        receive_buffer: int = 0,
        congestion: str = "",
        port: int | None = None,
        backlog: int | None = None,
    ) -> Socket:
        sizes = [("send_buffer", sockets.SO_SNDBUF, send_buffer)] if send_buffer else []
        sizes += [("receive_buffer", sockets.SO_RCVBUF, receive_buffer)] if receive_buffer else []
        options: list[Option] = [(sockets.SOL_SOCKET, option, size) for _, option, size in sizes]
        if congestion:
            if congestion not in (known := self.congestion_controls):
                raise ValueError(f"congestion={congestion!r}: this kernel has {', '.join(known)}.")
            options.append((sockets.IPPROTO_TCP, TCP_CONGESTION, congestion.encode()))
        if backlog is not None:
            options.append((sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1))
        sock = Socket(self._family, kind, 0, self._child.open_socket(self._family, kind, options))
        try:
            for name, option, size in sizes:
                if (most := sock.getsockopt(sockets.SOL_SOCKET, option) // 2) < size:
                    raise ValueError(f"{name}={size}: this kernel allows {most} bytes at most.")
            if port is not None:
                sock.bind((self.near, port))
            if backlog is not None:
                sock.listen(backlog)
        except BaseException:
            sock.close()
            raise
        return sock

    def _named(self) -> list[str]:
        return [f"kernel path {self.near} – {self.far}"]


class _NamespaceChild(Child):
    """The child process of a kernel path. It hands out sockets of its namespace over a Unix socket."""

    kind, noun, nouns = "kernel", "path", "kernel paths"

    def __init__(self, keep: int, ends: tuple[Any, ...], settings: Any) -> None:
        if reason := _switched_off():
            raise NotOnThisSystem(f"A kernel path is not possible here: {reason}.")
        self._handed, theirs = _socket.socketpair(sockets.AF_UNIX, sockets.SOCK_SEQPACKET)
        self._handed.setblocking(False)
        number = theirs.fileno()
        try:
            super().__init__(keep, (number, *ends), settings, [number])
        except OSError as error:
            if isinstance(error, PathEnded) and self._failed[:1] != ("Refused",):
                raise
            why = self._failed[1] if self._failed else f"its child process did not start: {error}"
            raise NotOnThisSystem(f"A kernel path is not possible here: {why}.") from None
        finally:
            theirs.close()
            if self.ready is None:
                self._handed.close()

    def open_socket(self, family: int, kind: int, options: list[Option]) -> int:
        """The descriptor of a socket in the namespace."""
        with self._asking:
            ticket = (self._number + 1).to_bytes(8, "big")  # of the request that follows
            self.ask("open_socket", ticket, family, kind, options)
            with self._reading:
                while self.error is None:
                    flags = sockets.MSG_CMSG_CLOEXEC
                    got, descriptors, _, _ = sockets.recv_fds(self._handed, 8, 1, flags)  # type: ignore[arg-type]
                    if got == ticket:
                        if not descriptors:
                            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
                        return descriptors[0]
                    for descriptor in descriptors:  # one that somebody was interrupted waiting for
                        os.close(descriptor)
        raise self._ended()

    def _let_go(self) -> None:
        super()._let_go()
        self._handed.close()
        shut_sockets(self.ready[0] if self.ready else b"")


def shut_sockets(cookie: bytes) -> None:
    """Shut down every socket of this process that belongs to the namespace: those that were handed out, and
    those that accept(), dup() or TLS made of them, which no list of ours could know.
    """
    for _ in range(2 if cookie else 0):  # twice: until a listener is shut, a thread may accept one more
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):  # closed meanwhile; or not connected, and then who waits on it was woken
                if not os.readlink("/proc/self/fd/" + name).startswith("socket:"):
                    continue
                duplicate = os.dup(int(name))  # can not become another file meanwhile
                with closing(_socket.socket(fileno=duplicate)) as sock:
                    if sock.getsockopt(sockets.SOL_SOCKET, NETNS_COOKIE, 8) == cookie:
                        # Once its owner closes it, nothing shall linger that tries to reach the other end.
                        sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
                        sock.shutdown(sockets.SHUT_RDWR)


def _switched_off() -> str:
    """Why a kernel path is not even tried here; empty if it is."""
    if os.environ.get("NETLAB_KERNEL", "").lower() == "off":
        return "the environment variable NETLAB_KERNEL=off switches it off"
    on_linux = sys.platform.startswith("linux")
    return "" if on_linux else f"it needs Linux, and this is {platform.system() or sys.platform}"


kernel = KernelPath
