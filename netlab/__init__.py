"""netlab: the lab equipment of the course.

    servers   the other end of the wire: loopback servers in background threads
    link      the weather between the two ends: delay, loss, rate, reordering
    wire      the microscope: the calls, and what the kernel knows about a socket
    view      the pictures, the playgrounds and the questions
    check     the examiner: hostile peers for your own code

Names load when they are first used, so `import netlab` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import check as check
    from . import link as link
    from .diagnosis import doctor as doctor
    from .servers import BackgroundServer as BackgroundServer
    from .servers import EchoServer as EchoServer
    from .servers import HTTPServer as HTTPServer
    from .servers import Limits as Limits
    from .servers import UDPEchoServer as UDPEchoServer
    from .servers import serve as serve
    from .servers import serve_asgi as serve_asgi
    from .servers import serve_wsgi as serve_wsgi
    from .servers import stop_all as stop_all
    from .view import NetworkPlayer as NetworkPlayer
    from .view import Picture as Picture
    from .view import Playground as Playground
    from .view import accept_queue as accept_queue
    from .view import address_block as address_block
    from .view import ages as ages
    from .view import byte_ruler as byte_ruler
    from .view import cache_walk as cache_walk
    from .view import chunked_body as chunked_body
    from .view import chunks as chunks
    from .view import datagram_stories as datagram_stories
    from .view import demultiplexing as demultiplexing
    from .view import dots as dots
    from .view import exchanges as exchanges
    from .view import hexdump as hexdump
    from .view import ladder as ladder
    from .view import latencies as latencies
    from .view import limit_box as limit_box
    from .view import mailbox as mailbox
    from .view import message_anatomy as message_anatomy
    from .view import packet_ladder as packet_ladder
    from .view import pair as pair
    from .view import predict as predict
    from .view import quiz as quiz
    from .view import sequence_graph as sequence_graph
    from .view import shares as shares
    from .view import small_ladders as small_ladders
    from .view import timeline as timeline
    from .view import waterfall as waterfall
    from .wire import Recording as Recording
    from .wire import network_errors as network_errors
    from .wire import queues as queues
    from .wire import sample as sample
    from .wire import save_syn as save_syn
    from .wire import saved_syn as saved_syn
    from .wire import socket_table as socket_table
    from .wire import tcp_info as tcp_info
    from .wire import watch as watch
    from .wire import watch_errors as watch_errors

_ROOMS = {
    "servers": (
        "BackgroundServer",
        "EchoServer",
        "HTTPServer",
        "Limits",
        "UDPEchoServer",
        "serve",
        "serve_asgi",
        "serve_wsgi",
        "stop_all",
    ),
    "wire": (
        "Recording",
        "network_errors",
        "queues",
        "sample",
        "save_syn",
        "saved_syn",
        "socket_table",
        "tcp_info",
        "watch",
        "watch_errors",
    ),
    "view": (
        "NetworkPlayer",
        "Picture",
        "Playground",
        "accept_queue",
        "address_block",
        "ages",
        "byte_ruler",
        "cache_walk",
        "chunked_body",
        "chunks",
        "datagram_stories",
        "demultiplexing",
        "dots",
        "exchanges",
        "hexdump",
        "ladder",
        "latencies",
        "limit_box",
        "mailbox",
        "message_anatomy",
        "packet_ladder",
        "pair",
        "predict",
        "quiz",
        "sequence_graph",
        "shares",
        "small_ladders",
        "timeline",
        "waterfall",
    ),
    "diagnosis": ("doctor",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["check", "link", *_HOME]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in ("check", "servers", "link", "wire", "view"):
        return import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"netlab has no {name!r}. It offers: {', '.join(sorted(__all__))}.")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
