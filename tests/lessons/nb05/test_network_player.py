"""You are the network: cards for what waits, decisions, the ladder beside them, and a clean end."""

from __future__ import annotations

import threading
from html import escape
from typing import Any

import pytest

from netlab import link
from netlab.lessons import NetworkPlayer
from netlab.lessons.nb05.pictures import network_player
from netlab.link.holding import Hold
from netlab.servers import UDPEchoServer
from netlab.wire.packets import PacketEvent
from netlab.wire.sockets import NotOnThisSystem
from tests.link.paths import needs_kernel, until
from tests.view import packet_stories as stories


class FakePath:
    """A path whose packets come when a test says so."""

    def __init__(self) -> None:
        self.packets: list[PacketEvent] = []
        self.decided: list[tuple[int, str]] = []
        self.closed = threading.Event()

    def hold(self) -> Hold:
        self.held = Hold(lambda number, decision: self.decided.append((number, decision)), lambda: None)
        return self.held

    def close(self) -> None:
        self.closed.set()
        self.held._finish()

    def arrive(self, packet: PacketEvent) -> None:
        self.packets = [*self.packets, packet]
        self.held._arrive(len(self.packets), packet)


def patient(path: FakePath) -> str:
    """A conversation that goes on until its path is closed."""
    assert path.closed.wait(20)
    return "closed"


def player_on(path: FakePath, conversation: Any = patient, **options: Any) -> NetworkPlayer:
    return NetworkPlayer(conversation, open_path=lambda: path, **options)


def cards(player: NetworkPlayer) -> list[int]:
    return [card.held.number if card.held else 0 for card in player._slots]


_STORY = stories.Story()
SYNS = [_STORY.tcp(float(i), "out", "S", 0, fate="held").packets[-1] for i in range(6)]
WORDS = [b"one ", b"two ", b"tree", b"four", b"five", b"six "]
DATA = [_STORY.tcp(6.0 + i, "out", "PA", 1 + 4 * i, 1, WORDS[i], fate="held").packets[-1] for i in range(6)]


def test_nothing_runs_before_begin() -> None:
    before = threading.active_count()
    player = player_on(FakePath(), shown=stories.conversation().packets)
    assert threading.active_count() == before and not player.playing and player.waiting == []
    assert repr(player) == (
        "You are the network: run the notebook and press Begin. Each packet waits until you deliver it, "
        "drop it, double it, or put it behind the next."
    )
    assert bytes(player._image.value).startswith(b"\x89PNG") and "Both sides closed" in player._caption.value
    player.end()  # harmless


def test_each_packet_is_a_card_until_it_is_decided() -> None:
    path = FakePath()
    player = player_on(path)
    player.begin()
    for packet in DATA:
        path.arrive(packet)
    until(lambda: cards(player) == [1, 2, 3, 4], "four cards")
    until(lambda: "2 more wait" in player._status.value, "what has no card is counted")
    for card, word in zip(player._slots, WORDS, strict=False):
        assert escape(repr(word)) in card._text.value and "client → server" in card._text.value
    player.decide(2, "drop")
    assert cards(player) == [1, 5, 3, 4]  # the others stay where they are
    player._slots[2]._buttons["double"].click()
    player._slots[0]._buttons["behind"].click()
    player._slots[3]._buttons["deliver"].click()
    assert path.decided == [(2, "drop"), (3, "duplicate"), (1, "behind"), (4, "deliver")]
    assert [button.description for button in player._slots[0]._buttons.values()] == [
        "Deliver", "Drop", "Double", "Behind the next",
    ]  # fmt: skip
    assert [held.number for held in player.waiting] == [5, 6]
    for wrong, why in (((5, "eat"), "decision='eat'"), ((1, "drop"), "No packet 1 waits")):
        with pytest.raises(ValueError, match=why):
            player.decide(*wrong)
    assert len(repr(player)) == len(repr(player_on(path)))
    player.end()


def test_what_a_timer_sends_again_is_on_the_card_of_the_first() -> None:
    path = FakePath()
    player = player_on(path)
    player.begin()
    for packet in [*SYNS[:3], DATA[0], DATA[0]]:
        path.arrive(packet)
    until(lambda: cards(player) == [1, 4, 0, 0], "two cards")
    until(lambda: "a copy, sent while you thought" in player._slots[1]._text.value, "the copy is counted")
    assert "SYN seq 0" in player._slots[0]._text.value and "2 copies" in player._slots[0]._text.value
    player._slots[0]._buttons["deliver"].click()  # the newest: older timestamps would be refused
    player.decide(4, "drop")
    assert path.decided == [(1, "drop"), (2, "drop"), (3, "deliver"), (4, "drop"), (5, "drop")]
    assert player.waiting == []
    player.end()


