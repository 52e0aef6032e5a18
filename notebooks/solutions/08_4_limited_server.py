"""08-4: limits for size and time, and a polite end."""

import re
import socket
import time


def receive(conn, end):
    """The next bytes, until the moment end: all calls together have the time that is left."""
    if (left := end - time.monotonic()) <= 0:
        raise TimeoutError
    conn.settimeout(left)
    if not (data := conn.recv(4096)):
        raise EOFError
    return data


def answer(conn, most_head, most_body, end):
    """The status for the request, and its body."""
    data = b""
    try:
        while (cut := data.find(b"\r\n\r\n")) == -1 and len(data) <= most_head:
            data += receive(conn, end)
        if cut == -1 or cut + 4 > most_head:
            return "431 Request Header Fields Too Large", b""
        length = re.search(rb"(?i)\r\nContent-Length:[ \t]*(\d+)", data[:cut])
        size = int(length[1]) if length else 0
        if size > most_body:
            return "413 Content Too Large", b""
        while len(data) < cut + 4 + size:
            data += receive(conn, end)
    except TimeoutError:
        return "408 Request Timeout", b""
    return "200 OK", data[cut + 4 : cut + 4 + size]


def limited_server(conn, most_head, most_body, seconds):
    try:
        with conn:
            status, body = answer(conn, most_head, most_body, time.monotonic() + seconds)
            head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            conn.settimeout(seconds)
            conn.sendall(head.encode() + body)
            conn.shutdown(socket.SHUT_WR)
            end = time.monotonic() + seconds
            while receive(conn, end):  # bytes unread when we close would reset the connection
                pass
    except (EOFError, OSError):  # TimeoutError is an OSError, too
        pass
