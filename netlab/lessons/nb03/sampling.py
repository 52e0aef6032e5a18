"""What the kernel says about a connection, again and again while it works."""

from __future__ import annotations

import socket
import threading
import time
import weakref

from ...wire import TcpInfo, tcp_info

MOST = 100_000  # samples, then it stops


class Samples(list[tuple[float, TcpInfo]]):
    """(seconds since `began`, TcpInfo) pairs, oldest first. A list that grows until stop().

        with sample(sock) as samples:
            sock.sendall(data)
        timeline(samples, "cwnd")

    `began` is on the clock of time.monotonic(), as that of path.packets: the difference of both aligns them.
    """

    def __init__(self, sock: socket.socket, every: float, began: float | None) -> None:
        super().__init__()
        if not 0.0005 <= every < float("inf"):
            raise ValueError(f"every={every!r}: give seconds between two samples, at least 0.0005.")
        self.every = every
        self.began = time.monotonic() if began is None else began
        self._over = threading.Event()
        self.append((time.monotonic() - self.began, tcp_info(sock)))  # in the caller, where its errors belong
        ours = weakref.ref(sock)  # a socket that nobody else has may go
        self._thread = threading.Thread(target=self._run, args=(ours,), name="tcp_info sampler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take the last sample and end the thread. Harmless when done twice."""
        self._over.set()
        self._thread.join()

    def __enter__(self) -> Samples:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, ours: weakref.ref[socket.socket]) -> None:
        due, last = time.monotonic(), False
        while len(self) < MOST and not last:
            due = max(due + self.every, time.monotonic())  # no burst after a delay
            last = self._over.wait(due - time.monotonic())
            if (sock := ours()) is None:
                return
            try:
                self.append((time.monotonic() - self.began, tcp_info(sock)))
            except (OSError, ValueError):  # closed
                return
            del sock


def sample(sock: socket.socket, every: float = 0.01, *, began: float | None = None) -> Samples:
    """Ask tcp_info(sock) every so many seconds, in the background, until the `with` ends, stop() is called,
    or the socket is closed or dropped. At most 100 000 times.

    `began` is the time.monotonic() from which times count, if not now. Linux: NotOnThisSystem elsewhere;
    ValueError for a closed socket, one that is not TCP, or an `every` below half a millisecond.
    """
    return Samples(sock, every, began)
