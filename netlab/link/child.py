"""The notebook's side of a path: its child process, and the thread that listens to it.

The child runs _child_main.py. Requests go to its standard input, answers come from its standard output, and
what it records is in memory that both share: so a child that was killed leaves its recording complete.
"""

from __future__ import annotations

import mmap
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from ..wire import PacketEvent
from ._log import HEAD
from .holding import Hold

START, ANSWER, STOP = 20.0, 10.0, 2.0  # seconds until a child is given up
MOST = 32  # paths of one kind open at once in one process
CODE = "import sys; sys.path.append(sys.argv[1]); from netlab.link._child_main import main; main()"

children: set[Child] = set()  # those at work


class PathEnded(OSError):
    """The path is closed, or its child process died; the text says which."""

    unexpected = False


class Child:
    """A child process that carries packets. It does not know the path, so that the path can be dropped.

    `kind`, `ends` and `settings` are for _child_main.py; `keep` bounds the recording, in bytes; the child
    inherits the `descriptors`. `ready` is what it said when it was.
    """

    kind: ClassVar[str]
    noun, nouns = "relay", "relays"  # for the errors
    event: Callable[..., Any] = PacketEvent  # what is made of the rows of the recording
    ready: Any = None

    def __init__(self, keep: int, ends: Any, settings: Any, descriptors: Sequence[int] = ()) -> None:
        if sum(child.nouns == self.nouns for child in list(children)) >= MOST:
            open_already = f"{MOST} {self.nouns} are open already"
            raise RuntimeError(f"{open_already}. Close some first; `with` closes its own.")
        self.began = time.perf_counter()  # on the clock that the child has, too
        self.error: PathEnded | None = None
        self.held: Hold | None = None
        self._owner, self._number, self._closing = os.getpid(), 0, False
        self._asking, self._writing = threading.RLock(), threading.RLock()
        self._reading = threading.Lock()  # of what is closed at the end
        self._answers: queue.SimpleQueue[tuple[int, str, list[Any]]] = queue.SimpleQueue()
        self._failed: tuple[str, ...] = ()  # the exception that ended the child: its type and text
        self._final_log: bytes | None = None
        self._file = ""
        size = keep + HEAD.size
        options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        if sys.platform == "win32":  # no descriptor can be handed over there, so the memory is a file's
            memory, self._file = tempfile.mkstemp(prefix="netlab-path-")
            os.truncate(memory, size)
            options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        else:  # a session of its own, so that interrupting the notebook does not reach it
            memory = shared_memory(size)
            options |= {"pass_fds": (memory, *descriptors), "start_new_session": True, "cwd": "/"}
        # -I and -S start quickly.
        command = [sys.executable, "-I", "-S", "-c", CODE, str(Path(__file__).parents[2])]
        with os.fdopen(memory, "rb"):  # closes it here
            self._memory = mmap.mmap(memory, size)
            try:
                self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)
            except BaseException:
                self._let_go()
                raise
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        if sys.platform != "win32":
            os.set_blocking(self._input.fileno(), False)
        self._reader = threading.Thread(target=self._listen, name=self.nouns, daemon=True)
        children.add(self)  # before the thread runs: it takes a child out that has ended at once
        self._reader.start()
        try:
            self._send(self._owner, self._file or memory, self.kind, ends, settings)
            (self.ready,) = self._answer(0, START)
        except BaseException:
            self.close()
            raise

    def ask(self, command: str, *arguments: Any) -> None:
        """Let the child do something and wait until it has. Raises the child's OSError, or PathEnded."""
        with self._asking:
            self._number += 1
            self._send(self._number, command, *arguments)
            error = self._answer(self._number, ANSWER)
        if error:
            raise OSError(*error)

    def _send(self, *message: Any) -> None:
        if self.error is not None:
            raise self._ended()
        if os.getpid() != self._owner:
            noun = self.noun
            raise PathEnded(f"This {noun} belongs to the process that opened it, and this is a fork of that.")
        try:
            self._write(message)
        except BlockingIOError:
            raise self._silent() from None
        except (OSError, ValueError):
            raise self._ended() from None

    def _write(self, message: Any) -> None:
        """Never waits, but on Windows: only a child that was stopped lets the pipe fill up."""
        data = pickle.dumps(message)
        with self._writing:
            os.write(self._input.fileno(), data)

    def _answer(self, wanted: int, seconds: float) -> list[Any]:
        deadline = time.monotonic() + seconds
        while True:
            try:
                number, word, rest = self._answers.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                raise self._silent() from None
            if number == wanted:  # else it is an answer that somebody was interrupted waiting for
                return rest
            if number < 0:
                self._answers.put((number, word, rest))  # for whoever asks next
                raise self._ended()

    def _silent(self) -> PathEnded:
        return PathEnded(f"The child process of this {self.noun} does not answer.")

    def _ended(self) -> PathEnded:
        self._reader.join(ANSWER)
        return PathEnded(*(self.error or self._silent()).args)  # a new one each time: no traceback grows

    def hold(self) -> Hold:
        """Every packet waits from now on."""
        if self.held is not None and self.held.active:
            raise RuntimeError(f"This {self.noun} is held already: release() that hold first.")
        self.held = held = Hold(lambda *decision: self._send(0, "decide", *decision), self._release)
        try:
            self.ask("hold")
        except BaseException:
            held._finish()
            raise
        return held

    def _release(self) -> None:
        if self.error is None:
            self.ask("release")

    def log(self) -> bytes:
        """What is recorded until now; see _log.py."""
        if self._final_log is None:
            with suppress(PathEnded):
                self.ask("count")
        with self._reading:
            return self._final_log or self._read_log()

    def _read_log(self) -> bytes:
        return self._memory[: HEAD.unpack_from(self._memory)[0] or HEAD.size]

    def _listen(self) -> None:
        """The reader thread."""
        for number, word, *rest in self._messages():
            if word == "held" and self.held is not None:
                name, when, out, data = rest
                event = self.event(when - self.began, None, "held", "out" if out else "back", data)
                self.held._arrive(name, event)
            elif word == "failed":
                self._failed = tuple(rest)
            else:
                self._answers.put((number, word, rest))
        self._finish()

    def _messages(self) -> Iterator[tuple[Any, ...]]:
        # Half a message of a killed child ends it, too.
        with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while True:
                yield pickle.load(self._output)

    def _finish(self) -> None:
        """The child is gone, or going: nothing that used the path may hang."""
        unexpected = not self._closing
        try:
            code = self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        said = f"This {self.noun} is closed."
        if unexpected:
            why = ": ".join(self._failed) or (signal.Signals(-code).name if code < 0 else f"exit code {code}")
            said = f"The child process of this {self.noun} ended by itself ({why}). Open a new {self.noun}."
        error = PathEnded(said)
        error.unexpected = unexpected
        with self._reading:
            self._final_log = self._read_log()
            self._let_go()
        self.error = error
        with self._writing:
            self._input.close()
        self._output.close()
        if self.held is not None:
            self.held._finish()
        children.discard(self)
        self._answers.put((-1, "ended", []))

    def _let_go(self) -> None:
        """Close what both processes share."""
        self._memory.close()
        if self._file:
            with suppress(OSError):
                os.unlink(self._file)

    def close(self) -> None:
        """End the child; return when it is gone. Harmless when done twice."""
        if os.getpid() != self._owner:  # a fork of the notebook: this is not its child
            return
        self._closing = True
        with suppress(OSError, ValueError):  # it is gone already
            self._write((0, "close"))  # a fork of the notebook may keep its input open
        with self._writing:
            self._input.close()
        if threading.current_thread() is not self._reader:
            self._reader.join(STOP)
            if self._reader.is_alive():  # a child that was stopped does not hear us
                self._process.kill()
                self._reader.join()


def shared_memory(size: int) -> int:
    """A descriptor of memory that the child can use too. It takes what is written, not its size."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("netlab", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, size)
    return descriptor
