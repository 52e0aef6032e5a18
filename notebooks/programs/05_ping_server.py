"""Echo over TCP and over UDP, for 05_ping_client.py to measure.

In two terminals:

    python3 05_ping_server.py
    python3 05_ping_client.py
"""

import argparse
import contextlib
import signal
import socket
import sys
import threading


def serve(host: str, port: int) -> None:
    with socket.create_server((host, port)) as listener, socket.socket(type=socket.SOCK_DGRAM) as mailbox:
        port = listener.getsockname()[1]
        mailbox.bind((host, port))  # the same number: TCP and UDP have ports of their own
        print("listening on TCP and UDP port", port, flush=True)
        threading.Thread(target=echo_datagrams, args=(mailbox,), daemon=True).start()
        while True:
            conn, address = listener.accept()
            threading.Thread(target=echo_stream, args=(conn,), daemon=True).start()


def echo_datagrams(mailbox: socket.socket) -> None:
    while True:
        with contextlib.suppress(OSError):  # news about one datagram is no reason to stop
            data, address = mailbox.recvfrom(2048)
            mailbox.sendto(data, address)


def echo_stream(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(2048):
            conn.sendall(data)


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this computer only")
    cli.add_argument("--port", type=int, default=8005, help="default: 8005; 0 takes any free one")
    args = cli.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        serve(args.host, args.port)
    except (OSError, OverflowError) as error:
        sys.exit(f"Can't serve at {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
