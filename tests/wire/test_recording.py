"""Recordings made by hand: text, flows, links, names. No sockets here."""

from __future__ import annotations

import pytest

from netlab.wire import Event, Recording

from .story import CLIENT, SERVER, Story


def sizes(recording: Recording) -> list[tuple[str, str, int]]:
    return [(f.sent.said, f.received.said, f.size) for f in recording.flows()]


def pairs(recording: Recording) -> list[tuple[str, str]]:
    return [(cause.said, effect.said) for cause, effect in recording.links()]


@pytest.fixture
def story() -> Story:
    return Story()


def a_conversation(story: Story) -> Recording:
    story.add(2, "listen", 1, local=SERVER)
    story.connection(1, 2, (2, 1, 3))
    story.send(1, 2, b"one")
    story.send(1, 2, b"two")
    story.recv(2, 3, b"onetwo")
    story.add(2, "sendall", 3, asked=2000, size=2000, data=b"x" * 100)
    story.recv(1, 2, b"x" * 2000, asked=4096)
    story.add(1, "close", 2)
    story.recv(2, 3, b"")
    story.add(2, "close", 3)
    return Recording(story.events)


def test_the_text(story: Story) -> None:
    assert str(a_conversation(story)).splitlines() == [
        "server  listen()",
        "client  connect(address)",
        "client  send(b'one')         -> 3 bytes",
        "client  send(b'two')         -> 3 bytes",
        "server  accept()",
        "server  recv(1024)           -> 6 bytes  b'onetwo'",
        "server  sendall(2000 bytes)  -> 2000 bytes",
        "client  recv(4096)           -> 2000 bytes",
        "client  close()",
        "server  recv(1024)           -> b'' (end of stream)",
        "server  close()",
    ]


def test_it_is_a_sequence_in_the_clocks_order(story: Story) -> None:
    recording = a_conversation(story)
    assert [e.time for e in recording] == sorted(e.time for e in story.events)
    assert len(recording) == 11 and recording[0].call == "listen" and len(recording[2:4]) == 2
    assert repr(recording) == "<Recording of 11 calls by server, client>"
    assert recording.actors == ["server", "client"]
    assert recording.dropped == 0 and recording.pending == []


def test_events_may_be_given_in_any_order(story: Story) -> None:
    text = str(a_conversation(story))
    assert str(Recording(reversed(story.events))) == text


def test_an_empty_recording_says_so() -> None:
    assert str(Recording()) == "(no socket call was made)"
    assert list(Recording()) == [] and Recording().flows() == [] and Recording().links() == []


def test_ipython_shows_the_text(story: Story) -> None:
    class Printer:
        shown = ""

        def text(self, text: str) -> None:
            self.shown += text

    recording, printer = a_conversation(story), Printer()
    recording._repr_pretty_(printer, cycle=False)
    assert printer.shown == str(recording)


def test_a_long_text_leaves_out_the_middle(story: Story) -> None:
    for _ in range(500):
        story.send(1, 1, b"x", actor="client")
    lines = str(Recording(story.events)).splitlines()
    assert len(lines) == 81
    assert lines[60].split() == ["...", "420", "more", "calls"]


