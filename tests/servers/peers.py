"""The clients of these tests, and what they need to look around."""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from netlab.servers import BackgroundServer

DEADLINE = 10.0  # seconds: against hanging, not a measurement


def connect(server: BackgroundServer) -> socket.socket:
    return socket.create_connection(server.address, timeout=DEADLINE)


def udp(server: BackgroundServer) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(DEADLINE)
    return sock


def ask(
    client: http.client.HTTPConnection, method: str, path: str, body: Any = None, **fields: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """The response and its body; a field If-Match is If_Match=..."""
    client.request(method, path, body, {name.replace("_", "-"): value for name, value in fields.items()})
    response = client.getresponse()
    return response, response.read()


def receive_all(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(65536), b""))


def assert_refused(address: tuple[str, int]) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=DEADLINE)


def eventually(condition: Callable[[], bool], what: str = "it") -> None:
    """Wait until a condition holds that another thread will make true."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {DEADLINE:g} s"
        time.sleep(0.001)


def server_threads() -> list[str]:
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith(("server ", "connection "))]


def descriptors() -> set[str]:
    """The open descriptors of this process, each with what it is; none where they cannot be listed."""
    if not os.path.isdir("/proc/self/fd"):
        return set()
    seen = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            seen.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
        except OSError:
            pass  # the one that listed the folder
    return seen
