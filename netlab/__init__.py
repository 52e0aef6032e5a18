"""netlab: the lab equipment of the course.

    servers   the other end of the wire: loopback servers in background threads
    link      the weather between the two ends: delay, loss, rate, reordering
    wire      the microscope: the calls, and what the kernel knows about a socket
    view      the pictures, the playgrounds and the questions
    check     the examiner: hostile peers for your own code
    lessons   what only one notebook needs: its exercises, its hints, its pictures

Names load when they are first used, so `import netlab` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import lazy

if TYPE_CHECKING:
    from . import check as check
    from . import link as link
    from . import servers as servers
    from . import view as view
    from . import wire as wire
    from .check.mine import mine as mine
    from .diagnosis import doctor as doctor
    from .lessons import *  # noqa: F403
    from .servers import BackgroundServer as BackgroundServer
    from .servers import EchoServer as EchoServer
    from .servers import HTTPServer as HTTPServer
    from .servers import Limits as Limits
    from .servers import UDPEchoServer as UDPEchoServer
    from .servers import serve as serve
    from .servers import stop_all as stop_all
    from .view import Playground as Playground
    from .view import chunked_body as chunked_body
    from .view import dots as dots
    from .view import hexdump as hexdump
    from .view import ladder as ladder
    from .view import latencies as latencies
    from .view import message_anatomy as message_anatomy
    from .view import packet_ladder as packet_ladder
    from .view import predict as predict
    from .view import quiz as quiz
    from .wire import save_syn as save_syn
    from .wire import saved_syn as saved_syn
    from .wire import socket_table as socket_table
    from .wire import tcp_info as tcp_info
    from .wire import watch as watch

__getattr__, __dir__, __all__ = lazy.offer(__name__)
