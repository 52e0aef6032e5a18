"""Greet each visitor by name, and hang up.

In two terminals:

    python3 00_hello_server.py
    python3 00_hello_client.py Ada
"""

import argparse
import signal
import socket
import sys


def serve(host: str, port: int) -> None:
    with socket.create_server((host, port)) as listener:
        print("listening on port", listener.getsockname()[1], flush=True)
        while True:
            conn, address = listener.accept()  # stands still until somebody comes
            try:
                greet(conn, address)
            except OSError as error:  # one visitor's trouble is not the server's end
                print(f"{address[0]} port {address[1]}: {error}", flush=True)


def greet(conn: socket.socket, address: tuple[str, int]) -> None:
    conn.settimeout(10)  # a visitor who stays silent must not keep the others waiting for ever
    with conn, conn.makefile("rb") as stream:
        name = stream.readline(1000).strip()
        conn.sendall(b"Hello, " + name + b"! You are at port %d.\n" % address[1])
    print(f"{address[0]} port {address[1]} said hello", flush=True)


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this computer only")
    cli.add_argument("--port", type=int, default=8000, help="default: 8000; 0 takes any free one")
    args = cli.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        serve(args.host, args.port)
    except (OSError, OverflowError) as error:
        sys.exit(f"Can't serve at {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
