"""One request to an ASGI application, between the event loop's thread and the connection's (HTTP, 2.4)."""

from __future__ import annotations

import asyncio
import queue
import select
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import unquote

from ...servers.error_log import described
from ...servers.http.connection import ApplicationFailed
from ...servers.http.requests import ClientDisconnected, Request
from ...servers.http.responses import Fields, ResponseWriter, checked_fields, checked_reason
from ...wire import unrecorded
from .lifespan import Lifespan, Message

LOOK = 0.05  # seconds between two looks whether the client is still there; and for an application to return
REST = 1.0  # seconds for the rest of a response that is not sent: to HEAD
COMPLETE = "the response is complete"


class Gateway(Protocol):
    """What an exchange needs to know of the server."""

    application: Callable[..., Any]
    loop: asyncio.AbstractEventLoop
    lifespan: Lifespan
    tasks: set[asyncio.Task[None]]  # of the requests
    stopping: bool

    def tell(self, error: BaseException) -> None: ...


class Exchange:
    """One request and its response, between the loop's thread and the connection's."""

    def __init__(self, gateway: Gateway, request: Request) -> None:
        self.gateway, self.request = gateway, request
        # What the application sends, each with what its send() waits for; None when it has failed.
        self.sent: queue.SimpleQueue[tuple[Any, asyncio.Future[None]] | None] = queue.SimpleQueue()
        self.body_given = self.begun = self.ended = False
        self.over = asyncio.Event()  # the client has gone, or finished, or has all
        self.closed = ""  # why nothing more is sent
        self.told = False  # the application knows that
        self.unsent: set[asyncio.Future[None]] = set()
        self.end = 0.0  # of the patience with one that does not end
        self.failed = False

    # -- in the event loop --

    def start(self) -> None:
        task = self.gateway.loop.create_task(self.run(), name=f"{self.request.method} {self.request.path}")
        self.gateway.tasks.add(task)  # the loop itself does not hold it
        task.add_done_callback(self.gateway.tasks.discard)

    async def run(self) -> None:
        try:
            await self.gateway.application(
                scope(self.request, self.gateway.lifespan.state), self._receive, self._send
            )
            if not self.ended and not self.told:
                raise RuntimeError("the application returned before it had sent a whole response")
        except BaseException as error:
            self.failed = True
            self.gateway.tell(error)
        finally:
            self.sent.put(None)

    async def _receive(self) -> Message:
        if not self.body_given:
            self.body_given = True
            return {"type": "http.request", "body": self.request.body, "more_body": False}
        await self.over.wait()
        self.told = True
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if not isinstance(message, Mapping):
            raise TypeError(f"send() takes a dict with a 'type', not {message!r:.60}")
        kind = message.get("type")
        expected = "http.response.body" if self.begun else "http.response.start"
        if self.ended or kind != expected:
            after = "the response was complete" if self.ended else f"{expected!r} had to come"
            raise RuntimeError(f"send() got {kind!r}, but {after}")
        part = self._start(message) if not self.begun else self._part(message)
        if self.closed:
            self.told = True
            raise ClientDisconnected(self.closed)
        self.begun = True
        written = self.gateway.loop.create_future()
        self.sent.put((part, written))
        if kind == "http.response.start":
            return
        self.ended = bool(part[1])
        self.unsent.add(written)
        try:
            await written
        finally:
            self.unsent.discard(written)

    def _start(self, message: Message) -> tuple[int, Fields]:
        headers = message.get("headers", ())
        try:
            fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        except (TypeError, ValueError, AttributeError):
            why = f"'headers' are pairs of a name and a value, both bytes, not {headers!r:.80}"
            raise TypeError(why) from None
        status = message.get("status")
        checked_reason(status)
        return int(status), checked_fields(fields)  # type: ignore[arg-type]

    def _part(self, message: Message) -> tuple[bytes, bool]:
        body = message.get("body", b"")
        if not isinstance(body, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"the body in 'http.response.body' is bytes, not {type(body).__name__}: {body!r:.60}"
            )
        return bytes(body), not message.get("more_body", False)

    def close(self, why: str) -> None:
        """Nobody wants more of the response. Its last part has been written, if that has come."""
        self.closed = self.closed or why
        self.over.set()
        for written in self.unsent:
            if written.done():
                pass
            elif why == COMPLETE:
                written.set_result(None)
            else:
                written.set_exception(ClientDisconnected(why))

    # -- in the connection's thread --

    def send(self, writer: ResponseWriter) -> None:
        writer.at_the_end.callback(self.leave, writer)
        self._in_loop(self.start)
        try:
            last = False
            (status, fields), _ = self._next(writer)
            writer.start(status, fields)
            while not last:
                (data, last), written = self._next(writer)
                writer.write(data, last=last)
                if not last:
                    self._in_loop(_settle, written)
        except BaseException as error:
            gone = isinstance(error, ClientDisconnected)
            why = str(error) if gone else f"the response can not go on: {described(error)}"
            self._in_loop(self.close, why)
            raise

    def leave(self, writer: ResponseWriter) -> None:
        """The response has been sent, or nobody wants it any more."""
        self._in_loop(self.close, COMPLETE if writer.complete else "nobody wants more of the response")
        if writer.keeps:
            with suppress(queue.Empty):
                self.sent.get(timeout=LOOK)  # it may raise yet, and that ends its connection
            if self.failed:
                raise ApplicationFailed

    def _next(self, writer: ResponseWriter) -> tuple[Any, asyncio.Future[None]]:
        while True:
            if writer.begun and writer.silent and _finished(writer):  # and no sending will tell more
                self._in_loop(self.over.set)
                self.end = self.end or time.monotonic() + REST
                if time.monotonic() > self.end:
                    raise ClientDisconnected("the client has the whole answer, and has finished")
            try:
                sent = self.sent.get(timeout=LOOK)
            except queue.Empty:
                if _gone(writer.conn) or self.gateway.stopping:
                    raise ClientDisconnected("the client has gone, or the server stops") from None
                if _finished(writer):  # gone, or only silent from now on: sending will tell
                    self._in_loop(self.over.set)
                continue
            if sent is None:
                raise ApplicationFailed if self.failed else ClientDisconnected("as the application was told")
            return sent

    def _in_loop(self, call: Callable[..., object], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server has stopped
            self.gateway.loop.call_soon_threadsafe(call, *arguments)


def _settle(written: asyncio.Future[None]) -> None:
    if not written.done():
        written.set_result(None)


def _gone(conn: socket.socket) -> bool:
    """Whether the connection is over. A client that has only finished sending still listens."""
    if conn.fileno() == -1:
        return True
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(conn, 0)  # hanging up and errors are always told
    return bool(poll.poll(0))


def _finished(writer: ResponseWriter) -> bool:
    """Whether the client has finished sending; perhaps it has gone."""
    conn = writer.conn
    if conn.fileno() == -1:
        return True
    with unrecorded():  # a look is no call of the conversation
        conn.settimeout(0)
        try:
            return not conn.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            if conn.fileno() != -1:
                conn.settimeout(writer.seconds)


def scope(request: Request, state: dict[str, Any]) -> Message:
    """What an ASGI application is told about a request."""
    local, remote = request.conn.getsockname(), request.address
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "{}.{}".format(*request.head.version),
        "method": request.method,
        "scheme": "http",
        "path": unquote(request.raw_path),
        "raw_path": request.raw_path.encode("ascii"),
        "query_string": request.query.encode("ascii"),
        "root_path": "",
        "headers": [
            (field.name.lower().encode("ascii"), field.value.encode("latin-1"))
            for field in request.head.fields
        ],
        "client": remote[:2] if isinstance(remote, tuple) else None,
        "server": local[:2] if isinstance(local, tuple) else (local, None),  # a Unix socket's path
        "state": state.copy(),
    }
