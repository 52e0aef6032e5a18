"""02-3: connect to whichever address of a host answers."""

import socket


def connect_any(host, port, timeout):
    failure = OSError(f"{host} has no address")
    for family, kind, proto, _, sockaddr in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = None
        try:
            sock = socket.socket(family, kind, proto)  # fails if there is no IPv6 here
            sock.settimeout(timeout)
            sock.connect(sockaddr)  # all of it, whether it has two parts or four
            sock.settimeout(None)  # the timeout was for connecting only
            return sock
        except OSError as error:  # refused, silent, unreachable: on to the next one
            failure = error
            if sock is not None:
                sock.close()
    raise failure
