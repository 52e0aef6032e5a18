"""02-4: Happy Eyeballs. One thread, non-blocking sockets, and select."""

import select
import socket
import time


def race(addresses, delay):
    waiting = list(addresses)
    running = []  # sockets whose connect is under way
    failure = OSError("no address to try")
    next_start = time.monotonic()
    try:
        while waiting or running:
            if waiting and (not running or time.monotonic() >= next_start):
                family, sockaddr = waiting.pop(0)
                sock = socket.socket(family, socket.SOCK_STREAM)
                running.append(sock)
                sock.setblocking(False)
                sock.connect_ex(sockaddr)  # begins; select says when it has ended
                next_start = time.monotonic() + delay
            patience = max(0, next_start - time.monotonic()) if waiting else None
            # Writable: connected, or failed. (On Windows a failure is in the third list.)
            _, writable, failed = select.select([], running, running, patience)
            for sock in {*writable, *failed}:
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    running.remove(sock)
                    sock.setblocking(True)
                    return sock
                failure = OSError(code, f"connect failed: error {code}")
                running.remove(sock)
                sock.close()
                next_start = time.monotonic()  # do not wait after a failure
        raise failure
    finally:
        for sock in running:  # the losers
            sock.close()
