"""A small HTTP/1.1 site in a background thread; and any other application: see HTTPApplicationServer."""

from __future__ import annotations

import socket
from collections import deque
from typing import Any

from ..background import BackgroundServer
from ..error_log import ErrorLog
from .connection import Application, Conversation
from .pages import site
from .requests import Limits as Limits


class HTTPApplicationServer(BackgroundServer):
    """A server that speaks HTTP/1.1 for an application; `options` are those of BackgroundServer."""

    def __init__(self, application: Application, *, limits: Limits | None = None, **options: Any) -> None:
        requests: deque[str] = deque(maxlen=1000)
        bounds, error_log = limits or Limits(), options.setdefault("error_log", ErrorLog())
        name = getattr(application, "__name__", type(application).__name__)

        def handler(conn: socket.socket, address: Any) -> None:
            Conversation(conn, address, application, name, bounds, requests.append, error_log).hold()

        handler.__name__ = name
        self._requests = requests
        # Expected are those of the connection only: what the application raises, Conversation keeps.
        super().__init__(handler, expected=(ConnectionError, TimeoutError), **options)

    @property
    def url(self) -> str:
        """The server's address as a URL without a path: http://127.0.0.1:8000, http://[::1]:8000."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def requests(self) -> list[str]:
        """What was asked and answered so far, one line each (the last 1000): GET /hello: 200."""
        return list(self._requests)


class HTTPServer(HTTPApplicationServer):
    """A site that shows what HTTP can do; its page / lists all others.

        with HTTPServer() as server:
            print(urllib.request.urlopen(server.url + "/hello").read())

    It is strict: bare line feeds, folded lines, two lengths are 400; more than `limits` allow is 431, 414,
    413 or 408; a Host that is not loopback is 421, so that no page of another site reaches it through your
    browser. `host` and `port` are those of `BackgroundServer`.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None) -> None:
        super().__init__(site, host=host, port=port, limits=limits)
