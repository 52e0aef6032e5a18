"""08-5: a server in front, a client behind. What belongs to one connection stays on it."""

from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException

HOP = {"connection", "keep-alive", "proxy-connection", "te", "upgrade", "transfer-encoding"}


def end_to_end(fields):
    named = ",".join(value for name, value in fields if name.lower() == "connection").lower()
    hop = HOP | {option.strip() for option in named.split(",")}
    return [(name, value) for name, value in fields if name.lower() not in hop]


def ask(server, address, file, method, target, fields, missing):
    server.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in end_to_end(fields):
        if name.lower() == "x-forwarded-for":
            address = f"{value}, {address}"  # who has asked us, behind who has asked them
        else:
            server.putheader(name, value)
    server.putheader("X-Forwarded-For", address)
    server.endheaders()
    while missing:
        if not (piece := file.read1(missing)):  # what is there, without waiting for more
            raise EOFError
        server.send(piece)
        missing -= len(piece)
    return server.getresponse()


def reverse_proxy(conn, upstream, seconds, read_head):
    def say(*lines):
        conn.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1"))

    server = HTTPConnection(*upstream, timeout=seconds)
    with suppress(EOFError, OSError, HTTPException), closing(server), conn, conn.makefile("rb") as file:
        try:
            answer = ask(server, conn.getpeername()[0], file, *read_head(file))
        except (ValueError, OSError, HTTPException) as error:
            late, bad = isinstance(error, TimeoutError), isinstance(error, ValueError)
            status = "400 Bad Request" if bad else "504 Gateway Timeout" if late else "502 Bad Gateway"
            return say(f"HTTP/1.1 {status}", "Content-Length: 0")
        chunked = answer.length is None  # it is 0 where there is no body: HEAD, 204, 304
        fields = map(": ".join, end_to_end(answer.getheaders()))
        say(f"HTTP/1.1 {answer.status} {answer.reason}", *fields, *["Transfer-Encoding: chunked"] * chunked)
        while piece := answer.read1(65536):  # raises IncompleteRead if a chunk is missing
            conn.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        conn.sendall(b"0\r\n\r\n" if chunked else b"")
