"""07-4 cached_get: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

from ..registry import mutant, right
from .shared_clients import _split


def _ask(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
    with closing(http.client.HTTPConnection(*address)) as client:
        client.request("GET", target, headers=fields)
        response = client.getresponse()
        return response.status, response.headers, response.read()


def _directives(headers: Any) -> dict[str, str]:
    text = ",".join(headers.get_all("Cache-Control") or []).lower()
    return {each.strip().partition("=")[0]: each.partition("=")[2].strip() for each in text.split(",")}


def _age(headers: Any) -> int:
    return int(headers.get("Age", 0))


def _is_fresh(age: float, lifetime: int) -> bool:
    return age < lifetime


def _cached(
    address: Any,
    target: Any,
    cache: Any,
    now: Any,
    *,
    key: Callable[[Any, str], Any] = lambda address, target: (address, target),
    ask: Callable[..., tuple[int, Any, bytes]] = _ask,
    fresh: Callable[[float, int], bool] = _is_fresh,
    directives: Callable[[Any], dict[str, str]] = _directives,
    age: Callable[[Any], int] = _age,
    tag: Callable[[str], str] = lambda etag: etag,
    stored_statuses: tuple[int, ...] = (200,),
    renew: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] | None = None,
    default: int = 0,
    keep_old: bool = False,
    no_store: str = "no-store",
    no_cache: str = "no-cache",
) -> Any:
    """A right cache whose parts can be replaced by wrong ones."""
    name = key(address, target)
    entry = cache.get(name)
    if entry is not None:
        rules = entry["rules"]
        lifetime = 0 if no_cache in rules else int(rules.get("max-age", default))
        if fresh(now - entry["time"] + entry["age"], lifetime):
            return entry["status"], entry["body"]
    fields = {"If-None-Match": tag(entry["etag"])} if entry and entry["etag"] else {}
    status, headers, body = ask(address, target, fields)
    new = {
        "status": status,
        "body": body,
        "etag": headers["ETag"],
        "rules": directives(headers) if headers["Cache-Control"] else {},
        "time": now,
        "age": age(headers),
    }
    if status == 304 and entry is not None:
        same = {"status": entry["status"], "body": entry["body"], "etag": new["etag"] or entry["etag"]}
        new = {**new, **same, "rules": new["rules"] or entry["rules"]}
        cache[name] = renew(entry, new) if renew else new
        return new["status"], new["body"]
    if status not in stored_statuses:
        return status, body
    if no_store in new["rules"]:
        if not keep_old:
            cache.pop(name, None)
        return status, body
    cache[name] = new
    return status, body


@right("cached_get")
def cache_in_parts(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """a dict of dicts"""
    return _cached(address, target, cache, now)


@right("cached_get")
def by_hand(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """with a socket, and one connection for each request"""

    def ask(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
        lines = [f"GET {target} HTTP/1.1", f"Host: {address[0]}:{address[1]}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        data = bytearray()
        with socket.create_connection(address) as sock:
            sock.sendall("\r\n".join([*lines, "", ""]).encode())
            while b"\r\n\r\n" not in data:
                data += sock.recv(4096)
            head, _, body = bytes(data).partition(b"\r\n\r\n")
            first, _, rest = head.decode("latin-1").partition("\r\n")
            headers = http.client.HTTPMessage()
            for line in filter(None, rest.split("\r\n")):
                headers.add_header(*_split(line))
            status = int(first.split()[1])
            while status != 304 and len(body) < int(headers["Content-Length"]):
                body += sock.recv(4096)
        return status, headers, body

    return _cached(address, target, cache, now, ask=ask, key=lambda address, target: f"{address} {target}")


@mutant("cached_get", "start")
def no_cache_yet(address: Any, target: Any, cache: Any, now: Any) -> None:
    """pass"""


@mutant("cached_get", "start")
def returns_the_body(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """returns the body alone"""
    return _cached(address, target, cache, now)[1]


@mutant("cached_get", "request")
def host_only(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """sends a Host without the port"""
    return _cached(
        address,
        target,
        cache,
        now,
        ask=lambda address, target, fields: _ask(address, target, {**fields, "Host": address[0]}),
    )


@mutant("cached_get", "fresh")
def always_asks(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """asks each time, with the ETag"""
    return _cached(address, target, cache, now, fresh=lambda age, lifetime: False)


@mutant("cached_get", "fresh")
def zero_is_no_time(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """if stored_at: ... and 0.0 is false"""
    entry = cache.get((address, target))
    if entry and not entry["time"]:
        cache.pop((address, target))
    return _cached(address, target, cache, now)


@mutant("cached_get", "stale")
def for_ever(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """what is stored is fresh for ever"""
    return _cached(address, target, cache, now, fresh=lambda age, lifetime: True)


@mutant("cached_get", "stale", says="without asking the server")
def one_second_longer(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """age <= max-age"""
    return _cached(address, target, cache, now, fresh=lambda age, lifetime: age <= lifetime)


@mutant("cached_get", "stale")
def a_minute_by_default(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """60 seconds without max-age"""
    return _cached(address, target, cache, now, default=60)


@mutant("cached_get", "stale")
def looks_at_the_clock(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """time.time() instead of now"""
    return _cached(address, target, cache, now, fresh=lambda age, lifetime: lifetime > 0)


@mutant("cached_get", "once")
def asks_twice_if_changed(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """asks whether it has changed, and then for the page"""

    def ask(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
        status, headers, body = _ask(address, target, fields)
        return _ask(address, target, {}) if fields and status == 200 else (status, headers, body)

    return _cached(address, target, cache, now, ask=ask)


@mutant("cached_get", "tag", says="you sent")
def strips_the_quotes(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """the ETag without its quotes"""
    return _cached(address, target, cache, now, tag=lambda etag: etag.strip('"'))


@mutant("cached_get", "tag")
def strips_weak(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """the ETag without W/"""
    return _cached(address, target, cache, now, tag=lambda etag: etag.removeprefix("W/"))


@mutant("cached_get", "tag")
def asks_without_condition(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """no If-None-Match"""
    return _cached(address, target, cache, now, ask=lambda address, target, fields: _ask(address, target, {}))


@mutant("cached_get", "unchanged", says="the server said 304")
def passes_304_on(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """returns (304, the stored body)"""
    last: list[int] = []

    def ask(*args: Any) -> tuple[int, Any, bytes]:
        answer = _ask(*args)
        last.append(answer[0])
        return answer

    status, body = _cached(address, target, cache, now, ask=ask)
    return (304 if last == [304] else status), body


@mutant("cached_get", "unchanged")
def empty_304(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """returns the empty body of a 304"""
    return _without_body(address, target, cache, now)


def _without_body(address: Any, target: Any, cache: Any, now: Any) -> Any:
    entry = cache.get((address, target))
    asked: list[int] = []

    def ask(*args: Any) -> tuple[int, Any, bytes]:
        answer = _ask(*args)
        asked.append(answer[0])
        return answer

    status, body = _cached(address, target, cache, now, ask=ask)
    return (status, b"") if entry and asked == [304] else (status, body)


@mutant("cached_get", "renew")
def does_not_renew(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """304 changes nothing in the entry"""
    return _cached(address, target, cache, now, renew=lambda old, new: old)


@mutant("cached_get", "renew")
def only_the_time(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """304 sets the time, and its fields are not looked at"""
    return _cached(address, target, cache, now, renew=lambda old, new: {**old, "time": now})


@mutant("cached_get", "renew")
def forgets_the_rules(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """304 without Cache-Control: never fresh again"""
    return _cached(
        address,
        target,
        cache,
        now,
        renew=lambda old, new: {**new, "rules": {} if new["rules"] is old["rules"] else new["rules"]},
    )


@mutant("cached_get", "replace")
def keeps_the_etag(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """200 changes the body and the time of the old entry"""
    old = cache.get((address, target))
    result = _cached(address, target, cache, now)
    new = cache.get((address, target))
    if old and new and new is not old:
        new["etag"] = new["etag"] or old["etag"]
    return result


@mutant("cached_get", "replace")
def keeps_the_old(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """what is stored is never replaced"""
    old = cache.get((address, target))
    result = _cached(address, target, cache, now)
    new = cache.get((address, target))
    if old and new and old["etag"] and new["etag"] != old["etag"] and new["body"] != old["body"]:
        cache[address, target] = {**old, "time": now}
    return result


@mutant("cached_get", "no-store")
def stores_all(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """does not look for no-store"""
    return _cached(address, target, cache, now, no_store="")


@mutant("cached_get", "no-store")
def keeps_the_older(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """no-store does not store, and keeps the older answer"""
    return _cached(address, target, cache, now, keep_old=True)


@mutant("cached_get", "no-cache", says="without asking the server")
def ignores_no_cache(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """does not look for no-cache"""
    return _cached(address, target, cache, now, no_cache="")


@mutant("cached_get", "no-cache")
def no_cache_is_no_store(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """takes no-cache for no-store"""

    def directives(headers: Any) -> dict[str, str]:
        found = _directives(headers)
        return {**found, "no-store": ""} if "no-cache" in found else found

    return _cached(address, target, cache, now, directives=directives)


def _by_pattern(pattern: str, flags: int = 0) -> Callable[[Any], dict[str, str]]:
    def directives(headers: Any) -> dict[str, str]:
        text = ", ".join(headers.get_all("Cache-Control"))
        found = re.search(pattern, text, flags)
        return {**_directives(headers), "max-age": found[1] if found else "0"}

    return directives


@mutant("cached_get", "list")
def max_age_in_small_letters(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """re.search("max-age=([0-9]+)") in small letters"""
    return _cached(address, target, cache, now, directives=_by_pattern("(?:^|[ ,])max-age=([0-9]+)"))


@mutant("cached_get", "list")
def max_age_anywhere(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """finds max-age inside x-max-age"""
    return _cached(address, target, cache, now, directives=_by_pattern("max-age=([0-9]+)", re.I))


@mutant("cached_get", "list")
def first_field_only(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """headers["Cache-Control"]: the first of two fields"""

    def directives(headers: Any) -> dict[str, str]:
        text = headers["Cache-Control"].lower()
        return {each.strip().partition("=")[0]: each.partition("=")[2].strip() for each in text.split(",")}

    return _cached(address, target, cache, now, directives=directives)


@mutant("cached_get", "list")
def no_store_anywhere(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """ "no-store" in the text"""

    def directives(headers: Any) -> dict[str, str]:
        found = _directives(headers)
        return {**found, "no-store": ""} if "no-store" in str(found) else found

    return _cached(address, target, cache, now, directives=directives)


@mutant("cached_get", "age")
def ignores_age(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """does not look at Age"""

    def renew(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        return new

    entry = cache.get((address, target))
    result = _cached(address, target, cache, now, renew=renew)
    new = cache.get((address, target))
    if new is not None and new is not entry and new["etag"] is None:
        new["age"] = 0
    return result


@mutant("cached_get", "other")
def stores_every_status(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """stores 404, too"""
    return _cached(address, target, cache, now, stored_statuses=(200, 404))


@mutant("cached_get", "other")
def forgets_on_error(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """an error throws the stored answer away"""
    status, body = _cached(address, target, cache, now)
    if status >= 400:
        cache.pop((address, target), None)
    return status, body


@mutant("cached_get", "key")
def by_target(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """cache[target]: the same for all servers"""
    return _cached(address, target, cache, now, key=lambda address, target: target)


@mutant("cached_get", "key")
def by_address(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """cache[address]: the same for all targets"""
    return _cached(address, target, cache, now, key=lambda address, target: address)


_EVERYBODYS: dict[Any, Any] = {}


@mutant("cached_get", "outside", says="cache was empty")
def a_cache_of_its_own(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """keeps the pages in a global dict"""
    return _cached(address, target, _EVERYBODYS, now)


# -- words of the contract that are easily passed over ---------------------------------------------------


def _mutant(hint: str, name: str, says: str = "", **wrong: Any) -> None:
    """Right but for this."""

    def cached_get(address: Any, target: Any, cache: Any, now: Any) -> Any:
        return _cached(address, target, cache, now, **wrong)

    cached_get.__doc__, cached_get.__name__ = name, name.replace(" ", "_")
    mutant("cached_get", hint, says)(cached_get)


def _like_no_cache(headers: Any) -> dict[str, str]:
    found = _directives(headers)
    return {**found, "no-cache": ""} if "no-cache" in str(found) else found


def _last_like_max_age(headers: Any) -> dict[str, str]:
    found = _directives(headers)
    ages = [value for name, value in found.items() if name.endswith("max-age")]
    return {**found, "max-age": ages[-1]} if ages else found


def _last_field(headers: Any) -> dict[str, str]:
    last = http.client.HTTPMessage()
    last["Cache-Control"] = headers.get_all("Cache-Control")[-1]
    return _directives(last)


def _with_old_rules(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {**new, "rules": {**old["rules"], **new["rules"]}}


def _with_old_age(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {**new, "age": new["age"] or old["age"]}


def _with_old_tag(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {**new, "etag": old["etag"]}


def _ask_once_more(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
    status, headers, body = _ask(address, target, fields)
    return _ask(address, headers["Location"], {}) if status == 301 else (status, headers, body)


def _ask_for_some(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
    status, headers, body = _ask(address, target, fields)
    return status, headers, body[:65536]


_mutant("list", "no-cache anywhere", directives=_like_no_cache)
_mutant("list", "the last that ends with max-age", directives=_last_like_max_age)
_mutant("list", "the last of two fields", directives=_last_field)
_mutant("renew", "adds the directives of a 304 to the old ones", renew=_with_old_rules)
_mutant("renew", "keeps the Age when a 304 has none", renew=_with_old_age)
_mutant("renew", "keeps the ETag when a 304 has another", renew=_with_old_tag)
_mutant("once", "follows a redirect", ask=_ask_once_more)
_mutant("other", "stores 203", stored_statuses=(200, 203))
_mutant("large", "the first 64 kB", ask=_ask_for_some)
_mutant("key", "without the query", key=lambda address, target: (address, target.partition("?")[0]))


@mutant("cached_get", "stale")
def whole_seconds(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """counts whole seconds"""
    return _cached(address, target, cache, int(now))


@mutant("cached_get", "key")
def forgets_all(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """no-store throws everything away"""

    result = _cached(address, target, cache, now)
    if result[0] == 200 and (address, target) not in cache:
        cache.clear()
    return result


_OPEN: list[http.client.HTTPConnection] = []


@mutant("cached_get", "close", says="socket open")
def leaves_it_open(address: Any, target: Any, cache: Any, now: Any) -> Any:
    """does not close the connection"""

    def ask(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
        _OPEN.append(client := http.client.HTTPConnection(*address))
        client.request("GET", target, headers=fields)
        response = client.getresponse()
        return response.status, response.headers, response.read()

    return _cached(address, target, cache, now, ask=ask)
