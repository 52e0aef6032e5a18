"""As words of `lab`, and shorter: for exercises that have not been rewritten yet."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from . import peers
from .lab import Lab
from .lab import waiting as waiting
from .memory import at_most as at_most
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
