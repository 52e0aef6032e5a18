"""Exercise 08-5: reverse_proxy."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.http_replies import answer, chunks, head
from ...check.lab import LOOP, Lab
from ...check.peers import CLOSE, HEAR_ALL, RESET, Step, Talk, random_bytes, reset
from ...wire.http_messages import parse_request
from .bad_requests import BAD
from .clients import SMUGGLED, by_library, conversation, request
from .given import read_head
from .upstream import HELLO, HI, HURRIED, PATIENT, Upstream, complete, fields_of, through

FIELDS = "User-Agent: x", "Accept: */*", "Cookie: a=1", "X-Color: blue", "Cookie: b=2", "Accept-Encoding: br"
HOP = {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}
STANDARD = "Keep-Alive: timeout=5", "TE: trailers", "Upgrade: h2c", "Proxy-Connection: x", "keep-alive: x"
NAMED = "Connection: X-For-You, keep-alive", "x-for-you: secret", "X-FOR-YOU: secret 2"
FOR = "", "X-Forwarded-For: 192.0.2.7", "x-forwarded-for: 10.0.0.1, ::1"
BACK = "Server: test", "Set-Cookie: a=1", "Set-Cookie: b=2", "Date: today", "X-Color: blue"
BACK_HOP = "Connection: keep-alive, X-For-You", "x-for-you: secret", "Keep-Alive: timeout=5", "Upgrade: h2c"
MOVED = "Location: /x"


@exercise(stuck={LOOP: "forever"})
def reverse_proxy(
    conn: socket.socket, upstream: tuple[str, int], seconds: float, read_head: Callable[[Any], Any]
) -> Cases:
    """Pass the one request on conn on to the server at upstream, and its answer back.

    read_head is given to you, and as strict as your 08-3. Give it
    file = conn.makefile("rb"), and it returns (method, target, fields, length): fields
    is a list of pairs (name, value), and length bytes of body follow in file. It raises
    EOFError if the stream ends first, and ValueError for what is no request: then
    answer 400, and leave upstream alone. Else connect to upstream, which is (host,
    port), and send:

        the same method and target, in HTTP/1.1
        the same fields in their order, Host too, but not those for one connection only:
            Connection, each field that it names, Keep-Alive, Proxy-Connection, TE,
            Upgrade, Transfer-Encoding (all in any capitals)
        X-Forwarded-For, anywhere: conn.getpeername()[0], the address of the client. If
            the request has this field already, its value and ", " come first.
        a Connection of your own, if you like
        the body, each piece at once when it comes

    Upstream answers when it has all of that. Pass on its status, its fields in their
    order, but not those for one connection only, and its body, each piece at once when
    it comes. (Answers to HEAD, and 204 and 304, have no body, whatever their fields
    say. 1xx do not come.) Say Connection: close, and end the connection behind it.

    Upstream frames the body by a Content-Length, in chunks, or by the end of its
    stream. Frame yours so that the client, which speaks HTTP/1.1, sees where it ends.
    If upstream ends, breaks off or says nothing for seconds, and a length or the chunks
    are not at their end, the client has to see that something is missing. Three answers
    are your own, each with a Content-Length: 400, and

        502  nobody listens at upstream, or it ends or breaks off before its answer
             begins, or its answer begins with anything but HTTP
        504  upstream says nothing for seconds before the head of its answer is complete

    If the client ends its stream inside its request, or vanishes, end both connections
    without an answer. Close both sockets. Here http.client is allowed. Raise nothing.
    """
    yield case("http.client asks", by_http_client, hint="start")
    yield case("a target that stays as it is", passed_on, "GET", "/a%2Fb/../c//d?x=%20&y=/", hint="target")
    yield case("other methods", passed_on, "DELETE", "/users/42", hint="target")
    yield case("nobody listens at upstream", nobody_listens, hint="502")
    yield case("upstream ends at once", fails, 502, CLOSE, hint="502")
    yield case("upstream breaks off at once", fails, 502, RESET, hint="502")
    yield case("upstream speaks something else", fails, 502, b"SSH-2.0-OpenSSH_9.9\r\n", hint="502")
    yield case("upstream says nothing", fails, 504, HEAR_ALL, HURRIED, hint="504")
    half = [b"HTTP/1.1 200 O", HEAR_ALL]
    yield case("upstream says half a line", fails, 504, half, HURRIED, hint="504")
    yield case("fields", passed_on, "GET", "/", FIELDS, hint="fields")
    yield case("fields for one connection only", passed_on, "GET", "/", FIELDS, STANDARD, hint="hop")
    yield case("fields that Connection names", passed_on, "GET", "/", FIELDS, NAMED, hint="named")
    yield case("X-Forwarded-For", forwarded, *FOR, hint="forwarded")
    yield case("a body of any bytes", passed_on, "POST", "/", (), (), bytes(range(256)), hint="body")
    yield case("1 MB there and back", large, 1_000_000, hint="large")
    yield case("a body that comes slowly", streamed_up, hint="stream up")
    yield case("three ways to frame an answer", framed, b"hello, and good bye", hint="framing")
    yield case("an answer of no bytes", came_back, answer(200), b"", hint="framing")
    yield case("fields of the answer", came_back, answer(200, HI, *BACK), HI, BACK, hint="fields")
    hop = answer(200, HI, *BACK, *BACK_HOP)
    yield case("fields of the answer for one connection only", came_back, hop, HI, BACK, hint="hop back")
    yield case("404", came_back, answer(404, HI), hint="status")
    yield case("301", came_back, answer(301, HI, MOVED), HI, [MOVED], hint="status")
    yield case("500", came_back, answer(500, HI), hint="status")
    yield case("HEAD and 204 and 304", bodiless, hint="bodiless")
    yield case("an answer that comes slowly", streamed_down, hint="stream down")
    yield case("an answer that breaks off", breaking_off, hint="broken")
    yield case("requests that are none", invalid, hint="invalid")
    yield case("a client that leaves", leaving, hint="leaves")


# -- the request -----------------------------------------------------------------------------------------


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
        with through(lab) as (client, upstream):
            client.say(request("GET", "/", *([value] if value else [])))
            client.answer()
        old = value.partition(":")[2].strip()
        expected = [f"{old}, 127.0.0.1" if old else "127.0.0.1"]
        lab.equal(upstream.arrived().all("X-Forwarded-For"), expected, said="X-Forwarded-For at upstream")


def large(lab: Lab, size: int) -> None:
    """A large body there, and a large one back."""
    data = random_bytes(lab.rng, size)
    with through(lab, lambda talk: answer(200, bytes(talk.script.body))) as (client, _):
        lab.beside(client.say, request("POST", "/", body=data))
        complete(client, "POST", 200, data)


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


# -- the answer ------------------------------------------------------------------------------------------


def came_back(
    lab: Lab,
    data: bytes,
    body: bytes = HI,
    fields: Sequence[str] = (),
    method: str = "GET",
    beyond: str = "closing",
) -> None:
    """Upstream's answer comes to the client with its status, this body and these fields."""
    status = int(data.split(b" ")[1])
    with through(lab, data) as (client, upstream):
        client.say(request(method, "/"))
        got = complete(client, method, status, body, beyond)
    upstream.arrived()
    expected = [(name.lower(), value) for name, _, value in (each.partition(": ") for each in fields)]
    came = fields_of(got, "connection", "transfer-encoding", "content-length")
    for name, value in came:
        if name in HOP or name.startswith("x-for-you"):
            lab.wrong(f"the client got {name}: {value}, which is for one connection only", hint="hop back")
    lab.equal(came, expected, said="the fields at the client", hint="fields")


