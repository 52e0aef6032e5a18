"""Locks that the system frees when a process ends, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Busy(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock while the block runs. Raises Busy when it is not free within `patience` seconds.

    On a file system without locks everybody gets it.
    """
    deadline = time.monotonic() + patience
    with open(path, "a") as file:
        while not _taken(file.fileno()):
            if time.monotonic() >= deadline:
                raise Busy
            time.sleep(0.05)
        yield


def is_held(path: Path) -> bool:
    """Whether another process holds this lock now."""
    try:
        with locked(path, 0):
            return False
    except Busy:
        return True


def _taken(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True
