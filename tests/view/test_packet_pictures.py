"""Packet ladders, time–sequence graphs, timelines, latencies and pairs, as they are drawn."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from netlab.view import Picture, latencies, packet_ladder, pair, sequence_graph, timeline
from netlab.view.kit.theme import CLIENTS, ERROR, SERVERS, WIDEST

from . import packet_stories as stories
from .packet_stories import Story
from .test_packet_layout import any_story, hypothesis


def texts(picture: Picture) -> list[str]:
    """All words in a picture."""
    found = [text.get_text() for text in picture.figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return [text.replace("\u202f", " ") for text in found if text]


def colors(picture: Picture) -> set[str]:
    image = Image.open(BytesIO(picture.png())).convert("RGB")
    return {"#{:02x}{:02x}{:02x}".format(*color) for _, color in image.getcolors(1 << 24)}


class Noted(list[Any]):
    note = "A recording of 2026-11-22 on Linux 6.18; not live, because it needs Linux"


def test_a_ladder_shows_labels_waits_and_crosses() -> None:
    picture = packet_ladder(stories.lost_syn().packets)
    words = texts(picture)
    for word in ("client", "server", "192.0.2.1:40000", "192.0.2.2:80", "SYN seq 0", "SYN seq 0 · again",
                 "lost", "1.02 s: retransmission timer", "SYN-ACK seq 0, ack 1", "ACK 1"):  # fmt: skip
        assert word in words
    assert "time runs down, not to scale · 4 packets in 1.08 s, 1 lost, 1 sent again" in words
    assert picture.width <= WIDEST
    assert repr(picture).startswith("Client and server opened a connection")


def test_a_ladder_uses_the_colors_of_both_sides_and_of_errors() -> None:
    seen = colors(packet_ladder(stories.lost_syn().packets))
    near = {tuple(int(c[i : i + 2], 16) // 24 for i in (1, 3, 5)) for c in seen}
    for color in (CLIENTS[0], SERVERS[0], ERROR):
        assert tuple(int(color[i : i + 2], 16) // 24 for i in (1, 3, 5)) in near


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        ("held", "waits for you"),
        ("queue full", "queue full"),
        ("corrupted", "damaged"),
        ("duplicated", "copy"),
    ],
)
def test_fates_are_written(fate: str, words: str) -> None:
    assert words in texts(packet_ladder(Story().udp(0, "out", b"x", fate=fate).packets))


def test_a_recording_says_so_in_the_picture() -> None:
    packets = Noted(stories.conversation().packets)
    for picture in (packet_ladder(packets), sequence_graph(packets)):
        assert any("A recording of 2026-11-22 on Linux 6.18" in text for text in texts(picture))
    assert "recording" not in packet_ladder(packets).caption


def test_to_scale_has_a_clock() -> None:
    words = texts(packet_ladder(stories.conversation().packets, to_scale=True))
    assert {"0", "50 ms", "100 ms"} <= set(words)
    assert not any("not to scale" in word for word in words)


def test_what_is_not_drawn_is_counted() -> None:
    assert any("5 more not drawn" in w for w in texts(packet_ladder(stories.conversation().packets, most=4)))


def test_an_own_caption_and_wrong_input() -> None:
    assert packet_ladder(iter(stories.conversation().packets), caption="Mine.").caption == "Mine."
    assert packet_ladder([]).caption == "No packet was sent."
    with pytest.raises(TypeError, match="needs packets"):
        packet_ladder([1])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="most=0"):
        packet_ladder([], most=0)


def legend(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()]


def test_a_sequence_graph_shows_segments_losses_and_acknowledgments() -> None:
    picture = sequence_graph(stories.fast_retransmit().packets)
    assert legend(picture)[:4] == ["segment sent", "sent again", "lost", "acknowledged"]
    (axes,) = picture.figure.axes
    sent, again = axes.collections
    assert len(sent.get_segments()) == 6 and len(again.get_segments()) == 1
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


SAMPLES = [
    (0.0, {"cwnd": 10, "rtt": 0.04, "ssthresh": None}),
    (0.5, {"cwnd": 20, "rtt": 0.05, "ssthresh": 15}),
]


def test_a_timeline() -> None:
    picture = timeline(SAMPLES, "cwnd", "rtt")
    assert repr(picture) == "Congestion window and round-trip time over time."
    one, two = picture.figure.axes
    assert list(one.lines[0].get_xdata()) == [0, 500] and list(one.lines[0].get_ydata()) == [10, 20]
    assert list(one.lines[1].get_ydata()) == [15]  # the threshold, from where on it is known
    assert list(two.lines[0].get_ydata()) == [40, 50] and two.get_ylabel() == "round-trip time\n(ms)"
    both = timeline({"reno": SAMPLES, "cubic": SAMPLES}, "rtt")
    assert (
        legend(both) == ["reno", "cubic"] and both.caption == "Round-trip time of reno and cubic over time."
    )
    assert timeline([(0, {"made_up": 1})], "made_up", caption="Mine.").caption == "Mine."


@pytest.mark.parametrize(
    ("samples", "fields"), [([], ("cwnd",)), (SAMPLES, ()), (SAMPLES, ("nothing",)), ({"a": []}, ("rtt",))]
)
def test_a_timeline_of_nothing(samples: Any, fields: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="needs samples and the fields|No sample has a value 'nothing'"):
        timeline(samples, *fields)


def test_latencies() -> None:
    series = {"a": [0.003, 0.001, 0.002], "b": [0.2]}
    (axes,) = latencies(series, caption="b is slower.").figure.axes
    assert list(axes.lines[0].get_xdata()) == [1, 1, 2, 3]  # ms, sorted
    assert axes.lines[0].get_ydata()[-1] == 100
    (strips,) = latencies(series, caption="b is slower.", kind="strips", log=True).figure.axes
    assert [len(line.get_xdata()) for line in strips.lines] == [3, 2, 1, 2]
    assert list(strips.lines[1].get_xdata()) == [2, 2]
    for wrong, why in (
        ({}, "one finite value"),
        ({"a": []}, "one finite value"),
        ({"a": [float("nan")]}, "finite"),
    ):
        with pytest.raises(ValueError, match=why):
            latencies(wrong, caption="x")
    with pytest.raises(ValueError, match="log axis"):
        latencies({"a": [0.0]}, caption="x", log=True)
    with pytest.raises(ValueError, match="kind='pie'"):
        latencies(series, caption="x", kind="pie")  # type: ignore[arg-type]


def test_a_pair_is_as_wide_as_it_may_be() -> None:
    ladder = packet_ladder(stories.handshake().packets)
    stacked = pair(ladder, ladder, titles=("no loss", "loss"))
    assert stacked.caption == f"No loss: {ladder.caption} Loss: {ladder.caption}"
    assert (
        stacked.width == ladder.width and stacked.figure.get_figheight() > 2 * ladder.figure.get_figheight()
    )
    small = timeline(SAMPLES, "rtt")
    small.figure.set_figwidth(4)
    beside = pair(small, small, caption="Both.")
    assert beside.caption == "Both." and 800 < beside.width <= WIDEST
    assert beside.png().startswith(b"\x89PNG")
