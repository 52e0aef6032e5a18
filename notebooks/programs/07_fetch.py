"""Fetch a page with a bare socket: the head of the answer goes to stderr, the body to stdout.

In two terminals:

    python3 08_file_server.py
    python3 07_fetch.py http://127.0.0.1:8008/07_fetch.py
"""

import argparse
import re
import signal
import socket
import sys
from collections.abc import Iterator
from io import BufferedReader
from urllib.parse import urlsplit


def fetch(url: str) -> Iterator[bytes]:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or not re.fullmatch("[!-~]+", url):
        raise ValueError("give http://host/path, in ASCII and without blanks")
    target = "/" + parts._replace(scheme="", netloc="", fragment="").geturl().lstrip("/")
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as sock:
        sock.sendall(request.encode())
        with sock.makefile("rb") as stream:
            head = b"HTTP/1.1 1"
            while re.match(rb"HTTP/1\.1 1", head):  # 1xx only says that the answer is still to come
                head = b""
                while len(head) < 65536 and (line := stream.readline(65536)).strip():
                    head += line
                if line.strip(b"\r") != b"\n" or not head.startswith(b"HTTP/1."):
                    raise EOFError("what came is no whole head of HTTP/1")
                print(head.decode("latin-1"), file=sys.stderr, flush=True)
            yield from read_body(stream, head)


def read_body(stream: BufferedReader, head: bytes) -> Iterator[bytes]:  # RFC 9112, section 6.3
    fields = dict(re.findall(rb"\n([^:\s]+):[ \t]*([^\r\n]*)", head.lower()))
    coding, length = fields.get(b"transfer-encoding", b""), fields.get(b"content-length")
    if head.lower().count(b"\ncontent-length:") > 1:
        raise ValueError("it has two lengths, and which one is right?")
    if re.match(rb"HTTP/1\.[01] (204|304)", head):
        return  # these never have a body
    if coding.strip().endswith(b"chunked"):
        while size := number(stream.readline(1000).partition(b";")[0], 16):
            yield from take(stream, size)
            if stream.readline(1000) != b"\r\n":
                raise ValueError("a chunk is longer than its size")
    elif length is not None and not coding:
        yield from take(stream, number(length, 10))
    else:
        yield from iter(lambda: stream.read1(65536), b"")  # to the end of the stream


def number(text: bytes, base: int) -> int:
    if not re.fullmatch(rb"[0-9a-f]+", text.strip().lower()):  # int() would take +5 and 1_0, too
        raise ValueError(f"{text!r} is no length")
    return int(text, base)


def take(stream: BufferedReader, n: int) -> Iterator[bytes]:
    while n:
        if not (piece := stream.read1(min(n, 65536))):  # what is there, and not too much of it
            raise EOFError(f"{n} bytes of the body were missing")
        yield piece
        n -= len(piece)


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("url", help="it begins with http://")
    args = cli.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        for piece in fetch(args.url):
            sys.stdout.buffer.write(piece)
    except (OSError, ValueError, EOFError) as error:
        sys.exit(f"Can't fetch {args.url}: {error}")


if __name__ == "__main__":
    main()
