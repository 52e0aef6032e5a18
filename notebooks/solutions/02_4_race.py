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
                next_start = time.monotonic() + delay
                try:
                    running.append(begin(*waiting.pop(0)))
                except OSError as error:  # it has failed before it began
                    failure, next_start = error, 0
                    continue
            patience = max(0, next_start - time.monotonic()) if waiting else None
            # Writable: connected, or failed. (On Windows a failure is in the third list.)
            _, writable, failed = select.select([], running, running, patience)
            for sock in {*writable, *failed}:
                running.remove(sock)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    sock.setblocking(True)
                    return sock
                sock.close()
                failure, next_start = OSError(code, f"connect failed: error {code}"), 0
        raise failure
    finally:
        for sock in running:  # the losers
            sock.close()


def begin(family, sockaddr):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.connect(sockaddr)
    except BlockingIOError:
        pass  # under way: select says when it has ended
    except OSError:
        sock.close()
        raise
    return sock
