"""Send every byte back to where it came from, for any number of clients at once.

In two terminals:

    python3 01_echo_server.py
    python3 01_echo_client.py      or: nc 127.0.0.1 8001
"""

import argparse
import signal
import socket
import sys
import threading


def serve(host: str, port: int) -> None:
    with socket.create_server((host, port)) as listener:  # socket, bind, listen
        print("listening on port", listener.getsockname()[1], flush=True)
        while True:
            conn, address = listener.accept()
            who = f"{address[0]} port {address[1]}"
            print(who, "came", flush=True)
            threading.Thread(target=echo, args=(conn, who), daemon=True).start()  # nobody waits in line


def echo(conn: socket.socket, who: str) -> None:
    count = 0
    try:
        with conn:  # closes it, whatever happens inside
            while data := conn.recv(65536):  # what is there; b"" means that the client has finished
                conn.sendall(data)  # all of it, however many sends that takes
                count += len(data)
        print(f"{who} left after {count} bytes", flush=True)
    except OSError as error:
        print(f"{who} broke off after {count} bytes: {error}", flush=True)


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this computer only")
    cli.add_argument("--port", type=int, default=8001, help="default: 8001; 0 takes any free one")
    args = cli.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        serve(args.host, args.port)
    except (OSError, OverflowError) as error:
        sys.exit(f"Can't serve at {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
