"""Cases for parse_request (07-1): heads of requests, right and wrong, cut at every place."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from ...check.lab import Lab
from ...wire.http_messages import BadMessage, end_of_head, parse_request

Head = tuple[str, str, dict[str, str], bytes]
HOST = b"Host: localhost\r\n"


def request(*fields: bytes, line: bytes = b"GET /hello HTTP/1.1", host: bytes = HOST) -> bytes:
    """A head with these field lines."""
    return line + b"\r\n" + host + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


HELLO = request()


def oracle(data: bytes) -> Head | None:
    """What parse_request has to give. Raises BadMessage. Not for heads that say how long their body is."""
    end = end_of_head(data)
    if end < 0:
        return None
    head = parse_request(data[:end])
    fields: dict[str, str] = {each.name.lower(): head.get(each.name) for each in head.fields}
    return head.method, head.target, fields, data[end:]


BODY = request(b"Content-Type: text/plain", line=b"POST /upload HTTP/1.1")
FOLLOWED = [BODY + b"hello\n", BODY + b"\r\n\r\nhello\r\n\r\n", request() + request(line=b"GET /b HTTP/1.1")]
CAPITALS = [request(b"ACCEPT: Text/HTML", b"uSER-aGENT: Me"), request(host=b"HOST: A\r\n")]
VALUED = [
    request(b"Referer: http://localhost:8000/a?b:c", b"X-Empty:", b"X-Blank: \t "),
    request(b"A:b", b"C: \t d e \t f  ", b'E: "x:y"', host=b"Host: localhost:8000\r\n"),
]
LATIN = [request(b"X-City: K\xf6ln", b"X-Odd: a\x85b\xa0"), request(b"X-Odd: \xa0a\x85")]
REPEATED = [request(b"Accept: a", b"Via: x", b"ACCEPT: b", b"accept: c, d"), request(b"A: ", b"a: b", b"A:")]
VERSIONS = [request(line=b"GET / HTTP/1.0", host=b""), request(line=b"GET /a:b HTTP/1.2")]
HOSTS = [
    request(host=b""),
    request(b"Host: localhost:8000"),
    request(b"hOST: another"),
    request(b"X-Host: a", host=b""),
    request(host=b"", line=b"GET http://localhost/ HTTP/1.1"),
]
BARE = [
    HELLO.replace(b"\r\n", b"\n", 1),
    request(b"A: b\nC: d"),
    b"GET / HTTP/1.1\nHost: a\n\r\n\r\n",
    b"\n" + HELLO,
]
ENDLESS = [HELLO.replace(b"\r\n", b"\n"), b"GET / HTTP/1.1\n", HELLO[:-2] + b"\n", HELLO[:-2] + b"A: b\n\n"]
FOLDED = [request(b"A: b", b" c"), request(b"A: b", b"\tc: d"), request(b" A: b", host=b"") + HOST]
SPACED = [request(b"A : b"), request(b"A\t: b"), request(host=b"Host : localhost\r\n")]
FIRST = [
    request(line=line)
    for line in (
        b"GET /", b"GET / HTTP/2.0", b"GET / HTTP/1.10", b"GET / http/1.1", b"GET / HTTP/1.",
        b"GET / HTTP/1.x", b"GET  / HTTP/1.1", b"GET /  HTTP/1.1", b"GET\t/ HTTP/1.1", b" GET / HTTP/1.1",
        b"GET / HTTP/1.1 ",
        b"GET /a b HTTP/1.1", b"GET HTTP/1.1", b"GET  HTTP/1.1", b"G:T / HTTP/1.1", b"GET /\xe4 HTTP/1.1",
        b"GET /\x00 HTTP/1.1", b"HTTP/1.1 200 OK", b"", b"GET / HTTP/11", b"GET / XTTP/1.1",
        b"GET / HTTP/1.\xb2",
    )
]  # fmt: skip
NAMELESS = [
    request(each) for each in (b"no colon", b": x", b"A B: c", b"K\xf6: c", b"(a): b", b"a\x00: b", b'"a": b')
]
CONTROLS = [
    *[request(b"A: b%cd" % value) for value in (0, 1, 8, 11, 12, 13, 27, 28, 31, 127)],
    request(b"A: b\r"),
    request(b"A: b\x0b"),
    request(b"A: \x1fb"),
]


class Reading:
    """Calls the learner's function with one piece of data after another, all in one thread of its own."""

    def __init__(self, lab: Lab, pieces: Iterable[bytes]) -> None:
        self.pieces, self.outcomes = list(pieces), []  # type: ignore[var-annotated]
        function = lab.function

        def read() -> None:
            for data in self.pieces:
                try:
                    self.outcomes.append((function(data), None))
                except ValueError as error:
                    self.outcomes.append((None, error))

        lab.function = read
        try:
            lab.call()
        finally:
            lab.function = function


def _shown(data: bytes) -> str:
    return repr(data) if len(data) <= 80 else f"…{data[-76:]!r}"


