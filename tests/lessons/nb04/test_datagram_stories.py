"""The stories of datagrams: what is counted, what is marked, and that words never collide."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from netlab.lessons import datagram_stories
from netlab.lessons.nb04.pictures.datagram_tales import ROW, describe_stories, lay_out, read, spread
from netlab.view.kit.theme import WIDEST, text_width
from netlab.view.ladders.painter import CROSS
from netlab.wire.packets import PacketEvent
from tests.view.packet_stories import DELAY, Story, handshake
from tests.view.test_packet_layout import any_story, hypothesis
from tests.view.test_packet_pictures import texts

FATES = ["delivered", "lost", "duplicated", "reordered", "corrupted", "queue full", "too big", "delivered",
         "delivered", "delivered"]  # fmt: skip

st = pytest.importorskip("hypothesis.strategies")


def planned(fates: list[str], pace: float = 0.01) -> list[PacketEvent]:
    """A datagram each `pace` seconds, with the times that a link would have planned."""
    story = Story()
    for place, fate in enumerate(fates):
        story.udp(place * pace, "out", b"card", fate=fate)
    return [
        PacketEvent(each.sent, each.delivered, each.fate, each.direction, each.data, each.number,
                    due=each.delivered, flip=each.flip)
        for each in story.packets
    ]  # fmt: skip


def test_each_fate_is_said_beside_its_lane() -> None:
    words = texts(datagram_stories(planned(FATES)))
    for label in ("sender", "receiver", "1", "2 lost", "3 doubled", "3 again", "4 overtaken", "5 damaged",
                  "6 queue full", "7 too big", "10"):  # fmt: skip
        assert label in words, label


def test_the_caption_counts_each_fate() -> None:
    assert repr(datagram_stories(planned(FATES))) == (
        "Ten datagrams were sent: one was lost, one was dropped because the queue was full, one was dropped "
        "as too big for the link, one was doubled, one was damaged on the way, and one was sent on a detour, "
        "where others overtake. Four arrived once, whole and in turn."
    )
    plain = "Three datagrams were sent, and each arrived once, whole and in turn."
    assert repr(datagram_stories(planned(["delivered"] * 3))) == plain
    gone = "Two datagrams were sent: two were lost. None arrived once, whole and in turn."
    assert repr(datagram_stories(planned(["lost", "lost"]))) == gone
    assert repr(datagram_stories(planned(["lost"]), caption="Mine is gone.")) == "Mine is gone."


def test_the_caption_does_not_depend_on_time() -> None:
    slow, quick = (datagram_stories(planned(FATES, pace)) for pace in (0.013, 0.009))
    assert slow.caption == quick.caption


def test_only_one_that_a_later_one_overtook_is_called_so() -> None:
    stories = read(planned(["reordered", "delivered", "delivered", "reordered"]))
    assert [story.words for story in stories] == [["overtaken"], [], [], ["detour"]]
    level = planned(["delivered", "delivered"])
    same = [PacketEvent(e.sent, 0.5, e.fate, e.direction, e.data, e.number, due=0.5) for e in level]
    assert [story.words for story in read(same)] == [[], []]


def test_what_has_not_arrived_yet_is_on_its_way() -> None:
    sent = planned(["delivered"])[0]
    waiting = PacketEvent(sent.sent, None, "delivered", "out", sent.data, 1, due=DELAY)
    picture = datagram_stories([waiting])
    assert "still on its way" in texts(picture)
    assert repr(picture).startswith("One datagram was sent: one was still on the way.")


def test_one_direction_at_a_time() -> None:
    story = Story().udp(0.0, "out", b"?").udp(0.1, "back", b"a").udp(0.2, "back", b"b", fate="lost")
    assert len(read(story.packets)) == 1
    assert [each.dropped for each in read(story.packets, "back")] == [False, True]


@pytest.mark.parametrize(
    ("packets", "options", "error", "words"),
    [
        ([], {}, ValueError, "no datagram was sent this way"),
        (handshake().packets, {}, ValueError, "no datagram was sent this way"),
        ([b"card"], {}, TypeError, "This needs packets, as relay.packets has them, not bytes"),
        (planned(["delivered"] * 121), {}, ValueError, "121 datagrams are too many"),
        (planned(["delivered"]), {"direction": "left"}, ValueError, '"out" is client to server'),
    ],
)
def test_what_can_not_be_drawn_is_refused(packets: Any, options: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        datagram_stories(packets, **options)


@pytest.mark.parametrize("pace", [0.0, 0.0001, 0.005, 0.2])
def test_sixty_datagrams_are_legible(pace: float) -> None:
    events = planned(FATES * 6, pace)
    layout = lay_out(read(events))
    for labels in layout.labels:
        for upper, lower in pairwise(labels):
            assert lower.y - upper.y >= ROW - 1e-6
        for label in labels:
            assert 0 < label.y < layout.height
            assert text_width(label.text, 13, bold=True) < 146
    assert datagram_stories(events).width <= WIDEST


def test_a_late_cross_stands_above_the_last_line() -> None:
    for fates in (["delivered"] * 9 + ["lost"], ["lost"] * 16):
        stories = read(planned(fates))
        layout = lay_out(stories)
        assert stories[-1].sent.y + layout.slope * CROSS + 10 < layout.height - 20


@hypothesis.given(story=any_story())
@hypothesis.settings(max_examples=60, deadline=None)
def test_time_never_runs_up(story: Story) -> None:
    for direction in ("out", "back"):
        try:
            stories = read(story.packets, direction)
        except ValueError:
            continue
        lay_out(stories)
        sent = [each.sent.y for each in stories]
        assert sent == sorted(sent)
        for each in stories:
            assert all(mark.y >= each.sent.y for mark in each.arrived)
        assert describe_stories(stories).endswith(".")


def test_words_that_collide_stand_around_their_middle() -> None:
    assert spread([100, 200], 20, 0) == [100, 200]
    assert spread([100, 100, 100], 20, 0) == [80, 100, 120]
    assert spread([5, 5, 5], 20, 0) == [0, 20, 40]
    assert spread([100, 110, 125], 20, 0) == pytest.approx([91.67, 111.67, 131.67], abs=0.01)


@hypothesis.given(st.lists(st.floats(0, 300), max_size=40))
def test_spread_words_are_apart_and_in_order(wanted: list[float]) -> None:
    heights = spread(sorted(wanted), 16.5, 10)
    assert len(heights) == len(wanted)
    assert all(b - a >= 16.5 - 1e-6 for a, b in pairwise(heights))
    assert min(heights, default=10) >= 10
