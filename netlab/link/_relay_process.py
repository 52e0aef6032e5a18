"""The notebook's side of a relay: its child process, and the thread that listens to it."""

from __future__ import annotations

import marshal
import mmap
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ._child import PathEnded, shared_memory
from ._log import HEAD
from ._relay_recorded import finished
from .hold import Hold

START, ANSWER, STOP = 20.0, 10.0, 2.0  # seconds until a child is given up
CODE = "import sys; sys.path.append(sys.argv[1]); from netlab.link._relay_child import main; main()"

processes: set[RelayProcess] = set()  # those at work


class RelayProcess:
    """A child process that relays. It does not know the relay, so that the relay can be dropped."""

    def __init__(self, keep: int, *arguments: Any) -> None:
        self.error: PathEnded | None = None
        self.held: Hold | None = None
        self.began = time.perf_counter()
        self.address: Any = None
        self._owner, self._number, self._closing, self._failed = os.getpid(), 0, False, ""
        self._asking, self._writing, self._reading = threading.Lock(), threading.Lock(), threading.Lock()
        self._answers: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._final_log: bytes | None = None
        self._file = ""
        size = keep + HEAD.size
        options: dict[str, Any]
        where: int | str
        if sys.platform == "win32":  # no descriptor can be handed over there, so the memory is a file's
            descriptor, self._file = tempfile.mkstemp(prefix="netlab-relay-")
            os.truncate(descriptor, size)
            where = self._file
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        else:  # a session of its own, so that interrupting the notebook does not reach it
            where = descriptor = shared_memory(size)
            options = {"pass_fds": (descriptor,), "start_new_session": True, "cwd": "/"}
        # -I and -S start quickly.
        command = [sys.executable, "-I", "-S", "-c", CODE, str(Path(__file__).parents[2])]
        try:
            self._memory = mmap.mmap(descriptor, size)
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options
            )
        finally:
            os.close(descriptor)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self._reader = threading.Thread(target=self._listen, name="relay", daemon=True)
        self._reader.start()
        processes.add(self)
        try:
            self._write((self._owner, where, *arguments))
            self.address = self._answer(0, START)
        except BaseException:
            self.close()
            raise

    # Requests

    def ask(self, command: str, *arguments: Any) -> None:
        """Let the child do something and wait until it has."""
        with self._asking:
            self._number += 1
            self.send(self._number, command, *arguments)
            self._answer(self._number, ANSWER)

    def send(self, *message: Any) -> None:
        if self.error is not None:
            raise self._ended()
        if os.getpid() != self._owner:
            raise PathEnded("This relay belongs to the process that opened it, and this is a fork of that.")
        self._write(message)

    def _write(self, message: Any) -> None:
        try:
            with self._writing:
                self._input.write(marshal.dumps(message))
                self._input.flush()
        except (OSError, ValueError):
            raise self._ended() from None

    def _answer(self, wanted: int, seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        while True:
            try:
                number, answer = self._answers.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                raise PathEnded("The child process of this relay does not answer.") from None
            if number == wanted:
                return answer
            if number < 0:
                self._answers.put((number, answer))  # for whoever asks next
                raise self._ended()

    def _ended(self) -> PathEnded:
        self._reader.join(ANSWER)
        error = self.error or PathEnded("The child process of this relay does not answer.")
        return PathEnded(*error.args)  # a new one for each raise, so that no traceback grows

    def hold(self) -> Hold:
        """Every datagram waits from now on."""
        if self.held is not None and self.held.active:
            raise RuntimeError("The datagrams of this relay are held already: release() that hold first.")
        self.held = held = Hold(lambda *decision: self.send(0, "decide", *decision), self._release)
        try:
            self.ask("hold_all")
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

    # The reader thread

    def _listen(self) -> None:
        with suppress(EOFError, OSError, ValueError, TypeError):  # how half a message of a killed child ends
            while True:
                number, word, *rest = marshal.load(self._output)
                if word == "held":
                    if self.held is not None:
                        name, when, out, data = rest
                        direction = "out" if out else "back"
                        self.held._arrive(name, when - self.began, direction, finished(data))
                elif word == "failed":
                    self._failed = rest[0]
                else:
                    self._answers.put((number, rest[0] if rest else None))
        self._finish()

    def _finish(self) -> None:
        """The child is gone, or going: nothing that used the relay may hang."""
        unexpected = not self._closing
        try:
            code = self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        error = PathEnded("This relay is closed.")
        if unexpected:
            why = self._failed or (f"signal {-code}" if code < 0 else f"exit code {code}")
            error = PathEnded(f"The child process of this relay ended by itself ({why}). Open a new relay.")
            error.unexpected = True
        with self._reading:
            self._final_log = self._read_log()
            self._memory.close()
        if self._file:
            with suppress(OSError):
                os.unlink(self._file)
        self.error = error
        with suppress(OSError):
            self._input.close()
        self._output.close()
        if self.held is not None:
            self.held._finish()
        processes.discard(self)
        self._answers.put((-1, None))

    def close(self) -> None:
        """End the child; return when it is gone. Harmless when done twice."""
        if os.getpid() != self._owner:  # a fork of the notebook: this is not its child
            return
        self._closing = True
        with suppress(OSError):
            self._input.close()
        if threading.current_thread() is not self._reader:
            self._reader.join(STOP)
            if self._reader.is_alive():  # a child that was stopped does not hear us
                self._process.kill()
                self._reader.join()
