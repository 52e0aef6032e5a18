"""Kernel paths: how near to the asked weather, how quick, and whether anything is left of them.

    python benchmarks/kernel_path.py

Run it as an ordinary user on an idle machine. Limits: one-way delay within 0.5 ms of 20 ms (median) and 2 ms
(99th percentile); connect within 2 ms of two delays; loss as the seed says; rate within 2 %; 400 Mbit/s
without weather; start 150 ms, stop 50 ms; nothing left of 1000 paths.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from netlab import link
from netlab.link import Link

MS = 1000.0
DELAY = 0.02
ROUNDS = 200
MANY = 1000

NETEM = """
import socket, statistics, time
server, client = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab")
server.bind(("127.0.0.1", 0))
errors = []
for _ in range(200):
    began = time.monotonic()
    client.sendto(b"x", server.getsockname())
    server.recv(9)
    errors.append(time.monotonic() - began - 0.02)
print(statistics.median(errors) * 1000, sorted(errors)[197] * 1000)
"""


def row(what: str, measured: str, limit: str = "", met: bool | None = None) -> None:
    verdict = "" if met is None else "met" if met else "MISSED"
    print(f"{what:<46}{measured:>30}   {limit:<22}{verdict}", flush=True)


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def one_way(ipv6: bool = False) -> tuple[list[float], list[float]]:
    """Errors of a datagram's delay in seconds: as a program sees them, and as the path recorded them."""
    errors = []
    with link.kernel(delay=DELAY, ipv6=ipv6) as path:
        with path.datagram_socket(0) as server, path.datagram_socket() as client:
            address = path.far, server.getsockname()[1]
            for _ in range(ROUNDS):
                began = time.monotonic()
                client.sendto(b"x", address)
                server.recv(9)
                errors.append(time.monotonic() - began - DELAY)
        return errors, [event.late for event in path.packets if event.late is not None]


@contextmanager
def busy_thread() -> Iterator[None]:
    """A CPU-bound Python thread in this process, as a notebook may have one."""
    done = threading.Event()

    def burn() -> None:
        while not done.is_set():
            sum(range(10_000))

    thread = threading.Thread(target=burn)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def delay() -> None:
    for name, ipv6 in (("IPv4", False), ("IPv6", True)):
        seen, _ = one_way(ipv6)
        middle, tail = statistics.median(seen) * MS, p99(seen) * MS
        row(
            f"error of 20 ms one way, {name}",
            f"{middle:+.3f} ms, p99 {tail:+.3f} ms",
            "0.5 ms, p99 2 ms",
            abs(middle) <= 0.5 and tail <= 2,
        )
    with busy_thread():
        _, late = one_way()
    row(
        "the same, recorded, beside a busy thread",
        f"{statistics.median(late) * MS:+.3f} ms, p99 {p99(late) * MS:+.3f} ms",
    )
    row("tc netem on loopback, for comparison", netem())


def netem() -> str:
    if not all(map(shutil.which, ("unshare", "tc", "ip"))):
        return "not available here"
    shell = 'ip link set lo up && tc qdisc add dev lo root netem delay 20ms && exec "$@"'
    run = subprocess.run(
        ["unshare", "-rn", "sh", "-c", shell, "sh", sys.executable, "-c", NETEM],
        capture_output=True,
        text=True,
    )
    if run.returncode:
        return "not available here"
    middle, tail = map(float, run.stdout.split())
    return f"{middle:+.3f} ms, p99 {tail:+.3f} ms"


def connect() -> None:
    errors = []
    with link.kernel(delay=DELAY) as path, path.listen() as listener:
        for _ in range(50):
            with path.socket() as client:
                began = time.monotonic()
                client.connect((path.far, listener.getsockname()[1]))
                errors.append(time.monotonic() - began - 2 * DELAY)
                listener.accept()[0].close()
    middle = statistics.median(errors) * MS
    row("connect, beyond two delays of 20 ms", f"{middle:+.3f} ms", "2 ms", 0 <= middle < 2)


