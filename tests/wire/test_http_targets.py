"""What a strict server asks of a request's target and Host (RFC 9112, section 3)."""

from __future__ import annotations

import pytest

from netlab.wire.http_messages import BadMessage, parse_request, split_authority, split_target


def request(line: str, *hosts: str) -> bytes:
    return "\r\n".join([line, *(f"Host: {host}" for host in hosts), "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    "target, method, parts",
    [
        ("/", "GET", ("", "/", "")),
        ("//evil/x?y?z", "GET", ("", "//evil/x", "y?z")),
        ("http://127.0.0.1:80/a?b", "GET", ("127.0.0.1:80", "/a", "b")),
        ("HTTP://h", "GET", ("h", "/", "")),
        ("http://h?q", "GET", ("h", "/", "q")),
        ("http://h?q/r?s", "GET", ("h", "/", "q/r?s")),
        ("https://[::1]:8/x", "GET", ("[::1]:8", "/x", "")),
        ("http://h:/", "GET", ("h:", "/", "")),
        ("*", "OPTIONS", ("", "*", "")),
        ("http://h:1", "OPTIONS", ("h:1", "*", "")),
        ("http://h:1?q", "OPTIONS", ("h:1", "/", "q")),
        ("http://h/", "OPTIONS", ("h", "/", "")),
        ("h:443", "CONNECT", ("h:443", "", "")),
        ("[::1]:443", "CONNECT", ("[::1]:443", "", "")),
        ("*", "GET", None),
        ("*", "options", None),
        ("*?x", "OPTIONS", None),
        ("a/b", "GET", None),
        ("h:443", "GET", None),
        ("ftp://h/", "GET", None),
        ("http:/h/", "GET", None),
        ("http:///x", "GET", None),
        ("http://:80/x", "GET", None),
        ("http://?q", "GET", None),
        ("http://user@h/", "GET", None),
        ("http://user:pw@h:80/", "GET", None),
        ("http://h:x/", "GET", None),
        ("http://h\\x/", "GET", None),
        ("http://[::1/", "GET", None),
        ("/a#b", "GET", None),
        ("h", "CONNECT", None),
        ("h:", "CONNECT", None),
        (":443", "CONNECT", None),
        ("h:0", "CONNECT", None),
        ("h:65536", "CONNECT", None),
        ("h:99999999999999999999", "CONNECT", None),
        ("h:443/", "CONNECT", None),
        ("/h:443", "CONNECT", None),
        ("http://h:443/", "CONNECT", None),
        ("u@h:443", "CONNECT", None),
    ],
)
def test_targets(target, method, parts):
    data = request(f"{method} {target} HTTP/1.1", "h")
    if parts is None:
        with pytest.raises(BadMessage) as error:
            parse_request(data)
        assert error.value.status == 400
    else:
        assert split_target(parse_request(data)) == parts


VALID = {
    "": ("", ""),
    "h": ("h", ""),
    "H.Example:80": ("h.example", "80"),
    "h:": ("h", ""),
    ":80": ("", "80"),
    "a_b.-~!$&'()*+,;=": ("a_b.-~!$&'()*+,;=", ""),
    "%41b": ("%41b", ""),
    "127.0.0.1": ("127.0.0.1", ""),
    "[::1]": ("[::1]", ""),
    "[2001:DB8::1]:443": ("[2001:db8::1]", "443"),
    "[::ffff:127.0.0.1]": ("[::ffff:127.0.0.1]", ""),
    "[v1.a:b]:1": ("[v1.a:b]", "1"),
}
INVALID = [
    "a b", "a/b", "a?b", "a#b", "a@b", "a:b@c", "a:80:80", "h:x", "h:-1", "h:+1", "h: 1", "h :1", "h:\xb2",
    "::1", "[::1", "::1]", "[]", "[::1]x", "[::1]:x", "[1.2.3.4]", "[::1%lo]", "[:::1]", "[v.x]", "[[::1]]",
    "<h>", '"h"', "h\\", "h|", "{h}", "h^", "`h", "h%", "h%4", "h%zz", "h\xe4", "h\xa0", "h, h:80, x y",
]  # fmt: skip


@pytest.mark.parametrize("host", VALID)
def test_a_valid_host(host):
    for version in ("1.0", "1.1", "1.2"):
        assert parse_request(request(f"GET / HTTP/{version}", host)).get("Host") == host
    assert split_authority(host) == VALID[host]


@pytest.mark.parametrize("host", INVALID)
def test_an_invalid_host_is_refused_in_every_version_and_beside_every_target(host):
    with pytest.raises(BadMessage):
        split_authority(host)
    for line in ("GET / HTTP/1.0", "GET / HTTP/1.1", "GET http://h/ HTTP/1.1", "OPTIONS * HTTP/1.1"):
        with pytest.raises(BadMessage, match="Host") as error:
            parse_request(request(line, host))
        assert error.value.status == 400


def test_how_many_hosts():
    assert parse_request(request("GET / HTTP/1.0")).all("Host") == []
    for line, hosts in (
        ("GET / HTTP/1.1", ()),
        ("GET / HTTP/1.9", ()),
        ("GET http://h/ HTTP/1.1", ()),
        ("GET / HTTP/1.0", ("h", "h")),
        ("GET / HTTP/1.1", ("h", "h")),
        ("GET / HTTP/1.1", ("", "")),
    ):
        with pytest.raises(BadMessage, match="exactly one Host"):
            parse_request(request(line, *hosts))
