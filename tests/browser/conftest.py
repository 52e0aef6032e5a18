"""One JupyterLab and one Chromium for all browser tests.

They end with this folder's tests: playwright keeps an event loop in the main thread while it runs.
"""

from __future__ import annotations

import pytest

from tests.browser.lab import Lab, why_not
from tests.notebooks.structure import NOTEBOOKS, ROOT

ARTIFACTS = ROOT / "tests" / "artifacts"


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    with Lab(NOTEBOOKS, tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="package")
def browser():
    if why_not():
        pytest.skip(why_not())
    from tests.browser.page import chromium

    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def artifacts():
    """A folder for screenshots, which git ignores. Each run replaces those of the run before."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS
