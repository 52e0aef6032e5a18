"""The exercises of notebook 08: a router, files, a connection, limits, a reverse proxy."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from typing import Any

from ..engine import Case, case, exercise
from ..lab import LOOP
from . import conversing, hints, limit_hints, limiting, proxying, routing, sites
from .hints import APPS, FILES, LIMITS, SMALLEST, STREAMS

Cases = Generator[Case, None, None]


# -- 08-1 --------------------------------------------------------------------------------------------


@exercise(
    "08-1",
    reread=APPS,
    hints=hints.ROUTER,
    outline="Cut both at '/', compare segment by segment, keep the best match; then look at its methods.",
)
def router(method: str, target: str, routes: dict[str, dict[str, Any]]) -> Cases:
    """Find out who answers a request: return (status, handler, parameters, allow).

    target is as the request line says it: "/users/42?full=1". A query, from the first
    "?" on, plays no part. routes is {pattern: {method: handler}}, for example
    {"/users/{id}": {"GET": show, "DELETE": remove}}; a handler may be anything.

    Cut path and pattern at each "/" into segments, and then decode each segment of the
    path with urllib.parse.unquote (so %2F is a character of its segment). The pattern
    matches if both have the same number of segments, and each one matches:

        {id}       any segment that is not empty; parameters["id"] is the decoded text
        any other  the same text, in the same capitals

    So "/users" and "/users/" are two paths. If several patterns match, look at the
    first segment where one has a text and the other a parameter: the text wins. No two
    differ in the names of parameters only. The winner alone decides. Look for method,
    in the same capitals, in its dict:

        200  it is there: its handler, and the parameters. HEAD without a handler of its
             own takes that of GET.
        204  it is not, and it is OPTIONS: handler None, parameters {}
        405  it is not, and it is another: handler None, parameters {}
        404  no pattern matches: handler None, parameters {}

    allow is "" with 200 and 404. With 204 and 405 it is the value of the field Allow:
    all methods that do not lead to 405, sorted, joined by ", ". OPTIONS is always one
    of them, and HEAD is if GET is. Leave routes as it is.
    """
    for name, hint, body, *args in routing.CASES:
        yield case(name, body, *args, hint=hint)


# -- 08-2 --------------------------------------------------------------------------------------------


@exercise(
    "08-2",
    reread=FILES,
    hints=hints.STATIC_FILE,
    outline="Check each decoded segment; realpath of all of it; is it inside realpath(root), and a file?",
)
def static_file(root: str, target: str) -> Cases:
    r"""Return the bytes of the file that target names, or None if it names none.

    root is the folder from which everything may be given away, and nothing else: a
    path, perhaps through a symbolic link. target is as the request line says it:
    "/css/site.css?v=2". A query, from the first "?" on, plays no part.

    target begins with "/". Cut what follows at each "/" into segments, and decode each
    one once, with urllib.parse.unquote: "%2541" is the name "%41". Return None if a
    segment is then empty, "." or "..", or has a "/", a "\" or a NUL ("\0") in it.
    Everything else is a name: "..hidden", "a..b", "100%", "two words.txt".

    The segments are the way from root to the file. Return None if nothing is there, or
    no ordinary file (a folder, a named pipe), or if its real place, with all symbolic
    links followed, is outside root. Links from inside to inside count. Raise nothing.
    """
    for name, hint, body, *args in sites.CASES:
        yield case(name, body, *args, hint=hint)


# -- 08-3 --------------------------------------------------------------------------------------------


@exercise(
    "08-3",
    reread=SMALLEST,
    hints=hints.SERVE_CONNECTION,
    outline="Fill the buffer to the empty line; check; fill to the end of the body; cut; answer; again.",
    stuck={LOOP: "forever"},
)
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
    for name, hint, body, *args in conversing.CASES:
        yield case(name, body, *args, hint=hint)


# -- 08-4 --------------------------------------------------------------------------------------------


@exercise(
    "08-4",
    reread=LIMITS,
    hints=limit_hints.LIMITED_SERVER,
    outline="end = monotonic() + seconds; before each recv settimeout(what is left). Answer, SHUT_WR, drain.",
    stuck={LOOP: "forever"},
)
def limited_server(conn: socket.socket, most_head: int, most_body: int, seconds: float) -> Cases:
    r"""Answer one request on conn, within limits, and close it.

    A request is a head, up to and with its empty line (b"\r\n\r\n"), and a body of as
    many bytes as its Content-Length says (none without it). The name of this field may
    come in any capitals. Nothing can be wrong with the request but this:

        431  the head has more than most_head bytes: answer when you have more of it,
             even if the empty line has not come
        413  the Content-Length is more than most_body: answer before any of it comes
        408  it is not complete seconds after your function was called, even if now and
             then a byte comes, or if none comes at all
        200  else; the body of the answer is the body of the request

    Answer in HTTP/1.1, with Content-Length and "Connection: close"; the first three
    have any body. If the client ends its stream inside its request, or vanishes, do not
    answer.

    The answer has to reach the client. If you close conn while bytes of the client lie
    unread in it, or still come, the kernel resets the connection, and may destroy the
    answer. So say by half-close that this was all, and throw away what still comes,
    until the client ends its stream, too, but for no more than seconds. Then close
    conn. Raise nothing.
    """
    for name, hint, body, *args in limiting.CASES:
        yield case(name, body, *args, hint=hint)


# -- 08-5 --------------------------------------------------------------------------------------------


@exercise(
    "08-5",
    reread=STREAMS,
    hints=limit_hints.REVERSE_PROXY,
    outline="head = read_head(file); putrequest, putheader, send pieces; getresponse; pass it back.",
    stuck={LOOP: "forever"},
)
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
    for name, hint, body, *args in proxying.CASES:
        yield case(name, body, *args, hint=hint)
