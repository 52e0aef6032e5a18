"""Exercise 00-3: greet."""

from __future__ import annotations

from ...check import places
from ...check.engine import Cases, case, exercise
from .cases import (
    cut_character,
    greeted,
    in_blocks,
    in_slices,
    one_piece,
)


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
    hello = "Hello, Ada! Nice to meet you."
    blocks = "".join(f"line {i:3}: all of this is the answer.\n" for i in range(200)).encode()
    yield case("an answer in one piece", greeted, "Ada", one_piece(hello))
    yield case("a server that closes without a word", greeted, "Ada", lambda rng: [])
    yield case("a name that is not ASCII", greeted, "Zoë 李雷", one_piece("Hello!"), hint="bytes")
    yield case("4 blocks of 1024 bytes", greeted, "Ada", in_blocks(blocks[:4096]), hint="pieces")
    yield case("pieces of 1 to 17 bytes", greeted, "Grace", in_slices(hello * 4), hint="short")
    yield case("a character cut in two", greeted, "李雷", cut_character("你好，Zoë 👋 再见"), hint="decode")
    yield case("an answer of 200 kB", greeted, "Ada", one_piece("0123456789" * 20_000), hint="pieces")
    halves = in_blocks(hello.encode(), 15)
    yield case("a server that stops to think", greeted, "Ada", halves, "127.0.0.1", 0.3, hint="pause")
    if places.has_ipv6():
        yield case("a server over IPv6", greeted, "Ada", one_piece(hello), "::1", hint="family")
