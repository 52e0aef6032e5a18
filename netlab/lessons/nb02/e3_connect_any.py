"""Exercise 02-3: connect_any."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import connecting
from .cases import V4, V6, three, two
from .resolving import CLOSED, NO_FAMILY, OPEN, SILENT


@exercise(
    raises={NameError: "kept", ConnectionError: "next", TimeoutError: "silence", TypeError: "family"},
    stuck={"connect": "timeout", "connect_ex": "timeout", "select": "timeout"},
)
def connect_any(host: str, port: int, timeout: float) -> Cases:
    """Return a TCP socket connected to port at the first of host's addresses that answers.

    Ask socket.getaddrinfo for the addresses, of both families, and try them in its order,
    one after another, each for timeout seconds at most. The socket that you return has no
    timeout (None). Raise an OSError if no address answers, or if nobody knows host. Leave
    no other socket open, and leave the timeouts of everybody else alone. Do it without
    socket.create_connection: that is what you build here.
    """
    yield case("an IPv4 address", connecting.reached, [(V4, OPEN)], V4)
    yield case(
        "an IPv6 address", connecting.reached, [(V6, OPEN)], V6, hint="family", raises={OSError: "family"}
    )
    yield case("a name with one IPv4 address", connecting.reached, [(V4, OPEN)])
    yield case(
        "a name with one IPv6 address",
        connecting.reached,
        [(V6, OPEN)],
        hint="family",
        raises={OSError: "family"},
    )
    yield case("the first of two addresses refuses", connecting.reached, two(CLOSED, OPEN), hint="next")
    yield case("the second one would refuse", connecting.reached, two(OPEN, CLOSED), hint="first")
    yield case("both answer", connecting.reached, two(OPEN, OPEN), hint="first")
    yield case(
        "the first one is of a family that this machine does not speak",
        connecting.reached,
        [(NO_FAMILY, CLOSED), (V4, OPEN)],
        hint="unsupported",
        raises={OSError: "unsupported"},
    )
    yield case("the first one keeps silent", connecting.reached, two(SILENT, OPEN), hint="silence")
    yield case(
        "two keep silent and the third one answers",
        connecting.reached,
        three(),
        hint="each",
        raises={OSError: "each"},
    )
    yield case("all refuse", connecting.unreached, two(CLOSED, CLOSED), hint="none")
    yield case("nobody knows the name", connecting.unreached, [], hint="none")
