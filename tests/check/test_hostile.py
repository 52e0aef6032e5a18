"""What the learner's function gives and raises: types, objects that lie, errors, callables of all kinds."""

from __future__ import annotations

import asyncio
import collections
import functools
import gc
import http
import os
import re
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from netlab.check.comparing import difference, only_type
from netlab.check.engine import case, exercise
from netlab.check.hints import Advice, Hint
from netlab.check.lab import Broke, Lab

from .samples import make, make_read_exact, plain

Pair = collections.namedtuple("Pair", "status body")


# -- types ---------------------------------------------------------------------------------------------


class Text(str):
    pass


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (b"x", b"x"),
        (Text("x"), "x"),
        (http.HTTPStatus.OK, 200),
        (Pair(200, b""), (200, b"")),
        ({"b": [1], "a": (2,)}, {"a": (2,), "b": [1]}),
        ([(200, b"x")], [(200, b"x")]),
        (True, True),
        (None, None),
        ({1, 2}, {2, 1}),
    ],
)
def test_the_same(got: Any, expected: Any) -> None:
    assert difference(got, expected) is None


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        (bytearray(b"x"), b"x", "a bytearray, not bytes"),
        (memoryview(b"x"), b"x", "a memoryview, not bytes"),
        (True, 1, "a bool, not an int"),
        (1, True, "an int, not a bool"),
        (1.0, 1, "a float, not an int"),
        (0, False, "an int, not a bool"),
        ((1, 2), [1, 2], "a tuple, not a list"),
        ([1, 2], (1, 2), "a list, not a tuple"),
        ((200, bytearray(b"x")), (200, b"x"), "a bytearray, not bytes"),
        ([[1, True]], [[1, 1]], "a bool, not an int"),
        ({"a": 1.0}, {"a": 1}, "a float, not an int"),
        ({True: 1}, {1: 1}, "a bool, not an int"),
        ({1, 2}, {True, 2}, "an int, not a bool"),
        (bytearray(b"y"), b"x", ""),
        ("x", b"x", ""),
        (b"x", "x", ""),
        ("1", 1, ""),
        (None, b"", ""),
        ([1], [1, 2], ""),
        ({"a": 1}, {"b": 1}, ""),
    ],
)
def test_another_value_or_type(got: Any, expected: Any, said: str) -> None:
    assert (found := difference(got, expected)) is not None
    assert only_type(*found) == said


def test_a_type_has_a_hint_of_its_own() -> None:
    report = make_read_exact()(lambda sock, n: memoryview(sock.recv(n, socket.MSG_WAITALL)))
    assert report.hint == "type" and "(a memoryview, not bytes)" in str(report)
    assert "Misconception" not in str(report)  # that of the case would explain something else


# -- objects and exceptions ------------------------------------------------------------------------------


def bad(*args: Any) -> Any:
    raise RuntimeError("no")


def forever(*args: Any) -> Any:
    while True:
        pass


class Mute(Exception):
    __str__ = __repr__ = bad


class Odd:
    __eq__ = __repr__ = __bool__ = __len__ = __hash__ = __iter__ = __str__ = bad  # type: ignore[assignment]
    __class__ = property(lambda self: str)  # type: ignore[assignment]


class OddText(str):
    __eq__ = __repr__ = __len__ = __iter__ = __str__ = __ne__ = bad  # type: ignore[assignment]
    __hash__ = str.__hash__


class Leaving(Exception):
    def __str__(self) -> str:
        raise SystemExit


@pytest.mark.parametrize("error", [Mute, Leaving])
def test_an_error_without_a_text(error: type[Exception]) -> None:
    def mine() -> None:
        raise error

    said = f"your function raised {error.__name__}: its text can not be had: its __str__ fails"
    assert said in " ".join(str(make(plain)(mine)).split())


def test_a_very_long_text_is_cut() -> None:
    def mine() -> None:
        raise ValueError("x" * 10_000_000)

    assert len(str(make(plain)(mine))) < 2000


@pytest.mark.parametrize("made", [Odd, lambda: [Odd()], lambda: {"a": Odd()}, lambda: (Odd(), 1)])
def test_an_object_that_can_not_be_asked(made: Callable[[], Any]) -> None:
    report = make(plain)(made)
    assert "<an object of the class Odd>" in str(report) and report.hint == "it"
    assert "Odd" in report._repr_html_()


def test_a_text_is_compared_as_text_whatever_its_class_says() -> None:
    assert make(plain)(lambda: OddText("fine"))
    report = make(plain)(lambda: OddText("fin"))
    assert not report.passed and "OddText" in str(report)


def test_what_the_examiner_meets_in_an_object_is_told_with_its_line() -> None:
    class Mine:
        def __eq__(self, other: object) -> bool:
            return bool(1 / 0)

        __hash__ = None  # type: ignore[assignment]

    def body(lab: Lab) -> None:
        assert lab.call() == "fine"

    assert "your object raised ZeroDivisionError: division by zero (line 2 of __eq__" in str(make(body)(Mine))


def test_an_object_that_ends_the_program_or_never_ends() -> None:
    class Ends:
        def __eq__(self, other: object) -> bool:
            sys.exit()

    class Never:
        __eq__ = forever

    def body(lab: Lab) -> None:
        assert lab.call() == "fine"

    assert "an object that you gave raised SystemExit" in str(make(body)(Ends))
    threads = threading.active_count()
    began = time.monotonic()
    report = make(body)(Never)
    assert time.monotonic() - began < 8 and threading.active_count() == threads
    assert "the case was not over after 2 s: your function had returned by then" in str(report)


