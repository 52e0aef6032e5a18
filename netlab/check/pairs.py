"""As words of `lab`, and shorter: for exercises that have not been rewritten yet. And a measure of memory."""

from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from . import peers
from .lab import Lab
from .lab import waiting as waiting
from .peers import in_sizes as in_sizes

MB = 1_000_000


def pair(lab: Lab, **options: int) -> tuple[socket.socket, socket.socket]:
    """lab.pair"""
    return lab.pair(**options)


def say(lab: Lab, far: socket.socket, pieces: Iterable[bytes], end: bool = False) -> None:
    """lab.peer: send the pieces, each alone, and finish if this is the end."""
    peers.send_alone(far, pieces, lab)
    if end:
        peers.finish(far)


def must_raise(lab: Lab, kind: type[Exception], hint: str, *args: Any) -> Exception:
    """lab.raises"""
    return lab.raises(kind, *args, hint=hint)


def must_name(lab: Lab, error: Exception, number: int, what: str, hint: str) -> None:
    """lab.raises(naming=): the number is in the text of the error; what: the sentence, with a {}."""
    lab.names(error, what.format(number), hint)


@contextmanager
def at_most(lab: Lab, size: int, hint: str) -> Iterator[None]:
    """Fails if the block reserves more memory than this at any time."""
    mine = not tracemalloc.is_tracing()
    if mine:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        yield
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if mine:
            tracemalloc.stop()
    if peak > size:
        lab.wrong(f"your function reserved {round(peak / MB)} MB of memory", hint=hint)
