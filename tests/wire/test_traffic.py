"""What packets mean to each other: relative numbers, what was sent again, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netlab.wire import pcapng
from netlab.wire.traffic import Step, trace
from tests.view import packet_stories as stories
from tests.view.packet_stories import Story

RECORDINGS = Path(__file__).resolve().parents[2] / "notebooks" / "recordings"


def numbers(story: Story) -> list[tuple[Any, ...]]:
    return [(step.event.direction, step.seq, step.end, step.ack, step.size) for step in trace(story.packets)]


def one(story: Story) -> Step:
    (step,) = [step for step in trace(story.packets) if step.again]
    return step


def test_numbers_are_relative() -> None:
    assert numbers(stories.conversation()) == [
        ("out", 0, 1, None, 0), ("back", 0, 1, 1, 0), ("out", 1, 1, 1, 0), ("out", 1, 6, 1, 5),
        ("back", 1, 1, 6, 0), ("back", 1, 6, 6, 5), ("out", 6, 6, 6, 0), ("out", 6, 7, 6, 0),
        ("back", 6, 7, 7, 0), ("out", 7, 7, 7, 0),
    ]  # fmt: skip


def test_they_go_on_where_32_bits_end() -> None:
    steps = trace(stories.bulk().packets)  # the client's numbers wrap after 256 bytes
    assert max(step.end or 0 for step in steps) == 8001
    assert not any(step.again for step in steps)


def test_without_a_handshake_the_first_byte_is_1() -> None:
    story = Story().tcp(0, "out", "PA", 500, 900, 10).tcp(0.03, "back", "A", 900, 510)
    assert numbers(story) == [("out", 1, 11, 1, 10), ("back", 1, 1, 11, 0)]


def test_order_is_that_of_sending() -> None:
    packets = stories.conversation().packets
    assert [step.event for step in trace(packets[::-1])] == packets


@pytest.mark.parametrize(
    ("story", "cause", "waited"),
    [
        (stories.lost_syn(), "timer", 1.02),
        (stories.timeout(), "timer", 0.22),
        (stories.fast_retransmit(), "ACKs", 0.0007),
    ],
)
def test_why_something_was_sent_again(story: Story, cause: str, waited: float) -> None:
    step = one(story)
    assert step.cause == cause
    assert step.event.sent - (step.since or 0) == pytest.approx(waited)


def test_a_quick_timer_is_a_probe() -> None:
    story = stories.handshake().tcp(0.05, "out", "PA", 1, 1, 100, fate="lost")
    assert one(story.tcp(0.13, "out", "PA", 1, 1, 100)).cause == "probe timer"


def test_an_answer_to_something_repeated_is_no_timers_doing() -> None:
    story = Story().tcp(0, "out", "S", 0).tcp(0.021, "back", "SA", 0, 1, fate="lost").tcp(1, "out", "S", 0)
    steps = trace(story.tcp(1.021, "back", "SA", 0, 1).packets)
    assert [(step.again, step.cause) for step in steps] == [
        (False, ""), (False, ""), (True, "timer"), (True, ""),
    ]  # fmt: skip


def test_a_copy_that_the_link_made_was_not_sent_again() -> None:
    story = stories.handshake().tcp(0.05, "out", "PA", 1, 1, 5, fate="duplicated")
    assert [(s.copy, s.again) for s in trace(story.packets)[-2:]] == [(False, False), (True, False)]


def test_what_is_sent_again_with_something_new() -> None:
    story = stories.handshake().tcp(0.05, "out", "A", 1, 1, 100).tcp(0.3, "out", "FA", 1, 1, 130)
    story.tcp(0.6, "out", "FA", 101, 1, 30).tcp(0.9, "out", "FA", 131, 1)
    assert [(s.size, s.fresh, s.again) for s in trace(story.packets)[3:]] == [
        (100, 100, False), (130, 30, True), (30, 0, True), (0, 0, True),
    ]  # fmt: skip


def test_what_was_captured_out_of_order_was_not_sent_again() -> None:
    story = stories.handshake().tcp(0.05, "out", "A", 101, 1, 100).tcp(0.051, "out", "A", 1, 1, 100)
    story.tcp(0.052, "out", "A", 201, 1, 100).tcp(0.3, "out", "A", 101, 1, 100)
    assert [(step.again, step.fresh) for step in trace(story.packets)[3:]] == [
        (False, 100), (False, 100), (False, 100), (True, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [40, 60, 80])
def test_of_cut_packets_the_headers_tell_the_size(size: int) -> None:
    for story in (stories.bulk(), stories.conversation(), Story().udp(0, "out", b"x" * 99)):
        cut = [replace(p, data=p.data[:size], original_length=len(p.data)) for p in story.packets]
        alike = [(step.seq, step.end, step.ack, step.size, step.fresh) for step in trace(cut)]
        assert alike == [(s.seq, s.end, s.ack, s.size, s.fresh) for s in trace(story.packets)]


def test_conversations_are_counted() -> None:
    story = stories.handshake()
    story.tcp(1, "out", "S", 7, port=40001).udp(2, "out", b"hi")
    story.tcp(3, "out", "S", 99999).tcp(3.1, "out", "A", 100000, 1)  # the same ports again
    assert [step.flow for step in trace(story.packets)] == [0, 0, 0, 1, 2, 3, 3]
    assert [step.seq for step in trace(story.packets)][-2:] == [0, 1]


@pytest.mark.parametrize(
    ("name", "packets"),
    [("04_nobody_home", 2), ("04_fragments", 3)],  # an ICMP error, and the fragments of one datagram
)
def test_what_names_no_ports_belongs_to_its_conversation(name: str, packets: int) -> None:
    recording = pcapng.read(RECORDINGS / f"{name}.pcapng").packets[:packets]
    assert len(recording) == packets and recording[-1].packet.ports is None
    assert {step.flow for step in trace(recording)} == {0}


@pytest.mark.parametrize(
    ("fate", "trouble", "held"),
    [("delivered", "", False), ("lost", "lost", False), ("queue full", "queue full", False),
     ("too big", "too big", False), ("corrupted", "damaged", False), ("held", "", True),
     ("reordered", "", False), ("captured", "", False)],
)  # fmt: skip
def test_fates(fate: str, trouble: str, held: bool) -> None:
    (step,) = trace(Story().udp(0, "out", b"x", fate=fate).packets)
    assert (step.trouble, step.held) == (trouble, held)


def test_what_is_damaged_was_not_heard() -> None:
    """A side that got only rubbish waited for its timer, not for that."""
    story = stories.handshake().tcp(0.05, "out", "PA", 1, 1, 9, fate="lost")
    story.tcp(0.2, "back", "A", 1, 1, fate="corrupted").tcp(0.3, "out", "PA", 1, 1, 9)
    assert one(story).since == pytest.approx(0.05)


def test_only_packets() -> None:
    with pytest.raises(TypeError, match="This needs packets, as path.packets has them, not str"):
        trace(["SYN"])  # type: ignore[list-item]
    assert trace([]) == []
