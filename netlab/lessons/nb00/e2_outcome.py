"""Exercise 00-2: connected, refused or timeout?"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ... import servers
from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab

# Windows asks again for some 2 s before it believes a refusal.
PATIENCE = 3.0 if sys.platform == "win32" else 0.3
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
    yield case("the server was stopped a moment ago", predicted, stopped, hint="stopped")
    still = "the server stopped listening while one client is still connected"
    yield case(still, predicted, retired, hint="stopped")
    yield case("the server is busy and never calls accept", predicted, places.busy, hint="busy")
    yield case("the server's queue is full", predicted, places.silent, hint="full")
    if places.has_ipv6():
        other = "the server listens on 127.0.0.1 and the client asks ::1"
        yield case(other, predicted, places.at_another_address, hint="address")


def predicted(lab: Lab, situation: Callable[[], AbstractContextManager[Any]]) -> None:
    """The sentence of the case is the learner's argument."""
    said = lab.call(lab.name)
    with situation() as address:
        seen = attempt(address)
    if said not in list(STORY):  # it may be of any type
        shown = "nothing" if said is None else repr(said)[:60]
        lab.wrong(f"you answered {shown}: answer with one of {', '.join(STORY)}", hint="words", happened=[])
    again, broke = lab.outcome(lab.name)
    if broke or again != said:
        again = broke.error if broke else again
        lab.wrong(
            f"you answered {said!r}, and {again!r} when you were asked again", hint="again", happened=[]
        )
    if said != seen:
        lab.wrong(f"you predicted {said!r}, and it was {seen!r}", happened=[STORY[seen]])


def attempt(address: Any, seconds: float = PATIENCE) -> str:
    """What connect does at this address now: "connected", "refused" or "timeout"."""
    with socket.socket(places.family_of(address[0])) as sock:
        sock.settimeout(seconds)
        try:
            sock.connect(address)
        except TimeoutError:
            return "timeout"
        except ConnectionRefusedError:
            return "refused"
    return "connected"


# -- situations that only this exercise has --------------------------------------------------------


@contextmanager
def stopped() -> Iterator[Any]:
    """A server that has just been stopped: refused."""
    with servers.EchoServer() as server:
        pass
    yield server.address


@contextmanager
def retired() -> Iterator[Any]:
    """The listener is closed, and a connection that it accepted lives on: refused."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        address = listener.getsockname()
        client.connect(address)
        with listener.accept()[0]:
            listener.close()
            yield address
