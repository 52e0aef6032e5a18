"""The other end of the wire: loopback servers in background threads.

A server listens and serves as soon as it is constructed. It ends at `stop()`, at the end of its `with` block,
when nothing refers to it any more, or when Python ends, and leaves no thread, descriptor or port behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import lazy

if TYPE_CHECKING:
    from .background import BackgroundServer as BackgroundServer
    from .background import serve as serve
    from .background import stop_all as stop_all
    from .echo import EchoServer as EchoServer
    from .echo import UDPEchoServer as UDPEchoServer
    from .http import HTTPServer as HTTPServer
    from .http import Limits as Limits

__getattr__, __dir__, __all__ = lazy.offer(__name__)
