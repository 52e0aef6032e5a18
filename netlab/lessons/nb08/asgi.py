"""From a Request to an ASGI application and back to a Response (ASGI 3, HTTP and lifespan).

The application runs in one event loop, in a thread of its own. The connections' threads bring it requests and
carry away what it sends; send() returns when its bytes are with the kernel.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from ...servers.http import Fields, HTTPApplicationServer, Limits, Request, Response

PATIENCE = 1.0  # seconds for the application's shutdown
STARTUP = 5.0  # seconds for its startup
LOOK = 0.05  # seconds between two looks whether the client is still there
Message = dict[str, Any]


def serve_asgi(
    application: Callable[..., Any], *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None
) -> HTTPApplicationServer:
    """Run an ASGI application as a server in the background: one event loop for all its requests.

    HTTP only, no WebSocket. The application's lifespan is run if it has one. Exceptions are treated as by
    serve_wsgi().
    """
    gateway = ASGIGateway(application)
    return HTTPApplicationServer(gateway, host=host, port=port, limits=limits, afterwards=gateway.stop)


class ASGIGateway:
    """Runs an ASGI application; call it with a Request. stop() ends its loop and thread."""

    def __init__(self, application: Callable[..., Any]) -> None:
        if not callable(application):
            raise TypeError(
                f"an ASGI application is called as application(scope, receive, send), not {application!r}"
            )
        self.application = application
        self.__name__ = getattr(application, "__name__", type(application).__name__)
        self.loop = asyncio.new_event_loop()
        name = f"event loop of {self.__name__}"
        self.thread = threading.Thread(target=self._run_loop, name=name, daemon=True)
        self.stopping = False
        self.shut_down: Callable[[], Awaitable[None]] | None = None
        self.thread.start()
        try:
            starting = asyncio.run_coroutine_threadsafe(_start_up(application), self.loop)
            self.shut_down = starting.result(STARTUP)
        except BaseException:
            self.stop()
            raise

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def stop(self) -> None:
        """Tell the application, cancel what it still does, and end the loop. Again: nothing."""
        if self.stopping:
            return
        self.stopping = True
        ending = asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        with suppress(Exception):
            ending.result(2 * PATIENCE)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)

    async def _end(self) -> None:
        if self.shut_down:
            await self.shut_down()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE)
        await self.loop.shutdown_asyncgens()

    def __call__(self, request: Request) -> Response:
        exchange = _Exchange(request, self.loop)
        asyncio.run_coroutine_threadsafe(exchange.run(self.application), self.loop)
        return exchange.response()


class _Exchange:
    """One request and its response, between the loop's thread and the connection's."""

    def __init__(self, request: Request, loop: asyncio.AbstractEventLoop) -> None:
        self.request = request
        self.loop = loop
        self.sent: queue.SimpleQueue[Message | BaseException] = queue.SimpleQueue()
        self.body_given = self.begun = self.ended = self.closed = False
        self.over = asyncio.Event()  # the client has gone, or finished, or has all
        self.written: asyncio.Future[None] | None = None  # what send() waits for

    # -- in the event loop --

    async def run(self, application: Callable[..., Any]) -> None:
        try:
            await application(scope(self.request), self.receive, self.send)
            if not self.ended and self.over.is_set():
                raise ConnectionAbortedError("the client has gone")
            if not self.ended:
                raise RuntimeError("the application returned before it had sent a whole response")
        except BaseException as error:
            self.sent.put(error)

    async def receive(self) -> Message:
        if not self.body_given:
            self.body_given = True
            return {"type": "http.request", "body": self.request.body, "more_body": False}
        await self.over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        kind = message.get("type")
        expected = "http.response.body" if self.begun else "http.response.start"
        if self.ended or kind != expected:
            after = "the response was complete" if self.ended else f"{expected!r} had to come"
            raise RuntimeError(f"send() got {kind!r}, but {after}")
        if self.closed:
            raise ConnectionAbortedError("the client has gone")
        if not self.begun:
            self.begun = True
            self.sent.put(message)
            return
        self.ended = not message.get("more_body", False)
        self.written = self.loop.create_future()
        self.sent.put(message)
        await self.written

    # -- in the connection's thread --

    def response(self) -> Response:
        try:
            start = self._next()
            pairs = start.get("headers", [])
            fields: Fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]
            first = self._next()
        except BaseException:
            self.finish()
            raise
        body = self.parts(first) if first.get("more_body", False) else bytes(first.get("body", b""))
        return Response(start["status"], fields, body, over=self.finish)

    def parts(self, message: Message) -> Iterator[bytes]:
        while True:
            yield bytes(message.get("body", b""))
            if not message.get("more_body", False):
                return
            self._in_loop(self._release)
            message = self._next()

    def finish(self) -> None:
        """The response is complete, or nobody wants it any more."""
        self._in_loop(self._end)

    def _next(self) -> Message:
        while True:
            try:
                message = self.sent.get(timeout=LOOK)
            except queue.Empty:
                if self.request.gone():
                    raise ConnectionAbortedError("the client has gone, or the server stops") from None
                if self.request.finished():  # gone, or only silent from now on: sending will tell
                    self._in_loop(self.over.set)
                continue
            if isinstance(message, asyncio.CancelledError):
                raise ConnectionAbortedError("the server stops")
            if isinstance(message, BaseException):
                raise message
            return message

    def _in_loop(self, call: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self.loop.call_soon_threadsafe(call)

    def _release(self) -> None:
        if self.written is not None and not self.written.done():
            self.written.set_result(None)

    def _end(self) -> None:
        self.closed = True
        self._release()
        self.over.set()


def scope(request: Request) -> Message:
    """What an ASGI application is told about a request."""
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
        "client": tuple(request.address[:2]),
        "server": tuple(request.conn.getsockname()[:2]),
    }


async def _start_up(application: Callable[..., Any]) -> Callable[[], Awaitable[None]]:
    """Let the application start, if it knows of such things (lifespan). Returns what shuts it down."""
    received: asyncio.Queue[Message] = asyncio.Queue()
    answered: asyncio.Queue[Message | None] = asyncio.Queue()

    async def send(message: Message) -> None:
        if not str(message.get("type")).startswith("lifespan."):  # it took this for a request
            raise RuntimeError(f"{message.get('type')!r} does not answer a lifespan")
        answered.put_nowait(message)

    async def run() -> None:
        about = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        try:
            await application(about, received.get, send)
        except Exception:  # as the specification says: then it has no lifespan
            pass
        finally:
            answered.put_nowait(None)

    async def shut_down() -> None:
        if not task.done():
            received.put_nowait({"type": "lifespan.shutdown"})
            with suppress(TimeoutError):
                await asyncio.wait_for(answered.get(), PATIENCE)

    received.put_nowait({"type": "lifespan.startup"})
    task = asyncio.create_task(run())
    answer = await answered.get()
    if answer and answer["type"] == "lifespan.startup.failed":
        why = answer.get("message", "it does not say why")
        raise RuntimeError(f"the application could not start: {why}")
    return shut_down
