"""The other end of the wire: loopback servers in background threads.

A server listens and serves as soon as it is constructed. It ends at `stop()`, at the end of its `with` block,
when nothing refers to it any more, or when Python ends, and leaves no thread, descriptor or port behind.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .background import BackgroundServer, serve, stop_all
from .echo import EchoServer, UDPEchoServer

if TYPE_CHECKING:
    from .http import HTTPServer as HTTPServer
    from .http import Limits as Limits
    from .http import serve_asgi as serve_asgi
    from .http import serve_wsgi as serve_wsgi

__all__ = [
    "BackgroundServer",
    "EchoServer",
    "HTTPServer",
    "Limits",
    "UDPEchoServer",
    "serve",
    "serve_asgi",
    "serve_wsgi",
    "stop_all",
]
_HTTP = ("HTTPServer", "Limits", "serve_asgi", "serve_wsgi")


def __getattr__(name: str) -> Any:
    if name not in _HTTP:
        raise AttributeError(f"netlab.servers has no {name!r}. It offers: {', '.join(__all__)}.")
    value = getattr(import_module(".http", __name__), name)
    globals()[name] = value
    return value