@pytest.mark.parametrize(
    ("fields", "said", "outcome"),
    [
        ({"call": "recv", "asked": 10, "error": "TimeoutError: timed out"}, "recv(10)", "TimeoutError"),
        ({"call": "recv", "asked": 1, "size": 1, "data": b"x"}, "recv(1)", "1 byte  b'x'"),
        ({"call": "recv", "asked": 0, "size": 0, "data": b""}, "recv(0)", "0 bytes  b''"),
        (
            {"call": "recv_into", "asked": 9, "size": 0, "data": b""},
            "recv_into(9)",
            "0 bytes (end of stream)",
        ),
        (
            {"call": "recvfrom", "asked": 9, "size": 0, "data": b"", "stream": False},
            "recvfrom(9)",
            "0 bytes  b''",
        ),
        (
            {"call": "recv", "asked": 9, "size": 2, "data": b"hi", "flags": "MSG_PEEK"},
            "recv(9, MSG_PEEK)",
            "2 bytes  b'hi'",
        ),
        ({"call": "send", "asked": 50, "size": 20, "data": b"x" * 20}, "send(50 bytes)", "20 bytes"),
        ({"call": "send", "asked": None, "error": "TypeError: no str"}, "send(data)", "TypeError"),
        ({"call": "sendto", "asked": 1, "size": 1, "data": b"x"}, "sendto(b'x', address)", "1 byte"),
        ({"call": "shutdown", "asked": "SHUT_WR"}, "shutdown(SHUT_WR)", ""),
        ({"call": "bind", "asked": ("127.0.0.1", 8080)}, "bind(address)", ""),
        ({"call": "listen", "asked": 5}, "listen(5)", ""),
        ({"call": "close", "asked": "dropped"}, "close()", "nobody held the socket any more"),
        ({"call": "recv", "asked": 5000, "size": 5000, "data": b"x" * 5000}, "recv(5000)", "5000 bytes"),
        ({"call": "recv", "asked": 9, "size": 9, "data": None}, "recv(9)", "9 bytes"),
    ],
)
def test_how_a_call_reads(fields: dict[str, object], said: str, outcome: str) -> None:
    event = Event(time=2.0, started=1.5, actor="a", socket=1, **fields)  # type: ignore[arg-type]
    assert (event.said, event.outcome, event.waited) == (said, outcome, 0.5)


def test_flows_and_links(story: Story) -> None:
    recording = a_conversation(story)
    assert sizes(recording) == [
        ("send(b'one')", "recv(1024)", 3),
        ("send(b'two')", "recv(1024)", 3),
        ("sendall(2000 bytes)", "recv(4096)", 2000),
    ]
    assert pairs(recording) == [("connect(address)", "accept()"), ("close()", "recv(1024)")]


def test_partners(story: Story) -> None:
    """The lane at each other end: of an accepted connection the one that serves it."""
    assert a_conversation(story).partners() == {2: "server", 3: "client"}
    queued = Story()
    queued.add(2, "listen", 1, local=SERVER, actor="server")
    queued.add(1, "connect", 2, local=CLIENT, peer=SERVER, actor="client")
    assert Recording(queued.events).partners() == {2: "server"}  # its bytes wait with the listener
    served = Story()
    for client, lane in ((2, "worker 1"), (4, "worker 2")):
        local = ("127.0.0.1", 50000 + client)
        served.add(1, "connect", client, local=local, peer=SERVER, actor=f"client {client}")
        served.add(2, "accept", 1, local=SERVER, peer=local, accepted=client + 1, actor="server")
        served.recv(3, client + 1, b"hi", local=SERVER, peer=local, actor=lane)
    partners = Recording(served.events).partners()
    assert partners == {2: "worker 1", 3: "client 2", 4: "worker 2", 5: "client 4"}


def test_partners_of_datagrams_and_of_nobody(story: Story) -> None:
    post(story, b"hi")
    arrive(story, b"hi")
    assert Recording(story.events).partners() == {1: "server", 2: "client"}
    alone = Story()
    alone.add(1, "connect", 2, local=CLIENT, peer=SERVER)
    assert Recording(alone.events).partners() == {}


def test_peeking_takes_nothing(story: Story) -> None:
    story.connection(1, 2, (2, 1, 3))
    story.send(1, 2, b"abc")
    story.recv(2, 3, b"abc", flags="MSG_PEEK|MSG_DONTWAIT")
    story.recv(2, 3, b"abc")
    assert sizes(Recording(story.events)) == [("send(b'abc')", "recv(1024)", 3)]


@pytest.mark.parametrize("inline", [False, True])
def test_an_urgent_byte_is_beside_the_stream(story: Story, inline: bool) -> None:
    story.connection(1, 2, (1, 2, 3))
    story.send(1, 1, b"ab")
    urgent = story.send(1, 1, b"!", flags="MSG_OOB")
    story.send(1, 1, b"cd")
    if inline:
        story.recv(2, 3, b"ab!cd")
        assert [f.size for f in Recording(story.events).flows()] == [2, 1, 2]
        return
    story.recv(2, 3, b"abcd")
    taken = story.recv(2, 3, b"!", flags="MSG_OOB")
    flows = Recording(story.events).flows()
    assert [f.size for f in flows] == [2, 2, 1]
    assert (flows[2].sent.flags, flows[2].received.flags) == (urgent.flags, taken.flags)


