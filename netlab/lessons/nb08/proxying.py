"""Clients in front of a reverse proxy; every function that takes a lab is a case."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from ...check import peers
from ...check.bad_requests import BAD
from ...check.http_clients import SMUGGLED, by_library, conversation, request
from ...check.http_peers import answer
from ...check.lab import Lab
from ...wire.http_messages import parse_request
from . import answering
from .upstreams import (
    HELLO,
    HURRIED,
    PATIENT,
    Upstream,
    arrived,
    complete,
    fields_of,
    half_said,
    mute,
    read_head,
    said,
    through,
)

# -- the request -------------------------------------------------------------------------------------


def asked(lab: Lab) -> None:
    """http.client, through the proxy."""
    with through(lab) as (client, upstream):
        got = by_library(client, target="/hello")
        client.sock.close()
        if upstream.problem:
            arrived(upstream)
        lab.equal(got, (200, b"hello"))
    arrived(upstream)


def passed_on(
    lab: Lab,
    method: str = "GET",
    target: str = "/",
    fields: tuple[str, ...] = (),
    hop: tuple[str, ...] = (),
    body: bytes | None = None,
    hint: str | None = None,
) -> None:
    """The request comes to upstream with these fields, and without those in hop."""
    mixed = [each for pair in zip(fields, hop, strict=False) for each in pair]
    mixed += [*fields[len(hop) :], *hop[len(fields) :]]
    data = request(method, target, *mixed, body=body)
    with through(lab) as (client, upstream):
        client.say(data)
        complete(client, method, 200, b"hello", hint)
    got = arrived(upstream)
    lab.equal((got.method, got.target), (method, target), said="method and target at upstream", hint="target")
    lab.equal(got.version, (1, 1), said="the version at upstream", hint="request")
    names = {each.partition(":")[0].lower() for each in hop} - {"connection"}
    for name, value in fields_of(got):
        if name in names:
            lab.wrong(f"upstream got {name}: {value}, which is for one connection only", hint=hint)
    length = [] if body is None else [f"Content-Length: {len(body)}"]
    own = parse_request(request(method, target, *fields, *length))
    skipped = ("connection", "x-forwarded-for")
    lab.equal(
        fields_of(got, *skipped), fields_of(own, *skipped), said="the fields at upstream", hint="fields"
    )
    lab.equal(bytes(upstream.body), body or b"", said="the body at upstream", hint=hint)


def forwarded(lab: Lab, *before: str) -> None:
    """Who has asked?"""
    for value in before:
        with through(lab) as (client, upstream):
            client.say(request("GET", "/", *([value] if value else [])))
            client.answer()
        old = value.partition(":")[2].strip()
        got = arrived(upstream).all("X-Forwarded-For")
        lab.equal(
            got,
            [f"{old}, 127.0.0.1" if old else "127.0.0.1"],
            said="X-Forwarded-For at upstream",
            hint="forwarded",
        )


def both_large(lab: Lab, size: int) -> None:
    """A large body there, and a large one back."""
    data = peers.random_bytes(lab.rng, size)
    with through(lab, lambda conn: conn.sendall(answer(200, bytes(upstream.body)))) as (client, upstream):
        lab.beside(client.say, request("POST", "/", body=data))
        complete(client, "POST", 200, data, "large")


def streamed_up(lab: Lab) -> None:
    """The second half of the body comes only when the first half has arrived."""
    data = request("POST", "/", body=b"first half, second half")
    with through(lab) as (client, upstream):
        client.say(data[:-12])
        while bytes(upstream.body) != b"first half,":
            if lab.stuck:
                raise lab.stuck
            if lab.run is not None and lab.run.done.is_set():
                break
            time.sleep(0.001)
        client.say(data[-12:])
        complete(client, "POST", 200, b"hello", "stream up")
    arrived(upstream)


def invalid(lab: Lab) -> None:
    """No bad request gets through to upstream, nor what is behind it."""
    upstream = Upstream(lab, said(HELLO))
    for requests in BAD.values():
        for why, data in requests.items():
            with conversation(lab, upstream.address, PATIENT, read_head) as client:
                client.say(data + SMUGGLED)
                answer = client.answer(f"a request with {why}", hint="invalid")
                lab.equal(answer.status, 400, said=f"the status for a request with {why}", hint="invalid")
                client.ends("invalid")
            if upstream.connections:
                lab.wrong(f"there was a request with {why}, and upstream heard of it", hint="invalid")


def left(lab: Lab) -> None:
    """The client ends its stream, or vanishes, inside its request: nobody gets an answer."""
    data = request("POST", "/", body=b"0123456789")
    for cut in (len(data), len(data) - 9, 10, 1):
        for vanish in (False, True):
            with through(lab, seconds=HURRIED) as (client, upstream):
                client.say(data[:-cut], alone=True)
                if vanish:
                    peers.reset(client.sock)
                else:
                    client.finish()
                    client.ends("leaves")
            if upstream.complete:
                lab.wrong(
                    "upstream got a complete request, and the client had sent a part only", hint="leaves"
                )


# -- all of them -------------------------------------------------------------------------------------

HI = b"hello"
FIELDS = (
    "User-Agent: test",
    "Accept: */*",
    "Cookie: a=1",
    "X-Color: blue",
    "Cookie: b=2",
    "Accept-Encoding: gzip",
)
STANDARD = (
    "Keep-Alive: timeout=5",
    "TE: trailers",
    "Upgrade: h2c",
    "Proxy-Connection: keep-alive",
    "keep-alive: x",
)
NAMED = ("Connection: X-For-You, keep-alive", "x-for-you: secret", "X-FOR-YOU: secret 2")
BACK = ("Server: test", "Set-Cookie: a=1", "Set-Cookie: b=2", "Date: today", "X-Color: blue")
MOVED = ("Location: /elsewhere",)
BACK_HOP = ("Connection: keep-alive, X-For-You", "x-for-you: secret", "Keep-Alive: timeout=5", "Upgrade: h2c")
CASES: list[tuple[Any, ...]] = [  # (what is the case, hint, function, its arguments)
    ("http.client asks", "start", asked),
    ("a target that stays as it is", "target", passed_on, "GET", "/a%2Fb/../c//d?x=%20&y=/"),
    ("other methods", "target", passed_on, "DELETE", "/users/42"),
    ("nobody listens at upstream", "502", answering.failed, 502, None),
    ("upstream ends at once", "502", answering.failed, 502, said()),
    ("upstream breaks off at once", "502", partial(answering.failed, reset=True), 502, said()),
    ("upstream speaks something else", "502", answering.failed, 502, said(b"SSH-2.0-OpenSSH_9.9\r\n")),
    ("upstream says nothing", "504", answering.failed, 504, mute, HURRIED),
    ("upstream says half a line", "504", answering.failed, 504, half_said, HURRIED),
    ("fields", "fields", passed_on, "GET", "/", FIELDS),
    ("fields for one connection only", "hop", partial(passed_on, hint="hop"), "GET", "/", FIELDS, STANDARD),
    ("fields that Connection names", "named", partial(passed_on, hint="named"), "GET", "/", FIELDS, NAMED),
    (
        "X-Forwarded-For",
        "forwarded",
        forwarded,
        "",
        "X-Forwarded-For: 192.0.2.7",
        "x-forwarded-for: 10.0.0.1, ::1",
    ),
    ("a body of any bytes", "body", passed_on, "POST", "/", (), (), bytes(range(256)), "body"),
    ("1 MB there and back", "large", both_large, 1_000_000),
    ("a body that comes slowly", "stream up", streamed_up),
    ("three ways to frame an answer", "framing", answering.framed),
    ("an answer of no bytes", "framing", partial(answering.came_back, body=b""), answer(200)),
    (
        "fields of the answer",
        "fields",
        partial(answering.came_back, fields=BACK),
        answer(200, b"hello", *BACK),
    ),
    (
        "fields of the answer for one connection only",
        "hop back",
        partial(answering.came_back, fields=BACK),
        answer(200, HI, *BACK, *BACK_HOP),
    ),
    ("404", "status", partial(answering.came_back, status=404), answer(404, b"hello")),
    (
        "301",
        "status",
        partial(answering.came_back, status=301, fields=("Location: /x",)),
        answer(301, b"hello", "Location: /x"),
    ),
    ("500", "status", partial(answering.came_back, status=500), answer(500, b"hello")),
    ("HEAD and 204 and 304", "bodiless", answering.bodiless),
    ("an answer that comes slowly", "stream down", answering.streamed_down),
    ("an answer that breaks off", "broken", answering.broken_off),
    ("requests that are none", "invalid", invalid),
    ("a client that leaves", "leaves", left),
]
