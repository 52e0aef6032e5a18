"""A caption sums up; each sum is held against what could make it false."""

from __future__ import annotations

from typing import Any

import pytest

from netlab.view import describe
from netlab.view.ladders.call_arrows import arrows_of
from netlab.view.ladders.call_rows import rows_of
from netlab.wire import Recording
from netlab.wire.tape import Tape

from .stories import CLIENT, CLIENT_2, ELSEWHERE, SERVER, Story

HERE_6 = ("::1", SERVER[1], 0, 0)


def arrow_words(recording: Recording) -> list[str]:
    events = list(recording)
    return [arrow.text for arrow in arrows_of(events, rows_of(events), recording)[0]]


# connected


@pytest.mark.parametrize("call", ["connect", "connect_ex"])
def test_a_connect_under_way_is_no_connection_yet(call: str) -> None:
    story = Story().listen()
    story.call("client", call, 2, peer=SERVER, error="BlockingIOError: in progress")
    assert describe(story.recording()) == "The client began to connect."
    assert "handshake, not accepted" not in arrow_words(story.recording())


def test_nor_is_one_that_failed_later() -> None:
    story = Story().connect(error="BlockingIOError: in progress").connect(error="ConnectionRefusedError: no")
    assert describe(story.recording()) == "The client's connect was refused: nobody listens there."


@pytest.mark.parametrize("evidence", ["accept", "again", "repeated", "send", "recv", "shutdown"])
def test_what_shows_that_it_is_one(evidence: str) -> None:
    story = Story().connect(error="BlockingIOError: in progress")
    if evidence == "accept":
        story.listen().accept()
    elif evidence == "again":
        story.connect()
    elif evidence == "repeated":
        story.connect(error="OSError: Transport endpoint is already connected")
    elif evidence == "send":
        story.send(b"a")
    elif evidence == "recv":
        story.recv(b"a", "client", 2)
    else:
        story.call("client", "shutdown", 2, asked="SHUT_WR")
    caption = describe(story.recording())
    assert caption.startswith("The client connected") and "failed" not in caption


def test_a_second_connect_is_told_by_no_arrow() -> None:
    story = Story().conversation().connect(error="OSError: Transport endpoint is already connected")
    assert arrow_words(story.recording()) == ["handshake"]


def test_an_error_before_anything_left_has_no_arrow() -> None:
    story = Story()
    story.connect(local=None, error="TypeError: an address is a pair")
    assert arrow_words(story.recording()) == []


# nobody accepted


def ignored(**known: Any) -> Story:
    return Story().listen().connect(**known)


def test_nobody_accepted() -> None:
    once, twice = ignored(), ignored(error="BlockingIOError: in progress").connect()
    assert {describe(story.recording()) for story in (once, twice)} == {
        "The client was connected, although nobody accepted it."
    }
    assert arrow_words(ignored().recording()) == ["handshake, not accepted"]


def test_who_got_an_answer_was_accepted_by_somebody() -> None:
    story = ignored().send(b"hello").recv(b"HELLO", "client", 2)
    assert describe(story.recording()) == "The client connected, sent 5 bytes, and got 5 bytes back."
    assert "not accepted" not in " ".join(arrow_words(story.recording()))


@pytest.mark.parametrize("address", [HERE_6, ELSEWHERE, "/tmp/s", b"\0s", (2, SERVER[1])])
def test_another_listener_with_that_number(address: Any) -> None:
    story = Story().listen()
    story.call("client", "connect", 2, local=CLIENT, peer=address)
    assert describe(story.recording()) == "The client connected."


def test_a_listener_that_had_been_closed() -> None:
    story = Story().listen().close("server", 1).connect()
    assert describe(story.recording()) == "The client connected."


