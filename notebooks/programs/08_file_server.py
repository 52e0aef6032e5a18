"""Serve the files of a folder to browsers, and nothing that lies outside it.

In two terminals:

    python3 08_file_server.py .
    curl -i http://127.0.0.1:8008/08_file_server.py      or: your browser
"""

import argparse
import contextlib
import mimetypes
import os
import re
import signal
import socket
import sys
import threading
import time
from urllib.parse import unquote, urlsplit


def serve(host: str, port: int, root: str) -> None:
    with socket.create_server((host, port)) as listener:
        print("listening on port", listener.getsockname()[1], flush=True)
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=handle, args=(conn, root), daemon=True).start()


def handle(conn: socket.socket, root: str) -> None:
    with conn, contextlib.suppress(OSError):  # who has gone needs no answer
        method, place = "GET", None
        try:
            method, target = read_request(conn, time.monotonic() + 10)
            place = find(root, target)
            status = "200 OK" if place else "404 Not Found"
        except (ValueError, TimeoutError) as error:
            status = "408 Request Timeout" if isinstance(error, TimeoutError) else "400 Bad Request"
        if method not in ("GET", "HEAD"):
            status, place = "405 Method Not Allowed", None
        answer(conn, status, place or os.devnull, method == "GET")


def read_request(conn: socket.socket, end: float) -> tuple[str, str]:
    head = b""
    while b"\r\n\r\n" not in head:
        conn.settimeout(max(end - time.monotonic(), 0.001))  # a limit for all of it, not for each recv
        head += (data := conn.recv(4096))
        if not data or len(head) > 16_384:
            raise ValueError("no whole head")
    method, target, version = head.partition(b"\r\n")[0].decode("ascii").split(" ")
    if version != "HTTP/1.0" and not (version == "HTTP/1.1" and b"\r\nhost:" in head.lower()):
        raise ValueError("no HTTP/1")
    return method, target


def find(root: str, target: str) -> str | None:
    path = re.sub(r"/\Z", "/index.html", unquote(urlsplit(target).path))
    place = os.path.realpath(os.path.join(root, path.lstrip("/")))  # where it leads, after all dots and links
    inside = os.path.commonpath([root, place]) == root  # "/srv/www-secret" starts with "/srv/www", too
    return place if inside and os.path.isfile(place) and os.access(place, os.R_OK) else None


def answer(conn: socket.socket, status: str, place: str, body: bool) -> None:
    conn.settimeout(10)
    kind = mimetypes.guess_type(place)[0] or "application/octet-stream"
    with open(place, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        fields = f"Content-Type: {kind}\r\nContent-Length: {size}\r\nConnection: close\r\nAllow: GET, HEAD"
        conn.sendall(f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n".encode())
        if size and body:
            conn.sendfile(file, count=size)
    conn.shutdown(socket.SHUT_WR)  # to close with bytes unread would destroy the answer: so read first
    while conn.recv(65536):
        continue


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("folder", nargs="?", default=".", help="default: the folder that you are in")
    cli.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this computer only")
    cli.add_argument("--port", type=int, default=8008, help="default: 8008; 0 takes any free one")
    args = cli.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        serve(args.host, args.port, os.path.realpath(args.folder, strict=True))
    except (OSError, OverflowError) as error:
        sys.exit(f"Can't serve {args.folder} at {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
