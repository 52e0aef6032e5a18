"""Exercises: what they are made of, how they are run, and what is said about them.

An exercise is a generator function in a file of its own, `netlab/lessons/nb03/e1_read_exact.py`. Its name and
parameters are those of the learner's function, its docstring is the contract, and it yields its cases. There
is one in CONTRIBUTING.md. The words of a case, `lab.gives` and the like, are in lab.py, scripts in peers.py.

What fails names a hint of `hints.md` beside it: `raises` and `stuck` of the exercise map exceptions and
blocked calls to hints; a case names its own; the `hint=` of lab.gives, raises, equal and wrong says it best.
"""

from __future__ import annotations

import inspect
import random
import re
import socket
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic  # ours, whatever becomes of the module
from typing import Any

from .. import wire
from .comparing import named, safely, shown
from .endings import leaks, met_end, true_cause
from .hints import COMMON, Advice, Hint, advice_of
from .lab import LOOP, Broke, Lab, LeaveOut, Returned, Stuck
from .mine import keep, solution_file
from .progress import record
from .report import FAILED, LEFT_OUT, NOT_RUN, PASSED, CaseReport, Report, Wrong
from .surroundings import CLASSES, RANDOM, THINGS, Patches, Surroundings, kept_streams, load
from .transcript import transcript
from .where import at, failed_at
from .worker import Watchman

DEADLINE = 5.0 if sys.platform == "win32" else 2.0  # seconds for one case; Windows refuses in 2 s
REST = 0.7  # seconds more for the whole report, once a case has failed: what is left then is not run. Only a
# call in C that lets nothing else run, the watchdog included, can take longer.
TOTAL = 1.4 * DEADLINE  # seconds for cases that all pass, on a machine that does nothing else
SLOWEST = 3.0  # times as long as that at most on others, for a right function is no slower than its machine
STUBBORN = (
    "Your function could not be ended, and goes on in the background: perhaps until the call that it is in "
    "returns. Restart the kernel to be rid of it at once."
)
_NUMBER = re.compile(r"\.nb(\d\d)\.e(\d)_")
_one_at_a_time = threading.RLock()


class Case:
    """One sentence and the function that makes it happen: body(lab, *args).

    hint: for whatever fails here without a hint of its own; stuck and raises: as in exercise().
    """

    def __init__(
        self, name: str, body: Callable[..., None], *args: Any, hint: str | None = None,
        stuck: Mapping[str, str] | None = None, raises: Mapping[type[BaseException], str] | None = None,
    ) -> None:  # fmt: skip
        self.name, self.body, self.args, self.hint = name, body, args, hint
        self.stuck, self.raises = stuck or {}, raises or {}


case = Case  # an exercise says: yield case(...)
Cases = Generator[Case, None, None]  # what an exercise is a function of


@dataclass(kw_only=True)
class exercise:
    """Makes an exercise of a generator of cases."""

    number: str = ""  # "03-1"; else as its file has it: nb03/e1_read_exact.py
    advice: Advice | None = None  # else that of hints.md beside its file
    closes: bool = True  # whether sockets left open are an error
    stuck: Mapping[str, str] = field(default_factory=dict)  # hint by the call that it is blocked in ("recv"),
    # LOOP if it computes for ever, "returned" or "idle" for a server that ends too early
    raises: Mapping[type[BaseException], str] = field(default_factory=dict)  # hint by type of exception

    def __call__(self, cases: Callable[..., Cases]) -> Exercise:
        return Exercise(self, cases)


