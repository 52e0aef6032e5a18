"""What the engine promises: verdicts, hints, seeds, and sentences for bad input."""

from __future__ import annotations

import contextlib
import io
import random
import socket
import subprocess
import sys
import threading
from typing import Any

import pytest

from netlab import check, wire
from netlab.check import engine
from netlab.check.engine import case, exercise
from netlab.check.hints import Advice, Hint
from netlab.check.lab import Lab

from .samples import cases_of, make, make_read_exact, plain

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def printed(call: Any) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        call()
    return out.getvalue().strip()


async def _a_coroutine() -> str:
    return "fine"


# -- bad input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (None, "give it your function itself, without calling it: check.sample(sample). It got nothing."),
        (42, "give it your function itself, without calling it: check.sample(sample). It got 42."),
        (lambda a: a, "your function must take (), and it takes (a)."),
        (lambda *, key: key, "your function must take (), and it takes (key)."),
        (_a_coroutine, "your function is `async def`, and this exercise asks for a plain one."),
    ],
)
def test_what_is_no_function_gets_one_sentence(function: Any, sentence: str) -> None:
    report = make(plain)(function)
    assert str(report) == f"99-1 sample: {sentence}"
    assert not report.passed and report.cases == [] and sentence[:20] in report._repr_html_()


def test_without_any_argument() -> None:
    assert "without calling it" in str(make(plain)())


def test_other_names_and_defaults_for_the_parameters_are_fine() -> None:
    def mine(connection: Any, count: int = 3, *more: Any) -> bytes:
        return bytes(connection.recv(count, socket.MSG_WAITALL))

    assert make_read_exact()(mine)


def test_an_answer_in_a_bytearray_is_no_answer_in_bytes() -> None:
    report = make_read_exact()(lambda sock, n: bytearray(sock.recv(n, socket.MSG_WAITALL)))
    assert "you gave  bytearray(b'abcdefghij')   (a bytearray, not bytes)" in str(report)
    assert report.hint == "type" and "bytes(data) makes bytes" in make_read_exact().hints["type"].steps[1]


def test_a_stub_is_told_at_once_though_a_peer_waits_for_it() -> None:
    heard: list[tuple[bytes, float | None]] = []

    def body(lab: Lab) -> None:
        near, far = lab.pair()
        lab.start(near)
        heard.append((far.recv(1), lab.cut))  # the end of the stream, and not because of the deadline
        lab.result()

    @exercise(
        number="99-1",
        advice=Advice(hints={"start": Hint("Begin.")}),
    )
    def sample(conn: Any) -> Any:
        """The contract."""
        yield case("the only case", body)

    def stub(conn: Any) -> None:
        raise NotImplementedError

    assert str(sample(stub)) == "99-1 sample: not started yet."
    assert heard == [(b"", None)]


def test_a_case_that_stumbles_is_no_crash() -> None:
    def body(lab: Lab) -> None:
        len(lab.call())

    assert "the examiner stumbled over TypeError" in str(make(body)(lambda: 5))


def test_a_class_or_a_method_may_be_the_function() -> None:
    class Mine:
        def answer(self) -> str:
            return "fine"

    assert make(plain)(Mine().answer)
    assert make(plain)(type("Odd", (str,), {"__new__": lambda cls: "fine"}))


# -- what the learner's function does ------------------------------------------------------------------


def test_an_exception_is_shown_with_its_line() -> None:
    def mine() -> Any:
        numbers = [1, 2, 3]
        return numbers[7]

    report = make(plain, raises={LookupError: "it"})(mine)
    assert (
        "your function raised IndexError: list index out of range (line 3 of mine: return numbers[7])"
        in str(report)
    )
    assert "Remember: b'' means" in str(report) and report.hint == "it"


def test_the_line_is_the_learners_even_if_the_error_is_deep_in_a_library() -> None:
    def mine() -> Any:
        import json

        return json.loads("{")

    assert "(line 4 of mine: return json.loads" in str(make(plain)(mine))


def test_a_helper_of_the_learners_is_named() -> None:
    def mine() -> Any:
        return helper()

    def helper() -> Any:
        return 1 / 0

    assert "ZeroDivisionError: division by zero (line 2 of helper: return 1 / 0)" in str(make(plain)(mine))


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_even_these_end_only_the_case(error: BaseException) -> None:
    def mine() -> Any:
        raise error

    assert type(error).__name__ in str(make(plain)(mine))


def test_not_implemented_in_a_later_case_is_a_failure() -> None:
    calls = []

    def mine() -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise NotImplementedError("rest to do")

    report = cases_of("passed", "passed")(mine)
    assert report.started and "NotImplementedError: rest to do" in str(report)


