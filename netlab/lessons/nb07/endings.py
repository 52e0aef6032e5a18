"""Cases for fetch_all (07-3): connections that end or break, answers that are none."""

from __future__ import annotations

from typing import Any

from ...check.http_peers import Peer, Reply, answer, chunks, head, in_chunks
from ...check.lab import Lab
from .bodies import LOOKALIKE
from .fetching import fetched, numbered, run, script

HELLO = Reply([answer(200, b"hello")])
CLOSING = [
    answer(200, b"hello", "Connection: close"),
    answer(200, b"hello", "CONNECTION:Close"),
    answer(200, b"hello", "Connection: Upgrade,\tCLOSE , x"),
    answer(200, b"hello", "Connection: x", "connection: close"),
    in_chunks(200, b"hello", 2).replace(b"\r\n", b"\r\nConnection: close\r\n", 1),
]
OLD = [answer(200, b"hello", version="1.0"), answer(200, b"hello", "Server: a peer", version="1.0")]


# -- connections that end ----------------------------------------------------------------------------


def said_close(lab: Lab, *answers: bytes) -> None:
    """Each answer is the last one of its connection, and says so. The server leaves the closing to you."""
    replies = [Reply([data], end="linger") for data in answers]
    fetched(lab, script(*replies), [(200, b"hello")] * len(answers), connections=len(answers))


def until_the_end(lab: Lab) -> None:
    bodies = [b"this body ends when I do", b"", LOOKALIKE]
    replies = [Reply([head(200), body], end="close") for body in bodies]
    fetched(lab, script(*replies), [(200, body) for body in bodies], connections=3)


def ended_between(lab: Lab, end: Any) -> None:
    """The server has read the second request, and ends or breaks the connection instead of an answer."""
    fetched(lab, script(HELLO, Reply(end=end), HELLO, HELLO), [(200, b"hello")] * 3, 2, again=[2])


def ended_early(lab: Lab) -> None:
    """The server closes right after its first answer, and does not say so."""
    replies = [Reply([answer(200, b"hello")], end="close"), HELLO]
    fetched(lab, script(*replies), [(200, b"hello")] * 2, connections=2)


# -- what is wrong -----------------------------------------------------------------------------------


def must_raise(
    lab: Lab, kind: type[Exception], why: str, *replies: Reply, connections: int = 1, count: int = 3
) -> None:
    peer = Peer(lab, script(*replies))
    got, broke = run(lab, peer, numbered(count))
    if broke is None:
        lab.wrong(f"{why}: your function had to raise {kind.__name__}, and returned", got=got)
    if not isinstance(broke.error, kind):
        if isinstance(broke.error, (EOFError, ValueError, ConnectionError)):
            name, text = type(broke.error).__name__, str(broke.error)
            lab.wrong(f"{why}: this asks for {kind.__name__}, and you raised {name}: {text}")
        raise broke
    if peer.connections != connections:
        said = f"{why}: you made {peer.connections} connections before you gave up, not {connections}"
        lab.wrong(said, hint=None if peer.connections > connections else "again")


def ended_at_once(lab: Lab) -> None:
    """On a new connection: at the beginning, and when a request is sent once more."""
    must_raise(lab, EOFError, "a new connection ended without an answer", Reply(end="close"))
    gone = Reply(end="close")
    must_raise(lab, EOFError, "the second try ended too", HELLO, gone, gone, connections=2)


def ended_inside(lab: Lab) -> None:
    whole = answer(200, b"hello", "Server: a peer")
    chunked = in_chunks(200, b"hello", 2)
    for data in (whole[:3], whole[:17], whole[:-7], whole[:-1], chunked[:-1], chunked[:-9], head(100)):
        why = f"an answer ended after {data[-20:]!r}"
        must_raise(lab, EOFError, why, HELLO, Reply([data], end="close"), count=2)


def broke_inside(lab: Lab) -> None:
    data = answer(200, b"hello")[:-2]
    must_raise(
        lab, ConnectionError, "the connection broke inside an answer", HELLO, Reply([data], end="reset")
    )


def garbage(lab: Lab) -> None:
    for data in (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", b"\0\1\2\r\n\r\n", b"ICY 200 OK\r\n\r\n", b"200 OK\r\n\r\n"):
        must_raise(lab, ValueError, f"the server said {data!r}", HELLO, Reply([data], end="close"))


def too_long(lab: Lab) -> None:
    """The body is longer than its Content-Length: the rest is where the next answer should begin."""
    data = head(200, "Content-Length: 5") + b"hello, world\r\n\r\n"
    why = "seven bytes too many came before the second answer"
    must_raise(lab, ValueError, why, Reply([data]), HELLO)


def contradicted(lab: Lab) -> None:
    fields = ["Content-Length: 3", "Transfer-Encoding: chunked"]
    data = head(200, *fields) + chunks(b"abc", [])
    must_raise(lab, ValueError, "an answer with both lengths", Reply([data], end="close"))
    twice = head(200, "Content-Length: 3", "Content-Length: 4") + b"abcd"
    must_raise(lab, ValueError, "an answer with two lengths", Reply([twice], end="close"))
