"""Each test has progress and hints of its own, and may leave no thread and no socket."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.fixture(autouse=True)
def own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NETLAB_PROGRESS", str(tmp_path / "progress"))
    return tmp_path / "progress"


@pytest.fixture
def leaves_nothing() -> Iterator[None]:
    gc.collect()
    threads, numbers = set(threading.enumerate()), descriptors()
    yield
    last = time.monotonic() + 2
    while set(threading.enumerate()) - threads and time.monotonic() < last:
        time.sleep(0.01)
    gc.collect()
    assert not set(threading.enumerate()) - threads
    assert descriptors() <= numbers