def test_none_is_an_answer() -> None:
    assert "you gave  None   (what a function without `return` gives)" in str(make(plain)(lambda: None))


def test_prints_of_the_learner_go_where_they_belong(capsys: pytest.CaptureFixture[str]) -> None:
    def mine() -> str:
        print("hello from me")
        return "fine"

    assert make(plain)(mine)
    assert capsys.readouterr().out == "hello from me\n"


def test_the_default_timeout_is_put_back() -> None:
    def mine() -> str:
        socket.setdefaulttimeout(1.5)
        return "fine"

    assert make(plain)(mine) and socket.getdefaulttimeout() is None


def test_sockets_left_open_fail_and_are_closed() -> None:
    kept: list[Any] = []

    def mine() -> str:
        kept.extend(socket.socketpair())
        return "fine"

    report = make(plain)(mine)
    assert "your function left 2 sockets open" in str(report) and report.hint == "close"
    assert [sock.fileno() for sock in kept] == [-1, -1]


def test_a_socket_that_nobody_holds_was_not_closed_either() -> None:
    def mine() -> str:
        socket.socket()
        return "fine"

    assert "left 1 socket open" in str(make(plain)(mine))
    assert make(plain, closes=False)(mine)


def test_a_file_made_of_a_socket_keeps_it_open() -> None:
    kept = []

    def mine() -> str:
        one, other = socket.socketpair()
        kept.append(one.makefile("rb"))
        one.close()
        other.close()
        return "fine"

    assert "left 1 socket open" in str(make(plain)(mine))
    kept.pop().close()


def test_sockets_of_others_are_not_the_learners() -> None:
    made: list[Any] = []
    stop = threading.Event()

    def stranger() -> None:
        while not stop.is_set():
            made.append(socket.socket())
            stop.wait(0.001)

    thread = threading.Thread(target=stranger)
    thread.start()
    try:
        assert make(plain)(lambda: "fine")
        assert all(sock.fileno() != -1 for sock in made)
    finally:
        stop.set()
        thread.join()
        for sock in made:
            sock.close()


def test_a_thread_left_running_fails_and_is_ended() -> None:
    def mine() -> str:
        def work() -> None:
            while True:
                pass

        threading.Thread(target=work).start()
        return "fine"

    report = make(plain)(mine)
    assert "your function left 1 thread running" in str(report) and report.hint == "thread"


def test_a_thread_at_its_last_line_is_no_leak() -> None:
    def mine() -> str:
        go = threading.Event()
        threading.Thread(target=lambda: go.wait(0.1)).start()
        return "fine"

    assert make(plain)(mine)


def test_an_error_in_a_thread_of_the_learners_explains_the_failure() -> None:
    def mine() -> Any:
        box: list[Any] = []

        def work() -> None:
            box.append(len(5))  # type: ignore[arg-type]

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return box

    assert "TypeError" in str(make(plain)(mine)) and "of work" in str(make(plain)(mine))


# -- seeds ----------------------------------------------------------------------------------------------


def drawn(numbers: list[float]) -> Any:
    def body(lab: Lab) -> None:
        numbers.append(lab.rng.random())
        lab.equal(lab.call(), "fine")

    return body


def test_a_seed_repeats_the_examination() -> None:
    numbers: list[float] = []
    sample = make(drawn(numbers))
    for seed in (1729, 1729, 5):
        sample(lambda: "fine", seed=seed)
    assert numbers[0] == numbers[1] != numbers[2]


def test_a_failed_examination_stays_the_same_until_it_is_passed() -> None:
    numbers: list[float] = []
    sample = make(drawn(numbers))
    first, again = sample(lambda: "no"), sample(lambda: "no")
    assert first.seed == again.seed and f"seed={first.seed})" in str(first)
    sample(lambda: "fine")
    assert len(set(numbers)) == 1
    seeds = {sample(lambda: "fine").seed for _ in range(20)}
    assert len(seeds) > 1


def test_random_of_the_learner_is_left_alone() -> None:
    random.seed(3)
    before = random.getstate()
    make(plain)(lambda: "fine")
    assert random.getstate() == before


# -- hints and solutions --------------------------------------------------------------------------------


def test_hints_come_one_at_a_time_and_fit_the_failure() -> None:
    sample = make_read_exact()
    assert (
        printed(sample.hint) == "03-1 read_exact, hint 1 of 3: First.\nNext: check.read_exact.hint() — 2 of 3"
    )
    sample(lambda sock, n: sock.recv(n))
    text = "03-1 read_exact, hint 1 of 2: recv(10) may return 1 byte. What then?"
    assert printed(sample.hint).startswith(text)
    sample(lambda sock, n: sock.recv(n))  # the same failure again: go on where we were
    assert printed(sample.hint).startswith("03-1 read_exact, hint 2 of 2: While bytes are missing")
    assert printed(sample.hint) == "That was the last hint. One solution: check.read_exact.solution()"
    sample(lambda sock, n: 5 + sock)  # another failure: its own hint, from the beginning
    assert "hint 1 of 3: First." in printed(sample.hint)


