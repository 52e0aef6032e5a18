"""Ports for kernels that nobody else is given.

A kernel's ports are looked for first and bound half a second later. Of ephemeral ports, the system may
meanwhile give one to a connection of another test, and the kernel dies. So these come from below their range.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator

from jupyter_client.connect import LocalPortCache

FIRST, COUNT = 20_000, 12_000  # Linux hands out 32768 and above, macOS and Windows 49152 and above
APART = 997  # processes started one after the other begin this far from each other


class KernelPorts(LocalPortCache):
    """What jupyter_client asks for ports; `KernelPorts.instance()` makes it the one of this process."""

    def __init__(self, process: int | None = None) -> None:
        super().__init__()
        begin = (os.getpid() if process is None else process) * APART
        self._ports: Iterator[int] = (FIRST + (begin + step) % COUNT for step in itertools.count())

    def find_available_port(self, ip: str) -> int:
        """The next port at `ip` that nobody has bound. Raises OSError if there is none."""
        for port in itertools.islice(self._ports, COUNT):
            with socket.socket() as trial:
                try:
                    trial.bind((ip, port))
                except OSError:
                    continue
            self.currently_used_ports.add(port)
            return port
        raise OSError(f"All ports from {FIRST} to {FIRST + COUNT - 1} at {ip} are taken.")
