"""What a ladder's caption says, and that chance has no part in it."""

from __future__ import annotations

import pytest

from netlab.view import describe
from netlab.wire import Recording

from . import stories
from .stories import CLIENT, CLIENT_2, Story

SAYS = {
    "echo": (
        "The client connected, sent 5 bytes, and got 5 bytes back; "
        'then it closed and the server\'s recv returned b"".'
    ),
    "three_sends_one_recv": "Three sends of 3, 3 and 5 bytes were taken by one recv of 11 bytes.",
    "one_send_four_recvs": "One sendall of 10 bytes was taken by four recvs of 4, 4, 1 and 1 bytes.",
    "refused": "The client's connect was refused: nobody listens there.",
    "timed_out": (
        "The client connected and sent 6 bytes. "
        "The client waited in recv until its timeout, and nothing came."
    ),
    "udp_with_a_loss": "The client sent three datagrams and got two back. One datagram was never received.",
    "megabyte": (
        "One sendall of 1\u202f000\u202f000 bytes was taken by many recvs; on the way back, "
        "many sendalls, 1\u202f000\u202f000 bytes in all, were taken by many recvs."
    ),
    "drip": "The client connected and sent 60 bytes.",
    "sequential_server": (
        "The client connected, sent 5 bytes, and got 5 bytes back. "
        "Client 2 connected, sent 6 bytes, and got 6 bytes back. "
        "Client 2 was connected at once, but accepted only later."
    ),
    "crowd": "Five clients: each connected, sent 5 bytes, and got 5 bytes back.",
    "both_wait": "The client connected. The client and the server both wait to receive, and nobody sends.",
    "nobody_accepts": "The client and client 2 were connected, although nobody accepted them.",
    "one_is_never_accepted": (
        "The client connected and sent 4 bytes. Client 2 sent 4 bytes. Client 2 was connected, although "
        "nobody accepted it. Client 2's recv failed: the listener was closed, and that reset the connection."
    ),
    "reset": (
        "The client connected and sent 11 bytes. "
        "The client's recv failed: the other side had reset the connection. "
        "The client's send failed: the other side had closed already."
    ),
    "one_side": "The client connected, sent 27 bytes, and got 17 bytes back.",
    "socketpair": "End 1 sent 2 bytes.",
}


@pytest.mark.parametrize("name", stories.ALL)
def test_caption(name: str) -> None:
    assert describe(stories.ALL[name]()) == SAYS[name]


def test_nothing_recorded() -> None:
    assert describe(Recording([])) == "No socket call was recorded."


def test_only_set_up() -> None:
    assert describe(Story().listen().recording()) == "The server called socket, bind and listen."


def test_a_reader_that_waits_in_vain() -> None:
    story = Story().conversation().send(b"hi").recv(b"hi").hangs("client", "recv", 2, asked=10)
    assert describe(story.recording()).endswith("The client waited in recv and nothing ever came.")


def test_a_server_that_waits_for_more_is_no_news() -> None:
    story = (
        Story().conversation().send(b"hi").recv(b"hi").hangs("server", "recv", 3).hangs("server", "accept", 1)
    )
    assert describe(story.recording()) == "The client connected and sent 2 bytes."


def test_a_full_pipe() -> None:
    story = Story().conversation().hangs("client", "sendall", 2, asked=10**8)
    assert "The client still waits in sendall: there is no room for more bytes." in describe(
        story.recording()
    )


def test_refused_after_it_had_worked() -> None:
    story = Story().conversation().close().connect(socket=9, local=None, error="ConnectionRefusedError: no")
    assert "The client's next connect was refused: nobody listens there any more." in describe(
        story.recording()
    )


def test_the_same_trouble_many_times() -> None:
    story = Story().conversation()
    for _ in range(3):
        story.call("client", "send", 2, asked=1, error="BrokenPipeError: broken")
    assert "the other side had closed already (three times)." in describe(story.recording())


def test_an_unknown_error_is_named() -> None:
    story = Story()
    story.call("server", "bind", 1, error="OSError: [Errno 98] Address already in use")
    assert describe(story.recording()) == "The server's bind failed with OSError."


def test_not_yet_is_no_trouble() -> None:
    story = Story().conversation()
    for _ in range(7):
        story.call("client", "recv", 2, error="BlockingIOError: not yet")
    assert describe(story.recording()) == "The client connected."


def test_one_of_two_is_never_accepted() -> None:
    story = Story().conversation().connect("client 2", 4, CLIENT_2).send(b"me", "client 2", 4, local=CLIENT_2)
    assert describe(story.recording()) == (
        "The client connected. Client 2 sent 2 bytes. Client 2 was connected, although nobody accepted it."
    )


def test_a_connect_that_does_not_block_is_a_connect() -> None:
    story = Story().listen().connect(error="BlockingIOError: in progress").accept().send(b"a").recv(b"a")
    assert describe(story.recording()) == "The client connected and sent 1 byte."


@pytest.mark.parametrize("piece", [65536, 30000, 4097])
def test_how_a_long_stream_is_cut_does_not_matter(piece: int) -> None:
    assert describe(stories.megabyte(piece)) == SAYS["megabyte"]


def test_a_long_stream_that_need_not_be_cut_is_told_by_its_bytes() -> None:
    whole, halves = Story().conversation(), Story().conversation()
    whole.send(b"x" * 50_000).recv(b"x" * 50_000, asked=65536)
    halves.send(b"x" * 50_000).recv(b"x" * 25_000, asked=65536).recv(b"x" * 25_000, asked=65536)
    assert describe(whole.recording()) == describe(halves.recording())


def test_times_and_ports_do_not_matter() -> None:
    late = Story().wait(5000).conversation().send(b"a").recv(b"a")
    early = Story().conversation().send(b"a").wait(300).recv(b"a")
    assert describe(late.recording()) == describe(early.recording())
    for digits in ("127.0.0.1", "5000", "40000"):
        assert digits not in describe(stories.echo())


def test_which_of_two_threads_was_quicker_does_not_matter() -> None:
    def told(first: int) -> str:
        story = Story().listen()
        for n in (first, 1 - first):
            name, local = ("client", "client 2")[n], (CLIENT, CLIENT_2)[n]
            story.connect(name, 10 + n, local, thread=n + 1)
            story.send(b"x" * (n + 1), name, 10 + n, local=local, thread=n + 1)
        return describe(story.recording())

    assert told(0) == told(1)
    assert told(0).startswith("The client sent 1 byte. Client 2 sent 2 bytes.")


def test_many_uneven_pieces_are_cut_short() -> None:
    story = Story().conversation()
    for n in range(1, 8):
        story.send(b"a" * n).send(b"b").recv(b"a" * n + b"b")
    assert describe(story.recording()).count("taken by") == 2
    assert describe(story.recording()).endswith("And so on: sends and recvs do not match one to one.")
