"""What learners are given: the head of a request, read strictly, for 08-5."""

from __future__ import annotations

from typing import BinaryIO

from ...wire.http_messages import BadMessage, body_length, end_of_head, parse_request


def read_head(file: BinaryIO) -> tuple[str, str, list[tuple[str, str]], int]:
    """The head of one request, strictly: (method, target, fields, length of the body).

    Raises ValueError if it is none, EOFError if the stream ends before it does.
    """
    data = bytearray()
    while end_of_head(data) < 0:
        line = file.readline(65537)
        if not line:
            raise EOFError("the stream ended before a whole head")
        data += line
    head = parse_request(bytes(data))
    if head.version > (1, 1):
        raise BadMessage("only HTTP/1.0 and HTTP/1.1 are taken here")
    if head.all("Transfer-Encoding"):
        raise BadMessage("Transfer-Encoding is not taken here")
    fields = [(each.name, each.value) for each in head.fields]
    return head.method, head.target, fields, int(body_length(head) or 0)
