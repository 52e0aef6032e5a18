"""08-3: one connection, many requests. What a strict reader refuses, nobody can smuggle past it."""

import re

TOKEN = r"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
FIRST = re.compile(rf"({TOKEN}) ([!-~]+) HTTP/1\.([01])\r\n")
FIELD = re.compile(rf"({TOKEN}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*\r\n")


def read_request(file):
    """(method, target, body, last). EOFError: the stream has ended. ValueError: it is no request."""
    lines, fields = [], {}
    while lines[-1:] != ["\r\n"]:
        lines.append(file.readline().decode("latin-1"))
        if not lines[-1].endswith("\r\n"):
            raise ValueError if lines[-1].endswith("\n") else EOFError
    first, *parts = FIRST.fullmatch(lines[0]), *map(FIELD.fullmatch, lines[1:-1])
    if first is None or None in parts:
        raise ValueError
    for name, value in (part.groups() for part in parts):
        fields.setdefault(name.lower(), []).append(value)
    length, *more = fields.get("content-length", ["0"])
    if more or not re.fullmatch("[0-9]+", length) or "transfer-encoding" in fields:
        raise ValueError  # who knows where this body ends?
    if first[3] == "1" and len(fields.get("host", [])) != 1:
        raise ValueError
    body = file.read(int(length))
    if len(body) < int(length):
        raise EOFError
    options = [option.strip() for option in ",".join(fields.get("connection", [])).lower().split(",")]
    return first[1], first[2], body, first[3] == "0" or "close" in options


def serve_connection(conn):
    last = False
    try:
        with conn, conn.makefile("rb") as file:  # its buffer keeps what belongs to the next request
            while not last:
                try:
                    method, target, body, last = read_request(file)
                    status = "200 OK" if method in ("GET", "HEAD", "POST") else "501 Not Implemented"
                    body = body if method == "POST" else target.encode() if status == "200 OK" else b""
                except ValueError:
                    method, status, body, last = "", "400 Bad Request", b"", True
                end = "Connection: close\r\n\r\n" if last else "\r\n"
                head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{end}".encode()
                conn.sendall(head if method == "HEAD" else head + body)
    except (EOFError, ConnectionError):
        pass  # the client has gone, and nobody waits for an answer
