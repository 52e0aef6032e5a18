"""03-3: one line at a time. What came too early waits in the caller's buffer."""


def read_line(sock, buffer, limit):
    # Look before you receive: the line may have come together with the last one.
    while (end := buffer.find(b"\n")) == -1 and len(buffer) <= limit:
        chunk = sock.recv(4096)
        if not chunk:
            if buffer:
                raise EOFError(f"the stream ended {len(buffer)} bytes into a line")
            return None
        buffer += chunk  # the caller's own: `buffer = buffer + chunk` makes another
    if end == -1 or end > limit:
        raise ValueError(f"a line of more than {limit} bytes")
    line = bytes(buffer[:end])
    del buffer[: end + 1]
    return line
