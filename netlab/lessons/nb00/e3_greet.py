"""Exercise 00-3: a line there, and all of the answer back."""

from __future__ import annotations

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.lab import Lab, Stuck
from ...check.peers import CLOSE, HEAR_LINE, THINK, Script, Step, cut_at, in_sizes, sliced

HELLO = b"Hello, Ada! Nice to meet you."
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
    yield case("an answer of 200 kB", greeted, "Ada", [b"0123456789" * 20_000], hint="pieces")
    halves = [HELLO[:15], THINK, HELLO[15:]]
    yield case("a server that stops to think", greeted, "Ada", halves, hint="pause")
    if places.has_ipv6():
        yield case("a server over IPv6", greeted, "Ada", [HELLO], "::1", hint="family")


def greeted(lab: Lab, name: str, answer: list[Step], host: str = "127.0.0.1") -> None:
    """The server hears a line, says its answer, each piece alone, and closes."""
    line = f"{name}\n".encode()
    expected = b"".join(piece for piece in answer if isinstance(piece, bytes)).decode()
    host, port = lab.server(server := Script(HEAR_LINE, answer, CLOSE), host=host)[:2]
    try:
        got = lab.call(host, port, name)
    except Stuck as stuck:
        if server.heard and b"\n" not in server.heard:  # the server waits for the rest of the line
            judge_line(lab, server.heard, line, str(stuck))
        raise
    server.join(0.5)
    if server.heard or got is not None:
        judge_line(lab, server.heard, line, "the server got something else")
    if isinstance(got, (bytes, bytearray)) or str(got)[:2] in ("b'", 'b"'):
        lab.wrong("this is bytes, not text", expected=expected, got=got, hint="text")
    lab.equal(got, expected, hint="start" if got is None else None)


def judge_line(lab: Lab, heard: bytes, line: bytes, said: str) -> None:
    if heard != line:
        hint = "newline" if heard.rstrip() == line.rstrip() or b"\n" not in heard else "bytes"
        lab.wrong(said, expected=line, got=heard, verb="you sent", hint=hint)


def in_pieces(lab: Lab) -> None:
    greeted(lab, "Grace", list(sliced(HELLO * 4, lab.rng)))


def cut_in_two(lab: Lab) -> None:
    data = "你好，Zoë 👋 再见".encode()
    inside = [place for place, byte in enumerate(data) if byte & 0xC0 == 0x80]  # not a character's first byte
    greeted(lab, "李雷", list(cut_at(data, *sorted(lab.rng.sample(inside, 4)))))
