"""The situations that only notebook 00 asks about."""

from __future__ import annotations

from typing import Any

import pytest

from netlab.check import places
from netlab.lessons.nb00.e2_outcome import attempt, retired, stopped

pytestmark = pytest.mark.usefixtures("leaves_nothing")
needs_ipv6 = pytest.mark.skipif(not places.has_ipv6(), reason="this machine has no ::1")


@pytest.mark.parametrize(
    "place", [stopped, retired, pytest.param(places.at_another_address, marks=needs_ipv6)]
)
def test_nobody_listens_there(place: Any) -> None:
    for _ in range(5):
        with place() as address:
            assert attempt(address) == "refused"
