"""The child process of a kernel path: a private network, with one device that leads back into it.

kernel.py starts it, so that a busy notebook does not bend time. It imports little, to start quickly, and
ends when its parent ends, however that happens; the namespace and the device end with it.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import gc
import marshal
import os
import signal
import socket
import struct
import sys
from collections import deque
from select import select
from typing import Any

from ._log import Log
from ._netlink import DEVICE, Netlink
from ._reflector import Reflector
from .model import Burst, Link

SLICE = 100_000  # nanoseconds of computing at a time, in exchange for little waiting
NETNS_COOKIE = 71  # SO_NETNS_COOKIE, Linux 5.14: which namespace a socket belongs to


class Refused(Exception):
    """This system does not allow a kernel path; the text says why."""


def refused(what: str, error: OSError) -> Refused:
    if error.errno == errno.ENOSPC:
        return Refused("too many network namespaces are open (see /proc/sys/user/max_net_namespaces)")
    return Refused(f"{what}: {(error.strerror or str(error)).lower()}")


def enter_namespace() -> None:
    """Leave the system's network for an empty one, as an ordinary user (user_namespaces(7))."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        if libc.unshare(0x10000000 | 0x40000000):  # CLONE_NEWUSER | CLONE_NEWNET
            raise OSError(number := ctypes.get_errno(), os.strerror(number))
        same_user, same_group = f"{user} {user} 1", f"{group} {group} 1"
        for name, text in (("setgroups", "deny"), ("uid_map", same_user), ("gid_map", same_group)):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
    except OSError as error:
        raise refused("this system does not let you make a network namespace", error) from None


def open_device() -> int:
    """A TUN device without any offload, so that what it carries is what a wire would carry."""
    try:
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise refused("cannot open /dev/net/tun", error) from None
    try:  # TUNSETIFF with IFF_TUN | IFF_NO_PI
        fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", DEVICE.encode(), 0x1001))
    except OSError as error:
        raise refused("this system does not let you make a network device", error) from None
    return tun


def missed() -> int:
    """Packets that the device had to drop because this process was too slow."""
    with open("/proc/self/net/dev") as file:
        for line in file:
            name, _, numbers = line.partition(":")
            if name.strip() == DEVICE:
                return int(numbers.split()[11])
    return 0


def start_afresh() -> None:
    """Let no connection begin with what the kernel learned from the ones before, like their ssthresh."""
    with open("/proc/sys/net/ipv4/tcp_no_metrics_save", "w") as file:
        file.write("1")


def make_link(fields: dict[str, Any]) -> Link:
    loss = fields["loss"]
    return Link(**{**fields, "loss": Burst(**loss) if isinstance(loss, dict) else loss})