class Exercise:
    """Call it with your function: `check.NAME(function)` gives a Report."""

    def __init__(self, rules: exercise, cases: Callable[..., Cases]) -> None:
        self.rules, self.number = rules, rules.number or "-".join(_NUMBER.findall(cases.__module__)[0])
        hints = Path(cases.__code__.co_filename).with_name("hints.md")
        self.advice = rules.advice or advice_of(hints)[cases.__name__]
        self.hints = {**COMMON, **self.advice.hints}
        self._cases, self.__signature__ = cases, inspect.signature(cases)
        self.__name__, self.__doc__, self.__module__ = cases.__name__, inspect.getdoc(cases), cases.__module__
        self._asked = "start"  # the hint that hint() gives
        self._given = 0  # how many steps of it were given
        self._seed: int | None = None  # the seed that failed last: the same examination until it is passed

    def cases(self) -> list[Case]:
        """The cases, fresh."""
        return list(self._cases(*(None for _ in self.__signature__.parameters)))

    def __repr__(self) -> str:
        return f"check.{self.__name__}: exercise {self.number}.\n\n{self.__doc__}"

    def __call__(self, function: Any = None, seed: int | None = None) -> Report:
        """Examine the learner's function. seed: repeat an examination; None chooses a new one."""
        called = safely(lambda: function.__name__, None)
        if not isinstance(called, str) or not called.isidentifier():  # a lambda's is <lambda>
            called = self.__name__
        report = Report(self.number, self.__name__, called=called, problem=self._objection(function))
        if report.problem:
            return report
        seed = self._seed if seed is None else seed
        report.seed = random.SystemRandom().randrange(10_000) if seed is None else seed
        with _one_at_a_time:
            self._examine(function, report)
        self._remember(report, function)
        return report

    def hint(self) -> None:
        """Print the next hint for the failure that the last report showed."""
        steps = self._steps(self._asked)
        if self._given >= len(steps):
            print(f"That was the last hint. One solution: check.{self.__name__}.solution()")
            return
        print(f"{self.number} {self.__name__}, hint {self._given + 1} of {len(steps)}: {steps[self._given]}")
        self._given += 1
        if self._given < len(steps):
            print(f"Next: check.{self.__name__}.hint() — {self._given + 1} of {len(steps)}")

    def solution(self) -> None:
        """Print one solution. Others are right too: everything that passes is."""
        if file := solution_file(self.__name__, self.number):
            return print(file.read_text(encoding="utf-8").strip())
        name = f"{self.number.replace('-', '_')}_{self.__name__}.py"
        print(f"The solution is the file notebooks/solutions/{name} of the course: it was not found here.")

    def _objection(self, function: Any) -> str:
        name, takes = self.__name__, self.__signature__
        if not callable(function):
            got = "nothing" if function is None else shown(function)[:60]
            return f"give it your function itself, without calling it: check.{name}({name}). It got {got}."
        if safely(lambda: _is_async(function) or _is_async(type(function).__call__), False):
            return "your function is `async def`, and this exercise asks for a plain one."
        theirs = safely(lambda: inspect.signature(function), None)  # some built-in functions have none
        if theirs is not None:
            try:
                theirs.bind(*takes.parameters)
            except TypeError:
                ours, those = (", ".join(each.parameters) for each in (takes, theirs))
                return f"your function must take ({ours}), and it takes ({those})."
        return ""

    def _steps(self, key: str) -> tuple[str, ...]:
        hint = self.hints.get(key) or self.hints["start"]
        return (*hint.steps, self.advice.outline) if self.advice.outline else hint.steps

    def _remember(self, report: Report, function: Any) -> None:
        """What hint() and the next examination need to know about this one."""
        if report.passed:
            self._seed, self._asked, self._given = None, "start", 0
            if warning := record(self.number, self.__name__) or keep(self, function):
                report.notes.append(warning)
        elif report.started:
            self._seed = report.seed
            report.hint = report.failure.wrong.hint if report.failure and report.failure.wrong else None
            key = report.hint or "start"
            if key != self._asked:
                self._asked, self._given = key, 0
            report.hints, report.given = len(self._steps(key)), self._given

    def _examine(self, function: Callable[..., Any], report: Report) -> None:
        cases, began = self.cases(), monotonic()
        report.cases = [CaseReport(case.name) for case in cases]
        chance, total = Surroundings([RANDOM]), TOTAL * min(load(), SLOWEST)
        with Watchman() as watchman, kept_streams() as restore_streams:
            for index, (case, result) in enumerate(zip(cases, report.cases, strict=True)):
                spent = monotonic() - began
                left = max(TOTAL - spent, min(total - spent, 0.75 * DEADLINE), 0.1)
                if failed := report.failure is not None:
                    left = DEADLINE + REST - spent
                    left = left / 2 if left < DEADLINE else DEADLINE
                seconds = min(left, DEADLINE)
                if seconds < 0.05:
                    break
                lab = Lab(case.name, function, f"{report.seed}/{index}", seconds, watchman)
                lab.brief = seconds < DEADLINE / 2
                changed = self._try(case, result, lab) + restore_streams()
                report.changed += [each for each in changed if each not in report.changed]
                error = lab.failure.error if isinstance(lab.failure, Broke) else None
                if isinstance(error, NotImplementedError) and index == 0:
                    report.started, report.cases = False, []
                if lab.stubborn:
                    report.notes.append(STUBBORN)
                if lab.brief and lab.stuck and failed:
                    result.verdict, result.wrong = NOT_RUN, None
                elif lab.brief and lab.stuck:
                    said = f"your function has taken {spent + seconds:.2g} s so far, with all cases together"
                    result.wrong = self._explain(Wrong(said, hint="takes long"), case, [])
                if lab.stubborn or lab.held_up or not report.started:
                    break
        chance.restore()

    def _try(self, case: Case, result: CaseReport, lab: Lab) -> list[str]:
        """Run one case; whatever happens, leave no thread and no socket of it.

        What it changed for the whole process is put back: gives the names of that.
        """
        things, changed = Surroundings(THINGS), lab.changed
        timeout = socket.getdefaulttimeout()
        socket.setdefaulttimeout(None)
        happened: list[str] = []
        left, ended = None, False
        try:
            with wire.watch(max_events=3000, settle_within=0) as lab.recording, lab:
                classes = Patches(CLASSES)  # now, because watch() wraps methods
                try:
                    lab.examine(lambda: case.body(lab, *case.args))
                    lab.failure = lab.misused or lab.stuck
                    if lab.failure is None:
                        left = leaks(lab, self.rules.closes)
                except LeaveOut as reason:
                    result.verdict, result.why = LEFT_OUT, str(reason)
                except Exception as failure:  # Wrong, Broke, Stuck, Returned, or what a peer or the case met
                    lab.failure = lab.misused or true_cause(failure, lab)
                changed += classes.restore()
                if lab.run and not lab.failure and socket.getdefaulttimeout() != lab.default_timeout:
                    changed.append("the default timeout of sockets")
            if lab.failure is not None or left:
                happened, ended = transcript(lab), met_end(lab)
        finally:
            lab.put_back()
            socket.setdefaulttimeout(timeout)
            lab.stubborn = not lab.watchman.end(patience=0.3 if lab.brief else 0.6)
            changed += things.restore()  # before the case removes a folder that a function went into
            lab.close()
        if lab.failure is not None:
            result.verdict, result.wrong = FAILED, self._explain(lab.failure, case, happened, ended)
        elif result.verdict == NOT_RUN:
            result.verdict = PASSED
        if left:
            what, how, hint = left
            wrong = Wrong(f"your function left {what} {how}", hint=hint)
            result.left, result.wrong = f"{what} left {how}", self._explain(wrong, case, happened)
        return changed

    def _explain(self, failure: Exception, case: Case, happened: list[str], ended: bool = False) -> Wrong:
        """Any failure as a Wrong with its hint, misconception and section."""
        if isinstance(failure, Wrong):
            wrong, key = failure, failure.hint
        elif isinstance(failure, (Stuck, Returned)):
            wrong, call = Wrong(str(failure)), failure.call or ""
            key = case.stuck.get(call) or self.rules.stuck.get(call)
            common = key == "forever" and self.hints[key].steps == COMMON[key].steps
            if call == LOOP and common and not ended:  # no stream has ended: it is something else
                key = "computes"
        elif isinstance(failure, Broke):
            wrong = Wrong(str(failure))
            key = _hint_for(failure.error, case.raises) or _hint_for(failure.error, self.rules.raises)
        else:
            place = failed_at(failure)
            who = "the peer met" if isinstance(failure, (OSError, EOFError)) else "the examiner stumbled over"
            wrong, key = Wrong(f"{who} {named(failure)}"), None
            if place and place.function.startswith("__"):  # of an object that the function gave
                wrong = Wrong(f"your object raised {named(failure)} ({at(place)})")
        wrong.hint = key or case.hint or "start"
        hint = self.hints.get(wrong.hint) or Hint()
        wrong.misconception, wrong.reread = hint.misconception, hint.reread or self.advice.reread
        wrong.happened = happened if wrong.happened is None else wrong.happened
        wrong.__traceback__ = wrong.__context__ = wrong.__cause__ = None  # a report holds no frames
        return wrong


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _hint_for(error: BaseException, table: Mapping[type[BaseException], str]) -> str | None:
    """The entry of the class nearest to the error's own."""
    return next((table[kind] for kind in type(error).__mro__ if kind in table), None)
