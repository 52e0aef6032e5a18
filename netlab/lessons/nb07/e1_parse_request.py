"""Exercise 07-1: parse_request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import Lab
from ...wire.http_messages import BadMessage
from .heads import HELLO, HOST, any_request, hopeless, one_byte_changed, parsed, request


@exercise()
def parse_request(data: bytes) -> Cases:
    r"""Read the head of a request. data is what has come so far: perhaps only a part.

    The head ends with its empty line, b"\r\n\r\n". Return None while that has not come.
    Then return (method, target, headers, rest). method and target are text. headers is
    a dict: each field's name in lower case, and its value as text (ISO-8859-1) without
    the spaces and tabs around it. The values of a name that comes several times are
    joined by ", ", in their order. rest is the bytes behind the head, whatever they are.

    Raise ValueError for a head that is not exactly this (RFC 9112 at its strictest):

        every line ends in CR LF; no CR and no LF stands alone
        the first line is: method, one space, target, one space, HTTP/1. and one digit
        every other line is: name, colon, value; none begins with a space or tab
        a method or a name is one or more of the letters and digits of ASCII
            and !#$%&'*+-.^_`|~ (so no space comes before the colon)
        a target is one or more characters from "!" to "~"
        a value may be empty, and has no control character but the tab (0x00 to 0x1f, 0x7f)
        from HTTP/1.1 on there is exactly one Host

    Raise it at once if a LF stands alone, even if the empty line has not come yet: it
    may never come. The other mistakes may wait until the head is complete.
    """
    yield case("a complete request", read, HELLO, hint="start")
    yield case("a request at every split", at_every_split, BROWSER, hint="part")
    yield case("a body and a next request behind the head", at_every_split, *FOLLOWED, hint="rest")
    yield case("names in any capitals", read, *CAPITALS, hint="name")
    yield case("colons and spaces and nothing in values", read, *VALUED, hint="value")
    yield case("a name that comes three times", read, *REPEATED, hint="several")
    yield case("no Host and two Hosts", read, *HOSTS, hint="host")
    yield case("lines that end in LF alone", read, *BARE, hint="newline")
    yield case("LF alone and no empty line ever", read, *ENDLESS, hint="never")
    yield case("a folded line", read, *FOLDED, hint="folded")
    yield case("a space before the colon", read, *SPACED, hint="spaced")
    yield case("first lines with other blanks", read, *LINES, hint="line")
    yield case("HTTP/1.0 and HTTP/1.2", read, *VERSIONS, hint="version")
    yield case("versions that are none", read, *FALSE_VERSIONS, hint="version")
    yield case("targets of all characters and of others", read, *TARGETS, *FALSE_TARGETS, hint="target")
    yield case("methods and names of all characters", read, *TOKENS, hint="token")
    yield case("methods and names of others", read, *NO_TOKENS, hint="token")
    yield case("lengths and long heads", read, *LENGTHS, hint="rest")
    yield case("bytes from 0x80 on in values", read, *LATIN, hint="latin")
    yield case("control characters and a CR alone", read, *CONTROLS, hint="control")
    yield case("any requests at any splits", at_any_split, 40, hint="grammar")
    yield case("any requests with one byte changed", changed, 1500, hint="grammar")


# -- right heads -------------------------------------------------------------------------------------

BROWSER = request(b"User-Agent: a browser", b"Accept: text/html", b"Connection: keep-alive")
POST = request(b"Content-Type: text/plain", line=b"POST /upload HTTP/1.1")
FOLLOWED = [POST + b"hello\n", POST + b"\r\n\r\nhello\r\n\r\n", HELLO + request(line=b"GET /b HTTP/1.1")]
CAPITALS = [request(b"ACCEPT: Text/HTML", b"uSER-aGENT: Me"), request(host=b"HOST: A\r\n")]
VALUED = [
    request(b"Referer: http://localhost:8000/a?b:c", b"X-Empty:", b"X-Blank: \t "),
    request(b"A:b", b"C: \t d e \t f  ", b'E: "x:y"', host=b"Host: localhost:8000\r\n"),
    request(host=b"Host:\r\n"),
]
LATIN = [request(b"X-City: K\xf6ln", b"X-Odd: a\x85b\xa0"), request(b"X-Odd: \xa0a\x85")]
REPEATED = [request(b"Accept: a", b"Via: x", b"ACCEPT: b", b"accept: c, d"), request(b"A: ", b"a: b", b"A:")]
VERSIONS = [
    request(line=b"GET / HTTP/1.0", host=b""),
    request(b"Host: b", line=b"GET / HTTP/1.0"),
    *[request(line=b"GET /a:b HTTP/1.%d" % digit) for digit in range(2, 10)],
]
LENGTHS = [
    request(b"Content-Length: 5", line=b"POST / HTTP/1.1") + b"hello" + HELLO,
    request(b"Content-Length: 5", line=b"POST / HTTP/1.1") + b"he",
    request(b"Transfer-Encoding: chunked") + b"5\r\nhe",
    request(
        *[b"X-%d: " % number + b"x" * 300 for number in range(60)], line=b"GET /" + b"y" * 5000 + b" HTTP/1.1"
    ),
]
TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TOKENS = [request(line=TOKEN + b" / HTTP/1.1"), request(TOKEN + b": x"), request(line=b"! / HTTP/1.1")]

# -- wrong heads -------------------------------------------------------------------------------------

HOSTS = [
    request(host=b""),
    request(b"Host: localhost:8000"),
    request(b"Host: localhost"),
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
ENDLESS += [b"\n", b"\nGET / HTTP/1.1\r\n", b"GET / HTTP/1.1\nHost: a\r\nA: b\r\n"]
ENDLESS += [HELLO[:-2] + b"A: b\nC: d\r\nE: f"]
FOLDED = [request(b"A: b", b" c"), request(b"A: b", b"\tc: d"), request(b" A: b", host=b"") + HOST]
SPACED = [request(b"A : b"), request(b"A\t: b"), request(host=b"Host : localhost\r\n")]
LINES = [
    request(line=line)
    for line in (
        b"GET /", b"GET  / HTTP/1.1", b"GET /  HTTP/1.1", b"GET\t/ HTTP/1.1", b"GET /\tHTTP/1.1",
        b" GET / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET /a b HTTP/1.1", b"GET HTTP/1.1", b"GET  HTTP/1.1",
        b" / HTTP/1.1", b"HTTP/1.1 200 OK", b"GET / x HTTP/1.1", b"",
    )
]  # fmt: skip
LINES += [b"\r\n" + HELLO, b"\r\n\r\n" + HELLO, b"\r\n\r\n"]
FALSE_VERSIONS = [
    request(line=b"GET / " + version)
    for version in (
        b"HTTP/2.0", b"HTTP/0.9", b"HTTP/0.1", b"HTTP/11.1", b"HTTP/1.10", b"HTTP/1.01", b"http/1.1",
        b"HTTP/1.", b"HTTP/1.x", b"HTTP/1", b"HTTP/11", b"HTTP/1,1", b"XTTP/1.1", b"HTTPS/1.1",
        b"HTTP/1.\xb2", b"HTTP/1.-1",
    )
]  # fmt: skip
TARGETS = [request(line=b"GET %b HTTP/1.1" % bytes(range(0x21, 0x7F)))]
FALSE_TARGETS = [
    request(line=b"GET /%c HTTP/1.1" % other) for other in (0, 8, 0x1F, 0x7F, 0x80, 0xA0, 0xE4, 0xFF)
]
OTHERS = [*b'"(),/:;<=>?@[\\]{}', 0, 9, 0x1F, 0x7F, 0x85, 0xAA, 0xF6]
NO_TOKENS = [request(line=b"G%cT / HTTP/1.1" % other) for other in OTHERS]
NO_TOKENS += [request(b"X%cY: b" % other) for other in OTHERS if other not in b":"]
NO_TOKENS += [request(each) for each in (b"no colon", b": x", b"A B: c", b"K\xf6: c", b"(a): b")]
CONTROLS = [
    *[request(b"A: b%cd" % value) for value in (0, 1, 8, 11, 12, 13, 27, 28, 31, 127)],
    request(b"A: b\r"),
    request(b"A: b\r", b"C: d"),
    request(b"A: b\r\r"),
    request(b"A: b\x0b"),
    request(b"A: \x1fb"),
]

# -- the cases ---------------------------------------------------------------------------------------


def read(lab: Lab, *messages: bytes) -> None:
    """Each message, complete."""
    examine(lab, messages)


def at_every_split(lab: Lab, *messages: bytes) -> None:
    """The first byte of each message, the first two bytes, and so on."""
    for message in messages:
        examine(lab, [message[:end] for end in range(len(message) + 1)])


def at_any_split(lab: Lab, count: int) -> None:
    """Random requests, all right, each cut at some places."""
    for message in [any_request(lab.rng) for _ in range(count)]:
        examine(lab, [message[: lab.rng.randint(0, len(message))] for _ in range(8)] + [message])


def changed(lab: Lab, count: int) -> None:
    """Requests with one byte changed. The strict reader of the course decides."""
    examine(lab, [one_byte_changed(lab.rng, any_request(lab.rng)) for _ in range(count)])


def examine(lab: Lab, pieces: Sequence[bytes]) -> None:
    """Call the learner's function with one piece of data after another, all in one thread, and judge."""
    function = lab.function
    outcomes: list[tuple[Any, ValueError | None]] = []

    def parse_all() -> None:
        for data in pieces:
            try:
                outcomes.append((function(data), None))
            except ValueError as error:
                outcomes.append((None, error))

    lab.function = parse_all
    try:
        lab.call()
    finally:
        lab.function = function
    for data, (got, error) in zip(pieces, outcomes, strict=True):
        judge(lab, data, got, error)


