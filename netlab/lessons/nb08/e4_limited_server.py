"""Exercise 08-4: limited_server."""

from __future__ import annotations

import socket

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import limiting


@exercise(stuck={LOOP: "forever"})
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
