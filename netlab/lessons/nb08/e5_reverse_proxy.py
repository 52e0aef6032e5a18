"""Exercise 08-5: reverse_proxy."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import proxying


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
    for name, hint, body, *args in proxying.CASES:
        yield case(name, body, *args, hint=hint)
