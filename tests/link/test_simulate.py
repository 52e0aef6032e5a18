"""The virtual clock: exact times, one order of things, errors that say what to do."""

from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import pytest

from netlab.link import Link, Transcript, simulate
from netlab.link.simulating import Context, Endless

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")


class StopAndWait:
    """Sends `count` packets of `size` bytes, each after the acknowledgment of the one before."""

    def __init__(self, count: int, timeout: float, size: int = 1000) -> None:
        self.count, self.timeout, self.size, self.next = count, timeout, size, 0

    def on_start(self, net: Context) -> None:
        net.send(("data", self.next), size=self.size)
        net.set_timer(self.timeout)

    def on_packet(self, net: Context, packet: Any) -> None:
        if packet != ("ack", self.next):
            return
        self.next += 1
        net.cancel_timer()
        if self.next < self.count:
            self.on_start(net)

    def on_timer(self, net: Context, name: str) -> None:
        self.on_start(net)


class GoBackN:
    def __init__(self, count: int, window: int, timeout: float) -> None:
        self.count, self.window, self.timeout = count, window, timeout
        self.base = self.next = 0

    def on_start(self, net: Context) -> None:
        while self.next < min(self.base + self.window, self.count):
            net.send(("data", self.next), size=1000)
            self.next += 1
        if self.base < self.count:
            net.set_timer(self.timeout)
        else:
            net.cancel_timer()

    def on_packet(self, net: Context, packet: Any) -> None:
        if packet[1] >= self.base:
            self.base = packet[1] + 1
            self.on_start(net)

    def on_timer(self, net: Context, name: str) -> None:
        self.next = self.base
        self.on_start(net)


class InOrder:
    """Delivers data in order and acknowledges the last that it has."""

    def __init__(self) -> None:
        self.expected = 0

    def on_packet(self, net: Context, packet: Any) -> None:
        if packet[1] == self.expected:
            net.deliver(packet[1])
            self.expected += 1
        if self.expected:
            net.send(("ack", self.expected - 1), size=40)


class Sink:
    def on_packet(self, net: Context, packet: Any) -> None:
        net.deliver(packet)


class Script:
    """Calls a function at the start; keeps what arrives and which timers run out."""

    def __init__(self, start: Any = None) -> None:
        self.start, self.seen = start, []  # type: ignore[var-annotated]

    def on_start(self, net: Context) -> None:
        if self.start:
            self.start(net)

    def on_packet(self, net: Context, packet: Any) -> None:
        self.seen.append((net.now, packet))

    def on_timer(self, net: Context, name: Any) -> None:
        self.seen.append((net.now, name))


# --- exact times ---


def test_stop_and_wait_takes_exactly_what_the_formula_says() -> None:
    """Each round is L/R + RTT (the acknowledgments have a link without a rate)."""
    run = simulate(
        StopAndWait(50, 1.0), InOrder(), link=Link(delay=0.02, rate=1_000_000), back=Link(delay=0.03)
    )
    assert run.delivered == list(range(50))
    assert run.duration == 2.9  # 50 * (0.008 + 0.05)
    assert run.ended == "nothing left to do"


@pytest.mark.parametrize("window", [1, 2, 5, 7, 8, 20])
def test_utilization_follows_the_window(window: int) -> None:
    """U = min(1, W (L/R) / (RTT + L/R)): with L/R = 8 ms and RTT = 48 ms, W = 7 fills the pipe."""
    count = 700
    run = simulate(
        GoBackN(count, window, 10.0),
        InOrder(),
        link=Link(delay=0.024, rate=1_000_000),
        back=Link(delay=0.024),
    )
    assert len(run.of("send", "sender")) == count
    expected = count * 0.008 / min(1, window * 0.008 / 0.056)
    assert run.duration == pytest.approx(expected, abs=0.1)


