"""Relays: how near to the asked weather, how quick, and how they compare with no relay at all.

    python benchmarks/relay.py

Run it on an idle machine. Limits: 20 ms one way within +0.7 ms (median) and +1.0 ms (95th percentile), and
+5 ms beside a busy thread; loss as the seed says and within 3 sigma; 20 000 datagrams/s; TCP at 0.20 of
direct loopback while recording; 80 µs on a round trip of 64 bytes; rate within 1 %; no reply lost after a
half-close.
"""

from __future__ import annotations

import json
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
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from netlab import link
from netlab.link import Link

MS = 1000.0
DELAY = 0.02
RUNS = 5

# Both ends outside this process, so that only the relay can bend the time.
ENDS = """
import json, socket, sys, time
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
relay = ("127.0.0.1", int(input()))
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
errors = []
for _ in range(100):
    began = time.perf_counter()
    client.sendto(b"x", relay)
    server.recv(9)
    errors.append(time.perf_counter() - began - 0.02)
print(json.dumps(errors))
"""

# A server that reads, and one that answers each piece; a process of its own, as in real life.
SERVER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
buffer = bytearray(1 << 18)
while True:
    conn, _ = listener.accept()
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.argv[1] == "echo":
        while data := conn.recv(4096):
            conn.sendall(data)
    else:
        while conn.recv_into(buffer):
            pass
        conn.sendall(b"all")
    conn.close()
