"""The other end of the wire: loopback servers in background threads.

A server listens and serves as soon as it is constructed. It ends at `stop()`, at the end of its `with` block,
when nothing refers to it any more, or when Python ends, and leaves no thread, descriptor or port behind.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .background import BackgroundServer as BackgroundServer
    from .background import serve as serve
    from .background import stop_all as stop_all
    from .echo import EchoServer as EchoServer
    from .echo import UDPEchoServer as UDPEchoServer
    from .http import HTTPServer as HTTPServer
    from .http import Limits as Limits
    from .http import serve_asgi as serve_asgi
    from .http import serve_wsgi as serve_wsgi

_HOMES = {
    **dict.fromkeys(("BackgroundServer", "serve", "stop_all"), "background"),
    **dict.fromkeys(("EchoServer", "UDPEchoServer"), "echo"),
    **dict.fromkeys(("HTTPServer", "Limits", "serve_asgi", "serve_wsgi"), "http"),
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"netlab.servers has no {name!r}. It offers: {', '.join(sorted(_HOMES))}.")
    value = globals()[name] = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    return value
