"""Runs the learner's function in a thread of its own, knows where it is, and ends it if need be.

Rules
- The examiner never waits for the learner's code without a deadline, and never runs it in its own thread.
- Whatever the learner's threads made, sockets and threads, is known and is gone after `Watchman.end`.
- `Stop` never leaves a thread of the learner's, and none is sent once its function is over.
- What can not be ended is said (`end` gives False), and its sockets' numbers are not given back.

Theory of operation. While a `Watchman` is active, `socket.socket.__new__` and `Thread.start` are wrapped:
what a thread of the learner's makes is noted, and a thread that it starts becomes a `Run`, too. The sockets
are held, so that one that nobody closes is found open instead of being closed in silence with its object.

Python has no call that kills a thread. What works on a thread of plain Python is done here, in this order:
1. shut down the sockets that it waits for: `recv` gives b'', `accept` an error, and most functions end;
2. raise `Stop` inside it (PyThreadState_SetAsyncExc), which the interpreter does between two bytecodes;
3. for a loop with a bare `except:`, raise two in a row: the making of the first sends the second.
A thread inside one long C call (`time.sleep(1000)`) ends when that call returns.

A `Stop` may come at any line of `Run` itself, even in its `except`. So `Run` does each step once, marks it
done, and starts again where it was; under its lock it withdraws a `Stop` on its way, and is over.
"""

from __future__ import annotations

import _socket
import ctypes
import functools
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from time import monotonic  # ours, whatever becomes of the module
from types import FrameType
from typing import Any

from .sockets import close, wake
from .surroundings import replaced
from .where import Place, is_learners, place_of

After = Callable[[], None] | None


class Stop(BaseException):
    """Raised inside a learner's thread to end it. Never leaves that thread."""


class Run:
    """One thread of the learner's: its result, its error, and the way to end it."""

    def __init__(self, thread: threading.Thread, body: Callable[[], Any], after: After = None) -> None:
        self.thread, self.after = thread, after
        self.body: Callable[[], Any] | None = body
        self.helper = False  # a thread that the learner's function started
        self.value: Any = None
        self.finished = False  # the body has given its value
        self.error: BaseException | None = None
        self.done = threading.Event()
        self.ended = 0.0  # on the clock of monotonic
        self._lock = threading.Lock()
        self._leaving = self._over = False
        self._clock: int | None = None
        self.began = monotonic()

    def __call__(self) -> None:
        with suppress(AttributeError, OSError):  # not on every system
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
        while not self._over:
            try:
                self._live()
            except Stop:
                pass

    def _live(self) -> None:
        """Run the function and leave in order. A Stop may come at any line of this: then once more."""
        while not self._over:
            try:
                if self.body is not None:
                    body, self.body = self.body, None
                    try:
                        self.value = body()
                        self.finished = True
                    except Stop:
                        pass
                    except BaseException as error:  # even SystemExit: it is an answer to report
                        self.error = error
                self._leaving = True  # no further Stop is sent; one may be on its way
                self.ended = self.ended or monotonic()
                self.done.set()
                if self.after:
                    self.after()
                with self._lock:
                    _raise_in(threading.get_ident(), None)  # withdrawn
                    self._over = True
            except Stop:
                pass

    def stop(self, twice: bool = False) -> None:
        """Raise Stop inside the thread, unless its function is over.

        twice: for a loop with a bare `except:`, which swallows a Stop. The next one has to come before the
        loop is back inside its `try`. So the making of the first one, in that thread, sends the second one,
        without a line of Python in between.
        """
        with self._lock:
            ident = self.thread.ident
            if ident is None or self._leaving:
                return
            again = functools.partial(_raise_again, ctypes.c_ulong(ident), ctypes.py_object(Stop))
            _raise_in(ident, type("Stop", (Stop,), {"__init__": staticmethod(again)}) if twice else Stop)

    def frames(self) -> Iterator[FrameType]:
        """What the thread executes now, innermost first."""
        frame = sys._current_frames().get(self.thread.ident or 0)
        while frame is not None:
            yield frame
            frame = frame.f_back

    def place(self) -> Place | None:
        """Where in the learner's own code the thread is now."""
        inner = ""
        for frame in self.frames():
            if is_learners(frame.f_code.co_filename):
                place = place_of(frame, frame.f_lineno, frame.f_lasti)
                if place.call is None and inner == "readinto":  # `for line in sock.makefile()` names no call
                    place = place._replace(call="recv")
                return place
            inner = frame.f_code.co_name
        return None

    def computed(self) -> float | None:
        """Seconds for which this thread has had a processor; None if this system keeps no such clock."""
        try:
            return None if self._clock is None else time.clock_gettime(self._clock)
        except OSError:  # the thread has just ended
            return 0.0