def test_times_are_whole_nanoseconds_so_equal_times_are_equal() -> None:
    """0.1 + 0.1 + 0.1 is not 0.3 for floats. An answer exactly at the timeout comes before the timer."""

    class Back:
        def on_packet(self, net: Context, packet: bytes) -> None:
            net.send(packet)

    def start(net: Context) -> None:
        net.set_timer(0.3)
        net.send(b"x")

    sender = Script(start)
    simulate(sender, Back(), link=Link(delay=0.1), back=Link(delay=0.2))
    assert sender.seen == [(0.3, b"x"), (0.3, "timer")]


def test_at_one_time_packets_then_messages_then_timers_in_the_order_they_were_planned() -> None:
    class Both(Script):
        def on_send(self, net: Context, data: Any) -> None:
            self.seen.append((net.now, data))

    def start(net: Context) -> None:
        for name in ("a", "b"):
            net.set_timer(1, name)

    def answer(net: Context) -> None:
        net.send(b"1")
        net.send(b"2")

    sender = Both(start)
    simulate(sender, Script(answer), link=Link(delay=1), messages=[(1, "m1"), (1, "m2")])
    assert [what for _, what in sender.seen] == [b"1", b"2", "m1", "m2", "a", "b"]
    assert {time for time, _ in sender.seen} == {1.0}


def test_the_transcript_as_text() -> None:
    run = simulate(StopAndWait(2, 0.1), InOrder(), link=Link(delay=0.02, loss=0.4, seed=1))
    assert str(run) == TEXT.strip("\n")
    assert repr(run) == "<Transcript: 5 packets sent, 1 never arrived, 0.18 s>"


TEXT = """
       0.000 ms  sender    send #1 ('data', 0) (lost)
       0.000 ms  sender    set timer 'timer' until 100.000 ms
     100.000 ms  sender    timer 'timer'
     100.000 ms  sender    send #2 ('data', 0)
     100.000 ms  sender    set timer 'timer' until 200.000 ms
     120.000 ms  receiver  receive #2 ('data', 0)
     120.000 ms  receiver  deliver 0
     120.000 ms  receiver  send #3 ('ack', 0)
     140.000 ms  sender    receive #3 ('ack', 0)
     140.000 ms  sender    cancel timer 'timer'
     140.000 ms  sender    send #4 ('data', 1)
     140.000 ms  sender    set timer 'timer' until 240.000 ms
     160.000 ms  receiver  receive #4 ('data', 1)
     160.000 ms  receiver  deliver 1
     160.000 ms  receiver  send #5 ('ack', 1)
     180.000 ms  sender    receive #5 ('ack', 1)
     180.000 ms  sender    cancel timer 'timer'
"""


# --- timers ---


def test_setting_a_timer_again_moves_it_and_names_are_apart() -> None:
    def start(net: Context) -> None:
        net.set_timer(1.0)
        net.set_timer(5.0)
        net.set_timer(2.0, 7)
        net.set_timer(3.0, "gone")
        net.cancel_timer("gone")
        net.cancel_timer("never set")

    end = Script(start)
    run = simulate(end, Script())
    assert end.seen == [(2.0, 7), (5.0, "timer")]
    assert [h.what for h in run.of("cancel timer")] == ["gone"]
    assert [h.due for h in run.of("set timer")] == [(1.0,), (5.0,), (2.0,), (3.0,)]


def test_a_timer_may_be_set_while_it_runs_out() -> None:
    class Clock(Script):
        def on_timer(self, net: Context, name: str) -> None:
            super().on_timer(net, name)
            if net.now < 3:
                net.set_timer(1)

    end = Clock(lambda net: net.set_timer(1))
    simulate(end, Script())
    assert [time for time, _ in end.seen] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "retransmit", None])
def test_a_timer_needs_seconds(seconds: Any) -> None:
    with pytest.raises(ValueError, match="give seconds, 0 or more"):
        simulate(Script(lambda net: net.set_timer(seconds)), Script())


# --- weather ---


def flood(count: int, packet: Any = None) -> Script:
    return Script(lambda net: [net.send(packet or k.to_bytes(2, "big")) for k in range(count)])


