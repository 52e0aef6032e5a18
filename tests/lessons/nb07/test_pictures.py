"""Waterfalls and cache walks, as they are drawn."""

from __future__ import annotations

import http.client

import pytest

from netlab.lessons import cache_walk, waterfall
from netlab.lessons.nb07.pictures.waterfalls import exchanges
from netlab.servers import HTTPServer
from netlab.view.kit.theme import WIDEST
from netlab.wire import Recording, watch
from tests.view.test_http_pictures import outside, overlaps, words

ROWS = [(1, "/page", 0.0, 0.04, 0.08, 0.08), (1, "/picture/1", None, 0.08, 0.12, 0.13)]
VISITS = [(0, "GET", "200 OK", 6100), (20, None, "fresh", 0), (70, "GET", "304 Not Modified", 0)]


def recorded(keep: bool) -> Recording:
    with watch() as wire, HTTPServer() as server:
        conn = http.client.HTTPConnection(server.host, server.port)
        for target in ("/page/2", "/picture/1", "/picture/2"):
            conn.request("GET", target)
            conn.getresponse().read()
            if not keep:
                conn.close()
        conn.close()
    return wire


@pytest.mark.parametrize("keep", [True, False])
def test_exchanges_of_a_real_recording(keep: bool) -> None:
    found = exchanges(recorded(keep))
    assert [each.target for each in found] == ["/page/2", "/picture/1", "/picture/2"]
    assert [each.connection for each in found] == ([1, 1, 1] if keep else [1, 2, 3])
    assert [each.connecting is None for each in found] == ([False, True, True] if keep else [False] * 3)
    assert found[0].connecting == 0
    for each in found:
        assert (each.connecting or 0) <= each.sent < each.first <= each.last


def test_a_waterfall_says_how_many_connections() -> None:
    picture = waterfall({"kept": recorded(True), "one each": recorded(False)})
    assert repr(picture) == (
        "Kept: three requests over one connection. One each: three requests over three connections."
    )
    assert words(picture).count("c1") == 4
    assert {"connecting", "waiting", "receiving", "c3"} <= set(words(picture))


def test_a_waterfall_needs_exchanges() -> None:
    with pytest.raises(ValueError, match="no client of this recording got an answer over HTTP"):
        waterfall(Recording())
    with pytest.raises(ValueError, match="at least one exchange in each panel"):
        waterfall({"a": []})


def test_a_cache_walk() -> None:
    picture = cache_walk(VISITS)
    assert repr(picture).replace("\u202f", " ") == (
        "Three visits, two requests: 200 OK, 6 100 bytes; fresh; 304 Not Modified."
    )
    assert "nothing" in words(picture)
    with pytest.raises(ValueError, match="at least one visit"):
        cache_walk([])


@pytest.mark.parametrize("count", [1, 12, 60])
def test_nothing_overlaps_nor_leaves_the_paper(count: int) -> None:
    for picture in (waterfall({"a": ROWS * count, "b": ROWS}), cache_walk([*VISITS] * min(count, 6))):
        assert not overlaps(picture) and not outside(picture) and picture.width <= WIDEST
