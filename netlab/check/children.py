"""Processes that the learner's threads start: known, and ended with the case."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Children:
    """While active: notes the child processes of the threads for which `mine` is true."""

    def __init__(self, mine: Callable[[], bool]) -> None:
        self._mine = mine
        self._started: list[subprocess.Popen[Any]] = []
        self._others: set[Any] = set()

    def __enter__(self) -> None:
        self._init = init = subprocess.Popen.__init__
        self._others = set(_of_multiprocessing())

        def noted(child: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> None:
            init(child, *args, **kwargs)
            if self._mine():
                self._started.append(child)

        subprocess.Popen.__init__ = noted  # type: ignore[method-assign,assignment]

    def __exit__(self, *_: object) -> None:
        subprocess.Popen.__init__ = self._init  # type: ignore[method-assign]

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
