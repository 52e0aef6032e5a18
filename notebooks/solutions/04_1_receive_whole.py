"""04-1: one datagram, whole or not at all."""


def receive_whole(sock, size):
    # Room for one byte more than is allowed: if that byte comes, the datagram was too long.
    # Windows does not cut in silence: there recvfrom raises OSError if even size + 1 was too little.
    try:
        data, address = sock.recvfrom(size + 1)
    except OSError as error:
        if getattr(error, "winerror", None) != 10040:  # WSAEMSGSIZE
            raise
        data, address = bytes(size + 1), None
    if len(data) > size:
        raise ValueError(f"the datagram is longer than {size} bytes")
    return data, address  # b"" is a datagram, too
