"""Every test here ends with the threads and descriptors it began with."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from .peers import descriptors


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    threads, open_before = set(threading.enumerate()), descriptors()

    def left() -> list[str]:
        more = [thread.name for thread in threading.enumerate() if thread not in threads]
        return more + sorted(descriptors() - open_before)

    yield
    if left():
        gc.collect()  # slow, so only when needed
    assert not left()
