"""The notebook's side of a kernel path: its child process, and the thread that listens to it."""

from __future__ import annotations

import _socket  # the C class: its calls are ours, so watch() must not record them
import marshal
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from ..wire import NotOnThisSystem
from ._log import HEAD
from .hold import Hold

START, ANSWER, STOP = 20.0, 10.0, 1.0  # seconds until a child is given up
NETNS_COOKIE = 71  # SO_NETNS_COOKIE
CODE = "import sys; sys.path.append(sys.argv[1]); from netlab.link._namespace import main; main()"

children: set[Child] = set()  # those at work


class PathEnded(OSError):
    """The path is closed, or its child process died; the text says which."""

    unexpected = False


class Child:
    """A child process that keeps a namespace. It does not know the path, so that the path can be dropped."""

    def __init__(
        self, keep: int, family: int, near: str, far: str, prefix: int, *weather: dict[str, Any]
    ) -> None:
        self.error: PathEnded | None = None
        self.held: Hold | None = None
        self.cookie = b""
        self.congestion_controls: tuple[str, ...] = ()
        self._owner = os.getpid()
        self._number = 0
        self._asking = threading.Lock()
        self._reading = threading.Lock()  # of the log's descriptor, which is closed at the end
        self._answers: queue.SimpleQueue[tuple[int, str, list[Any], list[int]]] = queue.SimpleQueue()
        self._refused = self._failed = ""
        self._final_log: bytes | None = None
        self._log = shared_memory(max(keep, 0) + HEAD.size)
        self._closing = False
        self._control, theirs = _socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # A session of its own, so that interrupting the notebook does not reach it; -I and -S start quickly.
        command = [sys.executable, "-I", "-S", "-c", CODE, str(Path(__file__).parents[2])]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                pass_fds=(self._log,),
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._log)
            self._control.close()
            why = f"its child process did not start: {error}"
            raise NotOnThisSystem(f"A kernel path is not possible here: {why}.") from None
        finally:
            theirs.close()
        self._reader = threading.Thread(target=self._listen, name="kernel path", daemon=True)
        self._reader.start()
        children.add(self)
        try:
            self._control.send(marshal.dumps((self._owner, self._log, family, near, far, prefix, *weather)))
            _, _, (self.cookie, names), _ = self._answer(0, START)
            self.congestion_controls = tuple(names)
        except BaseException as error:
            self.close()
            if self._refused:
                raise NotOnThisSystem(f"A kernel path is not possible here: {self._refused}.") from None
            if isinstance(error, PathEnded) or not isinstance(error, OSError):
                raise
            raise self._ended() from None

    # Requests

    def ask(self, command: str, *arguments: Any) -> int | None:
        """Let the child do something and wait until it has; a descriptor if it gave one."""
        with self._asking:
            self._number += 1
            self._send(self._number, command, *arguments)
            _, word, rest, descriptors = self._answer(self._number, ANSWER)
        if word == "error":
            raise OSError(*rest)
        return descriptors[0] if descriptors else None

    def _send(self, *message: Any) -> None:
        if self.error is not None:
            raise self._ended()
        if os.getpid() != self._owner:
            raise PathEnded("This path belongs to the process that opened it, and this is a fork of that.")
        try:
            self._control.send(marshal.dumps(message), socket.MSG_DONTWAIT)
        except BlockingIOError:
            raise PathEnded("The child process of this path does not answer.") from None
        except OSError:
            raise self._ended() from None

    def _answer(self, wanted: int, seconds: float) -> tuple[int, str, list[Any], list[int]]:
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self._answers.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                raise PathEnded("The child process of this path does not answer.") from None
            if answer[0] == wanted:
                return answer
            if answer[0] < 0:
                self._answers.put(answer)  # for whoever asks next
                raise self._ended()
            for descriptor in answer[3]:  # an answer that somebody was interrupted waiting for
                os.close(descriptor)

    def _ended(self) -> PathEnded:
        self._reader.join(ANSWER)
        error = self.error or PathEnded("The child process of this path does not answer.")
        return PathEnded(*error.args)  # a new one for each raise, so that no traceback grows

    def hold(self) -> Hold:
        """Every packet waits from now on."""
        if self.held is not None and self.held.active:
            raise RuntimeError("The packets of this path are held already: release() that hold first.")
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
            try:
                self.ask("count")
            except PathEnded:
                pass
        with self._reading:
            return self._final_log or self._read_log()

    def _read_log(self) -> bytes:
        end = HEAD.unpack(os.pread(self._log, HEAD.size, 0))[0] or HEAD.size
        return os.pread(self._log, end, 0)

    # The reader thread

    def _listen(self) -> None:
        control: Any = self._control
        while True:
            try:
                received = socket.recv_fds(control, 1 << 17, 1, socket.MSG_CMSG_CLOEXEC)
            except OSError:
                break
            message, descriptors, _, _ = received
            if not message:
                break
            number, word, *rest = marshal.loads(message)
            if word == "held":
                if self.held is not None:
                    name, when, out, data = rest
                    self.held._arrive(name, when, "out" if out else "back", data)
            elif word == "refused":
                self._refused = rest[0]
            elif word == "failed":
                self._failed = rest[0]
            else:
                self._answers.put((number, word, rest, descriptors))
        self._finish()

    def _finish(self) -> None:
        """The child is gone, or going: nothing that used the path may hang."""
        unexpected = not self._closing
        shut_sockets(self.cookie)
        try:
            code = self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        why = self._failed or (signal.Signals(-code).name if code < 0 else f"exit code {code}")
        error = PathEnded("This path is closed.")
        if unexpected:
            error = PathEnded(f"The child process of this path ended by itself ({why}). Open a new path.")
            error.unexpected = True
        with self._reading:
            self._final_log = self._read_log()
            os.close(self._log)
        self.error = error
        self._control.close()
        if self.held is not None:
            self.held._finish()
        children.discard(self)
        self._answers.put((-1, "ended", [], []))

    def close(self) -> None:
        """End the child; return when it is gone and every socket of the path is shut down."""
        if os.getpid() != self._owner:  # a fork of the notebook: this is not its child
            return
        self._closing = True
        try:
            self._control.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it is gone already
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


def shut_sockets(cookie: bytes) -> None:
    """Shut down every socket of this process that belongs to the namespace: those that were handed out, and
    those that accept(), dup() or TLS made of them, which no list of ours could know.
    """
    for _ in range(2 if cookie else 0):  # twice: until a listener is shut, a thread may accept one more
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.readlink("/proc/self/fd/" + name).startswith("socket:"):
                    shut(os.dup(int(name)), cookie)  # our duplicate can not become another file meanwhile
            except OSError:
                pass  # closed meanwhile


def shut(descriptor: int, cookie: bytes) -> None:
    sock = _socket.socket(fileno=descriptor)
    try:
        if sock.getsockopt(socket.SOL_SOCKET, NETNS_COOKIE, 8) == cookie:
            # When its owner closes it, nothing shall linger that still tries to reach the other end.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # not connected; whoever waits on it was woken all the same
    finally:
        sock.close()
