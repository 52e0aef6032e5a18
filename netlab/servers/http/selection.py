"""Which representation is the answer: codings, preconditions and ranges (RFC 9110, sections 12 to 14)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate

from netlab.wire.http_messages import Head

from .requests import Request
from .responses import Response, refusal

_WEIGHTED = re.compile(r"([^\s;,]+)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?", re.IGNORECASE)
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_RANGE = re.compile(r"bytes=[ \t,]*([0-9]{0,999})-([0-9]{0,999})[ \t,]*", re.IGNORECASE)

_TIME = r"\d\d:\d\d:(?:[0-5]\d|60)"
_DATE = re.compile(  # RFC 9110, section 5.6.7: what senders write, and two obsolete forms
    rf"[A-Z][a-z]{{2}}, \d\d [A-Z][a-z]{{2}} [1-9]\d{{3}} {_TIME} GMT"
    rf"|[A-Z][a-z]{{5,8}}, \d\d-[A-Z][a-z]{{2}}-\d\d {_TIME} GMT"
    rf"|[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} [ \d]\d {_TIME} [1-9]\d{{3}}",
    re.ASCII,
)
_PRECONDITIONS = {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"}
_OF_304 = {"cache-control", "content-location", "date", "etag", "expires", "vary"}  # section 15.4.5


def weights(head: Head, name: str) -> dict[str, float]:
    """The members of a field like Accept-Encoding with their q, 1 without one; a wrong member counts 0."""
    found = {}
    for member in head.options(name):
        matched = _WEIGHTED.fullmatch(member)
        found[member.partition(";")[0].rstrip(" \t")] = float(matched[2] or 1) if matched else 0.0
    return found


def http_date(text: str) -> datetime | None:
    """The time that an HTTP-date names, in any of its three forms; None if it is none."""
    parts = parsedate(text) if _DATE.fullmatch(text) else None
    if parts is None:
        return None
    now, (year, month, day, hour, minute, second) = datetime.now(UTC), parts[:6]
    if short := "-" in text:
        year = now.year // 100 * 100 + year % 100
    try:
        date = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        ahead = short and date > now + timedelta(days=50 * 365.25)
        return date.replace(year=year - 100) if ahead else date
    except ValueError:
        return None


def conditional(request: Request, response: Response, *, exists: bool) -> Response:
    """The response, or 412 or 304 if a precondition of the request fails (RFC 9110, section 13.2.2).

    `exists`: the target has a representation, which GET would give.
    """
    head, reads = request.head, request.method in ("GET", "HEAD")
    asked = not _PRECONDITIONS.isdisjoint([each.name.lower() for each in head.fields])
    if not asked or not 200 <= response.status < 300:
        return response
    given = dict(response.fields) if reads else {}
    tag, modified = given.get("ETag", ""), http_date(given.get("Last-Modified", ""))
    failed = refusal(412, "a precondition of your request does not hold", close=False)
    if head.all("If-Match"):
        if not _matches(head.get("If-Match"), tag, exists=exists, weak=False):
            return failed
    elif modified and (date := http_date(head.get("If-Unmodified-Since"))) and modified > date:
        return failed
    if head.all("If-None-Match"):
        same = _matches(head.get("If-None-Match"), tag, exists=exists, weak=True)
    else:
        date = http_date(head.get("If-Modified-Since"))
        same = bool(modified and date and modified <= date)
    if not same:
        return response
    if not reads:
        return failed
    return Response(304, [(name, value) for name, value in response.fields if name.lower() in _OF_304])


def _matches(condition: str, tag: str, *, exists: bool, weak: bool) -> bool:
    """Whether a list of entity-tags holds this one; weak tags are equal in a weak comparison only."""
    if condition.strip(" \t") == "*":
        return exists
    if not weak and tag.startswith("W/"):
        return False
    tags = {match[2] for match in _TAG.finditer(condition) if weak or not match[1]}
    return tag.removeprefix("W/") in tags


def ranged(request: Request, response: Response) -> Response:
    """A part of the response if the request asks for one range of bytes, and 416 if there is nothing.

    Several ranges, or what makes no sense, get all of it (RFC 9110, section 14.2); so does all but GET.
    """
    body, head = response.body, request.head
    offered = ("Accept-Ranges", "bytes") in response.fields and isinstance(body, bytes)
    if request.method != "GET" or response.status != 200 or not offered:
        return response
    if head.all("If-Range") and head.get("If-Range") != dict(response.fields).get("ETag"):
        return response  # RFC 9110, section 13.1.5; no page that offers ranges has a date, or a weak tag
    assert isinstance(body, bytes)
    asked = _RANGE.fullmatch(head.get("Range"))
    if not asked or not any(asked.groups()) or (all(asked.groups()) and int(asked[2]) < int(asked[1])):
        return response
    first, last, total = asked[1], asked[2], len(body)
    begin = int(first) if first else max(0, total - int(last))
    end = min(int(last) + 1, total) if first and last else total
    if begin >= total if first else int(last) == 0:
        where = "Content-Range", f"bytes */{total}"
        fields = [each for each in response.fields if each[0].lower() in _OF_304 | {"accept-ranges"}]
        return refusal(416, f"there are {total} bytes", *fields, where, close=False)
    if begin >= end:  # of nothing, all
        return response
    where = "Content-Range", f"bytes {begin}-{end - 1}/{total}"
    return replace(response, status=206, fields=[*response.fields, where], body=body[begin:end])
