"""The table of pages of HTTPServer's site, and what its pages are made with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netlab.wire.http_messages import BadMessage

from .requests import Request
from .responses import TEXT, Response, refusal
from .selection import conditional, ranged

HTML = ("Content-Type", "text/html; charset=utf-8")


@dataclass(frozen=True)
class Route:
    methods: tuple[str, ...]
    example: str
    says: str
    pattern: re.Pattern[str]
    answer: Callable[..., Response]


ROUTES: list[Route] = []
METHODS: dict[str, None] = {}  # of all of them, in their order


def route(methods: str, pattern: str, example: str, says: str) -> Callable[[Any], Any]:
    """Enter a page: its methods, its path, an example of the path, and a line for the index."""

    def enter(answer: Callable[..., Response]) -> Callable[..., Response]:
        allowed = tuple(methods.split()) + ("HEAD",) * ("GET" in methods.split()) + ("OPTIONS",)
        METHODS.update(dict.fromkeys(allowed))
        ROUTES.append(Route(allowed, example, says, re.compile(pattern, re.ASCII), answer))
        return answer

    return enter


def site(request: Request) -> Response:
    """Answer a request with the page that its path names."""
    if request.method not in METHODS:
        return refusal(501, f"{request.method[:40]} is not known here", close=False)
    if request.path == "*":
        return Response(204, [("Allow", ", ".join(METHODS))])
    for page in ROUTES:
        if matched := page.pattern.fullmatch(request.path):
            break
    else:
        return plain(404, f"there is no page {request.path[:200]!r}; the page / lists all of them")
    allow = "Allow", ", ".join(page.methods)
    if request.method == "OPTIONS":
        return Response(204, [allow])
    if request.method not in page.methods:
        return refusal(405, f"{request.method} is not for {page.example}", allow, close=False)
    if request.method == "PUT" and request.head.all("Content-Range"):  # RFC 9110, section 14.5
        raise BadMessage("Content-Range: no page takes a part of itself")
    response = page.answer(request, *matched.groups())
    return ranged(request, conditional(request, response, exists="GET" in page.methods))


def plain(status: int, text: str, *fields: tuple[str, str]) -> Response:
    return Response(status, [TEXT, *fields], (text + "\n").encode())


def as_json(value: object) -> Response:
    return Response(200, [("Content-Type", "application/json")], json.dumps(value).encode() + b"\n")


def as_page(title: str, body: str) -> Response:
    text = f'<!doctype html>\n<html lang="en">\n<title>{title}</title>\n<h1>{title}</h1>\n{body}\n</html>\n'
    return Response(200, [HTML], text.encode())


def as_number(text: str, most: int) -> int:
    if len(text) > 12 or int(text) > most:
        raise BadMessage(f"at most {most}, not {text[:20]}")
    return int(text)
