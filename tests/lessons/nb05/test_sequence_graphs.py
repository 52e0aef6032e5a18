"""Time–sequence graphs, and pairs of pictures, as they are drawn."""

from __future__ import annotations

import pytest

from netlab.lessons import sequence_graph, timeline
from netlab.lessons.nb05.pictures.pairs import pair
from netlab.view import packet_ladder
from netlab.view.kit.theme import WIDEST
from tests.view import packet_stories as stories
from tests.view.packet_stories import Story
from tests.view.test_packet_layout import any_story, hypothesis
from tests.view.test_packet_pictures import Noted, legend, says_recording


def test_a_sequence_graph_shows_segments_losses_and_acknowledgments() -> None:
    picture = sequence_graph(stories.fast_retransmit().packets)
    assert legend(picture)[:4] == ["segment sent", "sent again", "lost", "acknowledged"]
    (axes,) = picture.figure.axes
    (sent,) = axes.collections
    assert len(sent.get_segments()) == 6
    (again,) = [line for line in axes.lines if line.get_label() == "sent again"]
    assert len(again.get_xdata()) == 1 and list(again.get_ydata()) == [151]
    (cross,) = [line for line in axes.lines if line.get_marker() == "X"]
    assert list(cross.get_ydata()) == [151]
    (acked,) = [line for line in axes.lines if line.get_label() == "acknowledged"]
    assert list(acked.get_ydata()) == [1] + [101] * 5 + [601]
    assert acked.get_xdata()[-1] == pytest.approx(134)  # when the ACK arrived at the sender, in ms


def test_a_damaged_acknowledgment_acknowledges_nothing() -> None:
    story = stories.handshake().tcp(0.05, "out", "PA", 1, 1, 100)
    packets = story.tcp(0.08, "back", "A", 1, 101, fate="corrupted").packets
    assert "acknowledged 0 bytes" in sequence_graph(packets).caption


def test_the_window_is_drawn_where_it_matters() -> None:
    assert "end of the window" not in legend(sequence_graph(stories.fast_retransmit().packets))
    assert "end of the window" in legend(sequence_graph(stories.bulk().packets))


def test_a_sequence_graph_of_the_other_direction() -> None:
    packets = stories.conversation().tcp(1, "out", "PA", 7, 7, 400).packets
    assert sequence_graph(packets).caption.startswith("The client sent")
    assert sequence_graph(packets, direction="back").caption.startswith("The server sent 5 bytes")
    for nothing in ([], Story().udp(0, "out", b"x").packets, stories.handshake().packets):
        with pytest.raises(ValueError, match="no TCP segment carried bytes"):
            sequence_graph(nothing)
    with pytest.raises(ValueError, match="direction='left'"):
        sequence_graph(packets, direction="left")  # type: ignore[arg-type]


@hypothesis.settings(max_examples=15)
@hypothesis.given(story=any_story())
def test_any_stream_can_be_drawn(story: Story) -> None:
    try:
        assert sequence_graph(story.packets).png()
    except ValueError as error:
        assert "no TCP segment" in str(error)


def test_a_pair_is_as_wide_as_it_may_be() -> None:
    ladder = packet_ladder(stories.handshake().packets)
    stacked = pair(ladder, ladder, titles=("no loss", "loss"))
    assert stacked.caption == f"No loss: {ladder.caption} Loss: {ladder.caption}"
    assert (
        stacked.width == ladder.width and stacked.figure.get_figheight() > 2 * ladder.figure.get_figheight()
    )
    small = timeline([(0.0, {"rtt": 0.04}), (1.0, {"rtt": 0.05})], "rtt")
    small.figure.set_figwidth(4)
    beside = pair(small, small, caption="Both.")
    assert beside.caption == "Both." and 800 < beside.width <= WIDEST
    assert beside.png().startswith(b"\x89PNG")


def test_captions_of_sequence_graphs() -> None:
    words = {name: sequence_graph(getattr(stories, name)().packets).caption.replace("\u202f", " ")
             for name in ("bulk", "timeout")}  # fmt: skip
    assert words["bulk"] == "The client sent 8 000 bytes, the server acknowledged all of them."
    assert words["timeout"] == (
        "The client sent 100 bytes, the server acknowledged all of them. Where a segment was lost, the "
        "acknowledged position stood still, until it was sent again."
    )
    lost = stories.handshake().tcp(1, "out", "PA", 1, 1, 100, fate="lost")
    assert sequence_graph(lost.packets).caption == (
        "The client sent 100 bytes, the server acknowledged 0 bytes. Where a segment was lost, the "
        "acknowledged position stood still."
    )


def test_a_recording_says_so_in_the_graph() -> None:
    assert says_recording(sequence_graph(Noted(stories.conversation().packets)))