def test_a_send_that_failed_gave_nothing(story: Story) -> None:
    story.connection(1, 2, (2, 1, 3))
    story.add(1, "send", 2, asked=9, error="BlockingIOError: busy")
    story.send(1, 2, b"abc")
    story.recv(2, 3, b"abc")
    assert sizes(Recording(story.events)) == [("send(b'abc')", "recv(1024)", 3)]


def test_a_sendall_that_failed_gave_what_was_received(story: Story) -> None:
    story.connection(1, 2, (2, 1, 3))
    story.send(1, 2, b"abc")
    story.add(1, "sendall", 2, asked=9000, error="TimeoutError: timed out")
    story.recv(2, 3, b"abc" + b"x" * 1000, asked=5000)
    assert sizes(Recording(story.events)) == [
        ("send(b'abc')", "recv(5000)", 3),
        ("sendall(9000 bytes)", "recv(5000)", 1000),
    ]


def test_the_same_addresses_twice(story: Story) -> None:
    for i in (0, 1):
        story.connection(1, 2, (2 + 10 * i, 1, 3 + 10 * i))
        story.send(1, 2 + 10 * i, b"abc")
        story.recv(2, 3 + 10 * i, b"abc")
        story.add(1, "close", 2 + 10 * i)
        story.recv(2, 3 + 10 * i, b"")
    recording = Recording(story.events)
    assert [(f.sent.socket, f.received.socket) for f in recording.flows()] == [(2, 3), (12, 13)]
    assert [(e.call, e.actor) for e in recording if e.call == "close"] == [
        ("close", "client"),
        ("close", "client 2"),
    ]


def test_ends_that_write_the_same_address_differently(story: Story) -> None:
    """A dual-stack listener sees its IPv4 client as ::ffff:127.0.0.1; sendto may be given a name."""
    story.add(1, "connect", 2, local=("127.0.0.1", 5), peer=("127.0.0.1", 80))
    story.add(2, "accept", 1, local=("::", 80, 0, 0), peer=("::ffff:127.0.0.1", 5, 0, 0), accepted=3)
    assert len(Recording(story.events).links()) == 1


def test_unix_sockets_have_no_client_address(story: Story) -> None:
    for i in (0, 1):
        story.add(1, "connect", 2 + i, local="", peer="/tmp/s")
    for i in (0, 1):
        story.add(2, "accept", 1, local="/tmp/s", peer="", accepted=12 + i)
    assert [(a.socket, b.accepted) for a, b in Recording(story.events).links()] == [(2, 12), (3, 13)]


def test_a_refused_connect_matches_no_accept(story: Story) -> None:
    story.add(1, "connect", 9, peer=SERVER, error="ConnectionRefusedError: refused")
    story.add(1, "close", 9)
    story.connection(1, 2, (2, 1, 3))
    recording = Recording(story.events)
    assert [(a.socket, b.accepted) for a, b in recording.links()] == [(2, 3)]


def test_a_client_that_tries_again_keeps_its_lane(story: Story) -> None:
    story.add(1, "socket", 9)
    story.add(1, "connect", 9, peer=SERVER, error="ConnectionRefusedError: refused")
    story.add(1, "close", 9)
    story.add(1, "socket", 2)
    story.connection(1, 2, (2, 1, 3))
    assert set(Recording(story.events).actors) == {"client", "server"}


def test_a_nonblocking_connect_is_matched(story: Story) -> None:
    story.add(1, "connect", 2, local=CLIENT, peer=SERVER, error="BlockingIOError: in progress")
    story.add(2, "accept", 1, local=SERVER, peer=CLIENT, accepted=3)
    assert len(Recording(story.events).links()) == 1


def test_the_other_process_is_not_seen(story: Story) -> None:
    story.add(1, "connect", 2, local=CLIENT, peer=("192.0.2.1", 80))
    story.send(1, 2, b"hello")
    story.recv(1, 2, b"world")
    story.recv(1, 2, b"")
    recording = Recording(story.events)
    assert recording.flows() == [] and recording.links() == []
    assert str(recording).count("\n") == 3


