"""Which visitor am I? Ask by postcard (UDP), and again while no answer comes.

In two terminals:

    python3 04_postcard_server.py --lose 0.3
    python3 04_postcard_client.py
"""

import argparse
import os
import signal
import socket
import sys
import time


def ask(host: str, port: int) -> None:
    identifier = os.urandom(8)  # nobody can guess it: who sends it back has read it
    patience = 0.1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, port))  # sends nothing: from now on, the kernel drops what others write
        for attempt in range(1, 8):
            sock.send(identifier)
            if text := hear(sock, identifier, patience):
                print(f"try {attempt}: {text}")
                return
            print(f"try {attempt}: nothing within {patience:.1f} s", flush=True)
            patience *= 2  # perhaps the network is full: do not make it worse
    raise TimeoutError("no answer to 7 postcards")


def hear(sock: socket.socket, identifier: bytes, patience: float) -> str:
    """The answer with this identifier, or "" if it does not come in time, whatever else comes."""
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            card = sock.recv(2048)
        except TimeoutError:
            break
        if card.startswith(identifier):  # and not a late answer to another question
            return card[len(identifier) :].decode()
    return ""


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="name or address of the server; default: 127.0.0.1")
    cli.add_argument("--port", type=int, default=8004, help="default: 8004")
    args = cli.parse_args()
    if not 0 < args.port < 65536:
        cli.error("--port is a number from 1 to 65535")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        ask(args.host, args.port)
    except OSError as error:
        sys.exit(f"Can't ask {args.host} UDP port {args.port}: {error}")


if __name__ == "__main__":
    main()
