"""Ports of this machine: which are handed out, which are free, and who may bind beside whom."""

from __future__ import annotations

import errno
import random
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from ...check.places import family_of
from ...wire import NotOnThisSystem, unrecorded

IP_LOCAL_PORT_RANGE = 51  # linux/in.h, since Linux 6.3
TRIES = 100


def ephemeral_range() -> tuple[int, int]:
    """The first and the last port that this machine hands out by itself; elsewhere than on Linux, those that
    RFC 6335 recommends."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
            first, last = map(int, file.read().split())
            return first, last
    except OSError:
        return 49152, 65535


def free_port_at(*hosts: str) -> int:
    """A port number that nobody uses at any of these addresses. Raises OSError if there is none."""
    for _ in range(TRIES):
        port = 0
        try:
            for host in hosts:
                with unrecorded(), socket.socket(family_of(host)) as sock:
                    sock.bind((host, port))
                    port = sock.getsockname()[1]
            return port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(f"In {TRIES} tries no port was free at all of {', '.join(hosts)}.")


def free_ports(count: int) -> int:
    """The first of `count` ephemeral ports in a row that are free at 127.0.0.1.

    Raises OSError if there are none.
    """
    first, last = ephemeral_range()
    for _ in range(TRIES):
        low = random.randint(first, last - count)
        try:
            for port in range(low, low + count):
                with unrecorded(), socket.socket() as sock:
                    sock.bind(("127.0.0.1", port))
            return low
        except OSError:
            continue
    raise OSError(f"In {TRIES} tries no {count} ports in a row were free.")


def client_within(low: int, high: int) -> socket.socket:
    """A TCP socket that takes its port from low ... high when it connects.

    Raises NotOnThisSystem where the kernel has no IP_LOCAL_PORT_RANGE (Linux 6.3 and newer have it).
    """
    if sys.platform != "linux":
        raise NotOnThisSystem("IP_LOCAL_PORT_RANGE exists on Linux only.")
    sock = socket.socket()
    try:
        sock.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, (low | high << 16).to_bytes(4, sys.byteorder))
    except OSError as error:
        sock.close()
        raise NotOnThisSystem(f"This kernel has no IP_LOCAL_PORT_RANGE: {error.strerror}.") from error
    return sock


def bind_beside(first: str, others: Sequence[str], only_ipv6: int = 0) -> dict[str, str]:
    """Bind a socket to `first`, then others to the same port: "free" or "in use" for each of them.

    Nobody listens, so nothing is reachable. `only_ipv6` is the switch IPV6_V6ONLY of the IPv6 sockets.
    Raises OSError where the machine does not have one of the addresses.
    """
    with ExitStack() as stack:

        def bind(host: str) -> None:
            sock = stack.enter_context(socket.socket(family_of(host)))
            if sock.family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_ipv6)
            sock.bind((host, port))

        port = free_port_at(first, *others)
        bind(first)
        found = {}
        for host in others:
            try:
                bind(host)
                found[host] = "free"
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                found[host] = "in use"
        return found
