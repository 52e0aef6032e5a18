"""Cases for resume (07-5): a file in parts, from a server that keeps its word, breaks off, or has changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ... import servers
from ...check.http_peers import Asked, End, Peer, Reply, answer, head
from ...check.lab import Lab, Stuck
from ...servers.http.bodies import numbered

FILE = numbered(5000)
NEW = bytes(reversed(FILE[:4000]))
TAG, OTHER = '"v1"', '"v2"'
GONE = Reply(end="close")


@dataclass
class Turn:
    """One request: where it has to begin (None: without Range), its If-Range, and the reply to it."""

    begin: int | None
    tag: str | None
    reply: Reply


def whole(data: bytes = FILE, tag: str | None = TAG, cut: int | None = None, end: End = "close") -> Reply:
    """An answer 200, perhaps cut off behind so many bytes of its body."""
    fields = [f"Content-Length: {len(data)}", *([] if tag is None else [f"ETag: {tag}"])]
    return _cut(head(200, *fields), data, cut, end)


def part(
    begin: int,
    stop: int | None = None,
    data: bytes = FILE,
    tag: str = TAG,
    cut: int | None = None,
    end: End = "close",
) -> Reply:
    """An answer 206, perhaps cut off."""
    body = data[begin:stop]
    where = f"Content-Range: bytes {begin}-{begin + len(body) - 1}/{len(data)}"
    return _cut(head(206, where, f"Content-Length: {len(body)}", f"ETag: {tag}"), body, cut, end)


def unsatisfied(total: int, tag: str = TAG) -> Reply:
    """An answer 416."""
    return Reply([answer(416, b"no such range", f"Content-Range: bytes */{total}", f"ETag: {tag}")])


def status(code: int) -> Reply:
    """Another answer, with a body that is no part of the file."""
    return Reply([answer(code, b"sorry", f"ETag: {TAG}")])


def _cut(start: bytes, body: bytes, cut: int | None, end: End) -> Reply:
    return Reply([start + body]) if cut is None else Reply([start + body[:cut]], end=end, alone=True)


ALL = Turn(None, None, whole())
REST = Turn(1000, TAG, part(1000))
IGNORED = [Turn(1000, TAG, whole())]
CHANGED = [Turn(1000, TAG, whole(NEW, OTHER))]
EARLIER = [Turn(1000, TAG, part(900)), ALL]
LATER = [Turn(1000, TAG, part(1100)), ALL]
IN_THREE = [
    Turn(1000, TAG, part(1000, 2000)),
    Turn(2000, TAG, part(2000, 4999)),
    Turn(4999, TAG, part(4999)),
]
COMPLETE = [Turn(5000, TAG, unsatisfied(5000))]
SHRUNK = [Turn(4500, TAG, unsatisfied(4000)), Turn(None, None, whole(NEW, OTHER))]
CUT = [
    Turn(None, None, whole(cut=2000)),
    Turn(2000, TAG, part(2000, cut=500)),
    Turn(2500, TAG, part(2500)),
]
NOTHING = [Turn(1000, TAG, GONE), Turn(1000, TAG, part(1000, cut=0)), REST]
MIXED = [
    Turn(1000, TAG, whole(NEW, OTHER, cut=700)),
    Turn(700, OTHER, part(700, data=NEW, tag=OTHER)),
]
UNSURE = [Turn(None, None, whole(tag=None, cut=700)), ALL]
SLOW = [Turn(1000 + n, TAG, part(1000 + n, cut=1)) for n in range(4)]
MISSING = [Turn(1000, TAG, status(404))]


class Server:
    """Gives the reply of each turn, and judges the requests."""

    def __init__(self, lab: Lab, turns: Sequence[Turn]) -> None:
        self.lab, self.turns = lab, turns
        self.peer = Peer(lab, self._reply)

    def _reply(self, asked: Asked) -> Reply:
        return self.turns[asked.number - 1].reply if asked.number <= len(self.turns) else GONE

    def judge(self, all_of_them: bool) -> None:
        """Whether the requests so far are those of the turns."""
        self.peer.judge()
        for asked, turn in zip(self.peer.asked, self.turns):
            which = f"request {asked.number}"
            begin = None if turn.begin is None else f"bytes={turn.begin}-"
            if asked.get("Range") != begin:
                self._wrong_field(f"{which}: its Range (None: it had none)", begin, asked.get("Range"), turn)
            if asked.get("If-Range") != turn.tag:
                said = f"{which}: its If-Range (None: it had none)"
                hint = "if" if asked.number == 1 else None
                self.lab.wrong(said, expected=turn.tag, got=asked.get("If-Range"), verb="you sent", hint=hint)
        count = len(self.peer.asked)
        if count > len(self.turns):
            self.lab.wrong(f"you sent {count} requests, and {len(self.turns)} are enough", hint=None)
        if all_of_them and count < len(self.turns):
            self.lab.wrong(f"you sent {count} requests, and {len(self.turns)} are needed", hint=None)

    def _wrong_field(self, said: str, expected: str | None, got: str | None, turn: Turn) -> None:
        form = got is not None and not re.fullmatch(r"bytes=[0-9]+-", got)
        self.lab.wrong(said, expected=expected, got=got, verb="you sent", hint="range" if form else None)


def _run(lab: Lab, have: int, tag: str | None, turns: Sequence[Turn], tries: int) -> tuple[Server, Any, Any]:
    server = Server(lab, turns)
    try:
        got, broke = lab.outcome(server.peer.address, "/file", FILE[:have], tag, tries)
    except Stuck:
        server.judge(all_of_them=False)
        raise
    server.judge(all_of_them=False)
    return server, got, broke


def resumed(lab: Lab, have: int, tag: str | None, turns: Sequence[Turn], expected: bytes = FILE) -> None:
    """`have` bytes of the file are there, and these turns lead to the expected bytes."""
    server, got, broke = _run(lab, have, tag, turns, 10)
    if broke is not None:
        raise broke
    lab.equal(got, expected)
    server.judge(all_of_them=True)


def failed(lab: Lab, kind: type[Exception], turns: Sequence[Turn]) -> None:
    """1000 bytes of the file are there, and these turns, the only ones allowed, lead to this error."""
    server, got, broke = _run(lab, 1000, TAG, turns, max(len(turns), 2))
    if broke is None:
        lab.wrong(f"your function had to raise {kind.__name__}, and returned", got=got)
    if not isinstance(broke.error, kind):
        raise broke
    server.judge(all_of_them=True)


def at_site(lab: Lab, size: int, have: int) -> None:
    """/bytes/N of HTTPServer, which has an ETag and gives ranges."""
    server = lab.enter(servers.HTTPServer())
    got = lab.call(server.address, f"/bytes/{size}", numbered(size)[:have], f'"bytes-{size}"', 3)
    lab.equal(got, numbered(size))
    expected = [f"GET /bytes/{size}: {206 if have < size else 416}"]
    if server.requests != expected:
        lab.wrong("not this request", expected=expected, got=server.requests, verb="you sent")


def reset_inside(lab: Lab) -> None:
    """The connection breaks in the middle, again and again. How much of it a reset leaves is not certain."""
    content, cuts = FILE * 20, [30_000, 1, 20_000]

    def reply(asked: Asked) -> Reply:
        found = re.fullmatch("bytes=([0-9]+)-", asked.get("Range") or "")
        begin = int(found[1]) if found and asked.get("If-Range") == TAG else None
        cut = cuts[asked.number - 1] if asked.number <= len(cuts) else None
        if begin is None:
            return whole(content, cut=cut, end="reset")
        return part(begin, data=content, cut=cut, end="reset")

    peer = Peer(lab, reply)
    got, broke = lab.outcome(peer.address, "/file", content[:1000], TAG, 6)
    peer.judge()
    if broke is not None:
        raise broke
    lab.equal(got, content)
