"""01-2 in_order: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import random

from ..registry import mutant, right

GOOD = [
    "server: socket", "server: bind", "server: listen", "client: socket", "client: connect", "server: accept",
    "client: sendall", "server: recv", "server: sendall", "client: recv", "client: close", "server: close",
]  # fmt: skip


def _moved(calls: list[str], call: str, before: str) -> list[str]:
    """The good order, but with one call moved to just before another one."""
    order = [other for other in GOOD if other != call]
    order.insert(order.index(before), call)
    return [one for one in order if one in calls]


@right("in_order")
def another_order(calls: list[str]) -> list[str]:
    """the client speaks before accept; the server speaks first; the server closes first"""
    order = [
        "client: socket", "server: socket", "server: bind",
        "server: listen", "client: connect", "client: sendall",
        "server: accept", "server: sendall", "client: recv", "server: recv", "server: close", "client: close",
    ]  # fmt: skip
    return [call for call in order if call in calls]


@right("in_order")
def by_rules(calls: list[str]) -> list[str]:
    """by rules: whatever may go next goes next, in any order"""
    needs = {
        "server: bind": ["server: socket"], "server: listen": ["server: bind"],
        "client: connect": ["client: socket", "server: listen"],
        "server: accept": ["client: connect"], "client: sendall": ["client: connect"],
        "server: sendall": ["server: accept"],
        "server: recv": ["server: accept", "client: sendall"], "client: recv": ["server: sendall"],
        "client: close": ["server: recv", "client: recv", "server: accept", "server: sendall"],
        "server: close": ["server: recv", "server: sendall", "client: close", "server: accept"],
    }  # fmt: skip
    left, done = list(calls), []
    while left:
        ready = [c for c in left if not any(n in left for n in needs.get(c, []))]
        done.append(random.choice(ready))
        left.remove(done[-1])
    return done


@mutant("in_order", "listen", says="ConnectionRefusedError")
def connects_too_early(calls: list[str]) -> list[str]:
    """connect before listen"""
    order = [c for c in GOOD if c != "client: socket"]
    order.insert(0, "client: socket")
    order.remove("client: connect")
    order.insert(order.index("server: listen"), "client: connect")
    return [c for c in order if c in calls]


@mutant("in_order", "accept", says="would wait for ever")
def accepts_too_early(calls: list[str]) -> list[str]:
    """accept before connect"""
    return _moved(calls, "server: accept", "client: connect")


@mutant("in_order", "recv", says="would wait for ever")
def receives_too_early(calls: list[str]) -> list[str]:
    """recv before sendall"""
    return _moved(calls, "server: recv", "client: sendall")


@mutant("in_order", "bind", says="refused by the kernel")
def binds_too_late(calls: list[str]) -> list[str]:
    """bind after listen"""
    return _moved(calls, "server: bind", "client: socket")


@mutant("in_order", "last", says="refused by the kernel")
def closes_first(calls: list[str]) -> list[str]:
    """close before the last recv"""
    return _moved(calls, "client: close", "client: recv")


@mutant("in_order", "last")
def server_closes_too_early(calls: list[str]) -> list[str]:
    """the server closes before it has received"""
    return _moved(calls, "server: close", "server: recv")


@mutant("in_order", "same", says="server: listen missing")
def leaves_one_out(calls: list[str]) -> list[str]:
    """forgets listen"""
    return [c for c in GOOD if c in calls and c != "server: listen"]


@mutant("in_order", "same")
def adds_some(calls: list[str]) -> list[str]:
    """returns all twelve calls, whatever it was given"""
    return list(GOOD)


@mutant("in_order", "socket")
def as_they_came(calls: list[str]) -> list[str]:
    """sorted by the alphabet"""
    return sorted(calls, key=lambda c: (c.endswith("socket"), c))


@mutant("in_order", "start", says="without `return`")
def sorts_in_place(calls: list[str]) -> None:
    """calls.sort(...) returns None"""
    calls.sort(key=GOOD.index)


@mutant("in_order", "same")
def three_lists(calls: list[str]) -> list[str]:
    """writes down the orders that it has seen"""
    silent = [side for side in ("client", "server") if f"{side}: sendall" not in calls]
    heard = {"client": "server: recv", "server": "client: recv"}
    return [
        call
        for call in GOOD
        if call not in [f"{side}: sendall" for side in silent] + [heard[side] for side in silent]
    ]


@mutant("in_order", "same", says="a list of calls")
def a_generator(calls: list[str]) -> object:
    """a generator instead of a list"""
    return (call for call in GOOD if call in calls)
