"""What watch() costs: for each call, and for 64 MB in 64 kB pieces; watched and not, in turns, in one run.

    python benchmarks/wire.py

Each row is the median of many rounds; each round does both, so that a busy machine slows both.
"""

from __future__ import annotations

import contextlib
import gc
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from netlab.wire import standby, watch

CALLS, CALL_ROUNDS = 2_000, 60
PIECE, PIECES, TRANSFERS = 64 * 1024, 1024, 60


def short_calls() -> float:
    """Seconds for one send or recv of five bytes; one thread, so nothing but the calls counts."""
    one, other = tcp_pair()
    with one, other:
        begin = time.perf_counter()
        for _ in range(CALLS // 2):
            one.send(b"hello")
            other.recv(1024)
        return (time.perf_counter() - begin) / CALLS


def empty_handed() -> float:
    """Seconds for one recv that ends in BlockingIOError."""
    one, other = tcp_pair()
    with one, other:
        one.setblocking(False)
        begin = time.perf_counter()
        for _ in range(CALLS):
            with contextlib.suppress(BlockingIOError):
                one.recv(1024)
        return (time.perf_counter() - begin) / CALLS


def connections() -> float:
    """Seconds for one of the seven calls of a connection that is made, accepted and closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address, rounds = listener.getsockname(), 100
        begin = time.perf_counter()
        for _ in range(rounds):
            with socket.socket() as client:
                client.connect(address)
                with listener.accept()[0] as server:
                    client.shutdown(socket.SHUT_WR)
                    server.recv(1)
        return (time.perf_counter() - begin) / rounds / 7


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


def transfer() -> float:
    """Seconds for 64 MB from one thread to another one."""
    one, other = tcp_pair()

    def take() -> None:
        with other:
            while other.recv(PIECE):
                pass

    thread, piece = threading.Thread(target=take), b"x" * PIECE
    thread.start()
    begin = time.perf_counter()
    with one:
        for _ in range(PIECES):
            one.sendall(piece)
    thread.join()
    return time.perf_counter() - begin


def compare(work: Callable[[], float], rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"plain": [], "standby": [], "watched": []}
    for i in range(rounds + 2):
        gc.collect()
        plain = work()
        with standby():
            ready = work()
        with watch() as wire:
            watched = work()
        assert len(wire) > 0
        if i >= 2:  # after warming up
            for times, seconds in zip(found.values(), (plain, ready, watched), strict=True):
                times.append(seconds)
    return found


def row(name: str, found: dict[str, list[float]], scale: float, unit: str) -> str:
    plain, ready, watched = (statistics.median(times) * scale for times in found.values())
    ratios = [w / p for p, w in zip(found["plain"], found["watched"], strict=True)]
    return (
        f"{name:<34}{plain:>9.2f}{ready:>9.2f}{watched:>9.2f} {unit}"
        f"{watched - plain:>+9.2f} {unit}{100 * (statistics.median(ratios) - 1):>+8.0f} %"
    )


def main() -> None:
    print(f"{'':<34}{'plain':>9}{'standby':>9}{'watched':>9}    {'more':>9}   {'ratio':>8}")
    for name, work in (
        ("send or recv of 5 bytes, a call", short_calls),
        ("recv with BlockingIOError, a call", empty_handed),
        ("connect, accept, close ..., a call", connections),
    ):
        print(row(name, compare(work, CALL_ROUNDS), 1e6, "µs"))
    print(row("64 MB in 64 kB pieces", compare(transfer, TRANSFERS), 1e3, "ms"))
    print("\nTo reach: under 15 µs a call, under +25 % for the transfer. Ratios are medians of the rounds.")


if __name__ == "__main__":
    main()
