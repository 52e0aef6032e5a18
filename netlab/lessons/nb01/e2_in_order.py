"""Exercise 01-2: the calls of a server and of a client, in an order that works.

They are made one after another, for real, in one thread: the kernel is the examiner.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab

CALLS = (
    "server: socket", "server: bind", "server: listen", "client: socket", "client: connect", "server: accept",
    "client: sendall", "server: recv", "server: sendall", "client: recv", "client: close", "server: close",
)  # fmt: skip
PATIENCE = 0.25  # seconds after which a call is said to wait for ever: nobody else is there to end its wait


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
    yield case("only the client speaks", ordered, without("server: sendall", "client: recv"))
    yield case("only the server speaks", ordered, without("client: sendall", "server: recv"))
    yield case("nobody speaks", ordered, without("sendall", "recv"))
    yield case("a server to whom nobody comes", ordered, CALLS[:3])
    yield case("the client speaks and nobody closes", ordered, CALLS[:8])


def without(*calls: str) -> list[str]:
    return [call for call in CALLS if not call.endswith(calls)]


def ordered(lab: Lab, calls: Sequence[str]) -> None:
    got = lab.call(lab.rng.sample(calls, len(calls)))
    if got is not None and not isinstance(got, (list, tuple)):
        lab.wrong("this asks for a list of calls", got=got, hint="same")
    if got is None or sorted(map(str, got)) != sorted(calls):
        missing = ", ".join(call for call in calls if got is not None and call not in got)
        said = f"not the calls that you were given: {missing} missing" if missing else "not the same calls"
        lab.wrong(said, got=got, hint="same" if got is not None else "start")
    perform(lab, list(got))


def perform(lab: Lab, calls: list[str]) -> None:
    """Make the calls. Raises Wrong at the first that the kernel refuses or that would wait for ever."""
    stage = Stage(lab)
    done: list[str] = []

    def stop(call: str, said: str) -> NoReturn:
        number = len(done) + 1
        lab.wrong(f"call {number}, {call}, {said}", hint=hint_for(call, done), happened=[*done, f"{call} ✗"])

    for call in calls:
        who, _, name = call.partition(": ")
        action: Callable[[str], None] = getattr(stage, name)
        try:
            action(who)
        except KeyError:
            needs = "accept" if who == "server" and "server: socket" in done else "socket"
            stop(call, f"has no socket to work with: {who}: {needs} has not happened yet")
        except TimeoutError:
            stop(call, "would wait for ever: nobody else is there to end its wait")
        except EOFError as end:
            stop(call, str(end))
        except OSError as error:
            text = (error.strerror or str(error)).lower()
            stop(call, f"was refused by the kernel: {type(error).__name__}, {text}")
        done.append(call)


def hint_for(call: str, done: list[str]) -> str:
    """The hint for a call that came too early or too late."""
    who, _, name = call.partition(": ")
    if f"{who}: socket" not in done:
        return "socket"
    if f"{who}: close" in done or name == "close":
        return "last"
    if name == "bind":
        return "bind"
    if "server: listen" not in done:
        return "listen"
    if "server: accept" not in done and who == "server":
        return "accept"
    return "recv" if name == "recv" else "listen"


class Stage:
    """Two programs' sockets. Each method is one call."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.sockets: dict[str, socket.socket] = {}
        self.nobody = lab.own(socket.socket())  # an address where nobody listens, until the server does
        self.nobody.bind(("127.0.0.1", 0))

    def socket(self, who: str) -> None:
        sock = self.lab.own(socket.socket())
        sock.settimeout(PATIENCE)
        self.sockets["listener" if who == "server" else who] = sock

    def bind(self, who: str) -> None:
        self.sockets["listener"].bind(("127.0.0.1", 0))

    def listen(self, who: str) -> None:
        self.sockets["listener"].listen()

    def accept(self, who: str) -> None:
        conn, _ = self.sockets["listener"].accept()
        conn.settimeout(PATIENCE)
        self.sockets["server"] = self.lab.own(conn)

    def connect(self, who: str) -> None:
        listener = self.sockets.get("listener")
        address: Any = listener.getsockname() if listener is not None and listener.fileno() != -1 else None
        if address is None or address[1] == 0:
            address = self.nobody.getsockname()
        self.sockets["client"].connect((address[0].replace("0.0.0.0", "127.0.0.1"), address[1]))

    def sendall(self, who: str) -> None:
        self.sockets[who].sendall(f"hello from the {who}".encode())

    def recv(self, who: str) -> None:
        if not self.sockets[who].recv(1024):
            raise EOFError("recv got b'': the other side has closed, and its words were not sent")

    def close(self, who: str) -> None:
        if who == "server":
            self.sockets["listener"].close()
        self.sockets[who].close()
