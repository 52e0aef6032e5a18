"""Streams through a relay: every byte, in order, and the faults where they were asked for."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest

from netlab import link
from netlab.link import Link, Piece
from netlab.link.relaying import Relay

from .paths import WAIT, Task, both_families, read_exact, until  # noqa: F401
from .relays import Through, carry, listening, noise


def pieces(relay: Relay, direction: str = "out") -> list[Piece]:
    return [piece for piece in relay.pieces if piece.direction == direction]


@pytest.mark.parametrize(
    "weather",
    [
        {},
        {"delay": 0.01, "jitter": 0.008},
        {"rate": 20e6},
        {"slice": 60_000, "stall": (100_000, 0.05)},
        {"delay": 0.001, "back": Link()},
    ],
    ids=str,
)
def test_every_byte_passes_in_order_in_both_directions(weather: dict[str, Any], ipv6: bool) -> None:
    data, answer = noise(700_000), noise(300_001)
    with listening(ipv6) as listener, link.relay(listener.getsockname(), **weather) as relay:
        with Through(relay, listener) as ends:
            assert carry(ends.client, ends.server, data) == data
            # The client has finished sending: the answer must not be lost.
            assert carry(ends.server, ends.client, answer) == answer
        for direction, sent in (("out", data), ("back", answer)):
            seen = until(lambda: (p := pieces(relay, direction)) and p[-1].fate == "end" and p, "the end")  # noqa: B023
            assert sum(piece.size for piece in seen) == len(sent)
            assert seen[0].data == sent[:64]
            assert [piece.fate for piece in seen] == ["delivered"] * (len(seen) - 1) + ["end"]
            assert [piece.number for piece in seen] == list(range(1, len(seen) + 1))
            assert all(piece.late >= 0 for piece in seen if piece.late is not None)
        assert relay.pieces.dropped == 0


def test_delay_holds_for_bytes_and_for_the_end() -> None:
    with listening() as listener, link.relay(listener.getsockname(), delay=0.05, back=Link()) as relay:
        with Through(relay, listener) as ends:
            assert carry(ends.client, ends.server, b"out") == b"out"
            assert carry(ends.server, ends.client, b"back") == b"back"
            out, back = pieces(relay), pieces(relay, "back")
    assert len(out) == 2 and all(piece.delivered - piece.sent >= 0.05 for piece in out)
    assert out[0].due == pytest.approx(out[0].sent + 0.05, abs=1e-3)
    assert back[0].due == back[0].sent


def test_rate_spaces_the_pieces() -> None:
    rate, data = 1e6, noise(20_000)
    with listening() as listener, link.relay(listener.getsockname(), rate=rate, back=Link()) as relay:
        with Through(relay, listener) as ends:
            assert carry(ends.client, ends.server, data) == data
            out = pieces(relay)[:-1]
    assert len(out) >= 20  # not in large lumps
    for before, after in zip(out, out[1:]):
        assert after.due - before.due >= after.size * 8 / rate - 1e-6
    assert out[-1].delivered - out[0].sent >= len(data) * 8 / rate


def test_connections_share_the_rate() -> None:
    with listening() as listener, link.relay(listener.getsockname(), rate=1e6, back=Link()) as relay:
        with Through(relay, listener) as one, Through(relay, listener) as two:
            tasks = [
                Task(lambda each=each: carry(each.client, each.server, bytes(10_000))) for each in (one, two)
            ]
            assert [len(task.outcome()) for task in tasks] == [10_000, 10_000]
        out = pieces(relay)
    assert {piece.connection for piece in out} == {1, 2}
    assert max(piece.delivered for piece in out) - out[0].sent >= 20_000 * 8 / 1e6


def test_slices_are_small_and_apart() -> None:
    with listening() as listener, link.relay(listener.getsockname(), slice=3, only="back") as relay:
        with Through(relay, listener) as ends:
            assert carry(ends.client, ends.server, b"as it is") == b"as it is"
            assert carry(ends.server, ends.client, b"abcdefghij") == b"abcdefghij"
            assert [piece.data for piece in pieces(relay)] == [b"as it is", b""]
            back = pieces(relay, "back")
    assert [piece.data for piece in back] == [b"abc", b"def", b"ghi", b"j", b""]
    assert all(after.due > before.due for before, after in zip(back, back[1:-1]))


def test_a_stall_begins_after_its_bytes_and_ends_when_changed() -> None:
    with listening() as listener, link.relay(listener.getsockname(), stall=(4, 1000.0), only="out") as relay:
        with Through(relay, listener) as ends:
            ends.client.sendall(b"abcdefgh")
            ends.server.sendall(b"not stalled")
            assert read_exact(ends.server, 4) == b"abcd"
            assert read_exact(ends.client, 11) == b"not stalled"
            first, second = until(lambda: (p := pieces(relay)) and len(p) == 2 and p, "two pieces")
            assert (first.data, second.data) == (b"abcd", b"efgh")
            assert second.due - first.due > 999 and second.fate == "waiting"
            relay.change(stall=None, only=None)
            assert read_exact(ends.server, 4) == b"efgh"
            relay.change(stall=(0, 0.1))
            ends.client.sendall(b"late")
            assert read_exact(ends.server, 4) == b"late"
            assert "stall=(0, 0.1)" in repr(relay)


def test_a_stall_may_be_of_any_kind_of_number() -> None:
    class Seconds(float):
        """As numpy's, which the child process does not know."""

    with listening() as listener, link.relay(listener.getsockname(), stall=(0, Seconds(0.05))) as relay:
        with Through(relay, listener) as ends:
            assert carry(ends.client, ends.server, b"late") == b"late"


