"""What the threads of a server hold: the socket, the handler, the connections, the errors.

The user holds a BackgroundServer, which holds its core; so do the threads.

Rules:
  - The core never refers to the BackgroundServer, whose finalizer stops the threads when nobody holds it.
  - Every thread waits in a plain blocking accept(), recv() or send(), so that watch() shows what a server
    does. No selector, no timeout, no pipe: a thread is woken through the socket that it waits on.
  - stop() may come from anywhere: a handler, the garbage collector, the end of Python. So the locks are
    reentrant and no thread waits for itself. Each of its steps may be repeated, after a Ctrl-C say.
  - An OSError or EOFError that the stop itself provoked is no error of the handler.

How stop() works:
  1. Wake the main thread by a knock, which waits its turn in the queue: who came before is still served. (On
     Linux, and nobody queued: by shutdown(), which is quicker.) Meanwhile end the connections, as the main
     thread may wait for one; but spare those whose client has finished sending: they end by themselves.
  2. When the main thread has ended, or after a moment, let nobody in and wake by force who still waits.
  3. Give those spared a moment, then end them too. After `patience` give up; say whose handler still runs.

A connection is ended by shutdown(): its client sees end of stream, its thread wakes from recv() or send(). On
Windows that takes closing the descriptor. The thread closes it, whatever the handler has left open.
"""

from __future__ import annotations

import os
import socket as sockets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Any

from netlab.wire import quiet, unrecorded

from .error_log import ErrorLog, described
from .handlers import answers, returned, still_runs
from .sockets import RESOURCE_ERRORS, Connection, ServedSocket, ServerSocket

PATIENCE = 1.0  # seconds that stop() waits for a handler
GRACE = 0.2  # seconds for what arrived before stop(), and then for clients that have finished sending
LOOK = 0.01  # seconds between two looks at who was accepted meanwhile

live: set[Core] = set()