"""


def row(what: str, measured: str, limit: str = "", met: bool | None = None) -> None:
    verdict = "" if met is None else "met" if met else "MISSED"
    print(f"{what:<48}{measured:>32}   {limit:<26}{verdict}", flush=True)


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


@contextmanager
def process(code: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], tuple[str, int]]]:
    """Another Python that runs this code, and the address that it printed."""
    child = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    try:
        yield child, ("127.0.0.1", int(child.stdout.readline()))
    finally:
        child.kill()
        child.communicate()


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


def outside() -> list[float]:
    with process(ENDS) as (ends, server), link.relay(server, kind="udp", delay=DELAY) as relay:
        output, _ = ends.communicate(f"{relay.address[1]}\n", timeout=60)
        return list(json.loads(output))


def inside() -> list[float]:
    errors = []
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        with link.relay(server.getsockname(), kind="udp", delay=DELAY) as relay:
            for _ in range(100):
                began = time.perf_counter()
                client.sendto(b"x", relay.address)
                server.recv(9)
                errors.append(time.perf_counter() - began - DELAY)
    return errors


def streams() -> list[float]:
    """A TCP round trip is two delays."""
    errors = []
    with process(SERVER, "echo") as (_, server), link.relay(server, delay=DELAY) as relay:
        with socket.create_connection(relay.address) as sock:
            for _ in range(50):
                errors.append((round_trip(sock) - 2 * DELAY) / 2)
    return errors


def asleep() -> list[float]:
    """What this machine itself makes of 20 ms: if that is late, so is every relay."""
    errors = []
    for _ in range(100):
        began = time.perf_counter()
        time.sleep(DELAY)
        errors.append(time.perf_counter() - began - DELAY)
    return errors


def middle(measure: Callable[[], list[float]]) -> tuple[float, float, str]:
    """Median and 95th percentile in ms: of several runs the one in the middle."""
    runs = [measure() for _ in range(RUNS)]
    median = statistics.median(statistics.median(run) for run in runs) * MS
    tail = statistics.median(p95(run) for run in runs) * MS
    return median, tail, f"{median:+.3f} ms, p95 {tail:+.3f} ms"


def delay() -> None:
    limit = "+0.7 ms, p95 +1.0 ms"
    for name, measure in (("UDP", outside), ("UDP, both ends in here", inside), ("TCP", streams)):
        median, tail, text = middle(measure)
        row(f"error of 20 ms one way, {name}", text, limit, median <= 0.7 and tail <= 1.0)
    row("time.sleep(0.02), for comparison", middle(asleep)[2])
    with busy_thread():
        median, tail, text = middle(outside)
        row("the same, UDP, beside a busy thread in here", text, "+5 ms", median <= 5)
        median, tail, text = middle(inside)
        row("and with both ends in here, which it delays, too", text)


def datagrams() -> None:
    """How many of a steady stream come through in a second."""
    best: list[tuple[float, int]] = []
    for _ in range(RUNS):
        with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
            server.bind(("127.0.0.1", 0))
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            with link.relay(server.getsockname(), kind="udp") as relay:
                client.connect(relay.address)
                count, came = 20_000, 0
                server.setblocking(False)
                for number in range(count):
                    client.send(bytes(100))
                    while number - came > 100:  # never more on the way than every buffer takes
                        came += drain(server)
                deadline = time.monotonic() + 2
                while came < count and time.monotonic() < deadline:
                    came += drain(server)
                packets = relay.packets
        out = [event.delivered for event in packets if event.delivered is not None]
        best.append((len(out) / (out[-1] - out[0]), came))
    rate, came = sorted(best)[RUNS // 2]
    lost = 20_000 - min(came for _, came in best)
    row("UDP through it, recorded", f"{rate:,.0f} datagrams/s, {lost} lost", "20 000/s", rate >= 20_000)


def drain(sock: socket.socket) -> int:
    count = 0
    try:
        while True:
            sock.recv(2048)
            count += 1
    except BlockingIOError:
        return count


def loss() -> None:
    weather, count, results = Link(loss=0.05, seed=42), 5000, []
    for _ in range(2):
        with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
            server.bind(("127.0.0.1", 0))
            with link.relay(server.getsockname(), weather, kind="udp") as relay:
                for number in range(count):
                    client.sendto(b"x", relay.address)
                    while number % 100 == 99 and len(relay.packets) <= number:
                        time.sleep(0.001)
                results.append([event.fate == "lost" for event in relay.packets])
    said = [fate.kind == "lost" for fate in weather.fates([(0.0, 29)] * count)]
    lost, sigma = sum(results[0]), (count * 0.05 * 0.95) ** 0.5
    met = results[0] == results[1] == said and abs(lost - count * 0.05) <= 3 * sigma
    row(
        "loss of 5 % of 5000 datagrams, twice",
        f"{lost} lost",
        f"seed: {sum(said)}; 250 ± {3 * sigma:.0f}",
        met,
    )


def round_trip(sock: socket.socket) -> float:
    began = time.perf_counter()
    sock.sendall(bytes(64))
    sock.recv(4096)
    return time.perf_counter() - began


def round_trips() -> None:
    with process(SERVER, "echo") as (_, server):
        results: dict[str, list[float]] = {"direct": [], "relay": []}
        for _ in range(RUNS):
            with link.relay(server) as relay:
                for name, address in (("direct", server), ("relay", relay.address)):
                    with socket.create_connection(address) as sock:
                        results[name] += [round_trip(sock) for _ in range(1000)]
    direct, through = (statistics.median(times) * 1e6 for times in results.values())
    more = through - direct
    row("64-byte round trip", f"{direct:.0f} µs, relay {through:.0f} µs", "+80 µs", more <= 80)


def transfer(address: Any, size: int) -> float:
    """Bytes per second, until the server has said that it has all."""
    block = bytes(1 << 18)
    with socket.create_connection(address) as sock:
        began = time.perf_counter()
        for _ in range(size >> 18):
            sock.sendall(block)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(9) == b"all"
        return size / (time.perf_counter() - began)


def throughput() -> None:
    with process(SERVER, "read") as (_, server):
        ratios, speeds = [], []
        for _ in range(2 * RUNS + 1):
            direct = transfer(server, 256 << 20)
            with link.relay(server) as relay:
                speeds.append(transfer(relay.address, 256 << 20) / 1e6)
            ratios.append(speeds[-1] * 1e6 / direct)
    ratio = statistics.median(ratios)
    row("TCP while recording, of direct loopback", f"{ratio:.2f} ({statistics.median(speeds):.0f} MB/s)",
        "0.20 (toxiproxy 0.15)", ratio >= 0.2)  # fmt: skip


def rates() -> None:
    with process(SERVER, "read") as (_, server):
        for rate in (1e6, 1e7, 1e8):
            size = int(rate / 8) >> 18 << 18 or 1 << 18
            with link.relay(server, Link(rate=rate), back=Link()) as relay:
                transfer(relay.address, size)
                pieces = [piece for piece in relay.pieces if piece.direction == "out"]
            began, ended = pieces[0].sent, max(piece.delivered or 0.0 for piece in pieces)
            measured = size * 8 / (ended - began)
            error = measured / rate - 1
            row(f"rate of {rate / 1e6:.0f} Mbit/s, TCP", f"{error:+.2%}", "1 %", abs(error) <= 0.01)


def half_close() -> None:
    lost = 0
    with process(SERVER, "read") as (_, server), link.relay(server) as relay:
        for _ in range(200):
            try:
                transfer(relay.address, 1 << 18)
            except (AssertionError, OSError):
                lost += 1
    row("replies lost after a half-close, of 200", str(lost), "0 (toxiproxy loses them)", lost == 0)


def life() -> None:
    starts, stops = [], []
    for _ in range(20):
        began = time.perf_counter()
        relay = link.relay(("127.0.0.1", 9))
        started = time.perf_counter()
        relay.close()
        starts.append(started - began)
        stops.append(time.perf_counter() - started)
    start, stop = statistics.median(starts) * MS, statistics.median(stops) * MS
    row("start and stop", f"{start:.0f} ms, {stop:.0f} ms")


def others() -> None:
    for name, start in (("toxiproxy-server", None), ("socat", socat)):
        if shutil.which(name) and start:
            row(f"{name}, for comparison", start())
        else:
            row(f"{name}, for comparison", "not available here")


def socat() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with process(SERVER, "read") as (_, server):
        listen, to = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork", f"TCP:127.0.0.1:{server[1]}"
        other = subprocess.Popen(["socat", "-b", "262144", listen, to])
        try:
            time.sleep(0.5)
            ratios = []
            for _ in range(RUNS):
                direct = transfer(server, 256 << 20)
                ratios.append(transfer(("127.0.0.1", port), 256 << 20) / direct)
        finally:
            other.kill()
            other.wait()
    return f"{statistics.median(ratios):.2f} of direct loopback"


def main() -> None:
    if hasattr(os, "getloadavg"):
        print(f"Load {os.getloadavg()[0]:.1f}.")
    parts: tuple[Callable[[], None], ...] = (
        delay, datagrams, loss, round_trips, throughput, rates, half_close, life, others
    )  # fmt: skip
    for part in parts:
        part()


if __name__ == "__main__":
    main()
