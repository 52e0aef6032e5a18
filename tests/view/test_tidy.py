"""Every word of a ladder can be read, whatever was recorded, and no arrow is without its words."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from netlab.view import ladder, packet_ladder
from netlab.view.ladders.call_labels import arrange
from netlab.wire import Event, Recording

from . import packet_stories, stories
from .conversations import conversations
from .stories import CLIENT_2, Story
from .test_layout import events
from .test_packet_layout import ALL as PACKETS
from .test_packet_layout import any_story
from .test_pictures import texts_of
from .tidy import assert_tidy

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

SLOW = {"deadline": None, "suppress_health_check": list(hypothesis.HealthCheck)}


def check(recording: Recording, show: Any = "calls") -> None:
    picture = ladder(recording, show=show)
    assert_tidy(picture)
    paths, _ = arrange(recording, show)
    written = Counter(texts_of(picture))
    assert not Counter(arrow.text for arrow in paths.ways) - written


@pytest.mark.parametrize("make", stories.ALL.values(), ids=lambda make: make.__name__)
@pytest.mark.parametrize("show", ["calls", "data"])
def test_stories(make: Any, show: str) -> None:
    check(make(), show)


@pytest.mark.slow
@hypothesis.settings(max_examples=25, **SLOW)
@hypothesis.given(conversations(least=15))
def test_any_conversations(recording: Recording) -> None:
    check(recording)


@hypothesis.settings(max_examples=15, **SLOW)
@hypothesis.given(st.lists(events(), max_size=40))
def test_any_recording(recorded: list[Event]) -> None:
    check(Recording(recorded))


def test_arrows_to_nobody_end_at_a_lane_of_their_own() -> None:
    """Also those of several clients; and a program that writes to itself has room for the words."""
    story = Story().connect(error="ConnectionRefusedError: nobody")
    story.connect("client 2", 4, CLIENT_2, error="ConnectionRefusedError: nobody")
    check(story.recording())
    assert [lane.title for lane in arrange(story.recording())[0].layout.lanes if lane.ghost]
    story = Story()
    story.call("end 1", "socketpair", 1, accepted=2)
    sent = {"actor": "end 1", "local": None, "peer": None}
    story.send(b"x" * 3000, socket=1, **sent).recv(b"x" * 3000, socket=2, **sent)
    check(story.recording())


def test_what_nobody_read_stays_above_the_last_line() -> None:
    story = Story().conversation()
    for size in (2000, 30, 4, 30, 2000, 1, 1, 1):
        story.send(b"x" * size)
    check(story.recv(b"x" * 10, asked=10).recording())


@pytest.mark.parametrize("until", [None, 20.0])
@pytest.mark.parametrize("make", [*PACKETS, packet_stories.lost_syn])
def test_packets(make: Any, until: float | None) -> None:
    assert_tidy(packet_ladder(make().packets, until=until))


@pytest.mark.slow
@hypothesis.settings(max_examples=30, **SLOW)
@hypothesis.given(any_story())
def test_any_packets(story: packet_stories.Story) -> None:
    assert_tidy(packet_ladder(story.packets))