def older(
    story: Story, thread: int, call: str, data: bytes, ends: tuple[object, object], socket: int
) -> None:
    add = story.send if call == "send" else story.recv
    add(thread, socket, data, local=ends[0], peer=ends[1])


def test_an_older_connection_is_found_by_its_addresses(story: Story) -> None:
    older(story, 1, "send", b"hello", (CLIENT, SERVER), 1)
    older(story, 2, "recv", b"hello", (SERVER, CLIENT), 2)
    recording = Recording(story.events)
    assert sizes(recording) == [("send(b'hello')", "recv(1024)", 5)]
    assert recording.actors == ["client", "server"]


def test_an_older_connection_whose_first_recv_was_missed(story: Story) -> None:
    """The recv that took b"first" began before the watch; the next bytes must not be taken for it."""
    older(story, 1, "send", b"first", (CLIENT, SERVER), 1)
    older(story, 1, "send", b"next", (CLIENT, SERVER), 1)
    older(story, 2, "recv", b"next", (SERVER, CLIENT), 2)
    assert sizes(Recording(story.events)) == [("send(b'next')", "recv(1024)", 4)]


def test_an_older_connection_with_bytes_under_way(story: Story) -> None:
    older(story, 2, "recv", b"before", (SERVER, CLIENT), 2)
    older(story, 1, "send", b"next", (CLIENT, SERVER), 1)
    older(story, 2, "recv", b"next", (SERVER, CLIENT), 2)
    assert sizes(Recording(story.events)) == [("send(b'next')", "recv(1024)", 4)]


def test_shutdown_ends_the_stream_and_a_later_close_does_not(story: Story) -> None:
    story.connection(1, 2, (2, 1, 3))
    story.add(1, "shutdown", 2, asked="SHUT_WR")
    story.recv(2, 3, b"")
    story.add(1, "close", 2)
    story.recv(2, 3, b"")
    assert pairs(Recording(story.events))[1:] == [("shutdown(SHUT_WR)", "recv(1024)")]


def test_a_reset_has_its_cause(story: Story) -> None:
    story.connection(1, 2, (2, 1, 3))
    story.add(2, "close", 3)
    story.add(1, "send", 2, asked=1, size=1, data=b"x")
    story.add(1, "recv", 2, asked=9, error="ConnectionResetError: reset")
    story.add(1, "send", 2, asked=1, error="BrokenPipeError: broken")
    assert pairs(Recording(story.events))[1:] == [("close()", "recv(9)")]


def test_a_reset_comes_from_the_close_not_from_the_shutdown(story: Story) -> None:
    story.connection(1, 2, (2, 1, 3))
    story.add(2, "shutdown", 3, asked="SHUT_WR")
    story.recv(1, 2, b"")
    story.add(2, "close", 3)
    story.add(1, "send", 2, asked=1, error="ConnectionResetError: reset")
    assert pairs(Recording(story.events))[1:] == [
        ("shutdown(SHUT_WR)", "recv(1024)"),
        ("close()", "send(1 bytes)"),
    ]


def test_a_drop_is_noticed_after_its_effect(story: Story) -> None:
    story.connection(1, 2, (2, 1, 3))
    story.recv(1, 2, b"")
    story.add(2, "close", 3, asked="dropped")
    recording = Recording(story.events)
    assert pairs(recording)[1:] == [("close()", "recv(1024)")]
    assert [e.call for e in recording.in_order()] == ["connect", "accept", "close", "recv"]


UDP_CLIENT, UDP_SERVER = ("127.0.0.1", 6000), ("127.0.0.1", 53)


def post(story: Story, data: bytes, **fields: object) -> None:
    ends = {"local": ("0.0.0.0", 6000), "peer": UDP_SERVER}
    story.add(1, "sendto", 1, asked=len(data), size=len(data), data=data, stream=False, **ends, **fields)


def arrive(story: Story, data: bytes, asked: int = 100) -> None:
    ends = {"local": UDP_SERVER, "peer": UDP_CLIENT}
    story.add(2, "recvfrom", 2, asked=asked, size=len(data), data=data, stream=False, **ends)


