"""Count visitors by postcard (UDP), each of them once, however often the postcard comes.

In two terminals:

    python3 04_postcard_server.py --lose 0.3
    python3 04_postcard_client.py
"""

import argparse
import functools
import itertools
import random
import signal
import socket
import sys

visitors = itertools.count(1)


@functools.lru_cache(maxsize=1000)  # asked again, it gives the same answer, and counts nobody
def answer(identifier: bytes, address: tuple[str, int]) -> bytes:
    return identifier + b"you are visitor %d" % next(visitors)


def serve(host: str, port: int, lose: float) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, port))
        print("listening on UDP port", sock.getsockname()[1], flush=True)
        while True:
            try:
                print(handle(sock, lose), flush=True)
            except OSError as error:  # news about one postcard (Windows: its sender has gone)
                print(error, flush=True)


def handle(sock: socket.socket, lose: float) -> str:
    card, address = sock.recvfrom(2048)  # one postcard, whole
    who = f"{address[0]} port {address[1]}:"
    if random.random() < lose:
        return f"{who} the question was lost"
    back = answer(card[:8], address)
    if random.random() < lose:
        return f"{who} the answer was lost"
    sock.sendto(back, address)
    return f"{who} answered"


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this computer only")
    cli.add_argument("--port", type=int, default=8004, help="default: 8004; 0 takes any free one")
    cli.add_argument("--lose", type=float, default=0.0, help="lose this fraction of postcards, both ways")
    args = cli.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        serve(args.host, args.port, args.lose)
    except (OSError, OverflowError) as error:
        sys.exit(f"Can't serve at {args.host} UDP port {args.port}: {error}")


if __name__ == "__main__":
    main()
