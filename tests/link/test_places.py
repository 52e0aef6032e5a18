"""Weather by name: a Link each, with its source, and never faster than light."""

from __future__ import annotations

import ast
import inspect
import random
import statistics
from math import acos, cos, radians, sin

import pytest

from netlab import link
from netlab.link import Link, places

NAMES = sorted(name for name in vars(places) if name.isupper())
EARTH, GEOSTATIONARY, IN_FIBER, IN_SPACE = 6371.0, 35_786.0, 200_000.0, 299_792.0  # km, km above, km/s, km/s
CITIES = {
    "BERLIN": (52.52, 13.41),
    "FRANKFURT": (50.11, 8.68),
    "SYDNEY": (-33.87, 151.21),
    "LONDON": (51.51, -0.13),
    "VIRGINIA": (37.37, -79.82),
}
WAYS = {
    "BERLIN_FRANKFURT": ("BERLIN", "FRANKFURT"),
    "BERLIN_SYDNEY": ("BERLIN", "SYDNEY"),
    "TRANSATLANTIC": ("LONDON", "VIRGINIA"),
}


def great_circle(one: str, other: str) -> float:
    """The shortest way between two cities, in km."""
    (lat, long), (lat2, long2) = (map(radians, CITIES[city]) for city in (one, other))
    return EARTH * acos(sin(lat) * sin(lat2) + cos(lat) * cos(lat2) * cos(long - long2))


def test_the_package_offers_them_all() -> None:
    assert sorted(name for name in link.__all__ if name.isupper()) == NAMES
    assert {"DSL", "LTE", "SATELLITE", "BERLIN_SYDNEY"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_link_that_can_be_used(name: str) -> None:
    weather = getattr(link, name)
    assert isinstance(weather, Link)
    assert 0.001 < weather.delay < 0.5 and 0 <= weather.jitter <= weather.delay
    assert weather.rate is None or 1e6 <= weather.rate <= 1e9
    assert weather.start().admit(0, 1000).kind == "delivered"


def test_each_says_its_numbers_and_where_they_are_from() -> None:
    source = inspect.getsource(places)
    body = ast.parse(source).body
    told = {
        node.targets[0].id: below.value.value
        for node, below in zip(body, body[1:])
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
    assert sorted(told) == NAMES
    for name, text in told.items():
        weather = getattr(places, name)
        assert f"{2000 * weather.delay:.4g} ms there and back" in text
        if weather.rate is not None:
            assert f"{weather.rate / 1e6:.4g} Mbit/s" in text
        if name not in WAYS:  # those have one source, above them
            assert "http" in text or "same page" in text


@pytest.mark.parametrize("name", WAYS)
def test_no_city_is_nearer_than_light_in_fiber(name: str) -> None:
    least = 2 * great_circle(*WAYS[name]) / IN_FIBER
    assert least < 2 * getattr(link, name).delay < 4 * least


def test_a_satellite_is_not_nearer_than_it_is() -> None:
    assert 2 * link.SATELLITE.delay > 4 * GEOSTATIONARY / IN_SPACE  # up and down, there and back


def test_starlink_has_the_quartiles_that_were_measured() -> None:
    chance = random.Random(1)
    swing = link.STARLINK.jitter
    trips = [sum(link.STARLINK.delay + chance.uniform(-swing, swing) for _ in "ab") for _ in range(20_000)]
    assert [round(each, 3) for each in statistics.quantiles(trips)] == pytest.approx(
        [0.04, 0.05, 0.06], abs=0.001
    )
