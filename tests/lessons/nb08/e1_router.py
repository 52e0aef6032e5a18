"""08-1 router: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, unquote_plus, unquote_to_bytes, urlsplit

from ..registry import mutant, right

Routes = dict[str, dict[str, Any]]


Answer = tuple[int, Any, dict[str, Any], str]


@right("router")
def with_regular_expressions(method: str, target: str, routes: Routes) -> Answer:
    """regular expressions, escaped and anchored"""
    segments = [unquote(segment) for segment in target.split("?")[0].split("/")]
    ordered = sorted(routes, key=lambda pattern: [part[:1] == "{" for part in pattern.split("/")])
    for pattern in ordered:
        parts = pattern.split("/")
        expressions = ["(?s:.+)" if part[:1] == "{" else re.escape(part) for part in parts]
        if len(parts) == len(segments) and all(map(re.fullmatch, expressions, segments)):
            break
    else:
        return 404, None, {}, ""
    methods = dict(routes[pattern])
    if "GET" in methods:
        methods.setdefault("HEAD", methods["GET"])
    if method in methods:
        pairs = zip(parts, segments, strict=True)
        return 200, methods[method], {part[1:-1]: text for part, text in pairs if part[:1] == "{"}, ""
    return (204 if method == "OPTIONS" else 405), None, {}, ", ".join(sorted({*methods, "OPTIONS"}))


def _match(pattern: str, segments: list[str]) -> dict[str, Any] | None:
    parts, values = pattern.split("/"), {}
    if len(parts) != len(segments):
        return None
    for part, text in zip(parts, segments, strict=True):
        if part[:1] == "{" and text:
            values[part[1:-1]] = text
        elif part[:1] == "{" or part != text:
            return None
    return values


def _named(pattern: str) -> list[bool]:
    return [part[:1] == "{" for part in pattern.split("/")]


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")]


def _allow(methods: dict[str, Any]) -> str:
    return ", ".join(sorted({*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}))


def _handler(method: str, methods: dict[str, Any]) -> list[Any]:
    """None or one."""
    asked = "GET" if method == "HEAD" and "HEAD" not in methods else method
    return [methods[asked]] if asked in methods else []


def _route(
    method: str,
    target: str,
    routes: Routes,
    path: Callable[[str], str] = lambda target: target.partition("?")[0],
    segments: Callable[[str], list[str]] = _segments,
    match: Callable[[str, list[str]], dict[str, Any] | None] = _match,
    choose: Callable[[list[str]], str] = lambda patterns: min(patterns, key=_named),
    handler: Callable[[str, dict[str, Any]], Any] = _handler,
    allow: Callable[[dict[str, Any]], str] = _allow,
    options: int = 204,
) -> Answer:
    parts = segments(path(target))
    patterns = [pattern for pattern in routes if match(pattern, parts) is not None]
    if not patterns:
        return 404, None, {}, ""
    best = choose(patterns)
    found = handler(method, routes[best])
    if found:
        return 200, found[0], match(best, parts) or {}, ""
    return options if method == "OPTIONS" else 405, None, {}, allow(routes[best])


@mutant("router", "query", says="/users/42?full=1")
def keeps_the_query(method: str, target: str, routes: Routes) -> Answer:
    """takes the query for a part of the path"""
    return _route(method, target, routes, path=lambda target: target.rstrip("?"))


@mutant("router", "query")
def last_question_mark(method: str, target: str, routes: Routes) -> Answer:
    """cuts at the last question mark"""
    return _route(method, target, routes, path=lambda t: t.rpartition("?")[0] or t)


def _by_expression(anchored: bool, escaped: bool) -> Callable[[str, list[str]], dict[str, Any] | None]:
    def match(pattern: str, segments: list[str]) -> dict[str, Any] | None:
        text = re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}") if escaped else pattern
        found = re.match(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", text) + "$" * anchored, "/".join(segments))
        return found.groupdict() if found else None

    return match


@mutant("router", "whole")
def not_anchored(method: str, target: str, routes: Routes) -> Answer:
    """re.match without an end"""
    longest = lambda patterns: max(patterns, key=lambda p: (p.count("/"), p != "/", p == target))  # noqa: E731
    return _route(method, target, routes, match=_by_expression(False, True), choose=longest)


@mutant("router", "whole", says="robotsXtxt")
def not_escaped(method: str, target: str, routes: Routes) -> Answer:
    """a dot that matches anything"""
    return _route(method, target, routes, match=_by_expression(True, False))


@mutant("router", "whole")
def in_small_letters(method: str, target: str, routes: Routes) -> Answer:
    """compares paths without case"""
    return _route(method, target, routes, segments=lambda path: _segments(path.lower()))


@mutant("router", "slash", says="GET /users/")
def strips_slashes(method: str, target: str, routes: Routes) -> Answer:
    """a slash at the end does not matter"""
    return _route(method, target, routes, path=lambda t: t.partition("?")[0].rstrip("/") or "/")


@mutant("router", "slash")
def skips_empty_segments(method: str, target: str, routes: Routes) -> Answer:
    """leaves empty segments out"""

    def parts(path: str) -> list[str]:
        return ["", *([unquote(each) for each in path.split("/") if each] or [""])]

    return _route(method, target, routes, segments=parts)


@mutant("router", "slash")
def empty_parameters(method: str, target: str, routes: Routes) -> Answer:
    """a parameter may be empty"""

    def match(pattern: str, segments: list[str]) -> dict[str, Any] | None:
        parts = pattern.split("/")
        if len(parts) != len(segments):
            return None
        pairs = list(zip(parts, segments, strict=True))
        if all(part == text or part[:1] == "{" for part, text in pairs):
            return {part[1:-1]: text for part, text in pairs if part[:1] == "{"}
        return None

    return _route(method, target, routes, match=match)


@mutant("router", "cut first", says="a%2Fb")
def decodes_first(method: str, target: str, routes: Routes) -> Answer:
    """decodes the path before it cuts"""
    return _route(method, target, routes, segments=lambda path: unquote(path).split("/"))


@mutant("router", "cut first", says="a%3Fb")
def decodes_the_target(method: str, target: str, routes: Routes) -> Answer:
    """decodes even before it looks for the query, and keeps slashes"""
    kept = re.sub("(?i)%2f", "%252F", target)
    cut = lambda t: unquote(kept).partition("?")[0]  # noqa: E731
    again = lambda path: [part.replace("%2F", "/") for part in path.split("/")]  # noqa: E731
    return _route(method, target, routes, path=cut, segments=again)


@mutant("router", "decode", says="Zo%C3%AB")
def never_decodes(method: str, target: str, routes: Routes) -> Answer:
    """does not decode"""
    return _route(method, target, routes, segments=lambda path: path.split("/"))


@mutant("router", "decode")
def plus_is_a_space(method: str, target: str, routes: Routes) -> Answer:
    """takes a path for a form"""
    return _route(method, target, routes, segments=lambda path: [unquote_plus(p) for p in path.split("/")])


@mutant("router", "decode")
def decodes_twice(method: str, target: str, routes: Routes) -> Answer:
    """decodes once more"""
    return _route(method, target, routes, segments=lambda path: [unquote(p) for p in _segments(path)])


@mutant("router", "braces")
def equal_first(method: str, target: str, routes: Routes) -> Answer:
    """compares texts before it looks for parameters"""

    def match(pattern: str, segments: list[str]) -> dict[str, Any] | None:
        found = _match(pattern, segments)
        if found is None:
            return None
        pairs = zip(pattern.split("/"), segments, strict=True)
        return {part[1:-1]: text for part, text in pairs if part != text}

    return _route(method, target, routes, match=match)


@mutant("router", "text")
def in_order(method: str, target: str, routes: Routes) -> Answer:
    """the first pattern that matches"""
    return _route(method, target, routes, choose=lambda patterns: patterns[0])


@mutant("router", "text")
def last_wins(method: str, target: str, routes: Routes) -> Answer:
    """the last pattern that matches"""
    return _route(method, target, routes, choose=lambda patterns: patterns[-1])


@mutant("router", "first")
def counts_parameters(method: str, target: str, routes: Routes) -> Answer:
    """the pattern with the fewest parameters"""
    return _route(method, target, routes, choose=lambda patterns: min(patterns, key=lambda p: p.count("{")))


@mutant("router", "winner")
def method_first(method: str, target: str, routes: Routes) -> Answer:
    """asks patterns that have this method, and only then the others"""
    mine = {pattern: methods for pattern, methods in routes.items() if _handler(method, methods)}
    first = _route(method, target, mine)
    return first if first[0] == 200 else _route(method, target, routes)


@mutant("router", "allow")
def as_written(method: str, target: str, routes: Routes) -> Answer:
    """does not sort"""
    return _route(method, target, routes, allow=lambda methods: ", ".join([*methods, "HEAD", "OPTIONS"]))


@mutant("router", "allow", says="PUT /users")
def bare_404(method: str, target: str, routes: Routes) -> Answer:
    """404 for a method that is not there"""
    found = _route(method, target, routes)
    return (404, None, {}, "") if found[0] == 405 and method != "DELETE" else found


@mutant("router", "allow", says="get /users")
def upper(method: str, target: str, routes: Routes) -> Answer:
    """methods without case"""
    return _route(method.upper(), target, routes)


@mutant("router", "head")
def no_head(method: str, target: str, routes: Routes) -> Answer:
    """nobody has written a handler for HEAD"""
    own = lambda method, methods: [methods[method]] if method in methods else []  # noqa: E731
    return _route(method, target, routes, handler=own)


@mutant("router", "head", says="HEAD /own")
def head_is_get(method: str, target: str, routes: Routes) -> Answer:
    """always asks GET"""
    return _route("GET" if method == "HEAD" else method, target, routes)


@mutant("router", "head", says="HEAD /in")
def head_everywhere(method: str, target: str, routes: Routes) -> Answer:
    """answers HEAD where there is no GET"""

    def handler(method: str, methods: dict[str, Any]) -> Any:
        return _handler(method, methods) or (list(methods.values())[:1] if method == "HEAD" else [])

    return _route(method, target, routes, handler=handler)


@mutant("router", "options")
def options_405(method: str, target: str, routes: Routes) -> Answer:
    """OPTIONS is a method like any other"""
    return _route(method, target, routes, options=405)


@mutant("router", "options", says="OPTIONS /own")
def options_always(method: str, target: str, routes: Routes) -> Answer:
    """never asks the handler of OPTIONS"""
    handler = lambda method, methods: [] if method == "OPTIONS" else _handler(method, methods)  # noqa: E731
    return _route(method, target, routes, handler=handler)


@mutant("router", "options", says="OPTIONS /nobody")
def options_for_nobody(method: str, target: str, routes: Routes) -> Answer:
    """204 for a path that nobody knows"""
    found = _route(method, target, routes)
    return (204, None, {}, "OPTIONS") if found[0] == 404 and method == "OPTIONS" else found


@mutant("router", "changed", says="not what they were")
def adds_head(method: str, target: str, routes: Routes) -> Answer:
    """writes HEAD into the routes"""
    for methods in routes.values():
        if "GET" in methods:
            methods.setdefault("HEAD", methods["GET"])
    return _route(method, target, routes)


@mutant("router", "four")
def three_things(method: str, target: str, routes: Routes) -> Any:
    """leaves allow out"""
    return _route(method, target, routes)[:3]


@mutant("router", "start")
def numbers(method: str, target: str, routes: Routes) -> Answer:
    """makes numbers of digits"""
    status, handler, values, allow = _route(method, target, routes)
    return status, handler, {k: int(v) if v.isdigit() else v for k, v in values.items()}, allow


# -- words of the contract that are easily passed over ---------------------------------------------------


def _mutant(hint: str, name: str, says: str = "", **wrong: Any) -> None:
    """A router that is right but for this."""

    def router(method: str, target: str, routes: Routes) -> Answer:
        return _route(method, target, routes, **wrong)

    router.__doc__, router.__name__ = name, name.replace(" ", "_")
    mutant("router", hint, says)(router)


def _cut(each: Callable[[str], str]) -> Callable[[str], list[str]]:
    return lambda path: [each(segment) for segment in path.split("/")]


def _from_capitals(segment: str) -> str:
    return re.sub("(%[0-9A-F]{2})+", lambda found: unquote(found[0]), segment)


def _without_dots(path: str) -> list[str]:
    kept: list[str] = []
    for each in path.split("/"):
        if each == "..":
            kept[-1:] = []
        elif each != ".":
            kept.append(unquote(each))
    return kept


def _decoded_pattern(pattern: str, segments: list[str]) -> dict[str, Any] | None:
    return _match(unquote(pattern), segments)


def _up_to_a_line_end(pattern: str, segments: list[str]) -> dict[str, Any] | None:
    return _match(pattern, [re.sub(r"\n$", "", each) for each in segments])


def _weighed(weight: Callable[[int], float]) -> Callable[[list[str]], str]:
    return lambda patterns: max(
        patterns, key=lambda p: sum(weight(i) for i, named in enumerate(_named(p)) if i and not named)
    )


def _first_parameter(pattern: str) -> int:
    return [*_named(pattern), True].index(True)


def _truthy(asked: Callable[[str, dict[str, Any]], list[Any]]) -> Callable[[str, dict[str, Any]], list[Any]]:
    return lambda method, methods: [each for each in asked(method, methods) if each]


def _any_capitals(method: str, methods: dict[str, Any]) -> list[Any]:
    return _handler("HEAD" if method.lower() == "head" else method, methods)


def _head_or_get(method: str, methods: dict[str, Any]) -> list[Any]:
    return (
        [methods.get("HEAD") or methods["GET"]]
        if method == "HEAD" and "GET" in methods
        else _handler(method, methods)
    )


def _called(method: str, methods: dict[str, Any]) -> list[Any]:
    return [each() if callable(each) else each for each in _handler(method, methods)]


def _in_capitals(methods: dict[str, Any]) -> str:
    return ", ".join(sorted({*map(str.upper, methods), "OPTIONS", *(["HEAD"] if "GET" in methods else [])}))


_mutant("any text", "knows fragments", "/files/a#b", path=lambda target: urlsplit("x:" + target).path)
_mutant(
    "any text", "strict UTF-8", "UnicodeDecodeError", segments=_cut(lambda s: unquote_to_bytes(s).decode())
)
_mutant("any text", "strips segments", "%20", segments=_cut(lambda segment: unquote(segment).strip()))
_mutant("any text", "a line end behind a text", "%0A", match=_up_to_a_line_end)
_mutant("any text", "takes dots out", "/files/..", segments=_without_dots)
_mutant("cut first", "percent signs with capitals only", "a%2fb", segments=_cut(_from_capitals))
_mutant("patterns", "decodes patterns", "/100%25", match=_decoded_pattern)
_mutant("text", "sorts patterns as text", "/~ada", choose=min)
_mutant(
    "first", "the pattern whose first parameter comes last", choose=lambda p: max(p, key=_first_parameter)
)
_mutant("first", "weighs the texts", choose=_weighed(lambda i: 1 / i))
_mutant("anything", "asks for the truth of handlers", handler=_truthy(_handler))
_mutant("anything", "HEAD or GET", "HEAD /two", handler=_head_or_get)
_mutant("anything", "calls handlers", "TypeError", handler=_called)
_mutant("allow", "head in small letters", "head /users", handler=_any_capitals)
_mutant("allow", "Allow in capitals", "get", allow=_in_capitals)


@mutant("router", "back", says="texts that lead nowhere")
def never_back(method: str, target: str, routes: Routes) -> Answer:
    """goes down a tree, and never back"""
    found = list(routes)
    for place, text in enumerate(_segments(target.partition("?")[0])):
        here = [pattern.split("/")[place : place + 1] for pattern in found]
        named = [each for each in here if each and each[0][:1] == "{" and text]
        wanted = [text] if [text] in here else named[0] if named else None
        found = [pattern for pattern, each in zip(found, here, strict=True) if each == wanted]
    return _route(method, target, {pattern: routes[pattern] for pattern in found})


@mutant("router", "back", says="'w': 'a'")
def leftovers(method: str, target: str, routes: Routes) -> Answer:
    """parameters of patterns that match at their beginning only"""
    segments, left = _segments(target.partition("?")[0]), {}
    answer = _route(method, target, routes)
    for pattern in routes:
        parts = pattern.split("/")
        if len(parts) == len(segments) and answer[0] == 200 and parts[1][:1] == "{" and segments[1]:
            left[parts[1][1:-1]] = segments[1]
    return answer[0], answer[1], {**left, **answer[2]} if answer[2] else answer[2], answer[3]


@mutant("router", "winner", says="HEAD /pages/new")
def head_finds_get(method: str, target: str, routes: Routes) -> Answer:
    """HEAD asks patterns with GET first"""
    first = _route("GET", target, {p: m for p, m in routes.items() if "GET" in m and "HEAD" not in m})
    return first if method == "HEAD" and first[0] == 200 else _route(method, target, routes)


@mutant("router", "allow")
def of_all(method: str, target: str, routes: Routes) -> Answer:
    """the methods of all patterns that match"""
    segments = _segments(target.partition("?")[0])
    every = {m: "" for p, methods in routes.items() if _match(p, segments) is not None for m in methods}
    return _route(method, target, routes, allow=lambda methods: _allow(every))


@mutant("router", "options", says="OPTIONS /users/42")
def with_parameters(method: str, target: str, routes: Routes) -> Answer:
    """parameters with 204"""
    status, handler, values, allow = _route(method, target, routes)
    return status, handler, _route("GET", target, routes)[2] if status == 204 else values, allow


@mutant("router", "anything", says="/nothing")
def no_methods(method: str, target: str, routes: Routes) -> Answer:
    """a pattern without methods is none"""
    return _route(method, target, {pattern: methods for pattern, methods in routes.items() if methods})
