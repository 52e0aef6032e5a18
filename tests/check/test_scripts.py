"""Scripted peers do their steps, at either end, and end with the case."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from netlab.check import peers
from netlab.check.lab import Lab, Stuck
from netlab.check.peers import (
    CLOSE,
    END,
    HEAR,
    HEAR_ALL,
    HEAR_LINE,
    PAUSE,
    RESET,
    THINK,
    Script,
    Talk,
    drips,
)
from netlab.check.worker import Watchman

from .samples import make, read

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@contextmanager
def a_lab(function: Any = None, seconds: float = 5.0) -> Iterator[Lab]:
    with Watchman() as watchman, Lab("a case", function, "7", seconds, watchman) as lab:
        try:
            yield lab
        finally:
            watchman.end()
            lab._settled.set()
            lab.close()


def each_recv(sock: socket.socket) -> list[bytes]:
    sock.settimeout(5)
    return list(iter(lambda: sock.recv(1000), b""))


# -- TCP, at the far end -------------------------------------------------------------------------------


def test_pieces_come_alone_and_several_are_one_step() -> None:
    with a_lab() as lab:
        assert each_recv(lab.peer(b"one", drips(b"ab"), [b"two", [b"three"]], None, b"", END)) == [
            b"one", b"a", b"b", b"two", b"three",
        ]  # fmt: skip


def test_thinking_comes_after_what_was_said_is_taken() -> None:
    with a_lab() as lab:
        near = lab.peer(b"hel", THINK, b"lo", END)
        time.sleep(0.2)  # the reader is late, and meets the silence all the same
        assert near.recv(100) == b"hel"
        near.settimeout(0.2)
        with pytest.raises(TimeoutError):
            near.recv(100)
        assert each_recv(near) == [b"lo"]


def test_nobody_who_does_not_read_holds_a_script_up_for_long() -> None:
    with a_lab() as lab:
        began = time.monotonic()
        script = Script(*[b"x"] * 50)
        near = lab.peer(script)
        script.join()
        assert time.monotonic() - began < 3
        assert read(near, 50) == b"x" * 50


def test_it_hears_counts_lines_and_all() -> None:
    with a_lab() as lab:
        near = lab.peer(script := Script(HEAR(3), b"3", HEAR_LINE, b"line", HEAR_ALL, b"end", CLOSE))
        near.sendall(b"abcde\nfgh")
        assert (near.recv(9), near.recv(9)) == (b"3", b"line")
        peers.finish(near)
        assert each_recv(near) == [b"end"]
        script.join()
        assert script.heard == b"abcde\nfgh" and bytes(script.talks[0].heard) == script.heard


def test_a_function_says_what_it_returns_or_yields() -> None:
    def echo(talk: Talk) -> Iterator[bytes]:
        while data := talk.take():
            yield data.upper()

    with a_lab() as lab:
        near = lab.peer(lambda talk: [talk.hear(2)[::-1], None], lambda talk: None, echo, END)
        near.sendall(b"ab")
        assert near.recv(9) == b"ba"
        near.sendall(b"more")
        assert near.recv(9) == b"MORE"


def test_a_reset_comes_behind_what_was_said() -> None:
    with a_lab() as lab:
        near = lab.peer(b"begin", RESET)
        assert near.recv(100) == b"begin"
        with pytest.raises(ConnectionResetError):
            near.recv(100)


def test_close_does_not_wait_for_anybody() -> None:
    with a_lab() as lab:
        near = lab.peer(script := Script(b"bye", CLOSE))
        script.join()
        assert each_recv(near) == [b"bye"]


def test_after_its_last_step_it_is_silent_and_there() -> None:
    with a_lab() as lab:
        near = lab.peer(b"x")
        assert near.recv(9) == b"x"
        near.settimeout(0.1)
        with pytest.raises(TimeoutError):
            near.recv(9)


def test_what_is_said_to_nobody_is_no_error() -> None:
    with a_lab() as lab:
        near = lab.peer(script := Script(HEAR_ALL, b"a", b"b", b"c", END))
        near.sendall(b"x")
        peers.reset(near)
        script.join()
        assert script.talks[0].over.is_set() and script.heard == b"x"


# -- as a server, and as a client ------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_server_plays_with_every_client(host: str) -> None:
    if host == "::1" and not peers_have_ipv6():
        pytest.skip("this machine has no ::1")
    with a_lab() as lab:
        address = lab.server(script := Script(HEAR_LINE, drips(b"hi"), CLOSE), host=host)
        clients = [lab.client(address) for _ in range(3)]
        for client in reversed(clients):
            client.sendall(b"me\n")
            assert each_recv(client) == [b"h", b"i"]
        script.join()
        assert script.heard == b"me\n" * 3 and len(script.talks) == 3


def test_join_waits_for_a_client_who_is_in_the_queue_still() -> None:
    class Late(Script):
        def serve(self, lab: Any, listener: socket.socket) -> None:
            time.sleep(0.1)
            super().serve(lab, listener)

    with a_lab() as lab:
        lab.client(lab.server(script := Late(HEAR_ALL))).close()
        script.join()
        assert len(script.talks) == 1 and script.talks[0].over.is_set()


def test_join_waits_no_longer_than_wanted() -> None:
    with a_lab() as lab:
        lab.client(lab.server(script := Script(HEAR_ALL)))
        began = time.monotonic()
        script.join(0.1)
        assert 0.1 <= time.monotonic() - began < 2 and not script.talks[0].over.is_set()


def test_options_that_this_system_refuses_are_left_out() -> None:
    with a_lab() as lab:
        lab.server(SO_SNDBUF=4096, TCP_MAXSEG=-1, SO_THAT_NOBODY_HAS=1)


def peers_have_ipv6() -> bool:
    from netlab.check.places import has_ipv6

    return has_ipv6()


def test_a_client_plays_here_and_now_and_a_reset_is_seen() -> None:
    def serve(listener: socket.socket) -> None:
        with pytest.raises(OSError):
            while True:
                conn, _ = listener.accept()
                with conn:
                    try:
                        while data := conn.recv(100):
                            conn.sendall(data.upper())
                    except ConnectionError:
                        seen.append("reset")

    seen: list[str] = []
    with a_lab(serve) as lab, lab.serving() as address:
        assert lab.visit(address, b"one ", HEAR(4), THINK, b"two", END, HEAR_ALL) == b"ONE TWO"
        lab.visit(address, b"x", HEAR(1), RESET)
        assert lab.visit(address, END, HEAR_ALL) == b""
        assert seen == ["reset"]


# -- the end of the case -----------------------------------------------------------------------------------


def test_the_deadline_cuts_a_silence() -> None:
    began = time.monotonic()
    with a_lab(lambda sock: sock.recv(10), seconds=0.3) as lab, pytest.raises(Stuck):
        lab.call(lab.peer(PAUSE(60), b"never"))
    assert time.monotonic() - began < 5


def test_scripts_that_wait_end_with_the_case_everywhere() -> None:
    began = time.monotonic()
    with a_lab() as lab:
        lab.client(lab.server(HEAR_ALL))
        lab.server(PAUSE(60))
        lab.peer(HEAR(5), b"x")
        lab.peer(bytes(50_000_000))
        time.sleep(0.05)
    assert time.monotonic() - began < 5


def test_a_report_tells_the_steps_of_a_script() -> None:
    report = make(lambda lab: lab.wrong("so", got=lab.visit(lab.server(b"hello", CLOSE), HEAR_ALL)))(print)
    assert "peer sent 5 bytes" in str(report)
