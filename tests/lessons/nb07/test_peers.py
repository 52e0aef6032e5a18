"""The hostile HTTP servers do what they say."""

from __future__ import annotations

import http.client
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest

from netlab.check import peers
from netlab.check.http_replies import answer
from netlab.check.lab import Lab
from netlab.check.peers import CLOSE, RESET
from netlab.check.report import Wrong
from netlab.check.worker import Watchman
from netlab.lessons.nb07.peers import LINGER, Asked, Peer
from tests.check.samples import read

pytestmark = pytest.mark.usefixtures("leaves_nothing")

GET = b"GET /a HTTP/1.1\r\nHost: %b\r\n\r\n"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Watchman() as watchman:
        lab = Lab("a case", None, "7", 5.0, watchman)  # type: ignore[arg-type]
        yield lab
        lab.close()


def ask(lab: Lab, peer: Peer, *requests: bytes) -> socket.socket:
    client = lab.client(peer.address)
    for request in requests or (GET % peer.host.encode(),):
        client.sendall(request)
    return client


def hello(asked: Asked) -> bytes:
    return answer(200, b"hello")


def test_requests_are_noted_and_connections_counted(lab: Lab) -> None:
    peer = Peer(lab, hello)
    for _ in range(3):
        client = http.client.HTTPConnection(*peer.address, timeout=5)
        with closing(client):
            for target in ("/a", "/b"):
                client.request("GET", target, headers={"X-Tag": target, "Accept-Encoding": ""})
                assert client.getresponse().read() == b"hello"
    assert [asked.target for asked in peer.asked] == ["/a", "/b"] * 3
    assert [asked.connection for asked in peer.asked] == [1, 1, 2, 2, 3, 3]
    assert [asked.number for asked in peer.asked] == [1, 2, 3, 4, 5, 6]
    assert peer.asked[0].get("x-tag") == "/a" and peer.asked[0].get("Range") is None
    assert peer.asked[0].get("Accept-Encoding") == ""  # there, and empty
    assert peer.connections == 3
    peer.judge()


@pytest.mark.parametrize(
    ("request_bytes", "said"),
    [
        (b"GET /a HTTP/1.1\nHost: x\n\n", "LF alone"),
        (b"GET /a HTTP/1.1\r\n\r\n", "Host"),
        (b"GET /a HTTP/1.1\r\nHost: elsewhere:1\r\n\r\n", "elsewhere"),
        (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "no GET"),
        (b"hello\r\n\r\n", "first line"),
    ],
)
def test_what_is_no_request_fails_the_case(lab: Lab, request_bytes: bytes, said: str) -> None:
    peer = Peer(lab, hello)
    assert b" 400 " in read(ask(lab, peer, request_bytes))
    assert not peer.asked
    with pytest.raises(Wrong) as wrong:
        peer.judge()
    assert said in str(wrong.value) and wrong.value.hint == "request"


def test_half_a_request_is_none(lab: Lab) -> None:
    peer = Peer(lab, hello)
    client = ask(lab, peer, b"GET /a HT")
    peers.finish(client)
    assert b" 400 " in read(client)
    assert "ended inside" in peer.problem


def test_a_client_that_leaves_has_done_nothing_wrong(lab: Lab) -> None:
    peer = Peer(lab, hello)
    lab.client(peer.address).close()
    assert read(ask(lab, peer), 9) == b"HTTP/1.1 "
    peer.judge()


def test_close_ends_the_stream_behind_the_answer(lab: Lab) -> None:
    peer = Peer(lab, lambda asked: [b"half an ans", CLOSE])
    assert read(ask(lab, peer)) == b"half an ans"


def test_reset_breaks_the_connection_behind_the_answer(lab: Lab) -> None:
    peer = Peer(lab, lambda asked: [b"half", RESET])
    client = ask(lab, peer)
    assert read(client, 4) == b"half"
    with pytest.raises(ConnectionError):
        client.recv(1)


def test_linger_answers_no_more_and_counts(lab: Lab) -> None:
    peer = Peer(lab, lambda asked: [b"bye", LINGER])
    client = ask(lab, peer)
    assert read(client, 3) == b"bye"
    client.sendall(GET % peer.host.encode())
    client.settimeout(0.1)
    with pytest.raises(TimeoutError):
        client.recv(1)
    assert peer.ignored == 1 and len(peer.asked) == 1


def test_drips_arrive_one_at_a_time(lab: Lab) -> None:
    data = answer(200, b"hello")
    peer = Peer(lab, lambda asked: [*peers.drips(data), CLOSE])
    client, sizes = ask(lab, peer), []
    while piece := client.recv(100):
        sizes.append(len(piece))
    assert sizes == [1] * len(data)


def test_a_peer_and_its_threads_end_with_the_case() -> None:
    before = set(threading.enumerate())
    with Watchman() as watchman:
        lab = Lab("a case", None, "7", 5.0, watchman)  # type: ignore[arg-type]
        peer = Peer(lab, lambda asked: [b"...", LINGER])
        client = ask(lab, peer)
        assert read(client, 3) == b"..."
        began = time.monotonic()
        lab.close()
    assert time.monotonic() - began < 3
    assert not set(threading.enumerate()) - before
    with pytest.raises(OSError):
        socket.create_connection(peer.address, timeout=1)


# -- by hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["client", "urllib", "response"])
def test_http_client_is_seen_in_the_learners_thread_only(lab: Lab, way: str) -> None:
    peer = Peer(lab, hello)
    original = http.client.HTTPConnection.__init__, http.client.HTTPResponse.__init__

    def fetch() -> None:
        if way == "urllib":
            urllib.request.urlopen(f"http://{peer.host}/a").close()
        elif way == "client":
            client = http.client.HTTPConnection(*peer.address)
            client.request("GET", "/a")
            client.getresponse().read()
            client.close()
        else:
            near, far = socket.socketpair()
            with near, far:
                http.client.HTTPResponse(near).close()

    lab.forbids(http.client.HTTPConnection, http.client.HTTPResponse, hint="own")
    fetch()  # the examiner's own
    assert lab.misused is None
    lab.function = fetch
    lab.call()
    assert lab.misused is not None and lab.misused.hint == "own"
    lab.close()
    assert original == (http.client.HTTPConnection.__init__, http.client.HTTPResponse.__init__)
