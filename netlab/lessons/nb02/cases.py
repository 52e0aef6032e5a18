"""Cases of notebook 02."""

from __future__ import annotations

from .resolving import OPEN, SILENT, has

V4, V6, SECOND = "127.0.0.1", "::1", "127.0.0.2"


def two(first: str, then: str) -> list[tuple[str, str]]:
    """Two addresses of this machine: IPv6 first, as most resolvers say it."""
    return [(V6 if has(V6) else SECOND, first), (V4, then)]


def three() -> list[tuple[str, str]]:
    return [(SECOND, SILENT), (V6 if has(V6) else "127.0.0.3", SILENT), (V4, OPEN)]
