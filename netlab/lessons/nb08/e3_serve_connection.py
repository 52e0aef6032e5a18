"""Exercise 08-3: serve_connection."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Lab
from ...check.peers import random_bytes, reset, sliced
from . import good_requests as good
from .bad_requests import BAD, broken
from .clients import SMUGGLED, Client, by_library, conversation, request
from .good_requests import GET, MIXED, Request


@exercise(stuck={LOOP: "forever"})
def serve_connection(conn: socket.socket) -> Cases:
    r"""Answer all requests on conn, one after another and in their order, and close it.

    A request is a head, up to its empty line, and a body of as many bytes as its
    Content-Length says (none without it). Answer, in HTTP/1.1, when it is complete:

        GET    200, and the target as body
        HEAD   the same head as for GET, and no body
        POST   200, and the body of the request as body
        other  501

    Every answer has a Content-Length. Requests come in pieces of any size, and several
    at once. The connection goes on, also after 501. It ends after the answer, which
    then has the field "Connection: close", if the request is of HTTP/1.0, or if "close"
    is among the options of its Connection field (a list with commas, in any capitals).
    It ends without an answer if the client ends its stream, even inside a request, or
    vanishes. Raise nothing.

    Answer 400, and end the connection as above, if the request is not exactly this:

        each line of its head ends in CR LF; no CR and no LF stands alone
        the first line is: method, one space, target, one space, HTTP/1.0 or HTTP/1.1
        every other line is: name, colon, value; none begins with a space or tab
        method and names are letters and digits of ASCII and !#$%&'*+-.^_`|~
            (so no space comes before a colon); a target is characters from "!" to "~"
        a value has no control character but the tab (0x00 to 0x1f, 0x7f); spaces and
            tabs around it are not part of it; names may come in any capitals
        in HTTP/1.1 there is exactly one Host
        there is one Content-Length at most, and its value is digits from 0 to 9 only
        there is no Transfer-Encoding (it needs what you wrote in 07-2)

    Answer 400 at once when a LF stands alone: the empty line may never come. Other
    mistakes may wait for it. Nothing behind such a head is a request.
    """
    yield case("one GET", together, GET, hint="start")
    yield case("three requests of http.client", by_http_client, GET, good.AGAIN, GET, hint="goes on")
    yield case("three requests at once", together, GET, good.AGAIN, GET, hint="rest")
    heads = ("HEAD", "/long/path", None), GET, ("HEAD", "/", None)
    yield case("HEAD before GET", together, *heads, hint="head")
    yield case("a body that looks like a request", together, ("POST", "/", SMUGGLED), GET, hint="body")
    yield case("bodies of none and of any bytes", together, *good.BODIES, hint="body")
    yield case("other methods", together, *good.OTHERS, hint="other")
    yield case("bodies of GET and HEAD and DELETE", together, *good.WITH_BODIES, hint="body")
    yield case("methods of all kinds", together, *good.METHODS, GET, hint="other")
    yield case("targets of all kinds", together, *good.TARGETS, hint="target")
    yield case("one byte at a time", in_pieces, 1, GET, ("POST", "/", b"data"), good.AGAIN, hint="pieces")
    yield case("pieces of 1 to 17 bytes", in_pieces, 17, *MIXED, hint="pieces")
    yield case("http.client sends a body", by_http_client, *good.POSTED, hint="pieces")
    yield case("each request after the answer before", in_turn, *MIXED, hint="at once")
    yield case("half of the next request", half_of_the_next, hint="at once")
    yield case("a client that thinks", thinking, hint="pause")
    yield case("names in any capitals", in_any_capitals, hint="names")
    yield case("a long head", together, ("GET", "/" + "x" * 20_000, None), GET, hint="long")
    yield case("a head of many fields", staying, "\r\n".join(f"X-{n}: {n}" for n in range(300)), hint="long")
    yield case("1 MB and a slow reader", large, 1_000_000, hint="all")
    yield case("Connection: close", closing, "1.1", *good.CLOSE, hint="closing")
    yield case("HTTP/1.0", closing, "1.0", "", "Host: example.org", "Connection: keep-alive", hint="old")
    yield case("other options of Connection", staying, *good.STAY, hint="options")
    yield case("a client that leaves", leaving, "POST", "GET", "PUT", hint="leaves")
    yield case("a client that vanishes", vanishing, hint="vanish")
    yield case("Connection: close and other methods", closing_all, "HEAD", "POST", "PUT", hint="closing")
    yield case("line ends", refused, "line ends", hint="bare")
    yield case("a wrong line end and no empty line", refused_at_once, hint="bare")
    yield case("two lengths", refused, "lengths", hint="two")
    yield case("lengths that are no numbers", refused, "numbers", hint="digits")
    yield case("Transfer-Encoding", refused, "codings", hint="coding")
    yield case("lines that are no fields", refused, "fields", hint="fields")
    yield case("no Host and two Hosts", refused, "hosts", hint="host")
    yield case("first lines", refused, "first lines", hint="first line")
    yield case("fields of all kinds", staying, *good.FIELDS, hint="any")
    yield case("a Host without a name", without_a_name, hint="any")


def expect(
    client: Client,
    method: str,
    target: str,
    body: bytes | None = None,
    status: int = 200,
    last: bool | None = False,
    having: str = "",
) -> None:
    """The next answer has this status and body; `last`: whether it says that it is the last one."""
    lab, to = client.lab, f"{method} {_short(target)}{having}"
    head = client.head(to)
    client.in_1_1(head, to)
    length = head.get("Content-Length")
    if length == str(len("/smuggled")) != str(len(target)) and head.status == 200 and method != "POST":
        lab.wrong(f"in place of {to}, you answered what was the body of another request", hint="body")
    if head.status != status:
        lab.wrong(f"{to} was answered by {head.status}, and {status} is right")
    if not length:
        lab.wrong(f"the answer to {to} has no Content-Length", hint="framing")
    if last is not None and ("close" in head.options("Connection")) is not last:
        said = "does not say Connection: close" if last else "says Connection: close"
        lab.wrong(f"the answer to {to} {said}")
    if method == "HEAD" and length != str(len(target)):
        lab.wrong(f"Content-Length: {length} for {to}, and GET has {len(target)}", hint="head")
    answer = client.body(head, to, method)
    if answer.cut:
        got = len(answer.body)
        lab.wrong(f"the answer to {to} says Content-Length: {length}, and has {got} bytes", hint="framing")
    if method != "HEAD" and status == 200:
        lab.equal(answer.body, target.encode() if body is None else body, said=f"the body for {to}")


def answered(client: Client, *requests: Request) -> None:
    """The answers to these requests come, in their order."""
    for method, target, body in requests:
        status = 200 if method in ("GET", "HEAD", "POST") else 501
        expect(client, method, target, body or b"" if method == "POST" else None, status)


def ended(client: Client) -> None:
    client.finish()
    client.ends()


def is_over(client: Client) -> None:
    """The server ends first; who drains what may still come has its end at once."""
    client.ends()
    client.finish()


def _short(text: str) -> str:
    return text if len(text) < 99 else f"{text[:20]}... ({len(text)} characters)"


# -- what is right ---------------------------------------------------------------------------------------


def together(lab: Lab, *requests: Request) -> None:
    with conversation(lab) as client:
        client.say(*(request(method, target, body=body) for method, target, body in requests))
        answered(client, *requests)
        ended(client)


def in_pieces(lab: Lab, largest: int, *requests: Request) -> None:
    data = b"".join(request(method, target, body=body) for method, target, body in requests)
    with conversation(lab) as client:
        client.say(*sliced(data, lab.rng, largest), alone=True)
        answered(client, *requests)
        ended(client)


def in_turn(lab: Lab, *requests: Request) -> None:
    with conversation(lab) as client:
        for method, target, body in requests:
            client.say(request(method, target, body=body))
            answered(client, (method, target, body))
        ended(client)


def by_http_client(lab: Lab, *requests: Request) -> None:
    with conversation(lab) as client:
        for number, (method, target, body) in enumerate(requests, 1):
            said = f"as request {number}, http.client sent {method} {target}, and"
            got = by_library(client, method, target, body, said)
            lab.equal(got, (200, body or target.encode()), said=f"{method} {target} by http.client")
        client.finish()


def half_of_the_next(lab: Lab) -> None:
    """The first request is complete, and only a part of the second one has come: the client waits."""
    second = request("POST", "/2", body=b"x" * 50)
    with conversation(lab) as client:
        for cut in (10, len(second) - 60, len(second) - 20):
            client.say(request("GET", "/1") + second[:cut])
            expect(client, "GET", "/1")
            client.say(second[cut:])
            expect(client, "POST", "/2", b"x" * 50)
        client.finish()


def thinking(lab: Lab) -> None:
    """Silence behind a request and inside the next one: no end of anything."""
    second = request("POST", "/2", body=b"x" * 50)
    with conversation(lab) as client:
        client.say(request("GET", "/1") + second[:-20])
        expect(client, "GET", "/1")
        client.hesitate()
        client.say(second[-20:])
        expect(client, "POST", "/2", b"x" * 50)
        client.finish()


def in_any_capitals(lab: Lab) -> None:
    """Values are between spaces, tabs or nothing."""
    with conversation(lab) as client:
        for name in ("content-length", "CONTENT-LENGTH", "cOnTeNt-LeNgTh"):
            for before, behind in (("", ""), ("   ", " "), ("\t", " \t")):
                zeros = "0" * 9 if behind else ""
                field = f"{name}:{before}{zeros}{len(SMUGGLED)}{behind}"
                client.say(broken("POST / HTTP/1.1", "HOST:example.org", field) + SMUGGLED)
                expect(client, "POST", "/", SMUGGLED)
        ended(client)


def large(lab: Lab, size: int) -> None:
    """A large body to and fro, and a client that reads slowly what small buffers let through."""
    data = random_bytes(lab.rng, size)
    with conversation(lab, SO_SNDBUF=4096) as client:
        lab.beside(client.say, request("POST", "/", body=data), request("GET", "/behind"))
        expect(client, "POST", "/", data)
        expect(client, "GET", "/behind")
        client.finish()


# -- how it ends -----------------------------------------------------------------------------------------


def closing(lab: Lab, version: str, *fields: str) -> None:
    """Each of these fields says that this request is the last one. The client has sent one more."""
    host = None if version == "1.0" else "example.org"
    for field in fields:
        with conversation(lab) as client:
            more = [field] if field else []
            client.say(request("GET", "/last", *more, version=version, host=host) + SMUGGLED)
            expect(client, "GET", "/last", last=True, having=f" with {field!r}" if field else "")
            client.ends()
            if field != good.CLOSE[0]:  # there the server has to end by itself
                client.finish()


def closing_all(lab: Lab, *methods: str) -> None:
    """Whatever the answer is: the last one says so, and is it."""
    for method in methods:
        with conversation(lab) as client:
            client.say(request(method, "/last", good.CLOSE[0], body=b"x") + SMUGGLED)
            expect(client, method, "/last", b"x", 501 if method == "PUT" else 200, last=True)
            is_over(client)


def staying(lab: Lab, *fields: str) -> None:
    """All at once: who takes one of them for a length finds something to take."""
    with conversation(lab) as client:
        client.say(*(request("GET", "/one", field) for field in fields))
        for field in fields:
            expect(client, "GET", "/one", having=f" with {_short(field)!r}")
        client.finish()


def without_a_name(lab: Lab) -> None:
    with conversation(lab) as client:
        client.say(request("GET", "/one", host=""))
        expect(client, "GET", "/one", having=" with an empty Host")
        client.finish()


def leaving(lab: Lab, *methods: str) -> None:
    """The client ends its stream: at once, inside a head, inside a body, behind two requests."""
    for method in methods:
        whole = request(method, "/", body=b"0123456789")
        for start in (b"", whole[:9], whole[:-12], whole[:-10], whole[:-1]):
            for before in (b"", request("GET", "/before") * 2):
                with conversation(lab) as client:
                    client.say(before + start)
                    client.finish()
                    for _ in range(2 if before else 0):
                        expect(client, "GET", "/before", last=None)
                    client.ends()


def vanishing(lab: Lab) -> None:
    """The client resets the connection: in a request, and while it is answered."""
    for data in (b"", request("GET", "/")[:20], request("POST", "/", body=bytes(99))[:-50]):
        with conversation(lab) as client:
            client.say(data, alone=True)
            reset(client.sock)
    with conversation(lab, SO_SNDBUF=4096) as client:
        lab.beside(client.say, request("POST", "/", body=bytes(1_000_000)))
        client.head("POST /")
        reset(client.sock)


# -- what is wrong ---------------------------------------------------------------------------------------


def refused(lab: Lab, kind: str) -> None:
    """Each bad request of this kind gets 400 and the end; what is behind it is no request."""
    for why, data in BAD[kind].items():
        with conversation(lab) as client:
            client.say(request("GET", "/before") + data + SMUGGLED)
            expect(client, "GET", "/before")
            answer = client.answer(f"a request with {why}")
            client.in_1_1(answer.head, f"a request with {why}")
            if answer.status != 400:
                lab.wrong(f"a request with {why} was answered by {answer.status}")
            if not answer.head.all("Content-Length") or answer.cut:
                lab.wrong(f"your 400 for a request with {why} has no right Content-Length", hint="framing")
            if "close" not in answer.head.options("Connection"):
                lab.wrong(f"your 400 for a request with {why} does not say Connection: close", hint="closing")
            if client.buffer or client.receive():
                start = bytes(client.buffer[:40])
                lab.wrong(f"behind a request with {why}, more came: {start!r}", hint="smuggled")
            client.finish()


def refused_at_once(lab: Lab) -> None:
    """LF alone, and the empty line never comes: the client waits for its answer."""
    for data in (b"GET / HTTP/1.1\n", b"GET / HTTP/1.1\r\nHost: example.org\n"):
        with conversation(lab) as client:
            client.say(data)
            answer = client.answer("a line that ends in LF alone")
            lab.equal(answer.status, 400, said="the status for a line that ends in LF alone")
            is_over(client)
