"""Exercise 00-3: a line there, and all of the answer back."""

from __future__ import annotations

import socket
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab, Stuck
from ...check.peers import (
    CLOSE,
    END,
    HEAR,
    HEAR_ALL,
    HEAR_LINE,
    THINK,
    Script,
    Step,
    cut_at,
    drips,
    in_sizes,
    sliced,
)
from ...check.timeouts import hastened

HELLO = b"Hello, Ada! Nice to meet you."
BLANKS = "\ufeff \t hi \r\n\r\nthere\rand here\n \n".encode()
NARROW: Any = {"SO_RCVBUF": 16384, "TCP_MAXSEG": 1000}  # so that a long name does not fit into the pipe
BLOCKS = "".join(f"line {i:3}: all of this is the answer.\n" for i in range(200)).encode()[:4096]


@exercise(
    raises={
        UnicodeDecodeError: "decode",
        TypeError: "bytes",
        AttributeError: "bytes",
        TimeoutError: "pause",
        OSError: "family",
    },
    stuck={"loop": "forever"},
)
def greet(host: str, port: int, name: str) -> Cases:
    r"""Say hello to the server at (host, port), and return all that it says, as str.

    Connect, send name and a newline ("\n") in UTF-8, then receive until the server closes. It may say
    nothing: then return "". Close your socket.
    """
    yield case("an answer in one piece", greeted, "Ada", [HELLO])
    yield case("a server that closes without a word", greeted, "Ada", [])
    yield case("a name that is not ASCII", greeted, "Zoë 李雷", [b"Hello!"], hint="bytes")
    yield case("4 blocks of 1024 bytes", greeted, "Ada", list(in_sizes(BLOCKS, 1024)), hint="pieces")
    yield case("pieces of 1 to 17 bytes", in_pieces, hint="short")
    yield case("a character cut in two", cut_in_two, hint="decode")
    yield case("an answer of 70 kB", greeted, "Ada", [b"0123456789" * 7000], hint="pieces")
    yield case("an answer with blanks at both ends", greeted, "Ada", list(drips(BLANKS)), hint="exact")
    yield case("a name with blanks at both ends", greeted, " ada  LOVELACE ", [HELLO], hint="name")
    yield case("a name of no letters", greeted, "", [HELLO], hint="name")
    yield case("a name of a million letters", long_name, hint="all")
    yield case("a server that stops to think", thinking, hint="pause")
    if places.has_ipv6():
        yield case("a server over IPv6", greeted, "Ada", [HELLO], "::1", hint="family")
        yield case("two servers with one port", one_port, hint="address")


def greeted(lab: Lab, name: str, answer: list[Step], host: str = "127.0.0.1", **options: int) -> None:
    """The server hears a line, says its answer, each piece alone, and finishes; it hears what else comes."""
    line = f"{name}\n".encode()
    expected = b"".join(piece for piece in answer if isinstance(piece, bytes)).decode()
    hear = HEAR_LINE if len(line) < 100 else HEAR(len(line))
    host, port = lab.server(server := Script(hear, answer, END, HEAR_ALL), host=host, **options)[:2]
    try:
        got = lab.call(host, port, name)
    except Stuck as stuck:
        if server.heard and b"\n" not in server.heard:  # the server waits for the rest of the line
            judge_line(lab, server.heard, line, str(stuck))
        raise
    if not server.talks:
        server.join(0.5)
    if server.heard or got is not None:
        judge_line(lab, server.heard, line, "the server got something else")
    if isinstance(got, (bytes, bytearray)) or str(got)[:2] in ("b'", 'b"'):
        lab.wrong("this is bytes, not text", expected=expected, got=got, hint="text")
    lab.equal(got, expected, hint="start" if got is None else None)


def judge_line(lab: Lab, heard: bytes, line: bytes, said: str) -> None:
    if heard != line:
        hint = None if line.isascii() else "bytes"
        if line.startswith(heard) and len(line) > 100:
            hint = "all"
        elif heard and (heard.rstrip(b"\r\n\0") == line[:-1] or b"\n" not in heard):
            hint = "newline"
        lab.wrong(said, expected=line, got=heard, verb="you sent", hint=hint)


def in_pieces(lab: Lab) -> None:
    greeted(lab, "Grace", list(sliced(HELLO * 4, lab.rng)))


def cut_in_two(lab: Lab) -> None:
    data = "你好，Zoë 👋 再见".encode()
    inside = [place for place, byte in enumerate(data) if byte & 0xC0 == 0x80]  # not a character's first byte
    greeted(lab, "李雷", list(cut_at(data, *sorted(lab.rng.sample(inside, 4)))))


def long_name(lab: Lab) -> None:
    """Where sockets have a timeout, send() takes only a part: as it may, anywhere."""
    socket.setdefaulttimeout(30.0)
    greeted(lab, "na" * 500_000, [HELLO], **NARROW)


def thinking(lab: Lab) -> None:
    with hastened(lab, 10):
        greeted(lab, "Ada", [HELLO[:15], THINK, HELLO[15:]])


def one_port(lab: Lab) -> None:
    """Whoever asks another address than host hears somebody else."""
    for host in ("127.0.0.1", "::1"):
        port, sockets = lab.enter(places.one_port("127.0.0.1", "::1"))
        for own, listener in sockets.items():
            listener.listen()
            listener.settimeout(lab.left)
            answer = HELLO if own == host else b"This is another server."
            lab.beside(Script(HEAR_LINE, answer, CLOSE).serve, lab, lab.own(listener))
        lab.gives(HELLO.decode(), host, port, "Ada")
