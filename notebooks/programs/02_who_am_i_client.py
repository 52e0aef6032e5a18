"""What is my address, and who sees it? Ask a server, at each address that its name has.

In two terminals:

    python3 02_who_am_i_server.py
    python3 02_who_am_i_client.py
"""

import argparse
import signal
import socket
import sys


def ask(host: str, port: int) -> None:
    with socket.create_connection((host, port), timeout=10) as sock, sock.makefile("rb") as stream:
        mine = "{} port {}".format(*sock.getsockname())
        seen = stream.read().decode()  # to the end of the stream
    print(f"{host} port {port}\n  I say I am {mine}\n  it sees me {seen}")
    print(
        "  the same: nothing in between changed it" if mine == seen else "  a NAT in between has changed it"
    )


def ask_everywhere(name: str, port: int) -> None:
    hosts = dict.fromkeys(address[0] for *_, address in socket.getaddrinfo(name, None))  # each of them once
    failed = 0
    for host in map(str, hosts):
        try:
            ask(host, port)
        except OSError as error:
            print(f"{host} port {port}: {error}")
            failed += 1
    if failed == len(hosts):
        raise OSError("no address of it answers")


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="localhost", help="name or address of the server; default: localhost")
    cli.add_argument("--port", type=int, default=8002, help="default: 8002")
    args = cli.parse_args()
    if not 0 < args.port < 65536:
        cli.error("--port is a number from 1 to 65535")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        ask_everywhere(args.host, args.port)
    except OSError as error:
        sys.exit(f"Can't ask {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
