"""Where the arrow of a reset comes from: only from where the recording knows that it did."""

from __future__ import annotations

from typing import Any

from netlab.view.ladders.calls import lay_out
from netlab.view.ladders.stack import Mark
from netlab.wire import Recording

from . import stories
from .stories import CLIENT, CLIENT_2, ELSEWHERE, SERVER, Story, one_is_never_accepted


def resets(recording: Recording) -> list[tuple[str, str, str]]:
    """Where each one comes from, and the lane and the call that it ends."""
    arrows = [arrow for arrow in lay_out(recording).arrows if arrow.text == "reset"]
    assert all(arrow.kind == "trouble" and arrow.target for arrow in arrows)
    return [(a.source.label if a.source else f"lane {a.lane}", a.target.actor, a.target.call)
            for a in arrows if a.target]  # fmt: skip


def fails(story: Story, call: str = "recv", actor: str = "client", socket: int = 2, **known: Any) -> Story:
    known = {"error": "ConnectionResetError: reset", "local": CLIENT, "peer": SERVER, "asked": 9, **known}
    story.call(actor, call, socket, **known)
    return story


def test_a_close_with_unread_bytes() -> None:
    assert resets(stories.reset()) == [("close", "client", "recv")]


def test_the_close_of_a_listener_with_a_connection_in_its_queue() -> None:
    assert resets(one_is_never_accepted()) == [("close (listener)", "client 2", "recv")]


def test_bytes_that_met_a_closed_end_are_answered_by_its_lane() -> None:
    """The close sent no reset, as nothing was unread: the bytes after it were answered."""
    story = Story().conversation().send(b"one").recv(b"one").close("server", 3).send(b"two")
    fails(story, "send", error="BrokenPipeError: broken")
    assert resets(story.recording()) == [("lane server", "client", "send")]
    layout = lay_out(story.recording())
    sent, failed = (row.dot for row in layout.rows if row.call == "send" and row.started > 0.0007)
    assert isinstance(sent, Mark) and failed.y - sent.y >= 40  # there and back
    unread = Story().conversation().send(b"one").close("server", 3).send(b"two")
    assert resets(fails(unread, "send").recording()) == [("close", "client", "send")]


def test_only_the_first_call_that_fails_and_no_end_of_stream_after_it() -> None:
    story = Story().conversation().send(b"one").close("server", 3)
    fails(fails(story), "send", error="BrokenPipeError: broken").recv(b"", "client", 2)
    assert resets(story.recording()) == [("close", "client", "recv")]
    assert "end of stream" not in [arrow.text for arrow in lay_out(story.recording()).arrows]


def test_an_unknown_cause_has_no_arrow() -> None:
    assert resets(fails(Story().conversation()).recording()) == []  # nobody closed anything
    assert resets(fails(Story().connect()).recording()) == []  # the other side is not in the recording
    other = Story().listen()
    other.call("client", "connect", 2, local=CLIENT, peer=ELSEWHERE)
    assert resets(fails(other.close("server", 1)).recording()) == []  # another listener was closed
    before = Story().listen().close("server", 1).connect()
    assert resets(fails(before).recording()) == []  # that one was gone already
    two = Story().listen()
    two.call("server", "listen", 7, asked=5, local=SERVER)  # with SO_REUSEPORT
    two.connect("client 2", 4, CLIENT_2).close("server", 1)
    assert resets(fails(two, actor="client 2", socket=4, local=CLIENT_2).recording()) == []
    later = fails(Story().listen().connect()).close("server", 1)
    assert resets(later.recording()) == []  # it failed before
