"""Notebook 08, exercises 1 and 2: other right solutions, and those that are wrong as real ones are."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus

from .registry import mutant, right

# -- 08-1 router -------------------------------------------------------------------------------------

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


def _handler(method: str, methods: dict[str, Any]) -> Any:
    return methods.get(method, methods.get("GET") if method == "HEAD" else None)


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
    if found is not None:
        return 200, found, match(best, parts) or {}, ""
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
    kept = target.replace("%2F", "%252F")
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
    mine = {pattern: methods for pattern, methods in routes.items() if _handler(method, methods) is not None}
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
    return _route(method, target, routes, handler=lambda method, methods: methods.get(method))


@mutant("router", "head", says="HEAD /own")
def head_is_get(method: str, target: str, routes: Routes) -> Answer:
    """always asks GET"""
    return _route("GET" if method == "HEAD" else method, target, routes)


@mutant("router", "head", says="HEAD /in")
def head_everywhere(method: str, target: str, routes: Routes) -> Answer:
    """answers HEAD where there is no GET"""

    def handler(method: str, methods: dict[str, Any]) -> Any:
        return _handler(method, methods) or (next(iter(methods.values())) if method == "HEAD" else None)

    return _route(method, target, routes, handler=handler)


@mutant("router", "options")
def options_405(method: str, target: str, routes: Routes) -> Answer:
    """OPTIONS is a method like any other"""
    return _route(method, target, routes, options=405)


@mutant("router", "options", says="OPTIONS /own")
def options_always(method: str, target: str, routes: Routes) -> Answer:
    """never asks the handler of OPTIONS"""
    handler = lambda method, methods: None if method == "OPTIONS" else _handler(method, methods)  # noqa: E731
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


# -- 08-2 static_file --------------------------------------------------------------------------------


@right("static_file")
def with_pathlib(root: str, target: str) -> bytes | None:
    """pathlib, part by part"""
    base = Path(root).resolve()
    names = [unquote(name) for name in target.split("?")[0][1:].split("/")]
    if any(name in ("", ".", "..") or re.search(r"[/\\\0]", name) for name in names):
        return None
    try:
        place = base.joinpath(*names).resolve(strict=True)
        if place.is_file() and base in place.parents:
            return place.read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: a link to itself, before Python 3.13
        pass
    return None


def _cut(target: str) -> list[str]:
    return [unquote(segment) for segment in target.partition("?")[0].split("/")[1:]]


def _proper(segments: list[str]) -> bool:
    return not any(each in ("", ".", "..") or set(each) & set("/\\\0") for each in segments)


def _inside(root: str, place: str) -> bool:
    return os.path.commonpath([root, place]) == root


def _read(place: str) -> bytes | None:
    if not os.path.isfile(place):
        return None
    with open(place, "rb") as file:
        return file.read()


def _give(
    root: str,
    target: str,
    cut: Callable[[str], list[str]] = _cut,
    proper: Callable[[list[str]], bool] = _proper,
    real: Callable[[str], str] = os.path.realpath,
    real_root: Callable[[str], str] = os.path.realpath,
    inside: Callable[[str, str], bool] = _inside,
    read: Callable[[str], Any] = _read,
) -> Any:
    segments = cut(target)
    if not proper(segments):
        return None
    base = real_root(root)
    place = real(os.path.join(base, *segments))
    return read(place) if inside(base, place) else None


@mutant("static_file", "query")
def question_in_the_name(root: str, target: str) -> Any:
    """looks for a file with a question mark in its name"""
    return _give(root, target, cut=lambda t: [unquote(each) for each in t.split("/")[1:]])


@mutant("static_file", "bytes", says="not text")
def as_text(root: str, target: str) -> Any:
    """reads text"""
    return _give(root, target, read=lambda place: Path(place).read_text("utf-8"))


@mutant("static_file", "bytes")
def empty_is_nothing(root: str, target: str) -> Any:
    """None for a file of no bytes"""
    return _give(root, target) or None


@mutant("static_file", "names", says="..hidden")
def dots_anywhere(root: str, target: str) -> Any:
    """looks for .. anywhere in the text"""
    return _give(root, target, proper=lambda s: ".." not in "/".join(s) and _proper(s))


@mutant("static_file", "names")
def does_not_decode(root: str, target: str) -> Any:
    """%20 stays %20"""
    return _give(root, target, cut=lambda t: t.partition("?")[0].split("/")[1:])


@mutant("static_file", "names", says="a+b")
def plus_for_space(root: str, target: str) -> Any:
    """takes a path for a form"""
    return _give(root, target, cut=lambda t: [unquote_plus(s) for s in t.partition("?")[0].split("/")[1:]])


@mutant("static_file", "once")
def decoded_twice(root: str, target: str) -> Any:
    """decodes twice"""
    return _give(root, target, cut=lambda t: [unquote(s) for s in _cut(t)])


@mutant("static_file", "once")
def until_nothing_changes(root: str, target: str) -> Any:
    """decodes as long as there is something to decode"""

    def cut(target: str) -> list[str]:
        path = target.partition("?")[0]
        while unquote(path) != path:
            path = unquote(path)
        return path.split("/")[1:]

    return _give(root, target, cut=cut)


@mutant("static_file", "missing", says="FileNotFoundError")
def opens_at_once(root: str, target: str) -> Any:
    """opens whatever it is"""
    return _give(root, target, read=lambda place: Path(place).read_bytes())


@mutant("static_file", "missing")
def only_not_found(root: str, target: str) -> Any:
    """catches FileNotFoundError only"""

    def read(place: str) -> bytes | None:
        try:
            return None if os.path.isdir(place) else Path(place).read_bytes()
        except FileNotFoundError:
            return None

    return _give(root, target, read=read)


@mutant("static_file", "ordinary")
def folders_too(root: str, target: str) -> Any:
    """opens whatever is there"""
    return _give(root, target, read=lambda place: Path(place).read_bytes() if os.path.exists(place) else None)


@mutant("static_file", "ordinary", says="/pipe")
def waits_at_the_pipe(root: str, target: str) -> Any:
    """a pipe is no folder"""

    def read(place: str) -> bytes | None:
        if not os.path.exists(place) or os.path.isdir(place):
            return None
        with open(place, "rb") as file:
            return file.read()

    return _give(root, target, read=read)


@mutant("static_file", "out", says="from outside root")
def trusting(root: str, target: str) -> Any:
    """joins and opens"""
    try:
        return _read(root + unquote(target.partition("?")[0]))
    except (OSError, ValueError):
        return None


@mutant("static_file", "out", says="/....//secret.txt")
def takes_dots_out(root: str, target: str) -> Any:
    """removes ../ from the path"""
    return _read(root + "/" + unquote(target.partition("?")[0])[1:].replace("../", ""))


@mutant("static_file", "decode first", says="from outside root")
def checks_too_early(root: str, target: str) -> Any:
    """checks what has not been decoded"""
    path = target.partition("?")[0]
    if set(path.split("/")[1:]) & {"", ".", ".."} or "....//" in path:
        return None
    return _read(root + unquote(path))


@mutant("static_file", "absolute", says="from outside root")
def joined(root: str, target: str) -> Any:
    """os.path.join with what begins with a slash"""
    path = unquote(target.partition("?")[0])[1:]
    return None if ".." in path.split("/") else _read(os.path.join(root, path))


@mutant("static_file", "segments", says="/css/../index.html")
def detours(root: str, target: str) -> Any:
    """only the real place counts"""
    return _give(root, target, proper=lambda segments: "\0" not in "".join(segments))


@mutant("static_file", "segments")
def tidies_up(root: str, target: str) -> Any:
    """leaves . and empty segments out"""
    return _give(root, target, cut=lambda target: [each for each in _cut(target) if each not in ("", ".")])


@mutant("static_file", "backslash")
def slashes_only(root: str, target: str) -> Any:
    """a backslash is a character like any other"""
    return _give(root, target, proper=lambda segments: _proper([s.replace("\\", "_") for s in segments]))


@mutant("static_file", "nul", says="ValueError")
def forgets_nul(root: str, target: str) -> Any:
    """a NUL is a character like any other"""
    return _give(root, target, proper=lambda segments: _proper([s.replace("\0", "_") for s in segments]))


@mutant("static_file", "nul")
def cuts_at_nul(root: str, target: str) -> Any:
    """ends a name at its NUL, as C does"""
    return _give(root, target, cut=lambda target: [each.partition("\0")[0] for each in _cut(target)])


@mutant("static_file", "link", says="from outside root")
def looks_at_text(root: str, target: str) -> Any:
    """abspath, which follows no link"""
    return _give(root, target, real=os.path.abspath)


@mutant("static_file", "prefix", says="from outside root")
def startswith(root: str, target: str) -> Any:
    """startswith(root)"""
    return _give(root, target, inside=lambda root, place: place.startswith(root))


@mutant("static_file", "inside")
def no_links(root: str, target: str) -> Any:
    """refuses every link"""
    return _give(root, target, inside=lambda r, place: place == os.path.join(r, *_cut(target)))


@mutant("static_file", "root")
def root_as_written(root: str, target: str) -> Any:
    """follows the links of the file, not those of root"""
    return _give(root, target, real_root=os.path.abspath)