def test_the_fates_are_those_of_the_model() -> None:
    link = Link(0.05, 0.01, 0.2, 1_000_000, 30, 0.1, 0.1, seed=5)
    run = simulate(flood(200), Sink(), link=link)
    fates = list(link.fates([(0.0, 2)] * 200))
    assert [send.fate for send in run.of("send")] == [fate.kind for fate in fates]
    expected = sorted(round(due * 1e9) for fate in fates for due in fate.due)
    assert [round(receive.time * 1e9) for receive in run.of("receive")] == expected


def test_every_arrival_has_its_departure() -> None:
    run = simulate(flood(300), Sink(), link=Link(0.05, 0.01, 0.2, 500_000, 90, 0.1, 0.1, seed=5))
    sends = {send.number: send for send in run.of("send")}
    arrivals = [(receive.number, receive.time) for receive in run.of("receive")]
    assert sorted(arrivals) == sorted((n, due) for n, send in sends.items() for due in send.due)
    assert all(sends[receive.number].what == receive.what for receive in run.of("receive"))


def test_corruption_turns_one_bit_of_bytes() -> None:
    run = simulate(flood(50, b"\0" * 8), Sink(), link=Link(corrupt=1))
    assert {bin(int.from_bytes(data, "big")).count("1") for data in run.delivered} == {1}
    assert {send.what for send in run.of("send")} == {b"\0" * 8}


def test_corruption_of_no_bytes_is_no_error() -> None:
    assert simulate(Script(lambda net: net.send(b"", size=40)), Sink(), link=Link(corrupt=1)).delivered == [
        b""
    ]


def test_one_link_for_both_ways_has_weather_of_its_own_in_each() -> None:
    class Answer:
        def on_packet(self, net: Context, packet: bytes) -> None:
            net.send(packet)

    run = simulate(flood(400), Answer(), link=Link(loss=0.3))
    out = [send.fate for send in run.of("send", "sender")]
    back = [send.fate for send in run.of("send", "receiver")]
    assert "lost" in back and out[: len(back)] != back


def test_two_links_are_asymmetric() -> None:
    run = simulate(StopAndWait(3, 9.0), InOrder(), link=Link(delay=0.5), back=Link(delay=0.001))
    assert run.duration == 1.503
    run = simulate(StopAndWait(3, 9.0), InOrder(), link=Link(), back=Link(loss=1), until=100)
    assert run.delivered == [0] and len(run.of("send", "sender")) == 12


def test_a_buffer_may_be_used_again_after_sending() -> None:
    def start(net: Context) -> None:
        buffer = bytearray(b"one")
        net.send(buffer)
        buffer[:] = b"two"
        net.send(buffer)

    assert simulate(Script(start), Sink(), link=Link(delay=1)).delivered == [b"one", b"two"]


# --- messages, until, limit ---


class Forward:
    def on_send(self, net: Context, data: Any) -> None:
        net.send(data)


def test_messages_come_at_their_time_and_may_never_end() -> None:
    readings = ((k / 50, b"%d" % k) for k in itertools.count())
    run = simulate(Forward(), Sink(), link=Link(delay=0.01), messages=readings, until=1.0)
    assert run.delivered == [b"%d" % k for k in range(50)]
    assert [h.time for h in run.of("message")][-1] == 1.0
    assert run.ended == "until"


def test_until_includes_its_own_time() -> None:
    assert simulate(flood(1), Sink(), link=Link(delay=0.5), until=0.5).delivered != []
    assert simulate(flood(1), Sink(), link=Link(delay=0.5), until=0.499).delivered == []


def test_messages_out_of_order_or_for_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="a message for 1 s follows a later one"):
        simulate(Forward(), Sink(), messages=[(2, b"b"), (1, b"a")])
    with pytest.raises(TypeError, match=r"no method on_send\(net, data\)"):
        simulate(Sink(), Sink(), messages=[(0, b"a")])


def forever(net: Context) -> None:
    while True:
        net.note("again")


