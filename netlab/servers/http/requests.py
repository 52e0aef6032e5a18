"""Takes requests off a connection: strict about how they are written, how large they are, how long."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote

from netlab.wire.http_messages import (
    TOKEN,
    BadMessage,
    ChunkReader,
    Field,
    RequestHead,
    body_length,
    end_of_head,
    parse_request,
    split_authority,
    split_target,
)


@dataclass(frozen=True)
class Limits:
    """How much a client may ask for, in bytes and seconds.

    head: of the request line and the header fields (431, or 414 if the target alone is longer);
    body: of the body, without its framing (413); idle: between two requests, before the connection is closed;
    seconds: until a head, and then a body, has come in full (408), and for the client to take an answer.
    """

    head: int = 16 * 1024
    body: int = 10 * 1024 * 1024
    seconds: float = 10.0
    idle: float = 30.0


class ClientDisconnected(ConnectionAbortedError):
    """The client has gone or does not take its response, or the server stops: no fault of the application."""


@dataclass
class Request:
    """A request that has come in full. `raw` is what came, byte for byte.

    The Host of its head is that of the target, if the target names one (RFC 9112, section 3.2.2).
    """

    head: RequestHead
    body: bytes
    raw: bytes
    trailers: tuple[Field, ...]
    conn: socket.socket
    address: Any

    def __post_init__(self) -> None:
        self.method = self.head.method
        _, self.raw_path, self.query = split_target(self.head)
        self.path = unquote(self.raw_path)


@lru_cache(maxsize=16)  # it is asked the same at every request
def is_loopback(host: str) -> bool:
    """Whether a Host field names this machine's loopback.

    A page of another site can make its own name point here (DNS rebinding); its Host field still tells.
    """
    try:
        name, _ = split_authority(host)
        if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
            return True
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _for_us(head: RequestHead) -> RequestHead:
    """The head, with the Host that counts; BadMessage if this is not the server that it is meant for."""
    authority = "" if head.target.startswith("/") else split_target(head)[0]
    host = authority or head.get("Host")
    if host.startswith(":") or (not host and head.all("Host")):
        raise BadMessage("Host names no host (RFC 9110, section 4.2.1)")
    if host and not is_loopback(host):
        raise BadMessage(f"this server is not {host[:100]!r}: it answers to 127.0.0.1", status=421)
    if head.method == "CONNECT":
        raise BadMessage(f"this server is no way to {authority[:100]!r}", status=501)
    if head.target.lower().startswith("https:"):
        raise BadMessage("this connection is not secured, and https asks for that", status=421)
    if authority:
        others = (each for each in head.fields if each.name.lower() != "host")
        head = replace(head, fields=(Field("Host", authority), *others))
    return head


class RequestReader:
    """Takes requests from the bytes of a connection; what belongs to the next one waits in the buffer."""

    def __init__(self, conn: socket.socket, address: Any, limits: Limits) -> None:
        self.conn, self.address, self.limits = conn, address, limits
        self.buffer = bytearray()
        self.begun = False
        self.head: RequestHead | None = None  # of the request that is being read, once it has come

    def request(self) -> Request | None:
        """The next request, or None if the client has finished. Raises BadMessage."""
        self.head = None
        if (raw_head := self._head()) is None:
            return None
        self.head = parse_request(raw_head)
        head = self.head = _for_us(self.head)
        names = {each.name.lower() for each in head.fields}  # to ask for what is seldom there costs time
        length = body_length(head) if names & {"content-length", "transfer-encoding"} else None
        if isinstance(length, int) and length > self.limits.body:
            raise self._too_large()
        expected = head.options("Expect") if "expect" in names else []
        if unknown := [each for each in expected if each != "100-continue"]:
            raise BadMessage(f"the expectation {unknown[0][:40]!r} is not known here", status=417)
        if expected and length and not self.buffer and head.version >= (1, 1):
            self.conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        deadline = time.monotonic() + self.limits.seconds
        if length == "chunked":
            body, raw_body, trailers = self._chunked(deadline)
        else:
            body = raw_body = self._take(int(length), deadline) if length else b""
            trailers = ()
        return Request(head, body, raw_head + raw_body, trailers, self.conn, self.address)

    def _head(self) -> bytes | None:
        """The next head; None if the client leaves before, or says nothing more for long.

        Empty lines before a request are passed over (RFC 9112, section 2.2).
        """
        deadline = time.monotonic() + (self.limits.idle if self.begun else self.limits.seconds)
        while True:
            while self.buffer[:2] == b"\r\n":
                del self.buffer[:2]
            if self.buffer not in (b"", b"\r"):
                break
            if not self._more(deadline):
                return None
            self.begun = True
        deadline, seen = time.monotonic() + self.limits.seconds, 0
        while (end := end_of_head(self.buffer, seen)) < 0:
            seen = len(self.buffer)
            if seen > self.limits.head:
                raise self._too_long()
            self._more(deadline, "head")
        if end > self.limits.head:
            raise self._too_long()
        return self._take(end, deadline)

    def _take(self, size: int, deadline: float) -> bytes:
        """The next bytes, so many."""
        while len(self.buffer) < size:
            self._more(deadline, "body")
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def _more(self, deadline: float, part: str = "") -> bool:
        """Receive more, of this part of a request; else False if the client finishes, or waits for long."""
        try:
            if (left := deadline - time.monotonic()) <= 0:
                raise TimeoutError
            self.conn.settimeout(left)
            data = self.conn.recv(65536)
        except TimeoutError:
            if self.begun and not part:
                return False
            why = f"the {part} of the request was not complete after" if part else "no request within"
            raise BadMessage(f"{why} {self.limits.seconds:g} s", status=408) from None
        if part and not data:
            raise BadMessage(f"the client finished in the middle of the {part}")
        self.buffer += data
        return bool(data)

    def _chunked(self, deadline: float) -> tuple[bytes, bytes, tuple[Field, ...]]:
        chunks, body, raw = ChunkReader(), bytearray(), bytearray()
        while True:
            data, self.buffer = bytes(self.buffer), bytearray()
            body += chunks.feed(data)
            raw += data
            # The framing counts too: single bytes in chunks with long extensions are no way around.
            if len(body) > self.limits.body or len(raw) > 2 * self.limits.body + self.limits.head:
                raise self._too_large()
            if chunks.done:
                self.buffer += chunks.rest
                return bytes(body), bytes(raw[: len(raw) - len(chunks.rest)]), chunks.trailers
            self._more(deadline, "body")

    def _too_long(self) -> BadMessage:
        """Which part of the head is too long (RFC 9112, section 3)."""
        line, most = bytes(self.buffer).partition(b"\r\n")[0], self.limits.head
        if len(line) <= most:
            return BadMessage(f"more than {most} bytes of header fields", status=431)
        method, space, _ = line.partition(b" ")
        if not re.fullmatch(TOKEN, method):
            return BadMessage(f"the first line does not begin with a method: {line[:40]!r}...")
        if not space:
            return BadMessage(f"no method here has {most} letters", status=501)
        return BadMessage(f"a target of more than {most} bytes", status=414)

    def _too_large(self) -> BadMessage:
        return BadMessage(f"more than {self.limits.body} bytes of body", status=413)
