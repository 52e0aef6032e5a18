"""watch(): record every socket call of unmodified code."""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator

from . import installing, noting, threads
from .known import look_all
from .recording import Recording, incomplete
from .settling import settle
from .tape import Tape

_BEFORE = 0.1  # seconds
_users: set[object] = set()  # watches and standbys for which the methods are wrapped


@contextlib.contextmanager
def watch(
    *, max_events: int = 10_000, keep_total: int = 1_000_000, settle_within: float = 0.25
) -> Iterator[Recording]:
    """Record every socket call that this process makes inside the block, on both ends, with one clock.

    The recording fills while the block runs. It keeps `max_events` calls and counts the others
    (`Recording.dropped`); of each call it keeps the first 4096 bytes, but at most `keep_total` bytes
    in all. Results, errors and blocking of the calls stay what they are.

    At its end the block waits until other threads that made recorded calls have done what is already
    on its way to them, but at most `settle_within` seconds: so a server's last `recv` and `close` are in.
    (At its beginning it waits for the threads of `standby` in the same way, at most 0.1 s.)

    Sockets made before the block are seen too (but not which two ends an older `socketpair` joined), and an
    `accept` that was waiting when it began; of other calls that were, see `standby`. Not seen: other
    processes, and code that goes around `socket.socket` (a method taken from a socket before, C libraries,
    asyncio's `sendfile`). Of a TLS socket the calls are recorded as the program makes them, with the
    plaintext; the encrypted bytes and the handshake pass below and are not seen.

    What goes wrong in the recording itself changes no call. `Recording.errors` has it, the text tells it,
    and the end of the block issues a RuntimeWarning.
    """
    if max_events < 1 or keep_total < 0:
        raise ValueError("watch() needs max_events of at least 1 and keep_total of at least 0.")
    with standby():
        # What was on its way before belongs to the time before.
        settle(min(settle_within, _BEFORE))
        tape = Tape(max_events, keep_total)
        try:
            with threads.lock:
                noting.tapes = (*noting.tapes, tape)
            look_all()
            yield Recording(tape=tape)
            settle(settle_within, tape)
        finally:
            with threads.lock:
                noting.tapes = tuple(t for t in noting.tapes if t is not tape)
            tape.end()
            installing.look_for_another_class(tape)
        if tape.errors:
            warnings.warn(f"watch(): {incomplete(tape.errors)}", RuntimeWarning, stacklevel=3)


@contextlib.contextmanager
def standby() -> Iterator[None]:
    """Be ready, so that a later `watch()` also sees the call that is already waiting when it begins.

    A server's threads live in this: a `recv` that began before the watch is then recorded.
    Costs about half a microsecond a call and records nothing by itself.
    """
    mine = object()
    try:  # from the first step on: the stop button may be pressed while methods are being wrapped
        with threads.lock:
            _users.add(mine)
            if len(_users) == 1:
                installing.install()
        yield
    finally:
        with threads.lock:
            _users.discard(mine)
            if not _users:
                installing.uninstall()
                threads.forget_ended()


def _after_fork() -> None:
    """A child is another process: nothing of what it does is recorded, and nobody holds a lock in it."""
    threads.lock, noting.tapes = threading.RLock(), ()
    threads.forget_ended()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
