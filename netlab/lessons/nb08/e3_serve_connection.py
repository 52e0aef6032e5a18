"""Exercise 08-3: serve_connection."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import conversing


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
    for name, hint, body, *args in conversing.CASES:
        yield case(name, body, *args, hint=hint)
