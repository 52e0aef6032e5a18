"""Where packets stand on their ladder: time never runs up, words never collide, nothing is forgotten."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from netlab.view import packet_ladder
from netlab.view.ladders.packets import ROOM, Layout, Row, lay_out
from netlab.wire.packets import PacketEvent
from netlab.wire.traffic import trace

from . import packet_stories as stories
from .packet_stories import Story

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

ALL = [stories.conversation, stories.lost_syn, stories.fast_retransmit, stories.timeout, stories.bulk]
FATES = ["delivered", "reordered", "duplicated", "corrupted", "lost", "queue full", "held"]


@st.composite
def any_story(draw: Any) -> Story:
    story, now = Story(), 0.0
    for _ in range(draw(st.integers(0, 30))):
        now += draw(st.sampled_from([0, 0, 1e-5, 0.001, 0.03, 0.5]))
        way, fate = draw(st.sampled_from(["out", "back"])), draw(st.sampled_from(FATES))
        if draw(st.booleans()):
            flags = draw(st.sampled_from(["S", "SA", "A", "A", "PA", "FA", "R"]))
            seq, ack = draw(st.integers(0, 400)), draw(st.integers(0, 400))
            story.tcp(now, way, flags, seq, ack, draw(st.sampled_from([0, 0, 1, 100])), fate=fate)
        else:
            story.add(now, way, draw(st.binary(max_size=60)), fate)
    return story


def check(layout: Layout, *, to_scale: bool = False) -> None:
    points = []
    for row in layout.rows:
        assert row.last_sent.y >= row.sent.y + (ROOM.line if len(row.steps) > 1 and not to_scale else 0)
        if row.text:
            points += [(row.steps[0].event.sent, row.sent.y), (row.steps[-1].event.sent, row.last_sent.y)]
        arrivals = [step.event.delivered for step in row.steps if step.event.delivered is not None]
        if arrivals:
            assert row.arrived is not None and row.last_arrived is not None
            points += [(min(arrivals), row.arrived.y), (max(arrivals), row.last_arrived.y)]
            assert to_scale or row.arrived.y >= row.sent.y + ROOM.slope
        else:
            assert row.arrived is None
    for (one, high), (other, low) in pairwise(sorted(points)):
        assert high <= low + 1e-6 or one == other, "time runs up"
    for out in (True, False):
        words = sorted(row.words for row in layout.rows if row.text and row.outward == out)
        assert all(b - a >= ROOM.line - 1 for a, b in pairwise(words)), "words collide"
    lowest = [
        max(row.last_sent.y, row.last_arrived.y if row.last_arrived else 0, row.words) for row in layout.rows
    ]
    assert layout.height > max(lowest, default=0)


@pytest.mark.parametrize("until", [None, 20.0])
@hypothesis.given(story=any_story(), most=st.sampled_from([1, 5, 40]))
def test_any_packets(story: Story, most: int, until: float | None) -> None:
    steps = trace(story.packets)
    layout = lay_out(steps, until=until, most=most)
    check(layout, to_scale=until is not None)
    assert sum(len(row.steps) for row in layout.rows) + layout.left_out == len(steps)


@pytest.mark.parametrize("make", ALL)
def test_stories(make: Any) -> None:
    steps = trace(make().packets)
    check(lay_out(steps))
    check(lay_out(steps, until=20.0), to_scale=True)


def rows(story: Story, **options: Any) -> list[Row]:
    return lay_out(trace(story.packets), **options).rows


def test_waits_are_named() -> None:
    assert [row.wait for row in rows(stories.lost_syn())][:2] == ["", "1.02 s: retransmission timer"]
    assert "220 ms: retransmission timer" in [row.wait for row in rows(stories.timeout())]
    story = stories.handshake().tcp(0.05, "out", "PA", 1, 1, 9).tcp(0.11, "back", "A", 1, 10)
    assert rows(story.tcp(1.13, "out", "PA", 10, 1, 9))[-2].wait == "40 ms: delayed ACK"
    assert rows(story)[-1].wait == "1.00 s: silence"


def test_a_wait_has_room_for_its_words() -> None:
    *_, lost, row, _ = rows(stories.timeout())
    assert row.wait and row.before is lost.sent
    assert row.sent.y - row.before.y >= ROOM.wait


def test_many_alike_packets_share_a_row() -> None:
    gathered = rows(stories.bulk(), most=40)
    assert [len(row.steps) for row in gathered] == [1, 1, 1, 80, 80]
    assert len(rows(stories.bulk(), most=400)) == 163


def test_a_band_has_room_for_its_words() -> None:
    (row,) = rows(Story().udp(0, "out", b"a").udp(0, "out", b"b"), most=1)
    assert (
        len(row.steps) == 2
        and row.last_sent.y - row.sent.y >= ROOM.line
        and row.sent.y < row.words < row.last_sent.y
    )


def test_what_is_special_keeps_its_own_row() -> None:
    texts = [row.text for row in rows(stories.fast_retransmit(), most=10)]
    assert "100 bytes, seq 101–200" in texts and "100 bytes, seq 101–200 · again" in texts
    assert "4 segments, 400 bytes, seq 201–600" in texts


def test_a_copy_starts_where_its_original_does() -> None:
    one, copy = rows(Story().udp(0, "out", b"x", fate="duplicated"))
    assert copy.sent is one.sent and copy.arrived.y > one.arrived.y and not copy.text


def test_connections_are_told_apart() -> None:
    story = stories.handshake().tcp(5, "out", "S", 0, port=40001)
    assert [row.text[:3] for row in rows(story)] == ["A: ", "A: ", "A: ", "B: "]


def test_a_packet_of_a_capture_arrives_when_it_was_sent() -> None:
    data = Story().udp(0, "out", b"x").packets[0].data
    check(lay_out(trace([PacketEvent(0.0, 0.0, "captured", "out", data)])))


@pytest.mark.slow
@hypothesis.settings(max_examples=15)
@hypothesis.given(story=any_story())
def test_any_packets_can_be_drawn(story: Story) -> None:
    assert packet_ladder(story.packets).png().startswith(b"\x89PNG")
