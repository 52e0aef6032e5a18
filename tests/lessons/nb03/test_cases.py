"""The peers of the exercises about framing do what they say, and their judges tell right from wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from netlab.check.lab import Lab
from netlab.check.report import Wrong
from netlab.check.worker import Watchman
from netlab.lessons.nb03 import e2_exchange
from netlab.lessons.nb03.e5_json_lines import Values
from tests.check.samples import read

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@contextmanager
def a_lab(function: Any = None, seconds: float = 5.0) -> Iterator[Lab]:
    with Watchman() as watchman, Lab("a case", function, "7", seconds, watchman) as lab:
        try:
            yield lab
        finally:
            watchman.end()
            lab.close()


@pytest.mark.parametrize(
    ("heard", "hint"),
    [
        (b"\x00\x00\x00\x04ping", None),
        (b"\x04\x00\x00\x00ping", "order"),
        (b"ping", "frame"),
        (b"", "start"),
        (b"\x00\x00\x00\x09ping", "frame"),
    ],
)
def test_frames_are_judged(heard: bytes, hint: str | None) -> None:
    def sends(sock: socket.socket, payload: bytes, limit: int) -> bytes | None:
        sock.sendall(heard)
        return None if hint else read(sock, 8)[4:]

    with a_lab(sends) as lab:
        if hint is None:
            e2_exchange.converse(lab, [b"ping"], [b"pong"])
        else:
            with pytest.raises(Wrong) as wrong:
                e2_exchange.converse(lab, [b"ping"], [b"pong"])
            assert wrong.value.hint == hint


def test_values_are_waited_for_one_by_one() -> None:
    seen: list[int] = []
    with a_lab(lambda sock: iter([1, 2])) as lab, Values(lab) as values:

        def peer() -> None:
            for number in (1, 2, 3):  # the third one is given up when the generator has ended
                values.wait()
                seen.append(number)

        thread = lab.beside(peer)
        lab.call(lab.peer())
        thread.join(5)
        values.judge([1, 2])
        with pytest.raises(Wrong):
            values.judge([1, True])
    assert seen == [1, 2, 3]


def test_after_the_block_the_function_is_the_learners_again() -> None:
    with a_lab(function := lambda sock: iter([1])) as lab:
        with Values(lab):
            assert lab.function != function
        assert lab.function is function


def test_true_is_not_one_in_json() -> None:
    with a_lab(lambda sock: iter([1])) as lab, Values(lab) as values:
        lab.call(lab.peer())
        with pytest.raises(Wrong):
            values.judge([True])
