"""What the examiner says: as text, as a table in JupyterLab, and as values for programs.

Nothing here differs between two runs with the same outcome, unless a case failed: reports of
exercises not started and of exercises passed can be stored in a notebook and compared.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from .comparing import NOTHING, compare
from .hints import TRUTHS

PASSED, FAILED, NOT_RUN, LEFT_OUT = "passed", "failed", "not run", "left out"
_MARKS = {PASSED: ("✓", "#0b6e99"), FAILED: ("✗", "#b3541e")}  # and their colors


class Wrong(Exception):
    """The learner's answer to one case is wrong: raised by cases, shown by the report.

    `said` is one sentence (optional if expected and got say all); `hint` names the hint meant for
    it, which brings `misconception`, a number from TRUTHS, and `reread`, a section; `happened`
    replaces the transcript of the recording; `verb` says what `got` is, `note` what is odd about it.
    """

    def __init__(
        self, said: str = "", *, expected: Any = NOTHING, got: Any = NOTHING, hint: str | None = None,
        happened: Sequence[str] | None = None, verb: str = "you gave", note: str = "",
    ) -> None:  # fmt: skip
        super().__init__(said)
        self.when = time.monotonic()
        self.said, self.hint = said, hint
        self.misconception: int | None = None
        self.reread: str | None = None
        self.happened = None if happened is None else list(happened)
        self.details = compare(expected, got, verb, note) if got is not NOTHING else []


@dataclass
class CaseReport:
    """One case: its sentence, its verdict, and what was wrong if it failed."""

    name: str
    verdict: str = NOT_RUN
    wrong: Wrong | None = None
    why: str = ""  # why it was left out
    left: str = ""  # what the function left behind, "1 socket left open": its result is judged apart

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
    given: int = 0  # how many of them hint() has given before
    called: str = ""  # the name of the learner's function
    problem: str = ""  # why there was nothing to examine
    changed: list[str] = field(default_factory=list)  # what of the process the function changed
    notes: list[str] = field(default_factory=list)

    @property
    def _judged(self) -> list[CaseReport]:
        return [case for case in self.cases if case.verdict != LEFT_OUT]

    @property
    def passed(self) -> bool:
        return bool(self._judged) and all(case.passed and not case.left for case in self._judged)

    def __bool__(self) -> bool:
        return self.passed

    @property
    def failure(self) -> CaseReport | None:
        """The case that is shown in detail: the first that failed, or left something behind."""
        return next((case for case in self.cases if case.verdict == FAILED or case.left), None)

    @property
    def title(self) -> str:
        """The first line."""
        head, judged = f"{self.exercise} {self.name}: ", self._judged
        if self.problem or not self.started:
            return head + (self.problem or "not started yet.")
        if self.passed:
            count = f"all {len(judged)} cases" if len(judged) > 1 else "the only case"
            return head + f"{count} passed ({', '.join(case.name for case in judged)})."
        right, not_run = (sum(c.verdict == verdict for c in judged) for verdict in (PASSED, NOT_RUN))
        left = [case.left for case in self.cases if case.left]
        passed = "right" if left else f"case{'s' * (len(judged) != 1)} passed"
        head += f"{right} of {len(judged)} {passed}"
        head += f", {not_run} not run" if not_run else ""
        head += f"; {left[0]}" if left else ""
        return head + (f" (in {len(left)} cases)." if len(left) > 1 else ".")

    @property
    def detail(self) -> list[str]:
        """What was wrong in that case, line by line."""
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
        lines, others = [], [case for case in self.cases if case is not self.failure]
        for said, verdict in (("Also failed", FAILED), ("Not run after this", NOT_RUN)):
            if names := [case.name for case in others if case.verdict == verdict]:
                lines += _wrapped(f"{said}: {'; '.join(names)}.")
        lines += [f"Left out here: {c.name} ({c.why})." for c in self.cases if c.verdict == LEFT_OUT]
        return lines + self._notes

    @property
    def _notes(self) -> list[str]:
        said = f"Your function changed {', '.join(self.changed)} for the whole process: it was put back."
        return [said, *self.notes] if self.changed else self.notes

    @property
    def next(self) -> str:
        """Where to go from here."""
        if self.failure is None or not self.hints:
            return ""
        if self.given >= self.hints:
            return f"Next: check.{self.name}.solution() — you have had all {self.hints} hints"
        return f"Next: check.{self.name}.hint() — {self.given + 1} of {self.hints}"

    @property
    def _shown(self) -> list[str]:
        failure = self.failure
        return [f"✗ {failure.name}", *(f"    {line}" for line in self.detail)] if failure else []

    def __str__(self) -> str:
        blocks = ("\n".join(block) for block in ([self.title], self._shown, self.rest, [self.next]))
        return "\n\n".join(block for block in blocks if block)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same for JupyterLab: marks and words, not only colors."""

        def line(text: str) -> str:
            return f"<p style='margin:.3em 0'>{text}</p>"

        short = self.title.partition(" (")[0] + "." if self.passed else self.title
        parts = [line(f"<strong>{escape(short)}</strong>"), _table(self.cases) if self.cases else ""]
        if self.failure:
            text = "\n".join(self._shown)
            style = (
                f"border-left:4px solid {_MARKS[FAILED][1]};padding:.4em .8em;margin:.5em 0;overflow-x:auto"
            )
            parts.append(f"<pre style='{style};white-space:pre'>{escape(text)}</pre>")
        parts += [line(escape(note)) for note in self._notes]
        if self.next:
            command, _, count = self.next.removeprefix("Next: ").partition(" — ")
            parts.append(line(f"Next: <code>{escape(command)}</code> — {count}"))
        return f"<div>{''.join(parts)}</div>"


def advise(misconception: int | None, reread: str | None) -> str:
    """`Remember: recv(n) returns … Reread section 2, "Where did my messages go?"`"""
    said = []
    if misconception is not None:
        said.append(f"Remember: {TRUTHS[misconception]}")
    if reread:
        number, dot, title = reread.partition(" · ")
        where = f'section {number}, "{title}' if dot else f'"{reread}'
        said.append(f'Reread {where}{"" if where[-1] in "?!." else "."}"')
    return " ".join(said)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, subsequent_indent="    ", break_long_words=False)


def _table(cases: Sequence[CaseReport]) -> str:
    def cell(text: str, style: str = ";", kind: str = "td", more: str = "") -> str:
        style = f"text-align:left;padding:.15em .9em .15em 0{style}"
        return f"<{kind}{more} style='{style}'>{escape(text)}</{kind}>"

    rows = ""
    for case in cases:
        name = case.name + (f" ({case.why or case.left})" if case.why or case.left else "")
        mark, color = _MARKS.get(case.verdict, ("–", "inherit"))
        style = f";white-space:nowrap;color:{color};font-weight:600"
        rows += f"<tr>{cell(f'{mark} {case.verdict}', style)}{cell(name)}</tr>"
    head = "".join(cell(word, "", "th", " scope='col'") for word in ("verdict", "case"))
    style = "margin:.3em 0;border-collapse:collapse"
    return f"<table style='{style}'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
