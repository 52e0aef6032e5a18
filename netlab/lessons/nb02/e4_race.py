"""Exercise 02-4: race."""

from __future__ import annotations

from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import connecting
from .cases import V4, V6
from .resolving import CLOSED, OPEN, SILENT


@exercise(
    raises={BlockingIOError: "begun", OSError: "fails", TypeError: "family"},
    stuck={"connect": "wait", "connect_ex": "wait", "join": "losers", "sleep": "asleep", LOOP: "wait"},
)
def race(addresses: list[tuple[int, Any]], delay: float) -> Cases:
    """Connect to several addresses in a staggered race: return the TCP socket that wins.

    addresses is a list of (family, sockaddr), not empty. Begin with the first. Begin with
    the next when delay seconds have passed since you began with the one before, or at once
    when an attempt fails. Attempts under way go on meanwhile. The first that is connected
    wins: begin no more, close all the others, return the winner with no timeout (None).
    If all fail, raise an OSError. Leave no thread. (Happy Eyeballs: RFC 8305, section 5.)
    """
    yield case("one address which answers", connecting.raced, [(V4, OPEN)], 0.2)
    yield case("the first of three answers", connecting.raced, [(V4, OPEN)] * 3, None, hint="stagger")
    yield case(
        "the first one refuses",
        connecting.raced,
        [(V4, CLOSED), (V4, OPEN)],
        None,
        hint="fails",
        stuck={"select": "refused", "wait": "refused", "get": "refused"},
    )
    yield case("an IPv6 address", connecting.raced, [(V6, OPEN)], 0.2, hint="family")
    yield case("all refuse", connecting.all_failed, [(V4, CLOSED)] * 3, 0.05, hint="none")
    yield case("the first one keeps silent", connecting.raced, [(V4, SILENT), (V4, OPEN)], 0.1, hint="wait")
    yield case(
        "the first one keeps silent and the second one refuses",
        connecting.raced,
        [(V4, SILENT), (V4, CLOSED), (V4, OPEN)],
        0.1,
        hint="wait",
    )
    yield case(
        "the first one answers late and the second one never",
        connecting.late_winner,
        0.1,
        hint="patience",
        raises={OSError: "patience"},
        stuck={"select": "patience", "connect": "patience"},
    )
