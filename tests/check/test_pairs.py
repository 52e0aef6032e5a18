"""What is left of pairs, until nobody uses it."""

from __future__ import annotations

import pytest

from netlab.check import pairs, peers

from .test_words import a_lab

pytestmark = pytest.mark.usefixtures("leaves_nothing")


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
