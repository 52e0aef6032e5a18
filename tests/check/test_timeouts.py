"""The learner's timeouts pass faster, and nobody else's; a default that is set back is noticed."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from netlab.check.report import Wrong
from netlab.check.timeouts import MINE, hastened, left_alone

from .test_words import a_lab


def test_the_learners_timeout_passes_faster_and_reads_as_it_was_set() -> None:
    def function(sock: socket.socket) -> Any:
        sock.settimeout(20)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            sock.recv(1)
        return sock.gettimeout(), time.monotonic() - began < 10

    with a_lab() as lab:
        lab.function = function
        with hastened(lab, 1000), socket.socket() as mine:
            mine.settimeout(3.0)
            assert mine.gettimeout() == 3.0
            near = lab.peer()
            lab.gives((20.0, True), near)
        assert "settimeout" not in vars(socket.socket)


def test_a_default_timeout_is_noticed_even_if_it_is_set_back() -> None:
    def for_a_while() -> None:
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(1)
        socket.setdefaulttimeout(before)

    with a_lab() as lab:
        with left_alone(lab, "h"):
            assert socket.getdefaulttimeout() == MINE
        assert lab.misused is None
        lab.function = for_a_while
        with left_alone(lab, "h"):
            lab.call()
        assert isinstance(lab.misused, Wrong) and lab.misused.hint == "h"
        lab.misused = None
        socket.setdefaulttimeout(None)
