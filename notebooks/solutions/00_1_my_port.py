"""00-1: the port at your own end of a connection."""


def my_port(sock):
    # getsockname() is this end's address, getpeername() the other end's.
    # It is (host, port) for IPv4 and (host, port, flow, scope) for IPv6: the port is always number 1.
    return sock.getsockname()[1]
