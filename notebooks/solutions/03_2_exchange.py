"""03-2: messages with a length in front, one there and one back."""

import struct


def exchange(sock, payload, limit):
    # "!I": 4 bytes, unsigned, most significant first, on every machine.
    sock.sendall(struct.pack("!I", len(payload)) + payload)
    header = receive(sock, 4)
    if not header:
        return None  # the end, between two frames
    if len(header) == 4:
        (length,) = struct.unpack("!I", header)
        if length > limit:  # before a byte of it is received
            raise ValueError(f"an answer of {length} bytes, more than {limit}")
        body = receive(sock, length)
        if len(body) == length:
            return body
    raise EOFError("the stream ended inside the answer")


def receive(sock, n):
    """n bytes, or fewer if the stream ends before."""
    data = bytearray()
    while len(data) < n:
        chunk = sock.recv(min(n - len(data), 65536))
        if not chunk:
            break
        data += chunk
    return bytes(data)
