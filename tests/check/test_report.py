"""What the learner reads: exact texts."""

from __future__ import annotations

import contextlib
import html as html_module
import io
import random
import re
import socket
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlab.check.comparing import compare
from netlab.check.engine import case, exercise
from netlab.check.hints import TRUTHS, Advice, Hint
from netlab.check.report import CaseReport, Report, Wrong, advise

from .samples import cases_of, make, make_read_exact, plain


def test_not_started() -> None:
    def read_exact(sock: Any, n: Any) -> Any:
        raise NotImplementedError("03-1: your turn")

    report = make_read_exact()(read_exact)
    assert str(report) == repr(report) == "03-1 read_exact: not started yet."
    assert not report.started and not report.passed and not report and report.cases == []
    assert "not started yet." in report._repr_html_()


def test_the_classic_wrong_answer_reads_as_promised() -> None:
    def read_exact(sock: Any, n: Any) -> Any:
        return sock.recv(n)

    report = make_read_exact()(read_exact, seed=1729)
    # More pieces may have left before the function returned, and then the line is longer, and may be broken.
    before, told, after = re.split(r"(what happened: .*?)(?=\n    Remember)", str(report), flags=re.S)
    text = before + re.sub(r" \(\d+ times\)| · peer sent 1 byte", "", " ".join(told.split())) + after
    assert text == (
        "03-1 read_exact: 2 of 3 cases passed.\n"
        "\n"
        "✗ the peer sends 10 bytes, 1 at a time\n"
        "    expected  b'abcdefghij'\n"
        "    you gave  b'a'\n"
        "                ^ stopped after byte 1 of 10\n"
        "    what happened: peer sent 1 byte · your recv(10) returned 1 byte · you returned\n"
        "    Remember: recv(n) returns *up to* n bytes. "
        'Reread section 2, "Where did my messages go?"\n'
        "    replay: check.read_exact(read_exact, seed=1729)\n"
        "\n"
        "Next: check.read_exact.hint() — 1 of 2"
    )
    assert report.started and not report and report.hint == "loop"


def test_passed() -> None:
    def read_exact(sock: Any, n: Any) -> Any:
        data = b""
        while len(data) < n:
            data += sock.recv(n - len(data))
        return data

    report = make_read_exact()(read_exact)
    cases = "the peer sends 10 bytes, 1 at a time, all at once, nothing asked"
    assert str(report) == f"03-1 read_exact: all 3 cases passed ({cases})."
    assert report and [case.passed for case in report.cases] == [True] * 3
    assert report._repr_html_().count("✓ passed") == 3


def test_only_the_first_failure_is_shown_in_detail() -> None:
    report = cases_of("passed", "failed", "left out", "failed", "passed")(lambda: None, seed=7)
    assert str(report) == (
        "99-2 told: 2 of 4 cases passed.\n"
        "\n"
        "✗ case 2\n"
        "    so it goes\n"
        "    what happened: you returned\n"
        "    replay: check.told(told, seed=7)\n"
        "\n"
        "Also failed: case 4.\n"
        "Left out here: case 3 (not on this system).\n"
        "\n"
        "Next: check.told.hint() — 1 of 1"
    )
    html = report._repr_html_()
    assert [html.count(mark) for mark in ("✓ passed", "✗ failed", "– left out")] == [2, 2, 1]


def test_what_is_left_out_does_not_prevent_passing() -> None:
    report = cases_of("passed", "left out")(lambda: None)
    assert report.passed
    assert str(report) == (
        "99-2 told: the only case passed (case 1).\n\nLeft out here: case 2 (not on this system)."
    )


def test_all_left_out_is_not_passed() -> None:
    assert not cases_of("left out")(lambda: None)


def test_html_shows_the_learners_text_as_text() -> None:
    report = make(plain)(lambda: "<script>alert(1)</script>")
    assert "<script>" not in report._repr_html_() and "&lt;script&gt;" in report._repr_html_()


def test_html_and_text_of_the_stored_states_are_the_same_in_every_run() -> None:
    for function in (lambda: "fine", _not_yet):
        reports = []
        for _ in range(3):
            reports.append(make(plain)(function))
            time.sleep(0.001)
        assert len({str(report) for report in reports}) == len({r._repr_html_() for r in reports}) == 1


def _not_yet() -> Any:
    raise NotImplementedError


def test_ipython_shows_both_forms() -> None:
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    report = make(plain)(_not_yet)
    data, _ = formatter.format(report)
    assert data["text/plain"] == "99-1 sample: not started yet."
    assert set(data) == {"text/plain", "text/html"}


def test_every_truth_is_one_sentence_and_numbered() -> None:
    assert list(TRUTHS) == list(range(1, 43))
    assert all(text.endswith(".") and "\n" not in text and len(text) < 100 for text in TRUTHS.values())


