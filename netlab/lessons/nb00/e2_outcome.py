"""Exercise 00-2: outcome."""

from __future__ import annotations

from ...check import places
from ...check.engine import Cases, case, exercise
from .cases import (
    prediction,
)


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
    yield case("a server is listening", prediction, places.listening)
    yield case("nobody listens on that port", prediction, places.bound, hint="nobody")
    yield case("the server was stopped a moment ago", prediction, places.stopped, hint="stopped")
    still = "the server stopped listening while one client is still connected"
    yield case(still, prediction, places.retired, hint="stopped")
    yield case("the server is busy and never calls accept", prediction, places.busy, hint="busy")
    yield case("the server's queue is full", prediction, places.silent, hint="full")
    if places.has_ipv6():
        other = "the server listens on 127.0.0.1 and the client asks ::1"
        yield case(other, prediction, places.other_address, hint="address")
