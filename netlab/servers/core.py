"""What the threads of a server hold: the socket, the handler, the connections, the errors.

The core never refers to the object the user holds. So that object can be collected while the threads wait.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from netlab.wire import quiet, unrecorded

from .handlers import answers
from .sockets import RESOURCE_ERRORS, Connection, ServerSocket

PATIENCE = 1.0  # seconds that stop() waits for a handler
GRACE = 0.2  # seconds for what arrived before stop(), and then for clients that have finished sending
LOOK = 0.01  # seconds between two looks at who was accepted meanwhile
KEPT_ERRORS = 100
KEPT_LINES = 1000

_live: set[Core] = set()


def live_cores() -> list[Core]:
    return list(_live)


class Core:
    """A running server. Its main thread accepts or receives; each TCP connection has its own thread."""

    def __init__(
        self,
        title: str,
        handler_name: str,
        handler: Callable[..., Any],
        on: str,
        sock: ServerSocket,
        expected: tuple[type[Exception], ...],
        at_the_end: ExitStack,
        afterwards: Callable[[], None] = lambda: None,
    ) -> None:
        self.title = title
        self.handler_name = handler_name
        self.handler = handler
        self.on = on
        self.socket = sock
        self.expected = expected
        self.at_the_end = at_the_end
        self.afterwards = afterwards
        self.address = sock.bound
        self.place = self.address
        if not isinstance(self.address, str):
            host, port = self.address = self.address[:2]  # what create_connection takes, in IPv6 too
            self.place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.errors: list[BaseException] = []
        self.unraised: list[BaseException] = []
        self.log: deque[str] = deque(maxlen=KEPT_LINES)
        self.stopping = False
        self.lock = threading.RLock()  # reentrant: the collector may drop a server at any point of a thread
        self.stop_lock = threading.RLock()
        self.closed = False
        self.accepted = 0
        sock.served = on == "connection"
        self.main = threading.Thread(target=self._run, name=f"server {self.place}", daemon=True)
        self.threads: list[threading.Thread] = []  # of the connections; some may have ended
        self.prune_at = 32

    # -- serving --

    def start(self) -> None:
        _live.add(self)
        self.main.start()

    def _run(self) -> None:
        try:
            if self.on == "connection":
                self._accept_connections()
            elif self.on == "datagram":
                self._answer_datagrams()
            else:
                self.handler(self.socket)
                self.log.append(f"{self.handler_name}() returned")
        except BaseException as error:
            if self.on == "listener":
                self.socket.close_connections()  # as when a program dies
            self._keep(error, ended_by_stop=self.stopping)
        finally:
            self._close_socket()

    def _accept_connections(self) -> None:
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError as error:
                if self.stopping or not self._passes(error):
                    raise
                continue
            self.accepted += 1
            connection = self.socket.latest
            name = f"connection {self.accepted} of {self.place}"
            arguments = conn, connection
            thread = threading.Thread(target=self._run_connection, name=name, args=arguments, daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no thread to be had: close rather than leave the client waiting
                self.log.append(f"{name} closed at once: {error}")
                self._finish(conn, connection)
                continue
            if len(self.threads) >= self.prune_at:
                self.threads = [old for old in self.threads if old.is_alive()]
                self.prune_at = 2 * len(self.threads) + 32
            self.threads.append(thread)
            del conn, connection, arguments, thread  # the thread alone holds them

    def _run_connection(self, conn: socket.socket, connection: Connection) -> None:
        name = threading.current_thread().name
        self.log.append(f"{name}: {connection.address or 'a client'} connected")
        try:
            self.handler(conn, connection.address)
        except BaseException as error:
            self._keep(error, ended_by_stop=connection.ended_by_stop)
        finally:
            self._finish(conn, connection)
            self.log.append(f"{name}: closed")

    def _finish(self, conn: socket.socket, connection: Connection) -> None:
        descriptor = connection.descriptor
        if self.socket.connections.get(descriptor) is connection:
            del self.socket.connections[descriptor]
        if conn.fileno() == -1:  # the handler closed it, or passed the descriptor on and may still hold it
            with unrecorded():
                self.socket.end(connection)
        try:
            conn.close()
            if conn.fileno() != -1:  # a makefile() of the handler holds it open, perhaps for ever
                socket.close(conn.detach())
        except OSError as error:  # ECONNRESET: closed all the same
            self.log.append(f"close: {error}")

    def _answer_datagrams(self) -> None:
        while True:
            try:
                data, address = self.socket.recvfrom(65536)
            except OSError as error:
                if self.stopping or not self._passes(error):
                    raise
                continue
            try:
                for answer in answers(self.handler(data, address), self.handler_name):
                    self.socket.sendto(answer, address)
            except BaseException as error:
                self._keep(error, ended_by_stop=self.socket.refusing)

    def _passes(self, error: OSError) -> bool:
        """Whether the next call may succeed. Waits if the system is short of something."""
        self.log.append(f"{type(error).__name__}: {error}")
        if error.errno in RESOURCE_ERRORS:
            time.sleep(0.05)
            return True
        # A client that left the queue; Windows: a datagram that was refused or too long.
        return isinstance(error, ConnectionError) or getattr(error, "winerror", None) == 10040

    def _keep(self, error: BaseException, *, ended_by_stop: bool) -> None:
        if ended_by_stop and isinstance(error, (OSError, EOFError)):
            return  # the handler noticed that the server stopped
        what = f"{self.handler_name}() raised {type(error).__name__}" + (f": {error}" if str(error) else "")
        self.log.append(what)
        if isinstance(error, self.expected):
            return
        own = error.__traceback__ and error.__traceback__.tb_next  # without our frame
        error = error.with_traceback(own or error.__traceback__)
        if not isinstance(error, Exception):  # SystemExit would end the caller's program at stop()
            cause, error = error, RuntimeError(f"{what}; a handler ends by returning")
            error.__cause__ = cause
        with self.lock:
            if len(self.errors) < KEPT_ERRORS:
                self.errors.append(error)
                self.unraised.append(error)

    # -- stopping --

    def stop(self, patience: float = PATIENCE) -> None:
        """End everything. Each step may be repeated: a stop that Ctrl-C cut short can be taken up again."""
        with self.stop_lock, unrecorded():
            if self not in _live:
                return
            self.stopping = True
            with self.socket.woken() as woken:
                quick = self.on == "connection" and woken  # accepting is quick, however many wait
                deadline = time.monotonic() + (patience if quick else GRACE)
                while True:  # it may accept one who came before, and then wait for that client
                    self.socket.end_connections(all=False)
                    if not _join([self.main], LOOK) or time.monotonic() >= deadline:
                        break
            self.socket.refuse()
            self.socket.end_connections(all=False)
            running = _join([self.main, *self.threads], GRACE)
            if running:
                self.socket.end_connections(all=True)
                running = _join(running, patience)
            self._close_socket()
            self.afterwards()
            _live.discard(self)
            if running:
                self.unraised.append(RuntimeError(self._why(running[0])))
            self.log.append("stopped")

    def drop(self) -> None:
        """Stop a server that nobody holds any more; from the garbage collector, and when Python ends."""
        self.stop(patience=0.2)
        if self.unraised:
            import logging

            logger = logging.getLogger("netlab.servers")
            logger.addHandler(logging.NullHandler())  # nothing on the screen unless the program asks for it
            for error in self.unraised:
                what = f"{type(error).__name__}: {error}"
                logger.error("%s was dropped: %s", self.title, what, exc_info=error)

    def take_failure(self) -> BaseException | None:
        """What stop() has to raise: the first error not raised yet, with a note about the others."""
        with self.lock:
            errors, self.unraised = self.unraised, []
        if len(errors) > 1:
            rest = "; ".join(f"{type(error).__name__}: {error}" for error in errors[1:4])
            errors[0].add_note(f"{len(errors) - 1} more in server.errors: {rest}")
        return errors[0] if errors else None

    def _why(self, thread: threading.Thread) -> str:
        """One sentence about a handler that does not end: who, and where it is."""
        import linecache

        where = ""
        frame = sys._current_frames().get(thread.ident or 0)
        code = getattr(self.handler, "__code__", None)
        while frame is not None and frame.f_code is not code:
            frame = frame.f_back
        if frame is not None:
            line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            where = f", at line {frame.f_lineno}: {line}" if line else f", at line {frame.f_lineno}"
        return (
            f"{self.handler_name}() still runs {PATIENCE:g} s after its server was stopped{where}. "
            "A handler has to return when its socket ends (recv gives b'' or raises OSError)."
        )

    def _close_socket(self) -> None:
        with self.lock:
            if self.closed:
                return
            self.closed = True
            quiet(self.socket)
            self.socket.refuse()  # the shutdown in it reaches a forked child's copy, too
            self.socket.close()
            self.at_the_end.close()
            if isinstance(self.address, str):
                try:
                    os.unlink(self.address)
                except OSError:
                    pass  # someone tidied up already

    def forget(self) -> None:
        """In a forked child: the threads stayed behind, so let go of the parent's sockets without a word."""
        self.lock, self.stop_lock = threading.RLock(), threading.RLock()
        self.stopping = True
        for connection in list(self.socket.connections.values()):
            if (conn := connection.socket()) is not None:
                conn.close()
        self.socket.close()

    def describe(self) -> str:
        if self.stopping:
            state = "stopped"
        elif self.closed:
            state = "finished"
        elif self.on == "connection":
            count = len(self.socket.connections)
            state = f"{count} connection{'s' * (count != 1)}"
        else:
            state = "running"
        return f"<{self.title} on {self.place}, {state}>"


def _join(threads: list[threading.Thread], patience: float) -> list[threading.Thread]:
    """Wait until all have ended, or none has for `patience` seconds. Returns those that still run.

    The caller is not counted: a handler may stop its own server.
    """
    mine = threading.current_thread()
    threads = [thread for thread in threads if thread.is_alive() and thread is not mine]
    for thread in threads:
        thread.join(patience)
        if thread.is_alive():
            break
    return [thread for thread in threads if thread.is_alive()]


def _forget_in_child() -> None:
    for core in live_cores():
        core.forget()
    _live.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
