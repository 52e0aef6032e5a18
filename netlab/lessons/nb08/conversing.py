"""Clients for the exercise on many requests; every function that takes a lab is a case."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...check import peers
from ...check.bad_requests import BAD, broken
from ...check.http_clients import SMUGGLED, Answer, Client, by_library, conversation, request
from ...check.lab import Lab


def expect(
    client: Client,
    method: str,
    target: str,
    body: bytes | None = None,
    status: int = 200,
    last: bool | None = False,
    hint: str | None = None,
) -> Answer:
    """The next answer has this status and body; `last`: whether it says that it is the last one."""
    lab, to = client.lab, f"{method} {target}"
    head = client.head(to, hint)
    length = head.get("Content-Length")
    if head.status != status:
        lab.wrong(f"{to} was answered by {head.status}, and {status} is right", hint=hint)
    if not length:
        lab.wrong(f"the answer to {to} has no Content-Length", hint="framing")
    if last is not None and ("close" in head.options("Connection")) is not last:
        said = "does not say Connection: close" if last else "says Connection: close"
        lab.wrong(f"the answer to {to} {said}", hint=hint or "closing" if last else hint)
    if method == "HEAD" and length != str(len(target)):
        lab.wrong(f"Content-Length: {length} for {to}, and GET has {len(target)}", hint="head")
    answer = client.body(head, to, method)
    if answer.cut:
        got = len(answer.body)
        lab.wrong(f"the answer to {to} says Content-Length: {length}, and has {got} bytes", hint="framing")
    if method != "HEAD" and status == 200:
        expected = target.encode() if body is None else body
        lab.equal(answer.body, expected, said=f"the body for {to}", hint=hint)
    return answer


# -- what is right -----------------------------------------------------------------------------------


def asked(lab: Lab, *requests: tuple[str, str, bytes | None]) -> None:
    """http.client, and all requests on one connection."""
    with conversation(lab) as client:
        for number, (method, target, body) in enumerate(requests, 1):
            said = f"as request {number}, http.client sent {method} {target}, and"
            got = by_library(client, method, target, body, said)
            lab.equal(got, (200, body or target.encode()), said=f"{method} {target} by http.client")
        client.finish()


def several(
    lab: Lab, *requests: tuple[str, str, bytes | None], way: str = "together", hint: str | None = None
) -> None:
    """Requests (method, target, body): together, in bytes, in pieces, or each after an answer."""
    sent = [request(method, target, body=body) for method, target, body in requests]
    with conversation(lab) as client:
        if way == "together":
            client.say(b"".join(sent))
        elif way == "bytes":
            client.say(*peers.drips(b"".join(sent)), alone=True)
        elif way == "pieces":
            client.say(*peers.sliced(b"".join(sent), lab.rng), alone=True)
        for (method, target, body), data in zip(requests, sent, strict=True):
            if way == "in turn":
                client.say(data)
            status = 200 if method in ("GET", "HEAD", "POST") else 501
            expect(client, method, target, (body or b"") if method == "POST" else None, status, hint=hint)
        client.finish()
        client.ends(hint)


def at_once(lab: Lab) -> None:
    """The first request is complete, and only a part of the second one has come: the client waits."""
    second = request("POST", "/2", body=b"x" * 50)
    with conversation(lab) as client:
        for cut in (10, len(second) - 60, len(second) - 20):
            client.say(request("GET", "/1") + second[:cut])
            expect(client, "GET", "/1", hint="at once")
            client.say(second[cut:])
            expect(client, "POST", "/2", b"x" * 50)
        client.finish()


def large(lab: Lab, size: int) -> None:
    """A large body to and fro, and a client that reads slowly what small buffers let through."""
    data = peers.random_bytes(lab.rng, size)
    with conversation(lab, SO_SNDBUF=4096) as client:
        lab.beside(client.say, request("POST", "/", body=data), request("GET", "/behind"))
        expect(client, "POST", "/", data, hint="all")
        expect(client, "GET", "/behind")
        client.finish()


def named(lab: Lab) -> None:
    """Names in any capitals, and values between spaces, tabs or nothing."""
    body = SMUGGLED
    with conversation(lab) as client:
        for name in ("content-length", "CONTENT-LENGTH", "cOnTeNt-LeNgTh"):
            for before, behind in (("", ""), ("   ", " "), ("\t", " \t")):
                field = f"{name}:{before}{len(body)}{behind}"
                client.say(broken("POST / HTTP/1.1", "HOST:example.org", field) + body)
                expect(client, "POST", "/", body, hint="names")
        client.finish()
        client.ends("names")


# -- how it ends -------------------------------------------------------------------------------------


def closing_time(lab: Lab, *fields: str, version: str = "1.1", hint: str = "closing") -> None:
    """Each of these fields says that this request is the last one. The client has sent one more."""
    for field in fields:
        with conversation(lab) as client:
            host = None if version == "1.0" else "example.org"
            more = [field] if field else []
            client.say(request("GET", "/last", *more, version=version, host=host) + SMUGGLED)
            expect(client, "GET", "/last", last=True, hint=hint)
            client.ends(hint)


def staying(lab: Lab) -> None:
    """Options that are not close."""
    with conversation(lab) as client:
        for field in (
            "Connection: keep-alive",
            "Connection: close-up, x",
            "X-Connection: close",
            "Close: close",
        ):
            client.say(request("GET", "/one", field))
            expect(client, "GET", "/one", hint="options")
        client.finish()


def left(lab: Lab) -> None:
    """The client ends its stream: at once, inside a head, inside a body, behind a request."""
    whole = request("POST", "/", body=b"0123456789")
    for start in (b"", whole[:9], whole[:-12], whole[:-10], whole[:-1]):
        for before in (b"", request("GET", "/before")):
            with conversation(lab) as client:
                client.say(before + start)
                client.finish()
                if before:
                    expect(client, "GET", "/before", last=None)
                client.ends("leaves")


def vanished(lab: Lab) -> None:
    """The client resets the connection: in a request, and while it is answered."""
    for data in (b"", request("GET", "/")[:20], request("POST", "/", body=bytes(99))[:-50]):
        with conversation(lab) as client:
            client.say(data, alone=True)
            peers.reset(client.sock)
    with conversation(lab, SO_SNDBUF=4096) as client:
        lab.beside(client.say, request("POST", "/", body=bytes(1_000_000)))
        client.head("POST /")
        peers.reset(client.sock)


# -- what is wrong -----------------------------------------------------------------------------------


def refused(lab: Lab, kind: str, hint: str) -> None:
    """Each bad request of this kind gets 400 and the end; what is behind it is no request."""
    for why, data in BAD[kind].items():
        with conversation(lab) as client:
            client.say(request("GET", "/before") + data + SMUGGLED)
            expect(client, "GET", "/before", hint=hint)
            answer = client.answer(f"a request with {why}", hint=hint)
            if answer.status != 400:
                lab.wrong(f"a request with {why} was answered by {answer.status}", hint=hint)
            if "close" not in answer.head.options("Connection"):
                lab.wrong(f"your 400 for a request with {why} does not say Connection: close", hint="closing")
            if client.buffer or client.receive():
                start = bytes(client.buffer[:40])
                lab.wrong(f"behind a request with {why}, you answered once more: {start!r}", hint="smuggled")


def patient(lab: Lab) -> None:
    """LF alone, and the empty line never comes: the client waits for its answer."""
    for data in (b"GET / HTTP/1.1\n", b"GET / HTTP/1.1\r\nHost: example.org\n"):
        with conversation(lab) as client:
            client.say(data)
            answer = client.answer("a line that ends in LF alone", hint="bare")
            lab.equal(answer.status, 400, said="the status for a line that ends in LF alone", hint="bare")
            client.ends("bare")


# -- all of them -------------------------------------------------------------------------------------

GET, AGAIN = ("GET", "/hello", None), ("GET", "/3?a=b", None)
ANY = bytes(range(256))
MIXED = [
    ("POST", "/", SMUGGLED),
    ("HEAD", "/two", None),
    ("PATCH", "/three", ANY),
    ("GET", "/four", None),
    ("POST", "/", b"\r\n\r\n"),
    ("GET", "/six", None),
]
CLOSE = ("Connection: close", "connection: Close", "Connection: keep-alive, close", "Connection: x,CLOSE ,y")
CASES: list[tuple[Any, ...]] = [  # (what is the case, hint, function, its arguments)
    ("one GET", "start", several, GET),
    ("three requests of http.client", "goes on", asked, GET, AGAIN, GET),
    ("three requests at once", "rest", several, GET, AGAIN, GET),
    ("HEAD before GET", "head", several, ("HEAD", "/long/path", None), GET, ("HEAD", "/", None)),
    ("a body that looks like a request", "body", several, ("POST", "/", SMUGGLED), GET),
    ("bodies of none and of any bytes", "body", several, ("POST", "/", b""), ("POST", "/", ANY), GET),
    ("other methods", "other", several, GET, ("PUT", "/x", SMUGGLED), ("DELETE", "/", None), AGAIN),
    ("one byte at a time", "pieces", partial(several, way="bytes"), GET, ("POST", "/", b"data"), AGAIN),
    ("pieces of 1 to 17 bytes", "pieces", partial(several, way="pieces"), *MIXED),
    ("http.client sends a body", "pieces", asked, GET, ("POST", "/", b"some data"), GET),
    ("each request after the answer before", "at once", partial(several, way="in turn"), *MIXED),
    ("half of the next request", "at once", at_once),
    ("names in any capitals", "names", named),
    ("1 MB and a slow reader", "all", large, 1_000_000),
    ("Connection: close", "closing", closing_time, *CLOSE),
    ("HTTP/1.0", "old", partial(closing_time, version="1.0", hint="old"), "", "Host: example.org"),
    ("other options of Connection", "options", staying),
    ("a client that leaves", "leaves", left),
    ("a client that vanishes", "vanish", vanished),
    ("line ends", "bare", refused, "line ends", "bare"),
    ("a wrong line end and no empty line", "bare", patient),
    ("two lengths", "two", refused, "lengths", "two"),
    ("lengths that are no numbers", "digits", refused, "numbers", "digits"),
    ("Transfer-Encoding", "coding", refused, "codings", "coding"),
    ("lines that are no fields", "fields", refused, "fields", "fields"),
    ("no Host and two Hosts", "host", refused, "hosts", "host"),
    ("first lines", "first line", refused, "first lines", "first line"),
]
