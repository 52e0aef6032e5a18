"""The pages of HTTPServer's site: one for each thing that HTTP can do. No file is read: all is made here."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import re
from collections.abc import Iterator
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from netlab.wire.http_messages import BadMessage, Field, field_lines

from .requests import Request
from .responses import TEXT, Fields, Response, refusal
from .routes import ROUTES, as_json, as_number, as_page, plain, route
from .routes import site as site
from .selection import weights

POEM = b"".join(b"%03d A line of this page, so that there is something to send.\n" % n for n in range(1, 101))
MODIFIED = "Sun, 01 Nov 2026 12:00:00 GMT"


@route("GET", r"/", "/", "this list")
def index(request: Request) -> Response:
    rows = "\n".join(
        f'<tr><td><a href="{each.example}">{each.example}</a><td>{" ".join(each.methods)}<td>{each.says}'
        for each in ROUTES
    )
    return as_page("A small site", f"<table>\n{rows}\n</table>")


@route("GET", r"/hello", "/hello", "five letters of plain text")
def hello(request: Request) -> Response:
    return Response(200, [TEXT], b"hello")


@route("GET", r"/page/(\d+)", "/page/6", "a page that needs so many pictures more")
def page(request: Request, pictures: str) -> Response:
    count = as_number(pictures, 100)
    images = "\n".join(f'<img src="/picture/{n}" alt="picture {n}">' for n in range(1, count + 1))
    return as_page(f"{count} pictures", images)


@route("GET", r"/picture/(\d+)", "/picture/1", "one of those pictures")
def picture(request: Request, number: str) -> Response:
    hue = 47 * as_number(number, 10**6) % 360
    body = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="80" height="80">'
        f'<rect width="40" height="40" fill="hsl({hue} 60% 60%)"/>'
        f'<text x="20" y="26" text-anchor="middle" font-size="16">{number}</text></svg>\n'
    )
    return Response(200, [("Content-Type", "image/svg+xml")], body.encode())


@route("GET POST PUT PATCH DELETE", r"/echo", "/echo", "your request, byte for byte as it came")
def echo(request: Request) -> Response:
    return Response(200, [("Content-Type", "message/http")], request.raw)


@route("GET POST", r"/form", "/form", "a form; POST it, with a file if you like")
def form(request: Request) -> Response:
    if request.method != "POST":
        fields = '<input name="name"> <input name="file" type="file"> <button>Send</button>'
        return as_page("A form", f'<form method="post" enctype="multipart/form-data">{fields}</form>')
    kind, parameters = parameterized(request.head.get("Content-Type"))
    if kind == "application/x-www-form-urlencoded":
        values = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return as_json({"fields": values, "files": []})
    if kind == "multipart/form-data":
        return as_json(_multipart(request.body, parameters.get("boundary", "")))
    raise BadMessage(f"a form comes as urlencoded or multipart, not as {kind[:60]!r}", status=415)


def _multipart(body: bytes, boundary: str) -> dict[str, Any]:
    fields, files = [], []
    for head, data in parts_of(body, boundary):
        disposition = next((each.value for each in head if each.name.lower() == "content-disposition"), "")
        kind, about = parameterized(disposition.encode("latin-1").decode("utf-8", "replace"))
        if kind != "form-data" or "name" not in about:
            raise BadMessage("a part of the form is not form-data with a name (RFC 7578, section 4.2)")
        name, filename = about["name"], about.get("filename")
        if filename is None:
            fields.append((name, data.decode("utf-8", "replace")))
        else:
            files.append({"field": name, "filename": filename, **measured(data)})
    return {"fields": fields, "files": files}


def parameterized(value: str) -> tuple[str, dict[str, str]]:
    """A value like multipart/form-data; boundary=B, and its parameters (RFC 9110, section 5.6.6)."""
    kind, semicolon, rest = value.partition(";")
    found = _PARAMETER.findall(semicolon + rest)
    values = {name.lower(): plain or re.sub(r'\\(["\\])', r"\1", quoted) for name, quoted, plain in found}
    return kind.strip(" \t").lower(), values


_PARAMETER = re.compile(r';[ \t]*([^\s;="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')


def parts_of(body: bytes, boundary: str) -> Iterator[tuple[tuple[Field, ...], bytes]]:
    """The parts of a multipart body (RFC 2046, section 5.1): of each its fields, and its content as it is.

    What a part holds is not read, whatever its type. Raises BadMessage without a boundary or an end.
    """
    if not boundary:
        raise BadMessage("a multipart body needs a boundary in its Content-Type")
    line = rb"\r\n--%b(--)?[ \t]*(?=\r\n|\Z)" % re.escape(boundary.encode("latin-1", "replace"))
    _, *marked = re.split(line, b"\r\n" + body)
    for end, part in zip(marked[::2], marked[1::2]):
        if end:
            return
        head, empty, data = part.partition(b"\r\n\r\n")
        if not empty:
            raise BadMessage("a part of the multipart body has no empty line behind its fields")
        yield field_lines(head.removeprefix(b"\r\n") + b"\r\n" if head else b"", unfold=True), data
    raise BadMessage("the multipart body has no last boundary")


@route("POST PUT", r"/upload", "/upload", "how many bytes came, and their SHA-256; the trailers too")
def upload(request: Request) -> Response:
    trailers = {each.name: each.value for each in request.trailers}
    return as_json({**measured(request.body), "trailers": trailers})


def measured(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@route("GET POST PUT PATCH DELETE", r"/status/([2-5]\d\d)", "/status/418", "the status of your choice")
def status(request: Request, code: str) -> Response:
    if code in ("204", "205", "304"):
        return Response(int(code))
    return plain(int(code), f"You asked for {code}.", *GO_WITH.get(code, ()))


GO_WITH: dict[str, Fields] = {  # what a response with this status must have, or should (RFC 9110, section 15)
    "206": [("Content-Range", "bytes 0-18/19")],
    "401": [("WWW-Authenticate", 'Bearer realm="status"')],
    "405": [("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")],
    "407": [("Proxy-Authenticate", 'Bearer realm="status"')],
    "416": [("Content-Range", "bytes */0")],
    "426": [("Upgrade", "HTTP/2.0")],
}


@route("GET", r"/redirect/(\d+|loop)", "/redirect/3", "so many redirects, then /hello; or a loop of one")
def redirect(request: Request, left: str) -> Response:
    count = 0 if left == "loop" else as_number(left, 1000)
    place = request.path if left == "loop" else f"/redirect/{count - 1}" if count > 1 else "/hello"
    return plain(302, f"Go to {place}.", ("Location", place))


@route("GET", r"/cookies", "/cookies", "the cookies that you sent")
def cookies(request: Request) -> Response:
    try:
        sent = SimpleCookie("; ".join(request.head.all("Cookie")))
    except CookieError as error:
        raise BadMessage(f"the Cookie field makes no sense: {error}") from None
    return as_json({name: morsel.value for name, morsel in sent.items()})


@route("GET", r"/cookies/set", "/cookies/set?color=blue", "sets them, and sends you to /cookies")
def set_cookies(request: Request) -> Response:
    pairs = [f"{name}={value}" for name, value in parse_qsl(request.query)]
    if not all(re.fullmatch(r"[\w.-]{1,100}=[\w.-]{0,1000}", pair, re.ASCII) for pair in pairs):
        raise BadMessage("a cookie's name and value are a to z, A to Z, 0 to 9, '_', '.' and '-' here")
    fields = [("Set-Cookie", f"{pair}; Path=/; HttpOnly; SameSite=Lax") for pair in pairs]
    return plain(303, "Set. Now look at /cookies.", ("Location", "/cookies"), *fields)


@route("GET", r"/chunked/(\d+)", "/chunked/4", "so many chunks, and the SHA-256 of all in a trailer")
def chunked(request: Request, count: str) -> Response:
    digest, chunks = hashlib.sha256(), as_number(count, 10_000)

    def parts() -> Iterator[bytes]:
        for line in itertools.islice(itertools.cycle(POEM.splitlines(True)), chunks):
            digest.update(line)
            yield line

    fields = [TEXT, ("Trailer", "Content-SHA256")]
    return Response(200, fields, parts(), trailers=lambda: [("Content-SHA256", digest.hexdigest())])


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
        return Response(200, fields, gzip.compress(POEM, mtime=0))
    return Response(200, [TEXT, vary], POEM)


@route("GET", r"/cached(?:/(\d+))?", "/cached/60", "a page with validators, fresh for so many seconds")
def cached(request: Request, age: str | None) -> Response:
    fresh = "Cache-Control", f"max-age={as_number(age or '0', 10**9)}"
    tag = "ETag", f'"{hashlib.sha256(POEM).hexdigest()[:16]}"'
    return Response(200, [TEXT, tag, ("Last-Modified", MODIFIED), fresh], POEM)


@route("GET", r"/bytes/(\d+)", "/bytes/100000", "so many bytes, also in ranges")
def some_bytes(request: Request, size: str) -> Response:
    total = as_number(size, 10 * 1024 * 1024)
    fields = [("Content-Type", "application/octet-stream"), ("Accept-Ranges", "bytes")]
    return Response(200, [*fields, ("ETag", f'"bytes-{total}"')], numbered(total))


def numbered(size: int) -> bytes:
    """So many bytes in which every place tells where it is: 00000000 00000009 ..."""
    count = -(-size // 9)
    return "".join(f"{9 * n:08d} " for n in range(count)).encode()[:size]
