"""What answers in seconds have in common."""

from __future__ import annotations

from numbers import Real
from typing import Any

from ...check.lab import Lab


def number(lab: Lab, got: Any) -> float:
    if isinstance(got, bool) or not isinstance(got, Real):
        lab.wrong("the answer must be a number of seconds", got=got, hint="start")
    return float(got)
