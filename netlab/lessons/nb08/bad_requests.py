"""Requests that are none, and why: what a strict reader (RFC 9112) refuses."""

from __future__ import annotations


def broken(*lines: str, end: str = "\r\n", body: str = "") -> bytes:
    """A head of exactly these lines."""
    return (end.join([*lines, "", ""]) + body).encode("latin-1")


GET, HOST = "GET / HTTP/1.1", "Host: example.org"
POST = "POST / HTTP/1.1"
BAD: dict[str, dict[str, bytes]] = {  # kind: {what is wrong: the request}
    "line ends": {
        "every line ends in LF alone": broken(GET, HOST, end="\n"),
        "one line ends in LF alone": broken(GET, f"{HOST}\nX-Color: blue"),
        "a CR stands alone": broken(GET, HOST, "X-Color: blue\rred"),
        "a line ends in CR CR LF": broken(GET, f"{HOST}\r", "X-Color: blue"),
    },
    "lengths": {
        "two different Content-Lengths": broken(
            POST, HOST, "Content-Length: 5", "Content-Length: 0", body="hello"
        ),
        "the same Content-Length twice": broken(
            POST, HOST, "Content-Length: 5", "Content-Length: 5", body="hello"
        ),
        "two Content-Lengths in other capitals": broken(
            POST, HOST, "content-length: 5", "Content-Length: 5", body="hello"
        ),
        "a list as Content-Length": broken(POST, HOST, "Content-Length: 5, 5", body="hello"),
    },
    "numbers": {
        "a Content-Length with a sign": broken(POST, HOST, "Content-Length: +5", body="hello"),
        "a negative Content-Length": broken(POST, HOST, "Content-Length: -5"),
        "a Content-Length with an underscore": broken(POST, HOST, "Content-Length: 0_5", body="hello"),
        "a hexadecimal Content-Length": broken(POST, HOST, "Content-Length: 0x5", body="hello"),
        "a Content-Length of a superscript": broken(POST, HOST, "Content-Length: \u00b2", body="he"),
        "a Content-Length in Arabic digits": broken(POST, HOST, "Content-Length: \xd9\xa5", body="hello"),
        "a Content-Length with a point": broken(POST, HOST, "Content-Length: 5.0", body="hello"),
        "an empty Content-Length": broken(POST, HOST, "Content-Length:"),
    },
    "codings": {
        "Content-Length and Transfer-Encoding": broken(
            POST, HOST, "Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\n"
        ),
        "Transfer-Encoding and Content-Length": broken(
            POST, HOST, "transfer-encoding: chunked", "Content-Length: 5", body="0\r\n\r\n"
        ),
        "Transfer-Encoding alone": broken(POST, HOST, "Transfer-Encoding: chunked", body="0\r\n\r\n"),
        "Transfer-Encoding: identity": broken(GET, HOST, "Transfer-Encoding: identity"),
        "an empty Transfer-Encoding": broken(GET, HOST, "Transfer-Encoding:"),
        "Transfer-Encoding in HTTP/1.0": broken(
            "POST / HTTP/1.0", "Transfer-Encoding: chunked", body="0\r\n\r\n"
        ),
    },
    "fields": {
        "a folded line": broken(GET, HOST, "X-Color: blue", " and red"),
        "a line folded with a tab": broken(GET, HOST, "X-Color: blue", "\tand: red"),
        "a space before the first field": broken(GET, f" {HOST}"),
        "a space before a colon": broken(POST, HOST, "Content-Length : 5", body="hello"),
        "a tab before a colon": broken(POST, HOST, "Content-Length\t: 5", body="hello"),
        "a line without a colon": broken(GET, HOST, "X-Color"),
        "a field without a name": broken(GET, HOST, ": blue"),
        "a space inside a name": broken(GET, HOST, "X Color: blue"),
        "a comma in a name": broken(GET, HOST, "X,Color: blue"),
        "a slash in a name": broken(GET, HOST, "X/Color: blue"),
        "a name that is not ASCII": broken(GET, HOST, "X-Farb\u00e9: blue"),
        "a NUL in a value": broken(GET, HOST, "X-Color: bl\0ue"),
        "an escape character in a value": broken(GET, HOST, "X-Color: \x1b[31mred"),
        "a vertical tab in a value": broken(GET, HOST, "X-Color: blue\vred"),
        "a form feed at the end of a value": broken(GET, HOST, "X-Color: blue\f"),
        "a DEL in a value": broken(GET, HOST, "X-Color: blue\x7f"),
    },
    "hosts": {
        "no Host": broken(GET),
        "two Hosts": broken(GET, HOST, "Host: example.com"),
        "the same Host twice": broken(GET, HOST, HOST),
        "an X-Host in place of Host": broken(GET, "X-Host: example.org"),
    },
    "first lines": {
        "no version": broken("GET /", HOST),
        "two spaces": broken("GET  / HTTP/1.1", HOST),
        "a space in the target": broken("GET /two words HTTP/1.1", HOST),
        "a word too many": broken("GET / HTTP/1.1 please", HOST),
        "a space before the method": broken(" GET / HTTP/1.1", HOST),
        "a space behind the version": broken("GET / HTTP/1.1 ", HOST),
        "a version with a comma": broken("GET / HTTP/1,1", HOST),
        "a version between 1.1 and 2": broken("GET / HTTP/1.2", HOST),
        "a version to come": broken("GET / HTTP/2.0", HOST),
        "a version in small letters": broken("GET / http/1.1", HOST),
        "a version of two digits": broken("GET / HTTP/1.10", HOST),
        "a method that is no token": broken("G(E)T / HTTP/1.1", HOST),
        "a target that is not ASCII": broken("GET /caf\u00e9 HTTP/1.1", HOST),
        "a DEL in the target": broken("GET /\x7f HTTP/1.1", HOST),
        "a control character in the target": broken("GET /\x07 HTTP/1.1", HOST),
        "nothing at all": broken("", HOST),
        "an empty line before it": broken("", GET, HOST),
        "a tab between the words": broken("GET\t/\tHTTP/1.1", HOST),
    },
}