def test_a_datagram_to_localhost(story: Story) -> None:
    story.add(1, "sendto", 1, asked=2, size=2, data=b"hi", stream=False, peer=("localhost", 53))
    arrive(story, b"hi")
    assert len(Recording(story.events).flows()) == 1


def test_a_datagram_sockets_connect_takes_no_accept(story: Story) -> None:
    """TCP and UDP ports are two worlds: the same numbers may be used in both."""
    story.add(1, "connect", 9, local=CLIENT, peer=SERVER, stream=False)
    story.connection(1, 2, (2, 1, 3))
    assert [(a.socket, b.accepted) for a, b in Recording(story.events).links()] == [(2, 3)]


def test_datagrams_lost_and_reordered(story: Story) -> None:
    for word in (b"one", b"two", b"six"):
        post(story, word)
    arrive(story, b"six")
    arrive(story, b"one")
    assert [(f.sent.data, f.received.data) for f in Recording(story.events).flows()] == [
        (b"six", b"six"),
        (b"one", b"one"),
    ]


def test_equal_datagrams_in_order(story: Story) -> None:
    for _ in range(3):
        post(story, b"same")
    for _ in range(2):
        arrive(story, b"same")
    assert [f.sent.time for f in Recording(story.events).flows()] == [e.time for e in story.events[:2]]


def test_a_cut_datagram_and_an_empty_one(story: Story) -> None:
    post(story, b"0123456789")
    arrive(story, b"0123", asked=4)
    post(story, b"")
    arrive(story, b"")
    recording = Recording(story.events)
    assert [(f.sent.size, f.size) for f in recording.flows()] == [(10, 4), (0, 0)]
    assert recording.links() == []


def test_a_datagram_from_somebody_else_is_not_matched(story: Story) -> None:
    post(story, b"hello")
    story.add(
        2,
        "recvfrom",
        2,
        asked=9,
        size=5,
        data=b"hello",
        local=UDP_SERVER,
        peer=("127.0.0.1", 7),
        stream=False,
    )
    assert Recording(story.events).flows() == []


def test_names_of_several_clients_and_connections(story: Story) -> None:
    """Connections handled by threads of their own are numbered in the order of accept."""
    for i in (0, 1):
        story.connection(1 + i, 3, (10 + i, 1, 20 + i), local=("127.0.0.1", 100 + i))
    for i in (0, 1):
        story.send(1 + i, 10 + i, b"hi")
        story.recv(4 + i, 20 + i, b"hi")
    assert Recording(story.events).actors == [
        "client",
        "client 2",
        "server",
        "server · connection 1",
        "server · connection 2",
    ]


def test_one_connection_in_its_own_thread_is_still_the_server(story: Story) -> None:
    story.connection(1, 2, (2, 1, 3))
    story.send(1, 2, b"hi")
    story.recv(3, 3, b"hi")
    assert Recording(story.events).actors == ["client", "server"]


def test_connections_handled_by_the_accepting_thread_share_its_lane(story: Story) -> None:
    for i in (0, 1):
        story.connection(1, 2, (10 + i, 1, 20 + i), local=("127.0.0.1", 100 + i))
        story.send(1, 10 + i, b"hi")
        story.recv(2, 20 + i, b"hi")
    assert Recording(story.events).actors == ["client", "client 2", "server"]


def test_two_listeners_and_a_restart(story: Story) -> None:
    for number, port in ((1, 80), (2, 81), (3, 80)):
        story.add(1, "bind", number, local=("127.0.0.1", port))
        story.add(1, "listen", number, local=("127.0.0.1", port))
    assert [e.actor for e in Recording(story.events)] == ["server"] * 2 + ["server 2"] * 2 + ["server"] * 2


def test_main_thread_prepares_the_server(story: Story) -> None:
    story.add(1, "socket", 1)
    story.add(1, "bind", 1, local=SERVER)
    story.add(1, "listen", 1, local=SERVER)
    story.add(1, "socket", 2)
    story.connection(1, 2, (2, 1, 3))
    assert [e.actor for e in Recording(story.events)] == ["server"] * 3 + ["client"] * 2 + ["server"]


