"""The peers of the exercises about framing do what they say, and their judges tell right from wrong."""

from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from netlab.check import pairs, peers
from netlab.check.lab import Broke, Lab
from netlab.check.report import Wrong
from netlab.check.worker import Watchman
from netlab.lessons.nb03 import e2_exchange, lines, uploads

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@contextmanager
def a_lab(function: Any = None, seconds: float = 5.0) -> Iterator[Lab]:
    with Watchman() as watchman, Lab("a case", function, "7", seconds, watchman) as lab:
        try:
            yield lab
        finally:
            watchman.end()
            lab.close()


def test_a_pair_is_one_connection() -> None:
    with a_lab() as lab:
        near, far = pairs.pair(lab)
        assert near.getpeername() == far.getsockname()
        pairs.say(lab, far, [b"hello"], end=True)
        assert peers.read_all(near) == b"hello"


def test_waiting_takes_nothing() -> None:
    with a_lab() as lab:
        near, far = pairs.pair(lab)
        assert pairs.waiting(near) == b""
        far.sendall(b"hello")
        assert pairs.waiting(near) == pairs.waiting(near) == b"hello"
        near.settimeout(5)
        assert near.recv(100) == b"hello"


def test_a_peer_stops_when_its_case_is_over() -> None:
    """Nobody reads: the pieces after the first would wait for half a second."""
    with a_lab() as lab:
        near, far = pairs.pair(lab)
        assert not lab.settled
        lab._settled.set()
        pairs.say(lab, far, peers.drips(b"abc"))
        assert lab.settled and pairs.waiting(near) == b"abc"


def raising(error: Exception) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


def test_must_raise_wants_this_error() -> None:
    with a_lab(raising(EOFError("3 missing"))) as lab:
        assert str(pairs.must_raise(lab, EOFError, "h")) == "3 missing"
    with a_lab(raising(KeyError("x"))) as lab, pytest.raises(Broke):
        pairs.must_raise(lab, EOFError, "h")
    with a_lab(lambda: 7) as lab, pytest.raises(Wrong, match="had to raise EOFError"):
        pairs.must_raise(lab, EOFError, "h")


@pytest.mark.parametrize(
    ("text", "fine"), [("3 bytes missing", True), ("got 7 of 10: 3", True), ("13", False), ("", False)]
)
def test_a_number_is_named_as_a_whole(text: str, fine: bool) -> None:
    with a_lab() as lab:
        if fine:
            pairs.must_name(lab, EOFError(text), 3, "{} bytes were missing", "h")
        else:
            with pytest.raises(Wrong, match="3 bytes were missing"):
                pairs.must_name(lab, EOFError(text), 3, "{} bytes were missing", "h")


def test_memory_that_is_given_back_is_seen() -> None:
    with a_lab() as lab:
        with pairs.at_most(lab, 1_000_000, "h"):
            bytearray(1000)
        with pytest.raises(Wrong, match="reserved 3 MB"), pairs.at_most(lab, 1_000_000, "h"):
            bytearray(3_000_000)
    assert not tracemalloc.is_tracing()


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
        return None if hint else peers.read_up_to(sock, 8)[4:]

    with a_lab(sends) as lab:
        if hint is None:
            e2_exchange.converse(lab, [b"ping"], [b"pong"])
        else:
            with pytest.raises(Wrong) as wrong:
                e2_exchange.converse(lab, [b"ping"], [b"pong"])
            assert wrong.value.hint == hint


def test_values_are_waited_for_one_by_one() -> None:
    seen: list[int] = []
    with a_lab(lambda sock: iter([1, 2])) as lab:
        near, far = pairs.pair(lab)
        values = lines.Values(lab)

        def peer() -> None:
            for number in (1, 2, 3):  # the third one is given up when the generator has ended
                values.wait()
                seen.append(number)

        thread = lab.beside(peer)
        lab.call(near)
        thread.join(5)
        values.judge([1, 2])
        with pytest.raises(Wrong):
            values.judge([1, True])
    assert seen == [1, 2, 3]


def test_true_is_not_one_in_json() -> None:
    with a_lab(lambda sock: iter([1])) as lab:
        values = lines.Values(lab)
        lab.call(pairs.pair(lab)[0])
        with pytest.raises(Wrong):
            values.judge([True])


def test_a_server_for_one() -> None:
    with a_lab() as lab:
        address, thread = uploads.serve_one(lab, lambda conn: conn.sendall(b"hello"), narrow=True)
        with socket.create_connection(address, timeout=5) as sock:
            assert sock.recv(5) == b"hello"
        thread.join(5)
        assert not thread.is_alive()
