"""The byte ruler: what stands in which row, its words, and that nothing overlaps."""

from __future__ import annotations

import socket
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from netlab.lessons import byte_ruler
from netlab.lessons.nb03.pictures.byte_rulers import LEFT, _gathered, _ticks
from netlab.lessons.nb03.pictures.ruler_rows import Span, describe_ruler, rows_of, shared_borders
from netlab.link.carried import Piece
from netlab.view import Picture
from netlab.view.kit.theme import WIDEST
from netlab.wire import Event, Recording, watch
from tests.view import packet_stories as packets


def words_and_places(picture: Picture) -> list[tuple[str, Bbox]]:
    FigureCanvasAgg(picture.figure).draw()
    found = [text for text in picture.figure.findobj(Text) if text.get_text()]
    return [(text.get_text().replace("\u202f", " "), text.get_window_extent()) for text in found]


def words(picture: Picture) -> list[str]:
    return [text for text, _ in words_and_places(picture)]


def overlaps(picture: Picture) -> list[tuple[str, str]]:
    placed = words_and_places(picture)
    return [(a, b) for (a, one), (b, other) in combinations(placed, 2) if one.overlaps(other)]


def recorded(sends: list[bytes], recvs: list[int], *, peek: bool = False) -> Recording:
    with watch() as wire:
        one, other = socket.socketpair()
        with one, other:
            for data in sends:
                one.send(data)
            if peek:
                other.recv(1, socket.MSG_PEEK)
            for size in recvs:
                other.recv(size)
    return wire


MERGED = ([b"one", b"two", b"three"], [b"onetwothree"])


def test_three_sends_and_one_recv() -> None:
    picture = byte_ruler(MERGED)
    assert repr(picture) == "Three sends of 3, 3 and 5 bytes were taken by one recv of 11 bytes."
    shown = words(picture)
    for word in ("3 sends", "1 recv call", "b'one'", "b'two'", "b'three'", "b'onetwothree'", "11 bytes"):
        assert word in shown
    assert [word for word in shown if len(word) == 1 and word.isalpha()] == list("onetwothree")
    assert not overlaps(picture)


def test_a_recording_gives_the_same_rows_as_the_lists() -> None:
    rows = rows_of(recorded(MERGED[0], [1024]))
    assert [(s.start, s.end) for s in rows.sends] == [(0, 3), (3, 6), (6, 11)]
    assert [(s.start, s.end) for s in rows.recvs] == [(0, 11)]
    assert describe_ruler(rows) == describe_ruler(rows_of(MERGED))


def test_a_look_takes_no_byte() -> None:
    assert [s.size for s in rows_of(recorded([b"abcd"], [2, 2], peek=True)).recvs] == [2, 2]


def test_the_direction_with_more_bytes_is_drawn() -> None:
    with watch() as wire:
        one, other = socket.socketpair()
        with one, other:
            one.send(b"hello")
            other.recv(10)
            other.send(b"a longer answer")
            one.recv(10)
            one.recv(10)
    rows = rows_of(wire)
    assert [s.size for s in rows.sends] == [15]
    assert [s.size for s in rows.recvs] == [10, 5]


def test_a_partial_send_says_what_it_was_given() -> None:
    def call(time: float, name: str, number: int, size: int, asked: int) -> Event:
        return Event(
            time, time, ("client", "server")[number - 1], name, number, asked=asked, size=size, stream=True
        )

    pairing = Event(0.0, 0.0, "client", "socketpair", 1, accepted=2, stream=True)
    recording = Recording([pairing, call(1, "send", 1, 600, 1000), call(2, "recv", 2, 600, 4096),
                           call(3, "send", 1, 400, 400), call(4, "recv", 2, 400, 4096)])  # fmt: skip
    picture = byte_ruler(recording)
    assert "One send was given 1 000 bytes and took 600." in picture.caption.replace("\u202f", " ")
    assert "took 600" in words(picture)
    assert "of 1 000 bytes" in words(picture)


def test_the_end_and_what_was_not_read() -> None:
    ended = byte_ruler(([b"abc"], [b"abc", b""]))
    assert ended.caption.endswith("Then recv returned b'', the end of the stream.")
    assert {"b''", "the end"} <= set(words(ended))
    unread = byte_ruler(([4, 4], [3]))
    assert "5 bytes were not read." in unread.caption
    assert "not read" in words(unread)
    assert not overlaps(ended)
    assert not overlaps(unread)
    assert "taken by no recv" in byte_ruler(([4], [])).caption


def test_a_recording_knows_its_end() -> None:
    with watch() as wire:
        one, other = socket.socketpair()
        with other:
            with one:
                one.send(b"abc")
            other.recv(10)
            assert not rows_of(wire).ended
            other.recv(10)
    assert rows_of(wire).ended


