"""How long a body is (RFC 9112, section 6)."""

from __future__ import annotations

import re
from typing import Literal

from .heads import QUOTED, TOKEN, BadMessage, Head, ResponseHead

MOST_DIGITS = 18  # of a length: a billion gigabytes less one
_CODING = re.compile(  # RFC 9112, section 7: a token, and parameters
    rb"(%(token)s)((?:[ \t]*;[ \t]*%(token)s[ \t]*=[ \t]*(?:%(token)s|%(quoted)s))*)"
    % {b"token": TOKEN, b"quoted": QUOTED}
)


def body_length(head: Head, *, answers: str = "GET") -> int | Literal["chunked", "close"] | None:
    """How the body is framed (RFC 9112, section 6.3): a number of bytes, "chunked", "close", or None.

    "close" is a response's body that ends with its connection. None is no body at all. `answers` is the
    method that a response answers. A chunked response may be coded otherwise, too: under its chunks.
    Raises BadMessage for two lengths, or one that can not be trusted.
    """
    codings, lengths = head.all("Transfer-Encoding"), head.all("Content-Length")
    if isinstance(head, ResponseHead):
        bodiless = answers == "HEAD" or head.status_class == 1 or head.status in (204, 304)
        if bodiless or (answers == "CONNECT" and head.status_class == 2):
            return None
    if codings and lengths:
        raise BadMessage("both Transfer-Encoding and Content-Length: which is true? (RFC 9112, section 6.1)")
    if codings:
        return _coded(head)
    if len(lengths) > 1:
        raise BadMessage("Content-Length more than once (RFC 9112, section 6.3)")
    if lengths:
        return _number(lengths[0])
    return "close" if isinstance(head, ResponseHead) else None


def _coded(head: Head) -> Literal["chunked", "close"]:
    if head.version < (1, 1):
        raise BadMessage("Transfer-Encoding in a message of HTTP/1.0 (RFC 9112, section 6.1)")
    codings = head.options("Transfer-Encoding")
    shown = ", ".join(codings)[:60]
    names = []
    for each in codings:
        if not (matched := _CODING.fullmatch(each.encode("latin-1"))):
            raise BadMessage(f"Transfer-Encoding is no list of codings: {shown!r}")
        if matched[1] == b"chunked" and matched[2]:
            raise BadMessage("Transfer-Encoding: chunked has no parameters (RFC 9112, section 7.1)")
        names.append(matched[1])
    if names.count(b"chunked") > 1:
        raise BadMessage("Transfer-Encoding: chunked more than once (RFC 9112, section 6.1)")
    last = names[-1:] == [b"chunked"]
    if isinstance(head, ResponseHead):
        return "chunked" if last else "close"
    if not last:
        raise BadMessage(f"the last Transfer-Encoding is not chunked, but {shown!r}: how long is the body?")
    if len(names) > 1:
        raise BadMessage(f"the transfer coding {shown!r} is not known here", status=501)
    return "chunked"


def _number(length: str) -> int:
    if not re.fullmatch(r"[0-9]+", length):
        raise BadMessage(f"Content-Length is not a number: {length[:40]!r}")
    if len(length.lstrip("0")) > MOST_DIGITS:
        raise BadMessage(f"Content-Length is too large: {length[:40]}...", status=413)
    return int(length.lstrip("0") or "0")
