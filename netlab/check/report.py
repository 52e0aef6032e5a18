"""What the examiner says: as text, as a table in JupyterLab, and as values for programs.

Nothing here differs between two runs with the same outcome, unless a case failed: reports of
exercises not started and of exercises passed can be stored in a notebook and compared.
"""

from __future__ import annotations

import reprlib
import textwrap
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from .hints import TRUTHS

PASSED, FAILED, NOT_RUN, LEFT_OUT = "passed", "failed", "not run", "left out"
_MARKS = {PASSED: "✓", FAILED: "✗", NOT_RUN: "–", LEFT_OUT: "–"}
_COLORS = {PASSED: "#0b6e99", FAILED: "#b3541e", NOT_RUN: "inherit", LEFT_OUT: "inherit"}
_NOTHING = object()
_SHOWN = 48  # bytes or characters of a comparison


class Wrong(Exception):
    """The learner's answer to one case is wrong: raised by cases, shown by the report.

    `said` is one sentence (optional if expected and got say all); `hint` names the hint meant for
    it, which brings `misconception`, a number from TRUTHS, and `reread`, a section; `happened`
    replaces the transcript of the recording; `verb` says what `got` is.
    """

    def __init__(
        self,
        said: str = "",
        *,
        expected: Any = _NOTHING,
        got: Any = _NOTHING,
        hint: str | None = None,
        happened: Sequence[str] | None = None,
        verb: str = "you gave",
    ) -> None:
        super().__init__(said)
        self.when = time.monotonic()
        self.said, self.hint = said, hint
        self.misconception: int | None = None
        self.reread: str | None = None
        self.happened = None if happened is None else list(happened)
        self.details = compare(expected, got, verb) if got is not _NOTHING else []


@dataclass
class CaseReport:
    """One case: its sentence, its verdict, and what was wrong if it failed."""

    name: str
    verdict: str = NOT_RUN
    wrong: Wrong | None = None
    why: str = ""  # why it was left out

    @property
    def passed(self) -> bool:
        return self.verdict == PASSED


