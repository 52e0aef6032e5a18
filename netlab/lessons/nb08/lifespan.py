"""The lifespan of an ASGI application: its startup, its shutdown, its state (ASGI, Lifespan Protocol 2.0)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ...servers.error_log import described

STARTUP = 30.0  # seconds for the application's startup
SHUTDOWN = 5.0  # seconds for its shutdown
MOMENT = 0.2  # seconds to return, or to raise, when it has said that it is done
Message = dict[str, Any]


class Lifespan:
    """Starts an ASGI application and shuts it down; in its event loop.

    `tell` takes exceptions, `log` lines. An application may have no lifespan: then it raises an exception
    before it answers the startup, and the server goes on, as the specification says.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        tell: Callable[[BaseException], object],
        log: Callable[[str], object],
    ) -> None:
        self.application, self.tell, self.log = application, tell, log
        self.state: dict[str, Any] = {}  # the application's, and each request gets a copy
        self.received: asyncio.Queue[Message] = asyncio.Queue()
        self.answers: dict[str, Message] = {}  # to startup and shutdown
        self.news = asyncio.Event()  # there is an answer, or the application has returned
        self.error: BaseException | None = None
        self.task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Let the application start. Raises RuntimeError if it can not, TimeoutError if it takes too long."""
        self.task = asyncio.create_task(self._run())
        await self._ask("startup", STARTUP)
        answer, error = self.answers.get("startup"), self.error
        self.error = None
        if answer and answer["type"].endswith(".complete"):
            return
        if answer:
            why = described(error) if error else answer.get("message") or "it does not say why"
            raise RuntimeError(f"the application could not start: {why}") from error
        if error and not isinstance(error, Exception):
            raise RuntimeError(f"the application could not start: {described(error)}") from error
        if error:
            self.log(f"the application has no lifespan: its answer to the startup is {described(error)}")

    async def shutdown(self) -> None:
        """Let the application shut down, if it runs still; tell what goes wrong."""
        if self.task is None or self.task.done() or "startup" not in self.answers:
            return
        try:
            await self._ask("shutdown", SHUTDOWN)
        except TimeoutError as error:
            self.tell(error)
        answer = self.answers.get("shutdown", {"type": "nothing"})
        if answer["type"].endswith(".failed") and self.error is None:
            why = answer.get("message") or "it does not say why"
            self.tell(RuntimeError(f"the application's shutdown failed: {why}"))

    async def _ask(self, what: str, seconds: float) -> None:
        assert self.task is not None
        if what not in self.answers:
            self.news.clear()
            self.received.put_nowait({"type": f"lifespan.{what}"})
            try:
                await asyncio.wait_for(self.news.wait(), seconds)
            except TimeoutError:
                why = f"the application's {what} took more than {seconds:g} s"
                raise TimeoutError(f"{why}: it did not send lifespan.{what}.complete") from None
        if what == "shutdown" or self.answers.get(what, {"type": ""})["type"].endswith(".failed"):
            await asyncio.wait({self.task}, timeout=MOMENT)  # it may raise what it has told of, or more

    async def _run(self) -> None:
        about = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self.application(about, self.received.get, self._send)
        except asyncio.CancelledError:  # the server stops
            pass
        except BaseException as error:
            self.error = error
            if self.answers.get("startup", {"type": ""})["type"].endswith(".complete"):
                self.tell(error)
        finally:
            self.news.set()

    async def _send(self, message: Message) -> None:
        kind = str(message.get("type"))
        what = "shutdown" if "startup" in self.answers else "startup"
        expected = f"lifespan.{what}.complete", f"lifespan.{what}.failed"
        if kind not in expected or what in self.answers:
            raise RuntimeError(f"send() got {kind!r}, and the lifespan waits for one of {expected}")
        self.answers[what] = message
        self.news.set()
