"""Send what you type to an echo server, and show what comes back. Ctrl-D (Windows: Ctrl-Z, Enter) ends it.

In two terminals:

    python3 01_echo_server.py
    python3 01_echo_client.py
"""

import argparse
import os
import signal
import socket
import sys


def converse(sock: socket.socket) -> None:
    while typed := os.read(0, 4096):  # a line of yours, or a piece of a file; b"" at its end
        sock.sendall(typed)
        missing = len(typed)
        while missing:  # the echo may come in several pieces
            piece = sock.recv(missing)
            if not piece:
                raise EOFError(f"the server hung up, and {missing} bytes were missing")
            sys.stdout.buffer.write(piece)
            missing -= len(piece)
        sys.stdout.flush()


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="name or address of the server; default: 127.0.0.1")
    cli.add_argument("--port", type=int, default=8001, help="default: 8001")
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
