"""Makes the calls of exercise 01-2 one after another, for real, in one thread: the kernel is the examiner."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, NoReturn

from ...check.lab import Lab
from ...check.report import Wrong

CALLS = (
    "server: socket", "server: bind", "server: listen", "client: socket", "client: connect", "server: accept",
    "client: sendall", "server: recv", "server: sendall", "client: recv", "client: close", "server: close",
)  # fmt: skip
PATIENCE = 0.25  # seconds after which a call is said to wait for ever: nobody else is there to end its wait


class _Stage:
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


def perform(lab: Lab, calls: list[str]) -> None:
    """Make the calls. Raises Wrong at the first that the kernel refuses or that would wait for ever."""
    stage = _Stage(lab)
    done: list[str] = []

    def stop(call: str, said: str) -> NoReturn:
        number = len(done) + 1
        raise Wrong(f"call {number}, {call}, {said}", hint=_hint(call, done), happened=[*done, f"{call} ✗"])

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


def _hint(call: str, done: list[str]) -> str:
    """The hint for a call that came too early or too late."""
    who, _, name = call.partition(": ")
    if f"{who}: socket" not in done:
        return "socket"
    if f"{who}: close" in done or name == "close":
        return "close"
    if name == "bind":
        return "bind"
    if "server: listen" not in done:
        return "listen"
    if "server: accept" not in done and who == "server":
        return "accept"
    return "recv" if name == "recv" else "listen"
