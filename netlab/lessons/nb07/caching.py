"""Cases for cached_get (07-4): a server that is asked at certain times, and what has to be asked then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ... import servers
from ...check.http_peers import Asked, Peer, Reply, answer, head
from ...check.lab import Lab, Stuck

PAGE = "/page"


@dataclass
class Step:
    """At this time the page is fetched. `answer`: what the server says, or None if nobody may ask it.

    `body` and `status` are what has to be returned; `tag` is the If-None-Match that has to be sent, if any.
    """

    now: float
    answer: bytes | None
    body: bytes
    tag: str | None = None
    status: int = 200
    target: str = PAGE


def page(body: bytes, *fields: str, tag: str | None = None, control: str | None = "max-age=60") -> bytes:
    """An answer 200."""
    return answer(200, body, *fields, *_fields(tag, control))


def unchanged(*fields: str, tag: str | None = None, control: str | None = None) -> bytes:
    """An answer 304."""
    return head(304, *fields, *_fields(tag, control))


def _fields(tag: str | None, control: str | None) -> list[str]:
    fields = [] if tag is None else [f"ETag: {tag}"]
    return fields if control is None else [*fields, f"Cache-Control: {control}"]


class Site:
    """A server that answers as the present step says, and what it was asked."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.says = lab, b""
        self.peer = Peer(lab, self._reply)

    def _reply(self, asked: Asked) -> Reply:
        return Reply([self.says])

    def take(self, step: Step, cache: dict[Any, Any]) -> None:
        """Call the learner's function, and judge what it asked and what it gave."""
        lab, peer, before = self.lab, self.peer, len(self.peer.asked)
        self.says = answer(200, b"nobody had to ask") if step.answer is None else step.answer
        try:
            got, broke = lab.outcome(peer.address, step.target, cache, step.now)
        except Stuck:
            peer.judge()
            raise
        peer.judge()
        if broke is not None:
            raise broke
        if not isinstance(got, tuple) or len(got) != 2:
            lab.wrong("", expected=(step.status, step.body), got=got, hint="start")
        self._judge_requests(step, peer.asked[before:])
        self._judge_answer(step, got)

    def _judge_requests(self, step: Step, asked: list[Asked]) -> None:
        lab, when = self.lab, f"at now = {step.now:g}"
        if step.answer is None and asked:
            lab.wrong(f"{when} the stored answer is fresh, and you asked the server")
        if step.answer is None:
            return
        if not asked:
            lab.wrong(f"{when} you returned without asking the server", hint=None)
        if len(asked) > 1:
            lab.wrong(f"{when} you asked the server {len(asked)} times", hint="once")
        if asked[0].target != step.target:
            lab.wrong("another target", expected=step.target, got=asked[0].target, hint="request")
        tag = asked[0].get("If-None-Match")
        if tag != step.tag:
            said = f"{when} your request had another If-None-Match (None: it had none)"
            lab.wrong(said, expected=step.tag, got=tag, verb="you sent")

    def _judge_answer(self, step: Step, got: tuple[Any, Any]) -> None:
        lab, status = self.lab, got[0]
        if status == 304 and step.status == 200:
            lab.wrong("the server said 304: nothing has changed", expected=200, got=304, hint="unchanged")
        if status != step.status:
            lab.wrong(f"the status at now = {step.now:g}", expected=step.status, got=status)
        empty = step.answer is not None and step.answer.startswith(b"HTTP/1.1 304") and got[1] in (b"", None)
        lab.equal(got[1], step.body, hint="unchanged" if empty and step.body else None)


def walk(lab: Lab, *steps: Step) -> None:
    """One cache and one server, at these times."""
    site, cache = Site(lab), {}  # type: ignore[var-annotated]
    for step in steps:
        site.take(step, cache)


def walks(lab: Lab, *several: Iterable[Step]) -> None:
    """Several walks, each with a cache and a server of its own."""
    for steps in several:
        walk(lab, *steps)


# -- the walks ---------------------------------------------------------------------------------------

TAG, WEAK, OTHER = '"abc, d"', 'W/"abc"', '"xyz"'
ONE, TWO, EMPTY = b"one", b"two\n" * 3, page(b"")

