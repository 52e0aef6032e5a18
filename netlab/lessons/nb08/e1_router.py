"""Exercise 08-1: router."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import unquote

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab

Routes = dict[str, dict[str, Any]]
Answer = tuple[int, Any, dict[str, str], str]
USERS: Routes = {
    "/": {"GET": "home"},
    "/users": {"GET": "list", "POST": "add"},
    "/users/{id}": {"GET": "show", "PUT": "change", "DELETE": "remove"},
    "/users/{id}/photos/{number}": {"GET": "photo"},
    "/files/{name}": {"GET": "file"},
    "/robots.txt": {"GET": "robots"},
    "/café": {"GET": "menu"},
}
OVERLAPPING: Routes = {
    "/users/{id}": {"GET": "show"},
    "/users/me": {"GET": "me"},
    "/pages/new": {"GET": "new"},
    "/pages/{page}": {"GET": "page"},
}
UNUSUAL: Routes = {  # texts that sort behind a brace
    "/{page}": {"GET": "page"},
    "/~ada": {"GET": "ada"},
    "/été": {"GET": "summer"},
}
CROSSED: Routes = {"/{w}/b/c/d": {"GET": "second"}, "/a/{x}/{y}/{z}": {"GET": "first"}}
BEHIND: Routes = {"/{x}/{y}/c": {"GET": "second"}, "/{x}/b/{z}": {"GET": "first"}}
TREE: Routes = {  # a way down that ends nowhere: back, and another one
    "/a/b/c": {"GET": "one"},
    "/a/{y}/d": {"GET": "two"},
    "/{x}/b/{z}": {"GET": "three"},
    "/{u}/b": {"GET": "four"},
    "/{v}/c": {"GET": "five"},
}
DIVIDED: Routes = {
    "/users/{id}": {"DELETE": "remove"},
    "/users/me": {"GET": "me"},
    "/pages/{page}": {"GET": "page"},
    "/pages/new": {"POST": "new"},
}
HANDLERS: Routes = {
    "/none": {"GET": None},
    "/zero": {"GET": 0},
    "/text": {"GET": ""},
    "/two": {"GET": "text", "HEAD": 0},
    "/list": {"GET": []},
    "/function": {"GET": len},
    "/nothing": {},
}
NAMED: Routes = {"/named": {"get": "small", "PURGE": "purge"}}
PERCENTS: Routes = {"/100%25": {"GET": "text"}, "/{name}": {"GET": "name"}}
DOCS: Routes = {"/docs/{page}": {"GET": "page"}, "/docs": {"GET": "docs"}, "/docs/": {"GET": "index"}}
HEADS: Routes = {"/page": {"GET": "page"}, "/own": {"GET": "page", "HEAD": "head"}, "/in": {"POST": "in"}}
OPTIONS: Routes = {"/page": {"GET": "page"}, "/own": {"POST": "in", "OPTIONS": "mine"}}

SOME = "GET / /users /users/42 /users/7/photos/3", "POST /users", "DELETE /users/7"
QUERIES = "GET /users? /users/42?full=1 /users?next=/users/7 /users/42?a=b?c"
NOBODY = "GET /nobody /user /users/42/photos /users/42/x /users2 /x/users /robotsXtxt /Users"
PERCENT = "GET /users/Zo%C3%AB /caf%C3%A9 /files/two%20words /files/%2541 /files/100% /files/1+1"
SLASHES = "GET /users/ /users/42/ //users /robots.txt/ // /users//photos/3"
ENCODED = "GET /files/a%2Fb /files/a%2fb /files/%2F..%2F /files/a%3Fb /users%2F42"
ANY = "GET /files/%20 /files/%20a%20 /files/%0A /robots.txt%0A /files/a;b /files/a#b /files/%FF"
DOTS = "GET /files/.. /files/. /users/../users /users/./42 /files/%2E%2E"


@exercise()
def router(method: str, target: str, routes: dict[str, dict[str, Any]]) -> Cases:
    """Find out who answers a request: return (status, handler, parameters, allow).

    target is as the request line says it: "/users/42?full=1". A query, from the first
    "?" on, plays no part. routes is {pattern: {method: handler}}, for example
    {"/users/{id}": {"GET": show, "DELETE": remove}}; a handler may be anything.

    Cut path and pattern at each "/" into segments, and then decode each segment of the
    path with urllib.parse.unquote (so %2F is a character of its segment). The pattern
    matches if both have the same number of segments, and each one matches:

        {id}       any segment that is not empty; parameters["id"] is the decoded text
        any other  the same text, in the same capitals

    So "/users" and "/users/" are two paths. If several patterns match, look at the
    first segment where one has a text and the other a parameter: the text wins. No two
    differ in the names of parameters only. The winner alone decides. Look for method,
    in the same capitals, in its dict:

        200  it is there: its handler, and the parameters. HEAD without a handler of its
             own takes that of GET.
        204  it is not, and it is OPTIONS: handler None, parameters {}
        405  it is not, and it is another: handler None, parameters {}
        404  no pattern matches: handler None, parameters {}

    allow is "" with 200 and 404. With 204 and 405 it is the value of the field Allow:
    all methods that do not lead to 405, sorted, joined by ", ". OPTIONS is always one
    of them, and HEAD is if GET is. Leave routes as it is.
    """
    yield case("a list and one of it", routed, USERS, *SOME, hint="start")
    yield case("a query behind the path", routed, USERS, QUERIES, hint="query")
    yield case("paths that nobody knows", routed, USERS, NOBODY, hint="whole")
    yield case("a slash at the end", routed, USERS, SLASHES, hint="slash")
    yield case("segments with percent signs", routed, USERS, PERCENT, hint="decode")
    yield case("a parameter with a slash in it", routed, USERS, ENCODED, hint="cut first")
    yield case("segments of any characters", routed, USERS, ANY, hint="any text")
    yield case("segments of dots", routed, USERS, DOTS, hint="any text")
    yield case(
        "patterns with a slash at the end", routed, DOCS, "GET /docs/ /docs /docs/x /docs//", hint="slash"
    )
    yield case("a segment in braces", routed, USERS, "GET /users/%7Bid%7D /users/{id}", hint="braces")
    texts = "GET /users/me /users/you /pages/new /pages/%6Eew"
    yield case("text beats parameter", routed, OVERLAPPING, texts, hint="text")
    yield case("patterns with percent signs", routed, PERCENTS, "GET /100%25 /100%2525", hint="patterns")
    others = "GET /~ada /%C3%A9t%C3%A9 /~you"
    yield case("text beats parameter whatever its letters", in_both_orders, UNUSUAL, others, hint="text")
    yield case("the first difference counts", in_both_orders, CROSSED, "GET /a/b/c/d /x/b/c/d", hint="first")
    yield case("a difference further on", in_both_orders, BEHIND, "GET /a/b/c /a/x/c", hint="first")
    ways = "GET /a/b/c /a/b/d /a/b/e /a/c/d /x/b/e /1/b /1/c /1/d"
    yield case("texts that lead nowhere", in_both_orders, TREE, ways, hint="back")
    yield case("the winner alone decides", routed, DIVIDED, "DELETE /users/me /users/7", hint="winner")
    wrong = "PUT /users", "POST /users/42", "get /users", "head /users", "options /users"
    yield case("a method that is not there", routed, USERS, *wrong, hint="allow")
    yield case("HEAD", routed, HEADS, "HEAD /page /own /in", "PUT /own", hint="head")
    yield case("HEAD with parameters", routed, USERS, "HEAD /users/42", hint="head")
    yield case("the winner alone decides about HEAD", routed, DIVIDED, "HEAD /pages/new", hint="winner")
    yield case(
        "methods in small letters", routed, NAMED, "get /named", "GET /named", "HEAD /named", hint="allow"
    )
    options = "OPTIONS /page /own", "PUT /own", "OPTIONS /nobody"
    yield case("OPTIONS", routed, OPTIONS, *options, hint="options")
    yield case("OPTIONS with parameters", routed, USERS, "OPTIONS /users/42", hint="options")
    methods = "GET /none /zero /text /list /function /nothing", "HEAD /none /text /two /function"
    yield case("handlers of all kinds and none", routed, HANDLERS, *methods, hint="anything")
    yield case("no routes at all", routed, {}, "GET / /users", "OPTIONS /", hint="start")
    yield case("any routes", any_routes, hint="start")


def routed(lab: Lab, routes: Routes, *requests: str) -> None:
    """Each request, "GET /this /that", gets the answer of the contract for each of its targets."""
    told = ", ".join(f"{pattern} ({' '.join(methods)})" for pattern, methods in routes.items())
    for method, *targets in map(str.split, requests):
        for target in targets:
            expected, asked = by_contract(method, target, routes), f"{method} {target}"
            given = copy.deepcopy(routes)
            got = lab.call(method, target, given)
            if given != routes:
                lab.wrong(f"after {asked} the routes are not what they were", hint="changed")
            if not isinstance(got, tuple) or len(got) != 4:
                lab.wrong(f"{asked}: four things, as a tuple", expected=expected, got=got, hint="four")
            lab.equal(
                got, expected, hint=_difference(got, expected), said=f"{asked}, and the routes are {told}"
            )


def _difference(got: Answer, expected: Answer) -> str | None:
    """The hint if one thing alone is wrong."""
    if got[:3] == expected[:3]:
        return "allow"
    found = got[0] == 200 and got[:2] == expected[:2] and isinstance(got[2], dict)
    return "back" if found and got[2].items() > expected[2].items() else None


def in_both_orders(lab: Lab, routes: Routes, *requests: str) -> None:
    """Who is written down first does not matter."""
    routed(lab, routes, *requests)
    routed(lab, dict(reversed(routes.items())), *requests)


def by_contract(method: str, target: str, routes: Routes) -> Answer:
    """What the contract says."""
    segments = [unquote(each) for each in target.partition("?")[0].split("/")]
    best: tuple[list[bool], dict[str, Any], dict[str, str]] | None = None
    for pattern, methods in routes.items():
        parts = pattern.split("/")
        named = [part.startswith("{") for part in parts]
        fits = (text != "" if name else part == text for part, text, name in zip(parts, segments, named))
        if len(parts) == len(segments) and all(fits) and (best is None or named < best[0]):
            values = {part[1:-1]: text for part, text, name in zip(parts, segments, named) if name}
            best = named, methods, values
    if best is None:
        return 404, None, {}, ""
    _, methods, values = best
    asked = "GET" if method == "HEAD" and "HEAD" not in methods else method
    if asked in methods:
        return 200, methods[asked], values, ""
    allow = {*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}
    return 204 if method == "OPTIONS" else 405, None, {}, ", ".join(sorted(allow))


def any_routes(lab: Lab) -> None:
    """Many small tables and paths of the same few segments."""
    for _ in range(60):
        routes = {_path(lab, "a", "b", "{}", "{}", ""): _methods(lab) for _ in range(lab.rng.randint(1, 6))}
        path, method = _path(lab, "a", "b", "%61", "c", ""), lab.rng.choice(("GET", "HEAD", "PUT", "OPTIONS"))
        routed(lab, routes, f"{method} {path}")


def _path(lab: Lab, *segments: str) -> str:
    """Parameters are named by their place, so that no two patterns differ in names only."""
    chosen = [lab.rng.choice(segments) for _ in range(lab.rng.randint(1, 3))]
    return "/" + "/".join(f"{{{'xyz'[i]}}}" if each == "{}" else each for i, each in enumerate(chosen))


def _methods(lab: Lab) -> dict[str, str]:
    names = lab.rng.sample(("GET", "HEAD", "PUT", "POST", "OPTIONS"), lab.rng.randint(1, 3))
    return {name: f"{name.lower()} {lab.rng.randint(1, 99)}" for name in names}
