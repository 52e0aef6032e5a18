"""07-3: many requests over one connection, and one buffer for all that comes from it."""

import re
import socket
from contextlib import ExitStack, suppress


def begins(sock, request, buffer):  # whether an answer comes. If not, the connection had ended before
    with suppress(ConnectionError):
        sock.sendall(request)
        if not buffer:
            buffer += sock.recv(65536)
    return len(buffer) > 0


def read_head(sock, buffer):
    while (end := buffer.find(b"\r\n\r\n")) < 0:
        if not (data := sock.recv(65536)):
            raise EOFError("the stream ended inside a head")
        buffer += data
    first, *lines = buffer[:end].decode("latin-1").split("\r\n")
    del buffer[: end + 4]
    if not (found := re.match(r"(HTTP/1\.[0-9]) ([0-9]{3})(?: |$)", first)):
        raise ValueError(f"no answer of HTTP: {first!r}")
    headers = {}
    for name, _, value in (line.partition(":") for line in lines):
        headers.setdefault(name.lower(), []).append(value.strip(" \t"))
    return found[1], int(found[2]), {name: ", ".join(values) for name, values in headers.items()}


def fetch_all(address, targets, read_body):
    answers, sock, buffer, alive = [], None, bytearray(), False
    with ExitStack() as stack:  # what it holds is closed, here and when it fails
        for target in targets:
            request = f"GET {target} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode()
            if not (alive and begins(sock, request, buffer)):
                stack.close()
                sock, buffer = stack.enter_context(socket.create_connection(address)), bytearray()
                sock.sendall(request)
            status = 100
            while status < 200:
                version, status, headers = read_head(sock, buffer)
            bodiless = status in (204, 304)
            answers.append((status, b"" if bodiless else read_body(sock, headers, buffer)))
            framed = bodiless or "content-length" in headers or "transfer-encoding" in headers
            options = re.split("[ \t,]+", headers.get("connection", "").lower())
            alive = framed and "close" not in options and version != "HTTP/1.0"
    return answers
