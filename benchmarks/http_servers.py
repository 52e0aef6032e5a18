"""Requests a second over one connection: HTTPServer, uvicorn and http.server, in turns, in one run.

    python benchmarks/http_servers.py

One client (http.client, keep-alive) asks for a page of five letters. `http.server` answers with its usual
unbuffered writes, which meet delayed acknowledgments, and once more with buffered ones.
"""

from __future__ import annotations

import http.client
import http.server
import importlib
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from netlab import EchoServer, HTTPServer, serve_asgi, serve_wsgi

ROUNDS = 7
PER_ROUND = 0.5  # seconds


class Contender(Protocol):
    address: tuple[str, int]

    def stop(self) -> None: ...


class Netlab:
    def __init__(self, make: Callable[[], Any] = HTTPServer) -> None:
        self.server = make()
        self.address = self.server.address

    def stop(self) -> None:
        self.server.stop()


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    fields = [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"hello"})


class Uvicorn:
    def __init__(self) -> None:
        uvicorn = importlib.import_module("uvicorn")
        self.server = uvicorn.Server(uvicorn.Config(asgi, port=0, log_level="critical", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.001)
        self.address = self.server.servers[0].sockets[0].getsockname()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Buffered(Handler):
    wbufsize = -1


class Standard:
    def __init__(self, handler: type[Handler]) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = self.server.server_address  # type: ignore[assignment]
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    address: tuple[str, int]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


CONTENDERS: dict[str, Callable[[], Contender]] = {
    "netlab HTTPServer": Netlab,
    "netlab serve_wsgi": lambda: Netlab(lambda: serve_wsgi(wsgi)),
    "netlab serve_asgi": lambda: Netlab(lambda: serve_asgi(asgi)),
    "uvicorn in a thread": Uvicorn,
    "http.server": lambda: Standard(Handler),
    "http.server, buffered": lambda: Standard(Buffered),
}


def asked(address: tuple[str, int], seconds: float) -> list[float]:
    """Ask over one connection, again and again; returns the seconds that each answer took."""
    client = http.client.HTTPConnection(*address[:2], timeout=10)
    times = []
    end = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        client.request("GET", "/hello")
        answer = client.getresponse().read()
        times.append(time.perf_counter() - begun)
        assert answer == b"hello"
    client.close()
    return times


def verdict(good: bool) -> str:
    return "yes" if good else "NO"


def rates() -> None:
    times: dict[str, list[list[float]]] = {}
    for _ in range(ROUNDS):
        for name, make in CONTENDERS.items():
            if name.startswith("uvicorn") and importlib.util.find_spec("uvicorn") is None:
                continue
            contender = make()
            asked(contender.address, 0.05)
            times.setdefault(name, []).append(asked(contender.address, PER_ROUND))
            contender.stop()
    print(f"{'one client, keep-alive':24} {'requests/s':>11} {'median':>10} {'99 %':>10}")
    rate = {}
    for name, rounds in times.items():
        every = sorted(value for one in rounds for value in one)
        rate[name] = statistics.median(1 / statistics.mean(one) for one in rounds)
        middle, late = statistics.median(every) * 1e3, every[int(0.99 * len(every))] * 1e3
        print(f"{name:24} {rate[name]:11.0f} {middle:7.3f} ms {late:7.3f} ms")
        if name == "netlab HTTPServer":
            print(f"  at least 2500 requests/s: {verdict(rate[name] >= 2500)}")
            print(f"  median at most 0.3 ms: {verdict(middle <= 0.3)}")
    if "uvicorn in a thread" in rate:
        print(f"  at least uvicorn's: {verdict(rate['netlab HTTPServer'] >= rate['uvicorn in a thread'])}")


def lives() -> None:
    """Construct and stop, beside EchoServer."""
    times: dict[str, list[float]] = {"EchoServer": [], "HTTPServer": []}
    for _ in range(300):
        for name, make in (("EchoServer", EchoServer), ("HTTPServer", HTTPServer)):
            begun = time.perf_counter()
            make().stop()
            times[name].append(time.perf_counter() - begun)
    print(f"\n{'construct and stop':24} {'median':>10}")
    for name, taken in times.items():
        print(f"{name:24} {statistics.median(taken) * 1e3:7.3f} ms")
    ratio = statistics.median(times["HTTPServer"]) / statistics.median(times["EchoServer"])
    print(f"  as fast as EchoServer (within 10 %): {verdict(ratio <= 1.1)} ({ratio:.2f})")


def main() -> None:
    rates()
    lives()


if __name__ == "__main__":
    main()
