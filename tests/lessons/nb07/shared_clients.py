"""What the solutions of several exercises of notebook 07 share."""

from __future__ import annotations


def _split(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()