FRESH = [Step(0.0, page(ONE), ONE), Step(0.0, None, ONE), Step(59.5, None, ONE)]
STALE = [
    [Step(10.0, page(ONE), ONE), Step(70.0, page(TWO), TWO), Step(129.5, None, TWO), Step(200.0, EMPTY, b"")],
    [Step(10.0, page(ONE, control="max-age=0"), ONE), Step(10.0, page(TWO), TWO)],
    [Step(10.0, page(ONE, control=None), ONE), Step(10.5, page(TWO, control="private"), TWO)],
    [Step(10.0, page(ONE, control="private"), ONE), Step(10.5, EMPTY, b""), Step(11.0, None, b"")],
]
TAGGED = [
    [Step(0.0, page(ONE, tag=tag), ONE), Step(60.0, unchanged(tag=tag), ONE, tag)]
    for tag in (TAG, WEAK, '""')
]
UNCHANGED = [
    [Step(0.0, page(body, tag=TAG), body), *[Step(now, unchanged(), body, TAG) for now in (60.0, 120.0)]]
    for body in (ONE, b"", bytes(range(256)))
]
RENEWED = [
    Step(0.0, page(ONE, tag=TAG), ONE),
    Step(100.0, unchanged(), ONE, TAG),
    Step(159.5, None, ONE),
    Step(160.0, unchanged(control="max-age=10"), ONE, TAG),
    Step(169.5, None, ONE),
    Step(170.0, unchanged(tag=OTHER), ONE, TAG),
    Step(179.5, None, ONE),
    Step(180.0, unchanged("Age: 4"), ONE, OTHER),
    Step(185.5, None, ONE),
    Step(186.0, unchanged(), ONE, OTHER),
]
REPLACED = [
    Step(0.0, page(ONE, tag=TAG), ONE),
    Step(60.0, page(TWO, tag=OTHER, control="max-age=5"), TWO, TAG),
    Step(64.5, None, TWO),
    Step(65.0, unchanged(), TWO, OTHER),
    Step(75.0, page(ONE, control=None), ONE, OTHER),
    Step(75.0, page(TWO), TWO),  # the last one had no ETag: nothing to ask with
]
NO_STORE = [
    [Step(0.0, page(ONE, tag=TAG, control="no-store, max-age=60"), ONE), Step(1.0, page(TWO), TWO)],
    [
        Step(0.0, page(ONE, tag=TAG, control="max-age=5"), ONE),
        Step(5.0, page(TWO, tag=OTHER, control="no-store"), TWO, TAG),
        Step(6.0, page(ONE), ONE),
    ],
]
NO_CACHE = [
    Step(0.0, page(ONE, tag=TAG, control="max-age=60, no-cache"), ONE),
    Step(1.0, unchanged(), ONE, TAG),
    Step(2.0, unchanged(control="max-age=60"), ONE, TAG),
    Step(3.0, None, ONE),
]
LISTS = [
    [Step(0.0, page(ONE, control=control), ONE), Step(59.5, None, ONE), Step(60.0, page(TWO), TWO)]
    for control in (
        "Max-Age=60", "public,max-age=60", "s-maxage=5 , MAX-AGE=60", "x-max-age=600, max-age=60",
        "no-stores=1, max-age=60", "private\r\nCache-Control: max-age=60", "max-age=60, stale-if-error=600",
    )
] + [[Step(0.0, page(ONE, control="max-age=60, NO-STORE"), ONE), Step(1.0, page(TWO), TWO)]]  # fmt: skip
AGED = [
    [Step(0.0, page(ONE, "Age: 50"), ONE), Step(9.5, None, ONE), Step(10.0, page(TWO), TWO)],
    [Step(0.0, page(ONE, "age: 60"), ONE), Step(0.0, page(TWO, "Age: 0"), TWO), Step(59.5, None, TWO)],
]
_LOST = answer(404, b"no", 'ETag: "404"', "Cache-Control: max-age=60")
_BROKEN = answer(500, b"oh", "Cache-Control: no-store")
OTHERS = [
    [Step(0.0, _LOST, b"no", status=404), Step(1.0, page(ONE), ONE)],
    [
        Step(0.0, page(ONE, tag=TAG, control="max-age=5"), ONE),
        Step(5.0, _BROKEN, b"oh", TAG, status=500),
        Step(6.0, _LOST, b"no", TAG, status=404),
        Step(7.0, unchanged(), ONE, TAG),
    ],
]


def places(lab: Lab) -> None:
    """Two targets, two servers, two caches: each has answers of its own."""
    first, second = Site(lab), Site(lab)
    cache: dict[Any, Any] = {}
    first.take(Step(0.0, page(b"a at 1"), b"a at 1", target="/a"), cache)
    first.take(Step(1.0, page(b"b at 1"), b"b at 1", target="/b"), cache)
    second.take(Step(2.0, page(b"a at 2"), b"a at 2", target="/a"), cache)
    first.take(Step(3.0, None, b"a at 1", target="/a"), cache)
    first.take(Step(4.0, None, b"b at 1", target="/b"), cache)
    second.take(Step(5.0, None, b"a at 2", target="/a"), cache)
    first.take(Step(6.0, page(b"new"), b"new", target="/a"), {})


def at_site(lab: Lab) -> None:
    """The page /cached/60 of HTTPServer: asked twice in three calls."""
    server = lab.enter(servers.HTTPServer())
    cache: dict[Any, Any] = {}
    results = [lab.call(server.address, "/cached/60", cache, now) for now in (1000.0, 1059.0, 1061.0)]
    expected = ["GET /cached/60: 200", "GET /cached/60: 304"]
    if server.requests != expected:
        lab.wrong("not these requests", expected=expected, got=server.requests, verb="you sent")
    for result in results[1:]:
        lab.equal(result, results[0])
