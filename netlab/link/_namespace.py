"""The private network of a kernel path, with one device that leads back into it. Runs in the child process.

The namespace and the device end with the process.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import Any

from ._log import Log
from ._tun import Tun
from ._weather import Both
from .model import Link, LinkState

DEVICE = "link"
QUEUE = 20_000  # packets that the device keeps for us; with its own 500 a burst would lose some, unasked
SLICE = 100_000  # nanoseconds of computing at a time, in exchange for little waiting
NETNS_COOKIE = 71  # SO_NETNS_COOKIE, Linux 5.14: which namespace a socket belongs to


class Refused(Exception):
    """This system does not allow a kernel path; the text says why."""


@contextmanager
def needed(otherwise: str) -> Iterator[None]:
    """What is done inside has to work. Raises Refused if the system does not allow it."""
    try:
        yield
    except OSError as error:
        why = f"{otherwise}: {(error.strerror or str(error)).lower()}"
        if error.errno == errno.ENOSPC:
            why = "too many network namespaces are open (see /proc/sys/user/max_net_namespaces)"
        raise Refused(why) from None


def enter_namespace() -> None:
    """Leave the system's network for an empty one, as an ordinary user (user_namespaces(7))."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    with needed("this system does not let you make a network namespace"):
        if libc.unshare(0x10000000 | 0x40000000):  # CLONE_NEWUSER | CLONE_NEWNET
            raise OSError(number := ctypes.get_errno(), os.strerror(number))
        same_user, same_group = f"{user} {user} 1", f"{group} {group} 1"
        for name, text in (("setgroups", "deny"), ("uid_map", same_user), ("gid_map", same_group)):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)


def open_device() -> int:
    """A TUN device without any offload, so that what it carries is what a wire would carry."""
    with needed("cannot open /dev/net/tun"):
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    with needed("this system does not let you make a network device"):  # TUNSETIFF, IFF_TUN | IFF_NO_PI
        fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", DEVICE.encode(), 0x1001))
    return tun


def start_afresh() -> None:
    """Let no connection begin with what the kernel learned from the ones before, like their ssthresh."""
    with open("/proc/sys/net/ipv4/tcp_no_metrics_save", "w") as file:
        file.write("1")


class Netlink:
    """Sets up the device named DEVICE, by rtnetlink(7): that allows an ordinary user what older ways do not.

    Each method raises OSError if the kernel refuses.
    """

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


class Namespace(Tun):
    """A network of its own, whose sockets are handed out over the Unix socket `handing`."""

    def __init__(
        self, log: Log, weather: Both[LinkState], handing: int, family: int, near: str, far: str, prefix: int
    ) -> None:
        be_punctual()
        self.handing = socket.socket(fileno=handing)
        self.handing.setblocking(False)
        enter_namespace()
        device = open_device()
        here, there = socket.inet_pton(family, near), socket.inet_pton(family, far)
        ipv6 = family == socket.AF_INET6
        with needed("this system has no IPv6" if ipv6 else "the device can not be set up"):
            self.netlink = Netlink()
            self.netlink.set_device(weather.out.link.mtu)
            self.netlink.set_address(family, here, prefix)
            if ipv6:
                self.netlink.wait_for_address(here)
            probe = socket.socket(family, socket.SOCK_DGRAM)
        with needed("this Linux is too old, 5.14 is needed"):
            cookie = probe.getsockopt(socket.SOL_SOCKET, NETNS_COOKIE, 8)
        for improve in (lambda: self.netlink.refuse_shortcut(family, here), start_afresh):
            # Some kernels have no policy routing; in some containers /proc/sys is read-only.
            with suppress(OSError):
                improve()
        with open("/proc/sys/net/ipv4/tcp_available_congestion_control") as file:
            self.ready = cookie, file.read().split()
        super().__init__(log, weather, device, here, there)

    def open_socket(self, ticket: bytes, family: int, kind: int, options: list[tuple[int, int, Any]]) -> None:
        """Hand out a socket of this namespace. Its options are set here, where no right is missing."""
        with socket.socket(family, kind) as sock:
            for option in options:
                sock.setsockopt(*option)
            socket.send_fds(self.handing, [ticket], [sock.fileno()])

    def change(self, links: Both[Link]) -> None:
        if links.out.mtu != self.weather.out.link.mtu:
            self.netlink.set_device(links.out.mtu)
        super().change(links)

    def missed(self) -> int:
        with open("/proc/self/net/dev") as file:
            return int(file.read().partition(DEVICE + ":")[2].split()[11])


def be_punctual() -> None:
    """Ask the scheduler for what any user may have. Where it refuses, packets are later."""
    number = {"x86_64": 314, "aarch64": 274}.get(os.uname().machine)
    if number and os.sched_getscheduler(0) == os.SCHED_OTHER:
        # sched_setattr(2): short slices, which Linux 6.12 gives earlier when others are waiting
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        attributes = struct.pack("=IIQiIQQQ", 48, os.SCHED_OTHER, 0, nice, 0, SLICE, 0, 0)
        ctypes.CDLL(None).syscall(number, 0, attributes, 0)
