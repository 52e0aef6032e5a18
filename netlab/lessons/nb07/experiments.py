"""Experiments of notebook 07 that count and wait more than they talk."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from itertools import pairwise
from typing import Any

from ... import link
from ...servers import HTTPServer
from ...wire import watch
from .pictures.waterfalls import Exchange, exchanges

Connect = Callable[[], HTTPConnection]
Load = Callable[[Connect, list[str]], object]
Timed = tuple[int, float]  # pictures, seconds
Row = tuple[int, str, "float | None", float, float, float]  # an Exchange that can be kept


def page_over(path: Any, load: Load, pictures: int, size: int = 5) -> list[Row]:
    """Let load(connect, targets) fetch a page and its pictures over a kernel path; return its exchanges.

    connect() gives a connection to the far end that is established; all are closed at the end. Each answer
    has `size` bytes of body. Times are in seconds since the first connect, to a tenth of a millisecond.

    Where requests overlap the page is fetched until two agree on the fewest round trips in a row, five times
    at most: a busy computer may hold a thread up.
    """
    rows = _fetched(path, load, pictures, size)
    if any(later[3] < row[5] for row, later in pairwise(rows)):
        for _ in range(4):
            again = _fetched(path, load, pictures, size)
            agreed = trips_in_a_row(again) == trips_in_a_row(rows)
            rows = min(rows, again, key=trips_in_a_row)
            if agreed:
                break
    return rows


def _fetched(path: Any, load: Load, pictures: int, size: int) -> list[Row]:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    opened: list[HTTPConnection] = []

    def connect() -> HTTPConnection:
        conn = HTTPConnection(path.far, port)
        opened.append(conn)
        conn.sock = path.socket()  # a socket on the line, in place of a usual one
        conn.sock.connect((path.far, port))
        return conn

    with path.listen() as listener, _answering(listener, answer):
        port = listener.getsockname()[1]
        try:
            with watch() as wire:
                load(connect, ["/page", *[f"/picture/{n}" for n in range(1, pictures + 1)]])
        finally:
            for conn in opened:
                conn.close()
    return [(row[0], row[1], *(at and round(at, 4) for at in row[2:])) for row in exchanges(wire)]  # type: ignore[misc]


def page_on(weather: link.Link, loads: dict[str, Load], pictures: int, size: int) -> dict[str, list[Row]]:
    """As page_over(), for each of `loads`, on a kernel path with this weather; each page is fetched once."""
    with link.kernel(weather) as path:
        return {name: _fetched(path, load, pictures, size) for name, load in loads.items()}


def thirteen_pages(
    path: Any, one_each: Load, at_once: Callable[..., object], kept: Load
) -> list[list[Timed]]:
    """Pages of 1 to 8 pictures: with one_each, with at_once and c=3, and with kept; the seconds of each."""

    def three(connect: Connect, targets: list[str]) -> None:
        at_once(connect, targets, c=3)

    ways = (one_each, (1, 2, 3)), (three, (1, 3, 4, 6, 7)), (kept, (1, 2, 4, 6, 8))
    return [[(n, max(row[-1] for row in _fetched(path, way, n, 5))) for n in pages] for way, pages in ways]


@contextmanager
def _answering(listener: socket.socket, answer: bytes) -> Iterator[None]:
    """While this is open, give this answer to each request of each client."""
    over, threads = threading.Event(), []

    def accept() -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                conn = listener.accept()[0]
                threads.append(threading.Thread(target=_answer, args=(conn, answer), daemon=True))
                threads[-1].start()

    listener.settimeout(0.01)
    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield
    finally:
        over.set()
        accepting.join()
        for thread in threads:
            thread.join()


def _answer(conn: socket.socket, answer: bytes) -> None:
    conn.settimeout(5)
    with conn, suppress(OSError):
        waiting = b""
        while data := conn.recv(4096):
            waiting += data
            while b"\r\n\r\n" in waiting:
                waiting = waiting.partition(b"\r\n\r\n")[2]
                conn.sendall(answer)


def trips_in_a_row(rows: Sequence[Row | Exchange]) -> int:
    """How many round trips waited for one another: one for a connect, one for a request."""
    chains: list[tuple[float, int]] = []
    for _, _, connecting, sent, _, last in rows:
        begun = sent if connecting is None else connecting
        before = max((trips for end, trips in chains if end <= begun), default=0)
        chains.append((last, before + (1 if connecting is None else 2)))
    return max(trips for _, trips in chains)


def sent_by(call: Callable[[HTTPConnection], object]) -> bytes:
    """The bytes that `call(connection)` sends, to a server that answers every request."""
    with HTTPServer() as site, watch() as wire:
        conn = HTTPConnection(site.host, site.port, timeout=5)
        try:
            call(conn)
            conn.getresponse().read()
        finally:
            conn.close()
    return b"".join(e.data or b"" for e in wire if e.actor == "client" and e.call == "sendall")


Visit = Callable[[HTTPConnection, str, "dict[str, Any]", float], object]


def hit_ratios(visit: Visit, freshness: int, rate: float, caches: int = 5, visits: int = 200) -> list[float]:
    """For each of some caches, the share of visits that sent no request.

    visit(conn, target, cache, now) visits a page that is fresh for `freshness` seconds; the visits come at
    random, `rate` of them in a second of a clock that is simulated.
    """
    found = []
    with HTTPServer() as site:
        conn = HTTPConnection(site.host, site.port, timeout=5)
        for seed in range(caches):
            chance, now, cache, before = random.Random(seed), 0.0, {}, len(site.requests)  # type: ignore[var-annotated]
            for _ in range(visits):
                now += chance.expovariate(rate)
                visit(conn, f"/cached/{freshness}", cache, now)
            found.append(1 - (len(site.requests) - before) / visits)
        conn.close()
    return found
