"""Every test here ends with the threads and descriptors it began with."""

from __future__ import annotations

import gc
import http.client
import threading
from collections.abc import Iterator

import pytest

from netlab import HTTPServer

from .peers import descriptors


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    threads, open_before = set(threading.enumerate()), descriptors()

    def left() -> list[str]:
        more = [thread.name for thread in threading.enumerate() if thread not in threads]
        new = descriptors() - open_before
        # A kernel that a test of notebooks had started here leaves its eventfd a moment later than itself.
        return more + sorted(each for each in new if not each.endswith("[eventfd]"))

    yield
    if left():
        gc.collect()  # slow, so only when needed
    assert not left()


@pytest.fixture
def client() -> Iterator[http.client.HTTPConnection]:
    """A client of HTTPServer, which keeps no error."""
    with HTTPServer() as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
        yield connection
        connection.close()
    assert not server.errors
