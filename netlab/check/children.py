"""Processes that the learner's threads start: known, and ended with the case."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .surroundings import replaced


class Children:
    """The child processes that were noted."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[Any]] = []
        self._others: set[Any] = set()

    @contextmanager
    def noted(self, mine: Callable[[], bool]) -> Iterator[None]:
        """In this block those are noted that are started by a thread for which `mine` is true."""
        begin, self._others = subprocess.Popen.__init__, set(_of_multiprocessing())

        def noted(child: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> None:
            begin(child, *args, **kwargs)
            if mine():
                self._started.append(child)

        with replaced(subprocess.Popen, "__init__", noted):
            yield

    def running(self) -> list[Any]:
        """Those that have not ended, or that nobody has waited for."""
        others = [child for child in _of_multiprocessing() if child not in self._others]
        return [child for child in self._started if child.returncode is None] + others

    def end(self) -> None:
        """End them all, and wait for them."""
        for child in self.running():
            with suppress(OSError, ValueError):
                child.kill()
                child.wait() if isinstance(child, subprocess.Popen) else child.join()
        self._started.clear()


def _of_multiprocessing() -> list[Any]:
    module = sys.modules.get("multiprocessing")
    return module.active_children() if module else []
