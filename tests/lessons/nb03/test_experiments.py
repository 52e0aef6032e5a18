"""What notebook 03 counts and waits for, held against what was really sent."""

from __future__ import annotations

import random
import socket
import sys
import time
from collections.abc import Iterator

import pytest

from netlab import link
from netlab.lessons.nb03.experiments import (
    FLIGHT,
    far_pipe,
    fill,
    first_flights,
    flights,
    in_the_pipe,
    pipe,
    sent_sizes,
    share_split,
    six_messages,
    stopped_reader,
    wait_for,
)
from netlab.lessons.nb03.pictures.timelines import timeline
from tests.view.test_pictures import texts_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell what lies in them")
on_a_path = pytest.mark.skipif(not link.kernel.available(), reason="needs a kernel path")


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    client, server = pipe()
    with client, server:
        yield client, server


def test_both_ends_of_a_pipe_talk(ends: tuple[socket.socket, socket.socket]) -> None:
    client, server = ends
    client.sendall(b"hello")
    wait_for(server, 5)
    assert server.recv(10) == b"hello"  # wait_for has taken none


def test_waiting_is_for_all_of_the_bytes(ends: tuple[socket.socket, socket.socket]) -> None:
    client, server = ends
    server.settimeout(0.2)
    client.sendall(b"four")
    wait_for(server, 4)
    server.recv(4)
    with pytest.raises(TimeoutError):
        wait_for(server, 1)


@linux
def test_what_lies_in_the_pipe_is_told_for_each_way(ends: tuple[socket.socket, socket.socket]) -> None:
    client, server = ends
    client.sendall(bytes(300))
    server.sendall(bytes(70))
    wait_for(client, 70)
    assert in_the_pipe(client, server) == (300, 70)


def test_a_pipe_takes_what_its_buffers_hold_and_is_closed() -> None:
    client, server = pipe()
    assert fill((client, server)) > 0
    assert client.fileno() == server.fileno() == -1


def test_pieces_larger_than_the_stream_split_nothing() -> None:
    assert share_split(9, 100_000, count=3, dice=random.Random(1)) == 0


@pytest.mark.parametrize(("size", "piece"), [(9, 4), (2, 1), (30, 20)])
def test_pieces_smaller_than_a_message_split_every_one(size: int, piece: int) -> None:
    assert share_split(size, piece, count=20, dice=random.Random(1)) == 1


def test_messages_of_one_byte_are_never_split() -> None:
    assert share_split(1, 3, count=50, dice=random.Random(1)) == 0


def test_the_share_is_that_of_the_formula() -> None:
    dice = random.Random(5)
    found = sum(share_split(9, 16, count=100, dice=dice) for _ in range(5)) / 5
    assert abs(found - 8 / 16) < 0.1


@on_a_path
def test_the_sizes_of_segments_are_those_of_the_sends() -> None:
    def two(path: link.KernelPath) -> None:
        client, server = far_pipe(path)
        with client, server:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(b"abc")
            wait_for(server, 3)
            client.sendall(b"defgh")
            wait_for(server, 8)
            server.sendall(b"not counted")

    with link.kernel(delay=0.005) as path:
        two(path)
        time.sleep(0.05)
        assert sent_sizes(path.packets) == [3, 5]


@on_a_path
def test_a_stopped_reader_closes_the_window_and_loses_nothing() -> None:
    with link.kernel(delay=0.005, mtu=340) as path:
        told = stopped_reader(path)
    windows = [window for *_, window in told["story"]]
    assert told["given"] == told["taken"] > 8000
    assert min(windows) == 0 and windows[0] > 0 and windows[-1] > 0
    assert told["full_at"] < told["read_at"] <= told["story"][-1][0]
    closed = [now for now, _, _, window in told["story"] if window == 0]
    assert min(closed) < told["read_at"]


@on_a_path
def test_no_first_flight_passes_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    with link.kernel(delay=0.05, mtu=340) as path:
        assert flights(path) == 24
        time.sleep(0.2)
        found = first_flights(path.packets)
    assert len(found) == 24 and found == sorted(found)
    assert all(0 < flight <= min(window, FLIGHT) for window, flight in found)
    assert len({window for window, _ in found}) > 5


def test_six_messages_as_a_ruler() -> None:
    assert six_messages(10, 16).caption.startswith("Six sends of 10 bytes each were taken by four recv calls")
    assert "taken by" in six_messages(4, 64, slice=3).caption


def test_a_timeline_marks_moments() -> None:
    story = [(0.0, {"unread": 0}), (0.1, {"unread": 50}), (0.2, {"unread": 10})]
    picture = timeline(story, "unread", marks={"the reader begins": 0.15})
    assert "the reader begins" in texts_of(picture)
    assert "the reader begins" not in texts_of(timeline(story, "unread"))
