"""How long a server takes to begin, to answer and to end: ours and others, in turns, in one run.

    python benchmarks/servers.py

Each cycle is construct → first echo → stop; the client leaves before the stop. Others are in the table if
they are installed (benchmarks/requirements.txt).
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import importlib
import logging
import os
import random
import socket
import socketserver
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from netlab.servers import EchoServer

CYCLES = 200
SLOW = 0.05  # seconds: a contender slower than this takes part in fewer rounds
SLOW_EVERY = 10


class Contender(Protocol):
    """A server that runs when it is made."""

    def connect(self) -> Any:
        """Connect, have one message echoed, and return the open connection."""

    def stop(self) -> None: ...


def echoed(address: Any) -> socket.socket:
    sock = socket.create_connection(address)
    sock.sendall(b"hello")
    assert sock.recv(100) == b"hello"
    return sock


class Netlab:
    def __init__(self) -> None:
        self.server = EchoServer()

    def connect(self) -> Any:
        return echoed(self.server.address)

    def stop(self) -> None:
        self.server.stop()


class Socketserver:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while data := self.request.recv(65536):
                self.request.sendall(data)

    def __init__(self) -> None:
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self.Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def connect(self) -> Any:
        return echoed(self.server.server_address)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Asyncio:
    def __init__(self) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self.run(),))
        self.finish = asyncio.Event()
        self.thread.start()

    async def run(self) -> None:
        tasks: set[Any] = set()

        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.add(asyncio.current_task())
            try:
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
            except asyncio.CancelledError:
                pass
            writer.close()

        server = await asyncio.start_server(echo, sock=self.sock)
        await self.finish.wait()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def connect(self) -> Any:
        return echoed(self.sock.getsockname())

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.finish.set)
        self.thread.join()
        self.loop.close()


class Websockets:
    def __init__(self) -> None:
        from websockets.sync.server import serve

        self.server = serve(lambda ws: [ws.send(message) for message in ws], "127.0.0.1", 0)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def connect(self) -> Any:
        from websockets.sync.client import connect

        context = connect(f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}")
        ws = context.__enter__()
        ws.send("hello")
        assert ws.recv() == "hello"
        return ws

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()


def requested(host: str, port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(host, port)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello"
    return connection


class Uvicorn:
    def __init__(self) -> None:
        import uvicorn

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
            await send({"type": "http.response.body", "body": b"hello"})

        self.sock = socket.create_server(("127.0.0.1", 0))
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, args=([self.sock],))
        self.thread.start()

    def connect(self) -> Any:
        return requested(*self.sock.getsockname())

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


class Httpserver:
    def __init__(self) -> None:
        from pytest_httpserver import HTTPServer

        self.server = HTTPServer()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server.expect_request("/").respond_with_data("hello")
        self.server.start()

    def connect(self) -> Any:
        return requested(self.server.host, self.server.port)

    def stop(self) -> None:
        self.server.stop()


CONTENDERS: dict[str, tuple[str, Callable[[], Contender]]] = {
    "netlab EchoServer": ("netlab", Netlab),
    "websockets.sync": ("websockets", Websockets),
    "asyncio in a thread": ("asyncio", Asyncio),
    "uvicorn": ("uvicorn", Uvicorn),
    "pytest-httpserver": ("pytest_httpserver", Httpserver),
    "ThreadingTCPServer": ("socketserver", Socketserver),
}


def cycle(make: Callable[[], Contender]) -> float:
    begin = time.perf_counter()
    server = make()
    server.connect().close()
    server.stop()
    return time.perf_counter() - begin


def stop_with_client(make: Callable[[], Contender], limit: float = 2.0) -> float:
    """Seconds that stop() takes while a client is connected and idle; the limit if it takes longer."""
    server = make()
    client = server.connect()
    stopper = threading.Thread(target=server.stop)
    begin = time.perf_counter()
    stopper.start()
    stopper.join(limit)
    taken = time.perf_counter() - begin
    client.close()
    stopper.join()
    return taken


RESOURCES = ("threads", "descriptors", "resident kB")


def resources() -> tuple[int, int, int]:
    """Threads, descriptors, and resident kilobytes of this process; 0 where they cannot be had."""
    gc.collect()
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    try:
        memory = importlib.import_module("psutil").Process().memory_info().rss // 1024
    except ImportError:
        memory = 0
    return threading.active_count(), descriptors, memory


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def summary(times: list[float]) -> str:
    return f"{statistics.median(times) * 1e3:6.2f} ms {percentile(times, 0.95) * 1e3:7.2f} ms"


def verdict(good: bool) -> str:
    return "yes" if good else "NO"


def compare() -> None:
    present = {}
    for name, (module, make) in CONTENDERS.items():
        try:
            importlib.import_module(module)
        except ImportError:
            print(f"{name:22} not installed here")
            continue
        cycle(make)  # once for its imports
        present[name] = make
    times: dict[str, list[float]] = {name: [] for name in present}
    order = list(present)
    shuffled = random.Random(1)
    for turn in range(CYCLES):
        shuffled.shuffle(order)  # who comes after a slow one finds the processor asleep
        for name in order:
            if turn % SLOW_EVERY and statistics.median(times[name]) > SLOW:
                continue
            times[name].append(cycle(present[name]))
    own = statistics.median(times["netlab EchoServer"])
    title = "construct → first reply → stop"
    print(f"\n{title:31} {'median':>9} {'95 %':>10} {'times ours':>11} {'cycles':>7}")
    for name, taken in times.items():
        ratio = statistics.median(taken) / own
        print(f"{name:31} {summary(taken)} {ratio:11.2f} {len(taken):7}")
    ours = times.pop("netlab EchoServer")
    print(f"  median at most 2 ms: {verdict(own <= 0.002)}")
    print(f"  95 % at most 15 ms: {verdict(percentile(ours, 0.95) <= 0.015)}")
    fastest = min(map(statistics.median, times.values()), default=float("inf"))
    print(f"  faster than every other: {verdict(own < fastest)}")

    print(f"\n{'stop() with a client connected':31} {'median':>9} {'95 %':>10}")
    for name, make in present.items():
        taken = [stop_with_client(make)]
        taken += [stop_with_client(make) for _ in range(50 if taken[0] < SLOW else 2)]
        over = ">" if taken[0] >= 2 else " "
        print(f"{name:30}{over} {summary(taken)}")
        if make is Netlab:
            print(f"  at most 10 ms: {verdict(statistics.median(taken) <= 0.010)}")


def refused() -> int:
    """How many of 200 connects right after construction fail."""
    failures = 0
    for _ in range(200):
        with EchoServer() as server:
            try:
                socket.create_connection(server.address).close()
            except ConnectionRefusedError:
                failures += 1
    return failures


def many_clients(number: int = 500) -> tuple[int, float]:
    """How many clients, all connected at once, get their echo, and the seconds that stop() then takes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 3 * number)), hard))
    server = EchoServer()
    clients = [socket.create_connection(server.address) for _ in range(number)]
    for sock in clients:
        sock.sendall(b"x")
    served = sum(sock.recv(1) == b"x" for sock in clients)
    begin = time.perf_counter()
    server.stop()
    taken = time.perf_counter() - begin
    assert all(sock.recv(1) == b"" for sock in clients)
    for sock in clients:
        sock.close()
    return served, taken


def growth(cycles: int = 2000) -> None:
    for _ in range(200):  # let the allocator settle
        cycle(Netlab)
    before = resources()
    for _ in range(cycles):
        cycle(Netlab)
    after = resources()
    changes = [f"{name} {old} → {new}" for name, old, new in zip(RESOURCES, before, after, strict=True)]
    print(f"\n{cycles} cycles: {', '.join(changes)}")
    for _ in range(10):
        server = EchoServer()
        sock = echoed(server.address)
    own = resources()
    del server, sock
    changes = [f"{name} {old} → {new}" for name, old, new in zip(RESOURCES[:2], after, own, strict=False)]
    print(f"10 unclosed re-runs of a cell: {', '.join(changes)} (the last lives: 2 threads, 3 sockets)")


def main() -> None:
    compare()
    print(f"\n200 connects right after construction: {refused()} refused")
    if sys.platform != "win32":
        runs = [many_clients() for _ in range(5)]
        served, taken = min(run[0] for run in runs), statistics.median(run[1] for run in runs)
        print(f"500 clients at once: {served} served; stop() took {taken * 1e3:.1f} ms", end="")
        print(f" (at most 100 ms: {verdict(taken <= 0.1)})")
    growth()


if __name__ == "__main__":
    main()
