"""The race between addresses, and what the notebook asks of this machine's ports."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack

import pytest

from netlab.lessons.nb02.eyeballs import Race, race_lanes, run_race
from netlab.lessons.nb02.ports import bind_beside, client_within, ephemeral_range, free_port_at, free_ports
from netlab.wire import NotOnThisSystem

linux = pytest.mark.skipif(sys.platform != "linux", reason="a full queue is silent on Linux only")
ANY = ("127.0.0.1", 0)


def silent(stack: ExitStack) -> tuple[str, int]:
    listener = stack.enter_context(socket.create_server(ANY, backlog=0))
    stack.enter_context(socket.create_connection(listener.getsockname()))
    return listener.getsockname()


def refusing() -> tuple[str, int]:
    with socket.socket() as sock:
        sock.bind(ANY)
        return sock.getsockname()


@linux
def test_each_silent_address_costs_one_delay() -> None:
    with ExitStack() as stack:
        working = stack.enter_context(socket.create_server(ANY)).getsockname()
        race = run_race([silent(stack), silent(stack), working], delay=0.05)
    assert race.winner is race.attempts[2] and race.winner.address == working
    assert [attempt.outcome for attempt in race.attempts] == ["given up", "given up", "connected"]
    starts = [attempt.began for attempt in race.attempts]
    assert starts[1] - starts[0] >= 0.05 and starts[2] - starts[1] >= 0.05
    assert race.seconds >= 0.1
    assert race_lanes(race).caption == (
        "Attempt 3 of 3 was connected; 2 before it had no answer and were given up."
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows repeats a refused attempt for two seconds")
def test_a_refusal_costs_no_delay() -> None:
    with socket.create_server(ANY) as listener:
        race = run_race([refusing(), listener.getsockname()], delay=3)
    assert [attempt.outcome for attempt in race.attempts] == ["refused", "connected"]
    assert race.seconds < 3


def test_the_first_that_answers_wins_and_no_more_begin() -> None:
    with socket.create_server(ANY) as listener:
        race = run_race([listener.getsockname()] * 3, delay=3)
    assert len(race.attempts) == 1 and race.winner is race.attempts[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows repeats a refused attempt for two seconds")
def test_a_race_that_nobody_wins_says_so() -> None:
    race = run_race([refusing(), refusing()], delay=0.01)
    assert race.winner is None and "Nobody was connected" in race_lanes(race).caption
    with pytest.raises(ValueError, match="no address answered"):
        _ = race.seconds


def test_a_race_needs_an_address() -> None:
    with pytest.raises(ValueError, match="one address"):
        run_race([], delay=0.1)


def test_no_socket_is_left_open(recwarn: pytest.WarningsRecorder) -> None:
    with socket.create_server(ANY) as listener:
        assert isinstance(run_race([listener.getsockname()], delay=0.1), Race)
    assert not [warning for warning in recwarn if warning.category is ResourceWarning]


def test_ephemeral_ports_are_handed_out_by_the_system() -> None:
    first, last = ephemeral_range()
    with socket.create_server(ANY) as listener:
        assert 0 < first < last <= 65535
        if sys.platform == "linux":
            assert first <= listener.getsockname()[1] <= last


def test_free_ports_can_be_bound() -> None:
    low = free_ports(3)
    with ExitStack() as stack:
        for port in range(low, low + 3):
            stack.enter_context(socket.create_server(("127.0.0.1", port)))


def test_a_number_in_use_at_one_address_is_free_at_another() -> None:
    port = free_port_at("127.0.0.1")
    with socket.create_server(("127.0.0.1", port)):
        assert free_port_at("127.0.0.1") != port


@linux
def test_who_may_bind_beside_whom() -> None:
    assert bind_beside("127.0.0.1", ["127.0.0.2", "0.0.0.0"]) == {"127.0.0.2": "free", "0.0.0.0": "in use"}


def test_an_address_of_another_machine_is_no_verdict() -> None:
    with pytest.raises(OSError):
        bind_beside("192.0.2.1", ["127.0.0.1"])


def test_a_client_takes_its_port_from_the_range_that_it_was_given() -> None:
    low = free_ports(2)
    with socket.create_server(ANY) as listener:
        try:
            sock = client_within(low, low + 1)
        except NotOnThisSystem as error:
            pytest.skip(str(error))
        with sock:
            sock.connect(listener.getsockname())
            assert sock.getsockname()[1] in (low, low + 1)


def test_elsewhere_the_range_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NotOnThisSystem, match="Linux only"):
        client_within(50000, 50001)