@pytest.mark.parametrize(
    ("misconception", "reread", "text"),
    [
        (None, None, ""),
        (None, "2 · Why?", 'Reread section 2, "Why?"'),
        (2, "4 · Bugs", 'Remember: recv(n) returns *up to* n bytes. Reread section 4, "Bugs."'),
        (None, "the recap", 'Reread "the recap."'),
    ],
)
def test_advice(misconception: int | None, reread: str | None, text: str) -> None:
    assert advise(misconception, reread) == text


@pytest.mark.parametrize(
    ("expected", "got", "lines"),
    [
        (b"abc", b"abX", ["expected  b'abc'", "you gave  b'abX'", "              ^ byte 3 of 3 differs"]),
        (b"abc", b"", ["expected  b'abc'", "you gave  b''", "            ^ none of 3 bytes"]),
        (b"", b"xy", ["expected  b''", "you gave  b'xy'", "            ^ 2 bytes too many, from here on"]),
        ("é", "e", ["expected  'é'", "you gave  'e'", "           ^ character 1 of 1 differs"]),
        (
            "李雷!",
            "李雷?",
            ["expected  '李雷!'", "you gave  '李雷?'", "               ^ character 3 of 3 differs"],
        ),
        (
            b"it's",
            b"it'z",
            ['expected  b"it\'s"', 'you gave  b"it\'z"', "               ^ byte 4 of 4 differs"],
        ),
        (
            b"\n\x00",
            b"\n\x01",
            ["expected  b'\\n\\x00'", "you gave  b'\\n\\x01'", "              ^ byte 2 of 2 differs"],
        ),
        (5, "5", ["expected  5", "you gave  '5'"]),
        (b"x", "x", ["expected  b'x'", "you gave  'x'"]),
        (True, 1, ["expected  True", "you gave  1"]),
        (3, None, ["expected  3", "you gave  None"]),
        (b"ab", bytearray(b"ab"), ["expected  b'ab'", "you gave  bytearray(b'ab')"]),
    ],
)
def test_compare(expected: Any, got: Any, lines: list[str]) -> None:
    assert compare(expected, got) == lines


def test_compare_long() -> None:
    expected = bytes(range(65, 91)) * 10
    got = expected[:200] + b"?" + expected[201:]
    lines = compare(expected, got)
    assert lines[1].startswith("you gave  …b'") and lines[1].endswith("'…")
    assert lines[1][lines[2].index("^")] == "?"
    assert "byte 201 of 260 differs" in lines[2]


def columns(line: str) -> list[str]:
    """The character at each column of the screen."""
    cells = []
    for char in line:
        if unicodedata.category(char) in ("Mn", "Me"):
            continue
        cells += [char] * (2 if unicodedata.east_asian_width(char) in "WF" else 1)
    return cells


@given(st.binary(max_size=120), st.data())
def test_the_mark_is_under_the_first_wrong_byte(expected: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(expected)))
    wrong = bytes([expected[at] ^ 0xFF]) if at < len(expected) else b"+"
    got = expected[:at] + wrong + expected[at + 1 :]
    first, second, mark = compare(expected, got)
    column = mark.index("^")
    shown = repr(wrong)[2:-1]
    assert second[column:].startswith(shown) or shown in ("'", '"', "\\'")
    assert len(first) < 230 and len(second) < 230


@given(st.text(max_size=60), st.text(min_size=1, max_size=60))
def test_the_mark_is_under_the_first_wrong_character(expected: str, got: str) -> None:
    if expected == got or expected.startswith(got):
        return
    at = next((i for i, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b), len(expected))
    _, second, mark = compare(expected, got)
    cells = columns(second)
    char = got[at]
    if char.isprintable() and char not in "'\"\\" and unicodedata.category(char)[0] != "M":
        assert cells[mark.index("^")] == char


@given(
    st.one_of(
        st.none(),
        st.integers(),
        st.text(),
        st.lists(st.integers()),
        st.binary(),
        st.dictionaries(st.text(), st.text()),
    )
)
def test_any_answer_can_be_shown(got: Any) -> None:
    case = CaseReport("a case", "failed", Wrong("said", expected=b"x" * 500, got=got))
    report = Report("01-1", "name", cases=[case])
    assert "a case" in str(report) and "a case" in report._repr_html_()


def test_an_answer_whose_repr_fails_can_be_shown() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError("no")

        def __eq__(self, other: object) -> bool:
            raise RuntimeError("no")

        __hash__ = None  # type: ignore[assignment]

    report = make(plain)(Hostile)
    assert not report.passed and "Hostile" in str(report)


# -- counts ----------------------------------------------------------------------------------------------

WAYS = ["right", "wrong", "raises", "hangs", "leaks"]


