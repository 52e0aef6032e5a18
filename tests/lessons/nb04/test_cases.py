"""The examiner of the datagram exercises: its peers, its own right answers, and what it does with silence."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlab import check
from netlab.check.engine import Exercise, case, exercise
from netlab.check.hints import Advice, Hint
from netlab.check.lab import Broke, Lab
from netlab.check.report import Wrong
from netlab.check.worker import Watchman
from netlab.lessons.nb04 import e2_checksum, e3_rpc, e4_loss_meter, e5_reassemble
from netlab.wire.packets import internet_checksum

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Watchman() as watchman:
        lab = Lab("a case", lambda *args: args, "7", 5.0, watchman)
        yield lab
        watchman.end()
        lab.close()


def an_exercise(body: Any, **rules: Any) -> Exercise:
    @exercise(number="04-9", advice=Advice(hints={"start": Hint("One?"), "wait": Hint("Two?")}), **rules)
    def f() -> Any:
        """A contract."""
        yield case("the only one", body)

    return f


# -- an exception as the right answer ------------------------------------------------------------------


def judged(lab: Lab) -> None:
    got, broke = lab.outcome()
    if broke is None or not isinstance(broke.error, ValueError):
        raise broke or Wrong("expected ValueError", got=got)
    if "why" not in str(broke.error):
        lab.wrong("your ValueError does not say why", hint="wait")


def raises(error: BaseException) -> Any:
    def f() -> None:
        raise error

    return f


def test_an_expected_exception_passes_and_another_one_is_shown() -> None:
    f = an_exercise(judged)
    assert f(raises(ValueError("this is why")))
    report = f(raises(KeyError("no")))
    assert not report and "your function raised KeyError" in str(report)
    assert "expected ValueError" in str(f(lambda: 5))


def test_what_a_case_says_about_an_exception_is_not_hidden_by_it() -> None:
    report = an_exercise(judged)(raises(ValueError("no reason")))
    assert "your ValueError does not say why" in str(report) and report.hint == "wait"
    assert "you raised ValueError" in str(report)


def test_not_started_is_not_an_outcome() -> None:
    assert not an_exercise(judged)(raises(NotImplementedError("your turn"))).started


# -- silence -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [None, 60.0])
def test_a_function_that_waits_for_a_datagram_is_ended(timeout: float | None) -> None:
    def waits() -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(timeout)
            while True:
                sock.recvfrom(100)

    report = an_exercise(lambda lab: lab.call(), stuck={"recvfrom": "wait"})(waits)
    assert report.hint == "wait" and "blocked in recvfrom" in str(report)
    assert not report.notes  # it could be ended


# -- peers ---------------------------------------------------------------------------------------------


def test_strange_datagrams_are_no_answers() -> None:
    for key in (bytes(4), b"\xff" * 4, b"\0\0\0\1", b"abcd"):
        assert key not in {other[:4] for other in e3_rpc.other_ids(key)}
        assert all(len(runt) < 4 for runt in e3_rpc.runts(key))


@given(st.lists(st.integers(0, 30)))
def test_counts_add_up(arrivals: list[int]) -> None:
    found = e4_loss_meter.counts(arrivals, 31)
    assert found["received"] + found["lost"] == 31
    assert found["received"] + found["doubled"] == len(arrivals)
    assert found["late"] <= max(0, found["received"] - 1)


# -- right answers -------------------------------------------------------------------------------------


@given(st.binary(max_size=60))
def test_both_checksums_agree(data: bytes) -> None:
    assert e2_checksum.right(data) == internet_checksum(data)


def test_what_the_kernel_computed_is_right() -> None:
    assert (
        e2_checksum.right(e2_checksum.UDP_UNSUMMED) == e2_checksum.UDP_CHECKSUM
        and e2_checksum.right(e2_checksum.UDP_AS_SENT) == 0
    )
    assert e2_checksum.right(e2_checksum.HEADER_UNSUMMED) == e2_checksum.HEADER_CHECKSUM


@given(st.binary(min_size=1, max_size=40))
def test_a_mistake_is_not_seen_in_the_right_answer(data: bytes) -> None:
    expected = e2_checksum.right(data)
    assert e2_checksum.mistake(data, ~(0xFFFF - expected), expected) == "range"  # negative
    if 0 < expected < 0xFFFF:
        assert e2_checksum.mistake(data, 0xFFFF - expected, expected) == "complement"


@given(st.binary(max_size=300), st.lists(st.integers(1, 299)), st.randoms())
def test_fragments_in_any_order_make_the_datagram(data: bytes, places: list[int], rng: Any) -> None:
    cut = e5_reassemble.cut(7, data, *sorted({place for place in places if place < len(data)}))
    rng.shuffle(cut)
    assert e5_reassemble.put_together(cut) == [data]
    assert e5_reassemble.put_together(cut[:-1]) == []


COMPLETE = {
    "a datagram in one fragment": 1,
    "a datagram of no bytes": 1,
    "a hole that is never filled": 0,
    "a hole as long as a copy": 0,
    "each fragment twice": 1,
    "two datagrams mixed": 2,
    "an id is used again": 2,
    "sixteen unfinished at once": 24,
    "a seventeenth begins": 16,
    "the id of a forgotten one comes again": 17,
}


def test_the_situations_are_what_their_names_say() -> None:
    fragments = {case.name: case.args[0] for case in check.reassemble.cases()}
    found = {name: e5_reassemble.put_together(fragments[name]) for name in COMPLETE}
    assert {name: len(datagrams) for name, datagrams in found.items()} == COMPLETE
    overtaking = e5_reassemble.put_together(fragments["the second is complete first"])
    assert overtaking == [b"complete first", b"begun first"]
    assert 7 <= len(e5_reassemble.put_together(e5_reassemble.storm(random.Random(7)))) <= 10


def test_broke_says_which_error() -> None:
    with Watchman() as watchman:
        lab = Lab("a case", raises(ValueError("this")), "7", 5.0, watchman)
        got, broke = lab.outcome()
        watchman.end()
        lab.close()
    assert got is None and isinstance(broke, Broke) and str(broke.error) == "this"