def test_reset_after_bytes() -> None:
    with listening() as listener, link.relay(listener.getsockname(), reset_after=5, only="back") as relay:
        for _ in range(2):  # each connection counts for itself
            with Through(relay, listener) as ends:
                sending = Task(lambda server=ends.server: [server.sendall(b"0123456789"), server.recv(1)])
                got = b""
                with pytest.raises(ConnectionResetError):
                    while piece := ends.client.recv(100):
                        got += piece
                assert got == b"01234"
                assert isinstance(sending.outcome(), ConnectionError)
        assert [piece.fate for piece in pieces(relay, "back")] == ["delivered", "reset"] * 2


def assert_reset(relay: Relay) -> None:
    """A new connection ends with a reset: while it is made, or right after that."""
    with pytest.raises(ConnectionResetError):
        with socket.create_connection(relay.address, WAIT) as client:
            client.recv(1)


def test_a_reset_after_no_bytes() -> None:
    with listening() as listener, link.relay(listener.getsockname(), reset_after=0) as relay:
        assert_reset(relay)
        assert {piece.fate for piece in relay.pieces} == {"reset"}


def test_a_refusing_server_shows_as_a_reset() -> None:
    with listening() as listener:
        address = listener.getsockname()
    with link.relay(address) as relay:
        assert_reset(relay)


@pytest.mark.parametrize("who", ["client", "server"])
def test_a_reset_is_passed_on(who: str) -> None:
    with listening() as listener, link.relay(listener.getsockname(), delay=0.001) as relay:
        with Through(relay, listener) as ends:
            one, other = (ends.client, ends.server) if who == "client" else (ends.server, ends.client)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()
            with pytest.raises(ConnectionResetError):
                other.recv(1)


def test_a_reader_that_waits_makes_the_sender_wait() -> None:
    size = 40 << 20
    with listening() as listener, link.relay(listener.getsockname(), delay=0.001) as relay:
        with Through(relay, listener) as ends:
            sending = Task(lambda: ends.client.sendall(bytes(size)))
            counts: list[int] = []
            until(
                lambda: counts.append(len(relay.pieces)) or (len(counts) > 20 and len({*counts[-20:]}) == 1),
                "rest",
            )
            assert sending.is_alive()
            waiting = sum(piece.size for piece in relay.pieces if piece.delivered is None)
            assert 0 < waiting <= 2 << 20
            assert len(read_exact(ends.server, size)) == size
            assert sending.outcome() is None
        # Being blocked by the reader is not the relay's lateness.
        assert any(piece.due is None for piece in relay.pieces)


