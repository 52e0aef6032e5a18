"""Exercise 07-5: resume."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ... import servers
from ...check.engine import Cases, case, exercise
from ...check.http_replies import answer, head
from ...check.lab import Lab
from ...check.peers import CLOSE, RESET, Step
from ...servers.http.pages import numbered
from .peers import Asked, Peer, in_turn, requests_judged

FILE = numbered(5000)
NEW = bytes(reversed(FILE[:4000]))
TAG, OTHER, WEAK, STRANGE = '"v1"', '"v2"', 'W/"v1"', '"aW/b"'


@exercise()
def resume(address: tuple[str, int], target: str, part: bytes, etag: str | None, tries: int) -> Cases:
    """Go on with a download: return all of target, as bytes. The first bytes are there.

    address is (host, port). part is what came before (perhaps b""), and etag the ETag that
    its answer had (None: it had none). If part is not empty and etag is strong (there, and
    without W/), ask for the rest only: Range: bytes=1000- for a part of 1000 bytes, and
    If-Range with the etag. Else ask for all of it, without these two fields.

        206    its Content-Range says "bytes first-last/total". If first is where your part
               ends, add the body; done if you have total bytes, else ask for the rest.
               If first is anything else, forget the part, and ask for all of it.
        200    it is all of it, from the first byte, whatever you asked for: forget the part.
        416    with "bytes */total": if you have total bytes, you are done.
               Else forget the part, and ask for all of it.
        other  raise ValueError.

    If the connection ends before the body does, or breaks, keep what has come: it is the
    new part, with the ETag of the answer it belongs to. Ask again for the rest. Send at
    most tries requests in all (each may have its own connection); if that is not enough,
    raise ConnectionError. Close your connections. Here http.client is allowed.
    """
    yield case("nothing is there yet", resumed, 0, None, [ALL], hint="start")
    yield case("the first 1000 bytes are there", resumed, 1000, TAG, [REST], hint="start")
    yield case("nothing is there but an ETag", resumed, 0, TAG, [ALL], hint="unsure")
    yield case("an ETag that looks weak and is strong", resumed, 1000, STRANGE, [ODD], hint="unsure")
    yield case("the server ignores Range", resumed, 1000, TAG, IGNORED, hint="ignored")
    yield case("the file has changed", resumed, 1000, TAG, CHANGED, NEW, hint="ignored")
    yield case("a part without an ETag", resumed, 1000, None, [ALL], hint="unsure")
    yield case("a part with a weak ETag", resumed, 1000, WEAK, [ALL], hint="unsure")
    yield case("a range that begins earlier", resumed, 1000, TAG, EARLIER, hint="place")
    yield case("a range that begins later", resumed, 1000, TAG, LATER, hint="place")
    yield case("less than was asked for", resumed, 1000, TAG, IN_THREE, hint="total")
    yield case("all of it is there already", resumed, 5000, TAG, COMPLETE, hint="complete")
    yield case("more is there than the file has", resumed, 4500, TAG, SHRUNK, NEW, hint="complete")
    yield case("416 and the file has more", resumed, 1000, TAG, UNWILLING, hint="complete")
    yield case("the connection ends inside bodies", resumed, 0, None, CUT, hint="again")
    yield case("the connection ends before a body", resumed, 1000, TAG, NOTHING, hint="again")
    yield case("another file that is cut off", resumed, 1000, TAG, MIXED, NEW, hint="mixed")
    yield case("an answer without an ETag is cut off", resumed, 0, None, UNSURE, hint="unsure")
    yield case("another file without an ETag is cut off", resumed, 1000, TAG, NAMELESS, NEW, hint="mixed")
    yield case("an answer with a weak ETag is cut off", resumed, 0, None, WEAKENED, hint="unsure")
    yield case("the connection breaks before an answer", resumed, 1000, TAG, BROKEN, hint="again")
    yield case("the connection breaks again and again", reset_inside, hint="again")
    yield case("the last request is the one that helps", resumed, 0, None, CUT, FILE, 3, hint="tries")
    yield case("four requests are not enough", failed, ConnectionError, SLOW, hint="tries")
    yield case("each request is one of the tries", failed, ConnectionError, LATE, hint="tries")
    yield case("no request at all is allowed", failed, ConnectionError, [], hint="tries")
    yield case("the server says something else", other_statuses, 404, 500, 503, 301, hint="status")
    yield case("the file is gone meanwhile", failed, ValueError, GONE, hint="status")
    yield case("a range of HTTPServer", at_site, 100_000, 99_000, hint="start")


# -- what the server says ----------------------------------------------------------------------------


def whole(data: bytes = FILE, tag: str | None = TAG, cut: int | None = None, end: Step = CLOSE) -> Step:
    """An answer 200, perhaps cut off behind so many bytes of its body."""
    fields = [f"Content-Length: {len(data)}", *([] if tag is None else [f"ETag: {tag}"])]
    return _cut(head(200, *fields), data, cut, end)


def part(
    begin: int,
    stop: int | None = None,
    data: bytes = FILE,
    tag: str = TAG,
    cut: int | None = None,
    end: Step = CLOSE,
) -> Step:
    """An answer 206, perhaps cut off."""
    body = data[begin:stop]
    where = f"Content-Range: bytes {begin}-{begin + len(body) - 1}/{len(data)}"
    return _cut(head(206, where, f"Content-Length: {len(body)}", f"ETag: {tag}"), body, cut, end)


def _cut(start: bytes, body: bytes, cut: int | None, end: Step) -> Step:
    return start + body if cut is None else [start + body[:cut], end]


def unsatisfied(total: int) -> bytes:
    """An answer 416."""
    return answer(416, b"no such range", f"Content-Range: bytes */{total}", f"ETag: {TAG}")


def said(status: int) -> bytes:
    """Another answer, whose body is no part of the file."""
    return answer(status, b"sorry", f"ETag: {TAG}", *(["Location: /other"] if status == 301 else []))


# -- what has to be asked ----------------------------------------------------------------------------


@dataclass
class Turn:
    """One request: where it has to begin (None: without Range), its If-Range, and the reply to it."""

    begin: int | None
    tag: str | None
    reply: Step


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
CUT = [Turn(None, None, whole(cut=2000)), Turn(2000, TAG, part(2000, cut=500)), Turn(2500, TAG, part(2500))]
NOTHING = [Turn(1000, TAG, CLOSE), Turn(1000, TAG, part(1000, cut=0)), REST]
MIXED = [Turn(1000, TAG, whole(NEW, OTHER, cut=700)), Turn(700, OTHER, part(700, data=NEW, tag=OTHER))]
UNSURE = [Turn(None, None, whole(tag=None, cut=700)), ALL]
NAMELESS = [Turn(1000, TAG, whole(NEW, None, cut=700)), Turn(None, None, whole(NEW, None))]
WEAKENED = [Turn(None, None, whole(tag=WEAK, cut=700)), ALL]
UNWILLING = [Turn(1000, TAG, unsatisfied(5000)), ALL]
ODD = Turn(1000, STRANGE, part(1000, tag=STRANGE))
BROKEN = [Turn(1000, TAG, RESET), REST]
SLOW = [Turn(1000 + n, TAG, part(1000 + n, cut=1)) for n in range(4)]
LATE = [Turn(1000, TAG, part(1100)), Turn(None, None, whole(cut=700))]
GONE = [Turn(1000, TAG, part(1000, cut=500)), Turn(1500, TAG, said(404))]


class Server(Peer):
    """Gives the reply of each turn, and judges the requests."""

    def __init__(self, lab: Lab, turns: Sequence[Turn]) -> None:
        self.turns = turns
        super().__init__(lab, in_turn(*(turn.reply for turn in turns)))

    def judge(self) -> None:
        """Fails the case if the requests so far are not those of the turns."""
        super().judge()
        for asked, turn in zip(self.asked, self.turns):
            which = f"request {asked.number}"
            begin, given = None if turn.begin is None else f"bytes={turn.begin}-", asked.get("Range")
            if given != begin:
                form = given is not None and not re.fullmatch(r"bytes=[0-9]+-", given)
                self.differs(f"{which}: its Range", begin, given, "range" if form else None)
            if asked.get("If-Range") != turn.tag:
                hint = "if" if asked.number == 1 else None
                self.differs(f"{which}: its If-Range", turn.tag, asked.get("If-Range"), hint)
        if len(self.asked) > len(self.turns):
            self.miscounted("enough")

    def judge_count(self) -> None:
        """Fails the case if requests are missing."""
        if len(self.asked) < len(self.turns):
            self.miscounted("needed")

    def differs(self, said: str, expected: str | None, got: str | None, hint: str | None) -> None:
        said += " (None: it had none)"
        self.lab.wrong(said, hint=hint, first=True, expected=expected, got=got, verb="you sent")

    def miscounted(self, word: str) -> None:
        said = f"you sent {len(self.asked)} requests, and {len(self.turns)} are {word}"
        self.lab.wrong(said, first=True)


# -- the cases ---------------------------------------------------------------------------------------


def resumed(
    lab: Lab, have: int, tag: str | None, turns: Sequence[Turn], expected: bytes = FILE, tries: int = 10
) -> None:
    """`have` bytes of the file are there, and these turns lead to the expected bytes."""
    server = Server(lab, turns)
    with requests_judged(server):
        got = lab.call(server.address, "/file", FILE[:have], tag, tries)
    lab.equal(got, expected)
    server.judge_count()


def failed(lab: Lab, kind: type[Exception], turns: Sequence[Turn]) -> None:
    """1000 bytes of the file are there, and these turns, the only ones allowed, lead to this error."""
    server = Server(lab, turns)
    with requests_judged(server):
        lab.raises(kind, server.address, "/file", FILE[:1000], TAG, 9 if kind is ValueError else len(turns))
    server.judge_count()


def other_statuses(lab: Lab, *statuses: int) -> None:
    for status in statuses:
        failed(lab, ValueError, [Turn(1000, TAG, said(status))])


def reset_inside(lab: Lab) -> None:
    """The connection breaks in the middle, again and again, when all that was said has been taken."""
    content, cuts = FILE * 20, [60_000, 1, 20_000]

    def reply(asked: Asked) -> Step:
        found = re.fullmatch("bytes=([0-9]+)-", asked.get("Range") or "")
        cut = cuts[asked.number - 1] if asked.number <= len(cuts) else None
        if found and asked.get("If-Range") == TAG:
            return part(int(found[1]), data=content, cut=cut, end=RESET)
        return whole(content, cut=cut, end=RESET)

    peer = Peer(lab, reply)
    with requests_judged(peer):
        got = lab.call(peer.address, "/file", NEW[:1000], OTHER, 6)
    lab.equal(got, content)
    begin, tag = (
        re.fullmatch("bytes=([0-9]+)-", peer.asked[1].get("Range") or ""),
        peer.asked[1].get("If-Range"),
    )
    if begin and tag != TAG:
        lab.wrong("request 2: its If-Range", expected=TAG, got=tag, verb="you sent", hint="mixed")
    if begin is None or int(begin[1]) < 31_000:  # some may be lost with a buffer, and not the most of it
        asked = f"Range: {begin[0]}" if begin else "without Range"
        lab.wrong(f"60000 bytes had come when the connection broke, and you asked {asked}", hint="kept")


def at_site(lab: Lab, size: int, have: int) -> None:
    """/bytes/N of HTTPServer, which has an ETag and gives ranges."""
    server = lab.enter(servers.HTTPServer())
    lab.gives(numbered(size), server.address, f"/bytes/{size}", numbered(size)[:have], f'"bytes-{size}"', 3)
    expected = [f"GET /bytes/{size}: {206 if have < size else 416}"]
    if server.requests != expected:
        lab.wrong("not this request", expected=expected, got=server.requests, verb="you sent")
