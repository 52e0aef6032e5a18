"""Cases of notebook 00."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

from ... import servers
from ...check import peers, places
from ...check.lab import Lab, Stuck


def port_of_client(lab: Lab, host: str, clients: int = 1, bound: bool = False) -> None:
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


def port_of_server(lab: Lab) -> None:
    listener = lab.own(socket.create_server(("127.0.0.1", 0)))
    client = lab.client(listener.getsockname())
    conn = lab.own(listener.accept()[0])
    conn.settimeout(lab.left)
    judge_port(lab, conn)
    judge_open(lab, conn, client)


def judge_port(lab: Lab, sock: socket.socket) -> None:
    own, other = sock.getsockname(), sock.getpeername()
    got = lab.call(sock)
    if isinstance(got, (tuple, list)):
        lab.wrong("the port is one part of the address", expected=own[1], got=got, hint="part")
    if isinstance(got, (str, bytes)):
        lab.wrong("a port is a number, not text", expected=own[1], got=got, hint="number")
    if got == other[1]:
        lab.wrong("this is the port at the other end", expected=own[1], got=got, hint="peer")
    story = [f"this end is {own[:2]}", f"the other end is {other[:2]}"]
    lab.equal(got, own[1], hint="this" if got is not None else "start", happened=story)


def judge_open(lab: Lab, sock: socket.socket, answers: socket.socket) -> None:
    """A byte sent on sock comes out of the other: the connection is still usable."""
    with suppress(OSError):
        sock.sendall(b"?")
        if answers.recv(1) == b"?":
            return
    lab.wrong("afterwards the connection was no longer usable", hint="open")


WORDS = ("connected", "refused", "timeout")


def prediction(lab: Lab, situation: Callable[[], AbstractContextManager[Any]]) -> None:
    """The sentence of the case is the learner's argument."""
    said = lab.call(lab.name)
    with situation() as address:
        seen = places.attempt(address)
    story = {
        "connected": "connect returned at once",
        "refused": "the kernel said no at once",
        "timeout": "no answer came within 0.3 s",
    }
    if said not in WORDS:
        shown = "nothing" if said is None else repr(said)[:60]
        lab.wrong(f"you answered {shown}: answer with one of {', '.join(WORDS)}", hint="words", happened=[])
    if said != seen:
        lab.wrong(f"you predicted {said!r}, and it was {seen!r}", happened=[story[seen]])


def one_piece(text: str) -> Callable[[Any], Any]:
    return lambda rng: [text.encode()]


def in_slices(text: str) -> Callable[[Any], Any]:
    return lambda rng: peers.sliced(text.encode(), rng)


def in_blocks(data: bytes, size: int = 1024) -> Callable[[Any], Any]:
    return lambda rng: peers.cut_at(data, *range(size, len(data), size))


def cut_character(text: str) -> Callable[[Any], Any]:
    data = text.encode()
    inside = [i for i, byte in enumerate(data) if byte & 0xC0 == 0x80]  # not the first byte of a character
    return lambda rng: peers.cut_at(data, *sorted(rng.sample(inside, 4)))


def greeted(
    lab: Lab, name: str, pieces: Callable[[Any], Any], host: str = "127.0.0.1", pause: float = 0.0
) -> None:
    said = list(pieces(lab.rng))
    line, answer = f"{name}\n".encode(), b"".join(said).decode()
    talker = peers.Talker(said, lab, pause)
    with servers.serve(talker, host=host) as server:
        try:
            got = lab.call(server.host, server.port, name)
        except Stuck as stuck:
            if talker.heard and b"\n" not in talker.heard:  # the server waits for the rest of the line
                judge_line(lab, bytes(talker.heard), line, str(stuck))
            raise
    if talker.heard or got is not None:
        judge_line(lab, bytes(talker.heard), line, "the server got something else")
    if isinstance(got, (bytes, bytearray)) or str(got)[:2] in ("b'", 'b"'):
        lab.wrong("this is bytes, not text", expected=answer, got=got, hint="text")
    lab.equal(got, answer, hint="start" if got is None else None)


def judge_line(lab: Lab, heard: bytes, line: bytes, said: str) -> None:
    if heard != line:
        hint = "newline" if heard.rstrip() == line.rstrip() or b"\n" not in heard else "bytes"
        lab.wrong(said, expected=line, got=heard, verb="you sent", hint=hint)
