"""Exercise 00-2: connected, refused or timeout?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab

STORY = {
    "connected": "connect returned at once",
    "refused": "the kernel said no at once",
    "timeout": "no answer came within 0.3 s",
}


@exercise(raises={KeyError: "words"}, closes=False)
def outcome(situation: str) -> Cases:
    """Predict how a client's connect ends: return "connected", "refused" or "timeout".

    situation is one of these texts; each is made to happen, here and now, and compared with your prediction:

        "a server is listening"
        "nobody listens on that port"
        "the server was stopped a moment ago"
        "the server stopped listening while one client is still connected"
        "the server is busy and never calls accept"
        "the server's queue is full"
        "the server listens on 127.0.0.1 and the client asks ::1"
    """
    yield case("a server is listening", predicted, places.listening)
    yield case("nobody listens on that port", predicted, places.bound, hint="nobody")
    yield case("the server was stopped a moment ago", predicted, places.stopped, hint="stopped")
    still = "the server stopped listening while one client is still connected"
    yield case(still, predicted, places.retired, hint="stopped")
    yield case("the server is busy and never calls accept", predicted, places.busy, hint="busy")
    yield case("the server's queue is full", predicted, places.silent, hint="full")
    if places.has_ipv6():
        other = "the server listens on 127.0.0.1 and the client asks ::1"
        yield case(other, predicted, places.other_address, hint="address")


def predicted(lab: Lab, situation: Callable[[], AbstractContextManager[Any]]) -> None:
    """The sentence of the case is the learner's argument."""
    said = lab.call(lab.name)
    with situation() as address:
        seen = places.attempt(address)
    if said not in list(STORY):  # it may be of any type
        shown = "nothing" if said is None else repr(said)[:60]
        lab.wrong(f"you answered {shown}: answer with one of {', '.join(STORY)}", hint="words", happened=[])
    if said != seen:
        lab.wrong(f"you predicted {said!r}, and it was {seen!r}", happened=[STORY[seen]])
