"""For cases about one TCP connection: its two ends, what is left in it, errors that are the right answer."""

from __future__ import annotations

import re
import socket
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from . import peers
from .lab import Lab

MB = 1_000_000


def pair(lab: Lab, **options: int) -> tuple[socket.socket, socket.socket]:
    """The learner's end and the peer's end of one TCP connection; options are those of the learner's end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = lab.client(listener.getsockname(), **options)
        far = lab.own(listener.accept()[0])
    for sock in (near, far):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # two small sends are no reason to wait
    far.settimeout(lab.left)
    return near, far


def say(lab: Lab, far: socket.socket, pieces: Iterable[bytes], end: bool = False) -> None:
    """Send the pieces, each alone, and finish if this is the end."""
    peers.send_alone(far, pieces, lab)
    if end:
        peers.finish(far)


def in_sizes(data: bytes, size: int) -> Iterator[bytes]:
    return peers.cut_at(data, *range(size, len(data), size))


def waiting(sock: socket.socket) -> bytes:
    """What has arrived at this end and was not taken."""
    sock.settimeout(0)
    with suppress(BlockingIOError):
        return sock.recv(1 << 16, socket.MSG_PEEK)
    return b""


def must_raise(lab: Lab, kind: type[Exception], hint: str, *args: Any) -> Exception:
    """Run the learner's function, which has to raise such an error, and return the error."""
    got, broke = lab.outcome(*args)
    if broke is not None and isinstance(broke.error, kind):
        return broke.error
    if broke is not None:
        raise broke
    lab.wrong(f"your function had to raise {kind.__name__}, and returned", got=got, hint=hint)


def must_name(lab: Lab, error: Exception, number: int, what: str, hint: str) -> None:
    """The number is in the text of the error; what: the sentence that it belongs to, with a {}."""
    if str(number) not in re.findall(r"\d+", str(error)):
        text = f"{type(error).__name__}({str(error)!r})"
        lab.wrong(f"{what.format(number)}, and your error does not say so: {text}", hint=hint)


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