def test_solution_is_printed_from_its_file() -> None:
    text = printed(check.echo_server.solution)
    assert "def echo_server(listener):" in text and "NotImplementedError" not in text


def test_solution_that_is_not_there() -> None:
    assert printed(make(plain).solution) == (
        "The solution is the file notebooks/solutions/99_1_sample.py of the course: it was not found here."
    )


def test_the_contract_is_the_docstring() -> None:
    for name in ("my_port", "echo_server"):
        made = getattr(check, name)
        assert made.__name__ == name and len(made.__doc__) > 80
        assert made.__doc__ in repr(made)


# -- the rooms around it --------------------------------------------------------------------------------


def test_every_number_is_in_its_place() -> None:
    for notebook, names in check.EXERCISES.items():
        for place, name in enumerate(names, 1):
            assert getattr(check, name).number == f"{notebook}-{place}"


def test_an_unknown_exercise_gets_one_sentence() -> None:
    with pytest.raises(
        AttributeError, match="there is no exercise 'read_exakt'. There are: my_port, outcome"
    ):
        check.read_exakt  # noqa: B018
    assert {"my_port", "progress", "echo_server"} <= set(dir(check))


def test_exercises_are_loaded_when_they_are_used() -> None:
    code = """if True:
        import sys
        from netlab import check
        check.progress()
        heavy = {"IPython", "matplotlib", "ipywidgets", "asyncio"}
        assert not {"netlab.lessons.nb00.e1_my_port", "netlab.check.engine", *heavy} & set(sys.modules)
        check.my_port
        assert "netlab.lessons.nb00.e1_my_port" in sys.modules
        assert "netlab.lessons.nb01.e1_is_port_open" not in sys.modules
        assert not heavy & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_watch_around_it_and_a_server_beside_it_do_not_matter() -> None:
    from netlab.servers import EchoServer

    with EchoServer() as server, wire.watch() as outer:
        make_read_exact()(lambda sock, n: sock.recv(n, socket.MSG_WAITALL))
        with socket.create_connection(server.address) as sock:
            sock.sendall(b"x")
            assert sock.recv(1) == b"x"
    assert outer.dropped == 0 and any(event.call == "recv" for event in outer)
    assert "__new__" not in vars(socket.socket)
    with socket.socket() as sock:
        assert type(sock) is socket.socket


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the socket is dropped on purpose
def test_a_socket_left_by_an_earlier_cell_does_not_change_who_did_what() -> None:
    """The examiner's thread does no more than drop it; that call is none of the recording's."""
    with wire.watch():
        left = [socket.socket()]

    def body(lab: Lab) -> None:
        left.clear()
        lab.start()
        lab.beside(far.sendall, b"hello")
        lab.result()
        lab.wrong("it said nothing")

    near, far = socket.socketpair()
    with near, far:
        report = make(body)(lambda: near.recv(9) and None)
    assert report.failure is not None and report.failure.wrong is not None
    assert report.failure.wrong.happened == [
        "peer sent 5 bytes",
        "your recv(9) returned 5 bytes",
        "you returned",
    ]


def test_what_is_wrapped_is_unwrapped() -> None:
    before = threading.Thread.start, socket.socket.__init__, dict(vars(socket.socket))
    make(plain)(lambda: "fine")
    make(plain)(lambda: "wrong")
    assert (threading.Thread.start, socket.socket.__init__, dict(vars(socket.socket))) == before


def test_a_case_may_override_the_tables() -> None:
    def body(lab: Lab) -> None:
        lab.call()

    @exercise(
        number="99-3",
        advice=Advice(hints={"start": Hint("a"), "x": Hint("b"), "y": Hint("c")}),
        raises={ValueError: "x"},
    )
    def odd() -> Any:
        """The contract."""
        yield case("one", body, raises={OSError: "y"})

    def raises(error: Exception) -> Any:
        def mine() -> None:
            raise error

        return mine

    assert odd(raises(ValueError())).hint == "x"
    assert odd(raises(ConnectionResetError())).hint == "y"
    assert odd(raises(LookupError())).hint == "start"


def test_the_engine_has_a_deadline_that_fits() -> None:
    assert (3 if sys.platform != "win32" else 6) > engine.DEADLINE + 0.6