@pytest.mark.parametrize("start", [forever, lambda net: net.set_timer(0)])
def test_ends_that_never_stop_are_stopped(start: Any) -> None:
    class Restless(Script):
        def on_timer(self, net: Context, name: str) -> None:
            net.set_timer(0)

    with pytest.raises(Endless, match="still at work after 1000 happenings, at 0 s") as caught:
        simulate(Restless(start), Script(), limit=1000)
    assert len(caught.value.transcript) == 1000 and caught.value.transcript.ended == "limit"


# --- errors ---


def test_errors_say_what_is_missing() -> None:
    with pytest.raises(TypeError, match=r"the sender is a class; give an object of it: Sink\(\.\.\.\)"):
        simulate(Sink, Sink())
    with pytest.raises(TypeError, match="the receiver has none of the methods on_start"):
        simulate(Sink(), object())
    with pytest.raises(
        TypeError, match=r"the sender sends, but the receiver has no method on_packet\(net, packet\)"
    ):
        simulate(flood(1), Forward())
    with pytest.raises(
        TypeError, match=r"the sender sets a timer, but it has no method on_timer\(net, name\)"
    ):
        simulate(Timeless(), Sink())
    with pytest.raises(TypeError, match=r"send\(\('data', 0\), size=\.\.\.\)"):
        simulate(flood(1, ("data", 0)), Sink(), link=Link(rate=1e6))
    with pytest.raises(TypeError, match="send bytes on this link"):
        simulate(flood(1, ("data", 0)), Sink(), link=Link(corrupt=0.1))


class Timeless:
    def on_start(self, net: Context) -> None:
        net.set_timer(1)


def test_an_error_in_an_end_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        simulate(Script(lambda net: 1 // 0), Sink())


# --- transcripts and names ---


def test_a_transcript_is_a_sequence_that_compares() -> None:
    def run() -> Transcript:
        return simulate(GoBackN(30, 4, 0.5), InOrder(), link=Link(delay=0.1, loss=0.2, rate=1e6, seed=4))

    one, two = run(), run()
    assert one == two and list(one) == list(two) and str(one) == str(two)
    assert one[0].kind == "send" and one[:2] == [one[0], one[1]] and one[-1] in one
    assert one != simulate(GoBackN(30, 4, 0.5), InOrder(), link=Link(delay=0.1, loss=0.2, rate=1e6, seed=5))


@pytest.mark.parametrize(
    "code",
    [
        "from netlab import link; link.simulate",
        "import netlab.link.simulating; from netlab import link; link.simulate",
        "from netlab.link.simulating import Context; from netlab.link import simulate; simulate",
        "import netlab.link; netlab.link.simulate; import netlab.link.simulating; netlab.link.simulate",
    ],
)
def test_simulate_is_the_function_in_whatever_order_it_was_imported(code: str) -> None:
    *first, last = code.split("; ")
    program = "\n".join([*first, f"assert type({last}).__name__ == 'function', {last}"])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""


# --- any weather ---


@hypothesis.settings(deadline=None)
@hypothesis.given(
    st.integers(1, 9),
    st.floats(0, 0.4),
    st.floats(0, 0.4),
    st.floats(0, 0.5),
    st.floats(0, 0.5),
    st.none() | st.integers(0, 9),
    st.integers(),
)
def test_go_back_n_delivers_everything_once_and_in_order_in_any_weather(
    window: int, loss: float, reorder: float, duplicate: float, jitter: float, queue: int | None, seed: int
) -> None:
    link = Link(0.05, 0.05 * jitter, loss, 1_000_000, queue, reorder, duplicate, seed=seed)
    run = simulate(GoBackN(25, window, 0.4), InOrder(), link=link)
    assert run.delivered == list(range(25))
    assert [h.time for h in run] == sorted(h.time for h in run)
    lost = sum(not send.due for send in run.of("send"))
    doubled = sum(len(send.due) == 2 for send in run.of("send"))
    assert len(run.of("receive")) == len(run.of("send")) - lost + doubled