def test_many_connections_at_once() -> None:
    with listening() as listener, link.relay(listener.getsockname()) as relay:
        clients: list[socket.socket] = []
        servers: list[socket.socket] = []
        try:
            for _ in range(100):
                clients.append(socket.create_connection(relay.address, WAIT))
                servers.append(listener.accept()[0])
            late = socket.create_connection(relay.address, WAIT)  # one too many: it has to wait
            clients.append(late)
            listener.settimeout(0.1)
            with pytest.raises(TimeoutError):
                listener.accept()
            listener.settimeout(WAIT)
            for number, (client, server) in enumerate(zip(clients, servers)):
                client.sendall(b"%d" % number)
                assert server.recv(9) == b"%d" % number
            clients[0].close()
            servers[0].close()
            servers.append(listener.accept()[0])
            late.sendall(b"now")
            assert servers[-1].recv(9) == b"now"
        finally:
            for sock in clients + servers:
                sock.close()


@pytest.mark.parametrize("name", ["loss", "duplicate", "reorder", "corrupt", "mtu", "queue"])
@pytest.mark.parametrize("where", ["link", "back", "change"])
def test_what_happens_to_packets_is_refused_inside_tcp(name: str, where: str) -> None:
    value = 1000 if name in ("mtu", "queue") else 0.1
    weather = Link(delay=0.01, rate=1e6, **{name: value})
    with pytest.raises(ValueError, match=rf"^{name}={value}.*link\.kernel\(\)"):
        if where == "link":
            link.relay(("127.0.0.1", 9), weather)
        elif where == "back":
            link.relay(("127.0.0.1", 9), back=weather)
        else:
            with link.relay(("127.0.0.1", 9), delay=0.01, rate=1e6) as relay:
                relay.change(**{name: value})
    with pytest.raises(ValueError, match=r"link\.kernel\(\)"), link.relay(("127.0.0.1", 9)) as relay:
        link.hold(relay)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"slice": 0}, "slice=0: give a whole number of bytes, 1 or more"),
        ({"slice": 2.5}, "slice=2.5"),
        ({"stall": 3}, "stall=3: give a pair"),
        ({"stall": (3, -1)}, "stall=(3, -1): give a pair"),
        ({"reset_after": True}, "reset_after=True"),
        ({"stall": (3, float("nan"))}, "stall=(3, nan)"),
        ({"only": "in", "slice": 1}, "only='in'"),
        ({"only": "out"}, "only='out' changes nothing"),
        ({"kind": "sctp"}, "kind='sctp'"),
        ({"keep": -1}, "keep=-1"),
        ({"speed": 3}, "no parameter 'speed'"),
        ({"delay": -1}, "delay=-1"),
        ({"back": 3}, "back=3"),
    ],
)
def test_nonsense_is_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        link.relay(("127.0.0.1", 9), **arguments)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "address",
    [("192.0.2.1", 80), ("2001:db8::1", 80), ("example.org", 80), "/tmp/socket", ("127.0.0.1", 0), (b"", 1)],
)
def test_only_loopback_is_reached(address: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="A relay"):
        link.relay(address)


def test_a_full_recording_keeps_counting_and_carrying() -> None:
    with listening() as listener, link.relay(listener.getsockname(), slice=10, keep=1000) as relay:
        with Through(relay, listener) as ends:
            assert carry(ends.client, ends.server, bytes(1000)) == bytes(1000)
            found = relay.pieces
    assert 0 < len(found) < 20 and len(found) + found.dropped == 101


def test_the_weather_changes_while_a_connection_runs() -> None:
    with (
        listening() as listener,
        link.relay(listener.getsockname()) as relay,
        Through(relay, listener) as ends,
    ):
        ends.client.sendall(b"1")
        assert ends.server.recv(1) == b"1"
        relay.link = Link(delay=0.05)
        ends.client.sendall(b"2")
        assert ends.server.recv(1) == b"2"
        relay.back = Link(delay=0.03)
        ends.server.sendall(b"3")
        assert ends.client.recv(1) == b"3"
        with pytest.raises(AttributeError, match="pieces"):
            relay.packets  # noqa: B018
        assert [
            piece.due - piece.sent > least - 1e-6 for piece, least in zip(relay.pieces, (0, 0.05, 0.03))
        ] == 3 * [True]
        assert relay.pieces[0].due == relay.pieces[0].sent
