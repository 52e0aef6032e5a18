"""Exercise 07-5: resume."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import resuming

NEW, TAG, WEAK = resuming.NEW, resuming.TAG, 'W/"v1"'


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
