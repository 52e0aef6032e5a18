"""The ages of readings, the holes in a file, and what lets two pictures be compared."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.colors import to_hex

from netlab.lessons import chunks, shares
from netlab.lessons.nb05.pictures.arrivals import ACROSS, MARKS, ages
from netlab.lessons.nb05.pictures.pairs import pair
from netlab.view import Picture, packet_ladder
from netlab.view.kit.theme import ERROR, WIDEST
from netlab.view.ladders.packets import FIXED, GUTTER, NARROW, lay_out
from netlab.view.ladders.stack import TOP
from netlab.wire.traffic import trace
from tests.view.packet_stories import DELAY, Story, bulk, conversation, handshake

IN_TIME = [(5.0 + i * 0.02, 0.03) for i in range(20)]
LATE = [(5.4, 0.2), (5.42, 0.18)]


def two_panels(**options: Any) -> Picture:
    panels = {
        "TCP": {"in time": IN_TIME, "late": LATE},
        "UDP": {"in time": [(t + 3, age) for t, age in IN_TIME], "gone": [(8.4, None), (8.5, None)]},
    }
    return ages(panels, caption="TCP's are late, UDP's are gone.", **options)


def lines(axes: Any) -> dict[tuple[str, str], list[list[float]]]:
    """What is drawn with marks, by mark and color."""
    found: dict[tuple[str, str], list[list[float]]] = {}
    for line in axes.lines:
        if line.get_marker() not in ("None", None, "") and len(line.get_xdata()):
            look = (line.get_marker(), to_hex(line.get_markerfacecolor()))
            found[look] = [list(line.get_xdata()), list(line.get_ydata())]
    return found


def test_ages_stand_at_their_time_and_what_never_came_below_the_axis() -> None:
    tcp, udp = two_panels().figure.axes
    in_time, late = MARKS[0], MARKS[1]
    xs, ys = lines(tcp)[in_time[0], in_time[2]]
    assert xs == pytest.approx([i * 0.02 for i in range(20)])
    assert ys == pytest.approx([30] * 20)  # milliseconds
    assert lines(tcp)[late[0], late[2]][1] == pytest.approx([200, 180])
    xs, ys = lines(udp)["X", ERROR]
    assert xs == pytest.approx([0.4, 0.5])  # each panel begins with its own first message
    assert max(ys) < 0
    assert udp.get_ylim()[0] < min(ys)
    assert min(tick for tick in udp.get_yticks()) >= 0


def test_both_panels_have_one_scale_and_a_title_that_hides_nothing() -> None:
    picture = two_panels()
    tcp, udp = picture.figure.axes
    assert tcp.get_ylim() == udp.get_ylim()
    assert tcp.get_xlim() == udp.get_xlim()
    picture.png()
    for axes, title in ((tcp, "TCP"), (udp, "UDP")):
        (text,) = (text for text in axes.texts if text.get_text() == title)
        low = axes.transData.inverted().transform(text.get_window_extent())[0][1]
        assert low > 200  # above the oldest reading


def test_every_kind_is_told_by_its_shape_too() -> None:
    assert len({(mark, face == "#ffffff") for mark, _, face, _ in MARKS}) == len(MARKS)
    legend = two_panels(least=0.03, least_label="one trip").figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["one trip", "in time", "late", "gone"]


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ({}, "one message or more"),
        ({"UDP": {"gone": [(0.0, None)]}}, "one message or more"),
        ({"TCP": {"late": [(0.0, float("inf"))]}}, "not finite"),
        ({"TCP": {str(i): [(0.0, 1.0)] for i in range(6)}}, "5 kinds of messages apart, not 6"),
    ],
)
def test_bad_input_to_ages(panels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ages(panels, caption="x")


def test_chunks_has_a_cross_for_each_hole() -> None:
    picture = chunks({"TCP": [], "UDP": {3, 40, 199}}, 200, caption="UDP has three holes.")
    drawn = picture.figure.get_children()
    crosses = [artist for artist in drawn if getattr(artist, "get_marker", str)() == "X"]
    assert len(crosses) == 3 + 1  # and the one in the legend
    xs = [line.get_xdata()[0] for line in crosses]
    ys = [line.get_ydata()[0] for line in crosses]
    assert xs[1] < xs[0] < xs[2]  # 40 is the first of its row, 199 the last
    assert ys[0] < ys[1] < ys[2]
    words = {artist.get_text() for artist in drawn if hasattr(artist, "get_text")}
    assert {"TCP", "UDP", "200 of 200", "197 of 200"} <= words
    assert picture.width <= WIDEST


@pytest.mark.parametrize("total", [1, ACROSS, ACROSS + 1, 400])
def test_chunks_of_any_number_fit(total: int) -> None:
    picture = chunks({"UDP": [total - 1]}, total, caption="One hole.")
    assert picture.png()
    assert picture.width <= WIDEST


@pytest.mark.parametrize(
    ("missing", "total", "message"),
    [
        ({}, 10, "one chunk or more"),
        ({"UDP": []}, 0, "one chunk or more"),
        ({"UDP": [10]}, 10, "UDP: there is no chunk 10 of 10"),
        ({"UDP": [-1]}, 10, "there is no chunk -1"),
    ],
)
def test_bad_input_to_chunks(missing: Any, total: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chunks(missing, total, caption="x")


def test_two_ladders_of_one_until_have_one_scale() -> None:
    short = Story().udp(7.0, "out", b"time?").udp(7.02, "back", b"noon")
    for story in (short, conversation()):
        layout = lay_out(trace(story.packets), until=0.5)
        start = story.packets[0].sent
        for row in layout.rows:
            assert row.sent.y == pytest.approx(TOP + (row.first.event.sent - start) / 0.5 * FIXED)
        assert layout.lanes[1] - layout.lanes[0] == pytest.approx(NARROW)
        assert layout.ticks[-1][0] <= TOP + FIXED + 1
        assert layout.ticks[-1][1] == "500 ms"
    wide = lay_out(trace(short.packets))
    assert wide.lanes[1] - wide.lanes[0] == pytest.approx(GUTTER)
    assert NARROW < GUTTER


def test_two_such_ladders_stand_beside_each_other() -> None:
    short = packet_ladder(Story().udp(0, "out", b"time?").udp(DELAY, "back", b"noon").packets, until=0.5)
    both = pair(packet_ladder(conversation().packets, until=0.5), short)
    tops = [axes.get_position().y1 for axes in both.figure.axes]
    assert tops[0] == tops[1]


def test_such_a_ladder_leaves_the_acknowledgments_to_the_arrows() -> None:
    texts = {row.text for row in lay_out(trace(conversation().packets), until=0.5).rows}
    assert "SYN-ACK seq 0" in texts
    assert not any(", ack" in text for text in texts)
    assert any(", ack" in row.text for row in lay_out(trace(conversation().packets)).rows)


def test_a_packet_after_until_is_refused() -> None:
    with pytest.raises(ValueError, match=r"until=0\.01: the last packet comes .* s after the first"):
        packet_ladder(bulk().packets, until=0.01)


def curves(axes: Any) -> list[Any]:
    return [line for line in axes.lines if len(line.get_xdata()) > 2]


def test_what_never_came_keeps_its_curve_below_a_hundred() -> None:
    panels = {
        "TCP": {"no loss": [0.01, 0.02], "loss": [0.04, 0.01]},
        "UDP": {"no loss": [0.01, 0.02], "loss": [0.01]},
    }
    picture = shares(panels, sent=2, least_end=0.1, caption="Half of UDP's were lost.")
    tcp, udp = picture.figure.axes
    assert [line.get_ydata()[-1] for line in curves(tcp)] == [100, 100]
    assert [line.get_ydata()[-1] for line in curves(udp)] == [100, 50]
    assert list(curves(tcp)[1].get_xdata()) == pytest.approx([10, 10, 40, 100])  # sorted, in milliseconds
    assert tcp.get_xlim() == udp.get_xlim() == (0, pytest.approx(100))
    looks = {(line.get_color(), str(line.get_linestyle())) for line in curves(tcp)}
    assert len({dash for _, dash in looks}) == 2  # not by color alone
    assert [text.get_text() for text in tcp.get_legend().get_texts()] == ["no loss", "loss"]


def test_an_axis_of_shares_holds_the_oldest() -> None:
    (axes,) = shares({"TCP": {"a": [0.2]}}, sent=1, least_end=0.1, caption="One.").figure.axes
    assert axes.get_xlim()[1] > 200
    assert shares({"UDP": {"all lost": [], "some": [0.1]}}, sent=2, caption="One came.").png()


@pytest.mark.parametrize(
    ("panels", "sent", "message"),
    [
        ({}, 1, "one message or more"),
        ({"UDP": {"a": []}}, 1, "one message or more"),
        ({"UDP": {"a": [float("nan")]}}, 1, "finite ages"),
        ({"UDP": {"a": [0.1, 0.2]}}, 1, "sent=1: a series has 2 messages"),
    ],
)
def test_bad_input_to_shares(panels: Any, sent: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shares(panels, sent=sent, caption="x")


def test_four_questions_over_both_protocols_fit_beside_each_other() -> None:
    tcp, udp = handshake(), Story()
    for n in range(4):
        at, asked, told = 0.1 + n * 2 * DELAY, 1 + 5 * n, 1 + 4 * n
        udp.udp(at, "out", b"time?").udp(at + DELAY, "back", b"noon")
        tcp.tcp(at, "out", "PA", asked, told, 5).tcp(at + DELAY, "back", "PA", told, asked + 5, 4)
    both = pair(*(packet_ladder(story.packets, until=0.5) for story in (tcp, udp)))
    left, right = (axes.get_position() for axes in both.figure.axes)
    assert left.x1 < right.x0