def test_acknowledgments_that_say_something_new_are_cards_of_their_own() -> None:
    story = stories.Story()
    for i, number in enumerate((1, 1, 5)):
        story.tcp(float(i), "back", "A", 1, number, fate="held")
    path = FakePath()
    player = player_on(path)
    player.begin()
    for packet in story.packets:
        path.arrive(packet)
    until(lambda: cards(player) == [1, 3, 0, 0], "the second says the same as the first")
    player.end()


def test_the_end_leaves_nothing() -> None:
    before = threading.active_count()
    path = FakePath()
    player = player_on(path)
    player.begin()
    assert player._button.description == "End"
    player._button.click()
    assert path.closed.is_set() and not player.playing and threading.active_count() == before
    assert player._button.description == "Begin again" and network_player._playing == []
    assert all(card.layout.display == "none" for card in player._slots)


def test_to_begin_one_ends_the_other() -> None:
    one, two = FakePath(), FakePath()
    first, second = player_on(one), player_on(two)
    first.begin()
    second.begin()
    assert one.closed.is_set() and not first.playing and second.playing
    second.end()


def test_it_ends_by_itself_after_the_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_player, "REST", 0.0)
    path = FakePath()
    player = player_on(path, lambda path: 42)
    player.begin()
    until(lambda: not player.playing and "ended: 42" in player._status.value, "the end")
    path = FakePath()
    player = player_on(path, lambda path: 1 / 0)
    player.begin()
    until(lambda: "failed: ZeroDivisionError: division by zero" in player._status.value, "the reason")
    until(lambda: not player.playing, "the end")


def test_what_comes_after_the_conversation_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_player, "REST", 0.0)
    go_on, path = threading.Event(), FakePath()
    player = player_on(path, lambda path: go_on.wait(20))
    player.begin()
    path.arrive(SYNS[0])
    path.arrive(DATA[0])
    until(lambda: cards(player)[:2] == [1, 2], "two cards")
    assert path.decided == []
    go_on.set()
    until(lambda: not player.playing, "the end")
    assert path.decided == [(1, "deliver"), (2, "deliver")]


def test_a_path_that_dies_ends_the_game() -> None:
    path = FakePath()
    player = player_on(path)
    player.begin()
    path.held._finish()
    until(lambda: not player.playing, "the end")


def test_where_no_path_is_possible_the_button_says_why() -> None:
    def impossible() -> FakePath:
        raise NotOnThisSystem("A kernel path is not possible here: it needs Linux.")

    player = NetworkPlayer(patient, open_path=impossible)
    player._button.click()
    assert "it needs Linux" in player._status.value and not player.playing
    with pytest.raises(NotOnThisSystem):
        player.begin()
    with pytest.raises(TypeError, match="needs a function"):
        NetworkPlayer(None)  # type: ignore[arg-type]


def handshake(path: Any) -> str:
    with path.listen() as listener, path.socket() as client:
        client.connect((path.far, listener.getsockname()[1]))
        return "connected"


@needs_kernel
def test_real_tcp_sends_again_what_was_dropped() -> None:
    player = NetworkPlayer(handshake)
    player.begin()
    first = until(lambda: player.waiting, "the SYN")[0]
    player.decide(first.number, "drop")
    until(lambda: "timer ran out" in player._slots[0]._text.value, "the retransmission, by itself")
    while not player.outcome:
        for held in player.waiting:
            player.decide(held.number, "deliver")
    assert player.outcome == "The conversation ended: 'connected'"
    player.end()
    assert "The SYN was lost and was sent once more" in player._caption.value or len(player.packets) > 6


def test_udp_through_a_relay() -> None:
    import socket

    with UDPEchoServer() as server:

        def ask(relay: Any) -> bytes:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(20)
                client.sendto(b"hello", relay.address)
                return client.recv(100)

        player = NetworkPlayer(ask, open_path=lambda: link.relay(server.address, kind="udp"))
        player.begin()
        until(lambda: player.waiting, "the question")
        player.decide(player.waiting[0].number, "double")
        until(lambda: player.waiting, "the answer")
        player.decide(player.waiting[0].number, "deliver")
        until(lambda: "ended: b&#x27;hello&#x27;" in player._status.value, "the end")
        player.end()
