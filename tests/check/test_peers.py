"""The hostile peers do what they say."""

from __future__ import annotations

import random
import socket
import sys
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlab.check import peers, places
from netlab.check.lab import Lab
from netlab.check.worker import Watchman
from netlab.lessons.nb00.e2_outcome import attempt

from .samples import read

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@given(st.binary(max_size=300), st.integers(0, 2**32), st.integers(1, 17))
def test_sliced_loses_nothing(data: bytes, seed: int, largest: int) -> None:
    pieces = list(peers.sliced(data, random.Random(seed), largest))
    assert b"".join(pieces) == data
    assert all(1 <= len(piece) <= largest for piece in pieces)
    assert pieces == list(peers.sliced(data, random.Random(seed), largest))


@given(st.binary(max_size=100), st.lists(st.integers(0, 100)))
def test_cuts_and_drips_lose_nothing(data: bytes, cuts: list[int]) -> None:
    assert b"".join(peers.drips(data)) == data
    assert b"".join(peers.cut_at(data, *sorted(min(cut, len(data)) for cut in cuts))) == data


def test_random_bytes_have_their_size() -> None:
    for size in (0, 1, 2, 1000):
        assert len(peers.random_bytes(random.Random(1), size)) == size
    assert peers.random_bytes(random.Random(1), 9) == peers.random_bytes(random.Random(1), 9)


def connection() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        conn = listener.accept()[0]
    client.settimeout(5)
    conn.settimeout(5)
    return client, conn


def a_lab(function: Any = None) -> Lab:
    return Lab("a case", function, "7", 5.0, Watchman())


def test_reset_is_seen_as_a_reset() -> None:
    client, conn = connection()
    peers.reset(conn)
    with closing(client), pytest.raises(ConnectionResetError):
        client.recv(1)


def test_finish_is_a_half_close() -> None:
    client, conn = connection()
    with client, conn:
        peers.finish(client)
        assert conn.recv(1) == b""
        conn.sendall(b"still here")
        assert read(client, 10) == b"still here"
        conn.close()
        peers.finish(client)  # again, and after the end: no error


def test_hearing_treats_a_reset_as_the_end() -> None:
    client, conn = connection()
    conn.sendall(b"abc")
    with client:
        talk = peers.Script().meet(a_lab(), client)
        assert talk.hear(3) == b"abc"
        peers.reset(conn)
        assert talk.hear(1 << 24) == b""


@pytest.mark.parametrize(
    ("place", "outcome"),
    [
        (places.listening, "connected"),
        (places.bound, "refused"),
        (places.busy, "connected"),
        pytest.param(
            places.silent,
            "timeout",
            marks=pytest.mark.skipif(
                sys.platform != "linux", reason="a full queue keeps silent on Linux only"
            ),
        ),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_places_are_what_they_say(place: Any, outcome: str) -> None:
    for _ in range(5):
        with place() as address:
            assert attempt(address) == outcome


@pytest.mark.skipif(not places.has_ipv6(), reason="this machine has no ::1")
def test_places_over_ipv6() -> None:
    for place, outcome in (
        (places.listening, "connected"),
        (places.bound, "refused"),
        (places.busy, "connected"),
    ):
        with place("::1") as address:
            assert address[0] == "::1" and attempt(address) == outcome
