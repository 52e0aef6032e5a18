"""Say hello to a server, and show all that it answers.

In two terminals:

    python3 00_hello_server.py
    python3 00_hello_client.py Ada
"""

import argparse
import signal
import socket
import sys


def say_hello(host: str, port: int, name: str) -> None:
    with socket.create_connection((host, port), timeout=10) as sock:
        sock.sendall(name.encode() + b"\n")
        while piece := sock.recv(4096):  # up to 4096 bytes; b"" means that the server has finished
            sys.stdout.buffer.write(piece)


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("name", nargs="?", default="world", help="your name; default: world")
    cli.add_argument("--host", default="127.0.0.1", help="name or address of the server; default: 127.0.0.1")
    cli.add_argument("--port", type=int, default=8000, help="default: 8000")
    args = cli.parse_args()
    if not 0 < args.port < 65536:
        cli.error("--port is a number from 1 to 65535")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        say_hello(args.host, args.port, args.name)
    except OSError as error:
        sys.exit(f"Can't talk to {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
