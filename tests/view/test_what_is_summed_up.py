"""A caption says only what is so of each thing that it sums up: datagrams, looks, losses, repeats."""

from __future__ import annotations

from typing import Any

import pytest

from netlab.view import describe
from netlab.view.ladders.call_arrows import Arrow
from netlab.view.ladders.calls import lay_out
from netlab.wire import Recording

from .stories import CLIENT, CLIENT_2, ELSEWHERE, SERVER, Story, _Ended

UDP: dict[str, Any] = {"stream": False}


def arrows(story: Story) -> list[Arrow]:
    return lay_out(story.recording()).arrows


def postbox() -> Story:
    """A server's socket for datagrams, and a client's that is connected to it."""
    story = Story()
    story.call("server", "bind", 1, local=SERVER, **UDP)
    return story.connect(**UDP)


def test_datagrams_of_a_connected_socket_are_datagrams() -> None:
    """Whatever the calls are named: nothing is connected, and what nobody took is lost, not unread."""
    story = postbox().send(b"one", **UDP).send(b"two", **UDP).recv(b"one", socket=1, **UDP)
    assert describe(story.recording()) == "The client sent two datagrams. One datagram was never received."
    assert [arrow.text for arrow in arrows(story)] == ["3 bytes", "3 bytes, not received"]


@pytest.mark.parametrize("call", ["send", "sendall", "sendmsg", "sendto"])
@pytest.mark.parametrize("take", ["recv", "recv_into", "recvfrom", "recvmsg"])
def test_the_name_of_a_call_does_not_matter(call: str, take: str) -> None:
    story = postbox().send(b"a", call=call, **UDP).recv(b"a", socket=1, call=take, **UDP)
    story.send(b"", call=call, **UDP).recv(b"", socket=1, call=take, **UDP)
    story.send(b"b", "server", 1, call=call, **UDP).recv(b"b", "client", 2, call=take, **UDP)
    assert describe(story.recording()) == "The client sent two datagrams and got one back."
    rows = [row for row in lay_out(story.recording()).rows if row.call == take]
    assert [row.label.partition(" → ")[2] for row in rows if row.actor == "server"] == ["1 byte", "0 bytes"]


def test_the_name_of_a_call_does_not_make_a_stream_of_datagrams() -> None:
    story = Story().conversation().send(b"one", call="sendto", stream=True)
    story.recv(b"one", call="recvfrom", stream=True).close().recv(b"", call="recvfrom", stream=True)
    assert describe(story.recording()).startswith("The client connected and sent 3 bytes; then it closed")
    labels = [row.label for row in lay_out(story.recording()).rows if row.call == "recvfrom"]
    assert labels[-1].endswith('→ b""')


def test_an_answer_to_a_client_that_never_reads_is_lost() -> None:
    story = (
        postbox().send(b"?", **UDP).recv(b"?", socket=1, **UDP).send(b"!", "server", 1, call="sendto", **UDP)
    )
    assert describe(story.recording()) == "The client sent one datagram. One datagram was never received."


def test_a_pair_of_sockets_for_datagrams() -> None:
    story, nowhere = Story(), {"local": None, "peer": None, **UDP}
    story.call("end 1", "socketpair", 1, accepted=2, **UDP)
    story.send(b"one", "end 1", 1, **nowhere).send(b"two", "end 1", 1, **nowhere)
    story.recv(b"one", "end 2", 2, **nowhere)
    assert describe(story.recording()) == "End 1 sent two datagrams. One datagram was never received."


def test_a_pair_of_sockets_of_which_one_does_not_read() -> None:
    story, nowhere = Story(), {"local": None, "peer": None, "stream": True}
    story.call("end 1", "socketpair", 1, accepted=2, stream=True)
    story.send(b"one", "end 1", 1, **nowhere).call("end 2", "close", 2, stream=True)
    assert [arrow.text for arrow in arrows(story)] == ["3 bytes, not read"]


def test_a_datagram_that_is_longer_than_the_buffer() -> None:
    story = postbox().send(b"hello", **UDP).recv(b"he", socket=1, asked=2, **UDP)
    assert (
        describe(story.recording())
        == "The client sent one datagram. One datagram was too long for its buffer."
    )


def test_one_port_of_two_protocols() -> None:
    """A connected UDP socket whose peer has the number of a listener does not wait for an accept."""
    story = Story().listen()
    story.connect(**UDP).send(b"hi", **UDP)
    assert describe(story.recording()) == "The client sent one datagram."
    assert not [arrow for arrow in arrows(story) if "accepted" in arrow.text or "not received" in arrow.text]


@pytest.mark.parametrize("name", ["ConnectionRefusedError", "ConnectionResetError"])
@pytest.mark.parametrize("call", ["send", "recv"])
def test_what_icmp_says_of_a_datagram_is_no_reset(name: str, call: str) -> None:
    """Windows names it so."""
    story = postbox()
    story.call("client", call, 2, asked=9, error=f"{name}: no", local=CLIENT, peer=SERVER, **UDP)
    assert describe(story.recording()) == (
        f"The client's {call} was refused: an earlier datagram found nobody there."
    )


def test_a_server_that_speaks_first() -> None:
    story = (
        Story().conversation().send(b"hello", "server", 3).recv(b"hello", "client", 2).send(b"hi").recv(b"hi")
    )
    assert describe(story.recording()) == "The client connected, got 5 bytes, and sent 2 bytes."


