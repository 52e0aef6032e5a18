"""Cases for fetch_all (07-3): answers of every kind, on connections that last, end, break or lie."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from ... import servers
from ...check import peers
from ...check.http_peers import Asked, Peer, Reply, answer, by_hand, chunks, head, in_chunks
from ...check.lab import Lab, Stuck
from ...check.report import Wrong
from .bodies import LOOKALIKE
from .given import read_body

Answers = list[tuple[int, bytes]]
SITE = [
    "/hello",
    "/chunked/4",
    "/status/404",
    "/status/204",
    "/close",
    "/bytes/70000",
    "/status/304",
    "/hello",
]


def numbered(count: int) -> list[str]:
    return [f"/{number}" for number in range(1, count + 1)]


def script(*replies: Reply) -> Callable[[Asked], Reply]:
    """These replies, one for each request in turn; after the last one the peer closes."""
    return lambda asked: replies[asked.number - 1] if asked.number <= len(replies) else Reply(end="close")


def run(lab: Lab, peer: Peer, targets: Sequence[str]) -> Any:
    """(what the learner gave, None) or (None, its error), after a look at its requests."""
    try:
        outcome = lab.outcome(peer.address, list(targets), read_body)
    except Stuck as stuck:
        peer.judge()
        if peer.ignored:
            last = peer.asked[-1]
            said = (
                f"the answer to {last.target} was the last one of its connection, and you asked there again"
            )
            raise Wrong(said) from stuck
        raise
    peer.judge()
    return outcome


def judge_answers(lab: Lab, got: Any, expected: Answers, targets: Sequence[str]) -> None:
    if not isinstance(got, list):
        lab.wrong("", expected=expected, got=got, hint="start")
    for target, right, given in zip(targets, expected, got):
        if not isinstance(given, tuple) or len(given) != 2:
            lab.wrong(f"the answer to {target}", expected=right, got=given, hint="start")
        if given[0] != right[0]:
            interim = isinstance(given[0], int) and given[0] < 200
            said = f"the status of the answer to {target}"
            lab.wrong(said, expected=right[0], got=given[0], hint="interim" if interim else None)
        lab.equal(given[1], right[1])
    if len(got) != len(expected):
        lab.wrong(f"{len(targets)} targets, and your list has {len(got)}", hint="start")


def fetched(
    lab: Lab,
    reply: Callable[[Asked], Reply],
    expected: Answers,
    connections: int = 1,
    again: Iterable[int] = (),
) -> None:
    """All answers are right, and there were so many connections. again: numbers of targets asked twice."""
    targets, peer = numbered(len(expected)), Peer(lab, reply)
    with by_hand(lab):
        got, broke = run(lab, peer, targets)
    if broke is not None:
        raise broke
    twice = [target for n, target in enumerate(targets, 1) for _ in range(2 if n in [*again] else 1)]
    asked = [each.target for each in peer.asked]
    if asked != twice[: len(asked)]:
        lab.wrong("not these requests", expected=twice, got=asked, verb="you sent", hint="order")
    judge_answers(lab, got, expected, targets)
    judge_connections(lab, peer.connections, connections, len(targets))


def judge_connections(lab: Lab, got: int, expected: int, targets: int) -> None:
    if targets and got != expected:
        said = f"{targets} targets took {got} connections, and {expected} would do"
        lab.wrong(said, hint="one" if got > expected else "close")


# -- right answers -----------------------------------------------------------------------------------


def replied(lab: Lab, *answers: tuple[int, bytes, bytes], alone: bool = False) -> None:
    """(status, body, the answer's bytes), all on one connection; alone: byte by byte."""
    replies = [Reply(peers.drips(data) if alone else [data], alone=alone) for _, _, data in answers]
    fetched(lab, script(*replies), [(status, body) for status, body, _ in answers], min(len(answers), 1))


def plain(*bodies: bytes) -> list[tuple[int, bytes, bytes]]:
    return [(200, body, answer(200, body, "Content-Type: text/plain")) for body in bodies]


THREE = plain(b"hello", b"", b"and good bye")


def drips(lab: Lab) -> None:
    replied(lab, *THREE, (200, b"abcdef", in_chunks(200, b"abcdef", 2)), *plain(b"the end"), alone=True)


def interim() -> list[tuple[int, bytes, bytes]]:
    hints = head(103, "Link: </a.css>; rel=preload", reason="Early Hints")
    return [
        (200, b"after 100", head(100) + answer(200, b"after 100")),
        (404, b"after two", hints + head(100) + answer(404, b"after two")),
        (200, b"after 102", head(102, "Content-Length: 5") + answer(200, b"after 102")),
    ]


def bodiless() -> list[tuple[int, bytes, bytes]]:
    return [
        (204, b"", head(204)),
        (304, b"", head(304, 'ETag: "1"', "Content-Length: 1000")),
        (304, b"", head(304, "Transfer-Encoding: chunked")),
        (200, b"", answer(200, b"")),
        *plain(b"a body"),
    ]


def odd_heads() -> list[tuple[int, bytes, bytes]]:
    return [
        (200, b"abc", b"HTTP/1.1 200 \r\ncontent-length:3\r\n\r\nabc"),
        (200, b"ab", b"HTTP/1.1 200\r\nCONTENT-LENGTH: \t2 \r\nDate: a:b: c\r\n\r\nab"),
        (200, b"a", b"HTTP/1.1 200 All is well, 404 times\r\nX: K\xf6ln\r\nContent-Length: 1\r\n\r\na"),
        (299, b"abc", head(299, "TRANSFER-encoding: CHUNKED", "X-Connection: close") + chunks(b"abc", [1])),
    ]


def lookalikes() -> list[tuple[int, bytes, bytes]]:
    trap = b"\r\n\r\n" + answer(500, b"inside", "Connection: close") + LOOKALIKE
    trailers = ["Content-Length: 7", "Connection: close"]
    chunked = in_chunks(200, trap, 5, 20, trailers=trailers)
    return [(200, trap, answer(200, trap)), (200, trap, chunked), *plain(b"the next one")]


def any_answers(lab: Lab, count: int) -> None:
    """Answers of every kind, in pieces of any size."""
    answers, replies = [], []
    for number in range(count):
        status, body = (
            lab.rng.choice((200, 201, 404, 500)),
            peers.random_bytes(lab.rng, lab.rng.randint(0, 60)),
        )
        sizes = [lab.rng.randint(1, 20) for _ in range(3)]
        data = answer(status, body) if lab.rng.random() < 0.5 else in_chunks(status, body, *sizes)
        data = head(100) * lab.rng.randint(0, 1) + data
        answers.append((status, body))
        replies.append(Reply(list(peers.sliced(data, lab.rng, 1 + number)), alone=True))
    fetched(lab, script(*replies), answers)


def from_site(lab: Lab) -> None:
    """HTTPServer: its answers, as http.client reads them."""
    server = lab.enter(servers.HTTPServer())
    expected = []
    for target in SITE:
        client = http.client.HTTPConnection(server.host, server.port, timeout=lab.left)
        client.request("GET", target)
        with client.getresponse() as response:
            expected.append((response.status, response.read()))
        client.close()
    before = _connected(server)
    got = lab.call(server.address, list(SITE), read_body)
    judge_answers(lab, got, expected, SITE)
    judge_connections(lab, _connected(server) - before, 2, len(SITE))


def _connected(server: Any) -> int:
    return sum(line.endswith("connected") for line in server.log)


def from_library(lab: Lab, version: str, connections: int) -> None:
    """http.server of the standard library. By default it speaks HTTP/1.0, and closes after each answer."""
    count = 0

    class Page(BaseHTTPRequestHandler):
        protocol_version = version
        wbufsize = -1  # head and body in one piece
        timeout = lab.left

        def do_GET(self) -> None:
            body = f"You asked for {self.path}.".encode()
            self.send_response(200 if self.path != "/2" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    def handler(conn: socket.socket, address: Any) -> None:
        nonlocal count
        count += 1
        with suppress(OSError):
            Page(conn, address, None)  # type: ignore[arg-type]

    server = lab.enter(servers.serve(handler))
    got = lab.call(server.address, numbered(3), read_body)
    expected = [(404 if number == 2 else 200, f"You asked for /{number}.".encode()) for number in (1, 2, 3)]
    judge_answers(lab, got, expected, numbered(3))
    judge_connections(lab, count, connections, 3)
