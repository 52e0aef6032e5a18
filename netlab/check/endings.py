"""How a case ends, other than well: what the learner's function did, in words that say only what was seen."""

from __future__ import annotations

import sys
from time import monotonic, sleep  # ours, whatever becomes of the module
from typing import TYPE_CHECKING

from ..wire import is_end_of_stream
from .comparing import named
from .report import Wrong
from .sockets import identity
from .where import Place, at, failed_at, motion
from .worker import Run

if TYPE_CHECKING:
    from .lab import Lab

LOOP = "loop"  # in `stuck`: the function computes for ever instead of waiting


class LeaveOut(Exception):
    """This system cannot make the situation of this case: it is left out, and the report says so."""


class Stuck(Exception):
    """The deadline passed: what was seen of the learner's function at that moment."""

    def __init__(self, seconds: float, run: Run | None, look: bool = True) -> None:
        """look: for a moment, at what it does."""
        self.limit, self.run, self.when = seconds, run, monotonic()
        self.place: Place | None = run.place() if run else None
        self.computes, self.loops = motion(run) if run and look else (False, False)
        self.running = run is not None and not run.done.is_set()  # asked last: it may have ended meanwhile

    @property
    def call(self) -> str | None:
        """The call it waits in ("recv"), LOOP if it computes, None if it has already ended."""
        if not self.running:
            return None
        return LOOP if self.computes else (self.place.call if self.place else None)

    def __str__(self) -> str:
        if self.run is None:
            return f"nothing came of this case in {self.limit:.2g} s"
        if not self.running:
            took = self.run.ended - self.run.began
            if took > self.limit:  # in one long call nothing else can run, the watchdog included
                return f"your function took {took:.2g} s: a case has {self.limit:.2g} s"
            how = "raised " + type(self.run.error).__name__ if self.run.error else "returned"
            return f"the case was not over after {self.limit:.2g} s: your function had {how} by then"
        still = f"still running after {self.limit:.2g} s"
        if self.place is None:
            return still
        if self.place.call and not self.computes:
            return f"{still}: blocked in {self.place.call} ({at(self.place)})"
        does = "goes round and round" if self.loops else "computes" if self.computes else "waits"
        return f"{still}: it {does} at {at(self.place)}"


class Returned(Exception):
    """A server function ended while its listener was still open."""

    def __init__(self, served: bool) -> None:
        self.call = "returned" if served else "idle"  # a key of `stuck`
        said = "your function returned while its listener was still open"
        super().__init__(said if served else f"{said}, and accepted nobody")


class Broke(Exception):
    """The learner's function ended with an exception. asked: the call, as a program would write it."""

    def __init__(self, run: Run, asked: str = "") -> None:
        assert run.error is not None
        self.error, self.place, self.asked = run.error, failed_at(run.error), asked
        self.who = "a thread of your function" if run.helper else "your function"

    def __str__(self) -> str:
        before = f"{self.asked}: " if self.asked else ""
        if isinstance(self.error, SystemExit):
            return f"{before}your function ends the whole program (SystemExit): {at(self.place)}"
        where = f" ({at(self.place)})" if self.place else ""
        return f"{before}{self.who} raised {named(self.error)}{where}"


def true_cause(failure: Exception, lab: Lab) -> Exception:
    """What went wrong first: the examiner sees from outside only what followed from it."""
    if isinstance(failure, Broke):
        return failure
    if isinstance(failure, Wrong) and lab.stuck and lab.stuck in (failure.__context__, failure.__cause__):
        return failure  # a case that knows why it is stuck
    seen = failure.when if isinstance(failure, Wrong) else monotonic()
    if lab.stuck:
        seen = lab.stuck.when  # whatever came later came of being woken
    elif lab.run and not lab.ending:
        lab.run.done.wait(0.05)  # the end of a connection is seen before the error that ended it
    for run in lab.watchman.errors() if not lab.ending else ():
        wanted = isinstance(run.error, OSError)  # perhaps: by a function that closes a thread's socket
        first = run.ended <= seen or not (lab.stuck or wanted)
        if run not in lab.judged and first and (run is lab.run or not wanted):
            return Broke(run)
    if isinstance(failure, OSError) and sys.platform != "win32":
        lent = [sock for sock in lab.watchman.lent if sock.fileno() != -1]
        if not all(map(identity, lent)):  # one has lost its descriptor, and does not know it
            said = "your function closed a descriptor behind its socket (os.close): close the socket itself"
            return Wrong(said)
    return lab.stuck or lab.over() or failure


def leaks(lab: Lab, sockets: bool) -> tuple[str, str, str] | None:
    """What of the learner's function is left after its end: ("1 socket", "open", the hint), or None. sockets:
    whether those count."""
    man = lab.watchman
    last = monotonic() + man.patience  # a thread may be at its last line
    while True:
        left = (
            (sockets * sum(sock.fileno() != -1 for sock in man.sockets), "socket", "s", "open", "close"),
            (len(man.threads()), "thread", "s", "running", "thread"),
            (len(man.children()), "child process", "es", "running", "child"),
        )
        count, thing, plural, how, hint = next((row for row in left if row[0]), left[0])
        if not count:
            return None
        if monotonic() > last:
            man.patience = 0.05  # for the other cases: it leaves something
            return f"{count} {thing}{plural * (count != 1)}", how, hint
        sleep(0.002)


def met_end(lab: Lab) -> bool:
    """Whether the learner's function has received the end of a stream."""
    mine = {lab.recording.number_of(run.thread) for run in lab.watchman.runs}
    return any(event.thread in mine and is_end_of_stream(event) for event in lab.recording)
