"""Exercise 08-5: reverse_proxy."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from ...check import places
from ...check.engine import Cases, case, exercise
from ...check.http_replies import answer, chunks, head
from ...check.lab import LOOP, Lab
from ...check.peers import CLOSE, HEAR_ALL, PAUSE, RESET, Step, Talk, reset
from ...wire.http_messages import body_length, end_of_head, parse_response
from .bad_requests import BAD
from .clients import SMUGGLED, conversation, request
from .given import read_head
from .to_upstream import (
    FIELDS,
    FOR,
    NAMED,
    STANDARD,
    by_http_client,
    finished,
    forwarded,
    large,
    more_behind,
    passed_on,
    slow_client,
    streamed_up,
)
from .upstream import HELLO, HI, HURRIED, PATIENT, Upstream, complete, fields_of, through

HOP = {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}
BACK = "Server: test", "Set-Cookie: a=1", "Set-Cookie: b=2", "Date: today", "X-Color: blue"
BACK_HOP = (
    "Connection: keep-alive, X-For-You",
    "x-for-you: secret",
    "Keep-Alive: timeout=5",
    "UPGRADE: h2c",
    "connection: x-two",
    "X-Two: secret",
)
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
    stream. Frame yours so that the client, which speaks HTTP/1.1, sees where it ends: by
    a length or in chunks; or by the end of your stream, if that is upstream's way.
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
    yield case("a method that nobody knows", passed_on, "m-Search", "http://example.org/?", hint="target")
    yield case("nobody listens at upstream", nobody_listens, hint="502")
    yield case("upstream ends at once", fails, 502, CLOSE, hint="502")
    yield case("upstream breaks off at once", fails, 502, RESET, hint="502")
    yield case("upstream speaks something else", fails, 502, b"SSH-2.0-OpenSSH_9.9\r\n", hint="502")
    unknown = b"ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    yield case("upstream speaks something similar", fails, 502, unknown, hint="502")
    yield case("upstream says nothing", fails, 504, HEAR_ALL, HURRIED, hint="504")
    half = [b"HTTP/1.1 200 O", HEAR_ALL]
    yield case("upstream says half a line", fails, 504, half, HURRIED, hint="504")
    yield case("fields", passed_on, "GET", "/", FIELDS, hint="fields")
    yield case("fields for one connection only", passed_on, "GET", "/", FIELDS, STANDARD, hint="hop")
    yield case("fields that Connection names", passed_on, "GET", "/", FIELDS, NAMED, hint="named")
    yield case("X-Forwarded-For", forwarded, *FOR, hint="forwarded")
    yield case("a body of any bytes", passed_on, "POST", "/", (), (), bytes(range(256)), hint="body")
    data = b"a body of DELETE"
    yield case("a body with any method", passed_on, "DELETE", "/", (), (), data, hint="body")
    yield case("more behind the request", more_behind, hint="behind")
    yield case("a client that has finished", finished, hint="finished")
    yield case("1 MB there and back", large, 1_000_000, hint="large")
    yield case("a body that comes slowly", streamed_up, hint="stream up")
    yield case("a client that takes its time", slow_client, hint="slow")
    yield case("three ways to frame an answer", framed, b"hello, and good bye", hint="framing")
    yield case("an answer of no bytes", came_back, answer(200), b"", hint="framing")
    yield case("fields of the answer", came_back, answer(200, HI, *BACK), HI, BACK, hint="fields")
    hop = answer(200, HI, *BACK, *BACK_HOP)
    yield case("fields of the answer for one connection only", came_back, hop, HI, BACK, hint="hop back")
    yield case("a status that nobody knows", came_back, answer(299, HI, reason=""), hint="status")
    yield case("404", came_back, answer(404, HI), hint="status")
    yield case("301", came_back, answer(301, HI, MOVED), HI, [MOVED], hint="status")
    yield case("500", came_back, answer(500, HI), hint="status")
    yield case("HEAD and 204 and 304", bodiless, hint="bodiless")
    yield case("an answer that comes slowly", streamed_down, hint="stream down")
    yield case("an answer that takes its time", dripping, hint="silence")
    escaped: dict[type[BaseException], str] = {OSError: "escapes", http.client.HTTPException: "escapes"}
    yield case("an answer that breaks off", breaking_off, hint="broken", raises=escaped)
    yield case("requests that are none", invalid, hint="invalid")
    yield case("a client that leaves", leaving, hint="leaves")
    yield case("a client that vanishes inside its answer", vanishing, hint="escapes")


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
        got = complete(client, method, status, body, beyond, by_its_end(data))
    upstream.arrived()
    expected = [(name.lower(), value) for name, _, value in (each.partition(": ") for each in fields)]
    came = fields_of(got, "connection", "transfer-encoding", "content-length")
    lengths, said = got.all("Content-Length"), f"Content-Length: {len(HI)}".encode()
    if said in data and not body and lengths not in ([], [str(len(HI))]):
        lab.wrong(
            f"the client got Content-Length: {lengths[0]}, and upstream said {len(HI)}", hint="bodiless"
        )
    for name, value in came:
        if name in HOP or name in ("x-for-you", "x-two"):
            lab.wrong(f"the client got {name}: {value}, which is for one connection only", hint="hop back")
    lab.equal(came, expected, said="the fields at the client", hint="fields")


def by_its_end(data: bytes) -> bool:
    """Whether the body of this answer ends with its stream."""
    return body_length(parse_response(data[: end_of_head(data)])) == "close"


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


def dripping(lab: Lab) -> None:
    """All of it takes longer than seconds, and no silence does."""
    silence = PAUSE(0.75 * HURRIED)
    start, body = head(200, "Content-Length: 5"), HI
    steps = start[:12], silence, start[12:], silence, body[:1], silence, body[1:]
    with through(lab, *steps, seconds=2 * HURRIED) as (client, _):
        client.say(request())
        complete(client, "GET", 200, HI)


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
        ends = [(CLOSE, PATIENT), (RESET, PATIENT), (HEAR_ALL, HURRIED)]
        for end, seconds in ends if begin != chunked else ends[:2]:
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
            if not got.head.all("Content-Length") or got.cut:
                lab.wrong("your 400 has no right Content-Length", hint="framing")
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


def vanishing(lab: Lab) -> None:
    """The client resets the connection, and most of the answer is still to come."""
    with through(lab, answer(200, bytes(3_000_000))) as (client, _):
        client.say(request())
        client.head("GET request")
        reset(client.sock)
