"""From a Request to an ASGI application and back to its response (ASGI 3, HTTP and lifespan).

The application runs in one event loop, in a thread of its own. The connections' threads bring it requests and
carry away what it sends; send() returns when its bytes are with the kernel.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from ...servers.error_log import ErrorLog, described
from ...servers.handlers import still_runs
from ...servers.http import HTTPApplicationServer, Limits
from ...servers.http.connection import is_disconnect
from ...servers.http.requests import Request
from ...wire.http_messages import BadMessage
from .exchange import Exchange
from .lifespan import SHUTDOWN, STARTUP, Lifespan

PATIENCE = 1.0  # seconds for tasks that were cancelled
GRACE = 0.2  # seconds for those that may end by themselves


def serve_asgi(
    application: Callable[..., Any], *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None
) -> HTTPApplicationServer:
    """Run an ASGI application as a server in the background: one event loop for all its requests.

    HTTP only: a WebSocket client is refused with 501. The application's lifespan is run if it has one, with
    its state. Raises RuntimeError if its startup fails, TimeoutError if that takes more than 30 s.

    Exceptions are treated as by serve_wsgi(): also those of its shutdown, of its own tasks, and those that
    come after a response.
    """
    error_log = ErrorLog()
    gateway = ASGIGateway(application, error_log)
    return HTTPApplicationServer(
        gateway, host=host, port=port, limits=limits, afterwards=gateway.stop, error_log=error_log
    )


class ASGIGateway:
    """Runs an ASGI application; call it with a Request. stop() ends its loop and thread."""

    def __init__(self, application: Callable[..., Any], error_log: ErrorLog) -> None:
        if not callable(application):
            raise TypeError(
                f"an ASGI application is called as application(scope, receive, send), not {application!r}"
            )
        self.application, self.error_log = application, error_log
        self.__name__ = getattr(application, "__name__", type(application).__name__)
        self.tasks: set[asyncio.Task[None]] = set()  # of the requests
        self.stopping = self.stopped = False
        self.lifespan = Lifespan(application, self.tell, error_log.write)
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(self._unhandled)
        name = f"event loop of {self.__name__}"
        self.thread = threading.Thread(target=self._run_loop, name=name, daemon=True)
        self.thread.start()
        try:
            starting = asyncio.run_coroutine_threadsafe(self.lifespan.startup(), self.loop)
            try:
                starting.result(STARTUP + PATIENCE)
            except TimeoutError as error:
                if starting.done():
                    raise
                why = f"the application's startup blocks the event loop for more than {STARTUP:g} s"
                raise TimeoutError(why) from error
        except BaseException as error:
            self.stop()
            if failure := error_log.take():
                error.add_note(f"It failed to end as well: {described(failure)}")
            raise

    def __call__(self, request: Request) -> Exchange:
        head = request.head
        asked = "upgrade" in head.options("Connection") and "websocket" in head.options("Upgrade")
        if asked and head.version >= (1, 1):  # RFC 9110, section 7.8
            why = "a WebSocket was asked for; this server speaks HTTP only (ASGI's scope 'http')"
            self.error_log.write(f"{head.method} {head.target[:200]}: {why}")
            raise BadMessage(why, status=501)
        return Exchange(self, request)

    def tell(self, error: BaseException) -> None:
        """Keep an exception of the application, if it is one."""
        if isinstance(error, asyncio.CancelledError) and self.stopping:
            return
        if is_disconnect(error):
            self.error_log.write(f"{self.__name__}() stopped sending: {described(error)}")
        else:
            self.error_log.keep(error, self.__name__)

    def stop(self) -> None:
        """End its requests, shut it down, cancel what it still does, end the loop. Again: nothing.

        What goes wrong is kept in the error log.
        """
        if self.stopping:
            return
        self.stopping = True
        awake = threading.Event()
        self.loop.call_soon_threadsafe(awake.set)
        if awake.wait(2 * PATIENCE):  # else the application blocks the loop: see below
            try:
                asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(SHUTDOWN + 4 * PATIENCE)
            except Exception as error:
                self.tell(error)
        self.stopped = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        if self.thread.is_alive():
            self.tell(RuntimeError(still_runs(self.application, self.__name__, self.thread, 3 * PATIENCE)))

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self.loop)
        while not self.stopped:
            try:
                self.loop.run_forever()
            except BaseException as error:  # SystemExit of a task that the application made
                self.tell(error)
        self.loop.close()

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if error := context.get("exception"):
            self.tell(error)
        else:
            self.error_log.write(f"event loop of {self.__name__}: {context['message']}")

    async def _end(self) -> None:
        await self._cancel(self.tasks, GRACE)
        await self.lifespan.shutdown()
        await self._cancel(asyncio.all_tasks() - {asyncio.current_task()}, 0)
        await self.loop.shutdown_asyncgens()

    async def _cancel(self, tasks: set[Any], grace: float) -> None:
        if not tasks:
            return
        _, running = await asyncio.wait(tasks, timeout=grace)
        for task in running:
            self.error_log.write(f"{task.get_coro().__qualname__} still ran, and was cancelled")
            task.cancel()
        done, running = await asyncio.wait(running, timeout=PATIENCE) if running else (set(), set())
        for task in done:
            if not task.cancelled() and (error := task.exception()):
                self.tell(error)
        for task in running:
            self.tell(RuntimeError(f"{task!r:.200} still runs {PATIENCE:g} s after it was cancelled"))
