"""What answers in seconds have in common."""

from __future__ import annotations

from typing import Any

from ...check.lab import Lab


def number(lab: Lab, got: Any) -> float:
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        lab.wrong("the answer must be a number of seconds", got=got, hint="start")
    return got
