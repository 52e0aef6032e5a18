from __future__ import annotations

from pathlib import Path

import pytest

from netlab.own_copy.folders import BEGUN
from tests.own_copy.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def begun(house: House) -> House:
    assert house.start() == [BEGUN]
    return house
