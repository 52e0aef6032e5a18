"""Small ladders: several short conversations in one picture."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from netlab.lessons import small_ladders
from netlab.lessons.nb03.pictures.small_ladders import _after_handshake, wording_of
from netlab.view import Picture
from netlab.view.kit.theme import WIDEST
from netlab.wire.traffic import trace
from tests.view import packet_stories as stories


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.figure.findobj(Text) if text.get_text()]


def silence() -> list[object]:
    story = stories.handshake()
    story.tcp(0.05, "out", "PA", 1, 1, 8, fate="lost").tcp(0.3, "out", "PA", 1, 1, 8, fate="lost")
    return list(story.packets)


def reset() -> list[object]:
    return list(stories.handshake().tcp(0.05, "out", "PA", 1, 1, 5).tcp(0.08, "back", "RA", 1, 6).packets)


FOUR = {"talk": stories.conversation().packets, "silence": silence(), "reset": reset(), "SYN": reset()}


def test_each_run_has_its_title_its_packets_and_its_note() -> None:
    notes = ["recv: b''", "recv: TimeoutError", "recv: ConnectionResetError", "twice"]
    picture = small_ladders(FOUR, notes=notes, caption="Four endings.")  # type: ignore[arg-type]
    shown = texts(picture)
    for word in (
        "talk",
        "silence",
        "reset",
        *notes,
        "5 bytes",
        "8 bytes",
        "again: 8 bytes",
        "RST",
        "FIN",
        "ACK",
    ):
        assert word in shown
    assert shown.count("client") == shown.count("server") == 4
    assert "SYN-ACK" not in shown
    assert shown.count("SYN") == 1  # the title: handshakes are left out
    assert repr(picture) == "Four endings."
    assert picture.width <= WIDEST


def test_nothing_overlaps() -> None:
    picture = small_ladders(FOUR, notes=["a"] * 4, caption="Four endings.", handshakes=True)  # type: ignore[arg-type]
    FigureCanvasAgg(picture.figure).draw()
    placed = [
        (text.get_text(), text.get_window_extent())
        for text in picture.figure.findobj(Text)
        if text.get_text()
    ]
    assert not [(a, b) for (a, one), (b, other) in combinations(placed, 2) if one.overlaps(other)]
    box = picture.figure.bbox
    assert all(box.x0 <= p.x0 and p.x1 <= box.x1 and box.y0 <= p.y0 and p.y1 <= box.y1 for _, p in placed)


def test_the_handshake_is_left_out_only_if_it_is_there() -> None:
    steps = trace(stories.conversation().packets)
    assert len(_after_handshake(steps)) == len(steps) - 3
    assert _after_handshake(steps[3:]) == steps[3:]
    acknowledged = [step for step in steps[4:] if step.is_ack]
    assert _after_handshake(acknowledged) == acknowledged


def test_many_packets_are_counted() -> None:
    story = stories.handshake()
    for i in range(20):
        story.tcp(0.05 + i / 100, "out", "PA", 1 + i, 1, 1)
    assert "and 6 more" in texts(small_ladders({"many": story.packets}, caption="Many."))


def test_a_copy_shares_the_words_of_its_original_and_nothing_is_written_in_the_middle() -> None:
    story = stories.Story().tcp(0, "out", "PA", 1, 1, 8, fate="duplicated").udp(1, "out", b"abc", fate="held")
    shown = texts(small_ladders({"a": story.packets}, caption="Three arrows.", handshakes=True))
    assert sorted(shown) == ["3 bytes", "8 bytes", "a", "client", "server"]


def test_words_are_cut_to_their_side() -> None:
    story = (
        stories.handshake().tcp(0.05, "out", "PA", 1, 1, 1400, fate="lost").tcp(0.3, "out", "FPA", 1, 1, 1400)
    )
    words, bold = wording_of(trace(story.packets)[-1])
    assert words.startswith("again:")
    assert bold


def test_what_can_not_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="needs runs"):
        small_ladders({}, caption="Nothing.")
    with pytest.raises(ValueError, match="a note for each or none"):
        small_ladders({"a": reset()}, notes=["1", "2"], caption="Two.")  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="no packets"):
        small_ladders({"a": []}, caption="Nothing.")
    with pytest.raises(TypeError, match="needs packets"):
        small_ladders({"a": [1]}, caption="Numbers.")  # type: ignore[list-item]