@dataclass
class Report:
    """The outcome of one exercise. True if passed; `print` it, or let a cell display it."""

    exercise: str
    name: str
    cases: list[CaseReport] = field(default_factory=list)
    started: bool = True
    seed: int | None = None
    hint: str | None = None  # which hint is meant for this failure
    hints: int = 0  # how many steps that hint has
    called: str = ""  # the name of the learner's function
    problem: str = ""  # why there was nothing to examine
    notes: list[str] = field(default_factory=list)

    @property
    def _judged(self) -> list[CaseReport]:
        return [case for case in self.cases if case.verdict != LEFT_OUT]

    @property
    def passed(self) -> bool:
        return bool(self._judged) and all(case.passed for case in self._judged)

    def __bool__(self) -> bool:
        return self.passed

    @property
    def failure(self) -> CaseReport | None:
        """The first case that failed: the one that is shown in detail."""
        return next((case for case in self.cases if case.verdict == FAILED), None)

    @property
    def title(self) -> str:
        """The first line."""
        head = f"{self.exercise} {self.name}: "
        if self.problem:
            return head + self.problem
        if not self.started:
            return head + "not started yet."
        judged = self._judged
        if not self.passed:
            right = sum(case.passed for case in judged)
            return head + f"{right} of {len(judged)} case{'s' * (len(judged) != 1)} passed."
        count = f"all {len(judged)} cases" if len(judged) > 1 else "the only case"
        return head + f"{count} passed ({', '.join(case.name for case in judged)})."

    @property
    def detail(self) -> list[str]:
        """What was wrong with the first case that failed, line by line."""
        wrong = self.failure.wrong if self.failure else None
        if wrong is None:
            return []
        lines = _wrapped(wrong.said) + wrong.details
        if wrong.happened:
            told = wrong.happened if len(wrong.happened) <= 8 else ["…", *wrong.happened[-8:]]
            lines += _wrapped("what happened: " + " · ".join(told))
        lines += _wrapped(advise(wrong.misconception, wrong.reread))
        lines.append(f"replay: check.{self.name}({self.called}, seed={self.seed})")
        return lines

    @property
    def rest(self) -> list[str]:
        """The other cases that did not pass, by name, and the notes."""
        lines = []
        for said, verdict in (("Also failed", FAILED), ("Not run after this", NOT_RUN)):
            names = [case.name for case in self.cases if case.verdict == verdict and case is not self.failure]
            if names:
                lines += _wrapped(f"{said}: {'; '.join(names)}.")
        lines += [f"Left out here: {c.name} ({c.why})." for c in self.cases if c.verdict == LEFT_OUT]
        return lines + self.notes

    @property
    def next(self) -> str:
        """Where to go from here."""
        if self.failure is None or not self.hints:
            return ""
        return f"Next: check.{self.name}.hint() — 1 of {self.hints}"

    def __str__(self) -> str:
        blocks = [[self.title]]
        if self.failure is not None:
            blocks.append([f"✗ {self.failure.name}", *(f"    {line}" for line in self.detail)])
        blocks += [self.rest, [self.next] if self.next else []]
        return "\n\n".join("\n".join(block) for block in blocks if block)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same for JupyterLab: marks and words, not only colors."""

        def line(text: str) -> str:
            return f"<p style='margin:.3em 0'>{text}</p>"

        short = self.title.partition(" (")[0] + "." if self.passed else self.title
        parts = [line(f"<strong>{escape(short)}</strong>")]
        if self.cases:
            parts.append(_table(self.cases))
        if self.failure is not None:
            text = "\n".join([f"✗ {self.failure.name}", *(f"    {detail}" for detail in self.detail)])
            style = f"border-left:4px solid {_COLORS[FAILED]};padding:.4em .8em;margin:.5em 0;overflow-x:auto"
            parts.append(f"<pre style='{style};white-space:pre'>{escape(text)}</pre>")
        parts += [line(escape(note)) for note in self.notes]
        if self.next:
            command, _, count = self.next.removeprefix("Next: ").partition(" — ")
            parts.append(line(f"Next: <code>{escape(command)}</code> — {count}"))
        return f"<div>{''.join(parts)}</div>"


def advise(misconception: int | None, reread: str | None) -> str:
    """`Misconception 2: recv(n) returns … Reread section 2, "Where did my messages go?"`"""
    said = []
    if misconception is not None:
        said.append(f"Misconception {misconception}: {TRUTHS[misconception]}")
    if reread:
        number, dot, title = reread.partition(" · ")
        where = f'section {number}, "{title}' if dot else f'"{reread}'
        said.append(f'Reread {where}{"" if where[-1] in "?!." else "."}"')
    return " ".join(said)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, subsequent_indent="    ", break_long_words=False)


def compare(expected: Any, got: Any, verb: str = "you gave") -> list[str]:
    """Two lines, expected and given; for bytes and text a third that points at the first difference."""
    if isinstance(got, (bytearray, memoryview)):
        got = bytes(got)
    same_kind = type(expected) is type(got) and isinstance(got, (bytes, str))
    if not same_kind or expected == got:
        lines = [] if expected is _NOTHING else [f"expected  {_shown(expected)}"]
        lines.append(f"{verb:<10}{_shown(got)}")
        if got is None and expected is not None:
            lines[-1] += "   (what a function without `return` gives)"
        return lines
    unit = "byte" if isinstance(got, bytes) else "character"
    pairs = zip(expected, got)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(got)))
    start = max(0, at - 16) if max(len(expected), len(got)) > _SHOWN else 0
    under = at
    if at == len(got):
        under = max(start, at - 1)  # the last one that came
        said = f"stopped after {unit} {at} of {len(expected)}" if at else f"none of {_count(expected, unit)}"
    elif at == len(expected):
        said = f"{_count(got[at:], unit)} too many, from here on"
    else:
        said = f"{unit} {at + 1} of {len(expected)} differs"
    before = _escaped(got[start:under], _quote(got[start : start + _SHOWN]))
    shown = f"{'…' * bool(start)}{'b' * (unit == 'byte')}'{before}"
    return [
        f"expected  {_excerpt(expected, start)}",
        f"{verb:<10}{_excerpt(got, start)}",
        " " * (10 + sum(map(_width, shown))) + "^ " + said,
    ]


def _count(data: bytes | str, unit: str) -> str:
    return f"{len(data)} {unit}{'s' * (len(data) != 1)}"


def _excerpt(data: bytes | str, start: int) -> str:
    part, rest = data[start : start + _SHOWN], data[start + _SHOWN :]
    prefix, quote = "b" * isinstance(data, bytes), _quote(part)
    return f"{'…' * bool(start)}{prefix}{quote}{_escaped(part, quote)}{quote}{'…' * bool(rest)}"


def _quote(data: bytes | str) -> str:
    """The quote that repr would choose."""
    text = data.decode("latin-1") if isinstance(data, bytes) else data
    return '"' if "'" in text and '"' not in text else "'"


def _escaped(data: bytes | str, quote: str) -> str:
    """As repr writes it, piece by piece, so that columns can be counted."""
    if isinstance(data, bytes):
        chars = [chr(byte) if 32 <= byte < 127 else repr(bytes([byte]))[2:-1] for byte in data]
    else:
        chars = [char if char.isprintable() else repr(char)[1:-1] for char in data]
    return "".join("\\" + char if char in ("\\", quote) else char for char in chars)


def _width(char: str) -> int:
    """Columns on the screen: two for Chinese characters and most emoji, none for combining marks."""
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _shown(value: Any) -> str:
    if isinstance(value, (bytes, str)):
        return _excerpt(value, 0)
    short = reprlib.Repr()
    short.maxlist = short.maxtuple = short.maxdict = 12
    short.maxstring = short.maxother = 200
    return short.repr(value)


def _table(cases: Sequence[CaseReport]) -> str:
    def cell(text: str, style: str = "") -> str:
        return f"<td style='text-align:left;padding:.15em .9em .15em 0;{style}'>{escape(text)}</td>"

    rows = ""
    for case in cases:
        name = f"{case.name} ({case.why})" if case.why else case.name
        style = f"white-space:nowrap;color:{_COLORS[case.verdict]};font-weight:600"
        rows += f"<tr>{cell(f'{_MARKS[case.verdict]} {case.verdict}', style)}{cell(name)}</tr>"
    return f"<table style='margin:.3em 0;border-collapse:collapse'><tbody>{rows}</tbody></table>"