def framed(lab: Lab, body: bytes) -> None:
    """The three ways to say where a body ends."""
    chunked = head(200, "Transfer-Encoding: chunked") + chunks(body, (3, 7), trailers=["X-Sum: 1"])
    for data in (answer(200, body), chunked, head(200) + body):
        came_back(lab, data, body, beyond="framing")


def bodiless(lab: Lab) -> None:
    """A length, and no body: answers to HEAD, 204 and 304."""
    for data in (head(200, "Content-Length: 5"), head(200, "Transfer-Encoding: chunked")):
        came_back(lab, data, b"", method="HEAD", beyond="bodiless")
    for data in (head(204), head(304, "Content-Length: 5")):
        came_back(lab, data, b"", beyond="bodiless")


def streamed_down(lab: Lab) -> None:
    """The rest of the answer comes only when the client has its beginning."""
    for begin, rest in (
        (head(200, "Content-Length: 5") + b"~", b"1234"),
        (head(200, "Transfer-Encoding: chunked") + b"1\r\n~\r\n", b"4\r\n1234\r\n0\r\n\r\n"),
        (head(200) + b"~", b"1234"),
    ):
        seen = threading.Event()

        def until_seen(talk: Talk, seen: threading.Event = seen) -> None:
            while not seen.wait(0.02) and not lab.settled:
                pass

        with through(lab, begin, until_seen, rest) as (client, _):
            client.say(request())
            start = client.head("GET request")
            while b"~" not in client.buffer and client.receive():
                pass
            seen.set()
            lab.equal(client.body(start, "GET request").body, b"~1234", said="the body")


