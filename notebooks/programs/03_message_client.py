"""Send each line as a message, and show the answer. Ctrl-D (Windows: Ctrl-Z, Enter) ends it.

In two terminals:

    python3 03_message_server.py
    python3 03_message_client.py
"""

import argparse
import signal
import socket
import struct
import sys


def exchange(sock: socket.socket, message: bytes) -> bytes:
    sock.sendall(struct.pack("!I", len(message)) + message)  # "!I": 4 bytes, most significant first
    (length,) = struct.unpack("!I", read_exact(sock, 4))
    if length > 2_000_000:
        raise EOFError(f"an answer of {length} bytes is too long")
    return read_exact(sock, length)


def read_exact(sock: socket.socket, n: int) -> bytes:
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError(f"the stream ended, and {n - len(data)} bytes were missing")
        data += piece
    return data


def converse(sock: socket.socket) -> None:
    for line in sys.stdin.buffer:
        message = line.rstrip(b"\r\n")
        answer = exchange(sock, message)
        sys.stdout.buffer.write(b"%d bytes there, %d back: %s\n" % (len(message), len(answer), answer))
        sys.stdout.flush()


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="name or address of the server; default: 127.0.0.1")
    cli.add_argument("--port", type=int, default=8003, help="default: 8003")
    args = cli.parse_args()
    if not 0 < args.port < 65536:
        cli.error("--port is a number from 1 to 65535")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        with socket.create_connection((args.host, args.port), timeout=10) as sock:
            converse(sock)
    except (OSError, EOFError) as error:
        sys.exit(f"Can't talk to {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