def examined(ways: list[str]) -> Report:
    """A report on a function that does so in each case."""
    calls = iter(ways)

    def mine() -> str:
        way = next(calls)
        if way == "raises":
            raise ValueError
        if way == "hangs":
            socket.socketpair()[0].recv(1)
        if way == "leaks":
            socket.socket()
        return "wrong" if way == "wrong" else "fine"

    @exercise(number="99-5", advice=Advice(hints={"start": Hint("Begin.")}))
    def counted() -> Any:
        """The contract."""
        for number in range(len(ways)):
            yield case(f"case {number}", plain)

    return counted(mine)


def numbers(report: Report) -> list[int]:
    """Passed, of how many, not run: as the title says."""
    found = re.search(r"(\d+) of (\d+)", report.title)
    assert found or report.passed
    missing = re.search(r"(\d+) not run", report.title)
    right, total = (int(found[1]), int(found[2])) if found else (len(report.cases),) * 2
    return [right, total, int(missing[1]) if missing else 0]


@pytest.mark.parametrize("seed", range(12))
def test_a_report_counts_right_whatever_fails(seed: int) -> None:
    ways = random.Random(seed).choices(WAYS[:3] + WAYS[4:], k=8)
    report = examined(ways)
    right = sum(way in ("right", "leaks") for way in ways)
    assert numbers(report) == [right, 8, 0]
    assert [case.verdict == "passed" for case in report.cases] == [way in ("right", "leaks") for way in ways]
    assert report.passed == (ways == ["right"] * 8)
    html = report._repr_html_()
    assert html.count("✓ passed") == right and html.count("✗ failed</td>") == 8 - right


@pytest.mark.slow
@pytest.mark.parametrize("hangs", [1, 2])
def test_a_hang_costs_no_case_that_is_right(hangs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Twice the usual seconds, for a busy machine, and after the first hang not enough for another.
    for name, seconds in (("DEADLINE", 4.0), ("TOTAL", 5.6), ("REST", 3.8)):
        monkeypatch.setattr(f"netlab.check.engine.{name}", seconds)
    ways = ["right", *["hangs"] * hangs, *["right"] * 6]
    report = examined(ways)
    assert numbers(report) == [7, 7 + hangs, hangs - 1]
    assert [case.verdict for case in report.cases[1 : 1 + hangs]] == ["failed", *["not run"] * (hangs - 1)]


@pytest.mark.parametrize("seed", range(12))
def test_a_better_answer_shows_no_fewer_passed_cases(seed: int) -> None:
    rng = random.Random(seed)
    worse = rng.choices(["right", "wrong", "raises"], k=7)
    better = ["right" if way == "right" or rng.random() < 0.4 else rng.choice(WAYS[1:3]) for way in worse]
    assert numbers(examined(worse))[0] <= numbers(examined(better))[0]


def test_values_right_and_a_socket_left_open() -> None:
    report = examined(["right", "leaks", "right"])
    assert report.title == "99-5 counted: 3 of 3 right; 1 socket left open." and not report.passed
    text = str(report)
    assert "✗ case 1\n    your function left 1 socket open\n" in text and report.hint == "close"
    assert "Also failed" not in text and "Not run" not in text
    assert "case 1 (1 socket left open)" in report._repr_html_()
    twice = examined(["leaks", "leaks", "wrong"])
    assert twice.title == "99-5 counted: 2 of 3 right; 1 socket left open (in 2 cases)."
    assert "Also failed: case 2." in str(twice)


def test_a_report_says_how_many_hints_are_left() -> None:
    sample = make_read_exact()

    def mine(sock: Any, n: Any) -> Any:
        return sock.recv(n)

    assert sample(mine).next == "Next: check.read_exact.hint() — 1 of 2"
    for then in (
        "Next: check.read_exact.hint() — 2 of 2",
        "Next: check.read_exact.solution() — you have had all 2 hints",
        "Next: check.read_exact.solution() — you have had all 2 hints",
    ):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            sample.hint()
        report = sample(mine)
        assert report.next == then == report.next
        assert ("That was the last hint" in out.getvalue()) is (
            report.given == 2 and "hint 2" not in out.getvalue()
        )
        html = " ".join(re.sub("<.*?>", "", report._repr_html_()).split())
        assert then in html


# -- text and HTML ---------------------------------------------------------------------------------------


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\s;:,.()]+", text))


@pytest.mark.parametrize(
    "ways", [["right"] * 3, ["wrong", "right", "leaks"], ["leaks", "right"], ["raises"] * 2]
)
def test_the_page_says_all_that_the_text_says(ways: list[str]) -> None:
    report = examined(ways)
    page = html_module.unescape(re.sub("<.*?>", " ", report._repr_html_()))
    missing = words(str(report)) - words(page)
    assert missing <= {"Also"}  # that is in the table
    for case_ in report.cases:
        assert f"{case_.verdict} " in page and case_.name in page
    assert report.title.rstrip(".") in page or report.passed
