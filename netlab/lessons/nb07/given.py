"""What the examiner gives to functions that need an earlier exercise: a right one, whatever yours does."""

from __future__ import annotations

import re
import socket

from ...wire.http_messages import ChunkReader

PIECE = 65_536


def read_body(sock: socket.socket, headers: dict[str, str], buffer: bytearray) -> bytes:
    """The read_body of exercise 07-2. Raises TypeError for arguments that it does not take."""
    if not isinstance(sock, socket.socket) or not isinstance(buffer, bytearray):
        raise TypeError("read_body takes a socket, a dict, and a bytearray")
    if not isinstance(headers, dict) or any(name != name.lower() for name in headers):
        raise TypeError("read_body takes a dict whose names are in lower case")
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None and (length is not None or coding.lower() != "chunked"):
        raise ValueError(f"transfer-encoding {coding!r} and content-length {length!r}")
    if coding is not None:
        return _in_chunks(sock, buffer)
    if length is not None and not re.fullmatch("[0-9]{1,18}", length):
        raise ValueError(f"content-length {length!r}")
    size = None if length is None else int(length)
    while size is None or len(buffer) < size:
        data = sock.recv(PIECE)
        if not data and size is None:
            break
        buffer += data
        if not data:
            raise EOFError(f"the stream ended after {len(buffer)} of {size} bytes")
    body = bytes(buffer[:size])
    del buffer[:size]
    return body


def _in_chunks(sock: socket.socket, buffer: bytearray) -> bytes:
    reader, body = ChunkReader(unfold=True), bytearray()
    data = bytes(buffer)
    buffer.clear()
    while True:
        body += reader.feed(data)
        if reader.done:
            buffer += reader.rest
            return bytes(body)
        data = sock.recv(PIECE)
        if not data:
            raise EOFError("the stream ended inside a body in chunks")
