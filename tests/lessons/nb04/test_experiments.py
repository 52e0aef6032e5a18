"""What the experiments of notebook 04 count is what happened."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import pytest

from netlab import link
from netlab.lessons.nb04 import experiments
from netlab.lessons.nb04.damage import swapped_words, turned_bits
from netlab.lessons.nb04.experiments import (
    bound_socket,
    charge,
    drain,
    first_answered,
    kernel_books,
    largest_datagram,
    lost_in_rounds,
    send_through,
    sixteen_cards,
    wait_for_packets,
)
from netlab.lessons.nb04.groups import only_own_groups, shared_socket, who_hears

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux's books, or its defaults")
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(name="pair")
def _pair() -> Iterator[Pair]:
    with bound_socket() as receiver, bound_socket() as sender:
        sender.connect(receiver.getsockname())
        yield receiver, sender


def test_drain_takes_all_and_leaves_the_timeout_alone(pair: Pair) -> None:
    receiver, sender = pair
    for data in (b"one", b"", b"three"):
        sender.send(data)
    receiver.settimeout(7)
    assert drain(receiver, 0.2) == [b"one", b"", b"three"]
    assert drain(receiver) == [] and receiver.gettimeout() == 7


@linux
def test_the_books_say_what_is_charged_and_what_was_dropped(pair: Pair) -> None:
    receiver, sender = pair
    assert kernel_books(receiver) == (0, 0)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    for _ in range(100):
        sender.send(bytes(500))
    books = kernel_books(receiver)
    kept = len(drain(receiver))
    assert books.charged > 500 * kept and books.dropped == 100 - kept > 50


@linux
def test_a_card_is_charged_more_than_its_bytes() -> None:
    assert 20 < charge(20) <= charge(500) < charge(4000) and charge(4000) > 4000


def test_books_of_nobody_are_an_oserror() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock, pytest.raises(OSError):
        try:
            sock.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        kernel_books(sock)


@linux
def test_the_largest_datagram() -> None:
    assert largest_datagram() == 65507


def test_it_waits_until_the_line_has_decided(monkeypatch: pytest.MonkeyPatch, pair: Pair) -> None:
    receiver, sender = pair
    with link.relay(receiver.getsockname(), kind="udp", loss=1.0) as relay, bound_socket() as client:
        for _ in range(3):
            client.sendto(b"lost", relay.address)
        assert [packet.fate for packet in wait_for_packets(relay, 3)] == ["lost"] * 3
        monkeypatch.setattr(experiments, "PATIENCE", 0.05)
        with pytest.raises(TimeoutError, match="4 packets"):
            wait_for_packets(relay, 4)


def test_cards_through_fine_and_bad_weather() -> None:
    assert send_through(link.Link(), cards=5, pace=0)[1] == [1, 2, 3, 4, 5]
    packets, received = send_through(link.Link(duplicate=1.0), cards=3, pace=0)
    assert sorted(received) == [1, 1, 2, 2, 3, 3] and len(packets) == 6
    assert send_through(link.Link(loss=1.0), cards=3, pace=0)[1] == []


def test_sixteen_cards_in_bad_weather() -> None:
    assert repr(sixteen_cards(loss=100)).startswith("16 datagrams were sent: 16 were lost")
    assert "lost" not in repr(sixteen_cards(loss=0, jitter=60, delay=5))


def test_losses_are_counted_round_by_round() -> None:
    assert lost_in_rounds(0, rounds=3) == [0] * 3
    assert lost_in_rounds(1, rounds=3, n=70) == [70] * 3
    half = lost_in_rounds(0.5, rounds=6)
    assert 100 < sum(half) < 200 and len(set(half)) > 1


def test_each_question_has_the_try_that_was_answered() -> None:
    assert first_answered(0, 150, 2) == [1] * 150
    assert first_answered(1, 3, 2) == [3] * 3
    tries = first_answered(0.3, 200, 3)
    assert 60 < tries.count(1) < 136 and set(tries) == {1, 2, 3, 4}


def test_damage() -> None:
    assert [data.hex() for data in turned_bits(b"\0", 1)] == ["01", "02", "04", "08", "10", "20", "40", "80"]
    assert len(set(turned_bits(b"abc", 2))) == 24 * 23 / 2
    head = b"headhead"
    assert [data[8:] for data in swapped_words(head + b"AABBAAx")] == [b"BBAAAAx", b"AAAABBx"]


@linux
def test_who_hears_a_group() -> None:
    address, loopback = "239.1.2.3", socket.inet_aton("127.0.0.1")
    with shared_socket(address) as anna, bound_socket() as sender:
        port = anna.getsockname()[1]
        with shared_socket(address, port) as cleo:
            try:
                join = socket.inet_aton(address) + loopback
                anna.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
            except OSError:
                pytest.skip("no multicast on loopback here")
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, loopback)
            sender.sendto(b"to all", (address, port))
            assert who_hears(anna=anna, cleo=cleo) == ["anna", "cleo"]
            only_own_groups(cleo)
            sender.sendto(b"to members", (address, port))
            assert who_hears(anna=anna, cleo=cleo) == ["anna"]