@pytest.mark.parametrize(
    ("wildcard", "reached", "meets"),
    [("0.0.0.0", SERVER, True), ("0.0.0.0", HERE_6, False), ("::", HERE_6, True), ("::", SERVER, True)],
)
def test_a_wildcard_listens_everywhere(wildcard: str, reached: Any, meets: bool) -> None:
    story = Story()
    story.call("server", "listen", 1, local=(wildcard, SERVER[1]))
    story.call("client", "connect", 2, local=CLIENT, peer=reached)
    assert ("although nobody accepted it" in describe(story.recording())) == meets


# missing calls


def full(story: Story) -> Recording:
    tape = Tape(max_events=9, keep_total=9)
    tape.dropped = 2
    recording = story.recording()
    recording._tape = tape
    recording._seen = tape.version()
    return recording


def test_a_full_recording_says_so_and_denies_nothing() -> None:
    said = describe(full(ignored()))
    assert said == "The client connected. Two later calls were not recorded."
    story = Story().conversation().send(b"hello")
    assert "not read" not in " ".join(arrow_words(full(story)))
    story = Story()
    for call, socket, actor, ends in (("bind", 1, "server", {"local": SERVER}), ("sendto", 2, "client", {})):
        story.call(actor, call, socket, size=1, stream=False, **{"local": CLIENT, "peer": SERVER, **ends})
    assert "never received" in describe(story.recording())
    assert "never received" not in describe(full(story)) and "not received" not in arrow_words(full(story))


def test_an_empty_one_too() -> None:
    assert describe(full(Story())) == "No socket call was recorded. Two later calls were not recorded."


def test_a_failed_recording_says_so() -> None:
    recording = full(Story().conversation())
    assert recording._tape is not None
    recording._tape.dropped = 0
    recording._tape.errors["KeyError: 1"] += 1
    assert describe(recording) == "The client connected. Recording a call failed, so something is missing."


# sums


@pytest.mark.parametrize("flags", ["MSG_PEEK", "MSG_PEEK|MSG_DONTWAIT", "MSG_ERRQUEUE"])
def test_a_look_takes_nothing(flags: str) -> None:
    story = Story().conversation().send(b"hello", "server", 3)
    story.recv(b"hello", "client", 2, flags=flags).recv(b"hello", "client", 2)
    assert describe(story.recording()) == "The client connected and got 5 bytes."


def test_clients_that_did_different_things_did_not_do_the_like() -> None:
    story = Story().listen()
    for n in range(1, 5):
        local, actor = ("127.0.0.1", 50000 + n), f"client {n}" if n > 1 else "client"
        story.connect(actor, 10 + n, local).accept(20 + n, local)
        if n != 4:
            story.send(b"x" * n, actor, 10 + n, local=local)
    assert "did the like" not in describe(story.recording())
    local = ("127.0.0.1", 50004)
    story.send(b"xxxx", "client 4", 14, local=local)
    assert describe(story.recording()).endswith("Two more clients did the like.")


def test_sendto_on_a_stream_sends_no_datagram() -> None:
    """As with MSG_FASTOPEN, and by whoever gives no address."""
    story = Story().listen()
    story.call("client", "sendto", 2, asked=5, size=5, local=CLIENT, peer=SERVER, stream=True)
    assert describe(story.accept().recording()) == "The client sent 5 bytes."


# who ended it


def test_one_of_two_descriptors_ends_nothing() -> None:
    story = Story().conversation()
    story.call("client", "close", 2, asked="shared")
    assert [c.call for c, _ in story.recv(b"").recording().links()] == ["connect"]


def test_an_own_shutdown_is_nobody_elses_close() -> None:
    story = Story().conversation().close("server", 3)
    story.call("client", "shutdown", 2, asked="SHUT_WR")
    story.call("client", "send", 2, asked=1, error="BrokenPipeError: broken")
    assert describe(story.recording()).endswith(
        "The client's send failed: its own shutdown had ended the sending."
    )
    assert [e.call for _, e in story.recording().links()] == ["accept"]