def breaking_off(lab: Lab) -> None:
    """By an end, a reset or silence inside the answer: the client must not take it for complete."""
    chunked = head(200, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n"
    for begin in (head(200, "Content-Length: 9") + b"hello", chunked, chunked + b"9\r\nand"):
        for end, seconds in ((CLOSE, PATIENT), (RESET, PATIENT), (HEAR_ALL, HURRIED)):
            with through(lab, begin, end, seconds=seconds) as (client, _):
                client.say(request())
                got = client.answer()
                if got.status == 200 and not got.cut:
                    framing = got.head.get("Transfer-Encoding") or "no length at all"
                    said = f"upstream broke off, and the client got what looks complete ({framing}): "
                    lab.wrong(f"{said}{got.body[:40]!r}")


# -- no answer of upstream -------------------------------------------------------------------------------


def nobody_listens(lab: Lab) -> None:
    own_answer(lab, 502, lab.enter(places.bound()))


def fails(lab: Lab, status: int, says: Step, seconds: float = PATIENT) -> None:
    own_answer(lab, status, Upstream(lab, says).address, seconds)


def own_answer(lab: Lab, status: int, upstream: tuple[str, int], seconds: float = PATIENT) -> None:
    with conversation(lab, upstream, seconds, read_head) as client:
        client.say(request())
        got = client.answer()
        lab.equal(got.status, status, said="the status")
        if not got.head.all("Content-Length"):
            lab.wrong(f"your {status} has no Content-Length", hint="framing")
        client.ends()


# -- no whole request ------------------------------------------------------------------------------------


def invalid(lab: Lab) -> None:
    """No bad request gets through to upstream, nor what is behind it."""
    upstream = Upstream(lab, HELLO)
    for why, data in (each for requests in BAD.values() for each in requests.items()):
        with conversation(lab, upstream.address, PATIENT, read_head) as client:
            client.say(data + SMUGGLED)
            got = client.answer(f"a request with {why}")
            lab.equal(got.status, 400, said=f"the status for a request with {why}")
            client.ends()
        if upstream.talks:
            lab.wrong(f"there was a request with {why}, and upstream heard of it")


def leaving(lab: Lab) -> None:
    """The client ends its stream, or vanishes, inside its request: nobody gets an answer."""
    data = request("POST", "/", body=b"0123456789")
    for cut in (len(data), len(data) - 9, 10, 1):
        for vanish in (False, True):
            with through(lab, seconds=HURRIED) as (client, upstream):
                client.say(data[:-cut], alone=True)
                if vanish:
                    reset(client.sock)
                else:
                    client.finish()
                    client.ends()
            if upstream.complete:
                lab.wrong("upstream got a complete request, and the client had sent a part only")
