"""Exercise 00-1: the port of this end."""

from __future__ import annotations

import socket
from contextlib import suppress

from ... import servers
from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab


@exercise(raises={ValueError: "four"})
def my_port(sock: socket.socket) -> Cases:
    """Return the port number of your own end of sock, as an int.

    sock is a connected TCP socket, over IPv4 or IPv6. Leave it open and connected.
    """
    yield case("a client over IPv4", of_client, "127.0.0.1")
    yield case("a second client of the same server", of_client, "127.0.0.1", 2)
    yield case("a client that chose its port before it connected", of_client, "127.0.0.1", 1, True)
    yield case("both ends of one connection", of_both_ends)
    if places.has_ipv6():
        yield case("a client over IPv6", of_client, "::1", hint="four")


def of_client(lab: Lab, host: str, clients: int = 1, bound: bool = False) -> None:
    with servers.EchoServer(host=host) as server:
        socks = []
        for _ in range(clients):
            sock = lab.own(socket.socket(places.family_of(host)))
            sock.settimeout(lab.left)
            if bound:
                sock.bind((host, 0))
            sock.connect((server.host, server.port))
            socks.append(sock)
        judge_port(lab, socks[-1])
        judge_open(lab, socks[-1], socks[-1])


def of_both_ends(lab: Lab) -> None:
    """One of the two ports is the larger one, and one the smaller."""
    for sock, other in (ends := lab.pair(), ends[::-1]):
        sock.settimeout(lab.left)
        judge_port(lab, sock)
        judge_open(lab, sock, other)


def judge_port(lab: Lab, sock: socket.socket) -> None:
    own, other = sock.getsockname(), sock.getpeername()
    got = lab.call(sock)
    if isinstance(got, (tuple, list)):
        lab.wrong("the port is one part of the address", expected=own[1], got=got, hint="part")
    if isinstance(got, (str, bytes)):
        lab.wrong("a port is a number, not text", expected=own[1], got=got, hint="number")
    if got == other[1]:
        lab.wrong("this is the port at the other end", expected=own[1], got=got, hint="peer")
    hint = "start" if got is None else "four" if got in own[2:] else "this"
    story = [f"this end is {own}", f"the other end is {other}"]
    lab.equal(got, own[1], hint=hint, happened=story)


def judge_open(lab: Lab, sock: socket.socket, answers: socket.socket) -> None:
    """Nothing was sent on sock, a byte sent on it comes out of the other, and it has not ended."""
    heard = b""
    with suppress(OSError):
        sock.sendall(b"?")
        heard = answers.recv(1)
        sock.settimeout(0)
        if heard == b"?" and sock.recv(1, socket.MSG_PEEK) == b"":
            heard = b""
    if heard != b"?":
        said = f"your function sent {heard!r}" if heard else "afterwards the connection was no longer usable"
        lab.wrong(said, hint="open")
