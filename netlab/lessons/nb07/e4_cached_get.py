"""Exercise 07-4: cached_get."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import caching


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