def judge(lab: Lab, data: bytes, got: Any, error: ValueError | None) -> None:
    for_this = f"for data that ends in …{data[-76:]!r}" if len(data) > 80 else f"for data = {data!r}"
    try:
        expected = parsed(data)
    except BadMessage as reason:
        if error is None:
            lab.wrong(f"{for_this} this asks for ValueError: {reason}", got=got)
        return
    if error is not None and not (expected is None and hopeless(data)):
        raised = f"{for_this} your function raised {type(error).__name__}: {error}"
        if expected is None:
            lab.wrong(f"{raised}: it had to return None", hint="part")
        lab.wrong(f"{raised}: the head is right")
    if expected is None:
        if got is not None:
            lab.wrong(f"the head is not complete {for_this}", expected=None, got=got, hint="part")
        return
    if not isinstance(got, tuple) or len(got) != 4:
        hint = "rest" if got is None and expected[3] else "start"
        lab.wrong(for_this, expected=expected, got=got, hint=hint)
    for name, right, given in zip(("method", "target", "headers"), expected, got):
        if not isinstance(given, type(right)) or right != given:
            if isinstance(right, dict) and isinstance(given, dict):
                judge_headers(lab, right, given)
            lab.wrong(f"the {name} is another", expected=right, got=given)
    hint = "rest" if isinstance(got[3], (bytes, bytearray)) else "bytes"
    lab.equal(got[3], expected[3], hint=hint, verb="your rest")


def judge_headers(lab: Lab, right: dict[str, str], given: dict[Any, Any]) -> None:
    """Say which field is another."""
    for key in [*right, *given]:
        if right.get(key) == given.get(key):
            continue
        said = f"the headers differ at {key!r}"
        same = [other for other in given if str(other).lower() == key and other not in right]
        if same or (key not in right and str(key).lower() in right):
            lab.wrong(said, expected=str(key).lower(), got=(same or [key])[0], hint="name")
        if key not in right:
            lab.wrong(f"there is no field {key!r} in it", got=given[key])
        value = given.get(key)
        spaced = isinstance(value, str) and value.strip(" \t") == right[key]
        lab.wrong(said, expected=right[key], got=value, hint="value" if spaced else None)
