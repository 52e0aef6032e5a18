"""The pages of HTTPServer's site that are about bodies: late, chunked, compressed, cached, in ranges."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import re
from collections.abc import Iterator
from urllib.parse import parse_qs

from netlab.wire.http_messages import BadMessage

from .requests import Request
from .responses import TEXT, Response, refusal
from .routes import as_number, as_seconds, plain, route, sha256
from .selection import weights

POEM = "".join(f"{n:03d} A line of this page, so that there is something to send.\n" for n in range(1, 101))
MODIFIED = "Sun, 01 Nov 2026 12:00:00 GMT"
MOST_BYTES = 10 * 1024 * 1024


@route("GET", r"/delay/(\d+(?:\.\d+)?)", "/delay/0.5", "an answer after so many seconds")
def delay(request: Request, seconds: str) -> Response:
    request.wait(as_seconds(seconds))
    return plain(200, f"After {seconds} s.")


@route("GET", r"/chunked/(\d+)", "/chunked/4", "so many chunks, and the SHA-256 of all in a trailer")
def chunked(request: Request, count: str) -> Response:
    digest, chunks = hashlib.sha256(), as_number(count, 10_000)

    def parts() -> Iterator[bytes]:
        for line in itertools.islice(itertools.cycle(POEM.splitlines(True)), chunks):
            digest.update(line.encode())
            yield line.encode()

    fields = [TEXT, ("Trailer", "Content-SHA256")]
    return Response(200, fields, parts(), trailers=lambda: [("Content-SHA256", digest.hexdigest())])


@route("GET", r"/stream/(\d+)", "/stream/5?every=0.1", "so many lines, one at a time")
def stream(request: Request, count: str) -> Response:
    lines, every = as_number(count, 10_000), parse_qs(request.query).get("every", ["0.1"])[-1]
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", every):
        raise BadMessage(f"every= takes seconds, not {every[:20]!r}")
    pause = as_seconds(every)

    def parts() -> Iterator[bytes]:
        for n in range(lines):
            if n:
                request.wait(pause)
            yield f"line {n + 1} of {lines}\n".encode()

    return Response(200, [TEXT], parts())


@route("GET", r"/close", "/close", "a body whose end is the end of the connection")
def close(request: Request) -> Response:
    return Response(200, [TEXT], iter([b"This body ", b"ends when ", b"I do.\n"]), close=True)


@route("GET", r"/gzip", "/gzip", "a long page, compressed if you accept that")
def compressed(request: Request) -> Response:
    q = weights(request.head, "Accept-Encoding")  # RFC 9110, section 12.5.3
    packed = q.get("gzip", q.get("x-gzip", q.get("*", 0.0)))
    as_it_is = q.get("identity", q.get("*", 1.0))
    vary = "Vary", "Accept-Encoding"
    if not packed and not as_it_is:
        return refusal(406, "this page comes with gzip or as it is, and you take neither", vary, close=False)
    if packed and packed >= q.get("identity", 0.0):
        fields = [TEXT, vary, ("Content-Encoding", "gzip")]
        return Response(200, fields, gzip.compress(POEM.encode(), mtime=0))
    return Response(200, [TEXT, vary], POEM.encode())


@route("GET", r"/cached(?:/(\d+))?", "/cached/60", "a page with validators, fresh for so many seconds")
def cached(request: Request, age: str | None) -> Response:
    fresh = "Cache-Control", f"max-age={as_number(age or '0', 10**9)}"
    tag = "ETag", f'"{sha256(POEM.encode())[:16]}"'
    return Response(200, [TEXT, tag, ("Last-Modified", MODIFIED), fresh], POEM.encode())


@route("GET", r"/bytes/(\d+)", "/bytes/100000", "so many bytes, also in ranges")
def some_bytes(request: Request, size: str) -> Response:
    total = as_number(size, MOST_BYTES)
    fields = [("Content-Type", "application/octet-stream"), ("Accept-Ranges", "bytes")]
    return Response(200, [*fields, ("ETag", f'"bytes-{total}"')], numbered(total))


def numbered(size: int) -> bytes:
    """So many bytes in which every place tells where it is: 00000000 00000009 ..."""
    count = -(-size // 9)
    return "".join(f"{9 * n:08d} " for n in range(count)).encode()[:size]
