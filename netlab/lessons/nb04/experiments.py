"""Experiments of notebook 04 that count and wait more than they talk."""

from __future__ import annotations

import socket
import time
from typing import Any, NamedTuple

from ... import link, servers
from ...view.kit import Picture
from ...wire import PacketEvent
from .pictures.datagram_tales import datagram_stories

PATIENCE = 10.0  # seconds; only against hanging
BATCH = 100  # small datagrams that fit into every system's usual receive buffer


class Books(NamedTuple):
    """What Linux's books say of a UDP socket."""

    charged: int  # bytes of its receive buffer that are taken
    dropped: int  # datagrams that found no room


def bound_socket(host: str = "127.0.0.1") -> socket.socket:
    """A datagram socket with a port of its own."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((host, 0))
    except OSError:
        sock.close()
        raise
    sock.settimeout(PATIENCE)
    return sock


def drain(sock: socket.socket, silence: float = 0.02) -> list[bytes]:
    """All datagrams that wait in the socket, until there is none for `silence` seconds."""
    before, waiting = sock.gettimeout(), list[bytes]()
    sock.settimeout(silence)
    try:
        while True:
            waiting.append(sock.recv(65535))
    except TimeoutError:
        return waiting
    finally:
        sock.settimeout(before)


def kernel_books(sock: socket.socket) -> Books:
    """The row of an IPv4 UDP socket in /proc/net/udp (proc(5)). OSError outside Linux."""
    port = f":{sock.getsockname()[1]:04X}"
    with open("/proc/net/udp", encoding="ascii") as table:
        for line in table:
            columns = line.split()
            if columns[1].endswith(port):
                return Books(int(columns[4].partition(":")[2], 16), int(columns[-1]))
    raise OSError(f"/proc/net/udp has no socket at port {sock.getsockname()[1]}")


def charge(size: int) -> int:
    """The bytes of a receive buffer that one datagram of `size` bytes takes. OSError outside Linux."""
    with bound_socket() as receiver, bound_socket() as sender:
        sender.sendto(bytes(size), receiver.getsockname())
        return kernel_books(receiver).charged


def largest_datagram(host: str = "127.0.0.1") -> int:
    """The most bytes of payload that sendto() accepts there. OSError if this machine lacks the address."""
    with bound_socket(host) as receiver, bound_socket(host) as sender:
        fits, too_big = 0, 70_000
        while too_big - fits > 1:  # halve the distance until they are neighbors
            middle = (fits + too_big) // 2
            try:
                fits = sender.sendto(bytes(middle), receiver.getsockname())
            except OSError:  # the message is too long
                too_big = middle
            drain(receiver, 0.0001)
        return fits


def wait_for_packets(line: Any, count: int, direction: str = "out") -> list[PacketEvent]:
    """Wait until a relay or kernel path has decided on `count` packets of one direction. Copies are in, too.

    TimeoutError if so many do not come.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen = [packet for packet in line.packets if packet.direction == direction]
        if max((packet.number for packet in seen), default=0) >= count:
            return seen
        time.sleep(0.001)
    raise TimeoutError(f"{count} packets were sent, but not so many came to the line")


def send_through(
    weather: link.Link, cards: int = 20, pace: float = 0.005
) -> tuple[list[PacketEvent], list[int]]:
    """Send numbered cards through a relay, one every `pace` s. Its packets, and what recv returned."""
    with bound_socket() as receiver, bound_socket() as sender:
        with link.relay(receiver.getsockname(), weather, kind="udp") as relay:
            for number in range(1, cards + 1):
                sender.sendto(str(number).encode(), relay.address)
                time.sleep(pace)
            received = [int(receiver.recv(1024)) for _ in range(_arriving(relay, cards))]
            return relay.packets, received


def sixteen_cards(
    loss: float = 10, delay: float = 30, jitter: float = 5, reorder: float = 10, duplicate: float = 10,
    seed: int = 13,
) -> Picture:  # fmt: skip
    """What becomes of sixteen cards, as a picture. Delay and jitter in ms, the others in percent."""
    weather = link.Link(
        delay=delay / 1000,
        jitter=min(jitter, delay) / 1000,  # nothing arrives before it was sent
        loss=loss / 100,
        reorder=reorder / 100,
        duplicate=duplicate / 100,
        seed=seed,
    )
    return datagram_stories(send_through(weather, cards=16)[0])


def lost_in_rounds(p: float, rounds: int = 20, n: int = 50) -> list[int]:
    """How many of `n` cards each round loses on a line that loses the fraction `p`."""
    arrived: set[int] = set()
    with bound_socket() as receiver, bound_socket() as sender:
        with link.relay(receiver.getsockname(), kind="udp", loss=p, seed=int(100 * p)) as relay:
            for start in range(0, rounds * n, BATCH):
                end = min(start + BATCH, rounds * n)
                for number in range(start, end):
                    sender.sendto(str(number).encode(), relay.address)
                arriving = _arriving(relay, end)
                while len(arrived) < arriving:
                    arrived.add(int(receiver.recv(1024)))
    return [sum(k not in arrived for k in range(at, at + n)) for at in range(0, rounds * n, n)]


def first_answered(p: float, requests: int, most: int) -> list[int]:
    """Ask `requests` questions over a line that loses the fraction `p` each way, then the unanswered again.

    For each question the number of the try that was answered first, or most + 1 for none of `most` tries.
    """
    answered: dict[int, int] = {}
    sent = heard = 0
    with servers.UDPEchoServer() as server, bound_socket() as client:
        with link.relay(server.address, kind="udp", loss=p, seed=5) as relay:
            for attempt in range(1, most + 1):
                waiting = [number for number in range(requests) if number not in answered]
                for start in range(0, len(waiting), BATCH):
                    part = waiting[start : start + BATCH]
                    for number in part:
                        client.sendto(str(number).encode(), relay.address)
                    sent += len(part)
                    echoes = _arriving(relay, _arriving(relay, sent), "back")
                    while heard < echoes:
                        answered.setdefault(int(client.recv(1024)), attempt)
                        heard += 1
    return [answered.get(number, most + 1) for number in range(requests)]


def _arriving(line: Any, count: int, direction: str = "out") -> int:
    """How many of the first `count` datagrams, and of their copies, come out of the line."""
    if not count:
        return 0
    return sum(packet.due is not None for packet in wait_for_packets(line, count, direction))
