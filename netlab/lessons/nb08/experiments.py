"""Experiments of notebook 08: a server of the library, frames, and clients that ask and measure."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ...servers import serve
from ...view import Picture
from ...wire import PacketEvent
from .pictures import answer_dots

Address = tuple[str, int]
SMALL = b"HTTP/1.1 200 OK\r\nContent-Length: 82\r\n\r\n" + b"x" * 82


class Frame:
    """A web page inside the notebook with its address, and a sentence for whoever can't see it."""

    def __init__(self, url: str, height: int) -> None:
        self.url, self.height = url, height

    def _repr_html_(self) -> str:
        size = f'width="95%" height="{self.height}" style="background: white"'
        link = f'<a href="{self.url}" target="_blank" rel="noopener">{self.url}</a>'
        return f'<iframe title="a page of your server" src="{self.url}" {size}></iframe><br>{link}'

    def __repr__(self) -> str:
        return f"A frame with the page that {self.url} answers with."


@contextmanager
def running(
    handler: type[BaseHTTPRequestHandler], *, daemon_threads: bool = True
) -> Iterator[ThreadingHTTPServer]:
    """Run a handler class of http.server in the background, on a free port of this machine; give the server.

    With daemon_threads=False the end waits for the threads that still answer.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = daemon_threads
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()  # ends serve_forever
            thread.join()


def fetch(
    address: Address,
    target: str,
    method: str = "GET",
    body: bytes | None = None,
    fields: Mapping[str, str] | None = None,
) -> tuple[int, Message, bytes]:
    """Ask once, on a connection of its own: the response's status, fields and body."""
    with closing(http.client.HTTPConnection(*address, timeout=5)) as client:
        client.request(method, target, body, fields or {})
        response = client.getresponse()
        return response.status, response.headers, response.read()


def answer_times(address: Address, requests: int = 24) -> list[float]:
    """Ask for / again and again on one connection: the seconds of each answer."""
    took = []
    with closing(http.client.HTTPConnection(*address, timeout=5)) as client:
        for _ in range(requests):
            begun = time.monotonic()
            client.request("GET", "/")
            client.getresponse().read()
            took.append(time.monotonic() - begun)
    return took


def times_in_pieces(writes: int, requests: int = 12, *, nodelay: bool = False) -> list[float]:
    """answer_times() of a server that sends the same small answer in so many writes."""
    step = -(-len(SMALL) // writes)

    def handler(conn: socket.socket, address: Address) -> None:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
        while conn.recv(4096):
            for start in range(0, len(SMALL), step):
                conn.sendall(SMALL[start : start + step])

    with serve(handler) as server:
        return answer_times(server.address, requests)


def twelve_answers(writes: int = 2, nodelay: bool = False) -> Picture:
    """Twelve answers of times_in_pieces(), drawn."""
    option = "with TCP_NODELAY" if nodelay else "with Nagle's algorithm"
    return answer_dots(times_in_pieces(writes, nodelay=nodelay), f"writes: {writes}, {option}")


def said_to(client: socket.socket | Address, request: bytes) -> str:
    """The status line that answers a request on this connection, or on a new one; or the error's name."""
    try:
        if not isinstance(client, socket.socket):
            with socket.create_connection(client, timeout=3) as client:
                return said_to(client, request)
        client.sendall(request)
        return client.recv(4096).partition(b"\r\n")[0].decode()
    except ConnectionError as error:
        return type(error).__name__


def post(address: Address, size: int) -> int | str:
    """POST so many bytes with http.client: the status of the answer, or the kind of error."""
    with closing(http.client.HTTPConnection(*address, timeout=5)) as client:
        try:
            client.request("POST", "/", body=bytes(size))
            return client.getresponse().status
        except ConnectionError:
            return "a ConnectionError, and no status"


def four_answers(path: Any, handler: Any) -> None:
    """Over the line of a kernel path: four requests on one connection to a handler class of http.server."""
    with ThreadPoolExecutor(1) as pool, path.listen() as listener, path.socket() as client:
        client.connect((path.far, listener.getsockname()[1]))
        conn, address = listener.accept()
        with conn, closing(http.client.HTTPConnection(path.far)) as connection:
            pool.submit(handler, conn, address, None)
            connection.sock = client
            for _ in range(4):
                connection.request("GET", "/")
                connection.getresponse().read()


def slowest_answer(packets: Sequence[PacketEvent]) -> list[PacketEvent]:
    """The packets of one request and its answer: the one whose parts are farthest apart.

    ValueError for packets without a request and an answer.
    """
    asked = [n for n, p in enumerate(packets) if p.direction == "out" and p.packet.payload]
    found = []
    for start, end in zip(asked, [*asked[1:], len(packets)], strict=True):
        parts = [n for n in range(start, end) if packets[n].direction == "back" and packets[n].packet.payload]
        if parts:
            gap = packets[parts[-1]].sent - packets[parts[0]].sent
            found.append((gap, start, parts[-1]))
    if not found:
        raise ValueError("slowest_answer() needs the packets of a request and its answer.")
    _, start, last = max(found)
    return list(packets[start : last + 1])
