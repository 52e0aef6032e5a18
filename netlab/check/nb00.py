"""The exercises of notebook 00: the first hello, and who answers when nobody is there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, suppress
from typing import Any

from .. import servers
from . import peers, places
from .engine import Case, Hint, case, exercise
from .lab import Lab, Stuck

SAY_HELLO = "1 · Say hello"
NOBODY = "2 · When nobody answers"
WAITING = "3 · A port that keeps you waiting"

Cases = Generator[Case, None, None]


# -- 00-1 --------------------------------------------------------------------------------------------


@exercise(
    "00-1",
    reread=SAY_HELLO,
    hints={
        "start": Hint(
            "A socket knows two addresses: its own, and the one at the other end.",
            "sock.getsockname() is its own address, sock.getpeername() the other end's.",
        ),
        "peer": Hint("That is the port at the other end: getpeername(). Which address is yours?"),
        "part": Hint("An address is a tuple: address[0] is the host, address[1] is the port."),
        "four": Hint(
            "Print sock.getsockname() for an IPv6 socket and count.",
            "An IPv6 address has four parts, so `host, port = ...` cannot unpack it. Take the part you need.",
            misconception=21,
        ),
        "this": Hint("Each connection has a port of its own, chosen anew. Ask this very socket for it."),
        "number": Hint("A port is a number between 1 and 65535: return it as it is, an int, not text."),
        "open": Hint("Somebody still needs this connection: no close(), and no `with sock:` either."),
    },
    outline="One line: return sock.getsockname() and, in square brackets, the place of the port.",
    raises={ValueError: "four"},
)
def my_port(sock: socket.socket) -> Cases:
    """Return the port number of your own end of sock, as an int.

    sock is a connected TCP socket, over IPv4 or IPv6. Leave it open and connected.
    """
    yield case("a client over IPv4", port_of_client, "127.0.0.1")
    yield case("a second client of the same server", port_of_client, "127.0.0.1", 2)
    yield case("a client that chose its port before it connected", port_of_client, "127.0.0.1", 1, True)
    yield case("the server's end of a connection", port_of_server)
    if places.has_ipv6():
        yield case("a client over IPv6", port_of_client, "::1", hint="four")


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


# -- 00-2 --------------------------------------------------------------------------------------------

WORDS = ("connected", "refused", "timeout")


@exercise(
    "00-2",
    reread=NOBODY,
    hints={
        "start": Hint(
            "Three answers are possible. Who gives each of them: a program, a kernel, or nobody?",
            "connected: a kernel says yes. refused: a kernel says no. timeout: nobody says anything.",
        ),
        "words": Hint('Answer with one of three words, exactly: "connected", "refused" or "timeout".'),
        "nobody": Hint(
            "The machine is there, only the program is not. Who can answer for it?",
            "The kernel answers for a port where nobody listens, and it answers at once.",
        ),
        "stopped": Hint(
            "A server has closed its listening socket. How is its port different from any other?",
            "Nothing is different: the kernel says no, at once, even while an old conversation goes on.",
        ),
        "busy": Hint(
            "Does connect need the server's program, or only its kernel?",
            "The kernel finishes the handshake and puts the connection into the queue. accept comes later.",
            misconception=17,
            reread=WAITING,
        ),
        "full": Hint(
            "Connections that nobody has accepted wait in a queue. What can the kernel do when it is full?",
            "It could refuse, but it hopes that a place becomes free soon: it says nothing, and you wait.",
            misconception=18,
            reread=WAITING,
        ),
        "address": Hint(
            "127.0.0.1 and ::1 are both this machine. Are they the same address?",
            "A server listens at the address it was bound to. At another one nobody listens.",
            misconception=19,
        ),
    },
    outline="A dictionary does it: situation -> one of the three words, and `return answers[situation]`.",
    raises={KeyError: "words"},
    closes=False,
)
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
    yield case("a server is listening", prediction, places.listening)
    yield case("nobody listens on that port", prediction, places.bound, hint="nobody")
    yield case("the server was stopped a moment ago", prediction, places.stopped, hint="stopped")
    still = "the server stopped listening while one client is still connected"
    yield case(still, prediction, places.retired, hint="stopped")
    yield case("the server is busy and never calls accept", prediction, places.busy, hint="busy")
    yield case("the server's queue is full", prediction, places.silent, hint="full")
    if places.has_ipv6():
        other = "the server listens on 127.0.0.1 and the client asks ::1"
        yield case(other, prediction, places.other_address, hint="address")


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


# -- 00-3 --------------------------------------------------------------------------------------------


@exercise(
    "00-3",
    reread=SAY_HELLO,
    hints={
        "start": Hint(
            "Five steps: connect, send, receive until the end, decode, close.",
            "socket.create_connection((host, port)) connects, over IPv4 and IPv6. Use it in a `with`.",
        ),
        "newline": Hint(
            "The server waits for the end of the line. How does it know that your name is complete?",
            r'Send the name and then "\n", both encoded: (name + "\n").encode("utf-8").',
        ),
        "text": Hint('You gave bytes, and the contract asks for text: data.decode("utf-8"), at the end.'),
    },
    outline="with create_connection(...) as sock: sendall the line; collect recv(4096) until b''; decode.",
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