class Child:
    """Obeys the parent and keeps the packets going."""

    def __init__(
        self,
        control: socket.socket,
        log: int,
        family: int,
        near: str,
        far: str,
        prefix: int,
        out: dict[str, Any],
        back: dict[str, Any],
    ) -> None:
        self.control = control
        self.outbox: deque[tuple[bytes, int | None]] = deque()  # messages to send, with a descriptor or none
        links = make_link(back), make_link(out)
        enter_namespace()
        self.tun = open_device()
        here, there = socket.inet_pton(family, near), socket.inet_pton(family, far)
        try:
            self.netlink = Netlink()
            self.netlink.set_device(links[0].mtu)
            self.netlink.set_address(family, here, prefix)
            if family == socket.AF_INET6:
                self.netlink.wait_for_address(here)
            probe = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            what = "this system has no IPv6" if family == socket.AF_INET6 else "the device can not be set up"
            raise refused(what, error) from None
        try:
            self.cookie = probe.getsockopt(socket.SOL_SOCKET, NETNS_COOKIE, 8)
        except OSError as error:
            raise refused("this Linux is too old, 5.14 is needed", error) from None
        for improve in (lambda: self.netlink.refuse_shortcut(family, here), start_afresh):
            try:
                improve()
            except OSError:
                pass  # some kernels have no policy routing, and in some containers /proc/sys is read-only
        self.log = Log(log)
        weather = [links[0].start("back"), links[1].start("out")]
        self.reflector = Reflector(self.tun, here, there, self.log, weather)

    def run(self, parent: int) -> None:
        reflector, control = self.reflector, self.control
        watched: list[Any] = [self.tun, control, *([parent] if parent >= 0 else [])]
        while True:
            readable, _, _ = select(watched, [control] if self.outbox else [], [], reflector.wait())
            reflector.deliver_due()
            if self.tun in readable:
                reflector.take()
            for number, time, out, packet in reflector.on_held:
                self.tell(0, "held", number, time, out, packet)
            reflector.on_held.clear()
            if parent in readable or (control in readable and not self.obey()):
                break
            self.post()
        self.do_count()

    def tell(self, *message: Any, descriptor: int | None = None) -> None:
        self.outbox.append((marshal.dumps(message), descriptor))

    def post(self) -> None:
        """Send without waiting: a parent that is busy or stopped must not stop the packets."""
        while self.outbox:
            message, descriptor = self.outbox[0]
            try:
                socket.send_fds(self.control, [message], () if descriptor is None else (descriptor,))
            except BlockingIOError:
                return
            except ConnectionError:  # the parent is gone; obey() will see it
                self.outbox.clear()
                return
            self.outbox.popleft()
            if descriptor is not None:
                os.close(descriptor)

    def obey(self) -> bool:
        """Do what the parent asks. False when it has closed the path, or is gone."""
        try:
            message = self.control.recv(65536)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        if not message:
            return False
        number, command, *arguments = marshal.loads(message)
        try:
            descriptor = getattr(self, "do_" + command)(*arguments)
        except OSError as error:
            self.tell(number, "error", error.errno, error.strerror)
        else:
            if number:  # 0 wants no answer
                self.tell(number, "ok", descriptor=descriptor)
        return True

    def do_socket(self, family: int, kind: int, options: list[tuple[int, int, Any]]) -> int:
        """A socket of this namespace. Its options are set here, where no right is missing."""
        with socket.socket(family, kind) as sock:
            for option in options:
                sock.setsockopt(*option)
            return sock.detach()

    def do_weather(self, out: dict[str, Any], back: dict[str, Any]) -> None:
        states = self.reflector.weather
        links = make_link(back), make_link(out)
        if links[0].mtu != states[0].link.mtu:
            self.netlink.set_device(links[0].mtu)
        for state, link in zip(states, links, strict=True):
            state.change(link)

    def do_hold(self) -> None:
        self.reflector.held = {}

    def do_decide(self, number: int, decision: str) -> None:
        self.reflector.decide(number, decision)

    def do_release(self) -> None:
        self.reflector.release()

    def do_count(self) -> None:
        self.log.missed = missed()
        self.log.mark()


def be_punctual() -> None:
    """Ask the scheduler for what any user may have. Where it refuses, packets are later."""
    libc = ctypes.CDLL(None)
    libc.prctl(29, 1, 0, 0, 0)  # PR_SET_TIMERSLACK: wake on time, not up to 50 µs later
    number = {"x86_64": 314, "aarch64": 274}.get(os.uname().machine)
    if number and os.sched_getscheduler(0) == os.SCHED_OTHER:
        # sched_setattr(2): short slices, which Linux 6.12 gives earlier when others are waiting
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        libc.syscall(number, 0, struct.pack("=IIQiIQQQ", 48, os.SCHED_OTHER, 0, nice, 0, SLICE, 0, 0), 0)
    gc.disable()  # nothing here makes cycles, and a collection would hold up packets


def main() -> None:
    """Standard input is the control socket; the arguments come as its first message."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupting the notebook is not meant for us
    control = socket.socket(fileno=0)
    parent, *arguments = marshal.loads(control.recv(65536))
    # The control socket ends with the parent, unless a fork of the parent keeps it open: so watch it, too.
    try:
        watcher = os.pidfd_open(parent)
    except (OSError, AttributeError):  # some containers, or a Python that was built for an older Linux
        watcher = -1
    if os.getppid() != parent:
        return
    be_punctual()
    try:
        child = Child(control, *arguments)
        with open("/proc/sys/net/ipv4/tcp_available_congestion_control") as file:
            control.send(marshal.dumps((0, "ready", child.cookie, file.read().split())))
        control.setblocking(False)
        child.run(watcher)
    except Refused as refused:
        control.send(marshal.dumps((0, "refused", str(refused))))
    except Exception as error:
        control.send(marshal.dumps((0, "failed", f"{type(error).__name__}: {error}")))
    os._exit(0)  # no goodbye to write: the kernel takes the device and the namespace back


if __name__ == "__main__":
    sys.exit("netlab.link.kernel starts this.")
