"""Where things stand on a ladder: words never collide, time never runs up, nothing is forgotten."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from netlab.view.kit.theme import WIDEST
from netlab.view.ladders.call_rows import LINE, LONGEST_LANE, Row, bytes_text, rows_of
from netlab.view.ladders.calls import SLOPE, Layout, lay_out
from netlab.wire import Event, Recording

from . import stories
from .stories import CLIENT, CLIENT_2, SERVER, Story

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

CALLS = [
    "socket",
    "bind",
    "listen",
    "connect",
    "accept",
    "send",
    "sendall",
    "sendto",
    "recv",
    "recvfrom",
    "close",
    "shutdown",
    "recv_into",
    "frobnicate",
]
ACTORS = ["client", "client 2", "client 3", "client 4", "end 1", "end 2", "somebody"]
ACTORS += ["server", "server · connection 1", "server · connection 2"]
ERRORS = [None, None, None, "TimeoutError: late", "BlockingIOError", "ConnectionRefusedError", "OSError: odd"]
ADDRESSES = [None, ("127.0.0.1", 1), ("127.0.0.1", 2), ("::1", 3, 0, 0), "/a/path", b"\0abstract", ""]


@st.composite
def events(draw: Any) -> Event:
    started = draw(st.floats(0, 2, allow_nan=False))
    size = draw(st.none() | st.integers(0, 40) | st.integers(0, 10**7))
    return Event(
        time=started + draw(st.sampled_from([0, 1e-5, 0.002, 0.7])),
        started=started,
        actor=draw(st.sampled_from(ACTORS)),
        call=draw(st.sampled_from(CALLS)),
        socket=draw(st.integers(1, 6)),
        asked=draw(st.none() | st.integers(0, 100) | st.just("SHUT_WR")),
        size=size,
        data=None if size is None else draw(st.binary(max_size=min(size, 30))),
        error=draw(st.sampled_from(ERRORS)),
        local=draw(st.sampled_from(ADDRESSES)),
        peer=draw(st.sampled_from(ADDRESSES)),
        accepted=draw(st.none() | st.integers(1, 6)),
        thread=draw(st.integers(0, 3)),
        stream=draw(st.sampled_from([None, True, False])),
    )


def words_of(row: Row) -> list[tuple[float, float]]:
    """The heights that the words of a row take up."""
    taken = []
    if row.wait:
        taken.append((row.wait_y - LINE / 2 + 1, row.wait_y + LINE / 2 - 1))
    if not row.silent:
        taken.append((row.dot.y - LINE / 2, row.dot.y + row.below))
        if row.split:
            taken.append((row.end.y - LINE / 2, row.end.y + LINE / 2))
    return taken


def collisions(layout: Layout) -> list[tuple[Any, Any]]:
    """Words on top of each other: on one lane, and on a side with several lanes anywhere."""
    sides: dict[Any, list[tuple[float, float, str]]] = {}
    for row in layout.rows:
        crowded = sum(lane.side == row.lane.side for lane in layout.lanes) > 1
        key = row.lane.side if crowded else row.lane.name
        sides.setdefault(key, []).extend((*span, row.label or row.wait) for span in words_of(row))
    return [(a, b) for spans in sides.values() for a, b in pairwise(sorted(spans)) if b[0] < a[1] - 0.01]


@pytest.mark.parametrize("name", stories.ALL)
@pytest.mark.parametrize("show", ["calls", "data"])
def test_words_do_not_collide(name: str, show: str) -> None:
    assert collisions(lay_out(stories.ALL[name](), show)) == []


@pytest.mark.parametrize("name", stories.ALL)
def test_arrows_run_down(name: str) -> None:
    layout = lay_out(stories.ALL[name]())
    checked = 0
    for arrow in layout.arrows:
        if arrow.source and arrow.target:
            source, target = arrow.source, arrow.target
            assert target.end.y >= source.start.y + (0 if source.run or target.run else SLOPE - 0.01)
            checked += 1
    assert checked or name in ("refused", "nobody_accepts", "one_side")


@pytest.mark.parametrize("name", stories.ALL)
def test_later_is_lower(name: str) -> None:
    rows = [r for r in lay_out(stories.ALL[name]()).rows if not r.silent and not r.run]
    moments = sorted((r.ended if r.waits else r.started, r.dot.y) for r in rows)
    assert all(a[1] <= b[1] for a, b in pairwise(moments))


@pytest.mark.parametrize("name", stories.ALL)
def test_it_fits_on_the_screen_and_words_stay_inside(name: str) -> None:
    layout = lay_out(stories.ALL[name]())
    assert all(0 < lane.x < layout.width for lane in layout.lanes)
    assert all(row.end.y < layout.height for row in layout.rows)
    for lane in layout.lanes:
        assert lane.x - lane.zone > 0 if lane.side < 0 else lane.x + lane.zone < layout.width
    # Wider ones are drawn smaller as a whole: they must stay readable.
    assert layout.width < WIDEST * 1.35


def test_every_call_is_in_one_row() -> None:
    for make in stories.ALL.values():
        recording = make()
        shown = [id(e) for row in rows_of(list(recording)) for e in row.events]
        assert sorted(shown) == sorted(id(e) for e in recording)


def test_a_real_gap_leaves_room() -> None:
    quick = lay_out(Story().conversation().send(b"a").recv(b"a").recording())
    slow = lay_out(Story().conversation().send(b"a").wait(900).recv(b"a").recording())
    assert slow.height > quick.height


def test_lanes_clients_left_servers_right_and_numbered() -> None:
    lanes = lay_out(stories.crowd(2)).lanes
    assert [lane.name for lane in lanes] == [
        "client", "client 2", "server", "server · connection 1", "server · connection 2",
    ]  # fmt: skip
    assert [lane.side for lane in lanes] == [-1, -1, 1, 1, 1]
    assert [lane.x for lane in lanes] == sorted(lane.x for lane in lanes)


def test_connections_stand_in_the_order_of_their_numbers() -> None:
    story = Story()
    for lane in ("server · connection 10", "server · connection 2", "server"):
        story.call(lane, "recv", 1, asked=1)
    names = [lane.name for lane in lay_out(story.recording()).lanes]
    assert names == ["server", "server · connection 2", "server · connection 10"]


def test_too_many_lanes_are_counted() -> None:
    layout = lay_out(stories.crowd(9))
    assert len(layout.lanes) <= 6
    assert f"{19 - len(layout.lanes)} more lanes not drawn" in layout.foot
    names = [lane.name for lane in layout.lanes]
    assert names == ["client", "client 2", "server", "server · connection 1", "server · connection 2"]


def test_addresses_stand_under_the_heads() -> None:
    lanes = lay_out(stories.echo()).lanes
    assert [lane.address for lane in lanes] == ["127.0.0.1:50001", "127.0.0.1:40000"]
    story = Story()
    story.call("client", "connect", 1, local=("::1", 5000, 0, 0), peer=("::1", 80, 0, 0))
    assert lay_out(story.recording()).lanes[0].address == "[::1]:5000"


def test_a_wait_is_shown_where_the_other_side_acted_meanwhile() -> None:
    story = Story().conversation()
    began = story.now
    story.send(b"hi").recv(b"hi", began=began)
    waits = [row.wait for row in lay_out(story.recording()).rows if row.call == "recv"]
    assert waits == ["waits in recv"]
    assert not any(row.wait for row in lay_out(stories.one_send_four_recvs()).rows if row.call == "recv")


def test_a_long_wait_says_how_long() -> None:
    row = next(row for row in lay_out(stories.timed_out()).rows if row.trouble)
    assert row.wait == "waits in recv, 200 ms"
    assert row.trouble == "TimeoutError"
    assert row.dot.y - row.start.y > 20


def test_a_call_that_never_returned_reaches_the_end() -> None:
    layout = lay_out(stories.both_wait())
    pending = [row for row in layout.rows if row.pending]
    assert [row.wait for row in pending] == ["still waits in recv"] * 2
    assert all(row.end.y == max(r.end.y for r in layout.rows) for row in pending)


def test_time_between_two_calls_of_a_thread() -> None:
    story = Story().conversation().send(b"a").wait(20).send(b"b")
    idle = [row for row in lay_out(story.recording()).rows if row.idle is not None]
    assert [row.wait for row in idle] == ["busy elsewhere, 20 ms"]
    story = Story().conversation().send(b"a").wait(12).send(b"b")  # so long the scheduler alone may take
    assert not any(row.bar for row in lay_out(story.recording()).rows)


def test_a_thread_that_acts_on_another_lane_is_not_elsewhere() -> None:
    def bars(thread: int) -> list[str]:
        story = Story().listen()
        story.call("client", "sendto", 2, local=CLIENT, peer=SERVER, asked=1, size=1, thread=1, stream=False)
        story.wait(20).call("client 2", "sendto", 4, asked=1, size=1, thread=thread, stream=False)
        story.wait(20).call("client", "close", 2, thread=1, stream=False)
        return [row.wait for row in lay_out(story.recording()).rows if row.idle is not None]

    assert bars(1) == []
    assert bars(2) == ["busy elsewhere, 40 ms"]


def test_three_sends_make_a_block_of_three_and_four_recvs_of_four() -> None:
    rows = {row.call: row for row in lay_out(stories.three_sends_one_recv()).rows}
    assert rows["recv"].parts == 3
    rows = {row.call: row for row in lay_out(stories.one_send_four_recvs()).rows}
    assert rows["sendall"].parts == 4


def test_sizes_stand_on_the_arrows() -> None:
    texts = [arrow.text for arrow in lay_out(stories.three_sends_one_recv()).arrows]
    assert texts == ["3 bytes", "3 bytes", "5 bytes", "handshake"]


def test_refused_has_a_question_and_an_answer_and_nobody_there() -> None:
    layout = lay_out(stories.refused())
    assert [(a.text, a.ends) for a in layout.arrows] == [("connect?", "head"), ("refused", "head")]
    assert [lane.title for lane in layout.lanes if lane.ghost] == ["nobody listens"]
    story = Story().connect(error="TimeoutError: timed out")
    layout = lay_out(story.recording())
    assert [(a.text, a.ends) for a in layout.arrows] == [("connect?", "cross")]


def test_lost_unread_and_unaccepted_end_differently() -> None:
    ends = {(a.text, a.ends) for a in lay_out(stories.udp_with_a_loss()).arrows}
    assert ("6 bytes, not received", "cross") in ends
    ends = {(a.text, a.ends) for a in lay_out(stories.reset()).arrows}
    assert {("2 bytes, not read", "open"), ("6 bytes, not read", "open"), ("reset", "head")} <= ends
    ends = {(a.text, a.ends) for a in lay_out(stories.nobody_accepts()).arrows}
    assert ends == {("handshake, not accepted", "open")}


def test_bytes_of_a_connection_that_nobody_accepted_wait_unread() -> None:
    story = Story().conversation().connect("client 2", 4, CLIENT_2).send(b"me", "client 2", 4, local=CLIENT_2)
    ends = {(a.text, a.ends, a.lane) for a in lay_out(story.recording()).arrows}
    assert ("2 bytes, not read", "open", "server") in ends


def test_only_calls_that_can_wait_do() -> None:
    story = Story().wait(50)
    story.call("server", "socket", 1, began=1.0)
    story.wait(50).call("server", "listen", 1, local=SERVER)
    assert not any(row.bar for row in lay_out(story.recording()).rows)


def test_end_of_stream_is_an_arrow() -> None:
    assert "end of stream" in [arrow.text for arrow in lay_out(stories.echo()).arrows]


def test_long_runs_are_folded() -> None:
    labels = {row.label: row.note for row in lay_out(stories.drip()).rows if row.run}
    assert labels == {"… 59 more send": "59 bytes", "… 59 more recv": "59 bytes"}
    labels = {row.label: row.note for row in lay_out(stories.megabyte()).rows if row.run}
    assert labels == {
        "recv + sendall, 16 times": "1\u202f000\u202f000 bytes in, as many out",
        "recv, 17 times": "1\u202f000\u202f000 bytes",
    }
    sizes = [arrow.size for arrow in lay_out(stories.megabyte()).arrows if arrow.kind == "data"]
    assert sizes == [1_000_000, 1_000_000]


def test_accepts_of_clients_that_are_not_drawn_are_one_row() -> None:
    labels = [row.label for row in lay_out(stories.crowd(9)).rows if row.lane.name == "server"]
    assert labels == ["listen(5)", "accept", "accept", "… 7 more accept"]


def test_many_lost_datagrams_of_a_run_are_one_arrow() -> None:
    story = Story()
    story.call("server", "bind", 1, local=SERVER, stream=False)
    for _ in range(60):
        story.send(b"x" * 2000, call="sendto", stream=False)
    layout = lay_out(story.recording())
    assert [row.label for row in layout.rows if row.actor == "client"] == [
        "sendto(2\u202f000 bytes)",
        "… 59 more sendto",
    ]
    assert [(a.text, a.ends) for a in layout.arrows] == [
        ("2\u202f000 bytes, not received", "cross"),
        ("59 datagrams, not received", "cross"),
    ]


def test_two_calls_that_wait_in_one_lane_share_the_bar() -> None:
    story = Story().conversation().hangs("server", "recv", 3).hangs("server", "accept", 1)
    pending = [row for row in lay_out(story.recording()).rows if row.pending]
    assert [(row.wait, row.bar) for row in pending] == [
        ("still waits in recv", True),
        ("still waits in accept", False),
    ]


def test_a_run_holds_whole_rounds_only() -> None:
    story = Story().conversation().send(b"x" * 40_000, call="sendall")
    for _ in range(8):
        story.recv(b"x" * 5000, asked=5000).send(b"y" * 2000, "server", 3)
    story.send(b"x" * 5000).recv(b"x" * 5000, asked=5000)
    labels = [row.label for row in lay_out(story.recording()).rows if row.lane.name == "server"]
    assert labels[2:] == ["recv + send, 8 times", "recv(5000) → 5\u202f000 bytes"]


def test_show_data_leaves_only_what_moved_bytes() -> None:
    assert {row.call for row in lay_out(stories.echo(), "data").rows} == {"send", "recv"}


def test_an_irregular_lane_stays_short() -> None:
    story = Story().conversation()
    for i in range(400):
        story.send(b"x" * (i % 7 + 1), call=("send", "sendall", "sendto", "shutdown")[i * i % 11 % 4])
    items = [row for row in rows_of(list(story.recording())) if row.actor == "client"]
    assert len(items) <= LONGEST_LANE + 1
    assert any("more calls" in row.label for row in items)


def test_labels() -> None:
    story = Story().conversation().send(b"one").send(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n")
    story.send(b"x" * 100, size=40).recv(b"one").recv(b"")
    story.call("client", "recv", 2, asked=5, error="BlockingIOError: no")
    story.call("client", "shutdown", 2, asked="SHUT_WR")
    story.call("server", "close", 1)
    found = [(row.label, row.note, row.trouble, row.soft) for row in rows_of(list(story.recording()))]
    for wanted in [
        ("socket · bind · listen(5)", "", "", False),
        ('send(b"one")', "", "", False),
        ("send(33 bytes)", 'b"GET / HTTP/1.1\\r\\n"…', "", False),
        ("send(100 bytes) → 40 bytes", "", "", False),
        ("recv(1024) → 3 bytes", 'b"one"', "", False),
        ('recv(1024) → b""', "", "", False),
        ("recv(5)", "", "BlockingIOError", True),
        ("shutdown(SHUT_WR)", "", "", False),
        ("close (listener)", "", "", False),
    ]:
        assert wanted in found


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"one", 'b"one"'),
        (b"it's", 'b"it\'s"'),
        (b'say "hi"', "b'say \"hi\"'"),
        (b"\x00\xff", r'b"\x00\xff"'),
        (b"a" * 25, 'b"' + "a" * 24 + '"…'),
    ],
)
def test_bytes_as_source(data: bytes, text: str) -> None:
    assert bytes_text(data) == text


@pytest.mark.slow
@hypothesis.settings(max_examples=150, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(st.lists(events(), max_size=70), st.sampled_from(["calls", "data"]))
def test_any_recording_has_a_layout(recorded: list[Event], show: str) -> None:
    recording = Recording(recorded)
    layout = lay_out(recording, show)
    assert collisions(layout) == []
    drawn = {lane.name for lane in layout.lanes}
    shown = [e for row in layout.rows if row.idle is None for e in row.events]
    if show != "data":
        assert len(shown) == sum(e.actor in drawn for e in recording)
    assert all(0 <= row.start.y <= row.dot.y <= row.end.y <= layout.height for row in layout.rows)


@hypothesis.settings(max_examples=60, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(
    st.lists(st.integers(1, 9), min_size=1, max_size=12), st.lists(st.integers(1, 9), min_size=1, max_size=30)
)
def test_all_bytes_are_on_the_arrows(sends: list[int], receives: list[int]) -> None:
    """Whatever the cutting: what arrows bring to a lane is what its calls took."""
    story, stream = Story().conversation(), b"".join(bytes([65 + i]) * n for i, n in enumerate(sends))
    at = 0
    for n in sends:
        story.send(stream[at : at + n])
        at += n
    at = 0
    for n in receives:
        if at < len(stream):
            story.recv(stream[at : at + n], asked=n)
            at += n
    arrows = [a for a in lay_out(story.recording()).arrows if a.kind == "data"]
    assert sum(a.size for a in arrows if a.target) == min(at, len(stream))
    assert sum(a.size for a in arrows) == len(stream)


def test_server_first_seen_alone_stands_on_the_right() -> None:
    story = Story()
    story.call("server", "accept", 1, local=SERVER, error="TimeoutError: timed out")
    assert [lane.side for lane in lay_out(story.recording()).lanes] == [1]


def test_a_datagram_socket_that_nobody_bound_has_the_address_that_was_seen() -> None:
    anywhere, port = ("0.0.0.0", CLIENT[1]), CLIENT[1]

    def address(*, bound: bool = False, received: bool = True, host: str = "0.0.0.0") -> str:
        story = Story()
        story.call("server", "bind", 1, local=SERVER, stream=False)
        if bound:
            story.call("client", "bind", 2, local=(host, port), stream=False)
        story.send(b"hi", call="sendto", local=(host, port), stream=False)
        if received:
            story.recv(b"hi", socket=1, call="recvfrom", stream=False)
        return lay_out(story.recording()).lanes[0].address

    assert address() == f"127.0.0.1:{port}"
    assert address(received=False) == address(received=False, host="::") == f":{port}"
    assert address(bound=True) == f"0.0.0.0:{port}"
    story = Story()
    story.call("server", "listen", 1, local=anywhere)
    assert lay_out(story.recording()).lanes[0].address == f"0.0.0.0:{port}"


def test_lanes_have_the_names_they_are_given() -> None:
    layout = lay_out(stories.crowd(2), names={"client 2": "Bert", "server": "Chris"})
    heads = [(lane.above, lane.title) for lane in layout.lanes]
    assert heads == [
        ("", "client"), ("", "Bert"), ("", "Chris"), ("Chris", "connection 1"), ("Chris", "connection 2"),
    ]  # fmt: skip
