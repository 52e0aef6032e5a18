"""Packet ladders and latencies, as they are drawn."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from netlab.view import Picture, latencies, packet_ladder
from netlab.view.kit.theme import CLIENTS, ERROR, SERVERS, WIDEST

from . import packet_stories as stories
from .packet_stories import Story


def texts(picture: Picture) -> list[str]:
    """All words in a picture."""
    found = [text.get_text() for text in picture.figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return [text.replace("\u202f", " ") for text in found if text]


def colors(picture: Picture) -> set[str]:
    image = Image.open(BytesIO(picture.png())).convert("RGB")
    return {"#{:02x}{:02x}{:02x}".format(*color) for _, color in image.getcolors(1 << 24)}


def legend(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()]


class Noted(list[Any]):
    note = "A recording of 2026-11-22 on Linux 6.18; not live, because it needs Linux"


def says_recording(picture: Picture) -> bool:
    return any("A recording of 2026-11-22 on Linux 6.18" in text for text in texts(picture))


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
    assert says_recording(packet_ladder(packets))
    assert "recording" not in packet_ladder(packets).caption


def test_to_scale_has_a_clock() -> None:
    words = texts(packet_ladder(stories.conversation().packets, until=0.25))
    assert {"0", "50 ms", "100 ms"} <= set(words)
    assert not any("not to scale" in word for word in words)


def test_what_is_not_drawn_is_counted() -> None:
    story = Story()
    for _ in range(45):
        story.udp(0, "out", b"x", fate="held")
    assert any("5 more not drawn" in words for words in texts(packet_ladder(story.packets)))


def test_an_own_caption_and_wrong_input() -> None:
    assert packet_ladder(iter(stories.conversation().packets), caption="Mine.").caption == "Mine."
    assert packet_ladder([]).caption == "No packet was sent."
    with pytest.raises(TypeError, match="needs packets"):
        packet_ladder([1])  # type: ignore[list-item]


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
