"""tcp_info in the background: it begins at once, ends with its `with`, its socket or its bound."""

from __future__ import annotations

import gc
import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from netlab.lessons.nb03 import sampling
from netlab.lessons.nb03.sampling import sample
from netlab.wire import NotOnThisSystem, TcpInfo

WAIT = 20.0  # seconds: only against hanging
linux = pytest.mark.skipif(sys.platform != "linux", reason="tcp_info is Linux's")


@pytest.fixture(name="pair")
def _pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    with client, server:
        yield client, server


@linux
def test_samples_follow_the_connection(pair: tuple[socket.socket, socket.socket]) -> None:
    client, server = pair
    began = time.monotonic() - 100
    with sample(client, 0.001, began=began) as samples:
        assert len(samples) >= 1  # at once
        client.sendall(bytes(5000))
        assert server.recv(5000, socket.MSG_WAITALL) == bytes(5000)
        deadline = time.monotonic() + WAIT
        while samples[-1][1].bytes_acked != 5001 and time.monotonic() < deadline:
            time.sleep(0.001)
    times = [at for at, _ in samples]
    assert times == sorted(times) and 100 <= times[0] < times[-1]
    assert all(isinstance(info, TcpInfo) for _, info in samples)
    assert (samples[0][1].bytes_acked or 0) <= 1 and samples[-1][1].bytes_acked == 5001
    count = len(samples)
    samples.stop()  # harmless
    assert len(samples) == count and not samples._thread.is_alive()


@linux
def test_the_last_sample_is_taken_at_the_end(pair: tuple[socket.socket, socket.socket]) -> None:
    with sample(pair[0], 3600) as samples:
        pass
    assert len(samples) == 2


@linux
def test_it_ends_with_the_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    samples = sample(pair[0], 0.001)
    pair[0].close()
    samples._thread.join(WAIT)
    assert not samples._thread.is_alive()


@linux
def test_a_dropped_socket_is_not_kept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        samples = sample(client, 0.001)
        descriptor = client.fileno()
        with pytest.warns(ResourceWarning):
            del client
            gc.collect()
            samples._thread.join(WAIT)
        assert not samples._thread.is_alive()
        with pytest.raises(OSError):
            socket.socket(fileno=descriptor).detach()


@linux
def test_it_is_bounded(pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST", 5)
    samples = sample(pair[0], 0.001)
    samples._thread.join(WAIT)
    assert len(samples) == 5


@linux
def test_wrong_input_starts_no_thread(pair: tuple[socket.socket, socket.socket]) -> None:
    before = threading.active_count()
    for every in (0, -1, 0.0001, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="every="):
            sample(pair[0], every)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        with pytest.raises(ValueError, match="is about TCP"):
            sample(datagrams)
    with pytest.raises(ValueError, match="closed"):
        sample(datagrams)
    assert threading.active_count() == before


def test_elsewhere_it_says_so(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NotOnThisSystem, match="works on Linux only"):
        sample(pair[0])
