"""The other end of the wire: loopback servers in background threads.

A server listens and serves as soon as it is constructed. It ends at `stop()`, at the end of its `with` block,
when nothing refers to it any more, or when Python ends, and leaves no thread, descriptor or port behind.
"""

from __future__ import annotations

from .background import BackgroundServer, serve, stop_all
from .echo import EchoServer, UDPEchoServer

__all__ = ["BackgroundServer", "EchoServer", "UDPEchoServer", "serve", "stop_all"]
