"""Walks for cached_get: when a page is visited, what the server would say, and what has to come of it."""

from __future__ import annotations

from dataclasses import dataclass

from ...check.http_replies import answer, head


@dataclass
class Visit:
    """At this time the page is fetched. `answer`: what the server says, or None if nobody may ask it.

    `body` and `status` are what has to be returned; `tag` is the If-None-Match that has to be sent, if any.
    """

    now: float
    answer: bytes | None
    body: bytes
    tag: str | None = None
    status: int = 200
    target: str = "/page"


Walk = list[Visit]  # one cache and one server, at these times


def page(body: bytes, *fields: str, tag: str | None = None, control: str | None = "max-age=60") -> bytes:
    """An answer 200."""
    return answer(200, body, *fields, *_fields(tag, control))


def unchanged(*fields: str, tag: str | None = None, control: str | None = None) -> bytes:
    """An answer 304."""
    return head(304, *fields, *_fields(tag, control))


def _fields(tag: str | None, control: str | None) -> list[str]:
    fields = [] if tag is None else [f"ETag: {tag}"]
    return fields if control is None else [*fields, f"Cache-Control: {control}"]


TAG, WEAK, OTHER = '"abc, d"', 'W/"abc"', '"xyz"'
ONE, TWO, EMPTY = b"one", b"two\n" * 3, page(b"")
LARGE = bytes(range(256)) * 1000

FRESH = [Visit(0.0, page(ONE), ONE), Visit(0.0, None, ONE), Visit(59.5, None, ONE)]
STALE = [
    [
        Visit(10.0, page(ONE), ONE),
        Visit(70.0, page(TWO), TWO),
        Visit(129.5, None, TWO),
        Visit(200.0, EMPTY, b""),
    ],
    [Visit(0.5, page(ONE), ONE), Visit(60.4, None, ONE), Visit(60.6, page(TWO), TWO)],
    [Visit(10.0, page(ONE, control="max-age=0"), ONE), Visit(10.0, page(TWO), TWO)],
    [Visit(10.0, page(ONE, control=None), ONE), Visit(10.5, page(TWO, control="private"), TWO)],
    [Visit(10.0, page(ONE, control="private"), ONE), Visit(10.5, EMPTY, b""), Visit(11.0, None, b"")],
]
TAGGED = [
    [Visit(0.0, page(ONE, tag=tag), ONE), Visit(60.0, unchanged(tag=tag), ONE, tag)]
    for tag in (TAG, WEAK, '""')
]
UNCHANGED = [
    [Visit(0.0, page(body, tag=TAG), body), *[Visit(now, unchanged(), body, TAG) for now in (60.0, 120.0)]]
    for body in (ONE, b"", bytes(range(256)))
]
RENEWED = [
    Visit(0.0, page(ONE, tag=TAG), ONE),
    Visit(100.0, unchanged(), ONE, TAG),
    Visit(159.5, None, ONE),
    Visit(160.0, unchanged(control="max-age=10"), ONE, TAG),
    Visit(169.5, None, ONE),
    Visit(170.0, unchanged(tag=OTHER), ONE, TAG),
    Visit(179.5, None, ONE),
    Visit(180.0, unchanged("Age: 4"), ONE, OTHER),
    Visit(185.5, None, ONE),
    Visit(186.0, unchanged(), ONE, OTHER),  # the Age of the one before is not its own
    Visit(195.5, None, ONE),
    Visit(196.0, unchanged(control="public"), ONE, OTHER),  # no max-age counts any more
    Visit(196.0, unchanged(tag=WEAK, control="max-age=60"), ONE, OTHER),
    Visit(255.5, None, ONE),
    Visit(256.0, unchanged(), ONE, WEAK),
]
REPLACED = [
    Visit(0.0, page(ONE, tag=TAG), ONE),
    Visit(60.0, page(TWO, tag=OTHER, control="max-age=5"), TWO, TAG),
    Visit(64.5, None, TWO),
    Visit(65.0, unchanged(), TWO, OTHER),
    Visit(75.0, page(ONE, control=None), ONE, OTHER),
    Visit(75.0, page(TWO), TWO),  # the last one had no ETag: nothing to ask with
]
NO_STORE = [
    [Visit(0.0, page(ONE, tag=TAG, control="no-store, max-age=60"), ONE), Visit(1.0, page(TWO), TWO)],
    [
        Visit(0.0, page(ONE, tag=TAG, control="max-age=5"), ONE),
        Visit(5.0, page(TWO, tag=OTHER, control="no-store"), TWO, TAG),
        Visit(6.0, page(ONE), ONE),
    ],
]
LARGER = [
    Visit(0.0, page(LARGE, tag=TAG), LARGE),
    Visit(59.5, None, LARGE),
    Visit(60.0, unchanged(), LARGE, TAG),
]
NO_CACHE = [
    Visit(0.0, page(TWO, tag=OTHER, control="Max-Age=60, No-Cache"), TWO),
    Visit(0.5, page(ONE, tag=TAG, control="no-cache,max-age=60"), ONE, OTHER),
    Visit(1.0, unchanged(), ONE, TAG),
    Visit(2.0, unchanged(control="max-age=60"), ONE, TAG),
    Visit(3.0, None, ONE),
    Visit(62.0, unchanged(control="max-age=60, no-cache"), ONE, TAG),
    Visit(62.5, unchanged(), ONE, TAG),
]
LISTS = [
    [Visit(0.0, page(ONE, control=control), ONE), Visit(59.5, None, ONE), Visit(60.0, page(TWO), TWO)]
    for control in (
        "Max-Age=60", "public,max-age=60", "s-maxage=5 , MAX-AGE=60", "x-max-age=600, max-age=60",
        "no-stores=1, max-age=60", "private\r\nCache-Control: max-age=60",
        "max-age=60\r\nCache-Control: private", "max-age=60, stale-if-error=600",
        "max-age=60, x-max-age=0", "max-age=60, x-no-cache, no-cached", "x-no-store, max-age=60",
    )
] + [[Visit(0.0, page(ONE, control="max-age=60, NO-STORE"), ONE), Visit(1.0, page(TWO), TWO)]]  # fmt: skip
AGED = [
    [Visit(0.0, page(ONE, "Age: 50"), ONE), Visit(9.5, None, ONE), Visit(10.0, page(TWO), TWO)],
    [Visit(0.0, page(ONE, "age: 60"), ONE), Visit(0.0, page(TWO, "Age: 0"), TWO), Visit(59.5, None, TWO)],
]
_LOST = answer(404, b"no", 'ETag: "404"', "Cache-Control: max-age=60")
_BROKEN = answer(500, b"oh", "Cache-Control: no-store")
_MOVED = answer(301, b"go", "Location: /other", 'ETag: "301"', "Cache-Control: max-age=60")
_PARTLY = answer(203, b"so", 'ETag: "203"', "Cache-Control: max-age=60")
OTHERS = [
    [Visit(0.0, _LOST, b"no", status=404), Visit(1.0, page(ONE), ONE)],
    [Visit(0.0, _MOVED, b"go", status=301), Visit(1.0, page(ONE), ONE)],
    [Visit(0.0, _PARTLY, b"so", status=203), Visit(1.0, page(ONE), ONE)],
    [
        Visit(0.0, page(ONE, tag=TAG, control="max-age=5"), ONE),
        Visit(5.0, _BROKEN, b"oh", TAG, status=500),
        Visit(6.0, _LOST, b"no", TAG, status=404),
        Visit(7.0, unchanged(), ONE, TAG),
    ],
]