def test_a_descriptor_closed_behind_its_socket() -> None:
    def closed(sock: Any, n: int) -> bytes:
        data: bytes = sock.recv(n, socket.MSG_WAITALL)
        os.close(sock.fileno())
        return data

    assert make_read_exact()(closed)
    kept: list[Any] = []

    def reused(sock: Any, n: int) -> bytes:
        data: bytes = sock.recv(n, socket.MSG_WAITALL)
        os.close(sock.fileno())
        kept.append(os.open(os.devnull, os.O_RDONLY))  # perhaps with the same number
        return data

    assert make_read_exact()(reused)
    for number in kept:
        os.close(number)  # it was not closed by the examiner


@pytest.mark.parametrize(
    "error",
    [StopIteration, GeneratorExit, SystemExit, KeyboardInterrupt, MemoryError, RecursionError, Exception],
)
def test_whatever_is_raised_is_reported(error: type[BaseException]) -> None:
    def mine() -> None:
        raise error

    assert error.__name__ in str(make(plain)(mine))


def test_sys_exit_in_a_thread_is_no_error() -> None:
    def mine() -> str:
        thread = threading.Thread(target=sys.exit)
        thread.start()
        thread.join()
        return "wrong"

    assert "you gave  'wrong'" in str(make(plain)(mine))


# -- what is handed in -----------------------------------------------------------------------------------


class Nameless:
    __name__ = __signature__ = property(bad)
    __repr__ = __bool__ = __eq__ = bad  # type: ignore[assignment]

    def __call__(self) -> str:
        return "fine"


class NotCallable(Nameless):
    __call__ = None  # type: ignore[assignment]


class Waits:
    async def __call__(self) -> str:
        return "fine"


async def gives() -> Any:
    yield "fine"


def test_callables_of_all_kinds() -> None:
    assert make(plain)(Nameless())
    assert make(plain)(functools.partial(lambda text: text, "fine"))
    assert "'NoneType' object is not callable" in str(make(plain)(NotCallable()))
    for function in (Waits(), gives, functools.partial(asyncio.sleep, 0)):
        assert "your function is `async def`" in str(make(plain)(function))
    assert "you gave  <generator object" in str(make(plain)(lambda: (x for x in "fine")))
    assert "It got <an object of the class Mute2>" in str(make(plain)(type("Mute2", (), {"__repr__": bad})()))


# -- what was seen ---------------------------------------------------------------------------------------


def test_an_error_that_a_case_has_taken_is_blamed_for_nothing() -> None:
    def body(lab: Lab) -> None:
        for _ in range(2):
            try:
                lab.equal(lab.call(), "fine")
            except Broke:
                continue

    calls: list[int] = []

    def mine() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("this is right")
        return "wrong"

    report = make(body)(mine)
    assert "you gave  'wrong'" in str(report) and "your function raised" not in str(report)


def test_none_is_explained_where_it_is_what_the_function_gave() -> None:
    def sent(lab: Lab) -> None:
        lab.call()
        lab.equal(None, "close", verb="you sent")

    def looked_at(lab: Lab) -> None:
        lab.equal(next(iter(lab.call()), None), "fine")

    assert "without `return`" in str(make(plain)(lambda: None))
    assert "without `return`" not in str(make(sent)(lambda: None))
    assert "without `return`" not in str(make(looked_at)(list))


@pytest.mark.slow
def test_a_long_call_that_lets_nothing_else_run_is_timed() -> None:
    """No thread can stop it: what is known afterwards is how long it took."""

    def mine() -> str:
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            sum(range(10**7))
        return "fine"

    report = make(plain)(mine)
    assert re.search(r"your function took \d.*: a case has 2 s|round and round at line [34]", str(report))

    def in_one() -> str:
        bad.match("a" * size + "b")
        return "fine"

    bad, size = re.compile("(a+)+$"), 18
    while True:  # as long as it takes here
        began = time.thread_time()
        bad.match("a" * size + "b")
        if (took := time.thread_time() - began) > 0.4:
            break
        size += 1
    size += 3
    report = make(plain)(in_one)
    assert re.search(r"your function took \d.*: a case has 2 s", str(report)), (took, str(report))
    assert make(plain)(lambda: "fine")


def test_a_report_keeps_nothing_of_the_functions_alive() -> None:
    class Held:
        pass

    seen: list[weakref.ref[Held]] = []

    def fails() -> None:
        held = Held()
        seen.append(weakref.ref(held))
        raise ValueError(held)

    def gives() -> Held:
        held = Held()
        seen.append(weakref.ref(held))
        return held

    def body(lab: Lab) -> None:
        lab.raises(KeyError, why="it asks")

    reports = [make(judge)(function) for judge in (plain, body) for function in (fails, gives)]
    gc.collect()
    assert len(seen) == 4 and not any(ref() for ref in seen) and not any(reports)


def test_the_examiner_that_needs_a_closed_descriptor_says_so() -> None:
    def body(lab: Lab) -> None:
        near = lab.peer(b"x")
        lab.call(near)
        lab.leaves(b"x", near)

    def closes(sock: Any) -> None:
        os.close(sock.fileno())

    @exercise(number="99-7", advice=Advice(hints={"start": Hint("a")}))
    def lent(sock: Any) -> Any:
        """The contract."""
        yield case("the only case", body)

    said = "closed a descriptor behind its socket" if sys.platform != "win32" else "OSError"
    assert said in str(lent(closes))