def judge(lab: Lab, data: bytes, outcome: tuple[Any, ValueError | None], whole: bytes) -> None:
    """One outcome for `data`, the first bytes of `whole`."""
    got, error = outcome
    for_this = f"for data that ends in {_shown(data)}" if len(data) > 80 else f"for data = {data!r}"
    try:
        expected = oracle(data)
    except BadMessage as reason:
        if error is None:
            lab.wrong(f"{for_this} this asks for ValueError: {reason}", got=_plain(got))
        return
    if expected is None and got is None:
        if error is None or _is_bad(whole):
            return
        lab.wrong(f"{for_this} your function raised {_named(error)}: it had to return None", hint="part")
    if error is not None:
        lab.wrong(f"{for_this} your function raised {_named(error)}: the head is right")
    if expected is None:
        lab.wrong(f"the head is not complete {for_this}", expected=None, got=_plain(got), hint="part")
    if not isinstance(got, (tuple, list)) or len(got) != 4:
        key = "rest" if got is None and expected[3] else "start"
        lab.wrong(for_this, expected=expected, got=_plain(got), hint=key)
    for name, right, given in zip(("method", "target", "headers", "rest"), expected, got, strict=True):
        if name == "rest":
            lab.equal(given, right, hint="rest", verb="your rest")
        elif not isinstance(given, type(right)) or right != given:
            _judge_part(lab, name, right, given)


def _judge_part(lab: Lab, name: str, right: Any, given: Any) -> None:
    if isinstance(right, dict) and isinstance(given, dict):
        for key in [*right, *given]:
            if right.get(key) != given.get(key):
                said = f"the headers differ at {key!r}"
                same = [other for other in given if str(other).lower() == key and other not in right]
                if same or (key not in right and str(key).lower() in right):
                    lab.wrong(said, expected=str(key).lower(), got=(same or [key])[0], hint="name")
                if key in given and key in right and _bare(given[key]) == _bare(right[key]):
                    lab.wrong(said, expected=right[key], got=given[key], hint="value")
                if key not in right:
                    lab.wrong(f"there is no field {key!r} in it", got=given[key])
                lab.wrong(said, expected=right[key], got=given.get(key))
    lab.wrong(f"the {name} is another", expected=right, got=given)


def _bare(value: Any) -> Any:
    return value.strip(" \t") if isinstance(value, str) else None


def _plain(got: Any) -> Any:
    return bytes(got) if isinstance(got, bytearray) else got


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _is_bad(whole: bytes) -> bool:
    try:
        oracle(whole)
    except BadMessage:
        return True
    return False


# -- the cases ---------------------------------------------------------------------------------------


def read(lab: Lab, *messages: bytes) -> None:
    """Each message, complete."""
    for message, outcome in zip(messages, Reading(lab, messages).outcomes, strict=True):
        judge(lab, message, outcome, message)


def split(lab: Lab, *messages: bytes) -> None:
    """The first byte of each message, the first two bytes, and so on."""
    for message in messages:
        pieces = [message[:end] for end in range(len(message) + 1)]
        for piece, outcome in zip(pieces, Reading(lab, pieces).outcomes, strict=True):
            judge(lab, piece, outcome, message)


NAMES = (b"Accept", b"User-Agent", b"X-Request-Id", b"Cookie", b"a", b"~!#$%&'*+-.^_`|9", b"If-None-Match")
VALUES = (b"", b"x", b"text/html;q=0.9, */*", b"a\tb", b'W/"1:2:3"', b"gr\xfc\xdfe", b"\xa0\x85", b'":"')
METHODS = (b"GET", b"POST", b"OPTIONS", b"get", b"M-SEARCH", b"X!")
TARGETS = (b"/", b"/a?b=c&d", b"*", b"http://localhost/x:y", b"/%20%7E~", b"//", b"localhost:80")


def any_request(rng: random.Random) -> bytes:
    line = b"%b %b HTTP/1.%d" % (rng.choice(METHODS), rng.choice(TARGETS), rng.choice((0, 1, 1, 1, 2)))
    blank = (b"", b" ", b"\t", b"  ", b" \t ")
    fields = [
        rng.choice(NAMES) + b":" + rng.choice(blank) + rng.choice(VALUES) + rng.choice(blank)
        for _ in range(rng.randint(0, 5))
    ]
    message = request(*fields, line=line, host=rng.choice((HOST, b"HOST:x\r\n", b"hOsT:\t[::1]:80 \r\n")))
    return message + rng.choice((b"", b"", b"rest", b"\r\n\r\n", b"\n", b"GET / HTTP/1.1\r\n"))


def any_split(lab: Lab, count: int) -> None:
    """Random requests, all right, each cut at some places."""
    for message in [any_request(lab.rng) for _ in range(count)]:
        pieces = [message[: lab.rng.randint(0, len(message))] for _ in range(8)] + [message]
        for piece, outcome in zip(pieces, Reading(lab, pieces).outcomes, strict=True):
            judge(lab, piece, outcome, message)


def _insert(rng: random.Random, data: bytes) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + rng.choice(_ODD) + data[place:]


def _drop(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + data[place + 1 :]


def _replace(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + rng.choice(_ODD) + data[place + 1 :]


def _swap(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data) - 1)
    return data[:place] + data[place + 1 : place + 2] + data[place : place + 1] + data[place + 2 :]


_ODD = [bytes([value]) for value in (0, 9, 10, 11, 12, 13, 28, 32, 32, 58, 58, 127, 133, 160, 178, 228, 255)]
_CHANGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (_insert, _drop, _replace, _swap)


def mutated(lab: Lab, count: int) -> None:
    """Requests with one byte too many, too few, or another. The strict reader of the course decides."""
    messages = [lab.rng.choice(_CHANGES)(lab.rng, any_request(lab.rng)) for _ in range(count)]
    read(lab, *messages)