def test_bytes_that_nobody_took_are_told() -> None:
    story = Story().conversation().send(b"0123456789").recv(b"012", asked=3).recv(b"34", asked=2)
    assert describe(story.recording()) == (
        "5 bytes of one send of 10 bytes were taken by two recvs of 3 and 2 bytes."
    )
    long = Story().conversation().send(b"x" * 9000).recv(b"x" * 5000, asked=5000)
    assert (
        describe(long.recording())
        == "5\u202f000 bytes of one send of 9\u202f000 bytes were taken by one recv."
    )
    several = Story().conversation().send(b"x" * 9000).send(b"x" * 9000).recv(b"x" * 5000, asked=5000)
    several.recv(b"x" * 5000, asked=5000)
    assert describe(several.recording()) == (
        "10\u202f000 bytes of many sends, 18\u202f000 bytes in all, were taken by many recvs."
    )


def test_a_sendall_that_failed_does_not_say_how_much() -> None:
    broken: dict[str, Any] = {"call": "sendall", "size": None, "error": "TimeoutError: timed out"}
    story = Story().conversation().send(b"x" * 9000, call="sendall").send(b"x" * 9000, **broken)
    story.recv(b"x" * 6000, asked=6000).recv(b"x" * 6000, asked=6000)
    assert describe(story.recording()).startswith(
        "12\u202f000 bytes of many sendalls were taken by many recvs."
    )
    few = Story().conversation().send(b"x" * 9, **broken).recv(b"xx").recv(b"x")
    assert describe(few.recording()).startswith(
        "3 bytes of one sendall were taken by two recvs of 2 and 1 bytes."
    )


@pytest.mark.parametrize("again", [None, "OSError: Transport endpoint is already connected"])
def test_a_connect_that_asks_again_is_one_connection(again: str | None) -> None:
    story = Story().listen().connect(error="BlockingIOError: in progress").accept()
    story.connect(error=again).send(b"hello").recv(b"hello")
    assert describe(story.recording()).startswith("The client connected and sent 5 bytes.")
    assert "accepted" not in describe(story.recording())
    assert [arrow.text for arrow in arrows(story)] == ["5 bytes", "handshake"]


def test_a_wait_after_something_came() -> None:
    story = Story().conversation().send(b"hi", "server", 3).recv(b"hi", "client", 2)
    story.hangs("client", "recv", 2, asked=10)
    assert describe(story.recording()).endswith("The client waited in recv and nothing more came.")


def test_of_calls_that_were_not_kept_nothing_is_said() -> None:
    class Full(_Ended):
        dropped = 7

    story = postbox().send(b"one", **UDP).send(b"two", **UDP).recv(b"one", socket=1, **UDP)
    story.listen().connect("client 2", 9, ("127.0.0.1", 50002)).send(
        b"0123", "client 2", 9, local=("127.0.0.1", 50002)
    )
    recording = Recording(tape=Full(story.events, []))
    assert describe(recording) == (
        "Client 2 connected and sent 4 bytes. The client sent two datagrams. "
        "Seven later calls were not recorded."
    )
    assert not [arrow for arrow in lay_out(recording).arrows if arrow.ends != "head" and arrow.kind == "data"]


def test_connect_ex_is_drawn_as_connect_is() -> None:
    for call in ("connect", "connect_ex"):
        story = Story()
        story.call("client", call, 2, local=CLIENT, peer=SERVER, error="ConnectionRefusedError: nobody")
        layout = lay_out(story.recording())
        assert [row.split for row in layout.rows] == [True]
        assert [arrow.text for arrow in layout.arrows] == ["connect?", "refused"]
        assert [lane.title for lane in layout.lanes] == ["client", "nobody listens"]
        hanging = Story().hangs("client", call, 2)
        hanging.call("client", "socket", 2)
        assert describe(hanging.recording()) == "The client still waits in connect."


def test_a_datagram_to_another_host_with_that_number() -> None:
    story = Story()
    story.call("server", "bind", 1, local=SERVER, stream=False)
    story.call("client", "sendto", 2, size=1, local=CLIENT, peer=ELSEWHERE, stream=False)
    assert "never received" not in describe(story.recording())


def test_a_server_that_answers_has_received() -> None:
    """In code that no recording sees: it could not know the client's number."""
    story = Story()
    story.call("server", "bind", 1, local=SERVER, stream=False)
    story.call("client", "sendto", 2, size=1, local=CLIENT, peer=SERVER, stream=False)
    story.call("client 2", "sendto", 3, size=1, local=CLIENT_2, peer=SERVER, stream=False)
    assert "Two datagrams were never received." in describe(story.recording())
    story.call("server", "sendto", 1, size=1, local=SERVER, peer=CLIENT, stream=False)
    assert "never received" not in describe(story.recording())


def test_one_that_answers_late_has_received_in_sight() -> None:
    """What came next is lost, whenever the answer to the first was sent."""
    story = Story()
    story.call("server", "bind", 1, local=SERVER, stream=False)
    story.send(b"a", call="sendto", stream=False).recv(b"a", socket=1, call="recvfrom", stream=False)
    story.send(b"b", call="sendto", stream=False).send(b"a", "server", 1, call="sendto", stream=False)
    story.recv(b"a", "client", 2, call="recvfrom", stream=False)
    assert describe(story.recording()).endswith("One datagram was never received.")


@pytest.mark.parametrize("name", ["ConnectionRefusedError", "ConnectionResetError"])
def test_a_datagram_that_goes_by_no_network_is_refused_at_once(name: str) -> None:
    story = Story()
    story.call("client", "send", 2, asked=1, peer="/tmp/s", error=f"{name}: no", stream=False)
    assert describe(story.recording()) == f"The client's send failed with {name}."
