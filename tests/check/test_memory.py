"""What a block reserves is measured."""

from __future__ import annotations

import tracemalloc

import pytest

from netlab.check.memory import at_most
from netlab.check.report import Wrong

from .test_words import a_lab


def test_memory_that_is_given_back_is_seen() -> None:
    with a_lab() as lab:
        with at_most(lab, 1_000_000, "h"):
            bytearray(1000)
        with pytest.raises(Wrong, match="reserved 3 MB"), at_most(lab, 1_000_000, "h"):
            bytearray(3_000_000)
    assert not tracemalloc.is_tracing()
