"""The exercises 07-4 and 07-5: do not ask for what is there already, or only for what is missing."""

from __future__ import annotations

from collections.abc import Generator

from ..engine import Case, case, exercise
from . import caching, client_hints, resuming
from .hints import CONDITIONS, TWICE

NEW, TAG, WEAK = resuming.NEW, resuming.TAG, 'W/"v1"'
Cases = Generator[Case, None, None]

# -- 07-4 --------------------------------------------------------------------------------------------


@exercise(
    "07-4",
    reread=TWICE,
    hints=client_hints.CACHED_GET,
    outline="entry = cache.get((address, target)). Fresh: return it. Else GET: 304 renews it, 200 replaces.",
)
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
    others than these three. Every server and every target has answers of its own. Here
    http.client is allowed.
    """
    yield case("the same page again while it is fresh", caching.walk, *caching.FRESH, hint="fresh")
    yield case("a page that is not fresh any more", caching.walks, *caching.STALE, hint="stale")
    yield case("an ETag goes back as it came", caching.walks, *caching.TAGGED, hint="tag")
    yield case("304 brings the stored body", caching.walks, *caching.UNCHANGED, hint="unchanged")
    yield case("304 makes it fresh again", caching.walk, *caching.RENEWED, hint="renew")
    yield case("200 replaces what was stored", caching.walk, *caching.REPLACED, hint="replace")
    yield case("no-store", caching.walks, *caching.NO_STORE, hint="no-store")
    yield case("no-cache", caching.walk, *caching.NO_CACHE, hint="no-cache")
    yield case("Cache-Control in other forms", caching.walks, *caching.LISTS, hint="list")
    yield case("answers that come with an Age", caching.walks, *caching.AGED, hint="age")
    yield case("404 and 500", caching.walks, *caching.OTHERS, hint="other")
    yield case("two targets and two servers and two caches", caching.places, hint="key")
    yield case("the page /cached/60 of HTTPServer", caching.at_site, hint="fresh")


# -- 07-5 --------------------------------------------------------------------------------------------


@exercise(
    "07-5",
    reread=CONDITIONS,
    hints=client_hints.RESUME,
    outline="Up to tries times: GET with Range and If-Range; 206 adds, 200 replaces, 416 may mean complete.",
)
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
    raise ConnectionError. Here http.client is allowed.
    """
    yield case("nothing is there yet", resuming.resumed, 0, None, [resuming.ALL], hint="start")
    yield case("the first 1000 bytes are there", resuming.resumed, 1000, TAG, [resuming.REST], hint="start")
    yield case("the server ignores Range", resuming.resumed, 1000, TAG, resuming.IGNORED, hint="ignored")
    yield case("the file has changed", resuming.resumed, 1000, TAG, resuming.CHANGED, NEW, hint="ignored")
    yield case("a part without an ETag", resuming.resumed, 1000, None, [resuming.ALL], hint="unsure")
    yield case("a part with a weak ETag", resuming.resumed, 1000, WEAK, [resuming.ALL], hint="unsure")
    yield case("a range that begins earlier", resuming.resumed, 1000, TAG, resuming.EARLIER, hint="place")
    yield case("a range that begins later", resuming.resumed, 1000, TAG, resuming.LATER, hint="place")
    yield case("less than was asked for", resuming.resumed, 1000, TAG, resuming.IN_THREE, hint="total")
    yield case("all of it is there already", resuming.resumed, 5000, TAG, resuming.COMPLETE, hint="complete")
    yield case(
        "more is there than the file has", resuming.resumed, 4500, TAG, resuming.SHRUNK, NEW, hint="complete"
    )
    yield case("the connection ends inside bodies", resuming.resumed, 0, None, resuming.CUT, hint="again")
    yield case(
        "the connection ends before a body", resuming.resumed, 1000, TAG, resuming.NOTHING, hint="again"
    )
    yield case("another file that is cut off", resuming.resumed, 1000, TAG, resuming.MIXED, NEW, hint="mixed")
    yield case(
        "an answer without an ETag is cut off", resuming.resumed, 0, None, resuming.UNSURE, hint="unsure"
    )
    yield case("the connection breaks again and again", resuming.reset_inside, hint="again")
    yield case("four requests are not enough", resuming.failed, ConnectionError, resuming.SLOW, hint="tries")
    yield case("the file is gone", resuming.failed, ValueError, resuming.MISSING, hint="status")
    yield case("a range of HTTPServer", resuming.at_site, 100_000, 99_000, hint="start")
