"""UDP scripts answer each datagram with a step, and end with the case."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from netlab.check.lab import Lab
from netlab.check.peers import PAUSE, THINK
from netlab.lessons.nb04.udp_peers import FROM, UDPScript, UDPTalk, udp_server
from tests.check.test_scripts import a_lab

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def ask(lab: Lab, address: Any, data: bytes = b"?", timeout: float = 5.0) -> socket.socket:
    sock = lab.mailbox()
    sock.settimeout(timeout)
    sock.sendto(data, address)
    return sock


def test_one_step_for_each_datagram_and_the_last_for_all_others() -> None:
    with a_lab() as lab:
        address = udp_server(lab, script := UDPScript(None, [b"a", b"b"], lambda talk: talk.data.upper()))
        sock = ask(lab, address, b"zero")
        for data in (b"one", b"two", b"three"):
            sock.sendto(data, address)
        assert [sock.recv(9) for _ in range(4)] == [b"a", b"b", b"TWO", b"THREE"]
        script.stop()
        assert [data for data, _ in script.heard] == [b"zero", b"one", b"two", b"three"]
        assert script.heard[0][1] == sock.getsockname()


def test_twice_late_and_from_another_port() -> None:
    with a_lab() as lab:
        other = lab.mailbox()
        address = udp_server(lab, [FROM(other, b"lies"), THINK, b"hi", b"hi"])
        sock = ask(lab, address)
        assert sock.recvfrom(9) == (b"lies", other.getsockname())
        sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            sock.recv(9)
        sock.settimeout(5)
        assert [sock.recvfrom(9) for _ in range(2)] == [(b"hi", address)] * 2


def test_an_empty_datagram_is_an_answer_and_no_steps_are_silence() -> None:
    with a_lab() as lab:
        assert ask(lab, udp_server(lab, b"")).recv(9) == b""
        with pytest.raises(TimeoutError):
            ask(lab, udp_server(lab), timeout=0.1).recv(9)


def test_it_hears_while_it_thinks() -> None:
    """So an answer that goes on and on knows when to stop."""

    def pester(talk: UDPTalk) -> Iterator[Any]:
        while len(talk.script.heard) == 1:
            yield PAUSE(0.01)
            yield b"tick"

    with a_lab() as lab:
        sock = ask(lab, address := udp_server(lab, pester, b"done"))
        assert sock.recv(9) == sock.recv(9) == b"tick"
        sock.sendto(b"stop", address)
        while (data := sock.recv(9)) == b"tick":
            pass
        assert data == b"done"


def test_when_it_stops_it_has_heard_all() -> None:
    with a_lab() as lab:
        address = udp_server(lab, script := UDPScript(lambda talk: talk.data))
        sock = lab.mailbox()
        for number in range(20):
            sock.sendto(struct.pack("!I", number), address)
        script.stop()
        assert [data for data, _ in script.heard] == [struct.pack("!I", number) for number in range(20)]


def test_the_same_socket_plays_one_script_after_another() -> None:
    with a_lab() as lab:
        place = lab.mailbox()
        address = udp_server(lab, first := UDPScript(b"first"), sock=place)
        assert ask(lab, address).recv(9) == b"first"
        first.stop()
        udp_server(lab, b"second", sock=place)
        assert ask(lab, address).recv(9) == b"second"
        assert threading.active_count() < 20


def test_a_script_that_waits_ends_with_the_case() -> None:
    began = time.monotonic()
    with a_lab() as lab:
        udp_server(lab, b"never")
        lab.mailbox().sendto(b"?", udp_server(lab, PAUSE(60)))
        time.sleep(0.05)
    assert time.monotonic() - began < 5
