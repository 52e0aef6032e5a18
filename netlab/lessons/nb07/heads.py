"""Heads of requests: right ones, random ones, changed ones, and what parse_request has to give for them."""

from __future__ import annotations

import random
from contextlib import suppress

from ...wire.http_messages import BadMessage, end_of_head, read_request_lines

HOST = b"Host: localhost\r\n"

NAMES = (b"Accept", b"User-Agent", b"X-Request-Id", b"Cookie", b"a", b"~!#$%&'*+-.^_`|9", b"If-None-Match")
VALUES = (b"", b"x", b"text/html;q=0.9, */*", b"a\tb", b'W/"1:2:3"', b"gr\xfc\xdfe", b"\xa0\x85", b'":"')
BLANK = (b"", b" ", b"\t", b"  ", b" \t ")
METHODS = (b"GET", b"POST", b"OPTIONS", b"get", b"M-SEARCH", b"X!")
TARGETS = (b"/", b"/a?b=c&d", b"*", b"http://localhost/x:y", b"/%20%7E~", b"//", b"localhost:80")
HOSTS = (HOST, b"HOST:x\r\n", b"hOsT:\t[::1]:80 \r\n")
RESTS = (b"", b"", b"rest", b"\r\n\r\n", b"\n", b"GET / HTTP/1.1\r\n")
ODD = bytes([0, 9, 10, 11, 12, 13, 28, 32, 32, 58, 58, 127, 133, 160, 178, 228, 255])


def request(*fields: bytes, line: bytes = b"GET /hello HTTP/1.1", host: bytes = HOST) -> bytes:
    """A head with these field lines."""
    return line + b"\r\n" + host + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


HELLO = request()


def parsed(data: bytes) -> tuple[str, str, dict[str, str], bytes] | None:
    """What parse_request has to give. Raises BadMessage."""
    end = end_of_head(data)
    if end < 0:
        return None
    head = read_request_lines(data[:end])  # the contract stops here, but for Host
    if head.version >= (1, 1) and len(head.all("Host")) != 1:
        raise BadMessage("a request of HTTP/1.1 has exactly one Host field")
    fields: dict[str, str] = {each.name.lower(): head.get(each.name) for each in head.fields}
    return head.method, head.target, fields, data[end:]


def hopeless(data: bytes) -> bool:
    """Whether no right head begins like this: then nobody has to wait for its end to refuse it."""
    for line in (b"a / HTTP/1.1\r\n", b"a:\r\n"):
        for end in [line[place:] for place in range(len(line) + 1)]:
            for host in (b"", HOST):
                with suppress(BadMessage):
                    if parsed(data + end + host + b"\r\n"):
                        return False
    return True


def any_request(rng: random.Random) -> bytes:
    """A right head, and perhaps bytes behind it."""
    line = b"%b %b HTTP/1.%d" % (rng.choice(METHODS), rng.choice(TARGETS), rng.choice((0, 1, 1, 1, 2)))
    fields = [
        rng.choice(NAMES) + b":" + rng.choice(BLANK) + rng.choice(VALUES) + rng.choice(BLANK)
        for _ in range(rng.randint(0, 5))
    ]
    return request(*fields, line=line, host=rng.choice(HOSTS)) + rng.choice(RESTS)


def one_byte_changed(rng: random.Random, data: bytes) -> bytes:
    """One byte too many, too few, another one, or two in the wrong order."""
    place, odd = rng.randrange(len(data)), bytes([rng.choice(ODD)])
    before, here, after = data[:place], data[place : place + 1], data[place + 1 :]
    return before + rng.choice((odd + here + after, after, odd + after, after[:1] + here + after[1:]))
