"""How long do a question and its answer take: over UDP, over one TCP connection, over a new one each time?

In two terminals:

    python3 05_ping_server.py
    python3 05_ping_client.py
"""

import argparse
import signal
import socket
import statistics
import sys
import time
from collections.abc import Callable


def over_udp(sock: socket.socket, question: bytes) -> bool:
    sock.send(question)
    try:
        while sock.recv(2048) != question:  # a late answer to an earlier question
            continue
    except TimeoutError:
        return False  # the question was lost, or its answer
    return True


def over_tcp(sock: socket.socket, question: bytes) -> bool:
    sock.sendall(question)
    with sock.makefile("rb") as stream:
        return stream.read(len(question)) == question  # all of it, in however many pieces


def measure(name: str, ask: Callable[[bytes], bool]) -> None:
    times = []
    for number in range(20):
        begun = time.perf_counter()
        if ask(b"question %02d" % number):
            times.append(1000 * (time.perf_counter() - begun))
    median = statistics.median(times or [float("nan")])
    print(f"{name:<19}  {len(times)} of 20 answered, median {median:.3f} ms", flush=True)


def compare(address: tuple[str, int]) -> None:
    def over_new_tcp(question: bytes) -> bool:
        with socket.create_connection(address, timeout=10) as sock:  # this alone is a round trip
            return over_tcp(sock, question)

    with socket.create_connection(address, timeout=10) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.connect(address)
        udp.settimeout(1)
        measure("UDP", lambda question: over_udp(udp, question))
        measure("TCP, one connection", lambda question: over_tcp(tcp, question))
        measure("TCP, a new one each", over_new_tcp)


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("--host", default="127.0.0.1", help="name or address of the server; default: 127.0.0.1")
    cli.add_argument("--port", type=int, default=8005, help="default: 8005")
    args = cli.parse_args()
    if not 0 < args.port < 65536:
        cli.error("--port is a number from 1 to 65535")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program at once, even inside a call
    try:
        compare((args.host, args.port))
    except OSError as error:
        sys.exit(f"Can't ask {args.host} port {args.port}: {error}")


if __name__ == "__main__":
    main()
