"""03-1: exactly n bytes. recv gives up to n, so count what is missing."""


def read_exact(sock, n):
    data = bytearray()
    while len(data) < n:  # for n = 0 nothing is missing, so nothing waits
        chunk = sock.recv(n - len(data))  # not a byte of what comes next
        if not chunk:  # b"": the peer has ended the stream
            raise EOFError(f"{n - len(data)} of {n} bytes missing")
        data += chunk
    return bytes(data)
