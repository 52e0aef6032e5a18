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
    "background": ("BackgroundServer", "serve", "stop_all"),
    "echo": ("EchoServer", "UDPEchoServer"),
    "http": ("HTTPServer", "Limits", "serve_asgi", "serve_wsgi"),
}
__all__ = sorted(name for names in _HOMES.values() for name in names)


def __getattr__(name: str) -> Any:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"netlab.servers has no {name!r}. It offers: {', '.join(__all__)}.")
    value = globals()[name] = getattr(import_module(f".{home}", __name__), name)
    return value
