"""The words with which cases judge: gives, raises, leaves, forbids, wrong."""

from __future__ import annotations

import http.client
import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from netlab.check.lab import Broke, Lab
from netlab.check.peers import END, drips
from netlab.check.report import Wrong
from netlab.check.worker import Watchman

from .samples import make

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@contextmanager
def a_lab(function: Any = None) -> Iterator[Lab]:
    with Watchman() as watchman, Lab("a case", function, "7", 5.0, watchman) as lab:
        try:
            yield lab
        finally:
            watchman.end()
            lab.close()


def raising(error: Exception) -> Callable[..., None]:
    def function(*args: Any) -> None:
        raise error

    return function


def hint_of(body: Callable[[Lab], Any], function: Any) -> str | None:
    with a_lab(function) as lab, pytest.raises(Wrong) as wrong:
        body(lab)
    return wrong.value.hint


# -- gives -----------------------------------------------------------------------------------------------


def test_gives_compares_and_returns() -> None:
    with a_lab(lambda x: x) as lab:
        assert lab.gives(b"x", b"x") == b"x"
    assert hint_of(lambda lab: lab.gives(1, hint="h"), lambda: 2) == "h"
    assert hint_of(lambda lab: lab.gives(1, hint="h"), lambda: True) == "type"


def test_none_means_not_begun_unless_it_is_right() -> None:
    with a_lab(lambda: None) as lab:
        lab.gives(None)
    assert hint_of(lambda lab: lab.gives(b"x", hint="h"), lambda: None) == "start"
    assert hint_of(lambda lab: lab.gives(b"x", hint="h", none="end"), lambda: None) == "end"
    assert hint_of(lambda lab: lab.gives(b"x", hint="h", none=None), lambda: None) == "h"


def test_a_hint_may_depend_on_what_was_given() -> None:
    assert hint_of(lambda lab: lab.gives(5, hint=lambda got: f"{got} too many"), lambda: 7) == "7 too many"


def test_the_call_is_told_if_it_helps() -> None:
    with a_lab(raising(KeyError("x"))) as lab, pytest.raises(Broke, match=r"f\(1\): your function raised"):
        lab.gives(5, 1, asked="f(1)")
    with a_lab(lambda: 6) as lab, pytest.raises(Wrong) as wrong:
        lab.gives(5, asked="f()")
    assert wrong.value.happened == ["f()"]


# -- raises ----------------------------------------------------------------------------------------------


def test_raises_wants_this_error() -> None:
    with a_lab(raising(EOFError("3 missing"))) as lab:
        assert str(lab.raises(EOFError, naming="3 bytes were missing")) == "3 missing"
    with a_lab(raising(KeyError("x"))) as lab, pytest.raises(Broke):
        lab.raises(EOFError, why="because")
    with a_lab(lambda: 7) as lab, pytest.raises(Wrong, match="^your function had to raise EOFError, and ret"):
        lab.raises(EOFError)
    assert hint_of(lambda lab: lab.raises(EOFError, hint="h"), lambda: 7) == "h"


def test_raises_tells_the_call_too() -> None:
    with a_lab(raising(KeyError("x"))) as lab, pytest.raises(Broke, match=r"f\(1\): your function raised"):
        lab.raises(EOFError, 1, asked="f(1)")
    with a_lab(lambda: 6) as lab, pytest.raises(Wrong) as wrong:
        lab.raises(EOFError, asked="f()")
    assert wrong.value.happened == ["f()"]


def test_raises_tells_why() -> None:
    with a_lab(lambda: 7) as lab, pytest.raises(Wrong, match="^it ended: your function had to raise EOFErr"):
        lab.raises(EOFError, why="it ended")
    with a_lab(raising(ValueError("no"))) as lab:
        with pytest.raises(Wrong, match="^it ended: this asks for EOFError, and you raised ValueError: no"):
            lab.raises(EOFError, why="it ended")
        with pytest.raises(Broke):  # without it, the error's own hint says more
            lab.raises(EOFError)


def test_what_has_not_begun_raises_nothing() -> None:
    with a_lab(raising(NotImplementedError())) as lab, pytest.raises(Broke):
        lab.raises(Exception)


@pytest.mark.parametrize(
    ("text", "fine"), [("3 bytes missing", True), ("got 7 of 10: 3", True), ("13", False), ("", False)]
)
def test_a_number_is_named_as_a_whole(text: str, fine: bool) -> None:
    def body(lab: Lab) -> None:
        lab.raises(EOFError, naming="3 bytes of 10 were missing", hint="h", unnamed="u")

    if fine:
        with a_lab(raising(EOFError(text))) as lab:
            body(lab)
    else:
        assert hint_of(body, raising(EOFError(text))) == "u"


# -- leaves ----------------------------------------------------------------------------------------------


def test_what_is_left_is_in_the_buffer_and_in_the_socket() -> None:
    buffer = bytearray(b"ab")
    with a_lab(lambda sock, buffer: sock.recv(1)) as lab:
        near = lab.peer(b"xcd", END)
        lab.gives(b"x", near, buffer)
        lab.leaves(b"abcd", near, buffer)
        lab.leaves(b"cd", near)
        with pytest.raises(Wrong) as wrong:
            lab.leaves(b"abc", buffer, near, hint="h")
    assert wrong.value.hint == "h" and "left" in str(wrong.value.details)


def test_it_waits_for_what_is_still_to_be_said() -> None:
    with a_lab() as lab:
        lab.leaves(b"abc", lab.peer(drips(b"abc")), hint=None)


# -- forbids ---------------------------------------------------------------------------------------------


def connects() -> str:
    http.client.HTTPConnection("localhost")
    return "fine"


def test_a_forbidden_class_fails_the_case_whatever_else_happens() -> None:
    def body(lab: Lab) -> None:
        lab.forbids(http.client.HTTPConnection, hint="it")
        http.client.HTTPConnection("localhost")  # the examiner may
        lab.gives("fine")

    init = http.client.HTTPConnection.__init__
    report = make(body)(connects)
    assert "your function used http.client.HTTPConnection" in str(report) and report.hint == "it"
    assert http.client.HTTPConnection.__init__ is init
    assert make(body)(lambda: "fine")

    def fails() -> None:
        connects()
        raise OSError("a consequence")

    assert "your function used http.client" in str(make(body)(fails))


def test_the_sentence_is_the_exercises_own_and_bases_stay_as_they_were() -> None:
    class Own(ipaddress.IPv4Address):
        pass

    def body(lab: Lab) -> None:
        lab.forbids(Own, ipaddress.IPv4Address, hint="it", said="you asked ({0.__name__})")
        lab.gives(1)

    assert "you asked (Own)" in str(make(body)(lambda: Own("127.0.0.1") and 1))
    assert "you asked (IPv4Address)" in str(make(body)(lambda: ipaddress.IPv4Address("127.0.0.1") and 1))
    assert "__init__" not in vars(Own) and ipaddress.IPv4Address.__init__.__name__ != "init"


# -- wrong -----------------------------------------------------------------------------------------------


def test_what_came_first_counts() -> None:
    def body(lab: Lab) -> None:
        try:
            lab.call()
        except Broke:
            lab.wrong("you sent nonsense", first=True)

    report = make(body)(raising(EOFError("that is what came of it")))
    assert "you sent nonsense" in str(report)


def test_too_late_sockets_are_woken_at_once() -> None:
    with a_lab() as lab:
        near, far = socket.socketpair()
        lab.close()
        lab.own(near)
        assert far.recv(1) == b""
        far.close()
        near.close()
