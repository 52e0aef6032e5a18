"""Exercise 07-4: cached_get."""

from __future__ import annotations

from typing import Any

from ... import servers
from ...check.engine import Cases, case, exercise
from ...check.http_replies import answer
from ...check.lab import Lab
from ...check.report import Wrong
from . import visits
from .peers import Asked, Peer, requests_judged
from .visits import Visit, Walk, page


@exercise()
def cached_get(address: tuple[str, int], target: str, cache: dict, now: float) -> Cases:
    """GET target from the server at address, and do not ask twice: return (status, body).

    address is (host, port). cache is a dict that the caller keeps from call to call, empty
    at first; what you put into it is up to you. now is the time in seconds: the only clock.

    A stored answer is fresh while it is less than max-age seconds old (Cache-Control:
    max-age=60). It was Age seconds old when it came (the field Age; 0 without it). While it
    is fresh, return it, and send nothing. Else ask, with If-None-Match and its ETag, if it
    has one. Without max-age it is never fresh; with no-cache neither.

        200    return it. Store it in place of what was stored, unless its Cache-Control
               says no-store: then forget what was stored.
        304    return the stored answer: (200, its body). It is as new as if it had come
               now: Cache-Control, Age and ETag of the 304 count, and where there is no
               Cache-Control or no ETag, the stored one.
        other  return it, and leave what is stored as it is.

    Cache-Control is a list of directives, separated by commas, in any capitals; there are
    others than these three. Every server and every target has answers of its own. Close
    your connection. Here http.client is allowed.
    """
    yield case("the same page again while it is fresh", walk, visits.FRESH, hint="fresh")
    yield case("a page that is not fresh any more", walk, *visits.STALE, hint="stale")
    yield case("an ETag goes back as it came", walk, *visits.TAGGED, hint="tag")
    yield case("304 brings the stored body", walk, *visits.UNCHANGED, hint="unchanged")
    yield case("304 makes it fresh again", walk, visits.RENEWED, hint="renew")
    yield case("200 replaces what was stored", walk, visits.REPLACED, hint="replace")
    yield case("no-store", walk, *visits.NO_STORE, hint="no-store")
    yield case("no-cache", walk, visits.NO_CACHE, hint="no-cache")
    yield case("Cache-Control in other forms", walk, *visits.LISTS, hint="list")
    yield case("answers that come with an Age", walk, *visits.AGED, hint="age")
    yield case("404 and 500 and 301 and 203", walk, *visits.OTHERS, hint="other")
    yield case("a large page", walk, visits.LARGER, hint="large")
    yield case("two targets and two servers and two caches", in_several_places, hint="key")
    yield case("the page /cached/60 of HTTPServer", at_site, hint="fresh")


def walk(lab: Lab, *walks: Walk) -> None:
    """Each walk has a cache and a server of its own."""
    for each in walks:
        site, cache = Site(lab), {}  # type: ignore[var-annotated]
        for visit in each:
            site.take(visit, cache)


def in_several_places(lab: Lab) -> None:
    """Two targets, two servers, two caches: each has answers of its own."""
    first, second = Site(lab), Site(lab)
    cache: dict[Any, Any] = {}
    first.take(Visit(0.0, page(b"a at 1"), b"a at 1", target="/a"), cache)
    first.take(Visit(1.0, page(b"b at 1"), b"b at 1", target="/b"), cache)
    second.take(Visit(2.0, page(b"a at 2"), b"a at 2", target="/a"), cache)
    first.take(Visit(3.0, None, b"a at 1", target="/a"), cache)
    first.take(Visit(4.0, None, b"b at 1", target="/b"), cache)
    second.take(Visit(5.0, None, b"a at 2", target="/a"), cache)
    first.take(Visit(6.0, page(b"new"), b"new", target="/a"), {})
    first.take(Visit(7.0, page(b"a?b"), b"a?b", target="/a?b"), cache)
    first.take(Visit(8.0, page(b"a?c", control="no-store"), b"a?c", target="/a?c"), cache)
    first.take(Visit(9.0, None, b"a?b", target="/a?b"), cache)


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


class Site(Peer):
    """A server that answers as the present visit says, and judges what it was asked."""

    def __init__(self, lab: Lab) -> None:
        self.says = b""
        self.story: list[str] = []
        super().__init__(lab, lambda asked: self.says)

    def take(self, visit: Visit, cache: dict[Any, Any]) -> None:
        """Call the learner's function, and judge what it asked and what it gave."""
        before, self.says = len(self.asked), visit.answer or answer(200, b"nobody had to ask")
        empty = not cache
        with requests_judged(self):
            got = self.lab.call(self.address, visit.target, cache, visit.now)
        self.story.append(told(visit.now, self.asked[before:], self.says))
        try:
            if not isinstance(got, tuple) or len(got) != 2:
                self.lab.wrong("", expected=(visit.status, visit.body), got=got, hint="start")
            if empty:
                self.judge_first(self.asked[before:])
            self.judge_requests(visit, self.asked[before:])
            self.judge_answer(visit, *got)
        except Wrong as wrong:
            wrong.happened = self.story  # the fields decide, and no call of the transcript shows them
            raise

    def judge_first(self, asked: list[Asked]) -> None:
        """With an empty cache nothing is known, wherever else it may have been kept."""
        if not asked:
            self.lab.wrong("cache was empty, and you returned without asking the server", hint="outside")
        if tag := asked[0].get("If-None-Match"):
            self.lab.wrong(f"cache was empty, and you sent If-None-Match: {tag}", hint="outside")

    def judge_requests(self, visit: Visit, asked: list[Asked]) -> None:
        lab, when = self.lab, f"at now = {visit.now:g}"
        if visit.answer is None:
            if asked:
                lab.wrong(f"{when} the stored answer is fresh, and you asked the server")
            return
        if not asked:
            lab.wrong(f"{when} you returned without asking the server")
        if len(asked) > 1:
            lab.wrong(f"{when} you asked the server {len(asked)} times", hint="once")
        if asked[0].target != visit.target:
            lab.wrong("another target", expected=visit.target, got=asked[0].target, hint="request")
        tag = asked[0].get("If-None-Match")
        if tag != visit.tag:
            said = f"{when} your request had another If-None-Match (None: it had none)"
            lab.wrong(said, expected=visit.tag, got=tag, verb="you sent")

    def judge_answer(self, visit: Visit, status: Any, body: Any) -> None:
        lab = self.lab
        if status == 304 and visit.status == 200:
            lab.wrong("the server said 304: nothing has changed", expected=200, got=304, hint="unchanged")
        if status != visit.status:
            lab.wrong(f"the status at now = {visit.now:g}", expected=visit.status, got=status)
        empty = visit.body and body in (b"", None) and (visit.answer or b"").startswith(b"HTTP/1.1 304")
        lab.equal(body, visit.body, hint="unchanged" if empty else None)


def told(now: float, asked: list[Asked], answer: bytes) -> str:
    """One visit in words: what was asked with which condition, and the fields of the answer that count."""
    if not asked:
        return f"at now = {now:g} you did not ask"
    tag = asked[-1].get("If-None-Match")
    status_line, *fields = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    counting = [line for line in fields if line.lower().startswith(("cache-control:", "etag:", "age:"))]
    condition = "" if tag is None else f" with If-None-Match: {tag}"
    return f"at now = {now:g} you asked{condition} and got " + ", ".join([status_line[9:], *counting])