@dataclass(eq=False)
class Core:
    """A main thread accepts, receives, or runs a whole function; each TCP connection has its own thread."""

    title: str
    handler_name: str
    handler: Callable[..., Any]
    on: str
    socket: ServerSocket
    expected: tuple[type[Exception], ...]
    at_the_end: ExitStack
    error_log: ErrorLog

    def __post_init__(self) -> None:
        self.address = self.place = self.socket.bound
        if not isinstance(self.address, str):
            host, port = self.address = self.address[:2]  # what create_connection takes, in IPv6 too
            self.place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.unraised, self.log = self.error_log.unraised, self.error_log.lines
        self.stopping = self.closed = False
        self.lock, self.stop_lock = threading.RLock(), threading.RLock()
        self.accepted = 0
        self.main = threading.Thread(target=self._run, name=f"server {self.place}", daemon=True)
        self.threads: list[threading.Thread] = []  # of the connections; some may have ended
        self.prune_at = 32

    def start(self) -> None:
        live.add(self)
        self.main.start()

    def _run(self) -> None:
        try:
            if self.on == "connection":
                self._accept_connections()
            elif self.on == "datagram":
                self._answer_datagrams()
            else:
                returned(self.handler(self.socket), self.handler_name)
                self.log.append(f"{self.handler_name}() returned")
        except BaseException as error:
            if self.on == "listener":
                self.socket.close_connections()  # as when a program dies
            self._keep(error, ended_by_stop=self.stopping)
        finally:
            self._close_socket()

    def _accept_connections(self) -> None:
        for conn, _ in self._each(self.socket.accept):
            conn.__class__ = ServedSocket
            self.accepted += 1
            name = f"connection {self.accepted} of {self.place}"
            arguments = conn, self.socket.latest
            thread = threading.Thread(target=self._run_connection, name=name, args=arguments, daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no thread to be had: close rather than leave the client waiting
                self.log.append(f"{name} closed at once: {error}")
                self._finish(*arguments)
                continue
            if len(self.threads) >= self.prune_at:
                self.threads = [old for old in self.threads if old.is_alive()]
                self.prune_at = 2 * len(self.threads) + 32
            self.threads.append(thread)
            del conn, arguments, thread  # the thread alone holds them

    def _run_connection(self, conn: sockets.socket, connection: Connection) -> None:
        name = threading.current_thread().name
        self.log.append(f"{name}: {connection.address or 'a client'} connected")
        try:
            returned(self.handler(conn, connection.address), self.handler_name)
        except BaseException as error:
            self._keep(error, ended_by_stop=connection.ended_by_stop)
        finally:
            self._finish(conn, connection)
            self.log.append(f"{name}: closed")

    def _finish(self, conn: sockets.socket, connection: Connection) -> None:
        if self.socket.connections.get(connection.descriptor) is connection:
            del self.socket.connections[connection.descriptor]
        if conn.fileno() == -1:  # the handler closed it, or passed the descriptor on and may still hold it
            with unrecorded():
                self.socket.end(connection)
        try:
            conn.close()
            if conn.fileno() != -1:  # a makefile() of the handler holds it open, perhaps for ever
                sockets.close(conn.detach())
        except OSError as error:  # ECONNRESET: closed all the same
            self.log.append(f"close: {error}")

    def _answer_datagrams(self) -> None:
        for data, address in self._each(self.socket.recvfrom, 65536):
            try:
                # A generator that is not used up is closed here, where somebody hears of its exception.
                with closing(answers(self.handler(data, address), self.handler_name)) as parts:
                    for answer in parts:
                        self.socket.sendto(answer, address)
            except BaseException as error:
                self._keep(error, ended_by_stop=self.socket.refusing)

    def _each(self, call: Callable[..., Any], *arguments: int) -> Iterator[Any]:
        """What the socket's method returns, each time until stop(). Raises OSError if it never will again."""
        while True:
            try:
                yield call(*arguments)
            except OSError as error:
                if self.stopping:
                    return
                self.log.append(f"{type(error).__name__}: {error}")
                if error.errno in RESOURCE_ERRORS:
                    time.sleep(0.05)
                # A client that left the queue; Windows: a datagram that was refused or too long.
                elif not isinstance(error, ConnectionError) and getattr(error, "winerror", None) != 10040:
                    raise

    def _keep(self, error: BaseException, *, ended_by_stop: bool) -> None:
        noticed = ended_by_stop and isinstance(error, (OSError, EOFError))  # that the server stopped
        only_logged = noticed or isinstance(error, self.expected)
        self.error_log.keep(error, self.handler_name, only_logged=only_logged)

    def stop(self, patience: float = PATIENCE) -> None:
        """End everything that has not ended yet."""
        with self.stop_lock, unrecorded():
            if self not in live:
                return
            self.stopping = True
            quick = self.socket.wake() and self.on == "connection"  # accepting is quick, however many wait
            deadline = time.monotonic() + (patience if quick else GRACE)
            self.socket.end_connections(all=False)
            while _join([self.main], LOOK) and time.monotonic() < deadline:
                self.socket.end_connections(all=False)  # it may have accepted one more, and wait for that one
            if visitor := self.socket.visitor:
                visitor.close()
            self.socket.refuse()
            self.socket.end_connections(all=False)
            running = _join([self.main, *self.threads], GRACE)
            if running:
                self.socket.end_connections(all=True)
                running = _join(running, patience)
            self._close_socket()
            try:
                self.at_the_end.close()
            except Exception as error:
                self._keep(error, ended_by_stop=False)
            live.discard(self)
            if running:
                why = still_runs(self.handler, self.handler_name, running[0], PATIENCE)
                self.error_log.keep(RuntimeError(why), "stop")
            self.log.append("stopped")

    def drop(self) -> None:
        """Stop a server that nobody holds any more; from the garbage collector, and when Python ends."""
        self.stop(patience=0.2)
        if self.unraised:
            import logging

            logger = logging.getLogger("netlab.servers")
            logger.addHandler(logging.NullHandler())  # nothing on the screen unless the program asks for it
            for error in self.unraised:
                logger.error("%s was dropped: %s", self.title, described(error), exc_info=error)

    def _close_socket(self) -> None:
        with self.lock:
            if self.closed:
                return
            self.closed = True
            quiet(self.socket)
            self.socket.refuse()  # the shutdown in it reaches a forked child's copy, too
            self.socket.close()
            if isinstance(self.address, str):
                with suppress(OSError):  # someone tidied up already
                    os.unlink(self.address)

    def forget(self) -> None:
        """In a forked child: the threads stayed behind, so let go of the parent's sockets without a word."""
        self.lock, self.stop_lock = threading.RLock(), threading.RLock()
        self.stopping = True
        self.socket.close_connections()
        self.socket.close()

    def describe(self) -> str:
        count = len(self.socket.connections)
        serving = f"{count} connection{'s' * (count != 1)}" if self.on == "connection" else "running"
        state = "stopped" if self.stopping else "finished" if self.closed else serving
        return f"<{self.title} on {self.place}, {state}>"


def _join(threads: list[threading.Thread], patience: float) -> list[threading.Thread]:
    """Wait until all have ended, or none has for `patience` seconds. Returns those that still run."""
    mine = threading.current_thread()  # does not count: a handler may stop its own server
    threads = [thread for thread in threads if thread.is_alive() and thread is not mine]
    for thread in threads:
        thread.join(patience)
        if thread.is_alive():
            break
    return [thread for thread in threads if thread.is_alive()]


def _forget_in_child() -> None:
    for core in list(live):
        core.forget()
    live.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
