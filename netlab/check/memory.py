"""How much memory a function reserves."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from .lab import Lab

MB = 1_000_000


@contextmanager
def at_most(lab: Lab, size: int, hint: str) -> Iterator[None]:
    """Fails if the block reserves more memory than this at any time."""
    with ExitStack() as stack:
        if not tracemalloc.is_tracing():
            tracemalloc.start()
            stack.callback(tracemalloc.stop)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        yield
        peak = tracemalloc.get_traced_memory()[1] - before
    if peak > size:
        lab.wrong(f"your function reserved {round(peak / MB)} MB of memory", hint=hint)
