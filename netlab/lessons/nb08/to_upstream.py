"""What the reverse proxy of 08-5 has to do with a request."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import zip_longest

from ...check.http_replies import answer
from ...check.lab import Lab
from ...check.peers import random_bytes
from ...wire.http_messages import parse_request
from .clients import SMUGGLED, by_library, request
from .upstream import HI, HURRIED, complete, fields_of, through

FIELDS = (
    "User-Agent: x",
    "Accept: */*",
    "Cookie: a=1",
    "X-Color: blue",
    "Cookie: b=2",
    "Accept-Encoding: br",
    "X-Empty:",
    "X-Name: Zo\xeb",
    "Upgrade-Insecure-Requests: 1",
    "X-Connection: y",
    "Proxy-Authorization: z",
)
STANDARD = (
    "Keep-Alive: timeout=5",
    "TE: trailers",
    "UPGRADE: h2c",
    "Proxy-Connection: x",
    "keep-alive: x",
    "te: x",
)
NAMED = (
    "Connection: X-For-You, keep-alive",
    "x-for-you: secret",
    "X-FOR-YOU: secret 2",
    "connection:x-two ,\tX-Three",
    "X-Two: secret 3",
    "x-three: secret 4",
)
FOR = "", "X-Forwarded-For: 192.0.2.7", "x-forwarded-for: 10.0.0.1, ::1"


def by_http_client(lab: Lab) -> None:
    with through(lab) as (client, upstream):
        got = by_library(client, target="/hello")
        client.sock.close()
        if upstream.problem:
            upstream.arrived()
        lab.equal(got, (200, HI))
    upstream.arrived()


def passed_on(
    lab: Lab,
    method: str,
    target: str,
    fields: Sequence[str] = (),
    hop: Sequence[str] = (),
    body: bytes | None = None,
) -> None:
    """The request comes to upstream with these fields, and without those in hop."""
    mixed = [each for pair in zip_longest(fields, hop) for each in pair if each]
    with through(lab) as (client, upstream):
        client.say(request(method, target, *mixed, body=body))
        complete(client, method, 200, HI)
    got = upstream.arrived()
    lab.equal((got.method, got.target), (method, target), said="method and target at upstream", hint="target")
    lab.equal(got.version, (1, 1), said="the version at upstream", hint="request")
    names = {each.partition(":")[0].lower() for each in hop} - {"connection"}
    for name, value in fields_of(got):
        if name in names:
            lab.wrong(f"upstream got {name}: {value}, which is for one connection only")
    own = parse_request(request(method, target, *fields, body=body).removesuffix(body or b""))
    skipped = "connection", "x-forwarded-for"
    expected = fields_of(own, *skipped)
    lab.equal(fields_of(got, *skipped), expected, said="the fields at upstream", hint="fields")
    lab.equal(bytes(upstream.body), body or b"", said="the body at upstream")


def forwarded(lab: Lab, *before: str) -> None:
    """Who has asked?"""
    for value in before:
        with through(lab, host="127.0.0.2") as (client, upstream):
            address = client.sock.getsockname()[0]
            client.say(request("GET", "/", *([value] if value else [])))
            client.answer()
        old = value.partition(":")[2].strip()
        expected = [f"{old}, {address}" if old else address]
        lab.equal(upstream.arrived().all("X-Forwarded-For"), expected, said="X-Forwarded-For at upstream")


def large(lab: Lab, size: int) -> None:
    """A large body there, and a large one back."""
    data = random_bytes(lab.rng, size)
    with through(lab, lambda talk: answer(200, bytes(talk.script.body))) as (client, _):
        lab.beside(client.say, request("POST", "/", body=data))
        complete(client, "POST", 200, data)


def more_behind(lab: Lab) -> None:
    """One request is passed on: what is behind its body, or behind a head without one, is not."""
    for body in (b"hello", None):
        with through(lab) as (client, upstream):
            client.say(request("POST" if body else "GET", "/", body=body) + SMUGGLED)
            complete(client, "GET", 200, HI)
        upstream.arrived()
        heard = upstream.heard
        if b"smuggled" in heard:
            lab.wrong("upstream got what was behind the request", got=heard[-60:], verb="upstream got")


def slow_client(lab: Lab) -> None:
    """seconds are for upstream: the client may take its time."""
    data = request("POST", "/", body=b"first half, second half")
    with through(lab, seconds=HURRIED) as (client, upstream):
        client.say(data[:-12])
        lab.pause(1.75 * HURRIED)
        client.say(data[-12:])
        complete(client, "POST", 200, HI)
    upstream.arrived()


def finished(lab: Lab) -> None:
    """The client ends its stream behind its request: it waits for the answer."""
    with through(lab) as (client, upstream):
        client.say(request("POST", "/", body=b"hello"))
        client.finish()
        complete(client, "POST", 200, HI)
    upstream.arrived()


def streamed_up(lab: Lab) -> None:
    """The second half of the body comes only when the first half has arrived."""
    data = request("POST", "/", body=b"first half, second half")
    with through(lab) as (client, upstream):
        client.say(data[:-12])
        assert lab.run is not None
        while bytes(upstream.body) != b"first half," and not (lab.settled or lab.run.done.is_set()):
            time.sleep(0.001)
        client.say(data[-12:])
        complete(client, "POST", 200, HI)
    upstream.arrived()
