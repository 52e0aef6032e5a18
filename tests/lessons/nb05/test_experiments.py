"""What notebook 05 counts: late readings and why, the kernel's arrivals, first flights, streams."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from netlab import lessons, link
from netlab.lessons.nb05.experiments import READING, kernel_arrivals
from netlab.lessons.nb05.pictures.readings import STAIRS
from netlab.link.recordings import Run
from tests.link.paths import needs_kernel
from tests.view.packet_stories import DELAY, ISN, Story, conversation, fast_retransmit, handshake

LOST = {2}  # of five readings, one each 10 ms


def tcp_run(streams: int = 1) -> Run:
    """Five readings; the segment of the third is lost, and sent again 70 ms later."""
    story = handshake()
    for number in range(5):
        fate = "lost" if number in LOST else "delivered"
        data = READING.pack(number, 0.1 + 0.01 * number)
        story.tcp(0.1 + 0.01 * number, "out", "PA", 1 + 12 * number, 1, data, fate=fate)
    story.tcp(0.19, "out", "PA", 25, 1, READING.pack(2, 0.12))
    heard = {0: 0.12, 1: 0.13, 2: 0.21, 3: 0.21, 4: 0.21}
    return Run(story.packets, [(n, 0.1 + 0.01 * n, at) for n, at in heard.items()])


def udp_run() -> Run:
    story = Story()
    for number in range(5):
        fate = "lost" if number == 1 else "delivered"
        story.udp(0.1 + 0.01 * number, "out", READING.pack(number, 0.0), fate=fate)
    return Run(story.packets, [(n, 0.1 + 0.01 * n, 0.12 + 0.01 * n) for n in (0, 2, 3, 4)])


@pytest.mark.parametrize(("seconds", "trips"), [(0.1, 1), (0.0999, 1), (0.195, 1), (0.2, 2), (0.05, 0)])
def test_round_trips_are_whole(seconds: float, trips: int) -> None:
    assert lessons.round_trips(seconds, 0.1) == trips


def test_which_readings_were_lost_and_which_were_late() -> None:
    assert lessons.lost_first(tcp_run()) == {2} and lessons.lost_first(udp_run()) == {1}
    assert lessons.late_ones(tcp_run().result, DELAY) == {2, 3, 4}
    assert lessons.late_ones(udp_run().result, DELAY) == set()
    assert lessons.ages_of(tcp_run().result) == pytest.approx([0.02, 0.02, 0.09, 0.08, 0.07])


def test_several_readings_in_one_lost_segment() -> None:
    both = READING.pack(0, 0.0) + READING.pack(1, 0.0)
    story = handshake().tcp(0.1, "out", "PA", 1, 1, both, fate="lost").tcp(0.2, "out", "PA", 1, 1, both)
    assert lessons.lost_first(story.packets) == {0, 1}


def test_the_kernel_has_a_reading_when_its_last_byte_arrived() -> None:
    assert kernel_arrivals(tcp_run()) == pytest.approx({0: 0.12, 1: 0.13, 2: 0.21, 3: 0.15, 4: 0.16})
    assert ISN["out"] + 12 * 30 > 2**32  # and the numbers may wrap
    story = handshake()
    for i in range(30):
        story.tcp(0.1 + i, "out", "PA", 1 + 12 * i, 1, bytes(12))
    run = Run(story.packets, [(i, 0.1 + i, 0.2 + i) for i in range(30)])
    assert kernel_arrivals(run)[29] == pytest.approx(29.1 + DELAY)


@pytest.mark.parametrize(("streams", "late"), [(1, {2, 3, 4}), (2, {2, 4}), (3, {2}), (5, {2})])
def test_with_more_streams_fewer_wait(streams: int, late: set[int]) -> None:
    assert lessons.late_with(streams, tcp_run(), DELAY) == late


def test_the_first_flight_ends_with_the_first_news() -> None:
    story = handshake()
    for i in range(3):
        story.tcp(0.1 + 0.001 * i, "out", "A", 1 + 100 * i, 1, 100)
    story.tcp(0.121, "back", "A", 1, 1).tcp(0.13, "back", "A", 1, 101)  # the first says nothing new
    story.tcp(0.145, "out", "A", 301, 1, 100).tcp(0.151, "out", "A", 401, 1, 100)
    assert lessons.before_first_ack(story.packets) == 4


def test_bytes_sent_until_each_arrival() -> None:
    story = (
        Story().udp(1.0, "out", b"a" * 72).udp(1.1, "out", b"b" * 72, fate="lost").udp(1.2, "out", b"c" * 72)
    )
    sizes, seconds = lessons.sent_until(story.packets)
    assert sizes == [100, 300] and seconds == pytest.approx([DELAY, 0.2 + DELAY])


def test_carry_sends_and_hears_at_once_and_counts_from_the_recordings_start() -> None:
    near, far = socket.socketpair()
    with near, far:
        far.settimeout(10)
        zero = time.monotonic()
        path = SimpleNamespace(packets=SimpleNamespace(began=zero))

        def hear() -> Iterator[tuple[int, float, float]]:
            assert far.recv(100) == b"ready?"
            yield 7, zero + 1.5, zero + 2.25

        assert lessons.carry(path, lambda: near.sendall(b"ready?"), hear) == [(7, 1.5, 2.25)]
        with pytest.raises(ZeroDivisionError):  # what goes wrong in the thread is not lost
            lessons.carry(path, lambda: 1 / 0, list)


def texts(picture: Any) -> list[str]:
    return [text.get_text() for axes in picture.figure.axes for text in axes.texts]


def test_reading_ages_tells_why_and_counts() -> None:
    picture = lessons.reading_ages(tcp_run(), udp_run(), trip=DELAY, count=5)
    assert picture.caption == STAIRS
    assert texts(picture) == ["TCP: 1 lost, 3 late", "UDP: 1 missing, 0 late"]
    lines = {line.get_label(): line for line in picture.figure.axes[0].lines}
    assert {"lost, sent again", "waited behind it", "in time"} <= set(lines)
    (cross,) = [
        line for line in picture.figure.axes[1].lines if line.get_marker() == "X" and len(line.get_xdata())
    ]
    assert list(cross.get_xdata()) == pytest.approx([0.01])


def test_the_law_of_order_has_three_times_for_each_reading() -> None:
    (axes,) = lessons.law_of_order(tcp_run(), caption="The law.").figure.axes
    law, arrived, program = (list(line.get_ydata()) for line in axes.lines)
    assert arrived == pytest.approx([20, 20, 90, 20, 20])
    assert law == pytest.approx(program) and program == pytest.approx([20, 20, 90, 80, 70])


def test_late_by_streams_splits_those_that_were_lost_from_those_that_waited() -> None:
    picture = lessons.late_by_streams(tcp_run(), trip=DELAY, most=4, caption="Fewer and fewer.")
    assert texts(picture) == ["3", "2", "1", "1"]
    bars = [bar.get_height() for bar in picture.figure.axes[0].patches]
    assert bars == [1, 1, 1, 1, 2, 1]  # lost: in each; waited: with one and two streams


def test_each_protocol_has_a_line_and_a_mark_of_its_own() -> None:
    points = {"TCP": [(10.0, 21.0), (50.0, 101.0)], "UDP": [(10.0, 10.5)]}
    formulas = {"TCP": lambda rtt: 2 * rtt, "UDP": lambda rtt: rtt}
    picture = lessons.by_protocol(
        points, formulas, xlabel="RTT (ms)", ylabel="t (ms)", caption="TCP needs two."
    )
    (axes,) = picture.figure.axes
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines) == ["TCP: formula", "TCP: measured", "UDP: formula", "UDP: measured"]
    assert list(lines["TCP: measured"].get_ydata()) == [21.0, 101.0]
    assert lines["TCP: formula"].get_ydata()[-1] == pytest.approx(2 * 52)
    assert len({line.get_marker() for name, line in lines.items() if "measured" in name}) == 2
    assert len({line.get_linestyle() for name, line in lines.items() if "formula" in name}) == 2
    with pytest.raises(ValueError, match="one measurement or more"):
        lessons.by_protocol({"TCP": []}, formulas, xlabel="x", ylabel="y", caption="none")


def test_two_hellos_end_with_the_last_answer() -> None:
    udp = Story().udp(0, "out", b"time?").udp(DELAY, "back", b"noon").packets
    assert "round trip" in lessons.two_hellos(conversation().packets, udp).caption


def two_ways(path: Any, questions: int) -> None:
    with path.datagram_socket(0) as server, path.datagram_socket() as client:
        for _ in range(questions):
            client.sendto(b"?", (path.far, server.getsockname()[1]))
            question, address = server.recvfrom(10)
            server.sendto(b"!", address)
            client.recvfrom(10)


@needs_kernel
def test_the_hello_playground_runs_what_it_was_given() -> None:
    hello = lessons.hello_playground(two_ways, two_ways, recorded=([], []))
    caption = hello(100, 2).caption  # far enough that a busy machine is not a whole trip late
    assert "100 ms each way" in caption and "TCP 2, UDP 2" in caption


def test_without_kernel_paths_the_playgrounds_show_a_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLAB_KERNEL", "off")
    udp = Story().udp(0, "out", b"time?").udp(DELAY, "back", b"noon").packets
    hello = lessons.hello_playground(two_ways, two_ways, recorded=(conversation().packets, udp))
    assert "recording" in hello(80, 1).caption and "recording" not in hello(50, 1).caption
    weather = lessons.weather_playground(two_ways, two_ways, recorded={"TCP": tcp_run(), "UDP": udp_run()})
    assert "A recording" in weather(20).caption and "A recording" not in weather().caption
    assert "629 ms there and back" in weather(5, link.SATELLITE).caption


def test_a_ladder_can_show_the_words() -> None:
    from netlab.view.ladders.packet_words import label
    from netlab.wire import trace

    steps = trace(
        handshake().tcp(0.1, "out", "PA", 1, 1, b"one ").tcp(0.2, "out", "PA", 5, 1, bytes(40)).packets
    )
    assert label(steps[-2], words=True) == "PSH 4 bytes, seq 1–4 · b'one '"
    assert label(steps[-2]) == "PSH 4 bytes, seq 1–4" and label(steps[0], words=True) == label(steps[0])
    assert label(steps[-1], words=True).endswith(" …") and len(label(steps[-1], words=True)) < 120
    assert any("ACKs" in step.cause for step in trace(fast_retransmit().packets))