def test_real_segments_stand_between_with_their_numbers() -> None:
    story = packets.handshake()
    story.tcp(0.05, "out", "PA", 1, 1, 3).tcp(0.051, "out", "PA", 4, 1, 3, fate="lost")
    story.tcp(0.052, "out", "PA", 7, 1, 5).tcp(0.3, "out", "PA", 4, 1, 3)
    rows = rows_of(MERGED, story.packets)
    assert [(s.seq, s.start, s.end) for s in rows.middle] == [(1, 0, 3), (4, 3, 6), (7, 6, 11)]
    picture = byte_ruler(MERGED, story.packets)
    assert {"seq 1", "seq 4", "seq 7", "3 segments"} <= set(words(picture))
    assert "Between them were three segments of 3, 3 and 5 bytes, one of them sent twice." in picture.caption
    assert not overlaps(picture)


def test_pieces_of_a_relay_stand_between() -> None:
    pieces = [
        Piece(sent=0, delivered=0, fate="delivered", direction=way, size=size, data=b"", connection=1,
              number=i, due=0)
        for i, (way, size) in enumerate((("out", 1), ("back", 4), ("back", 6), ("back", 0)))
    ]  # fmt: skip
    picture = byte_ruler(([10], [4, 6, b""]), pieces)
    assert "2 pieces" in words(picture)
    assert "Between them were two pieces of 4 and 6 bytes." in picture.caption


def test_borders_that_agree_are_counted() -> None:
    assert shared_borders(rows_of(([10] * 6, [16, 16, 16, 12]))) == (0, 5)
    assert shared_borders(rows_of(([10] * 6, [20, 20, 20]))) == (2, 5)
    assert shared_borders(rows_of(([4, 4, 4], [4, 2]))) == (1, 1)  # what was not read has no cuts
    captions = {
        16: "No border between two sends is a border between two recv calls.",
        10: "Every border between two sends is a border between two recv calls.",
        20: "Two of the five borders between two sends are borders between two recv calls.",
    }
    for size, sentence in captions.items():
        recvs = [size] * (60 // size) + [60 % size] * bool(60 % size)
        assert sentence in byte_ruler(([10] * 6, recvs)).caption.replace("\u202f", " ")


@pytest.mark.parametrize("count, size", [(3, 3), (40, 1000), (300, 1), (1, 5_000_000), (2, 1), (7, 123_456)])
@pytest.mark.parametrize("recv", [1, 7, 1000, 65536])
def test_nothing_overlaps_or_leaves_the_picture(count: int, size: int, recv: int) -> None:
    total = count * size
    if total // recv > 2000:
        recv = total // 500 + 1
    recvs: list[bytes | int] = [*[recv] * (total // recv), *[total % recv] * bool(total % recv), b""]
    picture = byte_ruler(([size] * count, recvs))
    assert picture.width <= WIDEST
    assert not overlaps(picture)
    box = picture.figure.bbox
    for word, place in words_and_places(picture):
        assert box.x0 <= place.x0 and place.x1 <= box.x1 and box.y0 <= place.y0 and place.y1 <= box.y1, word


def test_narrow_neighbors_share_their_words() -> None:
    spans = [Span(i, i + 1) for i in range(40)] + [Span(40, 400)]
    runs = _gathered(spans, 1.5)
    assert [len(run) for run in runs] == [40, 1]
    assert "90 sends" in words(byte_ruler(([1] * 90 + [310], [400])))


@pytest.mark.parametrize("total", [1, 2, 11, 60, 99, 100, 12345, 10**9])
def test_ticks_begin_at_0_end_at_the_total_and_are_apart(total: int) -> None:
    ticks = _ticks(total, 700)
    assert ticks[0] == 0
    assert ticks[-1] == total
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 25
    assert LEFT > 0


def test_data_that_is_no_text_stands_as_hex() -> None:
    shown = words(byte_ruler(([b"\xc3\xa9 \n"], [b"\xc3", b"\xa9 \n"])))
    assert {"c3", "a9", "␣", "0a"} <= set(shown)


def test_what_can_not_be_drawn_is_refused() -> None:
    with pytest.raises(TypeError, match="recording of watch"):
        byte_ruler("onetwothree")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no byte was sent"):
        byte_ruler(([], []))
    with pytest.raises(ValueError, match="no byte was sent"):
        byte_ruler(Recording())
    with pytest.raises(ValueError, match="More bytes were received than sent"):
        byte_ruler(([3], [4]))


def test_datagrams_are_no_stream() -> None:
    with (
        watch() as wire,
        socket.socket(type=socket.SOCK_DGRAM) as one,
        socket.socket(type=socket.SOCK_DGRAM) as two,
    ):
        one.bind(("127.0.0.1", 0))
        two.sendto(b"hello", one.getsockname())
        one.recvfrom(10)
    with pytest.raises(ValueError, match="no byte was sent through a stream"):
        byte_ruler(wire)


def test_a_caption_of_ones_own() -> None:
    assert repr(byte_ruler(MERGED, caption="Three went in, one came out.")) == "Three went in, one came out."
