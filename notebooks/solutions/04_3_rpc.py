"""04-3: ask again, and believe only the right answer."""

import os
import time


def rpc(sock, address, request, timeout, tries):
    key = os.urandom(4)  # new for this call, the same for all of its tries; hard to guess for a forger
    for _ in range(tries):
        deadline = time.monotonic() + timeout  # for the whole try, however much rubbish comes
        try:
            sock.sendto(key + request, address)
        except ConnectionError:
            pass  # the last datagram found nobody: this one may
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                data, sender = sock.recvfrom(65535)  # no datagram is longer
            except TimeoutError:
                break
            except ConnectionError:
                continue  # nobody is at home, says Windows: wait on
            if sender == address and data[:4] == key:  # a short one never equals the 4 bytes of key
                return data[4:]
    raise TimeoutError(f"no answer from {address} after {tries} tries")
