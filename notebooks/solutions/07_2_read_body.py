"""07-2: a length, chunks, or the end of the stream. All bytes pass through buffer, and each is taken once."""

import re


def read_body(sock, headers, buffer):
    def receive():
        data = sock.recv(65536)
        if not data:
            raise EOFError("the stream ended inside the body")
        buffer.extend(data)

    def take(size):
        while len(buffer) < size:
            receive()
        data = bytes(buffer[:size])
        del buffer[:size]  # the caller's own object: what comes behind stays in it
        return data

    def take_line():
        while (end := buffer.find(b"\n")) < 0:
            receive()
        if (line := take(end + 1))[-2:] != b"\r\n":
            raise ValueError(f"a line that does not end in CR LF: {line!r}")
        return line[:-2]

    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if length is not None or coding.lower() != "chunked":
            raise ValueError(f"transfer-encoding {coding}, content-length {length}")
        body = bytearray()
        while True:
            size = take_line().partition(b";")[0]
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size):  # int(size, 16) takes more than that
                raise ValueError(f"no size of a chunk: {size!r}")
            if int(size, 16) == 0:
                while take_line():
                    continue  # the trailers
                return bytes(body)
            body += take(int(size, 16))
            if take_line():
                raise ValueError("a chunk is longer than its size")
    if length is not None:
        if re.fullmatch("[0-9]+", length):
            return take(int(length))
        raise ValueError(f"content-length {length!r}")
    while data := sock.recv(65536):
        buffer.extend(data)
    return take(len(buffer))
