"""What a server has to ask of a request: its target, its Host, its length (RFC 9112, sections 3 and 6)."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from .bodies import body_length
from .heads import BadMessage, RequestHead, read_request_lines

_AUTHORITY = re.compile(  # uri-host [ ":" port ], RFC 3986, section 3.2
    r"""( \[ (?: v[0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+ | (?P<six>[0-9a-f:.]+) ) \]
        | (?: [a-z0-9\-._~!$&'()*+,;=] | %[0-9a-f]{2} )* )
        (?: : ([0-9]*) )?""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)


def parse_request(head: bytes) -> RequestHead:
    """Read the head of a request, complete with its empty line. Raises BadMessage.

    It has one valid Host (none is right in HTTP/1.0), a target that goes with its method, and one length.
    """
    request = read_request_lines(head)
    hosts = request.all("Host")
    if len(hosts) > 1 or (not hosts and request.version >= (1, 1)):
        raise BadMessage("a request has exactly one Host field (RFC 9112, section 3.2)")
    for host in hosts:
        try:
            split_authority(host)
        except BadMessage as error:
            raise BadMessage(f"the Host field is wrong: {error}") from None
    split_target(request)
    body_length(request)
    return request


def split_authority(authority: str) -> tuple[str, str]:
    """(host, port) of an authority without user information, in lower case: what Host holds.

    An IPv6 address keeps its brackets. Each may be empty. Raises BadMessage (RFC 9110, section 7.2).
    """
    matched = _AUTHORITY.fullmatch(authority)
    if matched and (six := matched["six"]) is not None:
        try:
            IPv6Address(six)
        except ValueError:
            matched = None
    if not matched:
        raise BadMessage(f"{authority[:60]!r} is no host, or host:port")
    return matched[1].lower(), matched[3] or ""


def split_target(head: RequestHead) -> tuple[str, str, str]:
    """(authority, path, query) of a request's target, undecoded (RFC 9112, section 3.2). Raises BadMessage.

    The authority is empty unless the target is in absolute form, or that of CONNECT.
    """
    target = head.target
    if "#" in target:
        raise BadMessage("a fragment (#) is the client's own and is never sent")
    if head.method == "CONNECT":
        host, port = split_authority(target)
        if not (host and port and 0 < int(port[:9]) < 65536):
            raise BadMessage(f"CONNECT takes host:port, not {target[:60]!r} (RFC 9110, section 9.3.6)")
        return target, "", ""
    if target == "*" and head.method == "OPTIONS":
        return "", "*", ""
    authority = ""
    if not target.startswith("/"):
        matched = re.fullmatch(r"https?://([^/?]+)(.*)", target, re.IGNORECASE)
        if not matched:
            raise BadMessage(f"the target {target[:40]!r} does not begin with / and is no URL either")
        authority, target = matched.groups()
        if not split_authority(authority)[0]:
            raise BadMessage(f"the target {head.target[:40]!r} names no host (RFC 9110, section 4.2.1)")
        if not target and head.method == "OPTIONS":
            return authority, "*", ""  # RFC 9112, section 3.2.4
        target = target if target.startswith("/") else "/" + target
    path, _, query = target.partition("?")
    return authority, path, query
