"""HTTPServer and what a client may choose: codings, preconditions, ranges (RFC 9110, sections 12 to 14)."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from netlab.servers.http.pages import numbered
from netlab.servers.http.selection import http_date

from .peers import ask

LATER, MODIFIED, EARLIER = (
    f"{day} GMT"
    for day in ("Mon, 02 Nov 2026 12:00:00", "Sun, 01 Nov 2026 12:00:00", "Sat, 31 Oct 2026 12:00:00")
)


def test_gzip_is_negotiated(client):
    plain, body = ask(client, "GET", "/gzip")
    assert plain.headers["Vary"] == "Accept-Encoding" and "Content-Encoding" not in plain.headers
    packed, small = ask(client, "GET", "/gzip", Accept_Encoding="br, gzip;q=0.5")
    assert (
        packed.headers["Content-Encoding"] == "gzip"
        and gzip.decompress(small) == body
        and len(small) < len(body)
    )


@pytest.mark.parametrize(
    "accepted, coding",
    [
        ("", None),
        ("gzip", "gzip"),
        ("GZip;Q=1.000", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0.001", "gzip"),
        ("br, *;q=0.1", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.000", None),
        ("gzip;q=0, *", None),
        ("*;q=1, gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("*;q=0, identity", None),
        ("br", None),
        ("gzip;q=2", None),
        ("gzip;q=0.0001", None),
        ("agzip, gzipx", None),
        ("identity;q=0", 406),
        ("*;q=0", 406),
        ("gzip;q=0, identity;q=0", 406),
    ],
)
def test_codings_and_their_weights(client, accepted, coding):
    """RFC 9110, section 12.5.3."""
    response, _ = ask(client, "GET", "/gzip", Accept_Encoding=accepted)
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Content-Encoding"] == (None if coding == 406 else coding)
    assert response.status == (406 if coding == 406 else 200)


def test_conditional_requests(client):
    first, body = ask(client, "GET", "/cached/60")
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert first.headers["Cache-Control"] == "max-age=60" and body
    for fields in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}, {"If_Modified_Since": date}):
        again, nothing = ask(client, "GET", "/cached/60", **fields)
        assert again.status == 304 and nothing == b"" and again.headers["ETag"] == tag, fields
    for fields in (
        {"If_None_Match": '"x"', "If_Modified_Since": date},
        {"If_Modified_Since": "Sat, 31 Oct 2026 12:00:00 GMT"},
        {"If_Modified_Since": "nonsense"},
    ):
        assert ask(client, "GET", "/cached/60", **fields)[0].status == 200, fields


@pytest.mark.parametrize(
    "asked, status, where",
    [
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=90-", 206, (90, 100)),
        ("bytes=-5", 206, (95, 100)),
        ("bytes=-500", 206, (0, 100)),
        ("bytes=95-500", 206, (95, 100)),
        ("bytes=100-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=5-1", 200, (0, 100)),
        ("bytes=0-1,5-6", 200, (0, 100)),
        ("lines=0-1", 200, (0, 100)),
        ("bytes=-", 200, (0, 100)),
    ],
)
def test_ranges(client, asked, status, where):
    response, body = ask(client, "GET", "/bytes/100", Range=asked)
    assert response.status == status
    if where:
        assert body == numbered(100)[where[0] : where[1]]
    if status == 206:
        assert response.headers["Content-Range"] == f"bytes {where[0]}-{where[1] - 1}/100"
    if status == 416:
        assert response.headers["Content-Range"] == "bytes */100"


def test_a_range_of_what_has_changed_is_all_of_it(client):
    tag = ask(client, "HEAD", "/bytes/100")[0].headers["ETag"]
    assert ask(client, "GET", "/bytes/100", Range="bytes=0-1", If_Range=tag)[0].status == 206
    assert ask(client, "GET", "/bytes/100", Range="bytes=0-1", If_Range='"other"')[0].status == 200


TAG = '"bytes-100"'


@pytest.mark.parametrize(
    "method, path, fields, status",
    [
        ("GET", "/bytes/100", {"If_Match": TAG}, 200),
        ("GET", "/bytes/100", {"If_Match": f'"a,b", {TAG}'}, 200),
        ("GET", "/bytes/100", {"If_Match": "*"}, 200),
        ("GET", "/bytes/100", {"If_Match": '"other"'}, 412),
        ("GET", "/bytes/100", {"If_Match": f"W/{TAG}"}, 412),  # a strong comparison
        ("GET", "/bytes/100", {"If_Match": ""}, 412),
        ("GET", "/bytes/100", {"If_None_Match": TAG}, 304),
        ("HEAD", "/bytes/100", {"If_None_Match": f"W/{TAG}"}, 304),  # a weak one
        ("GET", "/bytes/100", {"If_None_Match": f'"a,b" ,{TAG}'}, 304),
        ("GET", "/bytes/100", {"If_None_Match": f'"{TAG[1:-1]},"'}, 200),
        ("GET", "/bytes/100", {"If_None_Match": "*"}, 304),
        ("GET", "/bytes/100", {"If_None_Match": TAG, "If_Match": '"other"'}, 412),  # If-Match goes first
        ("GET", "/bytes/100", {"If_None_Match": TAG, "Range": "bytes=0-1"}, 304),  # a Range goes last
        ("GET", "/bytes/100", {"If_None_Match": TAG, "Range": "bytes=500-"}, 304),
        ("GET", "/bytes/100", {"If_Match": '"other"', "Range": "bytes=0-1"}, 412),
        ("GET", "/bytes/100", {"If_Match": TAG, "Range": "bytes=0-1"}, 206),
        ("GET", "/bytes/100", {"If_Modified_Since": LATER}, 200),  # it has no date
        ("GET", "/bytes/100", {"If_Unmodified_Since": EARLIER}, 200),
        ("GET", "/cached", {"If_Unmodified_Since": EARLIER}, 412),
        ("GET", "/cached", {"If_Unmodified_Since": MODIFIED}, 200),
        ("GET", "/cached", {"If_Unmodified_Since": "yesterday"}, 200),
        ("GET", "/cached", {"If_Match": "*", "If_Unmodified_Since": EARLIER}, 200),
        ("GET", "/cached", {"If_Unmodified_Since": EARLIER, "If_Modified_Since": LATER}, 412),
        ("HEAD", "/cached", {"If_Modified_Since": MODIFIED}, 304),
        ("GET", "/cached", {"If_Modified_Since": "Sun Nov  1 12:00:00 2026"}, 304),
        ("GET", "/cached", {"If_Modified_Since": "Sunday, 01-Nov-26 12:00:00 GMT"}, 304),
        ("GET", "/cached", {"If_Modified_Since": "Sunday, 01-Nov-26 11:59:59 GMT"}, 200),
        ("GET", "/cached", {"If_Modified_Since": "Sun, 01 Nov 2026 12:00:00 +0000"}, 200),
        ("GET", "/cached", {"If_Modified_Since": f"{LATER}, {LATER}"}, 200),
        ("GET", "/hello", {"If_Match": '"x"'}, 412),  # a page without a tag
        ("GET", "/hello", {"If_Match": "*"}, 200),
        ("GET", "/hello", {"If_None_Match": '"x"'}, 200),
        ("GET", "/hello", {"If_None_Match": "*"}, 304),
        ("POST", "/echo", {"If_None_Match": "*"}, 412),
        ("POST", "/echo", {"If_Match": "*"}, 200),
        ("PUT", "/upload", {"If_None_Match": "*"}, 200),  # GET would give nothing there
        ("PUT", "/upload", {"If_Match": "*"}, 412),
        ("POST", "/upload", {"If_Match": '"x"'}, 412),
        ("POST", "/upload", {"If_Modified_Since": LATER}, 200),
        ("OPTIONS", "/cached", {"If_None_Match": "*"}, 204),
        ("GET", "/status/404", {"If_None_Match": "*"}, 404),  # not of a status but 2xx
        ("GET", "/status/500", {"If_Match": '"x"'}, 500),
        ("GET", "/redirect/1", {"If_Match": '"x"'}, 302),
        ("GET", "/nowhere", {"If_Match": '"x"'}, 404),
        ("DELETE", "/cached", {"If_Match": '"x"'}, 405),
    ],
)  # fmt: skip
def test_preconditions_and_their_order(client, method, path, fields, status):
    """RFC 9110, sections 13.1 and 13.2."""
    response, body = ask(client, method, path, **fields)
    assert response.status == status
    assert bool(body) == (method != "HEAD" and status not in (204, 304))


def test_what_304_repeats(client):
    first, again = ask(client, "GET", "/cached/60")[0], ask(client, "GET", "/cached/60", If_None_Match="*")[0]
    assert {*again.headers} == {"Date", "ETag", "Cache-Control"} < {*first.headers}
    assert all(first.headers[name] == again.headers[name] for name in ("ETag", "Cache-Control"))


@pytest.mark.parametrize(
    "validator, status",
    [
        (TAG, 206),
        (f"W/{TAG}", 200),
        (f"{TAG}, {TAG}", 200),
        ('"other"', 200),
        (MODIFIED, 200),  # the page has no date
        ("nonsense", 200),
        ("", 200),
    ],
)
def test_if_range_names_the_very_representation(client, validator, status):
    assert ask(client, "GET", "/bytes/100", Range="bytes=0-1", If_Range=validator)[0].status == status
    assert ask(client, "GET", "/bytes/100", If_Range=validator)[0].status == 200


def test_a_range_is_for_get_and_for_pages_that_offer_it(client):
    head, _ = ask(client, "HEAD", "/bytes/100", Range="bytes=0-1")
    assert head.status == 200 and head.headers["Content-Length"] == "100"
    assert ask(client, "HEAD", "/bytes/100", Range="bytes=500-")[0].status == 200
    assert ask(client, "GET", "/hello", Range="bytes=0-1")[0].status == 200
    assert ask(client, "GET", "/bytes/0", Range="bytes=-5")[0].status == 200
    assert ask(client, "GET", "/bytes/0", Range="bytes=0-")[0].status == 416
    assert ask(client, "PUT", "/upload", b"x", Content_Range="bytes 0-0/9")[0].status == 400  # section 14.5


@pytest.mark.parametrize(
    "text, date",
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun Nov  6 08:49:37 1994", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Sun, 6 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 UTC", None),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 24:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:61 GMT", None),
        ("Sun, 06 Nov 0000 08:49:37 GMT", None),
        ("Sun, \u0660\u0666 Nov 1994 08:49:37 GMT", None),
        (" Sun, 06 Nov 1994 08:49:37 GMT", None),
        ("", None),
    ],
)
def test_dates_in_their_three_forms(text, date):
    assert http_date(text) == date


def test_a_year_of_two_digits_is_at_most_fifty_years_ahead():
    now = datetime.now(UTC)
    for ahead, expected in ((49, 49), (51, -49), (99, -1), (0, 0)):
        year = now.year + ahead
        date = http_date(f"Sunday, 01-Jan-{year % 100:02d} 00:00:00 GMT")
        assert date is not None and date.year == now.year + expected
        assert date < now + timedelta(days=50 * 365.25)