def loss() -> None:
    weather = Link(loss=0.05, seed=42)
    with link.kernel(weather) as path, path.datagram_socket(0) as server, path.datagram_socket() as client:
        for _ in range(5000):
            client.sendto(b"x", (path.far, server.getsockname()[1]))
        while len(path.packets) < 5000:
            time.sleep(0.1)
        lost = [event.fate == "lost" for event in path.packets]
    said = [fate.kind == "lost" for fate in weather.fates([(0.0, 29)] * 5000)]
    row("loss of 5 % of 5000 datagrams", f"{sum(lost)} lost", f"seed says {sum(said)}", lost == said)


def rates() -> None:
    for rate in (1e6, 1e7, 1e8):
        count = int(rate * 2 / 8 / 1500)  # 2 seconds
        with (
            link.kernel(rate=rate) as path,
            path.datagram_socket(0) as server,
            path.datagram_socket() as client,
        ):
            for _ in range(count):
                client.sendto(bytes(1472), (path.far, server.getsockname()[1]))
            time.sleep(2.0)
            while (packets := path.packets)[-1].delivered is None:
                time.sleep(0.1)
        came = [event.delivered for event in packets if event.delivered is not None]
        measured = (len(came) - 1) * 1500 * 8 / (came[-1] - came[0])
        error = measured / rate - 1
        row(
            f"rate of {rate / 1e6:.0f} Mbit/s",
            f"{measured / 1e6:.4f} Mbit/s ({error:+.2%})",
            "2 %",
            abs(error) < 0.02,
        )


def transfer(near: socket.socket, far: socket.socket, size: int) -> float:
    """Seconds to carry so many bytes."""

    def send() -> None:
        for _ in range(size >> 18):
            near.sendall(bytes(1 << 18))
        near.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=send)
    began = time.monotonic()
    thread.start()
    buffer = bytearray(1 << 18)
    while far.recv_into(buffer):
        pass
    took = time.monotonic() - began
    thread.join()
    return took


def throughput() -> None:
    size = 40 << 20
    results = []
    for _ in range(5):
        with link.kernel() as path, path.listen() as listener, path.socket() as client:
            client.connect((path.far, listener.getsockname()[1]))
            with listener.accept()[0] as server:
                results.append(size * 8 / transfer(client, server, size) / 1e6)
            missed = path.packets.missed
    middle = statistics.median(results)
    row(
        "TCP without weather, while recording",
        f"{middle:.0f} Mbit/s, {missed} missed",
        "400 Mbit/s",
        middle >= 400,
    )


def round_trips() -> None:
    times = []
    with link.kernel() as path, path.listen() as listener, path.socket() as client:
        client.connect((path.far, listener.getsockname()[1]))
        with listener.accept()[0] as server:
            for _ in range(2000):
                began = time.monotonic()
                client.sendall(bytes(64))
                server.sendall(server.recv(100))
                client.recv(100)
                times.append(time.monotonic() - began)
    row("64-byte round trip without weather", f"{statistics.median(times) * 1e6:.0f} µs")


def life() -> None:
    """Start and stop, and what is left of many paths."""
    before = left()
    starts, stops = [], []
    for number in range(MANY):
        began = time.monotonic()
        path = link.kernel(delay=0.001, ipv6=number % 2 == 1)
        started = time.monotonic()
        with path.listen() as listener, path.socket() as client:
            client.connect((path.far, listener.getsockname()[1]))
            client.send(b"on its way when the path closes")
            closing = time.monotonic()
            path.close()
            stops.append(time.monotonic() - closing)
        starts.append(started - began)
    after = left()
    for name, times, limit in (("start", starts, 150), ("stop", stops, 50)):
        middle = statistics.median(times) * MS
        row(
            f"{name}, median of {MANY}",
            f"{middle:.0f} ms, p99 {p99(times) * MS:.0f} ms",
            f"{limit} ms",
            middle < limit,
        )
    row(
        f"left of {MANY} paths: descriptors, threads, children",
        str([b - a for a, b in zip(before, after, strict=True)]),
        "[0, 0, 0]",
        before == after,
    )


def left() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        children = len(file.read().split())
    return [len(os.listdir("/proc/self/fd")), threading.active_count(), children]


def main() -> None:
    if not (available := link.kernel.available()):
        print(f"Kernel paths: {available}.")
        return
    print(f"As user {os.geteuid()}, load {os.getloadavg()[0]:.1f}.")
    parts: tuple[Callable[[], None], ...] = (delay, connect, loss, rates, throughput, round_trips, life)
    for part in parts:
        part()


if __name__ == "__main__":
    main()
