"""Exercise 07-1: parse_request."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from . import heads
from .cases import BROWSER, HELLO


@exercise()
def parse_request(data: bytes) -> Cases:
    r"""Read the head of a request. data is what has come so far: perhaps only a part.

    The head ends with its empty line, b"\r\n\r\n". Return None while that has not come.
    Then return (method, target, headers, rest). method and target are text. headers is
    a dict: each field's name in lower case, and its value as text (ISO-8859-1) without
    the spaces and tabs around it. The values of a name that comes several times are
    joined by ", ", in their order. rest is the bytes behind the head, whatever they are.

    Raise ValueError for a head that is not exactly this (RFC 9112):

        every line ends in CR LF; no CR and no LF stands alone
        the first line is: method, one space, target, one space, HTTP/1. and one digit
        every other line is: name, colon, value; none begins with a space or tab
        a method or a name is one or more of the letters and digits of ASCII
            and !#$%&'*+-.^_`|~ (so no space comes before the colon)
        a target is one or more characters from "!" to "~"
        a value may be empty, and has no control character but the tab (0x00 to 0x1f, 0x7f)
        from HTTP/1.1 on there is exactly one Host

    Raise it at once if a LF stands alone, even if the empty line has not come yet: it
    may never come. The other mistakes may wait until the head is complete.
    """
    yield case("a complete request", heads.read, HELLO, hint="start")
    yield case("a request at every split", heads.split, BROWSER, hint="part")
    yield case("a body and a next request behind the head", heads.split, *heads.FOLLOWED, hint="rest")
    yield case("names in any capitals", heads.read, *heads.CAPITALS, hint="name")
    yield case("colons and spaces and nothing in values", heads.read, *heads.VALUED, hint="value")
    yield case("bytes from 0x80 on in values", heads.read, *heads.LATIN, hint="latin")
    yield case("a name that comes three times", heads.read, *heads.REPEATED, hint="several")
    yield case("HTTP/1.0 and HTTP/1.2", heads.read, *heads.VERSIONS, hint="version")
    yield case("no Host and two Hosts", heads.read, *heads.HOSTS, hint="host")
    yield case("lines that end in LF alone", heads.read, *heads.BARE, hint="newline")
    yield case("LF alone and no empty line ever", heads.read, *heads.ENDLESS, hint="never")
    yield case("a folded line", heads.read, *heads.FOLDED, hint="folded")
    yield case("a space before the colon", heads.read, *heads.SPACED, hint="spaced")
    yield case("first lines that are none", heads.read, *heads.FIRST, hint="line")
    yield case("names that are none", heads.read, *heads.NAMELESS, hint="token")
    yield case("control characters and a CR alone", heads.read, *heads.CONTROLS, hint="control")
    yield case("any requests at any splits", heads.any_split, 40, hint="grammar")
    yield case("any requests with one byte changed", heads.mutated, 1500, hint="grammar")
