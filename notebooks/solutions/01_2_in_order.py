"""01-2: an order in which one thread can make all the calls."""

ORDER = [
    "server: socket",
    "server: bind",  # the address first ...
    "server: listen",  # ... then the queue for those who come
    "client: socket",
    "client: connect",  # the kernel connects: accept need not have been called
    "server: accept",  # now somebody is in the queue, so accept does not wait
    "client: sendall",
    "server: recv",  # each recv comes after the other side's sendall
    "server: sendall",
    "client: recv",
    "client: close",
    "server: close",
]


def in_order(calls):
    return sorted(calls, key=ORDER.index)
