"""Send each message back in capital letters. A message is its length, in 4 bytes, and then the message.

In two terminals:

    python3 03_message_server.py
    python3 03_message_client.py
"""

import argparse
import signal
import socket
import struct
import sys
import threading

LIMIT = 1_000_000  # bytes: the other end must not decide how much memory a message takes


def serve(host: str, port: int) -> None:
    with socket.create_server((host, port)) as listener:
        print("listening on port", listener.getsockname()[1], flush=True)
        while True:
            conn, address = listener.accept()
            who = f"{address[0]} port {address[1]}"
            threading.Thread(target=converse, args=(conn, who), daemon=True).start()


def converse(conn: socket.socket, who: str) -> None:
    try:
        with conn:
            while first := conn.recv(1):  # b"" here, between two messages, is the end that was meant
                (length,) = struct.unpack("!I", first + read_exact(conn, 3))
                if length > LIMIT:
                    raise ValueError(f"a message of {length} bytes is more than {LIMIT}")
                text = read_exact(conn, length).decode()  # whole, so no character is cut in two
                answer = text.upper().encode()  # "straße" becomes "STRASSE"
                conn.sendall(struct.pack("!I", len(answer)) + answer)
        print(who, "has finished", flush=True)
    except (OSError, EOFError, ValueError) as error:  # UnicodeDecodeError is a ValueError
        print(f"{who}: {error}", flush=True)


def read_exact(sock: socket.socket, n: int) -> bytes:
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError(f"the stream ended, and {n - len(data)} bytes were missing")
        data += piece
    return data


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this computer only")
    cli.add_argument("--port", type=int, default=8003, help="default: 8003; 0 takes any free one")
    args = cli.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        serve(args.host, args.port)
    except (OSError, OverflowError) as error:
        sys.exit(f"Can't serve at {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
