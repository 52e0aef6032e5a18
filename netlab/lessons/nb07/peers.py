"""The servers of exercises 07-3 to 07-5. They answer early, late, too much, too little, every kind of body.

`Peer` reads each request strictly, notes it, and asks a function of the case for the steps of the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ...check.http_replies import answer
from ...check.lab import Lab, Stuck
from ...check.peers import CLOSE, Script, Step, Talk
from ...check.report import Wrong
from ...wire.http_messages import BadMessage, RequestHead, end_of_head, parse_request

MOST = 65_536  # bytes of one request; learners' requests are short


@dataclass
class Asked:
    """One request as it came, and on which connection (1, 2, 3 ...); `number` counts all requests from 1."""

    number: int
    connection: int
    head: RequestHead

    @property
    def target(self) -> str:
        return self.head.target

    def get(self, name: str) -> str | None:
        """The value of a field, or None if the request has none of this name."""
        return self.head.get(name) if self.head.all(name) else None


def LINGER(talk: Talk) -> None:
    """Answer no more, but read on until the learner closes. For a Peer."""
    assert isinstance(talk.script, Peer)
    while data := talk.take():
        talk.script.ignored += data.count(b"\r\n\r\n")


class Peer(Script):
    """A server on a port of its own, until the case ends. Its requests are in `asked`.

    `reply(asked)` gives the steps that answer one request. It is called in a thread for each connection, for
    one request at a time. After CLOSE, RESET and LINGER the connection has no more answers.
    """

    def __init__(self, lab: Lab, reply: Callable[[Asked], Step]) -> None:
        super().__init__(self._converse)
        self.lab, self.reply = lab, reply
        self.asked: list[Asked] = []
        self.problem = ""  # what was wrong with a request
        self.ignored = 0  # requests after LINGER
        self.left = ""  # which connection a client left open
        self.address: tuple[str, int] = lab.server(self)
        self.host = f"{self.address[0]}:{self.address[1]}"

    @property
    def connections(self) -> int:
        return len(self.talks)

    def judge(self) -> None:
        """Fails the case if a request was not one."""
        if self.problem:
            self.lab.wrong(self.problem, hint="request", first=True)

    def _converse(self, talk: Talk) -> Iterator[Step]:
        connection, buffer = self.talks.index(talk) + 1, bytearray()
        while (head := self._read(talk, buffer)) is not None:
            self.asked.append(Asked(len(self.asked) + 1, connection, head))
            yield self.reply(self.asked[-1])
        yield CLOSE

    def _read(self, talk: Talk, buffer: bytearray) -> RequestHead | None:
        """The next request, or None at the end of the stream, or if it was none."""
        try:
            while (end := end_of_head(buffer)) < 0:
                if len(buffer) > MOST:
                    raise BadMessage("it has no end")
                data = talk.take(4096)
                if not data:
                    if buffer:
                        raise BadMessage("the stream ended inside it")
                    return None
                buffer += data
            head = parse_request(bytes(buffer[:end]))
            if head.method != "GET":
                raise BadMessage("it is no GET")
            if head.get("Host") != self.host and head.get("Host").lower() != f"localhost:{self.address[1]}":
                raise BadMessage(f"its Host is {head.get('Host')!r}, and the server is {self.host}")
        except BadMessage as error:
            self.problem = self.problem or f"the server got no right request: {error}"
            talk.say(answer(400, str(error).encode()))
            return None
        del buffer[:end]
        return head


def in_turn(*replies: Step) -> Callable[[Asked], Step]:
    """These replies, one for each request; after the last one the peer closes."""
    return lambda asked: replies[asked.number - 1] if asked.number <= len(replies) else CLOSE


@contextmanager
def requests_judged(peer: Peer) -> Iterator[None]:
    """Whatever comes of it: the requests have to be right."""
    try:
        yield
    except Stuck as stuck:
        peer.judge()
        if peer.ignored:
            last = peer.asked[-1].target
            raise Wrong(
                f"the answer to {last} was the last one of its connection, and you asked there again"
            ) from stuck
        raise
    finally:
        peer.judge()
