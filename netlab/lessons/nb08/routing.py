"""Which handler? Requests, routes and what the contract of 08-1 says about them."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from ...check.lab import Lab

Routes = dict[str, dict[str, Any]]
Answer = tuple[int, Any, dict[str, str], str]
NOBODY: Answer = (404, None, {}, "")
USERS: Routes = {
    "/": {"GET": "home"},
    "/users": {"GET": "list", "POST": "add"},
    "/users/{id}": {"GET": "show", "PUT": "change", "DELETE": "remove"},
    "/users/{id}/photos/{number}": {"GET": "photo"},
    "/files/{name}": {"GET": "file"},
    "/robots.txt": {"GET": "robots"},
    "/café": {"GET": "menu"},
}


def routed(lab: Lab, asked: Iterable[tuple[str, Answer]], routes: Routes = USERS) -> None:
    """Each request, like "GET /users", gets this answer."""
    for request, expected in asked:
        method, _, target = request.partition(" ")
        given = copy.deepcopy(routes)
        got = lab.call(method, target, given)
        if given != routes:
            lab.wrong(f"after {request} the routes are not what they were", hint="changed")
        if not isinstance(got, tuple) or len(got) != 4:
            lab.wrong(f"{request}: four things, as a tuple", expected=expected, got=got, hint="four")
        lab.equal(got, expected, said=f"{request}, and the routes are {_told(routes)}")


def found(handler: Any, **parameters: str) -> Answer:
    return 200, handler, parameters, ""


def options(status: int, allow: str) -> Answer:
    return status, None, {}, allow


def _told(routes: Routes) -> str:
    return ", ".join(f"{pattern} ({' '.join(methods)})" for pattern, methods in routes.items())


def any_routes(lab: Lab) -> None:
    """Many small tables and paths of the same few segments, against the contract."""
    for _ in range(60):
        routes = {_path(lab, ("a", "b", "{}", "{}", "")): _methods(lab) for _ in range(lab.rng.randint(1, 6))}
        path, method = (
            _path(lab, ("a", "b", "%61", "c", "")),
            lab.rng.choice(("GET", "HEAD", "PUT", "OPTIONS")),
        )
        routed(lab, [(f"{method} {path}", by_contract(method, path, routes))], routes)


def _path(lab: Lab, segments: tuple[str, ...]) -> str:
    """Parameters are named by their place, so that no two patterns differ in names only."""
    chosen = [lab.rng.choice(segments) for _ in range(lab.rng.randint(1, 3))]
    return "/" + "/".join(f"{{{'xyz'[i]}}}" if each == "{}" else each for i, each in enumerate(chosen))


def _methods(lab: Lab) -> dict[str, str]:
    names = lab.rng.sample(("GET", "HEAD", "PUT", "POST", "OPTIONS"), lab.rng.randint(1, 3))
    return {name: f"{name.lower()} {lab.rng.randint(1, 99)}" for name in names}


def by_contract(method: str, target: str, routes: Routes) -> Answer:
    """What the contract says, to compare with."""
    segments = [unquote(each) for each in target.partition("?")[0].split("/")]
    best: tuple[list[bool], dict[str, Any], dict[str, str]] | None = None
    for pattern, methods in routes.items():
        parts = pattern.split("/")
        named = [part.startswith("{") for part in parts]
        fits = (text != "" if name else part == text for part, text, name in zip(parts, segments, named))
        if len(parts) == len(segments) and all(fits) and (best is None or named < best[0]):
            values = {part[1:-1]: text for part, text in zip(parts, segments, strict=True) if part[:1] == "{"}
            best = named, methods, values
    if best is None:
        return NOBODY
    _, methods, values = best
    handler = methods.get(method, methods.get("GET") if method == "HEAD" else None)
    if handler is not None:
        return 200, handler, values, ""
    allow = {*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}
    return options(204 if method == "OPTIONS" else 405, ", ".join(sorted(allow)))


# -- requests and their answers --------------------------------------------------------------------

ROUTED = [
    ("GET /", found("home")),
    ("GET /users", found("list")),
    ("POST /users", found("add")),
    ("GET /users/42", found("show", id="42")),
    ("DELETE /users/7", found("remove", id="7")),
    ("GET /users/7/photos/3", found("photo", id="7", number="3")),
]
QUERIES = [
    ("GET /users?", found("list")),
    ("GET /users/42?full=1", found("show", id="42")),
    ("GET /users?next=/users/7", found("list")),
    ("GET /users/42?a=b?c", found("show", id="42")),
]
UNKNOWN = [
    (f"GET {path}", NOBODY)
    for path in ("/nobody", "/user", "/users/42/photos", "/users/42/x", "/users2", "/x/users", "/robotsXtxt")
] + [("GET /Users", NOBODY)]
SLASHES = [(f"GET {path}", NOBODY) for path in ("/users/", "/users/42/", "//users", "/robots.txt/", "//")]
ENCODED = [
    ("GET /files/a%2Fb", found("file", name="a/b")),
    ("GET /files/%2F..%2F", found("file", name="/../")),
    ("GET /files/a%3Fb", found("file", name="a?b")),
    ("GET /users%2F42", NOBODY),
]
PERCENT = [
    ("GET /users/Zo%C3%AB", found("show", id="Zoë")),
    ("GET /caf%C3%A9", found("menu")),
    ("GET /files/two%20words", found("file", name="two words")),
    ("GET /files/%2541", found("file", name="%41")),
    ("GET /files/100%", found("file", name="100%")),
    ("GET /files/1+1", found("file", name="1+1")),
]
BRACES = [
    ("GET /users/%7Bid%7D", found("show", id="{id}")),
    ("GET /users/{id}", found("show", id="{id}")),
]
TEXT_FIRST = (
    [
        ("GET /users/me", found("me")),
        ("GET /users/you", found("show", id="you")),
        ("GET /pages/new", found("new")),
        ("GET /pages/%6Eew", found("new")),
    ],
    {
        "/users/{id}": {"GET": "show"},
        "/users/me": {"GET": "me"},
        "/pages/new": {"GET": "new"},
        "/pages/{page}": {"GET": "page"},
    },
)
DIFFERENCE = (
    [("GET /a/b/c", found("first", y="b", z="c")), ("GET /x/b/c", found("second", x="x"))],
    {"/{x}/b/c": {"GET": "second"}, "/a/{y}/{z}": {"GET": "first"}},
)
WINNER = (
    [("DELETE /users/me", options(405, "GET, HEAD, OPTIONS")), ("DELETE /users/7", found("remove", id="7"))],
    {"/users/{id}": {"DELETE": "remove"}, "/users/me": {"GET": "me"}},
)
FORBIDDEN = [
    ("PUT /users", options(405, "GET, HEAD, OPTIONS, POST")),
    ("POST /users/42", options(405, "DELETE, GET, HEAD, OPTIONS, PUT")),
    ("get /users", options(405, "GET, HEAD, OPTIONS, POST")),
]
HEADS = (
    [
        ("HEAD /page", found("page")),
        ("HEAD /own", found("head")),
        ("HEAD /in", options(405, "OPTIONS, POST")),
        ("PUT /own", options(405, "GET, HEAD, OPTIONS")),
    ],
    {"/page": {"GET": "page"}, "/own": {"GET": "page", "HEAD": "head"}, "/in": {"POST": "in"}},
)
OPTIONS = (
    [
        ("OPTIONS /page", options(204, "GET, HEAD, OPTIONS")),
        ("OPTIONS /own", found("mine")),
        ("PUT /own", options(405, "OPTIONS, POST")),
        ("OPTIONS /nobody", NOBODY),
    ],
    {"/page": {"GET": "page"}, "/own": {"POST": "in", "OPTIONS": "mine"}},
)

CASES: list[tuple[Any, ...]] = [  # (what is the case, hint, function, its arguments)
    ("a list and one of it", "start", routed, ROUTED),
    ("a query behind the path", "query", routed, QUERIES),
    ("paths that nobody knows", "whole", routed, UNKNOWN),
    ("a slash at the end", "slash", routed, SLASHES),
    ("segments with percent signs", "decode", routed, PERCENT),
    ("a parameter with a slash in it", "cut first", routed, ENCODED),
    ("a segment in braces", "braces", routed, BRACES),
    ("text beats parameter", "text", routed, *TEXT_FIRST),
    ("the first difference counts", "first", routed, *DIFFERENCE),
    ("the winner alone decides", "winner", routed, *WINNER),
    ("a method that is not there", "allow", routed, FORBIDDEN),
    ("HEAD", "head", routed, *HEADS),
    ("OPTIONS", "options", routed, *OPTIONS),
    ("any routes", "start", any_routes),
]
