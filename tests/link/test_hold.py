"""Packets that wait for a decision."""

from __future__ import annotations

import pytest

from netlab import link

from .paths import WAIT, Task, needs_kernel

pytestmark = needs_kernel


def test_holding_packets() -> None:
    with (
        link.kernel() as path,
        path.datagram_socket(0) as server,
        path.datagram_socket() as client,
        link.hold(path) as held,
    ):
        server.settimeout(WAIT)
        for number in range(5):
            client.sendto(b"%d" % number, (path.far, server.getsockname()[1]))
        packets = [held.next(WAIT) for _ in range(5)]
        assert [packet.packet.payload for packet in packets] == [b"0", b"1", b"2", b"3", b"4"]
        assert {packet.direction for packet in packets} == {"out"}
        assert held.waiting == packets
        # Seconds since the recording began, as in the recording itself.
        assert [packet.time for packet in packets] == pytest.approx([event.sent for event in path.packets])
        packets[4].deliver()
        packets[0].put_behind_next()
        packets[1].drop()
        packets[2].duplicate()
        assert held.waiting == [packets[3]]
        assert held.next(0.01) is None
        with pytest.raises(ValueError, match="decided already: drop"):
            packets[1].deliver()
        with pytest.raises(RuntimeError, match="held already"):
            path.hold()
        held.release()  # delivers the fourth
        assert [server.recv(9) for _ in range(5)] == [b"4", b"2", b"2", b"0", b"3"]
        with pytest.raises(ValueError, match="released"):
            packets[3].deliver()
        client.sendto(b"free", (path.far, server.getsockname()[1]))
        assert server.recv(9) == b"free"
        fates = [event.fate for event in path.packets]
        assert fates == [
            "reordered",
            "lost",
            "duplicated",
            "duplicated",
            "delivered",
            "delivered",
            "delivered",
        ]
        assert [event.delivered is None for event in path.packets] == [False, True] + 5 * [False]


def test_a_retransmission_is_a_held_packet_of_its_own() -> None:
    with link.kernel() as path, path.listen() as listener, path.socket() as client:
        client.settimeout(WAIT)
        with path.hold() as held:
            connecting = Task(lambda: client.connect((path.far, listener.getsockname()[1])))
            first = held.next(WAIT)
            again = held.next(WAIT)
            assert first.packet.tcp.syn and again.packet.tcp.syn
            assert first.packet.tcp.sequence_number == again.packet.tcp.sequence_number
            assert again.time > first.time
            first.drop()
            again.deliver()
            answer = held.next(WAIT)
            assert (answer.direction, answer.packet.tcp.flag_names) == ("back", ("SYN", "ACK"))
            answer.deliver()
            assert connecting.outcome() is None


def test_a_hold_ends_with_its_path() -> None:
    path = link.kernel()
    held = path.hold()
    waiting = Task(lambda: list(held))
    path.close()
    assert waiting.outcome() == []
    held.release()