def test_a_send_without_a_connection() -> None:
    """Linux answers with EPIPE: there is no other side that could have closed."""
    story = Story()
    story.call("client", "send", 2, asked=1, stream=True, error="BrokenPipeError: Broken pipe")
    assert describe(story.recording()) == "The client's send failed with BrokenPipeError."
    story = Story()
    story.call("client", "send", 2, asked=1, peer=SERVER, error="BrokenPipeError: Broken pipe")
    assert describe(story.recording()).endswith("the other side had closed already.")


def test_a_connect_that_took_long_was_not_done_at_once() -> None:
    def told(began: float) -> str:
        story = Story().conversation().wait(9000)
        story.call("client 2", "connect", 4, local=CLIENT_2, peer=SERVER, began=began)
        story.send(b"a").recv(b"a").send(b"b", "server", 3).recv(b"b", "client", 2).accept(5, CLIENT_2)
        return describe(story.recording())

    assert "connected at once, but accepted only later" in told(9000)
    assert "at once" not in told(7000)


def test_an_own_shutdown_for_reading() -> None:
    story = Story().conversation().close("server", 3)
    story.call("client", "shutdown", 2, asked="SHUT_RD")
    story.recv(b"", "client", 2)
    assert [e.call for _, e in story.recording().links()] == ["accept"]


def test_any_more_is_for_the_same_address() -> None:
    story = Story().conversation().close()
    story.call("client", "connect", 9, peer=ELSEWHERE, error="ConnectionRefusedError: no")
    assert "nobody listens there." in describe(story.recording())
    story.connect(socket=10, local=None, error="ConnectionRefusedError: no")
    assert "nobody listens there any more." in describe(story.recording())


def test_a_connection_that_broke_is_no_timeout() -> None:
    story = Story().conversation()
    story.call("client", "recv", 2, error="TimeoutError: Connection timed out")
    assert describe(story.recording()).endswith(
        "The client's recv failed: the other side did not answer any more."
    )


def test_a_stream_whose_connect_was_refused_got_no_datagram() -> None:
    story = Story().connect(error="BlockingIOError: in progress")
    story.call("client", "recv", 2, stream=True, error="ConnectionRefusedError: refused")
    assert describe(story.recording()).endswith("The client's recv failed: the connect had been refused.")


def test_nor_had_anybody_closed_it() -> None:
    story = Story().connect(stream=True, error="BlockingIOError: in progress")
    for error in ("ConnectionRefusedError: refused", "BrokenPipeError: Broken pipe"):
        story.call("client", "send", 2, peer=SERVER, stream=True, error=error)
    assert describe(story.recording()) == (
        "The client began to connect. The client's send failed: the connect had been refused. "
        "The client's send failed with BrokenPipeError."
    )


def test_a_connection_that_keeps_datagrams_apart_is_one() -> None:
    """As that of a SOCK_SEQPACKET; without an accept it can not be told from UDP."""
    story = Story()
    story.call("client", "connect", 2, local=CLIENT, peer=SERVER, stream=False)
    assert describe(story.recording()) == "The client called connect."
    story.call("server", "accept", 1, local=SERVER, peer=CLIENT, accepted=3, stream=False)
    assert describe(story.recording()) == "The client connected."


def test_a_connect_that_the_kernel_gave_up_was_never_answered() -> None:
    story = Story().connect(error="TimeoutError: Connection timed out")
    assert describe(story.recording()).endswith("waited for an answer until its timeout, and none came.")


def test_who_is_no_client_is_not_called_one() -> None:
    story = Story()
    for n in range(1, 9, 2):
        one = {"local": None, "peer": None}
        story.call(f"end {n}", "socketpair", n, accepted=n + 1)
        story.send(b"x" * n, f"end {n}", n, **one).recv(b"x" * n, f"end {n + 1}", n + 1, **one)
    assert describe(story.recording()) == "End 1 sent 1 byte. End 3 sent 3 bytes. Two others did the like."
