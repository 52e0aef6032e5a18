"""Tell each client which address and port it seems to have, over IPv4 and over IPv6.

In two terminals:

    python3 02_who_am_i_server.py
    python3 02_who_am_i_client.py

Between two computers: --host 0.0.0.0 here, and --host with this computer's address at the client.
"""

import argparse
import contextlib
import signal
import socket
import sys
import threading


def serve(name: str, port: int) -> None:
    families = {address[0]: family for family, *_, address in socket.getaddrinfo(name, None)}
    for host, family in families.items():  # localhost is one name for two addresses
        try:
            listener = socket.create_server((host, port), family=family)
        except OSError as error:
            print(f"not at {host} port {port}: {error}", flush=True)
            continue
        port = listener.getsockname()[1]  # with --port 0, the second gets the number of the first
        print(f"listening on {host} port {port}", flush=True)
        threading.Thread(target=answer, args=(listener,)).start()
    if threading.active_count() == 1:
        raise OSError("there is nothing to listen on")


def answer(listener: socket.socket) -> None:
    while True:
        conn, (host, port, *_) = listener.accept()  # IPv6 has two numbers more: flow and scope
        print(f"I was asked by {host} port {port}", flush=True)
        with conn, contextlib.suppress(OSError):  # who has gone needs no answer
            conn.sendall(f"{host} port {port}".encode())


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="localhost", help="default: localhost, this computer only")
    cli.add_argument("--port", type=int, default=8002, help="default: 8002; 0 takes any free one")
    args = cli.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        serve(args.host, args.port)
    except (OSError, OverflowError) as error:
        sys.exit(f"Can't serve at {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
