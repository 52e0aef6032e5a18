"""A server in background threads: the object a notebook holds, and the core its threads hold."""

from __future__ import annotations

import os
import socket
import sys
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Literal, Self

from netlab.wire import standby

from .core import Core, live
from .error_log import ErrorLog, described
from .handlers import checked_handler
from .replacing import about_to_be_replaced
from .sockets import open_server_socket, server_address

On = Literal["connection", "listener", "datagram", "socket"]


class BackgroundServer:
    """A server on this machine's loopback, in threads of this process; it serves when it is constructed.

        def shout(conn, address):
            conn.sendall(conn.recv(1024).upper())

        with serve(shout) as server, socket.create_connection(server.address) as sock:
            sock.sendall(b"hello")

    `handler` is the program it runs, and `on` says how:

        "connection"  handler(conn, address) for each TCP connection, in its own thread; then conn is closed
        "listener"    handler(listener), once: a whole blocking server, given its listening TCP socket
        "datagram"    handler(data, address) for each UDP datagram; returns the answer, several, or None
        "socket"      handler(sock), once: a whole blocking server, given its bound UDP socket

    `host` is a loopback address, "::1" for IPv6; `port` 0 means any free port; `unix` is a path for a Unix
    socket instead. The same name may be given a new server on the same port, as when a notebook's cell is run
    again: the new one takes the old one's place.

    An exception of the handler ends its connection, is kept in `errors`, and is raised by `stop()`; those of
    the types in `expected` are a client's doing, and go to `log` only. `afterwards` is called when all has
    ended, or could not begin. `error_log` is where all exceptions and lines go.

    Raises OSError if the system refuses the address (taken, privileged, not there), ValueError if it is not a
    loopback address, TypeError if `handler` cannot be called that way: it must not be a method of the server,
    which its threads would then keep alive.
    """

    def __init__(
        self,
        handler: Callable[..., Any],
        *,
        on: On = "connection",
        host: str = "127.0.0.1",
        port: int = 0,
        unix: str | os.PathLike[str] | None = None,
        expected: tuple[type[Exception], ...] = (),
        afterwards: Callable[[], None] | None = None,
        error_log: ErrorLog | None = None,
    ) -> None:
        if getattr(handler, "__self__", None) is self:
            raise TypeError("a server's handler cannot be its own method: its threads would keep it alive")
        name = checked_handler(handler, on)
        title = f"serve({name})" if type(self) is BackgroundServer else type(self).__name__
        kind = socket.SOCK_DGRAM if on in ("datagram", "socket") else socket.SOCK_STREAM
        at_the_end, kept = ExitStack(), error_log or ErrorLog()
        try:
            if afterwards:
                at_the_end.callback(afterwards)
            if on != "connection":
                at_the_end.enter_context(standby())  # a watch() that begins later knows this socket
            family, address = server_address(host, port, unix, kind)
            taken = [core for core in list(live) if core.socket.type == kind and core.address == address]
            for old in about_to_be_replaced(self, sys._getframe()) if taken else ():
                if isinstance(old, BackgroundServer) and old._core in taken:
                    old._dropped()  # as it would be a moment later
            holder = next((core.title for core in taken if core in live), "")
            sock = open_server_socket(family, kind, address, holder)
            self._core: Core = Core(title, name, handler, on, sock, expected, at_the_end, kept)
        except BaseException as error:
            at_the_end.close()
            if failure := kept.take():
                error.add_note(f"What had begun failed to end as well: {described(failure)}")
            raise
        self._dropped: weakref.finalize[..., Any] = weakref.finalize(self, self._core.drop)
        try:
            self._core.start()
        except BaseException:  # Ctrl-C too: nothing may run that nobody holds
            self._dropped()
            raise

    @property
    def address(self) -> Any:
        """What `socket.connect` takes: (host, port), or the path of a Unix socket."""
        return self._core.address

    @property
    def host(self) -> str:
        """The address without the port."""
        return self.address if isinstance(self.address, str) else self.address[0]

    @property
    def port(self) -> int:
        """The port, also after the server was stopped; 0 for a Unix socket."""
        return 0 if isinstance(self.address, str) else self.address[1]

    @property
    def errors(self) -> list[BaseException]:
        """The exceptions of the handler so far (the first 100), with tracebacks, without local variables."""
        return list(self._core.error_log.errors)

    @property
    def log(self) -> list[str]:
        """What happened, one line each (the last 1000 lines)."""
        return list(self._core.log)

    def stop(self) -> None:
        """End every connection and thread, and free the port. Stopping again does nothing.

        What arrived before is still served; a connected client sees end of stream. Raises the handler's
        exception, if there was one (the first, with a note about the others), and RuntimeError if a handler
        still runs after 1 s. From any thread.
        """
        if failure := self._stop():
            raise failure

    def _stop(self) -> BaseException | None:
        self._core.stop()
        self._dropped.detach()
        return self._core.error_log.take()

    def __enter__(self) -> Self:
        if self._core.stopping:
            raise RuntimeError(f"this server was stopped; make a new one: {self._core.title}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if (failure := self._stop()) is None or failure is error:
            return
        if error is None:
            raise failure
        # What went wrong in the block stays in front; the server's failure may well be the reason for it.
        error.add_note(f"The server failed as well: {described(failure)}")
        if error.__cause__ is None and error.__context__ is None:
            error.__context__ = failure

    def __repr__(self) -> str:
        return self._core.describe()


serve = BackgroundServer


def stop_all() -> None:
    """Stop every server of this process, also those whose names are lost.

    Raises as `stop()` does: the exception of one, with notes about those of the others.
    """
    cores = list(live)
    for core in cores:
        core.stop()
    failures = [(core.title, failure) for core in cores if (failure := core.error_log.take())]
    for title, failure in failures[1:]:
        failures[0][1].add_note(f"{title} failed as well: {described(failure)}")
    if failures:
        raise failures[0][1]