def test_socketpair_ends(story: Story) -> None:
    story.add(1, "socketpair", 1, accepted=2)
    story.send(1, 1, b"hi")
    story.recv(2, 2, b"hi")
    recording = Recording(story.events)
    assert recording.actors == ["end 1", "end 2"] and sizes(recording) == [("send(b'hi')", "recv(1024)", 2)]


def test_given_actors_stay(story: Story) -> None:
    story.send(0, 1, b"hi", actor="Alice")
    assert Recording(story.events).actors == ["Alice"]


def test_an_accept_that_the_clock_puts_before_its_connect(story: Story) -> None:
    """The accepting thread may write its line down first; the text keeps to what must have been."""
    story.add(2, "listen", 1, local=SERVER)
    story.add(2, "accept", 1, local=SERVER, peer=CLIENT, accepted=3, time=0.010, started=0.002)
    story.add(1, "connect", 2, local=CLIENT, peer=SERVER, time=0.011, started=0.009)
    story.recv(2, 3, b"hi", time=0.012)
    story.send(1, 2, b"hi", time=0.013, started=0.0115)
    assert [e.call for e in Recording(story.events).in_order()] == [
        "listen",
        "connect",
        "send",
        "accept",
        "recv",
    ]


def calls(story: Story) -> list[str]:
    return [e.call for e in Recording(story.events).in_order()]


def test_a_thread_uses_what_another_one_has_prepared(story: Story) -> None:
    story.add(2, "bind", 1, local=SERVER)
    story.add(2, "listen", 1, local=SERVER)
    story.add(1, "accept", 1, local=SERVER, error="TimeoutError: timed out")
    assert calls(story) == ["bind", "listen", "accept"]


def test_a_thread_is_woken_by_another_ones_shutdown(story: Story) -> None:
    story.add(2, "shutdown", 1, asked="SHUT_RDWR")
    story.add(1, "accept", 1, error="OSError: not listening")
    assert calls(story) == ["shutdown", "accept"]


def test_a_close_comes_after_what_others_did_on_the_socket(story: Story) -> None:
    story.recv(2, 1, b"x")
    story.add(1, "close", 1)
    assert calls(story) == ["recv", "close"]


def test_refused_after_the_server_has_gone(story: Story) -> None:
    story.add(2, "listen", 1, local=SERVER)
    story.connection(1, 2, (2, 1, 3))
    story.add(2, "close", 1)
    story.add(1, "connect", 4, peer=SERVER, error="ConnectionRefusedError: refused")
    assert calls(story) == ["listen", "connect", "accept", "close", "connect"]


def test_a_datagram_goes_to_a_bound_socket(story: Story) -> None:
    story.add(2, "bind", 2, local=UDP_SERVER, stream=False)
    post(story, b"hi")
    arrive(story, b"hi")
    assert calls(story) == ["bind", "sendto", "recvfrom"]


def test_what_comes_first_is_no_effect(story: Story) -> None:
    """The same addresses and data may occur by chance, or come from another process."""
    story.add(2, "accept", 3, local=SERVER, peer=CLIENT, accepted=5)
    story.add(1, "connect", 4, local=CLIENT, peer=SERVER)
    arrive(story, b"hi")
    post(story, b"hi")
    recording = Recording(story.events)
    assert recording.links() == [] and recording.flows() == []


def test_two_clients_at_the_same_time_have_two_lanes(story: Story) -> None:
    """Although the first one failed: the second was there before it gave up."""
    story.add(1, "connect", 2, peer=SERVER, error="ConnectionRefusedError: refused", time=0.005)
    story.add(1, "connect", 3, local=CLIENT, peer=SERVER, started=0.006, time=0.007)
    story.add(1, "close", 2, time=0.008)
    assert Recording(story.events).actors == ["client", "client 2"]


def test_wrong_matches_cannot_hang_the_text(story: Story) -> None:
    """Two calls that each seem to need the other: the clock decides."""
    for one, other, thread in ((1, 2, 1), (2, 1, 2)):
        story.recv(thread, one, b"x", local=("a", one), peer=("a", other), time=0.5, started=0.0)
        story.send(thread, one, b"x", local=("a", one), peer=("a", other), time=0.6, started=0.0)
    assert len(str(Recording(story.events)).splitlines()) == 4
