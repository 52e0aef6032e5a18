"""The microscope: what a program said to the network, and what the kernel knows about it.

    watch           records the socket calls of unmodified code: a Recording of Events
    tcp_info, ...   what the kernel says about a socket, a port, and data on their way
    decode, trace   packets: what the bytes say, and what packets mean to each other
    pcapng          files that Wireshark opens: read, write
    http_messages   HTTP/1.1, read strictly from bytes

The other rooms use these names and the last two modules, nothing else of this room. It imports nothing of
the rest of netlab. Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import lazy

if TYPE_CHECKING:
    from . import http_messages as http_messages
    from . import pcapng as pcapng
    from .ends import connects as connects
    from .ends import meets as meets
    from .events import CONNECTING as CONNECTING
    from .events import RECEIVING as RECEIVING
    from .events import SENDING as SENDING
    from .events import Event as Event
    from .events import is_closed_by as is_closed_by
    from .events import is_end_of_stream as is_end_of_stream
    from .events import is_repeated as is_repeated
    from .events import is_taken as is_taken
    from .known import opened as opened
    from .known import quiet as quiet
    from .matching import RESET as RESET
    from .matching import half_closed as half_closed
    from .packets import Malformed as Malformed
    from .packets import Packet as Packet
    from .packets import PacketEvent as PacketEvent
    from .packets import decode as decode
    from .packets import flip_bit as flip_bit
    from .packets import internet_checksum as internet_checksum
    from .recording import Recording as Recording
    from .sockets import NotOnThisSystem as NotOnThisSystem
    from .sockets import TcpInfo as TcpInfo
    from .sockets import save_syn as save_syn
    from .sockets import saved_syn as saved_syn
    from .sockets import tcp_info as tcp_info
    from .sockets import usable as usable
    from .table import SocketRow as SocketRow
    from .table import SocketTable as SocketTable
    from .table import socket_table as socket_table
    from .threads import unrecorded as unrecorded
    from .traffic import Step as Step
    from .traffic import trace as trace
    from .transport import ICMP as ICMP
    from .transport import ICMPv6 as ICMPv6
    from .watching import standby as standby
    from .watching import watch as watch
    from .wrapping import record_calls as record_calls

__getattr__, __dir__, __all__ = lazy.offer(__name__)
