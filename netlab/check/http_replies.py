"""Replies of an HTTP server, right ones and wrong ones. A Script says them."""

from __future__ import annotations

import http.client
from collections.abc import Iterable
from typing import Any


def head(status: int = 200, *fields: str, version: str = "1.1", reason: str | None = None) -> bytes:
    """The head of an answer."""
    phrase = http.client.responses.get(status, "") if reason is None else reason
    return "\r\n".join([f"HTTP/{version} {status} {phrase}", *fields, "", ""]).encode("latin-1")


def answer(status: int = 200, body: bytes = b"", *fields: str, **more: Any) -> bytes:
    """An answer with a Content-Length."""
    return head(status, *fields, f"Content-Length: {len(body)}", **more) + body


def chunks(
    body: bytes, sizes: Iterable[int], *, extension: str = "", trailers: Iterable[str] = (), form: str = "x"
) -> bytes:
    """A body in chunks of these sizes, the rest in a last one. `form`: of the sizes, as for format()."""
    data, start = bytearray(), 0
    for size in [*sizes, len(body)]:
        part = body[start : start + size]
        start += size
        if part:
            data += f"{len(part):{form}}{extension}\r\n".encode() + part + b"\r\n"
    ends = "".join(f"{line}\r\n" for line in trailers)
    return bytes(data) + f"0{extension}\r\n{ends}\r\n".encode()