class Watchman:
    """While active: knows every socket, thread and child process of the learner's, and can end them."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.sockets: list[socket.socket] = []
        self.lent: list[socket.socket] = []  # the examiner's own, given as arguments
        self.patience = 0.5  # seconds for what may be about to end by itself
        self._started: list[subprocess.Popen[Any]] = []
        self._others: set[Any] = set()  # child processes of before, and so of somebody else

    def __enter__(self) -> Watchman:
        """Wrap where all these begin. `socket.__new__`, because `wire.watch` wraps `__init__`."""
        begin, popen = threading.Thread.start, subprocess.Popen.__init__
        self._others = set(_of_multiprocessing())

        def noted_new(cls: type[socket.socket], *args: Any, **kwargs: Any) -> socket.socket:
            sock = _socket.socket.__new__(cls)
            if self.is_learners_thread():
                self.sockets.append(sock)
            return sock

        def noted_start(thread: threading.Thread) -> None:
            if self.is_learners_thread():
                self._adopt(Run(thread, thread.run)).helper = True
                thread.daemon = True  # if it outlives everything, it must not hold up the exit of Python
            begin(thread)

        def noted_popen(child: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> None:
            popen(child, *args, **kwargs)
            if self.is_learners_thread():
                self._started.append(child)

        self._wrapped = ExitStack()
        self._wrapped.enter_context(replaced(subprocess.Popen, "__init__", noted_popen))
        self._wrapped.enter_context(replaced(socket.socket, "__new__", noted_new))
        self._wrapped.enter_context(replaced(threading.Thread, "start", noted_start))
        return self

    def __exit__(self, *_: object) -> None:
        self._wrapped.close()

    def is_learners_thread(self) -> bool:
        me = threading.current_thread()
        return any(run.thread is me for run in self.runs)

    def prepare(self, function: Callable[..., Any], args: tuple[Any, ...], after: After = None) -> Run:
        """What will run function(*args), then after(), once its thread is started."""
        self.lent += [value for value in args if isinstance(value, socket.socket)]
        thread = threading.Thread(name="your function", daemon=True)
        return self._adopt(Run(thread, lambda: function(*args), after))

    def _adopt(self, run: Run) -> Run:
        run.thread.run = run  # type: ignore[method-assign]
        self.runs.append(run)
        return run

    def wake_all(self) -> None:
        """Shut down every socket that the learner's threads made or were given."""
        for sock in [*self.sockets, *self.lent]:
            wake(sock)

    def threads(self) -> list[Run]:
        """The learner's threads that are still running."""
        return [run for run in self.runs if run.thread.is_alive()]

    def children(self) -> list[Any]:
        """The learner's child processes that have not ended, or that nobody has waited for."""
        others = [child for child in _of_multiprocessing() if child not in self._others]
        return [child for child in self._started if child.returncode is None] + others

    def errors(self) -> list[Run]:
        """The threads that ended with an error, in the order in which they began."""
        broken = [run for run in self.runs if run.error is not None]
        # SystemExit ends a thread in silence: threading ignores it
        return [run for run in broken if not (run.helper and isinstance(run.error, SystemExit))]

    def end(self, patience: float = 0.6) -> bool:
        """End all threads and children, and close all sockets. False: a thread could not be ended."""
        for child in self.children():  # first: a thread may wait for one
            with suppress(OSError, ValueError):
                child.kill()
                child.wait() if isinstance(child, subprocess.Popen) else child.join()
        last, turn = monotonic() + patience, 0
        while (alive := self.threads()) and (turn == 0 or monotonic() < last):
            self.wake_all()
            for frame in [frame for run in alive for frame in run.frames()]:
                for value in list(frame.f_locals.values()):  # global ones too are found that way
                    if isinstance(value, socket.socket):
                        wake(value)
            for run in alive:
                if turn:  # most end by themselves, once awake
                    run.stop(twice=turn > 3)
            for run in alive:
                run.thread.join(0.01)
            turn += 1
        for sock in self.sockets:
            wake(sock)
            if not alive:  # a number in use by a blocked call must not go to somebody else
                close(sock)
        self.runs, self.sockets, self.lent, self._started = [], [], [], []
        return not alive


def _of_multiprocessing() -> list[Any]:
    module = sys.modules.get("multiprocessing")
    return module.active_children() if module else []


def _raise_in(ident: int, what: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), what and ctypes.py_object(what))


_IN_PYTHON = "PyThreadState_SetAsyncExc", ctypes.pythonapi
_raise_again = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(_IN_PYTHON)
