"""Exercise 01-2: in_order."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from .cases import (
    ordered,
)
from .stage import CALLS


@exercise(closes=False)
def in_order(calls: list[str]) -> Cases:
    """Return calls in an order in which one thread can make them all, without an error or an endless wait.

    calls is a shuffled list of texts, all or some of these:

        "server: socket", "server: bind", "server: listen", "server: accept",
        "server: recv", "server: sendall", "server: close",
        "client: socket", "client: connect", "client: sendall", "client: recv", "client: close"

    The server's recv, sendall and close are about the connection (close also closes its listener).
    There are several right orders: the kernel is the examiner, and makes your calls one after another.
    """
    yield case("twelve shuffled calls", ordered, CALLS)
    yield case("twelve more", ordered, CALLS)
    yield case(
        "only the client speaks", ordered, [c for c in CALLS if c not in ("server: sendall", "client: recv")]
    )
    yield case(
        "only the server speaks", ordered, [c for c in CALLS if c not in ("client: sendall", "server: recv")]
    )
    yield case("nobody speaks", ordered, [c for c in CALLS if not c.endswith(("sendall", "recv"))])
